package workbook_test

import (
	"bytes"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	wt "github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// small keeps a fuzzer from spending its time on size alone.
func small() workbook.Limits {
	l := workbook.DefaultLimits()
	l.PartBytes, l.TotalBytes, l.Cells, l.Work = 1<<20, 4<<20, 20_000, 1_000_000
	return l
}

// FuzzRead: no bytes make it panic, and what it reads it gives back the same.
func FuzzRead(f *testing.F) {
	for _, x := range fixtures() {
		f.Add(x.in.Bytes())
	}
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, in []byte) {
		book, err := small().Read("in.xlsx", in)
		if err != nil {
			return
		}
		if out, err := book.Apply(nil); err != nil || !bytes.Equal(in, out) {
			t.Errorf("without edits the file is another (%v)", err)
		}
	})
}

// FuzzApply: whatever the sheet's part looks like, a value that may be written
// reads back as it was given, and nothing but its cell differs.
func FuzzApply(f *testing.F) {
	for _, x := range fixtures() {
		f.Add(part(f, x.in.Bytes(), "xl/worksheets/sheet1.xml"), "C3", "Yes", false)
	}
	f.Add(`<worksheet><dimension ref="A1"/><sheetData/></worksheet>`, "D4", "=1", false)
	f.Add(`<w:worksheet xmlns:w="x"><w:sheetData><w:row spans="1:2"/><w:row r="7"><w:c/><w:c t="inlineStr"><w:is><w:r><w:t>a</w:t></w:r><w:rPh/></w:is></w:c></w:row></w:sheetData></w:worksheet>`, "B7", "_x0041_", true)
	f.Add(`<worksheet><sheetData><row r="2"><c r="B2"><f>C3*2</f><v>4</v></c><c r="C2" t="str"><f t="shared" ref="C2:C3" si="1">D2</f><v/></c></row></sheetData></worksheet>`, "C4", "x", false)
	f.Fuzz(func(t *testing.T, xml, ref, value string, add bool) {
		in := withPart(t, wt.Book{Inline: true, Sheets: []wt.Sheet{{Name: "S"}}}.Bytes(), "xl/worksheets/sheet1.xml", xml)
		book, err := small().Read("in.xlsx", in)
		if err != nil {
			return
		}
		edit := workbook.Edit{Sheet: "S", Ref: ref, Value: value, Append: add}
		out, err := book.Apply([]workbook.Edit{edit})
		if refused := book.Check(edit); (err != nil) != (refused != nil) && err == nil {
			t.Fatalf("Check says %v and Apply %v", refused, err)
		}
		if err != nil {
			return
		}
		filled, err := small().Read("out.xlsx", out)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%q\n%q", err, xml, part(t, out, "xl/worksheets/sheet1.xml"))
		}
		want := workbook.Clean(value)
		if was := book.Sheets[0].Cell(ref).Text; add && was != "" {
			want = was + "\n" + want
		}
		if got := filled.Sheets[0].Cell(ref).Text; got != workbook.Clean(want) {
			t.Errorf("%s reads %q, want %q\n%q\n%q", ref, got, want, xml, part(t, out, "xl/worksheets/sheet1.xml"))
		}
		diffs, err := workbook.Compare(in, out)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range diffs {
			if !d.Only() && d.Kind != "recompressed" || len(d.Cells) > 1 {
				t.Errorf("%+v\n%q\n%q", d, xml, part(t, out, "xl/worksheets/sheet1.xml"))
			}
		}
	})
}
