package layout_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// TestHiddenSheetsAreNamed: they are not filled in, and what they ask is told to
// whoever asks what was recognised.
func TestHiddenSheetsAreNamed(t *testing.T) {
	h := grid("Values", 1, []string{"Question", "Answer"}, []string{"Is it hidden?"})
	h.State = "hidden"
	l := detect(t, grid("Q", 1, []string{"Question", "Answer"}, []string{"Is there a log?"}), h)
	if len(l.Unread) != 1 || len(l.Hidden) != 1 || l.Questions() != 1 || !strings.Contains(l.Explain(), `sheet "Values": left alone, it is hidden, and has 1 questions with a column for answers`) {
		t.Errorf("%s", l.Explain())
	}
	visible := grid("Q", 1, []string{"Question", "Answer"}, []string{"Is there a log?"}, []string{"Is it kept?"}, []string{"Is it read?"})
	for name, c := range map[string]struct {
		rows [][]string
		want int
	}{
		"the same once more":         {[][]string{{"Is there a log?"}, {"Is it kept?"}}, 0},
		"with a new one":             {[][]string{{"Is there a log?"}, {"Is it old?"}}, 1},
		"one that somebody answered": {[][]string{{"Is there a log?", "Yes"}, {"Is it kept?"}}, 1},
		"one that was sent":          {[][]string{{"Is there a log?", "Yes"}, {"Is it kept?", "No"}, {"Is it read?"}}, 2},
		"codes beside their titles":  {[][]string{{"GNRL", "General information on the vendor"}, {"COMP", "Company"}}, 0},
	} {
		h := grid("Away", 1, append([][]string{{"Question", "Answer"}}, c.rows...)...)
		h.State = "veryHidden"
		l := detect(t, visible, h)
		got := 0
		for _, t := range l.Hidden {
			got += len(t.Rows)
		}
		if got != c.want || len(l.Unread) != min(c.want, 1) || l.Questions() != 3 {
			t.Errorf("%s: %d rows, want %d\n%s", name, got, c.want, l.Explain())
		}
		if l.Reveal(); l.Questions() != 3+c.want || len(l.Unread) != 0 {
			t.Errorf("%s: %d questions once all is read", name, l.Questions())
		}
	}
	h2 := grid("Away to look up", 1, []string{"Question", "Answer"}, []string{"Is there a log?", "Yes"}, []string{"Is it old?", "Yes"})
	h2.State = "hidden"
	looking := grid("Q", 1, []string{"Question", "Answer"}, []string{"x"})
	looking.Rows[1].Cells[0] = workbooktest.Cell{Ref: "A2", Formula: "'Away to look up'!A2", Cached: "Is there a log?"}
	if l := detect(t, looking, h2); len(l.Unread) != 0 || len(l.Hidden) != 0 {
		t.Errorf("what would comply, beside the questions that the visible sheet looks up: %s", l.Explain())
	}
	twice := grid("Away", 1, []string{"Question", "Answer", "Answer"}, []string{"Is it old?"})
	twice.State = "hidden"
	if l := detect(t, visible, twice); len(l.Unread) != 1 {
		t.Errorf("%s", l.Explain())
	}
	b, err := workbook.Read("h.xlsx", workbooktest.Book{Sheets: []workbooktest.Sheet{{Name: "Cover"}, h}}.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if l, err := layout.DetectSent(b); err != nil || l.Questions() != 1 || len(l.Unread) != 0 {
		t.Errorf("a workbook of which all questions are hidden: %v", err)
	}
}

// TestAnIDWithoutWords: what such a row asks stands nowhere in the file, so a person
// has to look; a number above its group is a heading.
func TestAnIDWithoutWords(t *testing.T) {
	l := detect(t, grid("Q", 1, []string{"Ques Num", "Question/Request", "Response", "Additional Information"}, []string{"E.1"}, []string{"E.1.4", "Are tenants isolated from each other?"}, []string{"K.1.4"}, []string{"IAM-01.1"}))
	if got := outcome(l); got != "Q2- Q3? Q4~ Q5~" {
		t.Errorf("%s\n%s", got, l.Explain())
	}
	if r := l.Tables[0].Rows[1]; !strings.Contains(r.Doubt, "no words stand beside its ID K.1.4") {
		t.Errorf("%+v", r)
	}
}
