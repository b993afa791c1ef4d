package questionnaire

import (
	"fmt"
	"slices"
	"time"

	"github.com/arxsec/arxctl/internal/control"
)

// writer composes the sentence for the buyer. The rule: a Yes opens with the
// first deciding claim and says what it rests on; anything else says first what
// weakens it, and never repeats a claim that does not stand. Longer forms are
// tried first; every sentence keeps within MaxWords.
type writer struct {
	build       string // on which build, with the preposition
	environment string
	deciders    []control.Assessment // as declared, variables resolved
}

// noBuild stands for the build of a run that does not say which it was.
const noBuild = "on a build that was not named"

// onBuild says on which build something was seen.
func onBuild(build string) string {
	if !named(build) {
		return noBuild
	}
	return "on build " + name(build, 3)
}

func named(build string) bool { return name(build, 3) != unnamed }

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
		"What is claimed below is "+short+".",
		"What is claimed is "+short+".")
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
	on := "shown " + w.build
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

func (w *writer) notInScope() string {
	a := w.weakest(control.NotApplicable)
	reason := bare(a.Why)
	return fitting("Not in scope: "+reason+w.standing()+".", "Not in scope: "+reason+".", "Not in scope: "+clip(reason, 30)+".",
		"Not in scope, for the reason below.")
}

// weakest is the first control with the status; among the unproven, one whose
// checks could not see comes first, since a reader can do something about it.
func (w *writer) weakest(status control.Status) control.Assessment {
	for _, a := range w.deciders {
		if a.Status == status && status == control.Unproven && len(a.BlindOn) > 0 {
			return a
		}
	}
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
