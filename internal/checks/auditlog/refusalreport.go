package auditlog

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
)

func mapsKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// ruled reports whether an INSTEAD rule rewrites changes of this table.
func (t *table) ruled() bool {
	return slices.ContainsFunc(t.Rules, func(r rule) bool { return r.Instead && r.Enabled != "D" && r.Event != "3" })
}

// report makes one claim of several attempts: nothing stuck, nothing was
// dropped in silence. A column whose every value a constraint refused shows
// nothing of the guard, so the claim rests on the others.
func (s *session) report(t *table, what, via string, results map[string]outcome) {
	layer, state := layerOf(results)
	o := evidence.Observation{Kind: evidence.Claim, Unit: t.String(), What: what, Via: via, Want: evidence.Absent(), Layer: layer, SQLState: state}
	var harms, blind []string
	seen := 0
	for _, name := range slices.Sorted(mapsKeys(results)) {
		r := results[name]
		if h := r.harm(name); h != "" {
			harms = append(harms, h)
		}
		if r.blind != "" {
			blind = append(blind, fmt.Sprintf("%s: %s: %s", name, r.blind, r.message))
		}
		if r.refused() && r.layer != evidence.LayerConstraint {
			seen++
		}
	}
	o.Got = strings.Join(harms, "; ")
	switch {
	case o.Got != "":
		o.Layer, o.SQLState = evidence.LayerNone, ""
	case seen == 0 && len(blind) == 0:
		o.Blind = "a constraint refused every value that was tried, so the guard was never reached; to see this: give db.admin, for a scratch copy without constraints"
	case seen == 0:
		o.Blind = strings.Join(blind, "; ")
	}
	s.rec.See(o)
	if o.Got == "" && seen > 0 && len(blind) > 0 {
		s.rec.Advice(t.String(), what+", by each attempt", via, evidence.Absent(), strings.Join(blind, "; "))
	}
}

// reportScratch reports what the copy showed. A relation without a visible row
// rests on it alone, and where there could be no copy, on the catalogue.
func (s *session) reportScratch(t *table, out tried, cannot string, found bool, why string, fired map[string]bool) {
	unit := t.String()
	via := fmt.Sprintf("BEGIN; CREATE TEMPORARY TABLE copy (the columns of %s); the triggers of %s on it, from pg_get_triggerdef; one row; UPDATE, DELETE, TRUNCATE, INSERT ... ON CONFLICT DO UPDATE; ROLLBACK (as %s)", t, t, out.actor)
	if cannot != "" {
		s.fromCatalogue(t, cannot, found, why, fired)
		return
	}
	if !found {
		s.rec.Sight(unit, "a scratch copy with the same triggers holds a row ("+why+")", via, evidence.AtLeast(1), "1")
	}
	for _, op := range opBits {
		r, tried := out.results[op.name]
		if !tried {
			continue
		}
		state := s.cat.state(t, op.name, op.bit)
		if t.Kind == "p" && op.name != "TRUNCATE" {
			continue // a partitioned table's row triggers fire in its partitions
		}
		if op.name == "TRUNCATE" && !r.refused() {
			if t.Kind == "p" && state.refused || !s.truncateMatters(t.root(), t) {
				continue // auditlog.guard speaks of it
			}
		}
		s.report(t, op.name+" is refused by the triggers, on a scratch copy", via, map[string]outcome{op.name: r})
	}
	if r, tried := out.results["INSERT ... ON CONFLICT DO UPDATE"]; tried && t.Kind != "p" {
		s.report(t, "INSERT ... ON CONFLICT DO UPDATE is refused, on a scratch copy", via, map[string]outcome{"INSERT ... ON CONFLICT DO UPDATE": r})
	}
	if t.Kind == "p" {
		s.parentFromCatalogue(t, found)
	}
}

// parentFromCatalogue: a partitioned table holds no row itself; its claim is
// that each of its partitions is guarded.
func (s *session) parentFromCatalogue(t *table, found bool) {
	if found {
		return
	}
	for _, op := range opBits[:2] {
		s.rec.Claim(t.String(), op.name+" is refused in every partition (catalogue)", fmt.Sprintf(guardVia, literal(t.String())), evidence.Equals("refused"), s.cat.state(t, op.name, op.bit).says())
	}
}

// fromCatalogue is for a relation that could not be tried: the catalogue says
// whether an enabled trigger refuses.
func (s *session) fromCatalogue(t *table, cannot string, found bool, why string, fired map[string]bool) {
	unit, via := t.String(), fmt.Sprintf(guardVia, literal(t.String()))
	if !found {
		s.rec.Sight(unit, "its triggers can be read ("+why+"; no scratch copy: "+cannot+")", via, evidence.AtLeast(1), fmt.Sprint(len(t.Columns)))
	}
	for _, op := range opBits[:2] {
		if fired[op.name] {
			continue
		}
		state := s.cat.state(t, op.name, op.bit)
		if len(state.unread) > 0 && len(state.holes) == 0 && !state.refused {
			s.rec.Blind(unit, op.name+" is refused", via, state.says()+", and it could not be tried: "+cannot+"; to see this: give db.admin")
			continue
		}
		s.rec.Claim(unit, op.name+" is refused by an enabled trigger (catalogue)", via, evidence.Equals("refused"), state.says())
	}
}
