package questionnaire

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
)

// What weakens an answer, as the opening of its sentence.

func (w *writer) contradicted(a control.Assessment) string {
	var failing []control.Support
	for _, s := range a.Support {
		if s.Status == control.Contradicted {
			failing = append(failing, s)
		}
	}
	if len(failing) == 0 {
		return "No: a required check failed"
	}
	s := failing[0]
	if s.Held != "" {
		return fmt.Sprintf("No: check %s failed %s on %s; %s", s.Check, w.build, date(s.When), s.Held)
	}
	where := ""
	if named := plainUnits(s.Failed); named != "" {
		where = " (" + named + ")"
	}
	more := ""
	if n := len(failing) - 1; n > 0 {
		more = "; " + count(n, "more check") + " failed"
	}
	how := howMany(s)
	tail := fmt.Sprintf(" check %s %s on %s", s.Check, w.build, date(s.When))
	for _, text := range []string{how + where + "," + tail + more, how + "," + tail + more} {
		if words(text) <= MaxWords-6 {
			return "No: " + text
		}
	}
	return "No: " + how + "," + tail
}

// howMany says how many units failed: k of n of those that the population
// counts, and apart from them those that it does not.
func howMany(s control.Support) string {
	unit := "units"
	if s.Unit != "" {
		unit = name(s.Unit, 4)
	}
	out := len(s.Outside)
	in := len(s.Failed) - out
	switch {
	case in > 0 && out > 0:
		return fmt.Sprintf("%d of %d %s failed, and %d outside the listed %[3]s", in, s.Counted, unit, out)
	case out > 0:
		return fmt.Sprintf("%s outside the listed %s failed", count(out, "unit"), unit)
	case in > 0:
		return fmt.Sprintf("%d of %d %s failed", in, s.Counted, unit)
	}
	return "recorded as failed"
}

// plainUnits names up to two failed units that read as names, not as paths or
// requests.
func plainUnits(units []string) string {
	var named []string
	for _, u := range units {
		if len(named) < 2 && words(u) <= 3 && len(u) <= 40 && !strings.ContainsAny(u, `/\`) && !pathLike.MatchString(u) {
			named = append(named, strings.Join(strings.Fields(u), " "))
		}
	}
	if len(named) == 0 {
		return ""
	}
	if n := len(units) - len(named); n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(named, ", "), n)
	}
	return strings.Join(named, ", ")
}

// unproven says what was not seen, with the punctuation that leads to it.
func (w *writer) unproven(a control.Assessment) string {
	var unseen []control.Support
	for _, s := range a.Support {
		if s.Status == control.Unproven {
			unseen = append(unseen, s)
		}
	}
	if len(unseen) > 0 {
		more := ""
		if n := len(unseen) - 1; n > 0 {
			more = " (and " + count(n, "more check") + ")"
		}
		return ": " + notSeen(unseen[0]) + more
	}
	if len(a.Control.Requires.Awaits) > 0 {
		return "; still to be shown: " + clip(a.Control.Requires.Awaits[0], 22)
	}
	for _, s := range a.Signed {
		if s.Status != control.Unproven {
			continue
		}
		if s.Found {
			return ": the attestation of " + name(s.Role, 5) + " is not in force"
		}
		return ": no attestation by " + name(orElse(a.Control.Owner, "the owner"), 5) + " was supplied"
	}
	return ": " + clip(a.Why, 22)
}

// notSeen says of one check what it did not show.
func notSeen(s control.Support) string {
	switch {
	case s.Withheld:
		return "the record of check " + s.Check + " was withheld"
	case s.Outcome == control.Missing:
		return "the run has no record of check " + s.Check
	case s.Outcome == "not-run":
		return "check " + s.Check + " was not run"
	case s.Outcome == "not-applicable":
		return "check " + s.Check + " found nothing of the kind in this stack"
	case s.Outcome == "inconclusive" && s.Counted > 0:
		return fmt.Sprintf("check %s could see %d of %d %s", s.Check, s.Good, s.Counted, name(s.Unit, 4))
	case s.Outcome == "inconclusive":
		return "check " + s.Check + " could not see what it had to see"
	case s.Counted < s.Expected:
		return fmt.Sprintf("check %s looked at %d of %d %s", s.Check, s.Counted, s.Expected, name(s.Unit, 4))
	}
	return "check " + s.Check + ": " + clip(s.Reason, 20)
}

func (w *writer) stale(a control.Assessment) string {
	for _, s := range a.Signed {
		if s.Status == control.Stale {
			sample := ""
			if s.Sample {
				sample = " (" + SampleText + ")"
			}
			return fmt.Sprintf("Not answered from current evidence: last attested by %s on %s%s, expired on %s", name(s.Role, 5), date(s.Date), sample, date(s.Expires))
		}
	}
	return fmt.Sprintf("Not answered from current evidence: last shown %s in environment %s on %s, more than %d days ago",
		w.build, w.environment, date(a.LastOn), int(a.Control.Fresh))
}

// preposition finds targets that read well after "for".
var preposition = regexp.MustCompile(`^(FY|Q[1-4]|H[12]|[0-9]|the |end of |[A-Z][a-z]+ [0-9]{4})`)

func planned(target string) string {
	target = clip(bare(target), 12)
	switch {
	case target == "":
		return "Planned, without a date: not in place"
	case preposition.MatchString(target):
		return "Planned for " + target + ": not in place"
	}
	return "Planned, not in place (" + target + ")"
}
