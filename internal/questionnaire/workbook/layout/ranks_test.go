package layout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// TestAStatementAmongNumberedRows is no heading: with a letter it is a question, and
// without a number one that is named as not read.
func TestAStatementAmongNumberedRows(t *testing.T) {
	head := []string{"No.", "Question", "Answer", "Comments"}
	one, two := []string{"1", "Is there a log?"}, []string{"2", "Is it read?"}
	three, four := []string{"3", "Is it kept?"}, []string{"4", "Is it yours?"}
	for _, c := range []struct {
		name string
		rows [][]string
		want string
	}{
		{"a letter", [][]string{one, {"a", "The audit log is append-only"}, two, three}, "S2? S3? S4? S5?"},
		{"letters, and no verb", [][]string{one, {"(a)", "Append-only audit log"}, {"b)", "Rate limits"}, two, three, four}, "S2? S3? S4? S5? S6? S7?"},
		{"roman numbers", [][]string{one, {"i.", "Append-only audit log"}, {"ii.", "Rate limits"}, two, three, four}, "S2? S3? S4? S5? S6? S7?"},
		{"capitals one after the other", [][]string{one, {"A", "Append-only audit log"}, {"B", "Rate limits"}, two, three, four}, "S2? S3? S4? S5? S6? S7?"},
		{"a capital before a statement", [][]string{one, {"A", "The audit log is append-only"}, two, three}, "S2? S3? S4? S5?"},
		{"a capital over its section", [][]string{{"A", "Access control"}, one, two, {"B", "Encryption"}, three, four}, "S2- S3? S4? S5- S6? S7?"},
		{"a letter over what is numbered with it", [][]string{{"a", "Access control"}, {"a.1", "Is it logged?"}, one, two, three, four}, "S2- S3? S4? S5? S6? S7?"},
		{"no number", [][]string{one, {"", "The audit log is append-only"}, two, three}, "S2? S3! S4? S5?"},
		{"no number, and asked with one too", [][]string{one, {"a", "The audit log is append-only"}, two, {"", "The audit log is append-only"}, three}, "S2? S3? S4? S5! S6?"},
		{"no number, and no is", [][]string{one, {"", "Tenants cannot see each other"}, {"", "We encrypt backups"}, {"", "The product supports single sign-on"}, two, three, four}, "S2? S3! S4! S5! S6? S7? S8?"},
		{"a number over those of its group", [][]string{{"1", "Access is controlled"}, {"1.1", "Is it logged?"}, {"1.2", "Do you review it?"}, two, three}, "S2? S3? S4? S5? S6?"},
		{"headings", [][]string{one, {"", "Access control"}, two, {"", "How data is protected"}, three, {"", "Controls that are in place"}, {"", "Tick yes where it is not so"}, {"", "All answers are binding"}, {"", "All comments are optional"}, four},
			"S2? S3- S4? S5- S6? S7- S8- S9- S10- S11?"},
	} {
		got := strings.Fields(outcome(detect(t, grid("S", 1, append([][]string{head}, c.rows...)...))))
		want := strings.Fields(c.want)
		if slices.Sort(want); !slices.Equal(got, want) {
			t.Errorf("%s: %s; want %s", c.name, got, want)
		}
	}
	l := detect(t, with(grid("S", 1, head, one, []string{"", "The audit log is append-only"}, two), func(s *workbooktest.Sheet) {
		s.Lists = []workbooktest.List{{Cells: "C2 C4", Formula: `"Yes,No"`}}
	}))
	if got := outcome(l); got != "S2? S3! S4?" {
		t.Errorf("a statement without the list of its neighbours: %s", got)
	}
}

