package layout_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// TestWhichRowsAreNotRead of a sheet beside one with a table that asks whether there
// is a log, and whether one of its own is kept.
func TestWhichRowsAreNotRead(t *testing.T) {
	const long = "All of this is written down for those who read it for the first time, and for others."
	for _, c := range []struct {
		name, rows, list, values, merges, want string
	}{
		{"in the order of the sheet", "Describe your backups.;Is it sold anywhere?;Explain it.;Name the people", "", "", "", "1 2 3 4"},
		{"one that is new beside one that is asked", "Is it new to you?|Is there a log?", "", "", "", "1"},
		{"a report on a statement", "1|=A log of its own is kept|=", "D1", "", "", ""},
		{"a report under a merge", "1|=Is there any log of it?|_|=", "", "", "B1:C1", ""},
		{"a question before what is calculated", "Do you log all of it?|=One of the words|=", "", "", "", "1"},
		{"a fourth text with a mark", "Logs|Keys|Doors|Counts?", "", "", "", ""},
		{"a text with a mark after blanks", "_|_|_|Encrypted?|_", "", "", "", "1"},
		{"a word with a mark", "Who?", "", "", "", ""},
		{"marks alone", "?????", "", "", "", "1"},
		{"orders to nobody", "Have a policy.;Provide evidence.;Confirm it.;Describe all.", "", "", "", ""},
		{"words to the vendor", "We thank you for this.;All that you need is here.;It is for you to read.", "", "", "", ""},
		{"answered below", "What is this about?;" + long, "", "", "", ""},
		{"at the end", long + ";What is this about?", "", "", "", "2"},
		{"above a few words", "What is this about?;All of it.", "", "", "", "1"},
		{"above another", "What is this about?;" + strings.Replace(long, "All of this is", "Is all of this", 1) + "?", "", "", "", "1 2"},
		{"to be answered with yes or no", "Is it sold to anybody?;" + long, "", "", "", "1"},
		{"a list far right", "A log|x|y|z|w|v", "H1", "", "", "1"},
		{"a list before a note", "A log|||note", "C1", "", "", "1"},
		{"a list under a merge", "A log|_", "B1", "", "A1:B1", ""},
		{"a list of what is calculated", "A log|=x", "B1", "", "", ""},
		{"a list left of the text", "_|A log", "A1", "", "", ""},
		{"a list of marks", "A log", "B1", "x,o,N/A", "", "1"},
		{"a list of one mark", "A log", "B1", "x,N/A", "", ""},
		{"a list of months", "A log", "B1", "May,June,July", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := table(strings.Split(c.rows, ";")...)
			if s.Name, s.Merges = "More", strings.Fields(c.merges); c.list != "" {
				if c.values == "" {
					c.values = "Yes,No"
				}
				s.Lists = []workbooktest.List{{Cells: c.list, Formula: `"` + c.values + `"`}}
			}
			l := detect(t, table("Question|Answer", "Is there a log?", "A log of its own is kept"), s)
			var rows []string
			for _, u := range l.Unread {
				for _, r := range u.Rows {
					rows = append(rows, fmt.Sprint(r.Row))
				}
			}
			if got := strings.Join(rows, " "); got != c.want {
				t.Errorf("rows %q are not read, want %q\n%s", got, c.want, l.Explain())
			}
		})
	}
	for protection, want := range map[string]int{"": 1, `<sheetProtection sheet="1"/>`: 0} { // where nobody can type, nothing is asked
		s := with(table("A log|_"), listed("B1"))
		s.Name, s.Protection, s.Rows[0].Cells[1].Style = "More", protection, workbooktest.Locked
		if l := detect(t, table("Question|Answer", "Is there a log?"), s); len(l.Unread) != want {
			t.Errorf("%q: %s", protection, l.Explain())
		}
	}
	var n *layout.Nothing
	if _, err := layout.Detect(read(t, table("=Is there any log of it?|="))); !errors.As(err, &n) || len(n.Unread) != 1 {
		t.Errorf("a report in a workbook that asks nothing else: %v", err)
	}
}

// TestAnswersWithoutATable: a yes or a no that somebody typed beside a text, in a
// sheet that has no table.
func TestAnswersWithoutATable(t *testing.T) {
	s := table("A log is kept|Yes", "it|Yes", "Keys are kept|=Yes", "It is read|maybe", "_|Doors are shut||no", "Is it old?|Yes")
	s.Name = "More"
	q := table("A log is above|Yes", "Question|Answer", "Is there a log?")
	l := detect(t, q, s)
	if len(l.Typed) != 1 || fmt.Sprint(l.Typed[0]) != `2 rows of sheet "More" look as if they asked something (outside of the tables that were recognised): row 1, 5, as "A log is kept"` || l.Typed[0].Rows[1].Text != "Doors are shut" {
		t.Errorf("%v", l.Typed)
	}
	if len(l.Unread) != 1 || l.Unread[0].Why != "has no header row for questions and answers" {
		t.Errorf("%v", l.Unread)
	}
}

