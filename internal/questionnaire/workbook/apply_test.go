package workbook_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// fixtures are one workbook of each layout, with the cells a vendor fills.
func fixtures() map[string]struct {
	in    workbooktest.Book
	edits []workbook.Edit
} {
	type f = struct {
		in    workbooktest.Book
		edits []workbook.Edit
	}
	caiq := f{in: workbooktest.CAIQ("4.0.3", workbooktest.Questions(30))}
	for r := 3; r <= 32; r++ {
		caiq.edits = append(caiq.edits,
			workbook.Edit{Sheet: "CAIQv4.0.3", Ref: fmt.Sprint("C", r), Value: []string{"Yes", "No", "NA"}[r%3]},
			workbook.Edit{Sheet: "CAIQv4.0.3", Ref: fmt.Sprint("D", r), Value: "CSP-owned"},
			workbook.Edit{Sheet: "CAIQv4.0.3", Ref: fmt.Sprint("E", r), Value: fmt.Sprintf("Shown by probe %d <on> build \"b\" & more\nsecond line", r)})
	}
	inline, prefixed, strict, bare := caiq, caiq, caiq, caiq
	inline.in.Inline, prefixed.in.Prefix, strict.in.Strict, bare.in.NoCalc = true, "x", true, true
	old := f{in: workbooktest.SIGOld(5)}
	for i, letter := range workbooktest.SIGLetters {
		sheet := fmt.Sprintf("%c. Domain %d", letter, i+1)
		old.edits = append(old.edits, workbook.Edit{Sheet: sheet, Ref: "C6", Value: "N/A"}, workbook.Edit{Sheet: sheet, Ref: "D6", Value: "not in scope"})
	}
	return map[string]f{
		"caiq": caiq, "caiq inline": inline, "caiq prefixed": prefixed, "caiq strict": strict, "caiq without calcPr": bare, "sig old": old,
		"sig new": {workbooktest.SIGNew(42), []workbook.Edit{{Sheet: "SIG", Ref: "D5", Value: "Yes"}, {Sheet: "SIG", Ref: "E46", Value: "a reason"}}},
		"hecvat":  {workbooktest.HECVAT(3, 5), []workbook.Edit{{Sheet: "HECVAT - Full", Ref: "C5", Value: "Yes"}, {Sheet: "HECVAT - Full", Ref: "D12", Value: "why"}, {Sheet: "HECVAT - Full", Ref: "C12", Value: "No"}}},
		"plain":   {workbooktest.Plain(20), []workbook.Edit{{Sheet: "Sheet1", Ref: "C2", Value: "Yes"}, {Sheet: "Sheet1", Ref: "D21", Value: "because"}, {Sheet: "Sheet1", Ref: "F40", Value: "beyond the data"}}},
	}
}

// TestApplyChangesTheCellsAndNothingElse is what a buyer is promised: part by
// part, only the cells asked for, and where there are formulas the request to
// calculate.
func TestApplyChangesTheCellsAndNothingElse(t *testing.T) {
	for name, f := range fixtures() {
		t.Run(name, func(t *testing.T) {
			in := f.in.Bytes()
			kept := bytes.Clone(in)
			book := read(t, in)
			out, err := book.Apply(f.edits)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(in, kept) {
				t.Error("Apply wrote into the bytes it was given")
			}
			filled := read(t, out)
			want := map[string]string{}
			for _, e := range f.edits {
				want[e.Sheet+"!"+e.Ref] = e.Value
				before, after := book.Sheet(e.Sheet).Cell(e.Ref), filled.Sheet(e.Sheet).Cell(e.Ref)
				before.Text = e.Value
				if diff := cmp.Diff(before, after, cmp.AllowUnexported(workbook.Cell{})); diff != "" {
					t.Errorf("%s!%s after Apply: %s", e.Sheet, e.Ref, diff)
				}
			}
			diffs, err := workbook.Compare(in, out)
			if err != nil {
				t.Fatal(err)
			}
			recalculated := false
			for _, d := range diffs {
				if !d.Only() || d.Sheet == "" && !d.Recalculates {
					t.Errorf("%+v", d)
				}
				recalculated = recalculated || d.Recalculates
				for _, c := range d.Cells {
					key := d.Sheet + "!" + c.Ref
					if v, ok := want[key]; !ok || v != c.After {
						t.Errorf("%s became %q", key, c.After)
					}
					delete(want, key)
				}
			}
			if len(want) > 0 {
				t.Errorf("Compare does not see %v", want)
			}
			if recalculated != (book.Formulas > 0) {
				t.Errorf("%d formulas, calculation asked for %v", book.Formulas, recalculated)
			}
			if same, err := book.Apply(nil); err != nil || !bytes.Equal(same, in) {
				t.Errorf("without edits the file is another (%v)", err)
			}
			for _, d := range diffs {
				if d.Kind == "recompressed" {
					t.Errorf("%s is the same and was compressed anew", d.Part)
				}
			}
			if again, err := filled.Apply(f.edits); err != nil || !bytes.Equal(again, out) {
				t.Errorf("the same edits once more give another file (%v)", err)
			}
		})
	}
}

