package layout_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// sheetOfTwo asks two questions in rows 2 and 3, with its lock taken off.
func sheetOfTwo() workbooktest.Sheet {
	s := workbooktest.Sheet{Name: "Q"}
	for i, row := range []string{"ID|Question|Answer|Comments", "1|Is data encrypted at rest?", "2|Are tenants isolated from each other?"} {
		r := workbooktest.Row{R: i + 1}
		for j, text := range strings.Split(row, "|") {
			r.Cells = append(r.Cells, workbooktest.T(workbook.Ref(j+1, i+1), workbooktest.Unlocked, text))
		}
		s.Rows = append(s.Rows, r)
	}
	return s
}

// TestWhatAReaderDoesNotSee: a cell into which a mark would be typed for nobody says
// so, and a question that nobody sees is a person's.
func TestWhatAReaderDoesNotSee(t *testing.T) {
	cols := func(col, attrs string) func(*workbooktest.Sheet) {
		return func(s *workbooktest.Sheet) {
			s.Before = `<cols><col min="` + col + `" max="` + col + `" ` + attrs + `/></cols>`
		}
	}
	mask := func(ref string) func(*workbooktest.Sheet) {
		return func(s *workbooktest.Sheet) {
			cells := s.Rows[2].Cells
			for i, c := range cells {
				if c.Ref == ref {
					cells[i].Style = workbooktest.Masked
					return
				}
			}
			s.Rows[2].Cells = append(cells, workbooktest.E(ref, workbooktest.Masked))
		}
	}
	merge := func(change func(*workbooktest.Sheet)) func(*workbooktest.Sheet) {
		return func(s *workbooktest.Sheet) {
			change(s)
			s.Rows[2].Cells[0].Text, s.Merges = s.Rows[2].Cells[1].Text, []string{"A3:B3"}
		}
	}
	const masked = "has a number format that shows another text"
	for name, c := range map[string]struct {
		change                 func(*workbooktest.Sheet)
		doubt, answer, comment string
	}{
		"all is seen":          {func(*workbooktest.Sheet) {}, "", "", ""},
		"comments hidden":      {cols("4", `width="9" hidden="1"`), "", "", "stands in a hidden column"},
		"comments of no width": {cols("4", `width="0" customWidth="1"`), "", "", "stands in a hidden column"},
		"answers hidden":       {cols("3", `width="9" hidden="1"`), "", "stands in a hidden column", ""},
		"questions hidden":     {cols("2", `width="0.1"`), "its question in B3 stands in a hidden column", "", ""},
		"IDs hidden":           {cols("1", `width="9" hidden="1"`), "", "", ""},
		"a part of it hidden":  {merge(cols("2", `hidden="1"`)), "its question in A3 stands in a hidden column", "", ""},
		"its beginning hidden": {merge(cols("1", `hidden="1"`)), "its question in A3 stands in a hidden column", "", ""},
		"an ID that is twice": {func(s *workbooktest.Sheet) {
			s.Rows[2].Cells = append(s.Rows[2].Cells, workbooktest.T("A3", workbooktest.Unlocked, "3"))
		}, "its ID in A3 is in the file twice", "", ""},
		"row hidden":             {func(s *workbooktest.Sheet) { s.Rows[2].Attrs = `hidden="1"` }, "its question in B3 stands in a hidden row", "stands in a hidden row", "stands in a hidden row"},
		"row of no height":       {func(s *workbooktest.Sheet) { s.Rows[2].Attrs = `ht="0" customHeight="1"` }, "its question in B3 stands in a hidden row", "stands in a hidden row", "stands in a hidden row"},
		"an answer shown as No":  {mask("C3"), "", masked, ""},
		"a comment shown as No":  {mask("D3"), "", "", masked},
		"a question shown as No": {mask("B3"), "its question in B3 " + masked, "", ""},
	} {
		b, err := workbook.Read("q.xlsx", workbooktest.Book{Sheets: []workbooktest.Sheet{with(sheetOfTwo(), c.change)}}.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		l, err := layout.Detect(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r := l.Tables[0].Rows[1]
		for what, got := range map[string][2]string{"doubt": {r.Doubt, c.doubt}, "answer": {r.Answer.Unseen, c.answer}, "comment": {r.Comment.Unseen, c.comment}} {
			if !strings.HasPrefix(got[0], got[1]) || (got[0] == "") != (got[1] == "") {
				t.Errorf("%s: %s %q, want %q", name, what, got[0], got[1])
			}
		}
	}
}

// TestAFormulaThatAsks: the text stored with it is a question only where the file
// itself bears it out.
func TestAFormulaThatAsks(t *testing.T) {
	const old = "is a formula whose stored text may be old"
	for formula, doubt := range map[string]string{
		"Data!A1": "its question in B3 " + old, "Data!A2": "", "VLOOKUP(A3,Data!A1:B9,2,FALSE)": "its question in B3 " + old, "Data!A2&\"\"": "",
		`IF(C3="Yes",Data!A1,Data!A2)`: "its question in B3 " + old, "C2": "its question in B3 " + old,
		"Data!A3": "its question in B3 " + old, "Data!A4": "its question in B3 " + old, "Data!C2": "", "F2": "",
	} {
		s := sheetOfTwo()
		text := s.Rows[2].Cells[1].Text
		s.Rows[1].Cells = append(s.Rows[1].Cells, workbooktest.T("C2", workbooktest.Unlocked, text), workbooktest.T("F2", workbooktest.Unlocked, text)) // an answer, which may change, and what is none
		s.Rows[2].Cells[1] = workbooktest.Cell{Ref: "B3", Formula: formula, Cached: text}
		data := workbooktest.Sheet{Name: "Data", State: "hidden", Rows: []workbooktest.Row{{R: 1, Cells: []workbooktest.Cell{workbooktest.T("A1", 0, "Do you have a bug bounty?")}}, {R: 2, Cells: []workbooktest.Cell{workbooktest.T("A2", 0, text), workbooktest.T("C2", 0, text)}},
			{R: 3, Cells: []workbooktest.Cell{workbooktest.T("A3", 0, text)}}, {R: 4, Cells: []workbooktest.Cell{workbooktest.T("A4", 0, text)}}},
			Lists: []workbooktest.List{{Cells: "A3", Formula: `"This,That"`}, {Cells: "A4", Formula: "Elsewhere"}}}
		b, err := workbook.Read("q.xlsx", workbooktest.Book{Sheets: []workbooktest.Sheet{s, data}}.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		l, err := layout.Detect(b)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Tables[0].Rows[1].Doubt; !strings.HasPrefix(got, doubt) || (got == "") != (doubt == "") {
			t.Errorf("=%s: %q, want %q", formula, got, doubt)
		}
	}
	for id, doubt := range map[string]string{"ROW()-1: IAM-01.1": "its ID in A3 " + old, "ROW()-1: 2": "", `"IAM-01.1": IAM-01.1`: ""} {
		s := sheetOfTwo()
		formula, stored, _ := strings.Cut(id, ": ")
		s.Rows[2].Cells[0] = workbooktest.Cell{Ref: "A3", Formula: formula, Cached: stored}
		b, err := workbook.Read("q.xlsx", workbooktest.Book{Sheets: []workbooktest.Sheet{s}}.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		l, err := layout.Detect(b)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Tables[0].Rows[1].Doubt; got != doubt {
			t.Errorf("ID %s: %q, want %q", id, got, doubt)
		}
	}
}
