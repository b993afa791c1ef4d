package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

// Mark returns one character that tells statuses apart without colour. It is
// always shown beside the word.
func Mark(s control.Status) string {
	switch s {
	case control.Proven:
		return "✔"
	case control.Attested:
		return "✎"
	case control.Planned:
		return "▷"
	case control.Contradicted:
		return "✘"
	case control.Stale:
		return "◑"
	case control.NotApplicable:
		return "–"
	case control.Unanswered:
		return "?"
	}
	return "○"
}

// Value returns the short value for a person; an empty one is said in words.
func Value(v string) string {
	if v == "" {
		return "(blank)"
	}
	return v
}

// Facts lists what a reader needs to know of a document before its first
// answer, as label and text, in the order in which every format prints them.
func Facts(d *questionnaire.Document) [][2]string {
	signed := "UNSIGNED: nobody vouches for this run with a signature"
	if d.KeyID != "" {
		signed = "sealed with key " + d.KeyID + "; to know whether that holds: arxctl verify FILE --key PUBLIC-KEY"
	}
	complete := "complete"
	if !d.RunComplete {
		complete = "INCOMPLETE: it was interrupted before every selected check had ended"
	}
	out := [][2]string{
		{"Stack", orUnknown(d.Stack.Name) + " (" + orUnknown(d.Stack.Kind) + ")"},
		{"Build", orUnknown(d.Stack.Build)},
		{"Environment", orUnknown(d.Stack.Environment)},
	}
	if id := identity(d.Stack); id != "" {
		out = append(out, [2]string{"Identity", id})
	}
	ended := "no checks were run"
	if !d.RunEnded.IsZero() {
		ended = d.RunEnded.UTC().Format("2006-01-02 15:04 UTC") + ", " + complete
	}
	out = append(out, [2]string{"Evidence collected", ended}, [2]string{"Run digest (SHA-256)", orUnknown(d.RunDigest)}, [2]string{"Signature", signed},
		[2]string{"As of", d.AsOf.UTC().Format("2006-01-02")}, [2]string{"Collected by", orUnknown(d.Tool)})
	if d.Samples {
		out = append(out, [2]string{"Attestations", questionnaire.SampleText + ": some are samples, which nobody signed; each is marked"})
	}
	if d.Audience != questionnaire.Private && d.Audience != "" {
		out = append(out, [2]string{"Audience", AudienceText(d)})
	}
	for i := range out {
		out[i][1] = Plain(out[i][1])
	}
	return out
}

// AudienceText says whom a document is for and what that leaves out, or is empty
// when nothing is left out.
func AudienceText(d *questionnaire.Document) string {
	checks, attestations := d.Held.IDs()
	switch {
	case d.Audience == questionnaire.Private || d.Audience == "":
		return ""
	case len(checks)+len(attestations) == 0:
		return d.Audience.Words() + ": nothing had to be held back"
	}
	many := func(n int, what string) string {
		if n == 1 {
			return "1 " + what
		}
		return fmt.Sprintf("%d %ss", n, what)
	}
	return fmt.Sprintf("%s: evidence of %s and %s is held back, and each place says so", d.Audience.Words(), many(len(checks), "check"), many(len(attestations), "attestation"))
}

// Shown is one observation that failed or could not be seen.
type Shown struct{ Unit, What, Want, Got, Via, Fix string }

// Failing returns up to limit observations that explain why a record did not
// pass, refuted claims first, and how many more there are.
func Failing(e evidence.Evidence, limit int) (list []Shown, more int) {
	take := func(keep func(evidence.Observation) bool) {
		for _, o := range e.Observations {
			if !keep(o) {
				continue
			}
			if len(list) == limit {
				more++
				continue
			}
			got := o.Got
			switch {
			case o.Blind != "":
				got = "could not be seen: " + o.Blind
			case got == "":
				got = "nothing"
			}
			fix := o.Fix
			if fix == "" {
				fix = e.Check.Fix
			}
			list = append(list, Shown{Unit: Plain(o.Unit), What: Plain(o.What), Want: Plain(o.Want.String()), Got: Plain(got), Via: PlainLines(o.Via), Fix: Plain(fix)})
		}
	}
	take(evidence.Observation.Refutes)
	take(func(o evidence.Observation) bool { return !o.Refutes() && !o.Met() })
	return list, more
}

func identity(s evidence.Stack) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(s.Identity)) {
		parts = append(parts, fmt.Sprintf("%s: %s", k, s.Identity[k]))
	}
	return strings.Join(parts, "; ")
}

func orUnknown(s string) string {
	if strings.TrimSpace(s) == "" {
		return "unknown"
	}
	return s
}
