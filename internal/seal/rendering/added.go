package rendering

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
)

// added finds what was typed since: answers that are not ours, and texts that can
// make ours say something else, though each cell of ours is as it was.
func (w Workbook) added(s *workbook.Sheet, ours map[place]bool, run string, out *Cells) {
	beside, known := Beside{}, map[string]bool{}
	if i := slices.IndexFunc(w.Beside, func(b Beside) bool { return b.Sheet == s.Name }); i >= 0 {
		beside = w.Beside[i]
		for _, t := range beside.Texts {
			known[t.Ref] = true
		}
	}
	free := beside.opened()
	for _, r := range s.Rows {
		for _, c := range r.Cells {
			if !stands(c) || ours[place{s.Name, c.Ref}] {
				continue
			}
			if w.answers(s.Name, c) && !typed.Prompt(c.Text, c.List...) {
				out.Others++
			}
			if known[c.Ref] {
				continue
			}
			if imitates(c.Text, run) {
				out.Imitates = append(out.Imitates, s.Name+"!"+c.Ref)
			}
			if beside.Whole && !free.holds(c) {
				out.Added = append(out.Added, s.Name+"!"+c.Ref)
			}
		}
	}
}

// evidenceLine is how a comment of ours says what stands behind it: a check, and
// what became of it or in which run.
var evidenceLine = regexp.MustCompile(`(?is)\bevidence\s*:.*\b[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*\b.*\b(?:pass|passed|warn|fail|run|[0-9]+ of [0-9]+)\b|\bevidence\s*:.*\bsigned by\b.*\bsha-?256\b`)

// imitates reports whether a text that is not ours reads like our evidence: it
// carries the digest of the run, or a line such as ours, or is so long that nobody
// reads it to its end.
func imitates(text, run string) bool {
	const shown = 8 // of the digest: readers know a run by its first digits
	if len(text) >= maxImitation {
		return true
	}
	if len(run) >= shown && strings.Contains(strings.ToLower(text), run[:shown]) {
		return true
	}
	return evidenceLine.MatchString(text)
}

// maxImitation bounds the text in which a line such as ours is looked for: a cell
// holds no more (ECMA-376 gives no limit, Excel has 32767 characters).
const maxImitation = 1 << 17

// shows holds what a sheet shows besides its cells against what was recorded.
func (w Workbook) shows(s *workbook.Sheet, b Beside, out *Cells) {
	if b.Prompts == "" {
		return // of an earlier arxctl: said to be
	}
	prompts, printed, area := w.told(s)
	for _, x := range []struct{ was, is, what string }{
		{b.Prompts, prompts, "what its validations say to whoever comes to a cell (prompts, error texts)"},
		{b.Printed, printed, "its header or footer"},
		{b.Area, area, "its print area"},
	} {
		if x.was != x.is {
			out.Told = append(out.Told, "sheet "+strconv.Quote(s.Name)+": "+x.what)
		}
	}
}

// behind reports whether an added sheet is one that nobody can take for one of
// those that were answered: it stands behind all of them, and asks nothing of what
// they ask.
func (w Workbook) behind(book *workbook.Book, s *workbook.Sheet) bool {
	from := slices.Index(book.Sheets, s)
	for _, other := range book.Sheets[from:] {
		if slices.Contains(w.Sheets, other.Name) {
			return false
		}
	}
	asked := map[string]bool{}
	for _, b := range w.Beside {
		for _, t := range b.Texts {
			if t.Role == string(layout.Question) {
				asked[t.SHA256] = true
			}
		}
	}
	for _, r := range s.Rows {
		for _, c := range r.Cells {
			if c.Formula || strings.TrimSpace(c.Text) != "" && asked[evened(c)] {
				return false
			}
		}
	}
	return s.Cells
}
