package gate

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
)

// rule is one line of a policy that a check is held to.
type rule struct {
	text   string
	wanted []string
}

// checks holds each check to the most specific lines of the policy that name it:
// its ID, a glob, its family, deterministic. Several globs all hold.
func (j *judge) checks() {
	known := map[string]evidence.Doc{}
	for _, e := range j.Run.Records {
		known[e.Check.ID] = e.Check
	}
	for _, d := range j.Shipped {
		known[d.ID] = d // what it does is what this arxctl says, not what the run does
	}
	ids := slices.Sorted(maps.Keys(known))
	exact, glob, family := map[string][]rule{}, map[string][]rule{}, map[string][]rule{}
	for _, p := range j.Policy.Require.Checks {
		into := glob
		if _, ok := known[p.Name]; ok {
			into = exact
		}
		j.pick("checks", p, ids, func(id string) bool { return matches(p.Name, id) }, into)
	}
	for _, p := range j.Policy.Require.Families {
		j.pick("families", p, ids, func(id string) bool {
			name, _, _ := strings.Cut(id, ".")
			return p.Name == name
		}, family)
	}
	used := map[string]bool{}
	for _, id := range ids {
		rules := exact[id]
		for _, next := range [][]rule{glob[id], family[id]} {
			if len(rules) == 0 {
				rules = next
			}
		}
		if d := j.Policy.Require.Deterministic; len(rules) == 0 && len(d) > 0 && !slices.Contains(known[id].Effects, sendsLoad) {
			rules = []rule{{"require.deterministic", d}}
		}
		for _, r := range rules {
			j.required[id] = true
			j.check(id, known[id], r, used)
		}
	}
	for i, d := range j.Policy.ClosedDoors {
		if !used[d] {
			j.found = append(j.found, yamldoc.Finding{File: j.Policy.At.File, Line: j.Policy.At.Of("closed_doors"), Field: fmt.Sprintf("closed_doors[%d]", i),
				Message: fmt.Sprintf("no required check of this run was kept from running by a closed %s door; remove it", d)})
		}
	}
}

