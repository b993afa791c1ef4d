package layout_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// TestWhatStandsBesideAQuestionIsKept with its header: also in a cell that is merged over several rows, and in a column for
// comments left of the answers. Where there are too many columns to read, a person reads them.
func TestWhatStandsBesideAQuestionIsKept(t *testing.T) {
	var rows []workbooktest.Row
	add := func(texts ...string) {
		r := workbooktest.Row{R: len(rows) + 1}
		for i, text := range texts {
			if text != "" {
				r.Cells = append(r.Cells, workbooktest.T(workbook.Ref(i+1, r.R), 0, text))
			}
		}
		rows = append(rows, r)
	}
	add("No.", "Question", "Details", "Answer", "Guidance")
	add("1", "Are tenants isolated from each other?", "in staging", "", "Only for login")
	add("2", "Is the audit log append-only?")
	add(append([]string{"3", "Are requests rate limited?", "", "", ""}, strings.Split(strings.Repeat("word ", 61), " ")...)...)
	b, err := workbook.Read("b.xlsx", workbooktest.Book{Sheets: []workbooktest.Sheet{{Name: "S", Rows: rows, Merges: []string{"E2:E3"}}}}.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	l, err := layout.Detect(b)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range l.Tables[0].Rows[:2] {
		for _, a := range r.Asides {
			got = append(got, a.Ref+" "+a.Header+": "+a.Text)
		}
	}
	if want := "C2 Details: in staging|E2 Guidance: Only for login|E3 Guidance: Only for login"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if why := l.Tables[0].Rows[2].Doubt; !strings.Contains(why, "more than 60 other columns") {
		t.Errorf("61 columns beside a question: doubt %q", why)
	}
}
