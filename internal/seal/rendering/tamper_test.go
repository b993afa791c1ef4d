package rendering_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	wt "github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

// The parts of the workbook that the tests tamper with.
const (
	access    = "xl/worksheets/sheet1.xml" // with answers of ours
	backups   = "xl/worksheets/sheet2.xml" // the same layout, and none
	book      = "xl/workbook.xml"
	bookRels  = "xl/_rels/workbook.xml.rels"
	texts     = "xl/sharedStrings.xml"
	mainNS    = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	ourAnswer = "C4"
)

// questions is a buyer's workbook: two sheets alike, a title, a heading, sections,
// guidance, and a hidden list.
func questions(inline bool) wt.Book {
	sheet := func(name string, rows ...[]string) wt.Sheet {
		s := wt.Sheet{Name: name, Before: `<sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="6" width="30"/></cols>`}
		for i, row := range rows {
			r := wt.Row{R: i + 1, Attrs: `ht="15"`}
			for j, text := range row {
				if ref := workbook.Ref(j+1, i+1); text != "" {
					r.Cells = append(r.Cells, wt.T(ref, wt.Unlocked, text))
				} else if i > 2 {
					r.Cells = append(r.Cells, wt.E(ref, wt.Unlocked))
				}
			}
			s.Rows = append(s.Rows, r)
		}
		return s
	}
	heads := []string{"Ref", "Question", "Answer", "Comments", "Section", "Guidance"}
	lists := sheet("Lists", []string{"Yes"}, []string{"No"})
	lists.State = "hidden"
	return wt.Book{Inline: inline, Sheets: []wt.Sheet{
		sheet("Access", []string{"Answer for production alone"}, heads, []string{"", "Part one"},
			[]string{"A.1", "Do the rows of customers stay apart?", "", "", "Tenancy", "All tables count"},
			[]string{"A.2", "Is the log kept from change?", "", "", "Logging", ""},
			[]string{"A.3", "Do keys lie in a vault?", "", "", "Keys", ""},
			[]string{"A.4", "Is there a roof on the house?", "", "", "Places", ""}),
		sheet("Backups", []string{"Answer for production alone"}, heads, []string{"", "Part two"},
			[]string{"B.1", "Are copies kept elsewhere?", "", "", "Copies", ""},
			[]string{"B.2", "Are copies tried out?", "", "", "Copies", ""}),
		lists,
	}}
}

// fillAll fills the workbook in as the document of the inputs has it, and seals
// that, or without a key writes what stands beside it.
func (s *sent) fillAll(t testing.TB, b wt.Book, sealed bool) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	doc, err := s.inputs.Document(s.run)
	must(err)
	source := b.Bytes()
	in, err := workbook.Read("in.xlsx", source)
	must(err)
	lay, err := layout.Detect(in)
	must(err)
	var edits []workbook.Edit
	var cells []rendering.Cell
	for _, tab := range lay.Tables {
		for _, r := range tab.Rows {
			for _, a := range doc.Answers() {
				if a.Question != r.ID || a.Value == "" {
					continue
				}
				for _, e := range []struct {
					role, ref, text string
				}{{"answer", r.Answer.Ref, a.Value}, {"comment", r.Comment.Ref, fill.Comment(&a, "", doc.Demonstration)}} {
					edits = append(edits, workbook.Edit{Sheet: tab.Sheet, Ref: e.ref, Value: e.text, Append: e.role == "comment"})
					cells = append(cells, rendering.Cell{Sheet: tab.Sheet, Ref: e.ref, Role: e.role, Question: a.Question, Wrote: e.text})
				}
			}
		}
	}
	s.doc, err = in.Apply(edits)
	must(err)
	out, err := workbook.Read("out.xlsx", s.doc)
	must(err)
	w, err := rendering.NewWorkbook(source, nil, out, cells, lay)
	must(err)
	s.path = filepath.Join(s.dir, "out.xlsx")
	if sealed {
		b, err := rendering.SignWorkbook(s.path, s.doc, s.inputs, w, s.key)
		must(err)
		s.write(t, s.path+seal.Suffix, b)
		return
	}
	beside, err := rendering.Unsigned(s.doc, s.inputs, w)
	must(err)
	s.write(t, s.path+rendering.CellsSuffix, beside)
}

