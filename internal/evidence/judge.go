package evidence

import (
	"fmt"
	"strings"
)

// Met reports whether an observation saw what it wanted. A blind observation,
// and one whose matcher cannot be evaluated, is not met.
func (o Observation) Met() bool {
	if o.Blind != "" {
		return false
	}
	ok, err := o.Want.Met(o.Got)
	return ok && err == nil
}

// Refutes reports whether an observation is a claim that was looked at and
// found untrue.
func (o Observation) Refutes() bool {
	if o.Kind != Claim || o.Blind != "" {
		return false
	}
	ok, err := o.Want.Met(o.Got)
	return !ok && err == nil
}

// Judge turns what a check saw into its outcome and a reason for a person.
// First match wins:
//
//  1. a claim refuted: fail
//  2. the check could not look (err), a blind observation, a sight unmet, an
//     empty population, a unit without both a met sight and a seen claim:
//     inconclusive
//  3. advice unmet, or a declared exclusion: warn
//  4. pass
//
// It is pure: the same arguments give the same result, now and when a stored
// run is verified. The reason of an inconclusive one says what to do to see it,
// after ToSee.
func Judge(seen []Observation, pop Population, err error) (Outcome, string) {
	if reason := refuted(seen); reason != "" {
		return Fail, reason
	}
	if _, reason := blind(seen, pop, err); reason != "" {
		return Inconclusive, reason
	}
	if reason := weakened(seen, pop); reason != "" {
		return Warn, reason
	}
	return Pass, fmt.Sprintf("%d of %d %s", Counted(pop), len(pop.Expected), pop.Unit)
}

// Counted returns how many units of the population were meant to be looked at:
// those expected less those excluded.
func Counted(pop Population) int {
	n := 0
	for _, u := range pop.Expected {
		if _, out := pop.Excluded[u]; !out {
			n++
		}
	}
	return n
}

// Good returns how many units of the population were seen to be well: k in "k of
// n". A unit counts with a met sight, a met claim, and nothing refuted or blind.
func (e Evidence) Good() int {
	type unit struct{ sight, claim, bad bool }
	seen := map[string]unit{}
	for _, o := range e.Observations {
		u := seen[o.Unit]
		met := o.Met()
		u.sight = u.sight || o.Kind == Sight && met
		u.claim = u.claim || o.Kind == Claim && met
		u.bad = u.bad || o.Kind != Advice && !met
		seen[o.Unit] = u
	}
	n := 0
	for _, name := range e.Population.Expected {
		u := seen[name]
		if _, out := e.Population.Excluded[name]; !out && u.sight && u.claim && !u.bad {
			n++
		}
	}
	return n
}

// RefutedUnits returns the units with a refuted claim, in order of first sight.
func RefutedUnits(seen []Observation) []string {
	var units []string
	named := map[string]bool{}
	for _, o := range seen {
		if !named[o.Unit] && o.Refutes() {
			named[o.Unit] = true
			units = append(units, o.Unit)
		}
	}
	return units
}

func refuted(seen []Observation) string {
	units := RefutedUnits(seen)
	if len(units) == 0 {
		return ""
	}
	for _, o := range seen {
		if o.Refutes() {
			s := fmt.Sprintf("%s: %s: wanted %s, got %s", o.Unit, o.What, o.Want, shown(o.Got))
			if n := len(units) - 1; n > 0 {
				s += fmt.Sprintf(" (and %d more)", n)
			}
			return s
		}
	}
	return ""
}

// blind returns why a check could not see, without and with what to do about
// it; both are "" when it could.
func blind(seen []Observation, pop Population, err error) (bare, reason string) {
	if err != nil {
		bare = "could not look: " + err.Error()
		return bare, Advise(bare)
	}
	for _, o := range seen {
		if bare = unseen(o); bare != "" {
			return bare, Advise(bare)
		}
	}
	for _, o := range seen {
		if o.Kind == Sight && !o.Met() {
			bare = fmt.Sprintf("%s: %s: wanted %s, got %s, so a harm would not have been seen", o.Unit, o.What, o.Want, shown(o.Got))
			return bare, advised(bare, o)
		}
	}
	if Counted(pop) == 0 {
		unit := pop.Unit
		if unit == "" {
			unit = "units"
		}
		bare = "nothing to look at: no " + unit
		return bare, Advise(bare)
	}
	if bare = uncovered(seen, pop); bare != "" {
		return bare, Advise(bare)
	}
	return "", ""
}

// unseen says why an observation tells nothing, or "".
func unseen(o Observation) string {
	if o.Blind != "" {
		return fmt.Sprintf("%s: %s: could not be seen: %s", o.Unit, o.What, o.Blind)
	}
	if _, err := o.Want.Met(o.Got); err != nil {
		return fmt.Sprintf("%s: %s: %v", o.Unit, o.What, err)
	}
	if o.Kind != Claim && o.Kind != Sight && o.Kind != Advice {
		return fmt.Sprintf("%s: %s: unknown kind %q", o.Unit, o.What, o.Kind)
	}
	return ""
}

// uncovered names units that lack a met sight or a seen claim, and units that
// were observed though the population does not list them: either way the
// looking and the list of what to look at have come apart.
func uncovered(seen []Observation, pop Population) string {
	type cover struct{ sight, claim bool }
	units := map[string]cover{}
	for _, o := range seen {
		c := units[o.Unit]
		c.sight = c.sight || o.Kind == Sight && o.Met()
		c.claim = c.claim || o.Kind == Claim && o.Met()
		units[o.Unit] = c
	}
	var missing []string
	for _, u := range pop.Expected {
		if _, out := pop.Excluded[u]; out {
			continue
		}
		if c := units[u]; !c.sight || !c.claim {
			missing = append(missing, u)
		}
	}
	if len(missing) > 0 {
		return fmt.Sprintf("%d of %d %s not looked at: %s", len(missing), len(pop.Expected), pop.Unit, some(missing))
	}
	listed := make(map[string]bool, len(pop.Expected))
	for _, u := range pop.Expected {
		listed[u] = true
	}
	for _, o := range seen {
		if o.Kind != Advice && !listed[o.Unit] {
			return fmt.Sprintf("%s was looked at but is not in the population of %s", o.Unit, pop.Unit)
		}
	}
	return ""
}

func weakened(seen []Observation, pop Population) string {
	for _, o := range seen {
		if o.Kind == Advice && !o.Met() {
			return fmt.Sprintf("%s: %s: wanted %s, got %s", o.Unit, o.What, o.Want, shown(o.Got))
		}
	}
	var out []string
	for _, u := range pop.Expected {
		if reason, ok := pop.Excluded[u]; ok {
			out = append(out, u+" ("+reason+")")
		}
	}
	if len(out) > 0 {
		return "left out: " + some(out)
	}
	return ""
}

func some(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}

func shown(got string) string {
	if got == "" {
		return "nothing"
	}
	return got
}
