package layout_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// table is a sheet of rows with | between their cells: _ is a cell that is there and
// empty, =text one that is a formula.
func table(rows ...string) workbooktest.Sheet {
	var texts [][]string
	for _, r := range rows {
		texts = append(texts, strings.Split(r, "|"))
	}
	s := grid("S", 1, texts...)
	for _, r := range s.Rows {
		for i, c := range r.Cells {
			switch shows, calculated := strings.CutPrefix(c.Text, "="); {
			case calculated:
				r.Cells[i] = workbooktest.Cell{Ref: c.Ref, Formula: "Z9", Cached: shows}
			case c.Text == "_":
				r.Cells[i] = workbooktest.E(c.Ref, workbooktest.Unlocked)
			}
		}
	}
	return s
}

// TestWhatARowIs: each as outcome tells it, under the headers No., Question, Answer
// and Comments unless it has its own.
func TestWhatARowIs(t *testing.T) {
	const head = "No.|Question|Answer|Comments"
	for _, c := range []struct {
		name, rows string // lines, with ; between them
		merges     string
		list       string
		want       string
	}{
		// which rows have a number in most of the table
		{"few have a number", head + ";1|Is there a log?;|Do you keep it?;|Do you back it up?;|Access control", "", "", "S2? S3? S4? S5?"},
		{"statements with a number", head + ";1|A log is kept;2|Keys are rotated;|Access control", "", "", "S2? S3? S4-"},
		{"numbers without words count for nothing", head + ";1|Is there a log?;2|Is it kept?;|Do you read it?;|Do you keep it?;|Do you back it up?;K1;K2;K3;|Access control", "", "", "S10? S2? S3? S4? S5? S6? S7- S8- S9-"},
		{"headings with a number count for nothing", head + ";1|Is there a log?;2|Is it kept?;|Do you read it?;|Do you keep it?;|Do you back it up?;K1|Logs;K2|Keys;K3|Doors;|Access control", "B7:D7 B8:D8 B9:D9", "", "S10? S2? S3? S4? S5? S6? S7- S8- S9-"},
		{"few have a list", "Question|Answer;Do you log?;Do you encrypt it?;Do you back it up?;Access control", "", "B2", "S2? S3? S4? S5?"},
		{"few of the lists have a number without words", head + ";1|Is there a log?;2|Is it kept?;3|Is it read?;4||_", "", "C5", "S2? S3? S4? S5-"},
		// what is no number, and what is one
		{"a notice with a number", head + ";1|A log is kept;2|Keys are rotated;Total 3|Access control", "", "", "S2? S3? S4-"},
		{"a sentence for a number", head + ";1|A log is kept;2|Keys are rotated;Section 4 of the whole|Access control", "", "", "S2? S3? S4-"},
		{"a notice that has a number", head + ";1|A log is kept;2|Note: what is kept is read by us", "", "", "S2? S3?"},
		{"words twice", head + ";1|A log is kept;Logs|Logs", "", "", "S2? S3-"},
		{"a number for words", head + ";1|A log is kept;2|12", "", "", "S2? S3-"},
		{"a number for words, and a question aside", head + ";1|A log is kept;2|Z-1|||Do you read it?", "", "", "S2? S3!"},
		{"numbers below with a dash", head + ";1|Is there a log?;A1|Access;A1-1|It is restricted;A1-2|It is logged", "", "C2 C4:C5", "S2? S3- S4? S5?"},
		{"a blank row below a heading with a number", head + ";1|Is there a log?;2|Access;_;2.1|It is restricted;2.2|It is logged", "", "C2 C5:C6", "S2? S3- S5? S6?"},
		{"a number above other headers", head + ";1|A log is kept;2|Keys;" + head + ";1|A door is shut;2|It is watched", "", "", "S2? S3? S5? S6?"},
		// no words stand beside a number
		{"a formula without its text", head + ";1|Is there a log?;2|=", "", "", "S2? S3~"},
		{"a formula for a heading", head + ";1|Is there a log?;2|=Access", "B3:D3", "", "S2? S3-"},
		{"a list beside it", head + ";1|Is there a log?;2|Is it kept?;3||_", "", "C2:C4", "S2? S3? S4~"},
		{"no list beside it", head + ";1|Is there a log?;2|Is it kept?;3||_", "", "C2:C3", "S2? S3? S4-"},
		{"a list beside a comment alone", head + ";1|Is there a log?;2|Is it kept?;||_|see above", "", "C2:C4", "S2? S3? S4-"},
		{"one of a framework's, with an answer", head + ";1|Is there a log?;IAM-01.1||No;DATA-01||No;K.1.4||No;K.1.5", "", "", "S2? S3~ S4~ S5= S6~"},
		{"one of a merge", head + ";1|Is there a log?;K.1.4", "B3:D3", "", "S2? S3-"},
		{"without a number in it", head + ";1|Is there a log?;Sub-section;7", "", "", "S2? S3- S4-"},
		{"below a section", "Domain|Question Number|Question|Response;Logs|1.1|Is there a log?;Access|K.1.4", "", "", "S2? S3-"},
		{"words for a number", head + ";1|Is there a log?;Part A.1|Access control", "B3:D3", "", "S2? S3-"},
		// what asks in another column
		{"beside a question", head + ";1|Is there a log?|||Do you read it?;2|A log is kept|||Do you read it?", "", "", "S2? S3?"},
		{"beside a heading", head + ";1|A log is kept;2|Keys are rotated;|Access control|||Do you restrict it?", "", "", "S2? S3? S4!"},
		{"beside a part of a merged row", head + ";1|A log is kept;_|_|_|_|Do you read it?", "A2:A3 B2:B3 C2:C3", "", "S2? S3-"},
		{"beside words for a number", "No.|Remark|Question|Answer;1.1||Is there a log?;Part 1.2|Do you keep it?", "", "", "S2? S3!"},
		{"in an answer, and in a comment", head + ";1|Is there a log?;2||Is it needed?;3|||Is it needed?", "", "", "S2? S3= S4-"},
		{"of the form", head + ";1|Is there a log?;2||||How do you fill in the column?", "", "", "S2? S3-"},
		{"under another cell", head + ";1|A log is kept;2|Keys are rotated;|Access control||see|Do you restrict it?", "D4:E4", "", "S2? S3? S4-"},
		// merges
		{"long words over their answer", head + ";1|Is there a log?;|All that is asked from here on is about what is sold here and now", "B3:D3", "", "S2? S3-"},
		{"a heading over an old answer", head + ";1|Is there a log?;4|Access|Yes", "B3:D3", "", "S2? S3-"},
		{"an answer merged with a hint", "Requirement|Hint|Response;Encryption at rest|look;Sign-on", "B2:C2", "", "S2? S3?"},
		{"one answer, left of its questions", "Yes/No|Question;_|It is logged;_|It is kept", "A2:A3", "", "S2~ S3~"},
		{"a list under a question", "ID|Question||Answer;1|Is there a log?|_;2|Is it kept?", "B2:C2", "C2", "S2? S3?"},
		{"a part without an answer of its own", head + ";1|Is there a log?;b", "B2:B3", "", "S2? S3-"},
		{"parts with a list and no words", head + ";1|Is this encrypted?;_|_|_;2|Is it read?", "A2:A3 B2:B3", "C2:C4", "S2~ S3~ S4?"},
		{"parts with words and no list", head + ";1|Is this encrypted?||databases;_|_||backups", "A2:A3 B2:B3", "", "S2~ S3~"},
		{"one row over two lines, with a list", head + ";1|Is there a log?;_|_|_;2|Is it read?", "A2:A3 B2:B3 C2:C3", "C2:C4", "S2? S4?"},
		// formulas
		{"an error", head + ";1|Is there a log?;=#N/A;#1", "", "", "S2? S4-"},
		{"a count", head + ";1|Is there a log?;2|Is it kept?;|All of those with a yes in the column to the right|=0", "", "", "S2? S3? S4-"},
		{"a statement with a formula for its answer", head + ";1|Is there a log?;2|Is it kept?;3|Keys are rotated|=0", "", "", "S2? S3? S4?"},
		// what stands around a table, and rows that read like headers
		{"numbers above the headers", "GNRL-01|Vendor;GNRL-02|Cloud|Yes;GNRL-03|Sum|=5;12|Name;A-1;GNRL-05|Is it sold anywhere?;" + head + ";1|Is there a log?", "", "", "S1- S2= S6! S8?"},
		{"a list above the headers", "Product|_;" + head + ";1|Is there a log?", "", "B1", "S3?"},
		{"headers without a column for questions", "No.|Answer|Comments;" + head + ";1|Is there a log?", "", "", "S3?"},
		{"a question that reads like a header", "Question|Answer|Comments;Is there a log?|In place;Do you keep security questions?|In place;Is it read?", "", "", "S2? S3? S4?"},
		{"a report below a table", head + ";1|Is there a log?;" + head + ";1|Is there a log?|=Yes", "", "", "S2?"},
		// a number over those of its group
		{"over two that ask", head + ";1|Access;1.1|Is access restricted?;1.2|Is access logged?", "", "", "S2- S3? S4?"},
		{"over two with a dash", head + ";A1|Access;A1-1|Is access restricted?;A1-2|Is access logged?", "", "", "S2- S3? S4?"},
		{"over a note and two that ask", head + ";1|Access;|||see the annex;1.1|Is access restricted?;1.2|Is access logged?", "", "", "S2- S3- S4? S5?"},
		{"one that asks itself", head + ";1|Is access safe?;1.1|Is access restricted?;1.2|Is access logged?", "", "", "S2? S3? S4?"},
		{"one of many words", head + ";1|Access to what is held here for customers and for others;1.1|Is access restricted?;1.2|Is access logged?", "", "", "S2? S3? S4?"},
		{"one of a CAIQ", head + ";IAM-01.1|Access;IAM-01.1-1|Is access restricted?;IAM-01.1-2|Is access logged?", "", "", "S2? S3? S4?"},
		{"one of a HECVAT", head + ";DATA-01|Access;DATA-01-1|Is access restricted?;DATA-01-2|Is access logged?", "", "", "S2? S3? S4?"},
		{"over one that states", head + ";1|Access;1.1|Access is restricted;1.2|Is access logged?;1.3|Is access reviewed?;1.4|Is access ended?;1.5|Is access asked for?", "", "", "S2? S3? S4? S5? S6? S7?"},
		// two columns for answers
		{"words beside", "No.|Question|Yes/No|Response|Comments;1|Is there a log?||annex 3;2|Is it read?||TBD", "", "", "S2~ S3?"},
		{"a value of a list reads like a header", "Requirement|Response|Comments;Keys are rotated|Compliant;Security questions|Compliant;Keys are kept", "", "B2:B4", "S2? S3? S4?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := table(strings.Split(c.rows, ";")...)
			if s.Merges = strings.Fields(c.merges); c.list != "" {
				s.Lists = []workbooktest.List{{Cells: c.list, Formula: `"Yes,No,Compliant"`}}
			}
			if l := detect(t, s); outcome(l) != c.want {
				t.Errorf("%s; want %s\n%s", outcome(l), c.want, l.Explain())
			}
		})
	}
}