// TestApplyRefuses names the cell and the reason, and writes nothing.
func TestApplyRefuses(t *testing.T) {
	caiq := read(t, workbooktest.CAIQ("4.0.3", workbooktest.Questions(24)).Bytes())
	hecvat := read(t, workbooktest.HECVAT(2, 4).Bytes())
	own := workbooktest.Book{Sheets: []workbooktest.Sheet{{Name: "S",
		Rows:  []workbooktest.Row{{R: 1, Cells: []workbooktest.Cell{{Ref: "A1", Array: "A1:B2", Formula: "C1:D2", Cached: "1"}, workbooktest.T("H1", 0, "Table")}}, {R: 8, Cells: []workbooktest.Cell{workbooktest.T("A8", 0, "one"), workbooktest.T("A8", 0, "two")}}},
		Lists: []workbooktest.List{{Cells: "C3", Formula: "INDIRECT(A1)"}},
		Rules: `<dataValidation type="textLength" operator="lessThanOrEqual" showErrorMessage="1" sqref="D3"><formula1>10</formula1></dataValidation><dataValidation type="textLength" showErrorMessage="1" sqref="D4"><formula1>3</formula1><formula2>4</formula2></dataValidation><dataValidation type="whole" showErrorMessage="1" sqref="E3"><formula1>1</formula1><formula2>5</formula2></dataValidation><dataValidation type="custom" showErrorMessage="1" sqref="F3"><formula1>LEN(F3)&gt;2</formula1></dataValidation>`,
		Rels:  `<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/table" Target="../tables/table1.xml"/>`,
	}}, Extra: map[string]string{"xl/tables/table1.xml": `<table xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" id="1" name="T" displayName="T" ref="H1:H3"/>`}}
	other := read(t, own.Bytes())
	own.Signed = true
	signed := read(t, own.Bytes())
	for _, c := range []struct {
		book *workbook.Book
		edit workbook.Edit
		want string
	}{
		{caiq, workbook.Edit{Sheet: "CAIQv4.0.3", Ref: "B3", Value: "x"}, "cell CAIQv4.0.3!B3 is locked, and the sheet is protected"},
		{caiq, workbook.Edit{Sheet: "CAIQv4.0.3", Ref: "I4", Value: "x"}, "cell CAIQv4.0.3!I4 is covered by a merge; write to its first cell, I3"},
		{caiq, workbook.Edit{Sheet: "CAIQv4.0.3", Ref: "C3", Value: "N/A"}, `cell CAIQv4.0.3!C3 takes one of "Yes", "No", "NA", not "N/A"`},
		{caiq, workbook.Edit{Sheet: "CAIQv4.0.3", Ref: "C3", Value: "yes"}, `takes one of "Yes"`},
		{caiq, workbook.Edit{Sheet: "CAIQv4.0.3", Ref: "E3", Value: strings.Repeat("🔒", 16_384)}, "would hold 32768 characters; a cell holds 32767"},
		{caiq, workbook.Edit{Sheet: "CAIQ", Ref: "E3", Value: "x"}, `there is no sheet "CAIQ"`},
		{caiq, workbook.Edit{Sheet: "CAIQv4.0.3", Ref: "E0", Value: "x"}, `"E0" is no cell`},
		{caiq, workbook.Edit{Sheet: "CAIQv4.0.3", Ref: "ZZZZ1", Value: "x"}, `"ZZZZ1" is no cell`},
		{hecvat, workbook.Edit{Sheet: "HECVAT - Full", Ref: "B5", Value: "x"}, "cell HECVAT - Full!B5 holds a formula"},
		{other, workbook.Edit{Sheet: "S", Ref: "B2", Value: "x"}, "cell S!B2 holds a formula"},
		{other, workbook.Edit{Sheet: "S", Ref: "A8", Value: "x"}, "is in the file twice"},
		{other, workbook.Edit{Sheet: "S", Ref: "H1", Value: "x"}, "is the header of a table"},
		{other, workbook.Edit{Sheet: "S", Ref: "C3", Value: "x"}, "must be calculated (INDIRECT(A1))"},
		{other, workbook.Edit{Sheet: "S", Ref: "D3", Value: "longer than ten"}, "length is at most 10, not of 15"},
		{other, workbook.Edit{Sheet: "S", Ref: "D4", Value: "12345"}, "length is from 3 to 4, not of 5"},
		{other, workbook.Edit{Sheet: "S", Ref: "E3", Value: "3"}, "takes only a whole value"},
		{other, workbook.Edit{Sheet: "S", Ref: "F3", Value: "abc"}, "takes only what its formula allows"},
		{signed, workbook.Edit{Sheet: "S", Ref: "G9", Value: "x"}, "digital signature"},
	} {
		out, err := c.book.Apply([]workbook.Edit{{Sheet: c.book.Sheets[len(c.book.Sheets)-1].Name, Ref: "Z99", Value: "fine"}, c.edit})
		if err == nil || out != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.edit, err, c.want)
		}
	}
	e := workbook.Edit{Sheet: "CAIQv4.0.3", Ref: "C3", Value: "Yes"}
	if _, err := caiq.Apply([]workbook.Edit{e, {Sheet: e.Sheet, Ref: "B4", Value: "x"}, e}); err == nil || !strings.Contains(err.Error(), "C3 is written twice") || !strings.Contains(err.Error(), "B4 is locked") {
		t.Errorf("not every refused cell is named: %v", err)
	}
	if err := other.Check(workbook.Edit{Sheet: "S", Ref: "D3", Value: "ten chars."}); err != nil {
		t.Error(err)
	}
}

