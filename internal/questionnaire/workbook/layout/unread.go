package layout

import (
	"slices"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
)

// Unread is what looks as if it asked something and stands in no table that was
// recognised: nobody has looked at these rows.
type Unread struct {
	Sheet string
	Why   string
	Rows  []UnreadRow
}

// UnreadRow is one such row.
type UnreadRow struct {
	Row  int
	Text string
}

// mostAside bounds how far right of a row's text a list of answers is looked for.
const mostAside = 4

// outside looks at the rows of a sheet that stand in no table. Where there is no
// table at all, a list of Yes and No beside a text asks too: next to a table it
// may be one that merely reaches too far.
func outside(s *workbook.Sheet, spans []span, asked map[string]bool) []UnreadRow {
	var questions, requested, lists []UnreadRow
	for i, r := range s.Rows {
		if slices.ContainsFunc(spans, func(x span) bool { return r.Number >= x.first && r.Number < x.end }) {
			continue
		}
		text, kind := asking(r)
		if text == "" && len(spans) == 0 && offersYes(s, r) {
			text, kind = firstText(r), 'l'
		}
		if text == "" || asked[normal(text)] || kind == 'q' && answeredBelow(s, i, text) {
			continue
		}
		switch u := (UnreadRow{r.Number, text}); kind {
		case 'q':
			questions = append(questions, u)
		case 'r':
			requested = append(requested, u)
		default:
			lists = append(lists, u)
		}
	}
	if len(questions)+len(lists) == 0 && len(requested) < 3 { // "Provide evidence where you have it" instructs
		return nil
	}
	out := slices.Concat(questions, requested, lists)
	slices.SortFunc(out, func(a, b UnreadRow) int { return a.Row - b.Row })
	return out
}

// asking is the first text of a row that asks the vendor something, and whether
// as a question (q) or as a request (r).
func asking(r workbook.Row) (text string, kind byte) {
	before := 0
	for i, c := range r.Cells {
		text := shown(c)
		if text == "" {
			continue
		}
		before++
		if len(text) < 5 || aboutTheForm(text) {
			continue
		}
		switch {
		case queries(text):
			// One or two words and a mark are a question where an answer could
			// stand beside them, and a header among headers.
			if len(words(text)) > 3 || before <= 3 && !slices.ContainsFunc(r.Cells[i+1:], told) {
				return text, 'q'
			}
		case requests(text) && toYou(words(text)):
			return text, 'r'
		}
	}
	return "", 0
}

// told reports whether a cell holds text that is no short answer.
func told(c workbook.Cell) bool {
	return shown(c) != "" && !oneOf(normal(c.Text), "yes", "no", "na", "n a", "y", "n", "x")
}

func firstText(r workbook.Row) string {
	for _, c := range r.Cells {
		if text := shown(c); text != "" {
			return text
		}
	}
	return ""
}

// offersYes reports whether a list with Yes and No stands right of a row's first text.
func offersYes(s *workbook.Sheet, r workbook.Row) bool {
	first, last := 0, 0
	for _, c := range r.Cells {
		if shown(c) != "" {
			if first == 0 {
				first = c.Col
			}
			last = c.Col
		}
	}
	for col := first + 1; first > 0 && col <= min(last, first+20)+mostAside; col++ {
		c := s.Cell(workbook.Ref(col, r.Number))
		has := func(v string) bool {
			return slices.ContainsFunc(c.List, func(x string) bool { return normal(x) == v })
		}
		if c.MergedInto == "" && !c.Formula && has("yes") && has("no") {
			return true
		}
	}
	return false
}

// answeredBelow reports whether a question is one that the sheet answers itself:
// it asks what, who or how, and a paragraph follows below it.
func answeredBelow(s *workbook.Sheet, i int, text string) bool {
	w := words(text)
	if len(w) == 0 || !oneOf(w[0], "what", "which", "who", "when", "where", "why", "how") || i+1 >= len(s.Rows) {
		return false
	}
	below := firstText(s.Rows[i+1])
	return len(below) > 60 && !asks(below)
}

// span is rows of a sheet that a table holds: from its headers to before end.
type span struct{ first, end int }

// asked is the questions of the tables, so that a list which repeats them is
// known for that.
func (l *Layout) asked() map[string]bool {
	out := map[string]bool{}
	for _, t := range l.Tables {
		for _, r := range t.Rows {
			if n := normal(r.Question); n != "" {
				out[n] = true
			}
		}
	}
	return out
}
