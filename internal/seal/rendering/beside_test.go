package rendering_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	wt "github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

// long is a workbook with two tables on one sheet, in which our answers stand
// between those of others, and a longer sheet with none of ours.
func long() wt.Book {
	heads := []string{"Ref", "Question", "Answer", "Comments", "Section"}
	row := func(r int, id string) []string {
		return []string{id, fmt.Sprintf("Is the thing of number %d in its place?", r), "", "", ""}
	}
	rows := [][]string{{"Answer for production alone"}, heads, {"", "Part one"}}
	for _, id := range []string{"A.1", "X.1", "X.2", "A.2", "X.3", "X.4", "X.5"} {
		rows = append(rows, row(len(rows)+1, id))
	}
	rows = append(rows, []string{"", "Part two"}, row(12, "X.6"), row(13, "X.7"), []string{""}, heads, row(16, "A.3"), row(17, "Y.1"), row(18, "Y.2"))
	rows[3][4] = "Tenancy" // of the other rows no section is said
	other := [][]string{nil, heads}
	for r := 3; r < 30; r++ {
		other = append(other, row(r, fmt.Sprintf("Z.%d", r)))
	}
	var b wt.Book
	b.Inline = true
	for name, rows := range map[string][][]string{"Access": rows, "Backups": other} {
		s := wt.Sheet{Name: name}
		for i, row := range rows {
			r := wt.Row{R: i + 1}
			for j, text := range row {
				if ref := workbook.Ref(j+1, i+1); text != "" {
					r.Cells = append(r.Cells, wt.T(ref, wt.Unlocked, text))
				} else {
					r.Cells = append(r.Cells, wt.E(ref, wt.Unlocked))
				}
			}
			s.Rows = append(s.Rows, r)
		}
		b.Sheets = append(b.Sheets, s)
	}
	slices.SortFunc(b.Sheets, func(a, b wt.Sheet) int { return strings.Compare(a.Name, b.Name) })
	return b
}

// TestWherePeopleAnswer: what people type into rows without a cell of ours is
// counted, and a text anywhere else is named.
func TestWherePeopleAnswer(t *testing.T) {
	b := long()
	b.Sheets[0].Rows[11].Cells[2] = wt.T("C12", wt.Unlocked, "Please select")
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	s.writes = func(ref, text string) string {
		if ref == "D7" {
			return "" // A.2 has an answer of ours, and no comment
		}
		return text
	}
	mixed := func(w *rendering.Workbook) { // as somebody else's arxctl may list the same
		open := w.Beside[0].Open
		slices.Reverse(open)
		w.Beside[0].Open = append(open, rendering.Range{Sheet: "Access", Col: 3, First: 8, Last: 8}, rendering.Range{Sheet: "Access", Col: 3, First: 9, Last: 9})
	}
	for _, record := range []func(*rendering.Workbook){func(w *rendering.Workbook) {
		want := "[{Access 3 5 6} {Access 3 8 10} {Access 3 12 13} {Access 4 5 6} {Access 4 8 10} {Access 4 12 13} {Access 3 17 18} {Access 4 17 18}]"
		if got := fmt.Sprint(w.Beside[0].Open); got != want || len(w.Beside) != 1 {
			t.Errorf("of %d sheets open are %s, want %s", len(w.Beside), got, want)
		}
		known := map[string]bool{"C4": true, "D4": true, "C7": true, "C16": true, "D16": true} // ours
		for _, x := range w.Beside[0].Texts {
			if known[x.Ref] || x.Role == "text" && x.SHA256 == sum([]byte("\x00")) {
				t.Errorf("%s is recorded twice, or though it is ours, or empty", x.Ref)
			}
			known[x.Ref] = true
		}
	}, mixed} {
		s.fillAll(t, b, true, record)
		p := unpack(t, s.doc)
		verify := func() *rendering.Report {
			t.Helper()
			r, err := rendering.Verify(s.path, p.bytes(), s.options(s.key.Public))
			if err != nil || r.Cells.Unchanged != 5 || r.Cells.Asked != 3 {
				t.Fatalf("%+v %v", r, err)
			}
			return r
		}
		for i, row := range []int{5, 6, 8, 9, 10, 13, 17, 18} {
			if r := verify(); len(r.Unseen) != 0 || r.Cells.Others != i {
				t.Errorf("%d answers: %+v %v", i, r.Cells, r.Unseen)
			}
			p.say(fmt.Sprintf("C%d", row), "Yes")
			p.say(fmt.Sprintf("D%d", row), "Kim says so")
		}
		p.say("C12", "-") // as "Please select" is no answer, but was typed over
		if r := verify(); len(r.Unseen) != 0 || r.Cells.Others != 8 {
			t.Errorf("%+v %v", r.Cells, r.Unseen)
		}
		strays := []string{"C1", "C3", "D7", "E9", "C11", "D11", "C14", "D14", "C19"}
		p.swap(access, "</sheetData>", `<row r="19"><c r="C19"/></row></sheetData>`)
		for _, ref := range strays {
			if strings.HasSuffix(ref, "1") || strings.HasSuffix(ref, "3") || strings.HasSuffix(ref, "14") {
				p.add(ref)
			}
			p.say(ref, "Void")
		}
		p.addSheet("Notes", `<row r="8"><c r="C8" t="inlineStr"><is><t>No</t></is></c></row>`)
		r := verify()
		if got, want := strings.Join(r.Cells.Added, " "), "Access!"+strings.Join(strays, " Access!"); got != want || r.Cells.Others != 9 { // C11 lies among the answers
			t.Errorf("added are %s, want %s; %d others", got, want, r.Cells.Others)
		}
		if len(r.Unseen) != 1 || !strings.HasSuffix(r.Unseen[0], "Access!D14, and 1 more") {
			t.Error(r.Unseen)
		}
	}
}

