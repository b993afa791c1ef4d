package fill

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

// Comment is what stands beside a value: the sentence for the buyer, and the
// line of evidence. What was not looked at or not signed is no evidence, and is
// said to our own people instead; a plan has none, and beside a value that a role
// gave in its place no evidence stands.
func Comment(a *questionnaire.Answer, note, demonstration string) string {
	var parts []string
	for _, s := range []string{demonstration, note} {
		if s != "" {
			parts = append(parts, strings.TrimRight(s, ".")+".")
		}
	}
	parts = append(parts, a.Sentence)
	lines := shown(a.Evidence)
	for _, s := range a.Attested {
		if s.Status == control.Attested {
			lines = append(lines, s.Text)
		}
	}
	if own := a.Override != nil && a.Override.Valued; len(lines) > 0 && a.Status != control.Planned && !own {
		parts = append(parts, "Evidence: "+strings.Join(lines, "; ")+".")
	}
	return strings.Join(parts, " ")
}

// shown is a line for each check that saw something. Of many, the date and the
// run, which they share, are said once: a cell is no report.
func shown(list []questionnaire.Line) []string {
	seen := slices.DeleteFunc(slices.Clone(list), func(e questionnaire.Line) bool {
		return !slices.Contains([]evidence.Outcome{evidence.Pass, evidence.Warn, evidence.Fail}, evidence.Outcome(e.Outcome))
	})
	var whole, short []string
	together := len(seen) > 2
	for _, e := range seen {
		whole = append(whole, e.Text)
		text := e.Check
		if e.Outcome != string(evidence.Pass) {
			text += " " + e.Outcome
		}
		if e.Counted > 0 {
			text += fmt.Sprintf(" %d of %d %s", e.Good, e.Counted, e.Unit)
		}
		if len(e.Excluded) > 0 {
			text += fmt.Sprintf(" and %d left out", len(e.Excluded))
		}
		short = append(short, text)
		together = together && e.Digest == seen[0].Digest && e.When.Format(time.DateOnly) == seen[0].When.Format(time.DateOnly) && e.Held == ""
	}
	if !together {
		return whole
	}
	return []string{fmt.Sprintf("%d checks on %s, run %s: %s", len(seen), seen[0].When.UTC().Format(time.DateOnly), seen[0].Digest, strings.Join(short, ", "))}
}
