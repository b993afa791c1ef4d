package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
)

// Results of reproducing one check.
const (
	Same         = "same"
	Different    = "different"
	CouldNotLook = "could not look"
)

// Reproduction is how a run came out again on a reader's own stack.
type Reproduction struct {
	Theirs       Side         `json:"theirs"` // the run that was reproduced
	Yours        Side         `json:"yours"`  // the run that was made to compare
	Identity     []Change     `json:"identity"`
	Checks       []Reproduced `json:"checks"`
	OtherDoors   []string     `json:"other_doors"` // checks of the run that need other doors than those asked for
	Same         int          `json:"same"`
	Different    int          `json:"different"`
	CouldNotLook int          `json:"could_not_look"`
}

// Reproduced is one check of the run, as it came out on either side.
type Reproduced struct {
	Check       string           `json:"check"`
	Title       string           `json:"title"`
	Result      string           `json:"result"` // same, different, could not look
	Why         string           `json:"why"`
	Theirs      evidence.Outcome `json:"theirs"`
	Yours       evidence.Outcome `json:"yours"` // or missing
	TheirReason string           `json:"their_reason"`
	YourReason  string           `json:"your_reason"`
	Units       []UnitPair       `json:"units"`       // what differs, both sides
	OnlyTheirs  []string         `json:"only_theirs"` // units of one side alone
	OnlyYours   []string         `json:"only_yours"`
}

// UnitPair is one unit as both sides saw it; empty states and observations where
// a side has no such unit.
type UnitPair struct {
	Unit   string `json:"unit"`
	Theirs string `json:"theirs"` // state, as failed or well
	Yours  string `json:"yours"`
	// What either side looked at there, exactly.
	TheirSeen []evidence.Observation `json:"their_observations"`
	YourSeen  []evidence.Observation `json:"your_observations"`
}

// shownPairs bounds how many units are put side by side where the outcomes differ
// and no shared unit does.
const shownPairs = 3

// Reproducible says why a record cannot be reproduced by what this arxctl ships,
// or "". A run that could not look has nothing to reproduce.
func Reproducible(e evidence.Evidence, shipped []evidence.Doc) string {
	i := slices.IndexFunc(shipped, func(d evidence.Doc) bool { return d.ID == e.Check.ID })
	switch {
	case i < 0:
		return "your arxctl has no check of this name"
	case shipped[i].Version != e.Check.Version:
		return fmt.Sprintf("your arxctl has version %d, the run was made with %d", shipped[i].Version, e.Check.Version)
	case e.Outcome == evidence.Inconclusive || e.Outcome == evidence.NotRun:
		return "the run itself could not look: " + e.Reason
	}
	return ""
}

// Reproduce compares a run with what a reader's own run of the same checks saw.
// withheld names records that the reader was not shown. It is pure.
func Reproduce(theirs, yours *evidence.Run, withheld []string, shipped []evidence.Doc) *Reproduction {
	r := &Reproduction{Theirs: side(theirs), Yours: side(yours), Identity: empty(identity(theirs, yours)), Checks: []Reproduced{}, OtherDoors: []string{}}
	add := func(x Reproduced) {
		x.Units, x.OnlyTheirs, x.OnlyYours = empty(x.Units), empty(x.OnlyTheirs), empty(x.OnlyYours)
		switch x.Result {
		case Same:
			r.Same++
		case Different:
			r.Different++
		default:
			r.CouldNotLook++
		}
		r.Checks = append(r.Checks, x)
	}
	for _, e := range theirs.Records {
		x := Reproduced{Check: e.Check.ID, Title: e.Check.Title, Theirs: e.Outcome, Yours: Missing, TheirReason: e.Reason, Result: CouldNotLook, Why: Reproducible(e, shipped)}
		if mine, ok := yours.Find(e.Check.ID); ok && x.Why == "" {
			x.compare(e, mine)
		} else if x.Why == "" {
			x.Why = "it did not run on your stack"
		}
		add(x)
	}
	for _, id := range withheld {
		add(Reproduced{Check: id, Result: CouldNotLook, Why: "the record was withheld from this file", Theirs: Missing, Yours: Missing})
	}
	slices.SortStableFunc(r.Checks, func(a, b Reproduced) int { return strings.Compare(a.Check, b.Check) })
	return r
}

