package layout_test

import (
	"errors"
	"strings"
	"testing"

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
		"a statement with an answer": {[][]string{{"Keys are rotated every year", "Yes"}, {"Doors are shut"}}, 1},
		"codes beside their titles":  {[][]string{{"GNRL", "General information on the vendor"}, {"COMP", "Company"}}, 0},
	} {
		h := grid("Away", 1, append([][]string{{"Question", "Answer"}}, c.rows...)...)
		h.State = "veryHidden"
		l := detect(t, visible, h)
		got := 0
		for _, t := range l.Hidden {
			got += len(t.Rows)
		}
		if got != c.want || len(l.Unread) != min(c.want, 1) || c.want > 0 && len(l.Unread[0].Rows) != c.want || l.Questions() != 3 {
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
	h3 := grid("Away to look up", 1, []string{"Question", "Answer"}, []string{"Is there a log?"}, []string{"Is it old?"}, []string{"Is it new?"})
	h3.State = "hidden"
	if l := detect(t, looking, h3); len(l.Unread) != 1 || len(l.Unread[0].Rows) != 2 {
		t.Errorf("what is looked up, among much that is asked nowhere else: %s", l.Explain())
	}
	offering := with(grid("Away", 1, []string{"Question", "Answer"}, []string{"Keys are rotated every year"}), listed("B2"))
	offering.State = "hidden"
	if l := detect(t, visible, offering); len(l.Hidden) != 1 {
		t.Errorf("a statement with a list of answers: %s", l.Explain())
	} else if l.Reveal(); l.Tables[1].Rows[0].Answer.Unseen != "stands on a hidden sheet" {
		t.Errorf("%+v", l.Tables[1].Rows[0].Answer)
	}
	empty := grid("Empty", 1, []string{"Nothing"})
	empty.State = "hidden"
	if text := detect(t, visible, empty).Explain(); !strings.Contains(text, "sheet \"Empty\": left alone, it is hidden\n") {
		t.Error(text)
	}
	twice := grid("Away", 1, []string{"Question", "Answer", "Answer"}, []string{"Is it old?"})
	twice.State = "hidden"
	l = detect(t, visible, twice, with(h, func(s *workbooktest.Sheet) { s.Name = "Known" }), grid("More", 1, []string{"Is it new?"}))
	if l.Reveal(); len(l.Unread) != 2 || l.Questions() != 4 {
		t.Errorf("what is not read once all is read: %s", l.Explain())
	}
	all := grid("Away", 2, []string{"Question", "Answer"}, []string{"Is it hidden?"})
	all.State, all.Rows = "hidden", append([]workbooktest.Row{{R: 1, Cells: []workbooktest.Cell{workbooktest.T("A1", 0, "SIG Lite")}}}, all.Rows...)
	if l, err := layout.DetectSent(read(t, workbooktest.Sheet{Name: "Cover"}, all)); err != nil || l.Questions() != 1 || len(l.Unread) != 0 || l.Family != layout.SIG {
		t.Errorf("a workbook of which all questions are hidden: %v", err)
	}
	var none *layout.Nothing
	if l, err := layout.DetectSent(read(t, grid("Q", 1, []string{"Item"}))); !errors.As(err, &none) || l != nil {
		t.Errorf("a workbook that asks nothing: %v", err)
	}
	twice.State = ""
	var two *layout.Ambiguous
	if l, err := layout.DetectSent(read(t, twice)); !errors.As(err, &two) || l != nil {
		t.Errorf("a workbook that can be read in two ways: %v", err)
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
