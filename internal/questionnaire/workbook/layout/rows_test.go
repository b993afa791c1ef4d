package layout_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// outcome is what became of the rows: those that are questions, those left out,
// those not read; as "S3? S4- S9!".
func outcome(l *layout.Layout) string {
	var out []string
	for _, t := range l.Tables {
		for _, r := range t.Rows {
			mark := "?"
			if r.Doubt != "" {
				mark = "~"
			}
			out = append(out, fmt.Sprintf("%s%d%s", t.Sheet, r.Number, mark))
		}
	}
	for _, r := range l.LeftRows {
		mark := "-"
		if r.Answered {
			mark = "="
		}
		out = append(out, fmt.Sprintf("%s%d%s", r.Sheet, r.Row, mark))
	}
	for _, u := range l.Unread {
		for _, r := range u.Rows {
			out = append(out, fmt.Sprintf("%s%d!", u.Sheet, r.Row))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func with(s workbooktest.Sheet, change func(*workbooktest.Sheet)) workbooktest.Sheet {
	change(&s)
	return s
}

func merged(refs ...string) func(*workbooktest.Sheet) {
	return func(s *workbooktest.Sheet) { s.Merges = refs }
}

func listed(cells string) func(*workbooktest.Sheet) {
	return func(s *workbooktest.Sheet) {
		s.Lists = []workbooktest.List{{Cells: cells, Formula: `"Yes,No,N/A"`}}
	}
}

// TestNoRowVanishes: a row with text is a question (?), one that a person decides
// (~), left out with a reason (- or, with an answer in it, =) or named as not read (!).
func TestNoRowVanishes(t *testing.T) {
	head := []string{"No.", "Question", "Answer", "Comments"}
	for _, c := range []struct {
		name   string
		sheets []workbooktest.Sheet
		want   string
	}{
		{"without an ID, and with a foreign one", []workbooktest.Sheet{grid("S", 1, head,
			[]string{"1", "Is there a log?"}, []string{"2", "Is it kept?"}, []string{"", "Backups are encrypted and tested by somebody who did not make them"},
			[]string{"Z-1", "All of it is deleted at the end"}, []string{"", "Describe your sign-on"}, []string{"3", "Is it read?"})}, "S2? S3? S4? S5? S6? S7?"},
		{"headings, notices and counts", []workbooktest.Sheet{with(grid("S", 1, head,
			[]string{"1", "Is there a log?"}, []string{"", "Access control"}, []string{"2", "Is it kept?"}, []string{"", "Note: each of these wants a yes or a no, and where it is no a reason in the last column"},
			[]string{"3", "Is it read?"}, []string{"", "Total"}, []string{"© Somebody"}), func(s *workbooktest.Sheet) {
			s.Rows[6].Cells = append(s.Rows[6].Cells, workbooktest.Cell{Ref: "C7", Formula: "COUNTA(C2:C6)", Cached: "0"})
		})}, "S2? S3- S4? S5- S6? S7- S8-"},
		{"a heading has no list where its neighbours have one", []workbooktest.Sheet{with(grid("S", 1, []string{"Question", "Answer"},
			[]string{"Logs"}, []string{"A log is kept"}, []string{"It is read"}, []string{"Keys"}, []string{"Keys are rotated"}, []string{"Do you back them up?"}), listed("B3:B4 B6"))}, "S2- S3? S4? S5- S6? S7?"},
		{"a numbered heading is one by its children", []workbooktest.Sheet{with(grid("S", 1, head,
			[]string{"1", "Logs"}, []string{"1.1", "A log is kept"}, []string{"1.2", "It is read"}, []string{"2", "Keys are rotated"}, []string{"3", "Keys are backed up"}), listed("C3:C4 C6"))}, "S2- S3? S4? S5? S6?"},
		{"a numbered heading over questions", []workbooktest.Sheet{grid("S", 1, head,
			[]string{"1", "Access control"}, []string{"1.1", "Is access reviewed?"}, []string{"1.2", "Do you log it?"}, []string{"2.0", "Encryption of data"}, []string{"2.1", "Is data encrypted at rest?"}, []string{"2.2", "Are keys rotated?"})}, "S2- S3? S4? S5- S6? S7?"},
		{"a heading with its number in the text", []workbooktest.Sheet{grid("S", 1, []string{"Question", "Answer"},
			[]string{"1. Access control"}, []string{"1.1 Is access reviewed?"}, []string{"1.2 Do you log it?"}, []string{"2. Keys"}, []string{"2.1 Are keys rotated?"}, []string{"2.2 Are keys kept apart?"})}, "S2- S3? S4? S5- S6? S7?"},
		{"a numbered topic that what follows is about is a question", []workbooktest.Sheet{grid("S", 1, head,
			[]string{"1", "Encryption at rest"}, []string{"1.1", "Which algorithm do you use?"}, []string{"1.2", "Are keys rotated?"}, []string{"2", "Security policy"}, []string{"2.1", "Is it reviewed every year?"}, []string{"2.2", "Do you publish it?"})}, "S2? S3? S4? S5? S6? S7?"},
		{"a numbered topic that somebody answered, or over one question", []workbooktest.Sheet{grid("S", 1, head,
			[]string{"1", "Access control", "Yes"}, []string{"1.1", "Is access reviewed?"}, []string{"1.2", "Do you log it?"}, []string{"2", "Keys"}, []string{"2.1", "Are keys rotated?"},
			[]string{"3", "Logs", "", "say who reads them"}, []string{"3.1", "Are logs kept?"}, []string{"3.2", "Are logs read?"})}, "S2? S3? S4? S5? S6? S7? S8? S9?"},
		{"a numbered topic with a list of its own", []workbooktest.Sheet{with(grid("S", 1, head,
			[]string{"1", "Access control"}, []string{"1.1", "Is access reviewed?"}, []string{"1.2", "Do you log it?"}), listed("C2:C4"))}, "S2? S3? S4?"},
		{"a numbered topic among topics", []workbooktest.Sheet{grid("S", 1, head,
			[]string{"1", "Encryption"}, []string{"2", "Sign-on"}, []string{"3", "Logs"}, []string{"4", "Backups"}, []string{"4.1", "Are backups tested?"}, []string{"4.2", "Are backups kept apart?"})}, "S2? S3? S4? S5? S6? S7?"},
		{"numbered topics over topics", []workbooktest.Sheet{grid("S", 1, head,
			[]string{"1", "Access control"}, []string{"1.1", "Access reviews"}, []string{"1.2", "Sign-on"}, []string{"2", "Is there a log?"}, []string{"3", "Is it read?"}, []string{"4", "Is it kept?"}, []string{"5", "Is it yours?"})}, "S2? S3? S4? S5? S6? S7? S8?"},
		{"a topic in a table of topics is a question", []workbooktest.Sheet{grid("S", 1, []string{"Requirement", "Response"}, []string{"Encryption at rest"}, []string{"Sign-on"})}, "S2? S3?"},
		{"merged over its answer", []workbooktest.Sheet{with(grid("S", 1, head,
			[]string{"1", "Is there a log?"}, []string{"2", "Do you keep it for a year?"}, []string{"", "Section two"}, []string{"Do you read it?"}, []string{"4", "Access"}), merged("B3:C3", "B4:D4", "A5:B5", "A6:C6"))}, "S2? S3? S4- S5? S6-"},
		{"one cell for the answers of two", []workbooktest.Sheet{with(grid("S", 1, head,
			[]string{"1", "Is there a log?", "Yes"}, []string{"2", "Is it kept?"}, []string{"3", "Is it read?"}), merged("C2:C3"))}, "S2~ S3~ S4?"},
		{"one question beside two answers", []workbooktest.Sheet{with(with(grid("S", 1, head,
			[]string{"1", "Are these encrypted?", "", "databases"}, []string{"", "", "", "backups"}, []string{"2", "Is it read?"}), merged("A2:A3", "B2:B3")), listed("C2:C4"))}, "S2~ S3~ S4?"},
		{"one row over two lines", []workbooktest.Sheet{with(grid("S", 1, head,
			[]string{"1", "Is there a log?"}, []string{"", "", "", ""}, []string{"2", "Is it read?"}), merged("A2:A3", "B2:B3", "C2:C3", "D2:D3"))}, "S2? S4?"},
		{"an answer without a question", []workbooktest.Sheet{grid("S", 1, head, []string{"1", "Is there a log?", "Yes"}, []string{"2", "", "No"})}, "S2? S3="},
		{"a question in another column", []workbooktest.Sheet{grid("S", 1, head, []string{"1", "Is there a log?"}, []string{"Do you keep it?"}, []string{"", "", "", "", "Is it read by you?"})}, "S2? S3! S4!"},
		{"headers far down, and tables one below the other", []workbooktest.Sheet{grid("S", 200, []string{"Question", "Answer"}, []string{"Is there a log?"}, nil,
			[]string{"Part two"}, []string{"", "Ref", "Requirement", "Vendor Response"}, []string{"", "7", "Is it read?"})}, "S201? S203- S205?"},
		{"an answer that reads like a header", []workbooktest.Sheet{grid("S", 1, []string{"No.", "Requirement", "Compliance", "Evidence"},
			[]string{"1", "Security questions", "Compliant", "Evidence"}, []string{"2", "Keys are rotated", "Compliant", "Notes"})}, "S2? S3?"},
		{"a table that is calculated repeats another", []workbooktest.Sheet{grid("S", 1, head, []string{"1", "Is there a log?"}), with(grid("R", 1, head, []string{"1", "Is there a log?"}), func(s *workbooktest.Sheet) {
			s.Rows[1].Cells = append(s.Rows[1].Cells, workbooktest.Cell{Ref: "C2", Formula: "S!C2", Cached: "0"})
		})}, "S2?"},
		{"a table that is calculated, with a question of its own", []workbooktest.Sheet{grid("S", 1, head, []string{"1", "Is there a log?"}), with(grid("R", 1, head, []string{"1", "Is it ever read?"}), func(s *workbooktest.Sheet) {
			s.Rows[1].Cells = append(s.Rows[1].Cells, workbooktest.Cell{Ref: "C2", Formula: "S!C2", Cached: "0"})
		})}, "R2! S2?"},
		{"a section called questions", []workbooktest.Sheet{grid("S", 1, []string{"Required Questions", "", "Answer", "Additional Information"}, []string{"REQU-01", "Are you offering a log?"}, []string{"REQU-02", "Are you reading it?"})}, "S2? S3?"},
		{"names of standards", []workbooktest.Sheet{grid("S", 1, []string{"Category", "Requirement", "Response"}, []string{"Certification", "ISO 27001"}, []string{"Certification", "ISO 27017"}, []string{"Certification", "SOC 2"})}, "S2? S3? S4?"},
		{"a column for a standard", []workbooktest.Sheet{grid("S", 1, []string{"Domain", "ISO 27001", "Question", "Response"}, []string{"Logs", "A.8.15", "Is there a log?"})}, "S2?"},
		{"a numbered statement over its answer", []workbooktest.Sheet{with(grid("S", 1, head, []string{"1", "Is there a log?"}, []string{"2", "All of what is written down is kept for a year and then deleted"}), merged("B3:C3"))}, "S2? S3?"},
		{"a header over two columns", []workbooktest.Sheet{with(grid("S", 1, []string{"Question", "", "Answer"}, []string{"1.1", "Is there a log?"}, []string{"1.2", "Is it read by anybody?"}), merged("A1:B1"))}, "S2? S3?"},
		{"before the headers", []workbooktest.Sheet{grid("S", 1, []string{"Do you sell software?"}, []string{"Question", "Answer"}, []string{"Is there a log?"})}, "S1! S3?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if l := detect(t, c.sheets...); outcome(l) != c.want {
				t.Errorf("%s; want %s\n%s", outcome(l), c.want, l.Explain())
			}
		})
	}
}

// TestBuyersOwnRowsInACAIQ: questions that a buyer typed below the official ones,
// and between them, are questions; the end row and the copyright row are none.
func TestBuyersOwnRowsInACAIQ(t *testing.T) {
	b := workbooktest.CAIQ("4.0.3", workbooktest.Questions(40))
	s := &b.Sheets[0]
	s.Rows[20].Cells[0].Text = "" // an official question whose ID was lost
	add := func(r int, id, text string) {
		s.Rows = append(s.Rows, workbooktest.Row{R: r, Cells: []workbooktest.Cell{workbooktest.T(fmt.Sprintf("A%d", r), 0, id), workbooktest.T(fmt.Sprintf("B%d", r), 0, text)}})
	}
	add(46, "Z-1", "Do you own a dog?")
	add(47, "", "Z-2: Do you own a cat?")
	add(48, "", "Thank you")
	book, err := workbook.Read("in.xlsx", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	l, err := layout.Detect(book)
	if err != nil {
		t.Fatal(err)
	}
	rows := l.Tables[0].Rows
	if l.Family != layout.CAIQ || len(rows) != 42 || rows[40].ID != "Z-1" || rows[41].Number != 47 || rows[18].ID != "" || len(l.LeftRows) != 3 || len(l.Unread) != 0 {
		t.Errorf("%s", l.Explain())
	}
}

// formulas turns the second cell of each row into one, and adds another; with a
// list for somebody's notes beside them or without.
func formulas(notes bool) func(*workbooktest.Sheet) {
	return func(s *workbooktest.Sheet) {
		for i, r := range s.Rows {
			c := &s.Rows[i].Cells[1]
			*c = workbooktest.Cell{Ref: c.Ref, Formula: "VLOOKUP(A1,X!A:B,2)", Cached: c.Text}
			s.Rows[i].Cells = append(s.Rows[i].Cells, workbooktest.Cell{Ref: fmt.Sprintf("C%d", r.R), Formula: "X!C1", Cached: ""})
		}
		if notes {
			s.Lists = []workbooktest.List{{Cells: "D1:D1", Formula: `"Yes,No"`}}
		}
	}
}

// TestWhatASheetWithoutATableAsks: an introduction asks nothing; a list of
// questions under headers that are not known does.
func TestWhatASheetWithoutATableAsks(t *testing.T) {
	asked := grid("Q", 1, []string{"Question", "Answer"}, []string{"Is there a log?"})
	for _, c := range []struct {
		name  string
		other workbooktest.Sheet
		rows  string
	}{
		{"instructions", grid("Read me", 1, []string{"How to use this workbook"}, []string{"1. Answer each question in column C."}, []string{"2. Provide evidence where you have it"},
			[]string{"Which tab do I begin with?"}, []string{"What is this about?"}, []string{"It is about what you sell, and goes to the people who decide whether to buy it from you."},
			[]string{"Questions? Write to us."}, []string{"Yes: all of it is met."}, []string{"No: a part of it is not met."}), ""},
		{"words that forms have too", grid("Tail", 1, []string{"Do you have an incident response plan?"}, []string{"Is row level security used for each cell?"}, []string{"What is your incident response time?"},
			[]string{"How do you encrypt it?"}, []string{"We encrypt all of it with what is thought to be good enough for such things today."}), "1 2 3 4"},
		{"a glossary and a history", grid("Terms", 1, []string{"Term", "Meaning"}, []string{"Log", "What is written down, and by whom"}, []string{"v2", "Added three on logs"}), ""},
		{"headers that nobody knows", grid("Mehr", 1, []string{"Frage", "Antwort"}, []string{"Gibt es ein Protokoll, das jemand liest?"}, []string{"Wie lange?"}), "2 3"},
		{"no headers", grid("More", 3, []string{"Do you back up what you store"}, []string{"Encrypted in transit?", "Yes"}, []string{"Please describe your backups."}), "3 4 5"},
		{"headers with marks are no questions", grid("Scores", 1, []string{"Section", "Counts?", "Score", "Most"}, []string{"Logs", "TRUE", "0", "4"}), ""},
		{"a list of Yes and No", with(grid("Checklist", 1, []string{"Encryption at rest"}, []string{"Backups"}), listed("C1:C1")), "1"},
		{"a list of other answers", with(grid("Status", 1, []string{"A.1", "Encryption at rest", "1"}, []string{"Sum", "", "0"}), func(s *workbooktest.Sheet) {
			s.Lists = []workbooktest.List{{Cells: "D1:D1", Formula: `"Compliant,Partial,Non-Compliant,N/A"`}, {Cells: "D2:D2", Formula: `"January,February"`}}
		}), "1"},
		{"orders that instruct", grid("Orders", 1, []string{"Have a policy."}, []string{"Provide evidence."}, []string{"Confirm it."}), ""},
		{"a note on somebody", grid("People", 1, []string{"pat@example.com?"}), ""},
		{"orders", grid("Orders", 1, []string{"Describe your backups."}, []string{"Explain how you log."}, []string{"List your offices."}), "1 2 3"},
		{"what is asked already", grid("Reference", 1, []string{"Is there a log?", "We want to know: who would read it?"}), ""},
		{"a report, of what is asked and of its neighbour", with(grid("Report", 1, []string{"1", "Is there a log?"}, []string{"2", "Is there any log?"}), formulas(true)), ""},
		{"formulas that want answers", with(with(grid("More", 1, []string{"1", "Is it read?"}), listed("D1")), formulas(false)), "1"},
		{"what is asked again, for another product", with(grid("Second", 1, []string{"Is there a log?"}), listed("B1:B1")), "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := detect(t, asked, c.other)
			var rows []string
			for _, u := range l.Unread {
				for _, r := range u.Rows {
					rows = append(rows, fmt.Sprint(r.Row))
				}
			}
			if got := strings.Join(rows, " "); got != c.rows {
				t.Errorf("rows %q are not read, want %q\n%s", got, c.rows, l.Explain())
			}
		})
	}
}

// TestReadyMadeWorkbooksAreReadWhole: nothing in them looks as if it asked and was not read.
func TestReadyMadeWorkbooksAreReadWhole(t *testing.T) {
	for name, book := range map[string]workbooktest.Book{"CAIQ": workbooktest.CAIQ("4.0.3", workbooktest.Questions(261)), "SIG old": workbooktest.SIGOld(7), "SIG new": workbooktest.SIGNew(50),
		"HECVAT": workbooktest.HECVAT(4, 6), "plain": workbooktest.Plain(20)} {
		b, err := workbook.Read("in.xlsx", book.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if l, err := layout.Detect(b); err != nil || len(l.Unread) > 0 {
			t.Errorf("%s: %v\n%s", name, err, l.Explain())
		}
	}
}

// TestEveryRowIsAccountedFor: whatever stands where, a row below the headers that
// has text in the column of questions is a question, left out, or not read.
func TestEveryRowIsAccountedFor(t *testing.T) {
	texts := []string{"", "", "Is there a log?", "Access control", "A log is kept of everything that anybody does", "1.1", "Z-1", "Yes", "No", "Total", "Note: read it", "Describe it", "Compliant", "Comments", "Question", "Answer", "© Somebody", "#", "n/a"}
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		rows := [][]string{{"No.", "Question", "Answer", "Comments"}}
		for i := range 4 + rnd.IntN(20) {
			var row []string
			for range 5 { // no question stands there twice: one that is asked elsewhere need not be read again
				of := fmt.Sprintf(" of kind %d of %d", i, len(row))
				row = append(row, strings.NewReplacer("?", of+"?", "Describe it", "Describe it"+of).Replace(texts[rnd.IntN(len(texts))]))
			}
			rows = append(rows, row)
		}
		s := grid("S", 1, rows...)
		for used := 2; used < len(rows); used += 3 { // merges that do not overlap
			from, to := rnd.IntN(4), used+rnd.IntN(2)
			s.Merges = append(s.Merges, fmt.Sprintf("%c%d:%c%d", 'A'+from, used, 'A'+min(from+rnd.IntN(3), 4), to))
		}
		if rnd.IntN(2) == 0 {
			s.Lists = []workbooktest.List{{Cells: fmt.Sprintf("C2:C%d", 2+rnd.IntN(len(rows))), Formula: `"Yes,No"`}}
		}
		b := read(t, s)
		l, err := layout.Detect(b)
		if err != nil {
			var n *layout.Nothing
			var a *layout.Ambiguous
			if errors.As(err, &n) || errors.As(err, &a) {
				continue // said, and nothing is written
			}
			t.Fatalf("seed %d: %v", seed, err)
		}
		seen := map[int]bool{}
		for _, x := range l.Tables {
			seen[x.Header] = true
			for _, r := range x.Rows {
				if seen[r.Number] {
					t.Errorf("seed %d: row %d is there twice", seed, r.Number)
				}
				seen[r.Number] = true
			}
		}
		for _, r := range l.LeftRows {
			seen[r.Row] = true
		}
		for _, u := range l.Unread {
			for _, r := range u.Rows {
				seen[r.Row] = true
			}
		}
		for _, r := range b.Sheets[0].Rows {
			c := b.Sheets[0].Cell(fmt.Sprintf("B%d", r.Number))
			if text := c.Text; c.MergedInto == "" && strings.HasSuffix(text, "?") && !seen[r.Number] {
				t.Errorf("seed %d: row %d, %q, is not accounted for\n%s", seed, r.Number, text, l.Explain())
			}
		}
	}
}

// BenchmarkUnread reads a large sheet in which nothing is recognised.
func BenchmarkUnread(b *testing.B) {
	rows := [][]string{}
	for i := range 50_000 {
		rows = append(rows, []string{fmt.Sprint(i), fmt.Sprintf("Item %d of the list is here", i), "x", "12", "Somewhere"})
	}
	book, err := workbook.Read("in.xlsx", workbooktest.Book{Sheets: []workbooktest.Sheet{grid("L", 1, rows...), grid("Q", 1, []string{"Question", "Answer"}, []string{"Is there a log?"})}}.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if l, err := layout.Detect(book); err != nil || l.Questions() != 1 {
			b.Fatal(err)
		}
	}
}

func BenchmarkDetect(b *testing.B) {
	book, err := workbook.Read("in.xlsx", workbooktest.Plain(50_000).Bytes())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if l, err := layout.Detect(book); err != nil || l.Questions() != 50_000 {
			b.Fatal(err)
		}
	}
}

// TestAQuestionThatProgramsShowDifferently is a person's to answer: the buyer may
// read the other one.
func TestAQuestionThatProgramsShowDifferently(t *testing.T) {
	b := workbooktest.Plain(2)
	row := &b.Sheets[0].Rows[1]
	row.Cells = append(row.Cells, workbooktest.T("B2", workbooktest.Locked, "Sample question 1: is this never done?"))
	book, err := workbook.Read("b.xlsx", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	l, err := layout.Detect(book)
	if err != nil {
		t.Fatal(err)
	}
	if got := outcome(l); got != "Sheet12~ Sheet13?" || !strings.Contains(l.Tables[0].Rows[0].Doubt, "B2 is in the file twice") {
		t.Errorf("%s: %q", got, l.Tables[0].Rows[0].Doubt)
	}
}
