package workbook_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	wt "github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// TestReadRefuses whatever is no workbook, or would cost more than one, in one
// sentence and within bounded memory.
func TestReadRefuses(t *testing.T) {
	good := wt.CAIQ("4.0.3", wt.Questions(6)).Bytes()
	const sheet1, ns = "xl/worksheets/sheet1.xml", `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	with := func(name, old, new string) []byte {
		text := part(t, good, name)
		if !strings.Contains(text, old) {
			t.Fatalf("%s has no %s", name, old)
		}
		return withPart(t, good, name, strings.ReplaceAll(text, old, new))
	}
	sheet := func(inside string) []byte {
		return withSheet(t, `<worksheet `+ns+`>`+inside+`</worksheet>`)
	}
	utf16 := []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0}
	for _, r := range "EncryptedPackage" {
		utf16 = append(utf16, byte(r), 0)
	}
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"empty":                       {nil, "it is empty"},
		"text":                        {[]byte("Question;Answer\n"), "it is not a workbook"},
		"a PDF":                       {[]byte("%PDF-1.7\n"), "it is a PDF"},
		"encrypted":                   {utf16, "protected by a password to open"},
		"Excel 97":                    {utf16[:8], "Excel 97-2003 (.xls)"},
		"cut short":                   {good[:len(good)/2], "not a whole one"},
		"100 MB":                      {append([]byte("PK\x03\x04"), make([]byte, 100<<20)...), "it is 100 MiB large and at most 64 MiB are read"},
		"a zip of something else":     {wt.Zip("", [2]string{"a.txt", "x"}), "it is a zip and not a workbook"},
		"a Word document":             {with("[Content_Types].xml", "spreadsheetml.sheet.main", "wordprocessingml.document.main"), "it is a Word document"},
		"xlsb":                        {with("[Content_Types].xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "application/vnd.ms-excel.sheet.binary.macroEnabled.main"), "binary workbook"},
		"a wrong content type":        {with("[Content_Types].xml", "worksheet+xml", "comments+xml"), "not that of a worksheet"},
		"no workbook named":           {with("_rels/.rels", "/officeDocument\"", "/other\""), "a zip without a workbook"},
		"workbook missing":            {with("_rels/.rels", "xl/workbook.xml", "xl/gone.xml"), `name the workbook "xl/gone.xml", which is not in it`},
		"sheet missing":               {with("xl/_rels/workbook.xml.rels", "worksheets/sheet1.xml", "worksheets/gone.xml"), `its sheet "CAIQv4.0.3" has no part`},
		"sheet leads to the workbook": {with("xl/_rels/workbook.xml.rels", "worksheets/sheet1.xml", "workbook.xml"), "in a circle"},
		"two sheets of one part":      {withPart(t, good, "xl/workbook.xml", strings.Replace(part(t, good, "xl/workbook.xml"), "</sheets>", `<sheet name="again" sheetId="9" r:id="rId1"/></sheets>`, 1)), "are the same part"},
		"no sheets":                   {withPart(t, good, "xl/workbook.xml", `<workbook `+ns+`/>`), "it has no sheets"},
		"another root":                {withPart(t, good, "xl/workbook.xml", `<html/>`), "is <html> and not <workbook>"},
		"duplicate part":              {wt.Zip("", [2]string{"[Content_Types].xml", "x"}, [2]string{"[content_types].xml", "y"}), "twice"},
		"path traversal":              {wt.Zip("", [2]string{"../../etc/passwd", "x"}), "is no name of a package"},
		"absolute name":               {wt.Zip("", [2]string{"/etc/passwd", "x"}), "is no name of a package"},
		"backslashes":                 {wt.Zip("", [2]string{`xl\workbook.xml`, "x"}), "is no name of a package"},
		"document type":               {withPart(t, good, sheet1, `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet `+ns+`/>`), "declares a document type"},
		"external entity":             {sheet(`<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&xxe;</t></is></c></row></sheetData>`), "uses the entity &xxe;"},
		"UTF-16":                      {withPart(t, good, sheet1, "\xFF\xFE<\x00"), "is in UTF-16"},
		"Latin 1":                     {withPart(t, good, sheet1, `<?xml version="1.0" encoding="ISO-8859-1"?><worksheet `+ns+`/>`), "an encoding other than UTF-8"},
		"not UTF-8":                   {withPart(t, good, sheet1, "<worksheet>\xC3\x28</worksheet>"), "bytes that are not UTF-8"},
		"not closed":                  {withPart(t, good, sheet1, `<worksheet `+ns+`><sheetData>`), "it ends inside <sheetData>"},
		"wrongly closed":              {withPart(t, good, sheet1, `<worksheet `+ns+`><sheetData></worksheet></sheetData>`), "<sheetData> is closed by </worksheet>"},
		"nested deeply":               {sheet(strings.Repeat("<a>", 100_000) + strings.Repeat("</a>", 100_000)), "deeper than 64"},
		"shared string out of range":  {sheet(`<sheetData><row r="1"><c r="A1" t="s"><v>7</v></c></row></sheetData>`), "cell S!A1 names the shared string \"7\" of 0"},
		"negative shared string":      {sheet(`<sheetData><row r="1"><c r="A1" t="s"><v>-1</v></c></row></sheetData>`), "names the shared string"},
		"row of no sheet":             {sheet(`<sheetData><row r="1048577"/></sheetData>`), "rows end at 1048576"},
		"cell in another row":         {sheet(`<sheetData><row r="1"><c r="A2"/></row></sheetData>`), `has a cell "A2" in row 1`},
		"merge of nothing":            {sheet(`<sheetData/><mergeCells><mergeCell ref="nowhere"/></mergeCells>`), `a range "nowhere"`},
		"a bomb":                      {withSheet(t, `<worksheet `+ns+`><sheetData>`+strings.Repeat(" ", 90<<20)+`</sheetData></worksheet>`), "as a zip bomb does"},
		"40 million empty rows":       {withSheet(t, `<worksheet `+ns+`><sheetData>`+strings.Repeat("<row/>", 40_000_000)+`</sheetData></worksheet>`), "inflates to more than"},
		"too many merges":             {sheet(`<sheetData/><mergeCells>` + numbered(100_001, `<mergeCell ref="A%[1]d:B%[1]d"/>`) + `</mergeCells>`), "more than 100000 merges"},
		"overlapping merges":          {sheet(`<sheetData>` + numbered(20_000, `<row r="%[1]d"><c r="C%[1]d"/></row>`) + `</sheetData><mergeCells>` + strings.Repeat(`<mergeCell ref="A1:B1048576"/>`, 50_000) + `</mergeCells>`), "too many overlapping"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			book, err := workbook.Read("in.xlsx", c.in)
			runtime.ReadMemStats(&after)
			if err == nil || book != nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "in.xlsx: ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q", err, c.want)
			}
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 400 {
				t.Errorf("reading took %d MiB in all", used)
			}
		})
	}
}

func numbered(n int, format string) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, format, i+1)
	}
	return out.String()
}

// TestReadTakesWhatIsOnlyUnusual: a declared million rows cost nothing.
func TestReadTakesWhatIsOnlyUnusual(t *testing.T) {
	const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	for name, in := range map[string]string{
		"declared to the last cell":   `<worksheet ` + ns + `><dimension ref="A1:XFD1048576"/><sheetData><row r="3"><c r="B3" t="inlineStr"><is><t>here</t></is></c></row></sheetData></worksheet>`,
		"a million rows without cell": `<worksheet ` + ns + `><sheetData>` + numbered(1_048_576, `<row r="%d"/>`) + `</sheetData></worksheet>`,
		"comments, CDATA and a BOM":   "\xEF\xBB\xBF" + `<?xml version="1.0"?><!-- <c> --><worksheet ` + ns + `><sheetData><!-- x --><row r='3'><c r = "B3" t="inlineStr" ><is><t><![CDATA[he]]>re</t></is></c></row></sheetData></worksheet><!-- end -->`,
		"rows out of order":           `<worksheet ` + ns + `><sheetData><row r="9"/><row r="3"><c r="C3"/><c r="B3" t="inlineStr"><is><t>here</t></is></c></row></sheetData></worksheet>`,
	} {
		b, err := workbook.Read("in.xlsx", withSheet(t, in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c := b.Sheets[0].Cell("B3"); !strings.HasPrefix(name, "a million") && c.Text != "here" {
			t.Errorf("%s: %+v", name, c)
		}
		out, err := b.Apply([]workbook.Edit{{Sheet: "S", Ref: "B3", Value: "there"}, {Sheet: "S", Ref: "D5", Value: "new"}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s := read(t, out).Sheets[0]; s.Cell("B3").Text != "there" || s.Cell("D5").Text != "new" {
			t.Errorf("%s: %+v", name, s.Cell("B3"))
		}
	}
}

// TestPartsThatLieOverOneAnother: many entries that share the same bytes are
// refused before any is inflated or copied.
func TestPartsThatLieOverOneAnother(t *testing.T) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := range 3 {
		f, err := z.CreateRaw(&zip.FileHeader{Name: fmt.Sprint("part", i), Method: zip.Store, CompressedSize64: 3000, UncompressedSize64: 3000})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := workbook.Read("in.xlsx", out.Bytes()); err == nil || !strings.Contains(err.Error(), "lie over one another") {
		t.Error(err)
	}
}
