package library_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire/library"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

var sent = time.Date(2025, 11, 3, 0, 0, 0, 0, time.UTC)

// answered is a workbook of the CAIQ's shape with answers typed into it.
func answered(t *testing.T, texts ...string) *layout.Layout {
	t.Helper()
	in := workbooktest.CAIQ("4.0.3", workbooktest.Questions(6)).Bytes()
	book, err := workbook.Read("CAIQ.xlsx", in)
	if err != nil {
		t.Fatal(err)
	}
	l, err := layout.Detect(book)
	if err != nil {
		t.Fatal(err)
	}
	var edits []workbook.Edit
	for i, text := range texts {
		r := l.Tables[0].Rows[i]
		edits = append(edits, workbook.Edit{Sheet: l.Tables[0].Sheet, Ref: r.Answer.Ref, Value: text},
			workbook.Edit{Sheet: l.Tables[0].Sheet, Ref: r.Comment.Ref, Value: "comment: " + text + "\n# : - {x}"})
	}
	out, err := book.Apply(edits)
	if err != nil {
		t.Fatal(err)
	}
	if book, err = workbook.Read("CAIQ.xlsx", out); err != nil {
		t.Fatal(err)
	}
	if l, err = layout.Detect(book); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDraftsOfAWorkbookAreKeptAsTheyStood(t *testing.T) {
	l := answered(t, "Yes", "No", "NA")
	f := library.FromWorkbook("/in/Big Buyer (CAIQ) 2025.xlsx", strings.Repeat("ab", 32), sent, "caiq-4.0.3", l)
	if len(f.Answers) != 3 || f.Answers[0].ID != l.Tables[0].Rows[0].ID || f.Answers[0].Cell != l.Tables[0].Rows[0].Answer.Ref || f.Answers[1].Answer != "No" {
		t.Errorf("%+v", f.Answers)
	}
	if f.FileName() != "2025-11-03 big-buyer-caiq-2025.yaml" {
		t.Errorf("file name %q", f.FileName())
	}
	b, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := library.Decode(yamldoc.File{Name: f.FileName(), Body: b})
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if diff := cmp.Diff(f, back, cmpopts.IgnoreTypes(yamldoc.At{})); diff != "" {
		t.Errorf("kept otherwise than it stood:\n%s", diff)
	}
}

// TestWhatIsTakenOfARow: prompts are no answers, and what stands in a Response
// beside Yes/No is read before the comment, in the order of its columns.
func TestWhatIsTakenOfARow(t *testing.T) {
	cell := func(text string, list ...string) workbook.Cell {
		return workbook.Cell{Ref: "C2", Text: text, List: list}
	}
	const asks = "Select how far you comply"
	l := &layout.Layout{Tables: []layout.Table{{Sheet: "S", Rows: []layout.Row{
		{Answer: cell("Please select"), Comment: cell("By hand")},
		{Answer: cell(asks, asks, "Yes")},
		{Answer: cell("Yes"), Comment: cell("TBD"), Owner: cell(" CISO ")},
		{Section: "Logs", ID: "1", Question: "Is there one?", Answer: cell(""), Comment: cell("third"), Beside: []workbook.Cell{cell("first"), cell("second")}},
		{Answer: cell(""), Comment: cell("-")},
	}}}}
	f := library.FromWorkbook("in/x.xlsx", "", sent, "mvsp-3.0", l)
	var got []string
	for _, d := range f.Answers {
		got = append(got, strings.Join([]string{d.Answer, d.Comment, d.Owner}, "|"))
	}
	if diff := cmp.Diff([]string{"|By hand|", "Yes||CISO", "|first\nsecond\nthird|"}, got); diff != "" {
		t.Error(diff)
	}
	back := f.Layout()
	if r := back.Tables[0].Rows[2]; back.Questionnaire != "mvsp-3.0" || !back.Given || len(back.Tables) != 1 || r.Section != "Logs" || r.ID != "1" || r.Question != "Is there one?" || r.Number != 2 {
		t.Errorf("%+v", back)
	}
}

func FuzzDraftsSurviveTheirFile(f *testing.F) {
	for _, s := range []string{"Yes", "no", "- x: #", "\x00\ufffe", "'\"\n\t", "2025-11-03", "~", "!!binary x", "&a *a", "\u2028"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, question, answer string) {
		in := library.File{Source: "x.xlsx", Date: yamldoc.Date{Time: sent}, Answers: []library.Draft{{Sheet: "S", Cell: "C4", Question: question, Answer: answer, Comment: "said"}}}
		b, err := in.Encode()
		if err != nil {
			t.Fatal(err)
		}
		out, err := library.Decode(yamldoc.File{Name: "x.yaml", Body: b})
		if err != nil || len(out.Answers) != 1 {
			t.Fatalf("%q %q: %v\n%s", question, answer, err, b)
		}
	})
}