// TestCountsAroundOurAnswers: a count of what is answered changes as people answer;
// what it counts does not.
func TestCountsAroundOurAnswers(t *testing.T) {
	b := questions(true)
	rows := b.Sheets[0].Rows
	rows[0].Cells[0] = wt.Cell{Ref: "A1", Formula: "COUNTA(C4:C7)", Cached: "3"}
	rows[0].Cells = append(rows[0].Cells, wt.Cell{Ref: "C1", Formula: "Lists!A1:A2", Array: "C1:D1", Cached: "Yes"}, wt.T("D1", wt.Unlocked, "Yes"))
	rows[1].Cells[5] = wt.Cell{Ref: "F2", Formula: "Lists!A9", Cached: "Guidance"}
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	s.fillAll(t, b, true)
	for _, x := range []struct {
		what, ref, xml string
		code           int
	}{
		{"another count", "A1", `<c r="A1" t="str"><f>COUNTA(C4:C7)</f><v>4</v></c>`, fine},
		{"nothing stored", "A1", `<c r="A1"><f>COUNTA( C4:C7 )</f></c>`, fine},
		{"another formula", "A1", `<c r="A1" t="str"><f>COUNTA(C4:C9)</f><v>3</v></c>`, look},
		{"the count typed over", "A1", `<c r="A1" t="inlineStr"><is><t>3</t></is></c>`, look},
		{"a part of an array typed over", "C1", `<c r="C1" t="str"><f t="array" ref="C1:C1">Lists!A1:A2</f><v>Yes</v></c>`, look},
		{"another formula in the header", "F2", `<c r="F2" t="str"><f>Lists!A8</f><v>Guidance</v></c>`, look},
	} {
		p := unpack(t, s.doc)
		p.put(x.ref, x.xml)
		r, err := rendering.Verify(s.path, p.bytes(), s.options(s.key.Public))
		if codeOf(r, err) != x.code || x.code == look && !strings.Contains(r.Unseen[0], "were changed since and may change what is asked; read them: Access!"+strings.Replace(x.ref, "C1", "D1", 1)) {
			t.Errorf("%s: %+v %v", x.what, r, err)
		}
	}
}

// TestPromptsThatChangePlaces: each is shown as before, at another cell.
func TestPromptsThatChangePlaces(t *testing.T) {
	b := questions(true)
	b.Sheets[0].Rules = `<dataValidation sqref="C4:C6" showInputMessage="1" prompt="Say what is so"/><dataValidation sqref="D4:D6" showInputMessage="1" prompt="Say what is not so"/>`
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	s.fillAll(t, b, true)
	p := unpack(t, s.doc)
	p.swap(access, `sqref="C4:C6"`, `sqref="@"`)
	p.swap(access, `sqref="D4:D6"`, `sqref="C4:C6"`)
	p.swap(access, `sqref="@"`, `sqref="D4:D6"`)
	for doc, want := range map[string]int{string(s.doc): fine, string(p.bytes()): look} {
		if r, err := rendering.Verify(s.path, []byte(doc), s.options(s.key.Public)); codeOf(r, err) != want || len(r.Cells.Told)*look != want {
			t.Errorf("want %d: %+v %v", want, r, err)
		}
	}
}

// TestTextsThatWereThereTwice: of what programs showed differently from the first
// it is not known which of it was read.
func TestTextsThatWereThereTwice(t *testing.T) {
	b := questions(true)
	b.Sheets[0].Rows[3].Cells = slices.Insert(b.Sheets[0].Rows[3].Cells, 5, wt.T("E4", wt.Unlocked, "Laptops"))
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	s.fillAll(t, b, true)
	r, err := rendering.Verify(s.path, s.doc, s.options(s.key.Public))
	if codeOf(r, err) != look || !strings.HasPrefix(r.Unseen[0], "1 texts beside our answers, which programs may show differently, since the file has them twice or in two ways: Access!E4") {
		t.Errorf("%+v %v", r, err)
	}
}

// TestTextsThatAreTooManyToRecord: how many were not, is said, and what was added
// cannot be told.
func TestTextsThatAreTooManyToRecord(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED with -short: a workbook of sixty thousand texts was not looked at")
	}
	b := questions(true)
	for r := 20; r < 60_040; r++ {
		ref := workbook.Ref(1, r)
		b.Sheets[0].Rows = append(b.Sheets[0].Rows, wt.Row{R: r, Cells: []wt.Cell{wt.T(ref, wt.Unlocked, "Thing of number "+ref)}})
	}
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	s.fillAll(t, b, true, func(w *rendering.Workbook) {
		if n := len(w.Beside[0].Texts); n != 60_000+6+9 || w.Beside[0].Whole { // six heads, and what three rows ask
			t.Errorf("%d are recorded", n)
		}
	})
	r, err := rendering.Verify(s.path, s.doc, s.options(s.key.Public))
	if codeOf(r, err) != look || len(r.Unseen) != 1 || !strings.HasPrefix(r.Unseen[0], "26 texts around the questions, which are too many to record") {
		t.Errorf("%v %v", r.Unseen, err)
	}
}

func TestACellThatIsNotThereIsNotRecorded(t *testing.T) {
	out, err := workbook.Read("out.xlsx", questions(true).Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []rendering.Cell{{Sheet: "None", Ref: "A1"}, {Sheet: "Access", Ref: "C4"}} {
		if _, err := rendering.NewWorkbook(nil, nil, out, []rendering.Cell{c}, &layout.Layout{}); err == nil || !strings.Contains(err.Error(), "was written and is not there") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
