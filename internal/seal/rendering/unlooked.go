package rendering

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// unseen says what of a workbook nobody can vouch for, though no cell of ours and
// no question was changed: each wants a person who looks.
func (w Workbook) unseen(book *workbook.Book, c *Cells) []string {
	var out []string
	say := func(list []string, format string) {
		if len(list) > 0 {
			out = append(out, fmt.Sprintf(format, len(list), strings.Join(first(list, 8), ", ")))
		}
	}
	if len(w.Cells) == 0 {
		out = append(out, "any answer: none in this workbook is ours")
	}
	bare, formulas, odd := w.doubts(book)
	say(bare, "which questions these %d answers stand beside: what was recorded when they were filled in does not cover questions; fill the workbook in again with this arxctl: %s")
	say(formulas, "%d texts beside our answers, which are formulas: what they show, only a calculation tells: %s")
	say(odd, "%d texts beside our answers, which programs may show differently, since the file has them twice or in two ways: %s")
	say(c.Around, "%d texts around our answers, which were changed since and may change what is asked; read them: %s")
	say(c.Added, "%d texts that were added around our answers since, and may change what they say; read them: %s")
	say(c.Imitates, "%d texts that read like our evidence, and are not ours: %s")
	say(c.Told, "%d things that show beside our answers, and were changed since: %s")
	say(w.uncovered(), "texts that were added to %d sheets with answers of ours: what was recorded when they were filled in does not cover that; fill the workbook in again with this arxctl: %s")
	say(c.Hidden, "%d cells of ours, or their questions, stand where a reader does not see them, in a hidden row, column or sheet or behind a number format: %s")
	if w.Left > 0 {
		out = append(out, fmt.Sprintf("%d texts around the questions, which are too many to record", w.Left))
	}
	for _, s := range book.Sheets {
		switch {
		case s.Unordered && slices.ContainsFunc(w.Beside, func(b Beside) bool { return b.Sheet == s.Name }):
			out = append(out, fmt.Sprintf("the order of the rows of sheet %s: the file has them twice or out of order, and programs may show others", strconv.Quote(s.Name)))
		case len(w.Sheets) == 0 || slices.Contains(w.Sheets, s.Name) || s.Hidden || !shows(s):
		case w.behind(book, s):
			c.Sheets = append(c.Sheets, s.Name)
		default:
			out = append(out, fmt.Sprintf("the sheet %s, which was added since: nothing in it is ours", strconv.Quote(s.Name)))
		}
	}
	return out
}

// uncovered are the sheets of which not every text was recorded.
func (w Workbook) uncovered() []string {
	var out []string
	for _, b := range w.Beside {
		if !b.Whole && w.Left == 0 {
			out = append(out, strconv.Quote(b.Sheet))
		}
	}
	return out
}

// shows reports whether anything can be read on a sheet. A chart or a picture can.
func shows(s *workbook.Sheet) bool {
	return !s.Cells || slices.ContainsFunc(s.Rows, func(r workbook.Row) bool {
		return slices.ContainsFunc(r.Cells, func(c workbook.Cell) bool { return c.Text != "" || c.Formula })
	})
}

// doubts are the answers of which no question is recorded, and of what is
// recorded the formulas, and what programs may show differently.
func (w Workbook) doubts(book *workbook.Book) (bare, formulas, odd []string) {
	asked := map[place]bool{}
	row := func(ref string) string { return strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") }
	for _, b := range w.Beside {
		s := book.Sheet(b.Sheet)
		for _, t := range b.Texts {
			if t.Role == string(layout.Question) {
				asked[place{b.Sheet, row(t.Ref)}] = true
			}
			if s == nil || t.Role == around {
				continue
			}
			if c := visible(s, t.Ref); c.Formula {
				formulas = append(formulas, b.Sheet+"!"+t.Ref)
			} else if c.Odd != "" {
				odd = append(odd, b.Sheet+"!"+t.Ref)
			}
		}
	}
	for _, c := range w.Cells {
		if c.Role == string(layout.Answer) && !asked[place{c.Sheet, row(c.Ref)}] {
			bare = append(bare, c.Sheet+"!"+c.Ref)
		}
	}
	return bare, formulas, odd
}