// pick gives every ID that a line of the policy selects that line's rule. A
// line that selects nothing is a slip: it would hold for ever.
func (j *judge) pick(field string, p yamldoc.Pair, ids []string, match func(string) bool, into map[string][]rule) {
	n := 0
	for _, id := range ids {
		if match(id) {
			into[id] = append(into[id], rule{"require." + field + "." + p.Name, p.Values})
			n++
		}
	}
	if n == 0 {
		j.found = append(j.found, yamldoc.Finding{File: p.File, Line: p.Line, Field: "require." + field + "." + p.Name,
			Message: "matches no check that arxctl ships or that is in the run; see: arxctl check --list"})
	}
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// check holds one check to one line of the policy.
func (j *judge) check(id string, doc evidence.Doc, r rule, doors map[string]bool) {
	j.v.Required++
	b := Breach{Rule: r.text, Check: id, Object: id + "  " + doc.Title, Want: orBetter(string(evidence.Pass), r.wanted), Fix: doc.Fix, Command: j.look(id), Code: codeBlind}
	e, ok := j.Run.Find(id)
	switch {
	case !ok:
		j.counts["missing"]++
		b.Got, b.Fix, b.Command = "not looked at: the run has no record of it", "make a run of all that the policy requires", j.rerun()
		j.breach(b)
		return
	case j.unsound[id]:
		return // said already, and worth nothing
	}
	if i := slices.IndexFunc(j.Shipped, func(d evidence.Doc) bool { return d.ID == id }); i >= 0 && e.Check.Version != j.Shipped[i].Version {
		b.Got = fmt.Sprintf("version %d of the check, which is not the question that version %d asks", e.Check.Version, j.Shipped[i].Version)
		b.Fix, b.Command = "make the run and hold it against the policy with the same arxctl", j.rerun()
		j.breach(b)
		return
	}
	if looked(e.Outcome) {
		j.assessed++
	}
	if accepts(r.wanted, e.Outcome) {
		j.counts[string(e.Outcome)]++
		return
	}
	reason, how, _ := strings.Cut(e.Reason, evidence.ToSee)
	b.Got = string(e.Outcome) + ": " + strings.TrimRight(reason, " ;,")
	if how != "" {
		b.Fix = how
	}
	switch e.Outcome {
	case evidence.Fail, evidence.Warn:
		b.Fix = doc.Fix
		j.refused(b, e, r)
		return
	case evidence.NotApplicable:
		b.Fix = fmt.Sprintf("where there is rightly nothing to check, say so in the policy: checks: {%s: not-applicable}", id)
	case evidence.NotRun:
		if d := e.ClosedDoor(); slices.Contains(doc.Doors, d) {
			b.Fix = fmt.Sprintf("open the %s door in arxctl.yaml, or say in the policy that it may be closed: closed_doors: [%s]", d, d)
			if slices.Contains(j.Policy.ClosedDoors, d) {
				doors[d] = true
				j.counts["exempted"]++
				j.v.Exempted = append(j.v.Exempted, b)
				return
			}
		}
	}
	j.counts[string(e.Outcome)]++
	j.breach(b)
}

// refused rules on a check that was looked at and is not as wanted: only here may
// a waiver excuse it, and only when every unit that stands in the way is waived.
func (j *judge) refused(b Breach, e evidence.Evidence, r rule) {
	id := e.Check.ID
	b.Code, b.Units = codeFailed, evidence.RefutedUnits(e.Observations)
	if e.Outcome == evidence.Warn {
		b.Units = waivable(e)
	}
	if e.Outcome == evidence.Fail && e.Check.Reproduce != "" {
		b.Command = e.Check.Reproduce
	}
	waived := func(u string) bool { return j.waiver(id, u, InForce) != nil }
	outcome, reason := apart(e, waived)
	open := slices.DeleteFunc(slices.Clone(b.Units), waived)
	switch {
	case accepts(r.wanted, outcome):
		j.counts["waived"]++
		j.excused(b, e)
		return
	case len(open) < len(b.Units) && outcome != evidence.Fail:
		reason, how, ok := strings.Cut(reason, evidence.ToSee)
		b.Got, b.Units = fmt.Sprintf("%s, apart from what is waived: %s", outcome, strings.TrimRight(reason, " ;,")), open
		if outcome == evidence.Inconclusive {
			b.Code, b.Command = codeBlind, j.look(id)
		}
		if ok {
			b.Fix = how
		}
	case len(open) < len(b.Units):
		b.Got += fmt.Sprintf("; %d of %d units are waived, and all have to be", len(b.Units)-len(open), len(b.Units))
		b.Units = open
	}
	for _, u := range b.Units {
		if w := j.waiver(id, u, Expired); w != nil && b.Waiver == nil {
			b.Waiver = w
			b.Got += "; the waiver at " + w.Source + " expired and excuses nothing"
		}
	}
	j.counts[string(e.Outcome)]++
	j.breach(b)
}

// excused records what waivers took out of the way, one entry a waiver.
func (j *judge) excused(b Breach, e evidence.Evidence) {
	byWaiver := map[*Waiver][]string{}
	var order []*Waiver
	for _, u := range waivable(e) {
		w := j.waiver(e.Check.ID, u, InForce)
		if w == nil {
			continue
		}
		if byWaiver[w] == nil {
			order = append(order, w)
		}
		byWaiver[w] = append(byWaiver[w], u)
	}
	for _, w := range order {
		one := b
		one.Units, one.Waiver = byWaiver[w], w
		j.v.Waived = append(j.v.Waived, one)
	}
}

// waiver returns the first waiver in this state that names a unit of a check.
func (j *judge) waiver(check, unit, state string) *Waiver {
	for i := range j.v.Waivers {
		if w := &j.v.Waivers[i]; w.State == state && w.covers(check, unit) {
			return w
		}
	}
	return nil
}

// waivers says of each waiver that it expired, or that it matches nothing.
func (j *judge) waivers() {
	for i := range j.v.Waivers {
		w := &j.v.Waivers[i]
		state, why := fate(*w, j.Run, j.Shipped, j.AsOf)
		b := Breach{Rule: "waivers", Check: w.Check, Object: fmt.Sprintf("%s: waiver of %s in %s, owner %s, ticket %s", w.Source, w.Check, w.Unit, w.Owner, w.Ticket), Got: why, Waiver: w}
		switch state {
		case Unmatched:
			b.Want, b.Fix, b.Code = "a check and a unit that fails there", "remove it: a waiver that excuses nothing would hide the next failure", codeUsage
		case Expired:
			b.Want, b.Fix, b.Code = "not expired as of "+j.v.AsOf, "mend what it excused, or have it approved again with a new day in expires", codeExpired
		default:
			continue
		}
		b.Command = "arxctl explain " + w.Check
		j.breach(b)
	}
}