// pack is the parts of a workbook, in their order.
type pack struct {
	t     testing.TB
	names []string
	parts map[string]string
}

func unpack(t testing.TB, b []byte) *pack {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	p := &pack{t: t, parts: map[string]string{}}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		p.names, p.parts[f.Name] = append(p.names, f.Name), string(body)
	}
	return p
}

func (p *pack) bytes() []byte {
	var list [][2]string
	for _, n := range p.names {
		list = append(list, [2]string{n, p.parts[n]})
	}
	return wt.Zip("", list...)
}

// swap replaces the first place of a text in a part, which has to be there.
func (p *pack) swap(part, old, with string) {
	p.t.Helper()
	if !strings.Contains(p.parts[part], old) {
		p.t.Fatalf("%s has no %s:\n%s", part, old, p.parts[part])
	}
	p.parts[part] = strings.Replace(p.parts[part], old, with, 1)
}

func (p *pack) find(part, pattern string) string {
	p.t.Helper()
	m := regexp.MustCompile(`(?s)` + pattern).FindString(p.parts[part])
	if m == "" {
		p.t.Fatalf("%s has no %s:\n%s", part, pattern, p.parts[part])
	}
	return m
}

func (p *pack) cell(ref string) string {
	return p.find(access, `<c r="`+ref+`"(?:[^>]*/>|.*?</c>)`)
}
func (p *pack) row(n int) string { return p.find(access, fmt.Sprintf(`<row r="%d".*?</row>`, n)) }

// put replaces a cell, as XML.
func (p *pack) put(ref, xml string) { p.swap(access, p.cell(ref), xml) }

