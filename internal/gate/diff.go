package gate

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
)

// Difference is what changed from one run to a later one. Losing sight of
// something stands beside its failing: either is worse than before.
type Difference struct {
	Before        Side       `json:"before"`
	After         Side       `json:"after"`
	OtherStack    bool       `json:"other_stack"` // another name, kind or environment: two systems are compared
	Backwards     bool       `json:"backwards"`   // the later run ended before the earlier one
	Identity      []Change   `json:"identity"`    // how the stack, the build and the tool differ; name, kind and environment first
	NewFailures   []Turn     `json:"new_failures"`
	NewlyBlind    []Turn     `json:"newly_blind"` // was looked at, is not any more
	Shrunk        []Coverage `json:"coverage_shrank"`
	Fixed         []Turn     `json:"fixed"`
	SightRegained []Turn     `json:"sight_regained"`
	Warned        []Turn     `json:"newly_warned"`
	Unwarned      []Turn     `json:"warning_gone"`
	Otherwise     []Turn     `json:"changed_otherwise"` // none of the above, as inconclusive to not-run
	Grew          []Coverage `json:"coverage_grew"`
	Added         []string   `json:"checks_added"`
	Removed       []string   `json:"checks_removed"`
	Documentation []Change   `json:"documentation"` // field by field, version first
	Unchanged     int        `json:"unchanged"`     // checks with the same outcome in the same units
}

// Side is one of two runs that are compared.
type Side struct {
	Stack    evidence.Stack `json:"stack"`
	Tool     string         `json:"tool"`
	Ended    time.Time      `json:"ended"`
	Complete bool           `json:"complete"`
	Records  int            `json:"records"`
	Seen     int            `json:"seen"` // records that looked: pass, warn or fail
}

