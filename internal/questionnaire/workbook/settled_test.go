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
	for i, row := range [][2]string{{"ID", "Words"}, {"X-01", "Is it kept?"}, {"X-02", "Is it lost?"}, {"X-03", "Is it?"}, {"X-0*", "Wild"}, {"X-02", "Another"}, {"7", "Seventh"}} {
		data.Rows = append(data.Rows, workbooktest.Row{R: i + 1, Cells: []workbooktest.Cell{workbooktest.T(workbook.Ref(1, i+1), 0, row[0]), workbooktest.T(workbook.Ref(2, i+1), 0, row[1])}})
	}
	data.Rows[5].Cells = append(data.Rows[5].Cells, workbooktest.Cell{Ref: "C6", Formula: "B2", Cached: "Is it kept?"}, workbooktest.Cell{Ref: "D6", Formula: "B2", Cached: "Old words"})
	data.Rows[6].Cells = append(data.Rows[6].Cells, workbooktest.T("C7", 0, "#1 of them"))
	b := workbooktest.Book{Sheets: []workbooktest.Sheet{{Name: "Q", Rows: []workbooktest.Row{{R: 2, Cells: []workbooktest.Cell{workbooktest.T("A2", 0, "x-02"), f, workbooktest.T("C2", 0, "X-01"), workbooktest.T("D2", 0, "X-0*"), {Ref: "E2", Number: "1"}, {Ref: "F2", Number: "7"}}}}}, data}}
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
		"'It''s data'!B2 ": "Is it kept?",
		"A2&TRUE":          "x-02TRUE",
		"XLOOKUP(A2,'It''s data'!A1:A9,'It''s data'!B1:B9,\"none\")": "Is it lost?",
		"A2&\": \"\"\"&'It''s data'!B2&\"\"\"\"":                     `x-02: "Is it kept?"`,
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
		// what is joined to a text, or is none
		`""`, `"`, `"Is it lost?x`, `"Is it lost?"&INDIRECT("A2")`, "DATA!B2:B3&\"Is it lost?\"", "\"Is it lost?\"&DATA!B2:B3", "\"Is it lost?\"&DATA!B9", "DATA!B2:C2", "DATA!C7", "'It''s data'", "'It''s data'.B3",
		// other functions, other arguments
		"VLOOKUP(A2,DATA!A:B,2,0", "HLOOKUP(A2,DATA!A:B,2,0)", "LOOKUP(A2,DATA!A1:A9,DATA!B1:B9)", "OFFSET(DATA!B1:B9,3)", "VLOOKUP(A2,\"x\",2,0)", "VLOOKUP(A2,DATA!A:B,E2,0)", "VLOOKUP(A2,DATA!A1:A9,2,0)",
		"XLOOKUP(A2,DATA!A1:A9)", "XLOOKUP(A2,DATA!A1:A9,DATA!B1:B9,\"\",-1)", "XLOOKUP(A2,\"x\",DATA!B1:B9)", "XLOOKUP(A2,DATA!A1:A9,\"x\")", "XLOOKUP(A2,DATA!A1:A9,DATA!B2:B10)",
		"INDEX(DATA!A:B,MATCH(A2,DATA!A:A,0),2,1)", "INDEX(\"x\",MATCH(A2,DATA!A:A,0))", "INDEX(DATA!B:C,MATCH(A2,DATA!A:A,0))", "INDEX(DATA!B1:B9,3)", "INDEX(DATA!B1:B9,XMATCH(A2,DATA!A1:A9,0))",
		"INDEX(DATA!B1:B9,MATCH A2,DATA!A1:A9,0))", "INDEX(DATA!B1:B9,MATCH(A2 DATA!A1:A9,0))", "INDEX(DATA!B1:B9,MATCH(A2,\"x\",0))", "INDEX(DATA!B1:B9,MATCH(A2,DATA!A1:A9 0))", "INDEX(DATA!B1:B9,MATCH(A2,DATA!A1:A9,0)",
		"XLOOKUP(A2,DATA!A1:A9,DATA!B1:B9,\"\",1)", "INDEX(DATA!B:B,MATCH(A2,DATA!A:A,0),1,1)",
		// a number, and cells beside and beyond those that are looked in, or that may change
		"VLOOKUP(F2,DATA!A:B,2,0)", "INDEX(DATA!B1:B9,MATCH(A2,DATA!A1:A2,0))", "VLOOKUP(\"Words\",DATA!A:B,2,0)", "INDEX(DATA!B1:B9,MATCH(\"Old words\",DATA!D1:D9,0))", "INDEX(DATA!B1:B9,MATCH(\"Wild\",DATA!B1:B9,0))",
	} {
		formula = strings.ReplaceAll(formula, "DATA!", "'It''s data'!")
		for _, stored := range []string{"", "Is it lost?", "Is it kept?", "Old words", "Wild", "Is it?", "Another", "Words", "Seventh", "#1 of them", "Is it lost?Is it kept?"} {
			s := settling(t, formula, stored)
			if s.Settled(s.Cell("B2"), func(_ *workbook.Sheet, c workbook.Cell) bool { return c.Ref == "C2" || len(c.List) > 0 }) {
				t.Errorf("=%s: %q is settled", formula, stored)
			}
		}
	}
}

// TestSettledWhereProgramsDiffer: neither a formula nor what it looks up may show one
// text here and another there.
func TestSettledWhereProgramsDiffer(t *testing.T) {
	b := workbooktest.Book{Sheets: []workbooktest.Sheet{{Name: "Q", Rows: []workbooktest.Row{{R: 1, Cells: []workbooktest.Cell{{Ref: "A1", Formula: "INDEX(C1:C9,MATCH(\"k\",B1:B9,0))", Cached: "x"}, workbooktest.T("B1", 0, "k"), workbooktest.T("C1", 0, "x")}}}}}}.Bytes()
	const part1 = "xl/worksheets/sheet1.xml"
	for odd, want := range map[string]bool{"": true, `<c r="A1"`: false, `<c r="B1"`: false, `<c r="C1"`: false} {
		in := b
		if odd != "" {
			in = withPart(t, b, part1, strings.Replace(part(t, b, part1), odd, odd+` vm="1"`, 1))
		}
		if s := read(t, in).Sheets[0]; s.Settled(s.Cell("A1"), nobody) != want {
			t.Errorf("%s: %t", odd, !want)
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