// TestExplainNames what was left, forty of a kind at most.
func TestExplainNames(t *testing.T) {
	q := []string{"No.|Question|Yes/No|Response|Comments", "1|Is there a log?"}
	more := []string{}
	for i := range 45 {
		q = append(q, fmt.Sprintf("|Heading %c%c", 'A'+i/26, 'A'+i%26))
		more = append(more, fmt.Sprintf("Is it of kind %d?", i))
	}
	s := table(more...)
	s.Name = "More"
	text := detect(t, table(q...), s, with(table("Is it?"), func(s *workbooktest.Sheet) { s.Name = "One" })).Explain()
	for _, want := range []string{
		`  beside   D  "Response": nothing is written there; where words stand in it, a person decides` + "\n",
		`not read: 45 rows of sheet "More" look as if they asked something (has no header row for questions and answers): row 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, and 33 more, as "Is it of kind 0?"` + "\n",
		"  row 40: \"Is it of kind 39?\"\n  and 5 more\n", `not read: 1 row of sheet "One" looks as if it asked something`,
		"rows with text that ask nothing, left out: 45\n", "  S, row 3: \"Heading AA\": it is short, asks nothing and has no number, unlike its neighbours: a heading\n",
		"  S, row 42: \"Heading BN\": it is short, asks nothing and has no number, unlike its neighbours: a heading\n  and 5 more\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "\n  row 41:") || strings.Contains(text, "row 43:") || strings.Contains(detect(t, table("Question|Answer", "Is there a log?")).Explain(), "left out") {
		t.Errorf("%s", text)
	}
	var list []layout.LeftRow
	for i := range 14 {
		list = append(list, layout.LeftRow{Sheet: fmt.Sprint("S", i/10), Row: i})
	}
	if got := layout.Places("row", list); got != "14 × row: S0 row 0, 1, 2, 3, 4, 5, 6, 7, 8, 9; S1 row 10, 11, and 2 more" {
		t.Error(got)
	}
	if got := layout.Places("row", list[:12]); got != "12 × row: S0 row 0, 1, 2, 3, 4, 5, 6, 7, 8, 9; S1 row 10, 11" {
		t.Error(got)
	}
}

// TestWhatSaysWhichFamily: each of the signs, without the others.
func TestWhatSaysWhichFamily(t *testing.T) {
	tabs := func(letters string, ids ...string) []workbooktest.Sheet {
		var out []workbooktest.Sheet
		for _, l := range letters {
			rows := []string{"No.|Question|Answer"}
			for _, id := range ids {
				rows = append(rows, strings.ReplaceAll(id, "X", string(l))+"|Is it "+string(l)+"?")
			}
			out = append(out, with(table(rows...), func(s *workbooktest.Sheet) { s.Name = string(l) }))
		}
		return out
	}
	one := func(rows ...string) []workbooktest.Sheet { return []workbooktest.Sheet{table(rows...)} }
	for _, c := range []struct {
		sheets []workbooktest.Sheet
		want   string
	}{
		{one("Our CAIQ", "The CAIQ", "A CAIQ", "Question|Answer", "Is it?"), `CAIQ: "Our CAIQ"; "The CAIQ"`},
		{one("Question|CSP CAIQ Answer|SSRM Control Ownership", "Is it?"), `CAIQ: the header "CSP CAIQ Answer"; the header "SSRM Control Ownership"`},
		{one("Question|Answer|SSRM Control Ownership", "Is it?"), `CAIQ: the header "SSRM Control Ownership"`},
		{one("No.|Question|Answer", "IAM-01.1|Is it?", "IAM-01.2|Was it?", "|Will it be?"), "CAIQ: 2 of 2 IDs have the shape of its own"},
		{one("No.|Question|Answer", "IAM-01.1|Is it?", "2|Was it?"), "plain: nothing in it names a framework"},
		{one("No.|Question|Answer", "DATA-01|Is it?"), "HECVAT: 1 of 1 IDs have the shape of its own"},
		{one("No.|Question|Answer", "A.1|Is it?"), "plain: nothing in it names a framework"},
		{one("MVSP", "Question|Answer", "Is it?"), `MVSP: "MVSP"`},
		{tabs("ABCDE", "X.1", "X.1.1"), "SIG: 5 tabs, each with a letter and IDs that begin with it"},
		{tabs("ABCD", "X.1", "X.1.1"), "plain: nothing in it names a framework"},
		{tabs("ABCDE", "X.1", "Z.1"), "plain: nothing in it names a framework"},
		{tabs("ABCDE", "X.1", "X-1"), "plain: nothing in it names a framework"},
		{tabs("ABCDE", "X.1", ""), "SIG: 5 tabs, each with a letter and IDs that begin with it"},
	} {
		l := detect(t, c.sheets...)
		if got := fmt.Sprintf("%s: %s", l.Family, strings.Join(l.Why, "; ")); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
