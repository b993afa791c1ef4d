package fill

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// TestAnIDIsBelievedOnlyBesideItsWords: an ID that we know does not answer a
// question whose words ask for a harm, for something else, or are not there.
func TestAnIDIsBelievedOnlyBesideItsWords(t *testing.T) {
	tenants := questionnaire.Question{ID: "X-1", Topic: "Tenants kept apart from each other", Decide: []string{"tenant-isolation-rls"}}
	yes := questionnaire.Answer{Question: "X-1", Status: control.Proven, Value: "Yes"}
	source := &Source{questions: map[string]questionnaire.Question{"X-1": tenants}, answers: map[string]questionnaire.Answer{"X-1": yes}}
	asked := &questionnaire.Questionnaire{ID: "sig-lite", Sections: []questionnaire.Part{{Questions: []questionnaire.Question{tenants}}}}
	silent := func(_, _ string) match.Proposal { return match.Proposal{State: match.Blank, Reason: "nothing fits"} }
	for text, held := range map[string]string{
		"Are tenants kept apart from each other?":                  "",
		"Can tenants that are kept apart reach each other's data?": "A person",
		"Are there no tenants kept apart from each other?":         "A person",
		"": "is not there",
		"Are third-party library updates identified by a process?": "words",
	} {
		r := layout.Row{ID: "X-1", Question: text}
		r.Answer.Ref = "C2"
		if got := source.Find(layout.Table{Sheet: "S"}, r).Held; (held == "") != (got == "") || !strings.Contains(got, held) {
			t.Errorf("by ID alone, %q: held %q, want %q", text, got, held)
		}
		table := layout.Table{Sheet: "S", Rows: []layout.Row{r}}
		drafts := NewDrafts(&layout.Layout{Tables: []layout.Table{table}}, asked, silent)
		drafts.answers = map[string]questionnaire.Answer{key(table, r): yes}
		found := drafts.Find(table, r)
		if filled := found.Answer != nil && found.Held == ""; filled != (held == "") || text == "" && !strings.Contains(found.Held, held) {
			t.Errorf("by ID and words, %q: filled %v, held %q", text, filled, found.Held)
		}
	}
}
