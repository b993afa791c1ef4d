package questionnaire

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/control"
)

// writer composes the sentence for the buyer. The rule: a Yes opens with the
// first deciding claim and says what it rests on; anything else says first what
// weakens it, and never repeats a claim that does not stand. Longer forms are
// tried first; every sentence keeps within MaxWords.
type writer struct {
	build, environment string
	deciders           []control.Assessment // as declared, variables resolved
}

func (w *writer) sentence(status control.Status) string {
	if len(w.deciders) == 0 {
		return "Not answered: no control decides this question."
	}
	switch status {
	case control.Proven, control.Attested:
		return w.yes()
	case control.NotApplicable:
		return w.notInScope()
	}
	a := w.weakest(status)
	var what string
	switch status {
	case control.Contradicted:
		what = w.contradicted(a)
	case control.Planned:
		what = planned(a.Control.Target)
	case control.Stale:
		what = w.stale(a)
	default:
		what = "Not answered from evidence" + w.unproven(a)
	}
	return fitting(what+w.standing()+".", what+".", clip(what, MaxWords-1)+".")
}

func (w *writer) yes() string {
	claim := bare(w.deciders[0].Control.Claim)
	proof, more := w.proof(true), ""
	if n := len(w.deciders) - 1; n > 0 {
		more = fmt.Sprintf(", and %s below", count(n, "further claim"))
	}
	short := w.proof(false)
	return fitting(
		claim+more+"; "+proof+w.warned()+".",
		claim+"; "+proof+w.warned()+".",
		claim+"; "+short+w.warned()+".",
		"What is claimed below is "+proof+w.warned()+".",
		"What is claimed below is "+short+".")
}

// proof says what a Yes rests on. full adds the environment.
func (w *writer) proof(full bool) string {
	var shown time.Time
	var signed []control.Signed
	for _, a := range w.deciders {
		for _, s := range a.Support {
			if shown.IsZero() || s.When.Before(shown) {
				shown = s.When
			}
		}
		if a.Status == control.Proven || a.Status == control.Attested {
			signed = append(signed, a.Signed...)
		}
	}
	on := "shown on build " + w.build
	if full {
		on += " in environment " + w.environment
	}
	switch {
	case len(signed) == 0:
		return on + " on " + date(shown)
	case shown.IsZero():
		return "attested by " + signers(signed)
	}
	return "in part " + on + " on " + date(shown) + ", in part attested by " + signers(signed)
}

func signers(list []control.Signed) string {
	var roles []string
	first, one, sample := list[0].Date, true, false
	for _, s := range list {
		if r := name(s.Role, 5); !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
		one = one && s.Date.Equal(list[0].Date)
		sample = sample || s.Sample
		if s.Date.Before(first) {
			first = s.Date
		}
	}
	who := roles[0]
	switch {
	case len(roles) == 2:
		who += " and " + roles[1]
	case len(roles) > 2:
		who += fmt.Sprintf(" and %d more roles", len(roles)-1)
	}
	if one {
		who += " on " + date(first)
	} else {
		who += ", earliest on " + date(first)
	}
	if sample {
		who += " (" + SampleText + ")"
	}
	return who
}

func (w *writer) warned() string {
	n := 0
	for _, a := range w.deciders {
		n += len(a.Warnings)
	}
	if n == 0 {
		return ""
	}
	return ", with " + count(n, "warning")
}

// standing says how many of several deciding claims are proven or attested.
func (w *writer) standing() string {
	k := 0
	for _, a := range w.deciders {
		if a.Status == control.Proven || a.Status == control.Attested {
			k++
		}
	}
	switch {
	case len(w.deciders) == 1 || k == 0:
		return ""
	case k == 1:
		return fmt.Sprintf("; 1 of %d claims stands", len(w.deciders))
	}
	return fmt.Sprintf("; %d of %d claims stand", k, len(w.deciders))
}

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
	where := ""
	if named := plainUnits(s.Failed); named != "" {
		where = " (" + named + ")"
	}
	more := ""
	if n := len(failing) - 1; n > 0 {
		more = "; " + count(n, "more check") + " failed"
	}
	how := count(len(s.Failed), "unit") + " failed"
	if len(s.Failed)+s.Good <= s.Counted && s.Counted > 0 {
		how = fmt.Sprintf("%d of %d %s failed", len(s.Failed), s.Counted, name(s.Unit, 4))
	}
	tail := fmt.Sprintf(" check %s on build %s on %s", s.Check, w.build, date(s.When))
	for _, text := range []string{how + where + "," + tail + more, how + "," + tail + more} {
		if words(text) <= MaxWords-6 {
			return "No: " + text
		}
	}
	return "No: " + how + "," + tail
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
	for _, s := range a.Support {
		if s.Status != control.Unproven {
			continue
		}
		switch {
		case s.Outcome == control.Missing:
			return ": the run has no record of check " + s.Check
		case s.Outcome == "not-run":
			return ": check " + s.Check + " was not run"
		case s.Outcome == "not-applicable":
			return ": check " + s.Check + " found nothing of the kind in this stack"
		case s.Outcome == "inconclusive" && s.Counted > 0:
			return fmt.Sprintf(": check %s could see %d of %d %s", s.Check, s.Good, s.Counted, name(s.Unit, 4))
		case s.Outcome == "inconclusive":
			return ": check " + s.Check + " could not see what it had to see"
		case s.Counted < s.Expected:
			return fmt.Sprintf(": check %s looked at %d of %d %s", s.Check, s.Counted, s.Expected, name(s.Unit, 4))
		}
		return ": check " + s.Check + ": " + clip(s.Reason, 20)
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

func (w *writer) stale(a control.Assessment) string {
	for _, s := range a.Signed {
		if s.Status == control.Stale {
			return fmt.Sprintf("Not answered from current evidence: last attested by %s on %s, expired on %s", name(s.Role, 5), date(s.Date), date(s.Expires))
		}
	}
	return fmt.Sprintf("Not answered from current evidence: last shown on build %s in environment %s on %s, more than %d days ago",
		w.build, w.environment, date(a.LastOn), int(a.Control.Fresh))
}

func (w *writer) notInScope() string {
	a := w.weakest(control.NotApplicable)
	reason := bare(a.Why)
	return fitting("Not in scope: "+reason+w.standing()+".", "Not in scope: "+reason+".", "Not in scope: "+clip(reason, 30)+".",
		"Not in scope, for the reason below.")
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

func (w *writer) weakest(status control.Status) control.Assessment {
	for _, a := range w.deciders {
		if a.Status == status {
			return a
		}
	}
	return w.deciders[0]
}

func date(t time.Time) string {
	if t.IsZero() {
		return "an unknown date"
	}
	return t.UTC().Format(time.DateOnly)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
