package questionnaire

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

// Finding is one thing wrong with the content, with file and line.
type Finding = yamldoc.Finding

// Lint reports what decoding cannot see: names that lead nowhere, questions
// that nothing answers, reasons that are missing, attestations that expired,
// and claims that contradict their own state. What Decode reported is not
// repeated; a caller shows both. Findings are ordered by file and line.
func Lint(lib *control.Library, questionnaires []*Questionnaire, knownChecks []string, asOf time.Time) []Finding {
	l := &linter{lib: lib, checks: map[string]bool{}, required: map[string]bool{}, asOf: asOf}
	for _, id := range knownChecks {
		l.checks[id] = true
	}
	for _, c := range lib.Controls {
		l.control(c)
	}
	for _, a := range lib.Attestations {
		l.attestation(a)
	}
	ids := map[string]*Questionnaire{}
	for _, q := range questionnaires {
		if first, twice := ids[q.ID]; twice {
			l.bad(q.At, "id", "there are two questionnaires %q; the first is %s", q.ID, first.At.File)
		}
		ids[q.ID] = q
		l.questionnaire(q)
	}
	return l.found.Sorted()
}

type linter struct {
	lib      *control.Library
	checks   map[string]bool
	required map[string]bool // attestation IDs that a control names
	asOf     time.Time
	found    yamldoc.Findings
}

func (l *linter) bad(at yamldoc.At, field, format string, a ...any) {
	l.found = append(l.found, Finding{File: at.File, Line: at.Of(field), Field: field, Message: fmt.Sprintf(format, a...)})
}

func (l *linter) control(c control.Control) {
	for _, id := range c.Requires.Checks {
		if !l.checks[id] {
			l.bad(c.Requires.At, "checks", "control %s requires the check %s, which does not exist; see: arxctl check --list", c.ID, id)
		}
	}
	twice(c.Requires.Checks, func(id string) { l.bad(c.Requires.At, "checks", "control %s requires the check %s twice", c.ID, id) })
	for _, id := range c.Requires.Attestations {
		l.required[id] = true
	}
	l.state(c)
	l.text(c.At, "claim", c.Claim, "control "+c.ID)
	l.text(c.At, "does_not_prove", c.DoesNotProve, "control "+c.ID)
	l.text(c.At, "reason", c.Reason, "control "+c.ID)
	for field, s := range map[string]string{"target": c.Target, "owner": c.Owner, "requires": strings.Join(c.Requires.Awaits, " ")} {
		if len(placeholders(s)) > 0 {
			l.bad(c.At, field, "control %s: [placeholders] are filled in claim, reason and does_not_prove only", c.ID)
		}
	}
	if c.DoesNotProve == "" {
		l.bad(c.At, "does_not_prove", "control %s does not say what its evidence leaves open", c.ID)
	}
	seen := map[string]bool{}
	for _, r := range c.Refs {
		if strings.TrimSpace(r.Reason) == "" {
			l.bad(r.At, "reason", "control %s: the reference to %s %s gives no reason", c.ID, r.Framework, r.ID)
		}
		if seen[r.Framework+" "+r.ID] {
			l.bad(r.At, "id", "control %s refers to %s %s twice", c.ID, r.Framework, r.ID)
		}
		seen[r.Framework+" "+r.ID] = true
	}
}

// state finds claims that contradict what the control says of itself.
func (l *linter) state(c control.Control) {
	checks, attestations, awaits := len(c.Requires.Checks) > 0, len(c.Requires.Attestations) > 0, len(c.Requires.Awaits) > 0
	switch c.State {
	case control.Implemented:
		if !checks && !attestations && !awaits {
			l.bad(c.At, "requires", "control %s is implemented but requires nothing; expected checks, attestations or awaits", c.ID)
		}
		if c.Subject == control.Company && checks && !attestations && !awaits {
			l.bad(c.At, "requires", "control %s is about the company, which checks of the product never prove; add an attestation", c.ID)
		}
		if c.Scope == control.Production && checks && !attestations && !awaits {
			l.bad(c.At, "requires", "control %s is about production, which a run elsewhere does not prove; add an attestation or say what it awaits", c.ID)
		}
	case control.StatePlanned:
		if c.Target == "" {
			l.bad(c.At, "target", "control %s is planned but names no target", c.ID)
		}
		for _, id := range c.Requires.Attestations {
			if _, ok := l.lib.Attestation(id); ok {
				l.bad(c.At, "state", "control %s is planned, yet somebody attests that it is there (%s)", c.ID, id)
			}
		}
	case control.StateNotApplicable:
		if c.Reason == "" {
			l.bad(c.At, "reason", "control %s is not applicable but gives no reason", c.ID)
		}
	}
	if c.Target != "" && c.State != control.StatePlanned {
		l.bad(c.At, "target", "control %s is %s; only a planned control has a target", c.ID, c.State)
	}
	if c.Reason != "" && c.State != control.StateNotApplicable {
		l.bad(c.At, "reason", "control %s is %s; only a control that is not applicable has a reason", c.ID, c.State)
	}
}

func (l *linter) attestation(a control.Attestation) {
	if !a.Expires.IsZero() && !l.asOf.Before(a.Expires.AddDate(0, 0, 1)) {
		l.bad(a.At, "expires", "attestation %s expired on %s; ask %s for a new one", a.ID, a.Expires, a.Role)
	}
	if a.Date.After(l.asOf) {
		l.bad(a.At, "date", "attestation %s is dated %s, after %s", a.ID, a.Date, l.asOf.Format(time.DateOnly))
	}
	if !l.required[a.ID] {
		l.bad(a.At, "id", "no control requires the attestation %s", a.ID)
	}
}

func (l *linter) text(at yamldoc.At, field, s, of string) {
	if n := words(s); n > MaxWords {
		l.bad(at, field, "%s: %d words, expected at most %d", of, n, MaxWords)
	}
	if m := pathLike.FindString(s); m != "" {
		l.bad(at, field, "%s: %q reads as a file path; a buyer reads this", of, strings.TrimSpace(m))
	}
}

func twice(list []string, report func(string)) {
	for i, s := range list {
		if slices.Contains(list[:i], s) {
			report(s)
		}
	}
}
