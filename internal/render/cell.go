package render

import (
	"fmt"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

// maxCell is how many characters a cell of a spreadsheet holds (ECMA-376 has no
// limit; Excel's is 32,767, "Excel specifications and limits").
const maxCell = 32767

// Cell makes text fit for one cell of a spreadsheet: what a program could take
// for a formula is preceded by an apostrophe (OWASP, "CSV Injection"), line ends
// stay, and what is too long for a cell is cut and says so.
func Cell(s string) string {
	s = strings.TrimSpace(PlainLines(s))
	if strings.ContainsAny(first(s), "=+-@|%\t＝＋－＠") {
		s = "'" + s
	}
	if r := []rune(s); len(s) > maxCell && len(r) > maxCell/2 {
		s = string(r[:maxCell/2]) + " … (cut: longer than a cell holds)" // a rune is up to two of Excel's characters
	}
	return s
}

func first(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// Owner returns the role to ask about an answer: of its override, of what is
// missing, or of the claims that decide it.
func Owner(a questionnaire.Answer) string {
	switch {
	case a.Override != nil:
		return a.Override.Owner
	case a.Gap != nil:
		return a.Gap.Owner
	}
	return a.Owner()
}

// Basis says in one line which run of which stack an answer rests on, and
// whether that was a demonstration: rows get copied away from their document.
func Basis(d *questionnaire.Document) string {
	s := fmt.Sprintf("%s, build %s, environment %s, run %.12s, as of %s", orUnknown(d.Stack.Name), orUnknown(d.Stack.Build),
		orUnknown(d.Stack.Environment), orUnknown(d.RunDigest), d.AsOf.UTC().Format("2006-01-02"))
	if d.Demonstration != "" {
		s = d.Demonstration + ". " + s
	}
	return Plain(s)
}

// Lines returns what an answer rests on, one line each: checks, attestations,
// then what is said beside them.
func Lines(a questionnaire.Answer) (evidence, notes []string) {
	for _, l := range a.Evidence {
		text := l.Text
		if l.Outcome != "pass" && l.Reason != "" && l.Held == "" {
			text += ": " + l.Reason
		}
		evidence = append(evidence, text)
	}
	for _, s := range a.Attested {
		evidence = append(evidence, s.Text)
	}
	if a.Sample && a.Status != control.Attested {
		notes = append(notes, questionnaire.SampleText+": rests in part on an attestation that nobody signed")
	}
	notes = append(notes, a.Details...)
	if a.Ownership != "" {
		notes = append(notes, "Ownership: "+a.Ownership)
	}
	for _, m := range a.Mentioned {
		notes = append(notes, fmt.Sprintf("Also (%s): %s %s (%s)", m.Scope, m.Claim, m.Status, m.Why))
	}
	if a.Gap != nil {
		notes = append(notes, "Missing: "+a.Gap.Need)
	}
	return evidence, notes
}
