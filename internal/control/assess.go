package control

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
)

// Assessments is one assessment a control, ordered by control ID.
type Assessments []Assessment

// Find returns the assessment of the control with this ID, and whether there
// is one.
func (a Assessments) Find(id string) (Assessment, bool) {
	i, ok := slices.BinarySearchFunc(a, id, func(x Assessment, id string) int { return strings.Compare(x.Control.ID, id) })
	if !ok {
		return Assessment{}, false
	}
	return a[i], true
}

// Assess gives each control of the library its status against a run, as of a
// day (UTC). Everything that a control requires counts and the weakest wins.
// It is a pure function of its arguments.
func Assess(lib *Library, run *evidence.Run, asOf time.Time) Assessments {
	if run == nil {
		run = &evidence.Run{}
	}
	records := map[string][]evidence.Evidence{}
	for _, e := range run.Records {
		records[e.Check.ID] = append(records[e.Check.ID], e)
	}
	out := make(Assessments, 0, len(lib.Controls))
	for _, c := range lib.Controls {
		out = append(out, assess(c, lib, records, run, asOf))
	}
	slices.SortFunc(out, func(x, y Assessment) int { return strings.Compare(x.Control.ID, y.Control.ID) })
	return out
}

func assess(c Control, lib *Library, records map[string][]evidence.Evidence, run *evidence.Run, asOf time.Time) Assessment {
	if c.Fresh == 0 {
		c.Fresh = DefaultFresh
	}
	a := Assessment{Control: c, Awaits: c.Requires.Awaits}
	for _, id := range c.Requires.Checks {
		s := support(id, records, run, c, asOf)
		a.Support = append(a.Support, s)
		if s.Status == Unproven && !s.Closed {
			a.BlindOn = append(a.BlindOn, id)
		}
		if s.Outcome == string(evidence.Warn) {
			a.Warnings = append(a.Warnings, s.Title+": "+s.Reason)
		}
	}
	for _, id := range c.Requires.Attestations {
		a.Signed = append(a.Signed, signed(id, lib, asOf))
	}
	a.Status, a.Why = a.weakest()
	a.rule()
	if a.Status == Stale {
		a.last()
	}
	a.Expired = c.State == Implemented && a.beyond()
	return a
}

// weakest is the status of an implemented product claim, with the reason of
// the first thing that is as weak.
func (a *Assessment) weakest() (Status, string) {
	status, why := Status(""), ""
	take := func(s Status, reason string) {
		if status == "" || rank(s) < rank(status) {
			status, why = s, reason
		}
	}
	for _, s := range a.Support {
		reason := s.Title + ": " + s.Reason
		if s.Status == Proven {
			reason = fmt.Sprintf("shown by %s on %s", many(len(a.Support), "check"), s.When.UTC().Format(time.DateOnly))
		}
		take(s.Status, reason)
	}
	for _, s := range a.Signed {
		reason := s.Reason
		if s.Status == Attested {
			reason = fmt.Sprintf("attested by %s on %s", s.Role, s.Date.Format(time.DateOnly))
		}
		if s.Sample {
			reason += " (" + SampleText + ")"
		}
		take(s.Status, reason)
	}
	for _, w := range a.Awaits {
		take(Unproven, "awaits evidence that cannot be collected yet: "+w)
	}
	if status == "" {
		return Unproven, "nothing is required of this claim, so nothing supports it"
	}
	return status, why
}

// rule applies what the claim's own state and subject say.
func (a *Assessment) rule() {
	c := a.Control
	switch c.State {
	case StatePlanned:
		a.Status, a.Why = Planned, "not in place; "+plannedFor(c.Target)
	case StateNotApplicable:
		switch {
		case a.Status == Contradicted: // a check shows otherwise
		case slices.ContainsFunc(a.Support, func(s Support) bool { return s.Withheld }):
			a.Status = Unproven // a check that may show otherwise was kept back; why was said
		case c.Reason == "":
			a.Status, a.Why = Unproven, "said to be out of scope without a reason"
		default:
			a.Status, a.Why = NotApplicable, c.Reason
		}
	case Implemented:
		if c.Subject != Product && (a.Status == Proven || a.Status == Stale && len(a.Signed) == 0) {
			a.Status, a.Why = Unproven, "checks of the product do not prove a claim about the company; it needs a signed attestation"
		}
	default:
		a.Status, a.Why = Unproven, fmt.Sprintf("the claim has an unknown state %q", c.State)
	}
}

// last says what of a stale control is beyond its limit, and when that was
// signed or shown. What is still in force beside it is not what went stale.
func (a *Assessment) last() {
	earliest := func(was Status, on time.Time) {
		if a.Last != was || on.Before(a.LastOn) {
			a.Last, a.LastOn = was, on
		}
	}
	for _, s := range a.Signed {
		if s.Status == Stale {
			earliest(Attested, s.Date)
		}
	}
	if a.Last == Attested {
		return
	}
	for _, s := range a.Support {
		if s.Status == Stale {
			earliest(Proven, s.When)
		}
	}
}

func (a *Assessment) beyond() bool {
	return slices.ContainsFunc(a.Support, func(s Support) bool { return s.Status == Stale }) ||
		slices.ContainsFunc(a.Signed, func(s Signed) bool { return s.Status == Stale })
}

// Sample reports whether the assessment rests on a sample attestation.
func (a Assessment) Sample() bool {
	return slices.ContainsFunc(a.Signed, func(s Signed) bool { return s.Found && s.Sample })
}

// Weakest returns the weaker of two statuses; the order is that of Statuses.
func Weakest(x, y Status) Status {
	if rank(y) < rank(x) {
		return y
	}
	return x
}

// rank orders statuses, weakest first. Not applicable stands below attested
// and proven: where a part of a question is out of scope it never reads Yes.
func rank(s Status) int {
	if i := slices.Index(Statuses(), s); i >= 0 {
		return i
	}
	return -1
}

func plannedFor(target string) string {
	if target == "" {
		return "no target was given"
	}
	return "target: " + target
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