// say gives a cell another text.
func (p *pack) say(ref, text string) {
	p.put(ref, fmt.Sprintf(`<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, ref, text))
}

func (p *pack) text(ref string) string {
	return regexp.MustCompile(`(?s)<t[^>]*>(.*)</t>`).FindStringSubmatch(p.cell(ref))[1]
}

type tampering struct {
	what   string
	do     func(p *pack)
	code   int // as arxctl verify exits: 0, 3 or 5
	saying string
}

const (
	fine, look, broken = 0, 3, 5
)

func tamperings() []tampering {
	no := `<c r="C4" t="inlineStr"><is><t>No</t></is></c>`
	ignorable := func(p *pack) {
		p.swap(access, "<worksheet ", `<worksheet xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:y="urn:y" mc:Ignorable="y" `)
	}
	return slices.Concat([]tampering{
		{"nothing", func(*pack) {}, fine, ""},
		// What people do to a workbook, and what is nobody's harm.
		{"another answer typed in", func(p *pack) { p.say("C7", "No") }, fine, ""},
		{"a note beside ours", func(p *pack) { p.swap(access, p.cell("F5"), `<c r="F5" t="inlineStr"><is><t>seen by Kim</t></is></c>`) }, fine, ""},
		{"white space", func(p *pack) { p.say("B4", " Do the rows of  customers&#10;stay apart? ") }, fine, ""},
		{"another question of no answer of ours", func(p *pack) { p.say("B7", "Is there a cellar?") }, fine, ""},
		// Our own cells.
		{"another value", func(p *pack) { p.say("C4", "No") }, broken, "were edited: Access!C4;"},
		{"no value", func(p *pack) { p.put("C4", `<c r="C4"/>`) }, broken, "were edited: Access!C4"},
		{"a No made a Yes", func(p *pack) { p.say("C5", "Yes") }, broken, "were edited: Access!C5"},
		{"no comment", func(p *pack) { p.put("D4", "") }, broken, "were edited: Access!D4"},
		{"words after our comment", func(p *pack) { p.say("D4", p.text("D4")+"\nAudited by a third party.") }, broken, "Access!D4 (our words are in it, and others with them)"},
		{"words before our comment", func(p *pack) { p.say("D4", "Not so:\n"+p.text("D4")) }, broken, "Access!D4 (our words are in it, and others with them)"},
		{"words within our comment", func(p *pack) { p.say("D4", strings.Replace(p.text("D4"), " ", " not ", 1)) }, broken, "were edited: Access!D4;"},
		{"a formula that shows the same", func(p *pack) { p.put("C4", `<c r="C4" t="str"><f>IF(1,"No")</f><v>Yes</v></c>`) }, broken, "Access!C4 (it is a formula now)"},
		{"an array formula over it", func(p *pack) {
			p.put("B7", `<c r="B7" t="str"><f t="array" ref="C4:C7">"No"</f><v>No</v></c>`)
		}, broken, "Access!C4 (it is a formula now)"},
		{"a merge over it", func(p *pack) {
			p.swap(access, "</sheetData>", `</sheetData><mergeCells count="1"><mergeCell ref="B4:C4"/></mergeCells>`)
		}, broken, "Access!C4 (the merged cell B4 covers it)"},
		{"a picture in its place", func(p *pack) { p.put("C4", strings.Replace(p.cell("C4"), `r="C4"`, `r="C4" vm="1"`, 1)) }, broken, "Access!C4 (it shows a value of another kind"},
		{"twice, the second another", func(p *pack) { p.put("C4", p.cell("C4")+no) }, broken, "Access!C4 (it is in the file twice)"},
		{"twice, the first another", func(p *pack) { p.put("C4", no+p.cell("C4")) }, broken, "Access!C4 (it is in the file twice)"},
		{"twice, in two rows", func(p *pack) { p.swap(access, "</sheetData>", `<row r="4">`+no+`</row></sheetData>`) }, broken, "Access!C4 (it is in the file twice)"},
		{"a value beside the text", func(p *pack) {
			p.put("C4", `<c r="C4" t="inlineStr"><v>No</v><is><t>Yes</t></is></c>`)
		}, broken, "Access!C4 (it holds a value and a text beside it)"},
		{"a text beside the value", func(p *pack) {
			p.put("C4", `<c r="C4" t="str"><v>Yes</v><is><t>No</t></is></c>`)
		}, broken, "Access!C4 (it holds a value and a text beside it)"},
		{"two values", func(p *pack) { p.put("C4", `<c r="C4" t="str"><v>Ye</v><v>s</v></c>`) }, broken, "Access!C4 (it holds its value more than once)"},
		{"two texts", func(p *pack) {
			p.put("C4", `<c r="C4" t="inlineStr"><is><t>Yes</t></is><is><t></t></is></c>`)
		}, broken, "Access!C4 (it holds its value more than once)"},
		{"plain and formatted", func(p *pack) {
			p.put("C4", `<c r="C4" t="inlineStr"><is><t>Ye</t><r><t>s</t></r></is></c>`)
		}, broken, "Access!C4 (it holds a text that is plain and formatted at once)"},
		{"a text that is an error", func(p *pack) { p.put("C4", `<c r="C4" t="e"><v>Yes</v></c>`) }, broken, "Access!C4 (it holds a text where its type is another)"},
		{"a text that is a number", func(p *pack) { p.put("C4", `<c r="C4"><v>Yes</v></c>`) }, broken, "Access!C4 (it holds a text where its type is another)"},
		{"a type of nobody's", func(p *pack) { p.put("C4", `<c r="C4" t="yes"><v>1</v></c>`) }, broken, "Access!C4"},
		// What they answer.
		{"another question", func(p *pack) { p.say("B4", "Do the rows of customers lie together?") }, broken, "question Access!B4 beside C4"},
		{"no question", func(p *pack) { p.put("B4", "") }, broken, "question Access!B4 beside C4"},
		{"another ID", func(p *pack) { p.say("A4", "A.9") }, broken, "id Access!A4 beside C4"},
		{"another section", func(p *pack) { p.say("E4", "Staff laptops") }, broken, "section Access!E4 beside C4"},
		{"another header", func(p *pack) { p.say("C2", "Not answered, because") }, broken, "header Access!C2"},
		{"another header of the questions", func(p *pack) { p.say("B2", "Is none of this so") }, broken, "header Access!B2"},
		{"a question by a formula", func(p *pack) {
			p.put("B4", `<c r="B4" t="str"><f>"Do they lie together?"</f><v>Do the rows of customers stay apart?</v></c>`)
		}, broken, "question Access!B4 beside C4"},
		{"a question under a merge", func(p *pack) {
			p.swap(access, "</sheetData>", `</sheetData><mergeCells count="1"><mergeCell ref="A4:B4"/></mergeCells>`)
		}, broken, "question Access!B4 beside C4"},
		{"a question that is there twice", func(p *pack) {
			p.put("B4", p.cell("B4")+`<c r="B4" t="inlineStr"><is><t>Do they lie together?</t></is></c>`)
		}, broken, "question Access!B4 beside C4"},
		{"two questions exchanged", func(p *pack) {
			b4, b5 := p.cell("B4"), p.cell("B5")
			p.put("B4", "@")
			p.put("B5", strings.Replace(b4, "B4", "B5", 1))
			p.swap(access, "@", strings.Replace(b5, "B5", "B4", 1))
		}, broken, "question Access!B4 beside C4, question Access!B5 beside C5"},
		{"two rows exchanged", func(p *pack) {
			four, five := p.row(4), p.row(5)
			move := func(s, from, to string) string {
				return regexp.MustCompile(`r="([A-Z]*)`+from+`"`).ReplaceAllString(s, `r="${1}`+to+`"`)
			}
			p.swap(access, four+five, move(five, "5", "4")+move(four, "4", "5"))
		}, broken, "were edited: Access!C4, Access!D4, Access!C5, Access!D5"},
		{"a row taken out", func(p *pack) { p.swap(access, p.row(4), "") }, broken, "question Access!B4 beside C4"},
		{"the sheets' names exchanged", func(p *pack) {
			p.swap(book, `name="Access"`, `name="@"`)
			p.swap(book, `name="Backups"`, `name="Access"`)
			p.swap(book, `name="@"`, `name="Backups"`)
		}, broken, "were edited: Access!C4"},
		{"the sheets' parts exchanged", func(p *pack) {
			p.parts[access], p.parts[backups] = p.parts[backups], p.parts[access]
		}, broken, "were edited: Access!C4"},
		{"the sheet's name changed", func(p *pack) { p.swap(book, `name="Access"`, `name="Access 2025"`) }, broken, "Access!C4 (there is no such sheet)"},
		// What a reader sees of it.
		{"the title changed", func(p *pack) { p.say("A1", "Answer for the test system") }, look, "1 texts around our answers, which were changed since and may change what is asked; read them: Access!A1"},
		{"the heading changed", func(p *pack) { p.say("B3", "Which of these do you NOT do?") }, look, "Access!B3"},
		{"the guidance changed", func(p *pack) { p.say("F4", "Say Yes where you do not") }, look, "Access!F4"},
		{"the title by a formula", func(p *pack) { p.put("A1", `<c r="A1" t="str"><f>"x"</f><v>Answer for production alone</v></c>`) }, look, "Access!A1"},
		{"the column hidden", func(p *pack) {
			p.swap(access, `<col min="1" max="6" width="30"/>`, `<col min="1" max="2" width="30"/><col min="3" max="3" width="30" hidden="1"/>`)
		}, look, "3 cells of ours, or their questions, stand where a reader does not see them, in a hidden row, column or sheet: Access!C4"},
		{"the column without a width", func(p *pack) {
			p.swap(access, `<col min="1" max="6" width="30"/>`, `<col min="3" max="3" width="0" customWidth="1"/>`)
		}, look, "stand where a reader does not see them"},
		{"the questions hidden", func(p *pack) {
			p.swap(access, `<col min="1" max="6" width="30"/>`, `<col min="2" max="2" width="30" hidden="true"/>`)
		}, look, "Access!B4, Access!B5, Access!B6"},
		{"every column without a width", func(p *pack) {
			p.swap(access, `<sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="6" width="30"/></cols>`, `<sheetFormatPr defaultColWidth="0" defaultRowHeight="15"/>`)
		}, look, "stand where a reader does not see them"},
		{"the row hidden", func(p *pack) { p.swap(access, `<row r="4"`, `<row hidden="1" r="4"`) }, look, "stand where a reader does not see them"},
		{"the row without a height", func(p *pack) { p.swap(access, `<row r="4" ht="15"`, `<row r="4" ht="0" customHeight="1"`) }, look, "stand where a reader does not see them"},
		{"the sheet hidden", func(p *pack) { p.swap(book, `name="Access"`, `name="Access" state="hidden"`) }, look, "stand where a reader does not see them"},
		{"the sheet very hidden", func(p *pack) { p.swap(book, `name="Access"`, `name="Access" state="veryHidden"`) }, look, "stand where a reader does not see them"},
		{"a sheet that looks the same in front of it", func(p *pack) {
			p.swap(book, `<sheet name="Access" sheetId="1"`, `<sheet name="Access " sheetId="9" r:id="rId90"/><sheet name="Access" sheetId="1" state="veryHidden"`)
			p.swap(bookRels, "</Relationships>", `<Relationship Id="rId90" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet90.xml"/></Relationships>`)
			p.swap("[Content_Types].xml", "</Types>", `<Override PartName="/xl/worksheets/sheet90.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`)
			p.names = append(p.names, "xl/worksheets/sheet90.xml")
			p.parts["xl/worksheets/sheet90.xml"] = strings.Replace(p.parts[access], ">Yes<", ">No<", 1)
		}, look, `the sheet "Access ", which was added since: nothing in it is ours`},
		{"a row of ours repeated", func(p *pack) {
			p.swap(access, "</sheetData>", `<row r="4"><c r="G4" t="inlineStr"><is><t>x</t></is></c></row></sheetData>`)
		}, look, `the order of the rows of sheet "Access"`},
	}, readDifferently(ignorable))
}

