package fill_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// TestWhatStandsOverARowAmongTheQuestions may turn it round, or be the first half of what it asks: its own words alone
// had been answered Yes.
func TestWhatStandsOverARowAmongTheQuestions(t *testing.T) {
	const isolated, limited = "Are tenants isolated from each other?", "The audit log is append-only"
	for name, c := range map[string]struct {
		rows [][2]string // number and question
		held string      // of the last row, or filled
	}{
		"a heading of faults":             {[][2]string{{"", "Known weaknesses"}, {"1", isolated}}, "may be the bad answer"},
		"two headings":                    {[][2]string{{"", "Open gaps"}, {"", "Access"}, {"1", isolated}}, "may be the bad answer"},
		"an instruction in between":       {[][2]string{{"1", limited}, {"", "Tick yes where you do not comply"}, {"2", isolated}}, "may be the bad answer"},
		"another heading since":           {[][2]string{{"", "Known weaknesses"}, {"1", isolated}, {"", "Access"}, {"2", isolated}}, ""},
		"the second heading below":        {[][2]string{{"", "Known weaknesses"}, {"", "Access"}, {"1", limited}, {"", "Logs"}, {"2", isolated}}, "may be the bad answer"},
		"a letter below a stem":           {[][2]string{{"1", "Which of the following hold in staging:"}, {"a", limited}}, "only its own words were read"},
		"a letter":                        {[][2]string{{"1", isolated}, {"a", limited}}, ""},
		"a plain heading":                 {[][2]string{{"", "Access:"}, {"1", limited}}, ""},
		"a question of faults":            {[][2]string{{"", "Which of the following weaknesses apply to you?"}, {"1", isolated}}, "may be the bad answer"},
		"a stem that denies":              {[][2]string{{"1", "Which of the following are NOT so:"}, {"1.1", isolated}}, "may be the bad answer"},
		"a stem":                          {[][2]string{{"1", "Which of the following hold in staging:"}, {"1.1", limited}}, "only its own words were read"},
		"a stem and letters":              {[][2]string{{"1", "Do these hold in staging:"}, {"1a", limited}}, "only its own words were read"},
		"a whole question below a stem":   {[][2]string{{"1", "Please answer these:"}, {"1.1", isolated}}, ""},
		"the number after a stem":         {[][2]string{{"1", "Which of the following hold in staging:"}, {"1.1", limited}, {"2", limited}}, ""},
		"one that begins alike":           {[][2]string{{"1", "Which of the following hold in staging:"}, {"12", limited}}, ""},
		"the rest of a question":          {[][2]string{{"1", isolated}, {"", "and kept so for ten years on media that nobody can write to?"}}, "goes on in row"},
		"a question that stops at an and": {[][2]string{{"1", "Are tenants isolated from each other, and"}, {"2", isolated}}, "goes on in row"},
	} {
		rows := []workbooktest.Row{{R: 1, Cells: cells(1, "No.", "Question", "Answer", "Comments")}}
		for i, q := range append(c.rows, [2]string{"90", isolated}, [2]string{"91", isolated}, [2]string{"92", isolated}) {
			rows = append(rows, workbooktest.Row{R: i + 2, Cells: cells(i+2, q[0], q[1])})
		}
		l := recognised(t, rows)
		p := fill.Decide(l, func(layout.Table, layout.Row) fill.Found {
			return fill.Found{Answer: answer(control.Proven), Review: true}
		}, fill.Options{})
		seen := false
		for _, d := range p.Decisions {
			if d.Row != len(c.rows)+1 {
				continue
			}
			seen = true
			if c.held == "" && d.What != fill.Filled || c.held != "" && (d.What != fill.Held || !strings.Contains(d.Why, c.held)) {
				t.Errorf("%s: %s (%s)", name, d.What, d.Why)
			}
		}
		if !seen {
			t.Errorf("%s: the row was not read: %+v", name, p.Decisions)
		}
	}
}

func cells(row int, texts ...string) []workbooktest.Cell {
	var out []workbooktest.Cell
	for i, text := range texts {
		if text != "" {
			out = append(out, workbooktest.T(workbook.Ref(i+1, row), workbooktest.Unlocked, text))
		}
	}
	return out
}
