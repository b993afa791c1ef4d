package library_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire/library"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// TestWhatStoodAroundAQuestionIsKeptWithItsAnswer: a Yes that was sent below "Known weaknesses" had been told to stand.
func TestWhatStoodAroundAQuestionIsKeptWithItsAnswer(t *testing.T) {
	const isolated = "Are tenants isolated from each other?"
	for name, c := range map[string]struct {
		over  [2]string // number and question of the row above
		row   [4]string // number, question, details, answer
		today control.Status
		want  library.Verdict
		why   string
	}{
		"a Yes below a heading of faults": {[2]string{"", "Known weaknesses"}, [4]string{"1", isolated, "", "Yes"}, control.Proven, library.Read, "may be the bad answer"},
		"a No there":                      {[2]string{"", "Known weaknesses"}, [4]string{"1", isolated, "", "No"}, control.Contradicted, library.Read, "may be the bad answer"},
		"a Yes there that is not so":      {[2]string{"", "Known weaknesses"}, [4]string{"1", isolated, "", "Yes"}, control.Contradicted, library.Read, "may be the bad answer"},
		"below a plain heading":           {[2]string{"", "Access"}, [4]string{"1", isolated, "", "Yes"}, control.Proven, library.Stands, ""},
		"a narrowed question":             {[2]string{"", "Access"}, [4]string{"1", isolated, "Answer only for the login endpoint", "Yes"}, control.Proven, library.Read, "not its own words alone"},
		"a narrowed one that is not so":   {[2]string{"", "Access"}, [4]string{"1", isolated, "Answer only for the login endpoint", "Yes"}, control.Contradicted, library.False, ""},
		"a guidance that turns":           {[2]string{"", "Access"}, [4]string{"1", isolated, "Yes means that you do NOT have it", "Yes"}, control.Proven, library.Read, "may be the bad answer"},
		"the rest of a stem":              {[2]string{"1", "Which of the following hold in staging:"}, [4]string{"1.1", "The audit log is append-only", "", "Yes"}, control.Proven, library.Read, "only its own words were read"},
		"nothing of ours":                 {[2]string{"", "Known weaknesses"}, [4]string{"1", isolated, "", "Yes"}, control.Unanswered, library.Unsupported, ""},
	} {
		var rows []workbooktest.Row
		for i, texts := range [][]string{{"No.", "Question", "Details", "Answer", "Comments"}, {c.over[0], c.over[1]}, c.row[:], {"90", isolated}, {"91", isolated}} {
			r := workbooktest.Row{R: i + 1}
			for j, text := range texts {
				if text != "" {
					r.Cells = append(r.Cells, workbooktest.T(workbook.Ref(j+1, i+1), 0, text))
				}
			}
			rows = append(rows, r)
		}
		b, err := workbook.Read("b.xlsx", workbooktest.Book{Sheets: []workbooktest.Sheet{{Name: "S", Rows: rows}}}.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		l, err := layout.Detect(b)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := library.FromWorkbook("b.xlsx", "", sent, "", l).Encode()
		if err != nil {
			t.Fatal(err)
		}
		f, err := library.Decode(yamldoc.File{Name: "b.yaml", Body: kept})
		if err != nil {
			t.Fatal(err)
		}
		out := f.Hold(func(layout.Table, layout.Row) library.Today {
			return library.Today{Answer: answer(c.today), Matched: true}
		})
		if len(out) != 1 || out[0].Verdict != c.want || !strings.Contains(out[0].Why, c.why) {
			t.Errorf("%s: %+v\n%s", name, out, kept)
			continue
		}
		said := strings.Join(library.Report([]library.Sent{{File: f, Held: out}}, library.Everything()), "\n")
		if told := strings.Contains(said, "is a part of what was asked") && strings.Contains(said, c.why); told != (c.want == library.Read) {
			t.Errorf("%s:\n%s", name, said)
		}
	}
}