// compare holds one check of either side against the other: the outcome first,
// then every unit that both have. Stacks rarely name all units alike; those of
// one side alone are listed and make no difference.
func (x *Reproduced) compare(theirs, yours evidence.Evidence) {
	x.Yours, x.YourReason = yours.Outcome, yours.Reason
	if yours.Outcome == evidence.Inconclusive || yours.Outcome == evidence.NotRun {
		x.Why = "your run could not look: " + yours.Reason
		return
	}
	a, b := unitStates(theirs), unitStates(yours)
	for _, u := range sortedUnits(a, b) {
		_, inA := a[u]
		_, inB := b[u]
		switch {
		case !inB:
			x.OnlyTheirs = append(x.OnlyTheirs, u)
		case !inA:
			x.OnlyYours = append(x.OnlyYours, u)
		case a[u] != b[u]:
			x.Units = append(x.Units, pair(u, a, b, theirs, yours))
		}
	}
	switch {
	case theirs.Outcome != yours.Outcome:
		x.Result, x.Why = Different, fmt.Sprintf("%s in the run, %s on your stack", theirs.Outcome, yours.Outcome)
		if len(x.Units) == 0 {
			x.explain(a, b, theirs, yours)
		}
	case len(x.Units) > 0:
		x.Result, x.Why = Different, fmt.Sprintf("%s on both sides, but not in the same units", theirs.Outcome)
	default:
		x.Result, x.Why = Same, fmt.Sprintf("%s on both sides", theirs.Outcome)
	}
}

// explain puts those units of one side alone beside nothing that gave its outcome.
func (x *Reproduced) explain(a, b map[string]string, theirs, yours evidence.Evidence) {
	for _, u := range sortedUnits(a, b) {
		bad := func(s string) bool { return s != "" && s != UnitWell }
		if (bad(a[u]) || bad(b[u])) && len(x.Units) < shownPairs {
			x.Units = append(x.Units, pair(u, a, b, theirs, yours))
		}
	}
}

func pair(unit string, a, b map[string]string, theirs, yours evidence.Evidence) UnitPair {
	of := func(e evidence.Evidence) []evidence.Observation {
		var out []evidence.Observation
		for _, o := range e.Observations {
			if o.Unit == unit {
				out = append(out, o)
			}
		}
		// What did not hold comes first: it is what differs.
		slices.SortStableFunc(out, func(p, q evidence.Observation) int { return met(p) - met(q) })
		return empty(out)
	}
	return UnitPair{Unit: unit, Theirs: a[unit], Yours: b[unit], TheirSeen: of(theirs), YourSeen: of(yours)}
}

func met(o evidence.Observation) int {
	if o.Met() {
		return 1
	}
	return 0
}

func sortedUnits(a, b map[string]string) []string {
	var out []string
	for _, m := range []map[string]string{a, b} {
		for u := range m {
			out = append(out, u)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Nothing reports whether there was nothing to reproduce.
func (r *Reproduction) Nothing() bool { return len(r.Checks) == 0 }

// Summary says in one line how the run came out again.
func (r *Reproduction) Summary() string {
	if r.Nothing() {
		return "nothing was reproduced: the run holds no check that these doors reach"
	}
	text := fmt.Sprintf("%s: %d same, %d different, %d could not look", many(len(r.Checks), "check", "checks"), r.Same, r.Different, r.CouldNotLook)
	if n := len(r.OtherDoors); n > 0 {
		text += fmt.Sprintf("; %d need other doors and were left out", n)
	}
	return text
}