// readDifferently is what programs would read each in its own way.
func readDifferently(ignorable func(*pack)) []tampering {
	return []tampering{
		{"a row that only some skip", func(p *pack) {
			ignorable(p)
			p.swap(access, p.row(4), strings.NewReplacer("<row", "<y:row", "</row", "</y:row").Replace(p.row(4)))
		}, broken, "of another namespace among its cells"},
		{"a row that some choose another for", func(p *pack) {
			ignorable(p)
			p.swap(access, p.row(4), `<mc:AlternateContent><mc:Choice Requires="y"/><mc:Fallback>`+p.row(4)+`</mc:Fallback></mc:AlternateContent>`)
		}, broken, "of another namespace among its cells"},
		{"a cell of another namespace", func(p *pack) {
			p.put("C4", strings.Replace(p.cell("C4"), "<c ", `<c xmlns="urn:y" `, 1))
		}, broken, "of another namespace among its cells"},
		{"the cells of another namespace", func(p *pack) { p.swap(access, "<sheetData>", `<sheetData xmlns="urn:y">`) }, broken, "of another namespace among its cells"},
		{"a sheet of another namespace", func(p *pack) { p.swap(access, mainNS, "urn:y") }, broken, `of the namespace "urn:y"`},
		{"rows outside of the cells", func(p *pack) {
			row := p.row(4)
			ignorable(p)
			p.swap(access, row, "")
			p.swap(access, "<sheetData>", "<y:data>"+row+"</y:data><sheetData>")
		}, broken, "were edited: Access!C4"},
		{"the cells twice", func(p *pack) { p.swap(access, "</sheetData>", `</sheetData><sheetData><row r="4"></row></sheetData>`) }, broken, "holds its cells twice"},
		{"an attribute twice", func(p *pack) { p.put("C4", strings.Replace(p.cell("C4"), `<c r="C4"`, `<c r="C4" r="C7"`, 1)) }, broken, "an attribute that is there twice"},
		{"a document type", func(p *pack) { p.swap(access, "<worksheet", `<!DOCTYPE x [<!ENTITY y "No">]><worksheet`) }, broken, "declares a document type"},
		{"the sheets listed twice", func(p *pack) { p.swap(book, "</sheets>", `</sheets><sheets></sheets>`) }, broken, "lists its sheets twice"},
		{"two sheets of one name", func(p *pack) { p.swap(book, `name="Backups"`, `name="ACCESS"`) }, broken, `two sheets named "ACCESS"`},
		{"a relationship twice", func(p *pack) {
			p.swap(bookRels, "</Relationships>", `<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/></Relationships>`)
		}, broken, `names the relationship "rId1" twice`},
		{"two relationships of one sheet", func(p *pack) {
			p.swap(book, `<sheet name="Access" sheetId="1" r:id="rId1"`, `<sheet xmlns:y="urn:y" name="Access" sheetId="1" y:id="rId2" r:id="rId1"`)
		}, broken, "the relationship"},
		{"two parts with texts", func(p *pack) {
			p.swap(bookRels, "</Relationships>", `<Relationship Id="rId91" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="other.xml"/></Relationships>`)
			p.names, p.parts["xl/other.xml"] = append(p.names, "xl/other.xml"), p.parts["xl/styles.xml"]
		}, broken, "name 2 parts as its styles"},
		{"two workbooks", func(p *pack) {
			p.swap("_rels/.rels", "</Relationships>", `<Relationship Id="rId91" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/other.xml"/></Relationships>`)
			p.names, p.parts["xl/other.xml"] = append(p.names, "xl/other.xml"), p.parts[book]
		}, broken, "name 2 parts as its officeDocument"},
		{"a part twice but for case", func(p *pack) {
			p.names, p.parts["xl/worksheets/Sheet1.xml"] = append(p.names, "xl/worksheets/Sheet1.xml"), strings.Replace(p.parts[access], ">Yes<", ">No<", 1)
		}, broken, "twice, so programs may read different ones"},
		{"a part twice", func(p *pack) { p.names = append(p.names, access) }, broken, "twice, so programs may read different ones"},
	}
}

