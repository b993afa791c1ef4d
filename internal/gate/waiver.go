package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
)

// everyUnit in a waiver stands for every failing unit of the check.
const everyUnit = "*"

// maxWaiver is how far ahead of the as-of moment a waiver may expire, in days:
// nobody accepts a defect for longer than a year without looking again.
const maxWaiver = 366

// waiverLines is one waiver as a person writes it.
type waiverLines struct {
	Check      string     `yaml:"check"`
	Unit       string     `yaml:"unit"`
	Reason     string     `yaml:"reason"`
	Owner      string     `yaml:"owner"`
	Ticket     string     `yaml:"ticket"`
	ApprovedBy string     `yaml:"approved_by"`
	Expires    string     `yaml:"expires"`
	At         yamldoc.At `yaml:"-"`
}

// DecodeWaivers reads waivers strictly, as of a moment. The error is
// yamldoc.Findings: every field that is unknown, missing or malformed, with file
// and line, and every waiver that would hold for longer than 366 days.
func DecodeWaivers(f yamldoc.File, asOf time.Time) ([]Waiver, error) {
	var file struct {
		Waivers []waiverLines `yaml:"waivers"`
		At      yamldoc.At    `yaml:"-"`
	}
	found := yamldoc.Of(yamldoc.Decode(f.Name, f.Body, &file))
	if _, given := file.At.Fields["waivers"]; len(found) == 0 && !given {
		found = append(found, yamldoc.Finding{File: f.Name, Field: "waivers", Message: "missing; expected a list of waivers, or waivers: [] for none"})
	}
	var out []Waiver
	for i, l := range file.Waivers {
		bad := func(name, format string, a ...any) {
			found = append(found, yamldoc.Finding{File: f.Name, Line: l.At.Of(name), Field: fmt.Sprintf("waivers[%d].%s", i, name), Message: fmt.Sprintf(format, a...)})
		}
		for _, x := range [][3]string{{"check", l.Check, "the check's ID"}, {"unit", l.Unit, "a unit as the check names it, or \"*\" for all of them"}, {"reason", l.Reason, "why it is accepted"},
			{"owner", l.Owner, "who sees to it that it ends"}, {"ticket", l.Ticket, "where that is tracked"}, {"approved_by", l.ApprovedBy, "who accepts it"}, {"expires", l.Expires, "a day as 2026-12-31, or a moment as 2026-12-31T18:00:00Z"}} {
			if x[1] == "" {
				bad(x[0], "missing; expected %s", x[2])
			}
		}
		w := Waiver{Check: l.Check, Unit: l.Unit, Reason: l.Reason, Owner: l.Owner, Ticket: l.Ticket, ApprovedBy: l.ApprovedBy, Source: fmt.Sprintf("%s:%d", f.Name, l.At.Line)}
		var err error
		if w.Expires, err = expiry(l.Expires); l.Expires != "" && err != nil {
			bad("expires", "%v", err)
		} else if w.Expires.After(asOf.AddDate(0, 0, maxWaiver)) {
			bad("expires", "%s is more than %d days after %s; give a nearer day, and look at it again then", l.Expires, maxWaiver, asOf.UTC().Format(time.DateOnly))
		}
		if j := slices.IndexFunc(out, func(x Waiver) bool { return x.Check == w.Check && x.Unit == w.Unit }); j >= 0 {
			bad("unit", "%s of %s is waived twice; first at %s", w.Unit, w.Check, out[j].Source)
		}
		out = append(out, w)
	}
	return out, found.Err()
}

// expiry reads the moment from which a waiver excuses nothing. A day is the last
// one on which it holds, in UTC, as an attestation's is.
func expiry(text string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t.AddDate(0, 0, 1), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("expected a day as 2026-12-31, or a moment in UTC as 2026-12-31T18:00:00Z, got %q", text)
	}
	if _, offset := t.Zone(); offset != 0 {
		return t, fmt.Errorf("expected a moment in UTC, ending in Z, got %q", text)
	}
	return t.UTC(), nil
}

// covers reports whether a waiver names a unit of a check.
func (w Waiver) covers(check, unit string) bool {
	return w.Check == check && (w.Unit == everyUnit || w.Unit == unit)
}

// waivable returns the units of a record that a waiver may name: those that fail,
// warn or were left out. A record that did not look has none, since nothing
// excuses not looking.
func waivable(e evidence.Evidence) []string {
	if e.Outcome != evidence.Fail && e.Outcome != evidence.Warn {
		return nil
	}
	units := evidence.RefutedUnits(e.Observations)
	for _, o := range e.Observations {
		if o.Kind == evidence.Advice && o.Blind == "" && !o.Met() && !slices.Contains(units, o.Unit) {
			units = append(units, o.Unit)
		}
	}
	for _, u := range e.Population.Expected {
		if _, out := e.Population.Excluded[u]; out && !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	return units
}

// apart judges a record as it would be were it not for what fails or warns in
// some units. What could not be seen, in those units as in any other, still
// counts: a waived failure hides no blindness behind it.
func apart(e evidence.Evidence, waived func(unit string) bool) (evidence.Outcome, string) {
	pop := evidence.Population{Unit: e.Population.Unit, Excluded: map[string]string{}}
	for _, u := range e.Population.Expected {
		reason, out := e.Population.Excluded[u]
		if out && waived(u) {
			continue
		}
		if out {
			pop.Excluded[u] = reason
		}
		pop.Expected = append(pop.Expected, u)
	}
	seen := slices.Clone(e.Observations)
	for i, o := range e.Observations {
		if !waived(o.Unit) {
			continue
		}
		if weak := o.Kind == evidence.Advice && o.Blind == "" && !o.Met(); weak || o.Refutes() {
			seen[i].Want, seen[i].Got = evidence.Absent(), ""
		}
		switch listed := slices.Contains(pop.Expected, o.Unit); {
		case listed && o.Refutes(): // whoever saw the harm could see
			seen = append(seen, evidence.Observation{Unit: o.Unit, Kind: evidence.Sight, Want: evidence.Absent()})
		case !listed && seen[i].Met(): // what stands beside the population does not make it incomplete
			seen[i].Kind = evidence.Advice
		}
	}
	return evidence.Judge(seen, pop, e.Failure())
}

// fate says what became of each waiver in a run: in force, expired, or a reason
// why it matches nothing.
func fate(w Waiver, run *evidence.Run, shipped []evidence.Doc, asOf time.Time) (state, why string) {
	e, ok := run.Find(w.Check)
	if !ok {
		if slices.ContainsFunc(shipped, func(d evidence.Doc) bool { return d.ID == w.Check }) {
			return Unmatched, "the run has no record of " + w.Check
		}
		return Unmatched, "there is no check " + w.Check
	}
	units := waivable(e)
	switch {
	case len(units) == 0 && !looked(e.Outcome):
		return Unmatched, fmt.Sprintf("%s was not looked at (%s), and a waiver does not excuse that", w.Check, e.Outcome)
	case len(units) == 0:
		return Unmatched, w.Check + " fails in no unit"
	case w.Unit != everyUnit && !slices.Contains(units, w.Unit):
		if _, there := unitStates(e)[w.Unit]; there {
			return Unmatched, fmt.Sprintf("%s does not fail in %s", w.Check, w.Unit)
		}
		return Unmatched, fmt.Sprintf("%s has no unit %s; failing: %s", w.Check, w.Unit, some(units))
	case !asOf.Before(w.Expires):
		return Expired, "expired " + w.Expires.UTC().Format(time.RFC3339)
	}
	return InForce, ""
}

// some names a few of many units.
func some(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
