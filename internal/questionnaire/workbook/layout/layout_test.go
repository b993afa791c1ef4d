package layout_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// grid is a sheet of texts; the first row is number first.
func grid(name string, first int, rows ...[]string) workbooktest.Sheet {
	s := workbooktest.Sheet{Name: name}
	for i, texts := range rows {
		r := workbooktest.Row{R: first + i}
		for j, t := range texts {
			if t != "" {
				r.Cells = append(r.Cells, workbooktest.T(workbook.Ref(j+1, first+i), workbooktest.Unlocked, t))
			}
		}
		s.Rows = append(s.Rows, r)
	}
	return s
}

func read(t *testing.T, sheets ...workbooktest.Sheet) *workbook.Book {
	t.Helper()
	b, err := workbook.Read("in.xlsx", workbooktest.Book{Sheets: sheets}.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func detect(t *testing.T, sheets ...workbooktest.Sheet) *layout.Layout {
	t.Helper()
	l, err := layout.Detect(read(t, sheets...))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// columns are the letters of a table's columns: section, id, question, answer,
// comment, owner; a dash where there is none.
func columns(t layout.Table) string {
	var out []string
	for _, r := range layout.Roles() {
		if c, ok := t.Columns[r]; ok {
			out = append(out, c.Letter)
		} else {
			out = append(out, "-")
		}
	}
	return strings.Join(out, "")
}

func TestHeadersAreRecognisedWhereverTheyAre(t *testing.T) {
	caiqHead := []string{"Question ID", "Question", "CSP CAIQ Answer", "SSRM Control Ownership", "CSP Implementation Description (Optional/Recommended)",
		"CSC Responsibilities  (Optional/Recommended)", "", "", "CCM Control ID", "CCM Control Specification", "CCM Control Title", "CCM Domain Title"}
	for _, c := range []struct {
		name    string
		sheets  []workbooktest.Sheet
		family  layout.Family
		columns string
		header  int
		rows    int
	}{
		{"CAIQ", []workbooktest.Sheet{grid("CAIQv4.0.3", 1, []string{"", "A title, v4.0.3"}, caiqHead,
			[]string{"A&A-01.1", "Own words on audit?", "", "", "", "", "", "", "A&A-01", "Words", "Title", "Audit"},
			[]string{"A&A-01.2", "Own words on reviews?", "", "", "", "", "", "", "A&A-01"},
			[]string{"End of the standard"}, []string{"© somebody, whose words these are not"})}, layout.CAIQ, "LABCED", 2, 2},
		{"SIG, a tab a domain", []workbooktest.Sheet{
			grid("A. Risk", 1, []string{"SIG Lite"}, nil, nil, []string{"Ques Num", "Question/Request", "Response", "Additional Information"}, []string{"A.1", "Is there a programme?"}, []string{"A.1.1", "Is it approved?"}),
			grid("B. Policy", 1, []string{"SIG Lite"}, nil, nil, []string{"Ques Num", "Question/Request", "Response", "Additional Information"}, []string{"B.1", "Is there a policy?"}),
		}, layout.SIG, "-ABCD-", 4, 3},
		{"SIG, one sheet", []workbooktest.Sheet{grid("SIG Lite 2025", 4, []string{"Domain", "Question Number", "Question", "Response", "Additional Information"},
			[]string{"Access", "H.1.1", "Is access limited?"})}, layout.SIG, "ABCDE-", 4, 1},
		{"plain, far down", []workbooktest.Sheet{grid("Vendor", 27, []string{"#", "Requirement", "Vendor Response", "Vendor Comments"},
			[]string{"1", "Is data encrypted at rest?"}, []string{"Access control"}, []string{"2", "Is MFA enforced?"})}, layout.Plain, "-ABCD-", 27, 2},
		{"an answer beside the buyer's own columns", []workbooktest.Sheet{grid("Q", 1, []string{"Question", "Guidance for response", "Answer", "Reviewer answer", "Comments", "Internal comments"},
			[]string{"Is data encrypted at rest?"})}, layout.Plain, "--ACE-", 1, 1},
		{"a decoy before it", []workbooktest.Sheet{
			grid("Read me", 1, []string{"Please answer each question in the answer column"}, []string{"Fill in", "by Friday"}),
			grid("Q", 2, []string{"Question", "Answer"}, []string{"Is there a log?"})}, layout.Plain, "--AB--", 2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := detect(t, c.sheets...)
			if got := columns(l.Tables[0]); l.Family != c.family || got != c.columns || l.Tables[0].Header != c.header || l.Questions() != c.rows {
				t.Errorf("%s %s, header %d, %d rows; want %s %s, %d, %d\n%s", l.Family, got, l.Tables[0].Header, l.Questions(), c.family, c.columns, c.header, c.rows, l.Explain())
			}
		})
	}
}

// TestRepeatedHeaders: each section has its own headers, the questions are
// formulas, and no header names their column.
func TestRepeatedHeaders(t *testing.T) {
	s := workbooktest.Sheet{Name: "HECVAT - Full"}
	formula := func(ref, text string) workbooktest.Cell {
		return workbooktest.Cell{Ref: ref, Formula: "VLOOKUP(A4,Questions!A:B,2,FALSE)", Cached: text}
	}
	s.Rows = []workbooktest.Row{
		{R: 1, Cells: []workbooktest.Cell{workbooktest.T("A1", 0, "A vendor assessment")}},
		{R: 3, Cells: []workbooktest.Cell{workbooktest.T("A3", 0, "Documentation"), workbooktest.T("C3", 0, "Vendor Answers"), workbooktest.T("D3", 0, "Additional Information"), workbooktest.T("E3", 0, "Guidance")}},
		{R: 4, Cells: []workbooktest.Cell{workbooktest.T("A4", 0, "DOCU-01"), formula("B4", "Have you an own-word report?")}},
		{R: 5, Cells: []workbooktest.Cell{workbooktest.T("A5", 0, "DOCU-02"), formula("B5", "")}},
		{R: 40, Cells: []workbooktest.Cell{workbooktest.T("A40", 0, "Access"), workbooktest.T("C40", 0, "Vendor Answers"), workbooktest.T("D40", 0, "Additional Information"), workbooktest.T("E40", 0, "Guidance")}},
		{R: 41, Cells: []workbooktest.Cell{workbooktest.T("A41", 0, "AAAI-01"), formula("B41", "Do you support own-word sign-on?")}},
	}
	hidden := grid("Values", 1, []string{"Question", "Answer"}, []string{"Hidden?"})
	hidden.State = "hidden"
	l := detect(t, s, hidden)
	if l.Family != layout.HECVAT || len(l.Tables) != 2 || l.Questions() != 3 || columns(l.Tables[1]) != "-ABCD-" || l.Tables[1].Header != 40 {
		t.Fatalf("%s", l.Explain())
	}
	if l.Tables[0].Rows[1].ID != "DOCU-02" {
		t.Errorf("a question whose text is not stored is lost: %+v", l.Tables[0].Rows)
	}
	if len(l.Left) != 1 || l.Left[0].Sheet != "Values" {
		t.Errorf("hidden sheet: %+v", l.Left)
	}
}

func TestAmbiguityListsTheCandidates(t *testing.T) {
	b := read(t, grid("Q", 2, []string{"Question", "Answer", "Notes", "Answer"}, []string{"Is there a log?"}))
	_, err := layout.Detect(b)
	var a *layout.Ambiguous
	if !errors.As(err, &a) || len(a.Candidates) != 2 || !strings.Contains(err.Error(), `row 2: 2 columns could hold the answer: B "Answer", D "Answer"`) {
		t.Fatalf("%v", err)
	}
	// A list of values tells which of the two is meant.
	s := grid("Q", 2, []string{"Question", "Answer", "Notes", "Answer"}, []string{"Is there a log?", "", "", "x"})
	s.Lists = []workbooktest.List{{Cells: "D3:D3", Formula: `"Yes,No"`}}
	if l := detect(t, s); columns(l.Tables[0]) != "--ADC-" {
		t.Errorf("%s", l.Explain())
	}
}

func TestNothingRecognised(t *testing.T) {
	_, err := layout.Detect(read(t, grid("Prices", 1, []string{"Item", "Price"}, []string{"Pear", "1"}), grid("Late", 31, []string{"Question", "Reply"}, []string{"Is there a log?"})))
	var n *layout.Nothing
	if !errors.As(err, &n) || len(n.Left) != 1 || len(n.Unread) != 1 || !strings.Contains(err.Error(), "--layout FILE") || !strings.Contains(err.Error(), `row 32, as "Is there a log?"`) {
		t.Fatalf("%v", err)
	}
}

// TestTicksAreNamed: no tick is ever written, and the sheet is not said to have no headers.
func TestTicksAreNamed(t *testing.T) {
	for _, c := range []struct {
		heads []string
		ticks bool
	}{
		{[]string{"Question", "Yes", "No"}, true}, {[]string{"Question", "No", "Yes"}, true}, {[]string{"Question", "Y", "N"}, true}, {[]string{"Question", "Yes", "", "No"}, false}, {[]string{"Question", "Yes", "Yes"}, false},
	} {
		_, err := layout.Detect(read(t, grid("Q", 1, c.heads, []string{"Is there a log?"})))
		if got := err != nil && strings.Contains(err.Error(), "its answers are ticks"); err == nil || got != c.ticks {
			t.Errorf("%q: %v", c.heads, err)
		}
	}
}

// TestWhatStandsAbove: over the first table of a sheet it is over all of them.
func TestWhatStandsAbove(t *testing.T) {
	l := detect(t, grid("A", 1, []string{"SIG Lite", " of ours"}, []string{"Question", "Answer"}, []string{"Is there a log?"}, []string{"Part two"}, []string{"Question", "Answer"}, []string{"Is it read?"}),
		grid("B", 1, []string{"More"}, []string{"Question", "Answer"}, []string{"Is it kept?"}))
	var above []string
	for _, x := range l.Tables {
		above = append(above, strings.Join(x.Above, "+"))
	}
	if got := strings.Join(above, "; "); got != "SIG Lite+of ours; SIG Lite+of ours+Part two; More" {
		t.Error(got)
	}
	if got := strings.Join(l.Titles, "; "); got != "A; SIG Lite; of ours; B; More" {
		t.Error(got)
	}
}

func TestGivenLayout(t *testing.T) {
	b := read(t, grid("Blatt", 1, []string{"Frage", "Antwort"}, []string{"Is there a log?"}, []string{"Is it kept?"}, []string{"Danke"}))
	given := func(text string) (*layout.Layout, error) {
		return layout.Given(yamldoc.File{Name: "own.yaml", Body: []byte(text)}, b)
	}
	l, err := given("sheets:\n  - sheet: Blatt\n    first_row: 2\n    last_row: 3\n    question: A\n    answer: B\n    comment: C\n")
	if err != nil || l.Questions() != 2 || l.Tables[0].Rows[1].Answer.Ref != "B3" || l.Tables[0].Rows[1].Comment.Ref != "C3" {
		t.Fatalf("%+v %v", l, err)
	}
	for text, want := range map[string]string{
		"sheets:\n  - sheet: Sheet9\n    question: A\n    answer: B\n":                   `own.yaml:2: sheets[0].sheet: there is no sheet "Sheet9"`,
		"sheets:\n  - sheet: Blatt\n    question: A\n    answer: 2\n":                    `own.yaml:4: sheets[0].answer: expected a column as C, got "2"`,
		"sheets:\n  - sheet: Blatt\n    question: A\n    answer: A\n":                    `own.yaml:4: sheets[0].answer: column A has a role already`,
		"sheets:\n  - sheet: Blatt\n    question: A\n":                                   `own.yaml:2: sheets[0].answer: missing`,
		"sheets:\n  - sheet: Blatt\n    colour: A\n":                                     `own.yaml:3: sheets[0].colour: unknown field`,
		"sheets:\n  - sheet: Blatt\n    question: A\n    answer: B\n    first_row: -1\n": `expected a row number from 1`,
		"sheets:\n  - sheet: Blatt\n    question: F\n    answer: B\n":                    `no row from first_row on has text`,
		"sheets:\n  - sheet: Blatt\n    question: A\n    answer: XFE\n":                  `own.yaml:4: sheets[0].answer: expected a column as C`,
		"questionnaire: caiq-4.0.3\n":                                                    `own.yaml:1: sheets: missing`,
	} {
		if _, err := given(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestHeadingsAreNoQuestions: a heading merged across the table is not asked.
func TestHeadingsAreNoQuestions(t *testing.T) {
	s := grid("Q", 1, []string{"Question", "Answer"}, []string{"Access control"}, []string{"Is there a log?"})
	s.Merges = []string{"A2:B2"}
	if l := detect(t, s); l.Questions() != 1 || l.Tables[0].Rows[0].Number != 3 {
		t.Errorf("%s", l.Explain())
	}
}

// TestReadyMadeWorkbooks: each as its makers lay it out.
func TestReadyMadeWorkbooks(t *testing.T) {
	for _, c := range []struct {
		name      string
		book      workbooktest.Book
		family    layout.Family
		tables, n int
		columns   string
	}{
		{"CAIQ", workbooktest.CAIQ("4.0.3", workbooktest.Questions(261)), layout.CAIQ, 1, 261, "LABCED"},
		{"SIG old", workbooktest.SIGOld(7), layout.SIG, 18, 126, "EABCD-"},
		{"SIG new", workbooktest.SIGNew(50), layout.SIG, 1, 50, "ABCDE-"},
		{"HECVAT", workbooktest.HECVAT(4, 6), layout.HECVAT, 4, 24, "-ABCD-"},
		{"plain", workbooktest.Plain(20), layout.Plain, 1, 20, "-ABCD-"},
	} {
		b, err := workbook.Read("in.xlsx", c.book.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		l, err := layout.Detect(b)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if l.Family != c.family || len(l.Tables) != c.tables || l.Questions() != c.n || columns(l.Tables[0]) != c.columns {
			t.Errorf("%s:\n%s", c.name, l.Explain())
		}
	}
}