// TestAppendKeepsWhatIsThere adds to a buyer's or an earlier comment.
func TestAppendKeepsWhatIsThere(t *testing.T) {
	cells := map[string]workbooktest.Cell{
		"shared":       workbooktest.T("B2", 0, "there & <before>"),
		"inline":       {Ref: "B2", Text: "there & <before>", Inline: true},
		"shared runs":  {Ref: "B2", Rich: []string{"there ", "& <before>"}},
		"inline runs":  {Ref: "B2", Rich: []string{"there ", "& <before>"}, Inline: true},
		"a number":     {Ref: "B2", Number: "42"},
		"nothing":      workbooktest.E("B2", 1),
		"escape-alike": workbooktest.T("B2", 0, "keep _x005F_x0041_"),
	}
	for name, c := range cells {
		for _, prefix := range []string{"", "x"} {
			in := workbooktest.Book{Prefix: prefix, Sheets: []workbooktest.Sheet{{Name: "S", Rows: []workbooktest.Row{{R: 2, Cells: []workbooktest.Cell{c}}}}}}.Bytes()
			book := read(t, in)
			before := book.Sheets[0].Cell("B2").Text
			out, err := book.Apply([]workbook.Edit{{Sheet: "S", Ref: "B2", Value: "added _x0041_ here", Append: true}})
			if err != nil {
				t.Fatal(name, err)
			}
			want := strings.TrimPrefix(before+"\nadded _x0041_ here", "\n")
			if got := read(t, out).Sheets[0].Cell("B2").Text; got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
			if strings.Contains(name, "runs") && !strings.Contains(part(t, out, "xl/worksheets/sheet1.xml"), "b/><") {
				t.Errorf("%s: the bold run is no longer bold", name)
			}
		}
	}
}