// TestWhatIsToldOfARow: which of its texts, and what shows where cells are merged.
func TestWhatIsToldOfARow(t *testing.T) {
	s := table("No.|Question|Answer|Comments", "1|Is there a log?|Yes|see above", "2|Is it kept?|old|see below", "Is it read?|_|No|old", "5|Logs|x", "5.1|A log is kept", "|Access control||words", "6||No")
	s.Merges = []string{"C2:C3", "A4:B4", "C4:D4"}
	s.Lists = []workbooktest.List{{Cells: "C2:C4 C6", Formula: `"Yes,No"`}}
	l := detect(t, s)
	var got []string
	for _, r := range l.Tables[0].Rows {
		got = append(got, fmt.Sprintf("%s|%s|%s|%s", r.ID, r.Question, r.Answer.Text, r.Comment.Text))
	}
	for _, r := range l.LeftRows {
		got = append(got, r.Text)
	}
	if all := strings.Join(got, "; "); all != "1|Is there a log?|Yes|see above; 2|Is it kept?|Yes|see below; |Is it read?|No|; 5.1|A log is kept||; Logs; Access control; 6" {
		t.Error(all)
	}
	if h := l.Tables[0].Columns[layout.Question].Header; h != "Question" {
		t.Errorf("the questions stand below %q", h)
	}
	two := table("No.|Question|Yes/No|Response|Comments", "1|Is there a log?||annex 3", "2|Is it kept?||TBD")
	if r := detect(t, two).Tables[0].Rows; len(r[0].Beside) != 1 || r[0].Beside[0].Text != "annex 3" || len(r[1].Beside) != 0 || !strings.Contains(r[0].Doubt, `D2 too, which is called "Response"`) {
		t.Errorf("%+v", r)
	}
	for protection, locked := range map[string][2]bool{"": {false, false}, `<sheetProtection sheet="1"/>`: {true, false}} {
		s := table("No.|Question|Answer", "1|Is there a log?|_", "2|Is it kept?|_")
		s.Protection, s.Rows[1].Cells[2].Style = protection, workbooktest.Locked
		if r := detect(t, s).Tables[0].Rows; r[0].Answer.Locked != locked[0] || r[1].Answer.Locked != locked[1] {
			t.Errorf("%q: %+v", protection, r)
		}
	}
}