// codeOf is the exit code of arxctl verify.
func codeOf(r *rendering.Report, err error) int {
	var b *seal.Broken
	switch {
	case errors.As(err, &b):
		return broken
	case err != nil:
		return 7
	case len(r.Unseen) > 0:
		return look
	}
	return fine
}

// TestTamperingsOfAFilledWorkbook: a reader is told of each way in which somebody
// can make our answers say something else, where our cells are as they were too.
func TestTamperingsOfAFilledWorkbook(t *testing.T) {
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	s.fillAll(t, questions(true), true)
	whole := s.doc
	for _, x := range tamperings() {
		p := unpack(t, whole)
		x.do(p)
		s.doc = p.bytes()
		r, err := rendering.Verify(s.path, s.doc, s.options(s.key.Public))
		said := ""
		if r != nil {
			said = strings.Join(r.Unseen, "\n")
		}
		if err != nil {
			said = err.Error()
		}
		if code := codeOf(r, err); code != x.code || !strings.Contains(said, x.saying) {
			t.Errorf("%s: exit %d, want %d with %q:\n%s", x.what, code, x.code, x.saying, said)
		}
	}
	s.doc = append(slices.Clone(unpack(t, whole).bytes()), whole...)
	if r, err := rendering.Verify(s.path, s.doc, s.options(s.key.Public)); codeOf(r, err) != broken || !strings.Contains(err.Error(), "two files joined to one") {
		t.Errorf("two archives in one: %v", err)
	}
}

