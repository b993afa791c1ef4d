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

// TestWhatStandsOverATableMayTurnItsAnswers: a Yes below "tick where it does not
// hold" says the contrary of what we claim.
func TestWhatStandsOverATableMayTurnItsAnswers(t *testing.T) {
	for _, c := range []struct {
		over   string
		turned bool
	}{
		{"Answer yes if the statement does NOT hold", true},
		{"Tick yes where you deviate from the requirement", true},
		{"Please mark with an X where this is not met", true},
		{"Select \u201cYes\u201d only if there is a gap", true},
		{"Tick what does not hold", true},
		{"Tick those that are missing", true},
		{"Controls that do NOT hold", true},
		{"Y = weakness", true},
		{"Weaknesses", true},
		{"3. Exceptions", true},
		{"Known gaps and deviations (Yes/No)", true},
		{"Answer No where you comply; answer Yes where you have a finding", true},
		{"Answer Yes where there is a finding", true},
		{"Select \"No\" if the control is fully in place", true},
		{"Yes means that you do NOT have it", true},
		{"Which of the following weaknesses apply?", false}, // over a row it is read as a question
		{"Answer No where you do not comply", false},
		{"Yes means in place and No means not in place", false},
		{"Answer Yes if the control is in place, No if it is not", false},
		{"If a control is not in place, explain in the comments", false},
		{"Tick where applicable", false},
		{"Answer \"yes\" if your solution handles health data, either on your side or on ours, and not otherwise", false},
		{"Mark an X where it applies; leave it empty if not", false},
		{"Select an answer for each question", false},
		{"Yes / No", false},
		{"Vendor questionnaire", false},
		{"Vulnerability and weakness management", false},
		{"Exception handling", false},
		{"Please answer Yes or No", false},
	} {
		row := layout.Row{Number: 3, Question: "Are tenants isolated?", Answer: workbook.Cell{Ref: "C3"}, Comment: workbook.Cell{Ref: "D3"}}
		under := row
		under.Section = c.over
		for where, table := range map[string]layout.Table{
			"title":           {Sheet: "S", Above: []string{"Security", c.over}, Rows: []layout.Row{row}},
			"section":         {Sheet: "S", Rows: []layout.Row{under}},
			"sheet":           {Sheet: c.over, Rows: []layout.Row{row}},
			"question header": {Sheet: "S", Columns: map[layout.Role]layout.Column{layout.Question: {Header: c.over}}, Rows: []layout.Row{row}},
			"answer header":   {Sheet: "S", Columns: map[layout.Role]layout.Column{layout.Answer: {Header: c.over}}, Rows: []layout.Row{row}},
		} {
			p := fill.Decide(&layout.Layout{Tables: []layout.Table{table}}, func(layout.Table, layout.Row) fill.Found { return fill.Found{Answer: answer(control.Proven)} }, fill.Options{})
			d := p.Decisions[0]
			if held := d.What == fill.Held && strings.Contains(d.Why, "may be the bad answer"); held != c.turned || !c.turned && d.What != fill.Filled {
				t.Errorf("%q as %s: %s (%s)", c.over, where, d.What, d.Why)
			}
		}
	}
}

// TestATitleSpeaksOfEveryTableOfItsSheet, and what stands between two of the second only.
func TestATitleSpeaksOfEveryTableOfItsSheet(t *testing.T) {
	cell := func(ref, text string) workbooktest.Cell { return workbooktest.T(ref, workbooktest.Unlocked, text) }
	rows := []workbooktest.Row{
		{R: 1, Cells: []workbooktest.Cell{cell("A1", "Acme security review")}},
		{R: 2, Cells: []workbooktest.Cell{cell("A2", "Question"), cell("B2", "Answer"), cell("C2", "Comments")}},
		{R: 3, Cells: []workbooktest.Cell{cell("A3", "Are tenants isolated from each other?")}},
		{R: 4, Cells: []workbooktest.Cell{cell("A4", "Are requests limited for each tenant?")}},
		{R: 6, Cells: []workbooktest.Cell{cell("A6", "Answer yes where the statement does not hold")}},
		{R: 7, Cells: []workbooktest.Cell{cell("A7", "Question"), cell("B7", "Answer"), cell("C7", "Comments")}},
		{R: 8, Cells: []workbooktest.Cell{cell("A8", "Is there an audit record of each action?")}},
	}
	l := recognised(t, rows)
	p := fill.Decide(l, func(layout.Table, layout.Row) fill.Found { return fill.Found{Answer: answer(control.Proven)} }, fill.Options{})
	got := map[string]fill.What{}
	for _, d := range p.Decisions {
		got[d.Ref] = d.What
	}
	if got["B3"] != fill.Filled || got["B4"] != fill.Filled || got["B8"] != fill.Held {
		t.Errorf("%v", got)
	}
}

// recognised is what is made out of a workbook of one sheet.
func recognised(t *testing.T, rows []workbooktest.Row) *layout.Layout {
	t.Helper()
	b, err := workbook.Read("b.xlsx", workbooktest.Book{Sheets: []workbooktest.Sheet{{Name: "S", Rows: rows}}}.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	l, err := layout.Detect(b)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