// TestRowsOfAGivenLayout: a person said where they are, so each with a question is one.
func TestRowsOfAGivenLayout(t *testing.T) {
	s := table("Nr.|Frage|Antwort|Notiz", "1|Logs", "2|Are these encrypted?||databases", "_|_||backups", "3|Is it kept?", "_|_|_", "DOCU-01|=", "|=", "7||No", "8|||Total", "|||words")
	s.Merges = []string{"A3:A4", "B3:B4", "B5:B6", "C5:C6"}
	l, err := layout.Given(yamldoc.File{Name: "own.yaml", Body: []byte("sheets:\n  - {sheet: S, first_row: 2, id: A, question: B, answer: C, comment: D}\n")}, read(t, s))
	if err != nil || outcome(l) != "S10- S11- S2? S3~ S4~ S5? S7~ S9=" {
		t.Errorf("%v %s\n%s", err, outcome(l), l.Explain())
	}
}

// TestAHeadersTextIsNoQuestion where nothing below it asks: an instruction that shows
// two columns for answers is no choice for a person.
func TestAHeadersTextIsNoQuestion(t *testing.T) {
	b, err := workbook.Read("in.xlsx", workbooktest.Book{Sheets: []workbooktest.Sheet{grid("Read me", 1, []string{"Question", "Answer", "Answer"}, []string{"Please answer all of these."}), grid("Also", 1, []string{"Question", "Answer"}, []string{"Please answer all of these."}), grid("Q", 1, []string{"Question", "Answer"}, []string{"Is there a log?"})}}.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if l, err := layout.Detect(b); err != nil || outcome(l) != "Q2?" {
		t.Errorf("%v", err)
	}
}

// TestColumnsThatNoHeaderNames, or that one names which reaches over them.
func TestColumnsThatNoHeaderNames(t *testing.T) {
	for want, sheet := range map[string]workbooktest.Sheet{
		"--AB--": table("Question|Answer|", "Is there a log?||7", "Is it kept?||8"),
		"A-BC--": table("Category|Requirement|Response", "Certification|ISO 27001", "Certification|SOC 2"),
		"-ABC--": table("ID|Requirement|Response", "1|ISO 27001", "2|SOC 2"),
		"--BC--": table("Kind|Requirement|Response", "One of the big ones|ISO 27001", "Certification|SOC 2"),
		"-ABC-":  table("Question||Answer", "1|Is there a log?", "2|Is it kept?"),
		"-ACD--": table("No.|Hint|Question|Answer", "1|Look at the logs|Is there a log?", "2|Look at the report|SOC 2", "3|Look at the keys|Are they rotated?"),
		"-ACDE-": table("ID|Question||Answer|Comments", "7|1|Is there a log?", "8|2|Is it kept?"),
	} {
		if l := detect(t, sheet); !strings.HasPrefix(columns(l.Tables[0]), want) {
			t.Errorf("%s, want %s\n%s", columns(l.Tables[0]), want, l.Explain())
		}
	}
}

// TestWhichAnswersAreCalculated: those of a report, and not those of which people
// typed some.
func TestWhichAnswersAreCalculated(t *testing.T) {
	for rows, want := range map[string]string{
		"1|Is there a log?|=x;2|Is it kept?|=x;3|Is it read?|Yes;4|Is it deleted?|No": "ABC-",
		"1|Is there a log?|=x;2|Is it kept?|=x;3|Is it read?|_;4|Is it deleted?|_":    "none",
		"1|Is there a log?|=x;_|_|_;_|_|_;_|_|_":                                      "none",
		"1|Is there a log?|=x;2|Is it kept?;3|Is it read?":                            "ABC-",
	} {
		s := table(append([]string{"No.|Question|Answer"}, strings.Split(rows, ";")...)...)
		if got := columnsTaken(layout.Detect(read(t, s))); got != want {
			t.Errorf("%s: %s, want %s", rows, got, want)
		}
		if strings.Contains(rows, "3|Is it read?|_") {
			s.Lists = []workbooktest.List{{Cells: "C4:C5", Formula: `"Later,Sooner"`}}
			if got := columnsTaken(layout.Detect(read(t, s))); got != "ABC-" {
				t.Errorf("with a list: %s", got)
			}
		}
	}
}