// Change is one field that differs.
type Change struct {
	Check  string `json:"check,omitempty"` // empty for the stack and the tool
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Turn is a check, or some of its units, that went from one outcome to another.
type Turn struct {
	Check         string           `json:"check"`
	Title         string           `json:"title"`
	Before        evidence.Outcome `json:"before"` // or missing
	After         evidence.Outcome `json:"after"`  // or missing
	Units         []string         `json:"units"`
	Reason        string           `json:"reason"`         // as the later run has it; the earlier one where that has no record
	OtherQuestion bool             `json:"other_question"` // the check's version differs: not the same question
}

// Coverage is how the population of a check changed, by name.
type Coverage struct {
	Check    string            `json:"check"`
	Unit     string            `json:"unit"`     // plural, as "tenant tables"
	Gone     []string          `json:"gone"`     // left the population, or joined it
	Excluded map[string]string `json:"excluded"` // newly left out with its reason, or left out no more
	Before   int               `json:"before"`   // units counted then
	After    int               `json:"after"`
}

// Missing is the outcome of a check of which a run has no record.
const Missing evidence.Outcome = control.Missing

// Failed reports whether something fails that did not.
func (d *Difference) Failed() bool { return len(d.NewFailures) > 0 }

// LostSight reports whether something is no longer looked at.
func (d *Difference) LostSight() bool { return len(d.NewlyBlind)+len(d.Shrunk) > 0 }

// Nothing reports whether neither run looked at anything: no comparison.
func (d *Difference) Nothing() bool { return d.Before.Seen+d.After.Seen == 0 }

// Diff compares two runs, check by check and unit by unit. It is pure.
func Diff(before, after *evidence.Run) *Difference {
	d := &Difference{Before: side(before), After: side(after), Identity: empty(identity(before, after)), NewFailures: []Turn{}, NewlyBlind: []Turn{}, Shrunk: []Coverage{},
		Fixed: []Turn{}, SightRegained: []Turn{}, Warned: []Turn{}, Unwarned: []Turn{}, Otherwise: []Turn{}, Grew: []Coverage{}, Added: []string{}, Removed: []string{}, Documentation: []Change{}}
	d.Backwards = after.Ended.Before(before.Ended)
	x, y := before.Stack, after.Stack
	d.OtherStack = x.Name != y.Name || x.Kind != y.Kind || x.Environment != y.Environment
	ids := map[string]bool{}
	for _, r := range []*evidence.Run{before, after} {
		for _, e := range r.Records {
			ids[e.Check.ID] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		was, had := before.Find(id)
		is, has := after.Find(id)
		if !had {
			was, d.Added = evidence.Evidence{Check: is.Check, Outcome: Missing}, append(d.Added, id)
		}
		if !has {
			is, d.Removed = evidence.Evidence{Check: was.Check, Outcome: Missing, Reason: "the later run has no record of the check"}, append(d.Removed, id)
		}
		d.check(was, is)
	}
	return d
}

// empty returns a list that is never nil, so that JSON has [] and not null.
func empty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// check sorts one check into the lists.
func (d *Difference) check(was, is evidence.Evidence) {
	id, changes := is.Check.ID, 0
	turn := func(list *[]Turn, units []string) {
		*list = append(*list, Turn{Check: id, Title: is.Check.Title, Before: was.Outcome, After: is.Outcome, Units: empty(units), Reason: is.Reason, OtherQuestion: was.Check.Version != is.Check.Version})
		changes++
	}
	then, now := unitStates(was), unitStates(is)
	failedThen, failedNow := inState(then, UnitFailed), inState(now, UnitFailed)
	// What was seen then and is not now, also where another unit's failure gives the outcome.
	unseen := slices.DeleteFunc(inState(now, UnitUnseen), func(u string) bool { s := then[u]; return s == "" || s == UnitUnseen || s == UnitLeftOut })
	switch {
	case is.Outcome == evidence.Fail:
		if units := without(failedNow, failedThen); was.Outcome != evidence.Fail || len(units) > 0 {
			turn(&d.NewFailures, units)
		}
		if looked(was.Outcome) && len(unseen) > 0 {
			turn(&d.NewlyBlind, unseen)
		}
		if units := repaired(was, is, now); was.Outcome == evidence.Fail && len(units) > 0 {
			turn(&d.Fixed, units)
		}
	case looked(was.Outcome) && !looked(is.Outcome):
		turn(&d.NewlyBlind, unseen)
	case was.Outcome == evidence.Fail:
		if units := repaired(was, is, now); len(units) > 0 {
			turn(&d.Fixed, units)
		}
	case was.Outcome == Missing:
		changes++ // among the added
	case !looked(was.Outcome) && looked(is.Outcome):
		turn(&d.SightRegained, nil)
	case was.Outcome == evidence.Pass && is.Outcome == evidence.Warn:
		turn(&d.Warned, inState(now, UnitWarned, UnitLeftOut))
	case was.Outcome == evidence.Warn && is.Outcome == evidence.Pass:
		turn(&d.Unwarned, inState(then, UnitWarned, UnitLeftOut))
	case was.Outcome != is.Outcome:
		turn(&d.Otherwise, nil)
	}
	if looked(was.Outcome) && looked(is.Outcome) || was.Outcome == evidence.Inconclusive && is.Outcome == evidence.Inconclusive {
		changes += d.coverage(was, is)
	}
	if was.Outcome != Missing && is.Outcome != Missing {
		d.Documentation = append(d.Documentation, documentation(was.Check, is.Check)...)
	}
	if changes == 0 {
		d.Unchanged++
	}
}

// coverage compares two populations by name. An exclusion takes a unit out as
// much as its absence does.
func (d *Difference) coverage(was, is evidence.Evidence) int {
	part := func(from, to evidence.Population) Coverage {
		c := Coverage{Check: is.Check.ID, Unit: is.Population.Unit, Gone: []string{}, Excluded: map[string]string{}, Before: evidence.Counted(was.Population), After: evidence.Counted(is.Population)}
		for _, u := range from.Expected {
			if _, out := from.Excluded[u]; out {
				continue
			}
			reason, out := to.Excluded[u]
			switch {
			case !slices.Contains(to.Expected, u):
				c.Gone = append(c.Gone, u)
			case out:
				c.Excluded[u] = reason
			}
		}
		return c
	}
	n := 0
	if c := part(was.Population, is.Population); len(c.Gone)+len(c.Excluded) > 0 {
		d.Shrunk, n = append(d.Shrunk, c), n+1
	}
	c := part(is.Population, was.Population)
	if len(c.Gone)+len(c.Excluded) > 0 {
		d.Grew, n = append(d.Grew, c), n+1
	}
	return n
}

func side(r *evidence.Run) Side {
	s := Side{Stack: r.Stack, Tool: r.Tool, Ended: r.Ended, Complete: r.Complete, Records: len(r.Records)}
	for _, e := range r.Records {
		if looked(e.Outcome) {
			s.Seen++
		}
	}
	return s
}

// identity lists what differs of the two systems, then of what looked at them.
func identity(before, after *evidence.Run) []Change {
	x, y := before.Stack, after.Stack
	list := changed("", [][3]string{{"stack name", x.Name, y.Name}, {"stack kind", x.Kind, y.Kind}, {"environment", x.Environment, y.Environment}, {"build", x.Build, y.Build}})
	keys := map[string]bool{}
	for _, m := range []map[string]string{x.Identity, y.Identity} {
		for k := range m {
			keys[k] = true
		}
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		list = append(list, changed("", [][3]string{{k, x.Identity[k], y.Identity[k]}})...)
	}
	return append(list, changed("", [][3]string{{"arxctl", before.Tool, after.Tool}, {"SHA-256 of arxctl.yaml", before.Config, after.Config},
		{"complete", strconv.FormatBool(before.Complete), strconv.FormatBool(after.Complete)}})...)
}

// documentation compares what a check said of itself.
func documentation(x, y evidence.Doc) []Change {
	return changed(y.ID, [][3]string{{"version", strconv.Itoa(x.Version), strconv.Itoa(y.Version)}, {"title", x.Title, y.Title}, {"proves", x.Proves, y.Proves},
		{"does not prove", x.DoesNotProve, y.DoesNotProve}, {"fix", x.Fix, y.Fix}, {"residue", x.Residue, y.Residue}, {"reproduce", x.Reproduce, y.Reproduce},
		{"POC section", x.POC, y.POC}, {"doors", strings.Join(x.Doors, ", "), strings.Join(y.Doors, ", ")}, {"effects", strings.Join(x.Effects, ", "), strings.Join(y.Effects, ", ")}})
}

func changed(check string, fields [][3]string) []Change {
	var out []Change
	for _, f := range fields {
		if f[1] != f[2] {
			out = append(out, Change{check, f[0], f[1], f[2]})
		}
	}
	return out
}

// without returns what is in list and not in other.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}

// repaired returns the units that failed and are seen not to. One that was
// expected and has left the population is not repaired: it is not looked at.
func repaired(was, is evidence.Evidence, now map[string]string) []string {
	return slices.DeleteFunc(evidence.RefutedUnits(was.Observations), func(u string) bool {
		if s, there := now[u]; there {
			return s != UnitWell && s != UnitWarned
		}
		return slices.Contains(was.Population.Expected, u)
	})
}

// Summary says in one line what changed, the worst first.
func (d *Difference) Summary() string {
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{{len(d.NewFailures), "new failure", "new failures"}, {len(d.NewlyBlind), "newly blind", "newly blind"}, {len(d.Shrunk), "coverage shrank", "coverages shrank"},
		{len(d.Fixed), "fixed", "fixed"}, {len(d.SightRegained), "sight regained", "sights regained"}, {len(d.Warned), "new warning", "new warnings"},
		{len(d.Unwarned), "warning gone", "warnings gone"}, {len(d.Otherwise), "changed otherwise", "changed otherwise"}, {len(d.Grew), "coverage grew", "coverages grew"},
		{len(d.Added), "check added", "checks added"}, {len(d.Removed), "check removed", "checks removed"}} {
		switch {
		case p.n == 1:
			parts = append(parts, "1 "+p.one)
		case p.n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.many))
		}
	}
	parts = append(parts, fmt.Sprintf("%d unchanged", d.Unchanged))
	head := "nothing worse: "
	switch {
	case d.Nothing():
		head = "nothing was looked at in either run: "
	case d.Failed() || d.LostSight():
		head = "worse: "
	}
	return head + strings.Join(parts, ", ")
}
