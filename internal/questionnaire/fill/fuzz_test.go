package fill_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// FuzzFill lays out whatever cells a stranger may send, and fills them in: what
// is decided can be written, no answer is written over, and the list for people
// can be read and holds no formula.
func FuzzFill(f *testing.F) {
	f.Add("Question|Answer|Comments\nIs it?|\nAgain?|Yes|as said", "A2:B2", "B2:B9", `"Yes,No"`)
	f.Add("Question ID|Question|CSP CAIQ Answer|SSRM Control Ownership|CSP Implementation Description\nA&A-01.1|Is it?", "", "D2", `"CSP-owned"`)
	f.Add("ID||Vendor Answers|Additional Information\nABCD-01|Is this a long one?\nNext||Vendor Answers|Additional Information\nABCD-02|=1+1 is it?", "C2:D2", "", "")
	f.Add("#|Question|Answer|Answer\n1|Which?", "", "", "")
	f.Fuzz(func(t *testing.T, text, merge, cells, list string) {
		if len(text) > 4000 {
			return
		}
		s := workbooktest.Sheet{Name: "S"}
		for i, line := range strings.Split(text, "\n") {
			r := workbooktest.Row{R: i + 1}
			for j, c := range strings.Split(line, "|") {
				if c != "" && j < 50 {
					r.Cells = append(r.Cells, workbooktest.T(workbook.Ref(j+1, i+1), workbooktest.Unlocked, c))
				}
			}
			s.Rows = append(s.Rows, r)
		}
		if merge != "" {
			s.Merges = []string{merge}
		}
		if cells != "" {
			s.Lists = []workbooktest.List{{Cells: cells, Formula: list}}
		}
		b, err := workbook.Read("in.xlsx", workbooktest.Book{Sheets: []workbooktest.Sheet{s}}.Bytes())
		if err != nil {
			return
		}
		l, err := layout.Detect(b)
		if err != nil {
			return
		}
		_ = l.Explain()
		if _, err := fill.Identify(l, known(), ""); err != nil && err.Error() == "" {
			t.Error("an error that says nothing")
		}
		drafts := fill.NewDrafts(l, nil, func(string, string) match.Proposal { return match.Proposal{} })
		if file, err := drafts.File(); err != nil || len(file.Body) == 0 {
			t.Errorf("%v", err)
		}
		p := fill.Decide(l, inTurn(), fill.Options{Check: b.Check})
		if _, err := b.Apply(p.Edits); err != nil {
			t.Errorf("what was decided cannot be written: %v", err)
		}
		for _, e := range p.Edits {
			if c := b.Sheets[0].Cell(e.Ref); !typed.Prompt(c.Text, c.List...) && !e.Append {
				t.Errorf("%s held %q and was written over", e.Ref, c.Text)
			}
		}
		records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(p.People("")), "\ufeff"))).ReadAll()
		if err != nil {
			t.Errorf("%v", err)
		}
		for _, r := range records {
			for _, field := range r {
				if field = strings.TrimSpace(field); field != "" && strings.ContainsAny(field[:1], "=+-@") {
					t.Errorf("a spreadsheet calculates %q", field)
				}
			}
		}
	})
}

// FuzzGiven reads whatever a layout file may hold.
func FuzzGiven(f *testing.F) {
	f.Add("sheets:\n  - sheet: Sheet1\n    first_row: 2\n    question: B\n    answer: C\n")
	f.Add("sheets:\n  - {sheet: Sheet1, question: B, answer: B, last_row: 0}\n")
	f.Add("questionnaire: x\nsheets: []\n")
	b, err := workbook.Read("in.xlsx", workbooktest.Plain(5).Bytes())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := layout.Given(yamldoc.File{Name: "own.yaml", Body: []byte(text)}, b)
		if err == nil && l.Questions() == 0 || err != nil && err.Error() == "" {
			t.Errorf("%+v %v", l, err)
		}
	})
}
