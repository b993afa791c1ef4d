package control

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
)

// Missing is the outcome of a required check of which the run has no record.
const Missing = "missing"

// toSee separates, in a reason, what happened from what to do to see it.
const toSee = "to see this:"

// support reads the record of one required check. It never lets a record be
// better than what its own observations give when they are judged again.
func support(id string, records map[string][]evidence.Evidence, run *evidence.Run, c Control, asOf time.Time) Support {
	list := records[id]
	if len(list) == 0 && slices.Contains(run.Withheld, id) {
		return Support{Check: id, Title: id, Outcome: Missing, Status: Unproven, Withheld: true,
			Reason: "the record of this check was withheld from this file", ToSee: "ask whoever sent the run for the whole of it"}
	}
	if len(list) == 0 {
		return Support{Check: id, Title: id, Outcome: Missing, Status: Unproven,
			Reason: "this run has no record of the check", ToSee: "arxctl check --only " + id}
	}
	worst := one(id, list[0], run, c, asOf)
	for _, e := range list[1:] {
		if s := one(id, e, run, c, asOf); rank(s.Status) < rank(worst.Status) {
			worst = s
		}
	}
	return worst
}

func one(id string, e evidence.Evidence, run *evidence.Run, c Control, asOf time.Time) Support {
	outcome, reason := judged(e)
	failed := evidence.RefutedUnits(e.Observations)
	inside := make(map[string]bool, len(e.Population.Expected))
	for _, u := range e.Population.Expected {
		inside[u] = true
	}
	outside := slices.DeleteFunc(slices.Clone(failed), func(u string) bool {
		_, out := e.Population.Excluded[u]
		return !out && inside[u]
	})
	reason, how := cutToSee(reason)
	s := Support{Check: id, Title: titled(e.Check), Outcome: string(outcome), Counted: evidence.Counted(e.Population),
		Expected: len(e.Population.Expected), Unit: e.Population.Unit, Failed: failed, Outside: outside, POC: e.Check.POC,
		Reproduce: e.Check.Reproduce, DoesNotProve: e.Check.DoesNotProve, Reason: reason, ToSee: how, Closed: e.ClosedDoor() != ""}
	for _, u := range slices.Sorted(maps.Keys(e.Population.Excluded)) {
		s.Excluded = append(s.Excluded, u+" ("+e.Population.Excluded[u]+")")
	}
	s.Good = e.Good()
	if e.Withheld != nil {
		s.Held = e.Withheld.Why
		if e.Withheld.Partial {
			s.Expected++ // how many is not known
		}
	}
	first, last := span(e.Ended, run.Ended)
	s.When = first
	s.Status = Unproven
	if s.When.IsZero() && (outcome == evidence.NotRun || outcome == evidence.NotApplicable) {
		s.When = run.Ended // nothing was looked at; this is when that was settled
	}
	switch outcome {
	case evidence.Fail:
		s.Status = Contradicted
		return s
	case evidence.Pass, evidence.Warn:
	default:
		if s.ToSee == "" {
			s.ToSee = "arxctl check --only " + id
		}
		return s
	}
	switch {
	case s.Held != "" && s.Counted < s.Expected:
		s.Reason = "part of the population was left out; " + s.Held
		s.ToSee = "ask the vendor for the record"
	case s.Counted < s.Expected:
		s.Reason = fmt.Sprintf("only %d of %d %s were looked at; left out: %s", s.Counted, s.Expected, s.Unit, strings.Join(s.Excluded, ", "))
		s.ToSee = "bring what was left out within reach of the check, or answer for it by an attestation"
	case first.IsZero():
		s.Reason = "the record carries no time, so its age is unknown"
		s.ToSee = "arxctl check --only " + id
	case day(last).After(day(asOf)):
		s.Reason = fmt.Sprintf("it was collected on %s, after the as-of date %s", day(last).Format(time.DateOnly), day(asOf).Format(time.DateOnly))
		s.ToSee = "render with a later as-of date"
	case day(asOf).After(day(first).AddDate(0, 0, int(c.Fresh))):
		s.Status = Stale
		s.Reason = fmt.Sprintf("shown on %s, more than %d days before %s", day(first).Format(time.DateOnly), int(c.Fresh), day(asOf).Format(time.DateOnly))
		s.ToSee = "arxctl check --only " + id
	case c.Scope == Production && (run.Stack.Environment != "production" || run.Stack.Kind == "reference"):
		s.Reason = fmt.Sprintf("it was shown in the environment %s; the claim is about production", orElse(run.Stack.Environment, "unknown"))
		s.ToSee = "run the check against production, read only"
	default:
		s.Status = Proven
	}
	return s
}