// TestHowFarAHeadingReaches: to the next of the same or a higher rank; where nobody
// can tell the rank, on. A row is written "A1 text", its column and its style first, M
// for one that is merged across the table.
func TestHowFarAHeadingReaches(t *testing.T) {
	const q = "Is there a log?"
	for _, c := range []struct {
		name string
		rows []string // a question is its number, or ? where it has none
		want string   // for each question, what it stands under
	}{
		{"siblings", []string{"B0 Weak", "1", "B0 Access", "2"}, "Weak; Access"},
		{"two sub-headings in another style", []string{"B1 Weak", "B0 Logs", "1", "B0 Keys", "2", "B1 Access", "3"}, "Weak+Logs; Weak+Keys; Access"},
		{"two sub-headings that look the same", []string{"B0 Weak", "B0 Logs", "1", "B0 Keys", "2", "3"}, "Weak+Logs; Weak+Keys; Weak+Keys"},
		{"two of two levels that look the same", []string{"B0 Weak", "B0 Logs", "1", "B0 Keys", "2", "B0 Access", "B0 Roles", "3"}, "Weak+Logs; Weak+Keys; Access+Roles"},
		{"a sub-heading further right", []string{"A0 Weak", "B0 Logs", "1", "B0 Keys", "2", "A0 Access", "3"}, "Weak+Logs; Weak+Keys; Access"},
		{"one further left", []string{"B0 Weak", "1", "A0 Access", "2"}, "Weak; Access"},
		{"one merged across the table", []string{"M0 Weak", "B0 Logs", "1", "B0 Keys", "2", "M0 Access", "3"}, "Weak+Logs; Weak+Keys; Access"},
		{"one merged above one that is not", []string{"B0 Weak", "1", "M0 Access", "2"}, "Weak; Access"},
		{"another style", []string{"B0 Weak", "1", "B1 Access", "2", "B1 Roles", "3", "B0 Keys", "4"}, "Weak; Weak+Access; Weak+Roles; Keys"},
		{"numbers of two depths", []string{"B0 1. Weak", "B0 1.1 Logs", "1", "B0 1.2 Keys", "2", "B0 2. Access", "3"}, "1. Weak+1.1 Logs; 1. Weak+1.2 Keys; 2. Access"},
		{"a note in between", []string{"B0 Weak", "B0 Note: all of it counts", "1", "B0 Total", "2", "B0 Access", "3"}, "Weak+Note: all of it counts; Weak+Note: all of it counts+Total; Access"},
		{"a statement in between", []string{"B0 Weak", "1", "B0 Keys are rotated", "2", "B0 Access", "3"}, "Weak; Weak+Keys are rotated; Access"},
		{"a number that is a question and leads others", []string{"B0 Logs", "9 Weak", "9.1", "10"}, "Logs; Logs+Weak; Logs"},
		{"a number that is a heading", []string{"B0 Logs", "9 Weak", "9.1", "9.2", "10"}, "Logs+Weak; Logs+Weak; Logs"},
		{"a letter", []string{"B0 Logs", "a Weak", "1", "2", "b Access", "3"}, "Logs; Logs+Weak; Logs+Weak; Logs; Logs+Access"},
	} {
		rows := []workbooktest.Row{{R: 1, Cells: []workbooktest.Cell{workbooktest.T("A1", 0, "No."), workbooktest.T("B1", 0, "Question"), workbooktest.T("C1", 0, "Answer")}}}
		var merges []string
		for i, text := range append(c.rows, "91", "92", "93", "94", "95", "96") {
			n := i + 2
			form, words, heading := strings.Cut(text, " ")
			row := workbooktest.Row{R: n}
			switch {
			case heading && len(form) == 2 && strings.Contains("ABM", form[:1]):
				col := form[:1]
				if col == "M" {
					col, merges = "A", append(merges, fmt.Sprintf("A%d:C%d", n, n))
				}
				row.Cells = []workbooktest.Cell{workbooktest.T(fmt.Sprint(col, n), int(form[1]-'0'), words)}
			case heading:
				row.Cells = []workbooktest.Cell{workbooktest.T(fmt.Sprint("A", n), 0, form), workbooktest.T(fmt.Sprint("B", n), 0, words)}
			default:
				row.Cells = []workbooktest.Cell{workbooktest.T(fmt.Sprint("A", n), 0, form), workbooktest.T(fmt.Sprint("B", n), 0, q)}
			}
			rows = append(rows, row)
		}
		var got []string
		for _, r := range detect(t, workbooktest.Sheet{Name: "S", Rows: rows, Merges: merges}).Tables[0].Rows {
			if r.Number <= len(c.rows)+1 {
				got = append(got, under(r))
			}
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s: %s; want %s", c.name, s, c.want)
		}
	}
}

// under is what a row stands under, each text once.
func under(r layout.Row) string { return strings.Join(slices.Compact(slices.Clone(r.Under)), "+") }

// TestAHeadingThatCountsAsAQuestion: in a table without numbers it asks nothing either.
func TestAHeadingThatCountsAsAQuestion(t *testing.T) {
	l := detect(t, grid("S", 1, []string{"Question", "Answer"}, []string{"Weak"}, []string{"Is there a log?"}, []string{"The log is read"}, []string{"Access"}, []string{"Is it kept?"}))
	var got []string
	for _, r := range l.Tables[0].Rows {
		got = append(got, under(r))
	}
	if s := strings.Join(got, "; "); s != "; Weak; Weak; ; Access" {
		t.Error(s)
	}
}
