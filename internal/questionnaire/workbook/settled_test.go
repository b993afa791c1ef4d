package workbook_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// settling is a workbook with one formula and what was stored with it, and a hidden
// sheet that it looks into.
func settling(t *testing.T, formula, stored string) *workbook.Sheet {
	t.Helper()
	f := workbooktest.Cell{Ref: "B2", Formula: formula, Cached: stored}
	data := workbooktest.Sheet{Name: "It's data", State: "hidden", Lists: []workbooktest.List{{Cells: "B4", Formula: `"Is it?,Is it not?"`}}}
	for i, row := range [][2]string{{"ID", "Words"}, {"X-01", "Is it kept?"}, {"X-02", "Is it lost?"}, {"X-03", "Is it?"}, {"X-0*", "Wild"}, {"X-02", "Another"}} {
		data.Rows = append(data.Rows, workbooktest.Row{R: i + 1, Cells: []workbooktest.Cell{workbooktest.T(workbook.Ref(1, i+1), 0, row[0]), workbooktest.T(workbook.Ref(2, i+1), 0, row[1])}})
	}
	data.Rows[5].Cells = append(data.Rows[5].Cells, workbooktest.Cell{Ref: "C6", Formula: "B2", Cached: "Is it kept?"}, workbooktest.Cell{Ref: "D6", Formula: "B2", Cached: "Old words"})
	b := workbooktest.Book{Sheets: []workbooktest.Sheet{{Name: "Q", Rows: []workbooktest.Row{{R: 2, Cells: []workbooktest.Cell{workbooktest.T("A2", 0, "x-02"), f, workbooktest.T("C2", 0, "X-01"), workbooktest.T("D2", 0, "X-0*"), {Ref: "E2", Number: "1"}}}}}, data}}
	book, err := workbook.Read("a.xlsx", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return book.Sheet("Q")
}

// TestSettled: what a formula shows is believed where it can be followed to the text
// that is stored with it, and nowhere else.
func TestSettled(t *testing.T) {
	for formula, want := range map[string]string{
		"'It''s data'!B2":   "Is it kept?",
		"'It''s data'!$B$3": "Is it lost?",
		"'it''s DATA'!C6":   "Is it kept?", // a formula that is settled itself
		"VLOOKUP($A2,'It''s data'!$A$1:$B$9,2,FALSE)":              "Is it lost?",
		" VLOOKUP( A2 , 'It''s data'!A:B , 2 , 0 ) & \"\"":         "Is it lost?",
		"_xlfn.XLOOKUP(A2,'It''s data'!A1:A9,'It''s data'!B1:B9)":  "Is it lost?",
		"INDEX('It''s data'!B1:B9,MATCH(A2,'It''s data'!A1:A9,0))": "Is it lost?",
		"INDEX('It''s data'!A:B,MATCH(A2,'It''s data'!A:A,0),2)":   "Is it lost?",
		"A2&\": \"\"\"&'It''s data'!B2&\"\"\"\"":                   `x-02: "Is it kept?"`,
	} {
		s := settling(t, formula, want)
		if !s.Settled(s.Cell("B2"), nobody) {
			t.Errorf("=%s: %q is not settled", formula, want)
		}
		if s = settling(t, formula, want+" "); s.Settled(s.Cell("B2"), nobody) {
			t.Errorf("=%s: another text is settled", formula)
		}
	}
	for _, formula := range []string{
		"'It''s data'!B9", "'It''s data'!B2:B3", "Gone!B2", "B2", "'It''s data'!D6", "INDIRECT(\"A2\")", "IF(A2=\"x-02\",'It''s data'!B3,\"\")", "UPPER('It''s data'!B3)",
		"VLOOKUP($A2,'It''s data'!$A$1:$B$9,2,TRUE)", "VLOOKUP($A2,'It''s data'!$A$1:$B$9,2)", "VLOOKUP($A2,'It''s data'!$A$1:$B$9,3,0)", "VLOOKUP(D2,'It''s data'!A:B,2,0)", "VLOOKUP(E2,'It''s data'!A:B,2,0)",
		"VLOOKUP(\"none\",'It''s data'!A:B,2,0)", "VLOOKUP(A2,'It''s data'!A:B,-1,0)", "INDEX('It''s data'!A:B,MATCH(A2,'It''s data'!A:A,1),2)", "", "(", "VLOOKUP(", "\"Is it lost?", "'It''s data'!B3)",
		"'It''s data'!B3+0", "VLOOKUP(C2,'It''s data'!A:B,2,0)", "'It''s data'!B4", "[1]Data!B3", "'It''s data'!B3 'It''s data'!B3", strings.Repeat("\"\"&", 200) + "'It''s data'!B3",
	} {
		for _, stored := range []string{"Is it lost?", "Is it kept?", "Old words", "Wild", "Is it?"} {
			s := settling(t, formula, stored)
			if s.Settled(s.Cell("B2"), func(_ *workbook.Sheet, c workbook.Cell) bool { return c.Ref == "C2" || len(c.List) > 0 }) {
				t.Errorf("=%s: %q is settled", formula, stored)
			}
		}
	}
}

func nobody(*workbook.Sheet, workbook.Cell) bool { return false }

// TestSettledWhereAFormulaIsShared: its references move with the cell; one formula
// that fills several cells is not followed.
func TestSettledWhereAFormulaIsShared(t *testing.T) {
	b := workbooktest.Book{Sheets: []workbooktest.Sheet{{Name: "Q"}, {Name: "D", State: "hidden"}}}
	for r := 1; r <= 3; r++ {
		b.Sheets[0].Rows = append(b.Sheets[0].Rows, workbooktest.Row{R: r, Cells: []workbooktest.Cell{{Ref: fmt.Sprintf("B%d", r), Formula: "D!A1", Cached: fmt.Sprintf("Text %d", r)}}})
		b.Sheets[1].Rows = append(b.Sheets[1].Rows, workbooktest.Row{R: r, Cells: []workbooktest.Cell{workbooktest.T(fmt.Sprintf("A%d", r), 0, fmt.Sprintf("Text %d", r))}})
	}
	plain := b.Bytes()
	for _, kind := range []string{"shared", "array"} {
		n := 0
		xml := replaceEach(part(t, plain, "xl/worksheets/sheet1.xml"), "<f>D!A1</f>", func() string {
			if n++; kind == "array" {
				return `<f t="array" ref="B1:B3">D!A1</f>`
			} else if n == 1 {
				return `<f t="shared" ref="B1:B3" si="0">D!A1</f>`
			}
			return `<f t="shared" si="0"/>`
		})
		book, err := workbook.Read("a.xlsx", withPart(t, plain, "xl/worksheets/sheet1.xml", xml))
		if err != nil {
			t.Fatal(err)
		}
		s := book.Sheet("Q")
		for _, ref := range []string{"B1", "B2", "B3"} {
			if got := s.Settled(s.Cell(ref), nobody); got != (kind == "shared") {
				t.Errorf("%s %s: %t", kind, ref, got)
			}
		}
	}
}

func replaceEach(s, old string, with func() string) string {
	var out strings.Builder
	for {
		before, after, ok := strings.Cut(s, old)
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		out.WriteString(with())
		s = after
	}
}
