package workbook_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	wt "github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

const sheetNS = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`

// TestCellsThatProgramsReadDifferently say so, and those that are only unusual do not.
func TestCellsThatProgramsReadDifferently(t *testing.T) {
	const twice, beside, formatted, another = "holds its value more than once", "holds a value and a text beside it", "holds a text that is plain and formatted at once", "holds a text where its type is another"
	for cell, want := range map[string][2]string{
		`><v>1</v><v>2</v>`:                                                 {twice},
		` t="str"><f>1</f><f>2</f><v>1</v>`:                                 {twice},
		` t="inlineStr"><is><t>a</t></is><is><t>b</t></is>`:                 {twice},
		` t="str"><v>a</v><is><t>b</t></is>`:                                {beside},
		` t="str"><is><t>b</t></is>`:                                        {beside},
		` t="inlineStr"><v>a</v><is><t>b</t></is>`:                          {beside},
		` t="inlineStr"><v>a</v>`:                                           {beside},
		` t="inlineStr"><v/><is><t>a</t></is>`:                              {"", "a"},
		` t="inlineStr"><is><t>a</t><t>b</t></is>`:                          {formatted},
		` t="inlineStr"><is><t>a</t><r><t>b</t></r></is>`:                   {formatted},
		` t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is>`:            {"", "ab"},
		` t="inlineStr"><is><t>a</t><rPh sb="0" eb="1"><t>b</t></rPh></is>`: {"", "a"},
		` t="s"><v>0</v>`:                                                   {"", "plain"},
		` t="s"><v>1</v>`:                                                   {formatted},
		` t="s"><v>2</v>`:                                                   {formatted},
		` t="s"><v>3</v>`:                                                   {"", "runs alone"},
		` t="s"><v>4</v>`:                                                   {"", "guided"},
		` t="s"><v>5</v>`:                                                   {"", ""},
		` t="e"><v>Yes</v>`:                                                 {another},
		` t="e"><v>#N/A</v>`:                                                {"", "#N/A"},
		` t="n"><v>Yes</v>`:                                                 {another},
		`><v>Yes</v>`:                                                       {another},
		`><v>1e1</v>`:                                                       {"", "10"},
		` t="d"><v>2025-11-03</v>`:                                          {"", "2025-11-03"},
		` t="b"><v>true</v>`:                                                {"", "TRUE"},
		` t="b">`:                                                           {"", ""},
		` t="x"><v>1</v>`:                                                   {"has a type that there is none of"},
		` vm="1"><v>1</v>`:                                                  {"shows a value of another kind in place of its text"},
		` vm="0"><v>1</v>`:                                                  {"", "1"},
		` vm="1" t="e"><v>Yes</v>`:                                          {"shows a value of another kind in place of its text"},
		` ` + sheetNS + ` t="str"><v>a</v>`:                                 {"", "a"},
		` t="str"><v>a</v><extLst><e:ext xmlns:e="urn:e"><e:x/></e:ext></extLst>`: {"", "a"},
	} {
		in := withSheet(t, `<worksheet `+sheetNS+`><sheetData><row r="1"><c r="A1"`+cell+`</c></row></sheetData></worksheet>`)
		in = withStrings(t, in, `<si><t>plain</t> </si><si><t>a</t><r><t>b</t></r></si><si><t>a</t><t>b</t></si><si><r><t>runs </t></r><r><t>alone</t></r></si><si><t>guided</t><rPh sb="0" eb="1"><t>x</t></rPh></si><si><t/> </si>`)
		b, err := workbook.Read("in.xlsx", in)
		if err != nil {
			t.Errorf("%s: %v", cell, err)
			continue
		}
		if c := b.Sheets[0].Cell("A1"); c.Odd != want[0] || want[0] == "" && c.Text != want[1] {
			t.Errorf("%s: %q, %q; want %q", cell, c.Odd, c.Text, want)
		}
	}
	b := read(t, withSheet(t, `<worksheet `+sheetNS+`><sheetData><row r="2"><c r="B2"><v>1</v></c></row><row r="1"><c r="B1"><v>3</v></c><c r="A1"><v>2</v></c></row><row r="2" hidden="1"><c r="C2"><v>5</v></c><c r="B2"><v>4</v></c></row></sheetData></worksheet>`))
	s := b.Sheets[0]
	if a, c := s.Cell("A1"), s.Cell("C2"); !s.Unordered || len(s.Rows) != 2 || a.Text != "2" || a.Odd != "" || c.Text != "5" || c.Odd != "" || !s.Rows[1].Hidden || s.Rows[0].Hidden {
		t.Errorf("rows out of order: %+v", s.Rows)
	}
	if s.Rows[1].Cells[0].Odd != "is in the file twice" || s.Rows[1].Cells[1].Odd != "is in the file twice" {
		t.Errorf("a cell that is twice: %+v", s.Rows[1])
	}
}