// TestTamperingWithSharedTexts: the cell is as it was, and its text lies elsewhere.
func TestTamperingWithSharedTexts(t *testing.T) {
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	s.fillAll(t, questions(false), true)
	whole := s.doc
	for _, x := range []tampering{
		{"nothing", func(*pack) {}, fine, ""},
		{"the text", func(p *pack) { p.swap(texts, "stay apart?", "lie together?") }, broken, "question Access!B4 beside C4"},
		{"the text with runs beside it", func(p *pack) {
			p.swap(texts, "stay apart?</t></si>", "stay </t><r><t>apart?</t></r></si>")
		}, broken, "question Access!B4 beside C4"},
		{"the number of the text", func(p *pack) {
			p.put("B4", regexp.MustCompile(`<v>\d+</v>`).ReplaceAllString(p.cell("B4"), "<v>0</v>"))
		}, broken, "question Access!B4 beside C4"},
		{"the texts of another namespace", func(p *pack) { p.swap(texts, mainNS, "urn:y") }, broken, "of the namespace"},
		{"a text of another namespace", func(p *pack) { p.swap(texts, "<si>", `<si xmlns="urn:y">`) }, broken, "of another namespace"},
		{"the texts by a relationship of nobody's", func(p *pack) {
			p.swap(bookRels, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings", "urn:y/sharedStrings")
		}, broken, "names the shared string"},
		{"two parts with texts", func(p *pack) {
			p.swap(bookRels, "</Relationships>", `<Relationship Id="rId91" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="other.xml"/></Relationships>`)
			p.names, p.parts["xl/other.xml"] = append(p.names, "xl/other.xml"), p.parts[texts]
		}, broken, "name 2 parts as its sharedStrings"},
	} {
		p := unpack(t, whole)
		x.do(p)
		r, err := rendering.Verify(s.path, p.bytes(), s.options(s.key.Public))
		if code := codeOf(r, err); code != x.code || err != nil && !strings.Contains(err.Error(), x.saying) {
			t.Errorf("%s: exit %d, want %d with %q: %+v %v", x.what, code, x.code, x.saying, r, err)
		}
	}
}
