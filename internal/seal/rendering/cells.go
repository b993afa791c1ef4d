package rendering

import (
	"fmt"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// Cells is what is known of the cells of a filled workbook. Each cell is named as
// SHEET!REF, where it matters with what became of it.
type Cells struct {
	Unchanged int      `json:"unchanged"` // ours, as they were written
	Edited    []string `json:"edited"`    // ours, and changed since
	Questions []string `json:"questions"` // questions, IDs, sections and headers beside ours that are not those that were answered
	Around    []string `json:"around"`    // other texts around ours that were changed since
	Hidden    []string `json:"hidden"`    // ours, or their questions, where a reader does not see them
	Others    int      `json:"others"`    // answers that were never ours
	Added     []string `json:"added"`     // further texts on the sheets of ours, where nothing stood and people do not answer
	Imitates  []string `json:"imitates"`  // texts that are not ours and read like our evidence
	Told      []string `json:"told"`      // what else a sheet of ours shows, and was changed
	Sheets    []string `json:"sheets"`    // added since, behind the others
	Shared    int      `json:"shared"`    // comments in which others' words stand before ours
	Asked     int      `json:"asked"`     // answers of ours beside the question that they answered
	Again     int      `json:"again"`     // answers that follow again from the run and the inputs
}

// changed says what does not hold, or nothing.
func (c *Cells) changed() string {
	var what []string
	if n := len(c.Edited); n > 0 {
		what = append(what, fmt.Sprintf("%d of %d cells that arxctl wrote were edited: %s; %d are ours and unchanged, %s never ours",
			n, n+c.Unchanged, strings.Join(first(c.Edited, 8), ", "), c.Unchanged, others(c.Others)))
	}
	if n := len(c.Questions); n > 0 {
		what = append(what, fmt.Sprintf("%d texts that say what was answered are not those that arxctl answered: %s", n, strings.Join(first(c.Questions, 8), ", ")))
	}
	return strings.Join(what, "; ")
}

func others(n int) string {
	if n == 1 {
		return "1 answer was"
	}
	return fmt.Sprintf("%d answers were", n)
}

type place struct{ sheet, ref string }

// hold holds a workbook against what was recorded when it was written.
func (w Workbook) hold(book *workbook.Book, run string) *Cells {
	out := &Cells{Edited: []string{}, Questions: []string{}, Around: []string{}, Hidden: []string{}, Added: []string{}, Imitates: []string{}, Told: []string{}, Sheets: []string{}}
	ours := map[place]bool{}
	for _, c := range w.Cells {
		ours[place{c.Sheet, c.Ref}] = true
		name := c.Sheet + "!" + c.Ref
		s := book.Sheet(c.Sheet)
		why, held := c.held(s)
		if !held {
			out.Edited = append(out.Edited, name+why)
			continue
		}
		out.Unchanged++
		if c.Ours != "" {
			out.Shared++
		}
		if here := s.Cell(c.Ref); s.Hidden || here.Masked || s.Hides(here.Col, here.Row) {
			out.Hidden = append(out.Hidden, name)
		}
	}
	for _, b := range w.Beside {
		if s := book.Sheet(b.Sheet); s != nil { // where it is gone, each cell of it is edited
			w.beside(s, b, out)
			w.shows(s, b, out)
		}
	}
	for _, s := range book.Sheets {
		w.added(s, ours, run, out)
	}
	return out
}

// held reports whether a cell of ours is as it was written, and where it is not,
// what became of it, if that can be said.
func (c Cell) held(s *workbook.Sheet) (why string, held bool) {
	if s == nil {
		return " (there is no such sheet)", false
	}
	here := s.Cell(c.Ref)
	switch {
	case here.Formula:
		return " (it is a formula now)", false
	case here.MergedInto != "":
		return " (the merged cell " + here.MergedInto + " covers it)", false
	case here.Odd != "":
		return " (it " + here.Odd + ")", false
	case sum([]byte(here.Text)) == c.SHA256:
		return "", true
	case c.within(here.Text):
		return " (our words are in it, and others with them)", false
	}
	return "", false
}

// within reports whether our words still stand in a comment: at its beginning, at
// its end, or from a line on.
func (c Cell) within(text string) bool {
	want := c.SHA256
	if c.Ours != "" {
		want = c.Ours
	}
	if c.Length > len(text) {
		return false
	}
	is := func(at int) bool { return at+c.Length <= len(text) && sum([]byte(text[at:at+c.Length])) == want }
	if is(0) || is(len(text)-c.Length) {
		return true
	}
	for at, looked := 0, 0; looked < 200; looked++ {
		n := strings.IndexByte(text[at:], '\n')
		if n < 0 {
			break
		}
		if at += n + 1; is(at) {
			return true
		}
	}
	return false
}

// beside holds the texts around the cells of one sheet against what was recorded.
func (w Workbook) beside(s *workbook.Sheet, b Beside, out *Cells) {
	answer := w.answered(b.Sheet)
	for _, t := range b.Texts {
		c := visible(s, t.Ref)
		name := b.Sheet + "!" + t.Ref
		here, row, _ := workbook.ParseRef(t.Ref)
		if t.Role == string(layout.Question) && (c.Masked || s.Hides(here, row)) {
			out.Hidden = append(out.Hidden, name)
		}
		if t.holds(c) {
			if t.Role == string(layout.Question) && !c.Formula && answer[row] != "" {
				out.Asked++
			}
			continue
		}
		switch {
		case t.Role == around:
			out.Around = append(out.Around, name)
		case answer[row] == "":
			out.Questions = append(out.Questions, t.Role+" "+name)
		default:
			out.Questions = append(out.Questions, fmt.Sprintf("%s %s beside %s", t.Role, name, answer[row]))
		}
	}
}

// answered is the cell of our answer in each row of a sheet.
func (w Workbook) answered(sheet string) map[int]string {
	out := map[int]string{}
	for row, list := range w.on(sheet) {
		for _, c := range list {
			if c.Role == string(layout.Answer) {
				out[row] = c.Ref
			}
		}
	}
	return out
}

func (t Text) holds(c workbook.Cell) bool {
	switch {
	case t.Formula && t.Role == around:
		return c.Formula && sum([]byte(c.Calculates)) == t.SHA256
	case c.Formula && !t.Formula: // what it shows is calculated, whatever is stored with it
		return false
	case t.SHA256 == "" || c.Formula && c.Text == "":
		return c.Formula
	}
	return evened(c) == t.SHA256
}

func (w Workbook) answers(sheet string, c workbook.Cell) bool {
	for _, r := range w.Answers {
		if r.Sheet == sheet && r.Col == c.Col && c.Row >= r.First && c.Row <= r.Last {
			return true
		}
	}
	return false
}

func first(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(list[:n:n], fmt.Sprintf("and %d more", len(list)-n))
}
