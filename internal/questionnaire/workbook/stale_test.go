package workbook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	wt "github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// TestStoredValuesOfFormulas: a formula that may depend on the cell written, C3,
// loses its stored value; one that cannot keeps it, since programs that only
// read would show nothing.
func TestStoredValuesOfFormulas(t *testing.T) {
	for _, c := range []struct {
		formula string
		stale   bool
	}{
		{"C3", true}, {"$C$3&\"x\"", true}, {"c3+1", true}, {"SUM(C1:C9)", true}, {"COUNTIF(C:C,\"Yes\")", true}, {"SUM(3:3)", true}, {"SUM($2:$4)", true},
		{"S!C3", true}, {"'S'!C3", true}, {"'Other one'!A1", true}, {"F9", true}, {"F9*2", true}, {"Answer", true}, {"Alias", true},
		{"INDIRECT(\"C\"&3)", true}, {"OFFSET(A1,2,2)", true}, {"Table1[Answer]", true}, {"[1]Sheet1!A1", true}, {"Unknown", true}, {"A1:INDEX(C:C,3)", true}, {"S:Other!A1", true}, {"'S:Other one'!C3", true}, {"SUM(Relative)", true}, {"IF(TRUE,C3,1.5E+3)", true}, {"_xlfn.XLOOKUP(1,C1:C9,D1:D9)", true}, {"{1,2}+C3:C4", true},
		{"C4", false}, {"D3", false}, {"SUM(D1:D9)", false}, {"SUM(4:8)", false}, {"\"C3\"", false}, {"'Other one'!C3", false}, {"1+2.5", false}, {"IF(TRUE,1,#N/A)", false}, {"VLOOKUP(A3,'Other one'!$A$5:$B$9,2,FALSE)", false}, {"LOG10(4)", false}, {"Fixed", false}, {"AC3+C33", false},
	} {
		in := wt.Book{
			Names: []wt.Name{{Name: "Answer", Formula: "S!$C$3", Sheet: -1}, {Name: "Alias", Formula: "Answer", Sheet: -1}, {Name: "Fixed", Formula: "S!$C$4", Sheet: -1}, {Name: "Relative", Formula: "S!C4", Sheet: -1}},
			Sheets: []wt.Sheet{
				{Name: "S", Rows: []wt.Row{{R: 3, Cells: []wt.Cell{wt.T("C3", 0, "old")}}, {R: 9, Cells: []wt.Cell{{Ref: "F9", Formula: "C3", Cached: "old"}}}, {R: 12, Cells: []wt.Cell{{Ref: "K12", Formula: c.formula, Cached: "stored"}}}}},
				{Name: "Other one", Rows: []wt.Row{{R: 1, Cells: []wt.Cell{{Ref: "A1", Formula: "S!F9", Cached: "old"}}}}},
			}}.Bytes()
		out, err := read(t, in).Apply([]workbook.Edit{{Sheet: "S", Ref: "C3", Value: "new"}})
		if err != nil {
			t.Fatal(err)
		}
		cell := read(t, out).Sheets[0].Cell("K12")
		if stale := cell.Text == ""; stale != c.stale || !cell.Formula {
			t.Errorf("%s: value taken away %v, want %v; %+v", c.formula, stale, c.stale, cell)
		}
		diffs, err := workbook.Compare(in, out)
		if err != nil {
			t.Fatal(err)
		}
		var forgotten []string
		for _, d := range diffs {
			if !d.Only() {
				t.Errorf("%s: %+v", c.formula, d)
			}
			for _, ref := range d.Forgotten {
				forgotten = append(forgotten, d.Sheet+"!"+ref)
			}
		}
		if slices.Contains(forgotten, "S!K12") != c.stale || !slices.Contains(forgotten, "Other one!A1") {
			t.Errorf("%s: Compare names %v", c.formula, forgotten)
		}
	}
}

// TestStoredValuesOfSharedAndArrayFormulas: a shared formula moves with its cell,
// and an array's values lie in cells without a formula of their own.
func TestStoredValuesOfSharedAndArrayFormulas(t *testing.T) {
	var rows strings.Builder
	rows.WriteString(`<row r="1"><c r="A1"><v>1</v></c><c r="D1" cm="1"><f t="array" ref="D1:D3">A1:A3*2</f><v>2</v></c></row>`)
	for r := 2; r <= 6; r++ {
		f := `<f t="shared" si="0"/>`
		if r == 2 {
			f = `<f t="shared" ref="B2:B6" si="0">A1+$A$6</f>`
		}
		spill := ""
		if r <= 3 {
			spill = fmt.Sprintf(`<c r="D%d"><v>%d</v></c>`, r, r*2)
		}
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%d"><v>%d</v></c><c r="B%d">%s<v>%d</v></c>%s</row>`, r, r, r, r, f, r, spill)
	}
	in := withSheet(t, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`+rows.String()+`</sheetData></worksheet>`)
	for edit, want := range map[string]string{"A2": "B3 D1 D2 D3", "A4": "B5", "A6": "B2 B3 B4 B5 B6"} {
		out, err := read(t, in).Apply([]workbook.Edit{{Sheet: "S", Ref: edit, Value: "7"}})
		if err != nil {
			t.Fatal(err)
		}
		diffs, err := workbook.Compare(in, out)
		if err != nil || len(diffs) != 2 {
			t.Fatal(err, diffs)
		}
		if got := strings.Join(diffs[1].Forgotten, " "); got != want {
			t.Errorf("%s: %s, want %s; %+v", edit, got, want, diffs[1])
		}
	}
}

// withSheet is a workbook of one sheet, S, whose part is given.
func withSheet(t testing.TB, xml string) []byte {
	t.Helper()
	return withPart(t, wt.Book{Sheets: []wt.Sheet{{Name: "S"}}}.Bytes(), "xl/worksheets/sheet1.xml", xml)
}
