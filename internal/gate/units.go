package gate

import (
	"slices"

	"github.com/arxsec/arxctl/internal/evidence"
)

// States of one unit of a record, worst first.
const (
	UnitFailed  = "failed"   // a claim about it was refuted
	UnitLeftOut = "left out" // declared as excluded
	UnitUnseen  = "not seen" // blind, a sight unmet, or without a met sight and a met claim
	UnitWarned  = "warned"   // seen to be well, but for advice
	UnitWell    = "well"
)

// unitStates says of every unit that a record expected or observed what was seen
// of it. A record as a whole can still be blind: its outcome says so.
func unitStates(e evidence.Evidence) map[string]string {
	type seen struct{ sight, claim, bad, failed, advised, warned bool }
	units := map[string]seen{}
	for _, o := range e.Observations {
		u := units[o.Unit]
		met := o.Met()
		switch {
		case o.Refutes():
			u.failed = true
		case o.Kind == evidence.Advice && o.Blind == "":
			u.advised, u.warned = true, u.warned || !met
		case !met:
			u.bad = true
		case o.Kind == evidence.Sight:
			u.sight = true
		case o.Kind == evidence.Claim:
			u.claim = true
		}
		units[o.Unit] = u
	}
	out := map[string]string{}
	for _, name := range e.Population.Expected {
		if _, ok := units[name]; !ok {
			units[name] = seen{}
		}
	}
	for name, u := range units {
		_, left := e.Population.Excluded[name]
		onlyAdvice := u.advised && !u.sight && !u.claim && !u.bad && !slices.Contains(e.Population.Expected, name)
		switch {
		case u.failed:
			out[name] = UnitFailed
		case left:
			out[name] = UnitLeftOut
		case u.bad || !onlyAdvice && (!u.sight || !u.claim):
			out[name] = UnitUnseen
		case u.warned:
			out[name] = UnitWarned
		default:
			out[name] = UnitWell
		}
	}
	return out
}

// inState returns the units in one of these states, sorted.
func inState(states map[string]string, want ...string) []string {
	var out []string
	for name, s := range states {
		if slices.Contains(want, s) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// looked reports whether an outcome rests on looking: only then does a
// population say what was covered.
func looked(o evidence.Outcome) bool {
	return o == evidence.Pass || o == evidence.Warn || o == evidence.Fail
}