// TestValuesAsTheyArrive: what XML cannot carry is dropped, the rest is kept to
// the letter.
func TestValuesAsTheyArrive(t *testing.T) {
	in := workbooktest.Plain(3).Bytes()
	for value, want := range map[string]string{
		"=HYPERLINK(\"http://x\",\"y\")": "=HYPERLINK(\"http://x\",\"y\")",
		"+1":                             "+1",
		"-1+2":                           "-1+2",
		"@SUM(A1)":                       "@SUM(A1)",
		"\t=1":                           "\t=1",
		"0042":                           "0042",
		" a\r\nb\rc\x00\x0b\uFFFE ":      " a\nb\nc ",
		"_x000D_ and ]]> & <b> 漢 🔒":      "_x000D_ and ]]> & <b> 漢 🔒",
		strings.Repeat("a", 32_767):      strings.Repeat("a", 32_767),
	} {
		out, err := read(t, in).Apply([]workbook.Edit{{Sheet: "Sheet1", Ref: "C3", Value: value}})
		if err != nil {
			t.Fatal(err)
		}
		c := read(t, out).Sheets[0].Cell("C3")
		if c.Text != want || c.Formula || want != workbook.Clean(value) {
			t.Errorf("%q became %q, formula %v", value, c.Text, c.Formula)
		}
	}
}

// TestCreatedCells go where they belong, in the format of their row or column.
func TestCreatedCells(t *testing.T) {
	in := workbooktest.Book{Sheets: []workbooktest.Sheet{{Name: "S", Dimension: "B2:C4", Before: `<cols><col min="4" max="5" width="9" style="1"/></cols>`, Rows: []workbooktest.Row{
		{R: 2, Attrs: `spans="2:3"`, Cells: []workbooktest.Cell{workbooktest.T("B2", 0, "b"), workbooktest.T("C2", 0, "c")}},
		{R: 4, Attrs: `s="5" customFormat="1"`},
	}}}}.Bytes()
	var edits []workbook.Edit
	for _, ref := range []string{"E7", "A2", "D4", "E2", "B4", "C1", "D2", "A3", "D3"} {
		edits = append(edits, workbook.Edit{Sheet: "S", Ref: ref, Value: "v" + ref})
	}
	out, err := read(t, in).Apply(edits)
	if err != nil {
		t.Fatal(err)
	}
	xml := part(t, out, "xl/worksheets/sheet1.xml")
	var order []string
	for _, piece := range strings.Split(xml, "<")[1:] {
		for _, tag := range []string{"dimension ", "row ", "c "} {
			if strings.HasPrefix(piece, tag) {
				order = append(order, strings.TrimRight(piece, `/>`))
			}
		}
	}
	want := []string{`dimension ref="A1:E7"`,
		`row r="1"`, `c r="C1" t="inlineStr"`,
		`row r="2" spans="1:5"`, `c r="A2" t="inlineStr"`, `c r="B2" t="s"`, `c r="C2" t="s"`, `c r="D2" s="1" t="inlineStr"`, `c r="E2" s="1" t="inlineStr"`,
		`row r="3"`, `c r="A3" t="inlineStr"`, `c r="D3" s="1" t="inlineStr"`,
		`row r="4" s="5" customFormat="1"`, `c r="B4" s="5" t="inlineStr"`, `c r="D4" s="5" t="inlineStr"`,
		`row r="7"`, `c r="E7" s="1" t="inlineStr"`}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
}