// withStrings gives a workbook the items of its shared strings.
func withStrings(t testing.TB, b []byte, items string) []byte {
	return withPart(t, b, "xl/sharedStrings.xml", `<sst `+sheetNS+`>`+items+`</sst>`)
}

// TestReadRefusesTwoReadings: where programs would take different parts, sheets or
// cells for those of the workbook, nothing is filled in and nothing verified.
func TestReadRefusesTwoReadings(t *testing.T) {
	good := wt.Book{Sheets: []wt.Sheet{{Name: "S", Rows: []wt.Row{{R: 1, Cells: []wt.Cell{wt.T("A1", 0, "x")}}}}, {Name: "Z"}}}.Bytes()
	swap := func(name, old, new string) []byte {
		text := part(t, good, name)
		if !strings.Contains(text, old) {
			t.Fatalf("%s has no %s:\n%s", name, old, text)
		}
		return withPart(t, good, name, strings.Replace(text, old, new, 1))
	}
	sheet := func(inside string) []byte { return withSheet(t, `<worksheet `+sheetNS+`>`+inside+`</worksheet>`) }
	const rels, root, list, sheets, shared = "xl/_rels/workbook.xml.rels", "_rels/.rels", "xl/workbook.xml", "</sheets>", "xl/sharedStrings.xml"
	const types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	rel := func(id, kind, more string) string {
		return `<Relationship Id="` + id + `" Type="` + kind + `" Target="styles2.xml"` + more + `/></Relationships>`
	}
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"a relationship twice":                   {swap(rels, "</Relationships>", rel("rId1", types+"theme", "")), `names the relationship "rId1" twice`},
		"two parts for the styles":               {swap(rels, "</Relationships>", rel("rId77", types+"styles", "")), "name 2 parts as its styles"},
		"two parts for the strings":              {swap(rels, "</Relationships>", rel("rId77", types+"sharedStrings", "")), "name 2 parts as its sharedStrings"},
		"two workbooks":                          {swap(root, "</Relationships>", rel("rId77", types+"officeDocument", "")), "name 2 parts as its officeDocument"},
		"styles that are elsewhere":              {swap(rels, "</Relationships>", rel("rId77", types+"styles", ` TargetMode="External"`)), ""},
		"a relationship that ends alike":         {swap(rels, "</Relationships>", rel("rId77", "urn:x/styles", "")), ""},
		"sheets listed twice":                    {swap(list, sheets, sheets+"<sheets/>"), "lists its sheets twice"},
		"sheets listed elsewhere":                {swap(list, sheets, sheets+"<extLst><ext><sheets/></ext></extLst>"), "lists its sheets in another place"},
		"sheets of another namespace":            {swap(list, sheets, sheets+`<x:sheets xmlns:x="urn:x"/>`), "lists its sheets in another place"},
		"no list, and one":                       {swap(list, "<sheets>", "<sheets/><sheets>"), "lists its sheets twice"},
		"a sheet beside the list":                {swap(list, sheets, sheets+`<extLst><sheet name="T" sheetId="9" r:id="rId1"/></extLst>`), ""},
		"a list of no sheets, and one elsewhere": {withPart(t, good, list, strings.NewReplacer("<sheets>", "<sheets/><extLst>", sheets, "</extLst>").Replace(part(t, good, list))), "it has no sheets"},
		"names that differ in case":              {swap(list, `"Z"`, `"s"`), `two sheets named "s"`},
		"a sheet of two parts":                   {swap(list, `name="Z"`, `name="Z" xmlns:q="urn:q" q:id="rId1"`), `"Z" has no part`},
		"a sheet with an attribute of another":   {swap(list, `name="Z"`, `name="Z" xmlns:q="urn:q" q:uid="9"`), ""},
		"words for a range that is none":         {sheet(`<sheetData/><dataValidations><dataValidation sqref="nowhere" showInputMessage="1" prompt="x"/></dataValidations>`), `a range "nowhere"`},
		"an attribute twice":                     {sheet(`<sheetData><row r="1"><c r="A1" s="0" r="B1"/></row></sheetData>`), "an attribute that is there twice"},
		"an element of another":                  {sheet(`<sheetData><x:row xmlns:x="urn:x" r="1"/></sheetData>`), "of another namespace among its cells"},
		"another namespace":                      {sheet(`<sheetData><row xmlns="urn:x" r="1"/></sheetData>`), "of another namespace among its cells"},
		"cells of another":                       {sheet(`<sheetData xmlns="urn:x"/>`), "of another namespace among its cells"},
		"cells twice":                            {sheet(`<sheetData/><sheetData/>`), "holds its cells twice"},
		"a sheet of another":                     {withSheet(t, `<worksheet xmlns="urn:x"><sheetData/></worksheet>`), `of the namespace "urn:x"`},
		"no sheet":                               {withSheet(t, `<html `+sheetNS+`/>`), "is <html> and not <worksheet>"},
		"strings of another":                     {swap(shared, "<sst ", `<x:sst xmlns:x="urn:x" `), `of the namespace "urn:x"`},
		"strings of no namespace":                {withPart(t, good, shared, `<sst><si><t>x</t></si></sst>`), "of the namespace"},
		"a string of another":                    {withPart(t, good, shared, `<sst `+sheetNS+`><x:si xmlns:x="urn:x"><t>x</t></x:si><si><t>x</t></si></sst>`), "of another namespace among its cells or texts"},
		"two files joined":                       {slices.Concat(wt.Plain(3).Bytes(), good), "a part that its directory does not list"},
		"a beginning and no more":                {append([]byte("PK\x03\x04"), wt.Zip("")...), "it begins as a zip and ends at once"},
		"a first part of another name":           {func() []byte { b := slices.Clone(good); b[30] = 'X'; return b }(), "a part that its directory does not list"},
		"a zip of nothing":                       {wt.Zip(""), "it is not a workbook"},
	} {
		if _, err := workbook.Read("in.xlsx", c.in); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestWhatIsHidden: columns and rows without width or height, said of each or of all.
func TestWhatIsHidden(t *testing.T) {
	for _, c := range []struct{ format, cols, row, hidden string }{
		{"", "", "", ""},
		{"", `<col min="2" max="2" hidden="1"/>`, "", "B1 B2"},
		{"", `<col min="2" max="2" width="0.2"/>`, "", "B1 B2"},
		{"", `<col min="2" max="2" width="9" style="1"/>`, "", ""},
		{"", `<col min="2" max="2" style="1"/>`, "", ""},
		{"", "", `hidden="1"`, "A2 B2 C2"},
		{"", "", `ht="1"`, "A2 B2 C2"},
		{"", "", `ht="15" hidden="0"`, ""},
		{`<sheetFormatPr defaultColWidth="0" defaultRowHeight="15"/>`, `<col min="1" max="1" width="9"/><col min="2" max="2"/>`, "", "B1 B2 C1 C2"},
		{`<sheetFormatPr defaultColWidth="9" defaultRowHeight="0"/>`, "", `ht="15"`, "A1 B1 C1"},
		{`<sheetFormatPr defaultColWidth="9" defaultRowHeight="0"/>`, "", `hidden="0"`, "A1 B1 C1"},
	} {
		cols := ""
		if c.cols != "" {
			cols = "<cols>" + c.cols + "</cols>"
		}
		s := read(t, withSheet(t, `<worksheet `+sheetNS+`>`+c.format+cols+`<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2" `+c.row+`><c r="A2"><v>1</v></c></row></sheetData></worksheet>`)).Sheets[0]
		var hidden []string
		for _, ref := range []string{"A1", "A2", "A3", "B1", "B2", "C1", "C2"} {
			col, row, _ := workbook.ParseRef(ref)
			if s.Hides(col, row) {
				hidden = append(hidden, ref)
			}
		}
		if slices.Sort(hidden); !slices.Equal(hidden, strings.Fields(c.hidden)) {
			t.Errorf("%+v: %q", c, hidden)
		}
	}
}