// span returns the earlier and the later of the ends of a record and of its run:
// the age of what was seen counts from the first, and the last may not lie
// ahead. A record without a time has no first. A run without one adds nothing.
func span(record, run time.Time) (first, last time.Time) {
	switch {
	case run.IsZero():
		return record, record
	case record.IsZero() || record.Before(run):
		return record, run
	}
	return run, record
}

// judged returns the recorded outcome, or what the observations give when that
// is weaker. not-run and not-applicable come from the runner and stand.
func judged(e evidence.Evidence) (evidence.Outcome, string) {
	if e.Withheld != nil {
		return e.Outcome, e.Withheld.Why // there is nothing to judge again; the run's seal states the outcome
	}
	switch e.Outcome {
	case evidence.NotRun, evidence.NotApplicable:
		return e.Outcome, e.Reason
	case evidence.Pass, evidence.Warn, evidence.Fail, evidence.Inconclusive:
	default:
		return evidence.Inconclusive, fmt.Sprintf("the record has an unknown outcome %q", e.Outcome)
	}
	var err error
	if e.Error != "" {
		err = errors.New(e.Error)
	}
	again, reason := evidence.Judge(e.Observations, e.Population, err)
	order := []evidence.Outcome{evidence.Fail, evidence.Inconclusive, evidence.Warn, evidence.Pass}
	if slices.Index(order, again) < slices.Index(order, e.Outcome) {
		return again, fmt.Sprintf("recorded as %s, but its observations give %s: %s", e.Outcome, again, reason)
	}
	return e.Outcome, e.Reason
}

func signed(id string, lib *Library, asOf time.Time) Signed {
	a, ok := lib.Attestation(id)
	if !ok {
		return Signed{ID: id, Status: Unproven, Reason: "no attestation " + id + " was supplied"}
	}
	s := Signed{ID: id, Found: true, Statement: a.Statement, Role: a.Role, Date: a.Date.Time, Expires: a.Expires.Time,
		Artefact: a.Artefact.Name, SHA256: a.Artefact.SHA256, Sample: a.Sample, Status: Unproven}
	switch {
	case a.Role == "" || a.Date.IsZero() || a.Expires.IsZero() || a.Artefact.SHA256 == "":
		s.Reason = "the attestation lacks its role, date, expiry or artefact digest"
	case a.Date.After(day(asOf)):
		s.Reason = fmt.Sprintf("signed on %s, after the as-of date %s", a.Date, day(asOf).Format(time.DateOnly))
	case day(asOf).After(a.Expires.Time):
		s.Status, s.Reason = Stale, fmt.Sprintf("signed on %s, expired on %s", a.Date, a.Expires)
	default:
		s.Status = Attested
	}
	return s
}

func cutToSee(reason string) (what, how string) {
	i := strings.Index(reason, toSee)
	if i < 0 {
		return reason, ""
	}
	return strings.TrimRight(reason[:i], " ;,.("), strings.TrimRight(strings.TrimSpace(reason[i+len(toSee):]), ")")
}

func titled(d evidence.Doc) string { return orElse(d.Title, d.ID) }

func day(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
