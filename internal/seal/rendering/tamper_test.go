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
// that, or without a key writes what stands beside it; record may change what that
// says.
func (s *sent) fillAll(t testing.TB, b wt.Book, sealed bool, record ...func(*rendering.Workbook)) {
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
				if a.Question != r.ID && a.Question != tab.Sheet+"!"+r.Answer.Ref || a.Value == "" && s.writes == nil {
					continue
				}
				for _, e := range []struct {
					role, ref, text string
				}{{"answer", r.Answer.Ref, a.Value}, {"comment", r.Comment.Ref, fill.Comment(&a, s.notes[a.Question], doc.Demonstration)}, {"owner", r.Owner.Ref, a.Ownership}} {
					if s.writes != nil {
						e.text = s.writes(e.ref, e.text)
					}
					if e.role == "answer" && e.text == "" {
						break // neither has it a comment
					}
					if e.text == "" || e.ref == "" {
						continue
					}
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
	for _, change := range record {
		change(&w)
	}
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

// rule puts a validation over the answers.
func (p *pack) rule(attrs string) {
	p.swap(access, "</sheetData>", `</sheetData><dataValidations count="1"><dataValidation sqref="C4:C6" `+attrs+`/></dataValidations>`)
}

// addSheet puts a sheet behind the others.
func (p *pack) addSheet(name, rows string) {
	const part = "xl/worksheets/sheet90.xml"
	p.swap(book, "</sheets>", `<sheet name="`+name+`" sheetId="90" r:id="rId90"/></sheets>`)
	p.swap(bookRels, "</Relationships>", `<Relationship Id="rId90" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet90.xml"/></Relationships>`)
	p.swap("[Content_Types].xml", "</Types>", `<Override PartName="/`+part+`" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`)
	p.names = append(p.names, part)
	p.parts[part] = `<worksheet xmlns="` + mainNS + `"><sheetData>` + rows + `</sheetData></worksheet>`
}

// add puts a cell at the end of its row, empty.
func (p *pack) add(ref string) {
	_, n, _ := workbook.ParseRef(ref)
	if !strings.Contains(p.parts[access], `<c r="`+ref+`"`) {
		p.swap(access, p.row(n), strings.Replace(p.row(n), "</row>", `<c r="`+ref+`"/></row>`, 1))
	}
}

// first puts the sheet that was added before the others.
func (p *pack) first() {
	tab := p.find(book, `<sheet name="Notes"[^>]*/>`)
	p.swap(book, tab, "")
	p.swap(book, "<sheets>", "<sheets>"+tab)
}

func (p *pack) text(ref string) string {
	return regexp.MustCompile(`(?s)<t[^>]*>(.*)</t>`).FindStringSubmatch(p.cell(ref))[1]
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
		s.tells(t, x.what, x.code, x.saying)
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
