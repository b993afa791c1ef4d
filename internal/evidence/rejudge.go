package evidence

import (
	"errors"
	"fmt"
)

// Rejudge returns an error when the stored outcome is not what Judge makes of
// the stored observations. NotRun must have seen nothing; NotApplicable must
// show at least one observation and no refuted claim.
func (e Evidence) Rejudge() error {
	err := e.Failure()
	outcome, reason := Judge(e.Observations, e.Population, err)
	switch e.Outcome {
	case NotRun:
		if len(e.Observations) == 0 && e.Reason != "" {
			return nil
		}
		return fmt.Errorf("check %s: stored as not-run, but it holds observations or no reason", e.Check.ID)
	case NotApplicable:
		if err == nil && e.Reason != "" && ShowsAbsence(e.Observations) {
			return nil
		}
		return fmt.Errorf("check %s: stored as not-applicable without an observation that shows the absence", e.Check.ID)
	}
	if bare, _ := blind(e.Observations, e.Population, err); outcome == Inconclusive && e.Outcome == outcome && e.Reason == bare {
		return nil // stored before reasons said what to do to see it
	}
	if outcome != e.Outcome || reason != e.Reason {
		return fmt.Errorf("check %s: stored as %s (%s), but its observations judge to %s (%s)", e.Check.ID, e.Outcome, e.Reason, outcome, reason)
	}
	return nil
}

// Failure is why the check could not look, as Judge takes it; nil when it could.
func (e Evidence) Failure() error {
	if e.Error == "" {
		return nil
	}
	return errors.New(e.Error)
}

// ShowsAbsence reports whether observations can show that the thing to check is
// not there: there is a claim or a sight, since an advice decides nothing, and
// every one of them was seen and met.
func ShowsAbsence(seen []Observation) bool {
	shown := false
	for _, o := range seen {
		if o.Blind != "" || o.Kind != Advice && !o.Met() {
			return false
		}
		shown = shown || o.Kind != Advice
	}
	return shown
}
