package render_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

// TestWhatStandsBesideAnAnswerInATable: a table has one cell for all that a page
// says in its own places.
func TestWhatStandsBesideAnAnswerInATable(t *testing.T) {
	a := questionnaire.Answer{Details: []string{"With 1 warning."}, Ownership: "CSP-owned", Gap: &questionnaire.Gap{Need: "the review"},
		Mentioned: []questionnaire.Mention{{Scope: "production", Claim: "Keys lie in a vault.", Status: control.Planned, Why: "by 2027"}}}
	_, notes := render.Lines(a)
	want := "With 1 warning.|Ownership: CSP-owned|Also (production): Keys lie in a vault. planned (by 2027)|Missing: the review"
	if got := strings.Join(notes, "|"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, notes := render.Lines(questionnaire.Answer{}); len(notes) > 0 {
		t.Errorf("beside an answer without anything: %v", notes)
	}
}
