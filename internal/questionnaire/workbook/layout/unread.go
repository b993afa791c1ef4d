package layout

import (
	"slices"
	"strings"

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
// table at all, a list of answers beside a text asks too: next to a table it may be
// one that merely reaches too far.
func outside(s *workbook.Sheet, spans []span, asked map[string]bool) (unread, answered []UnreadRow) {
	var questions, toYou, orders, lists []UnreadRow
	for i, r := range s.Rows {
		if holds(spans, r.Number) {
			continue
		}
		text, kind := asking(r)
		report, repeated := calculates(r), asked[normal(text)]
		if kind == nothing {
			repeated = repeats(r, asked)
		}
		switch {
		case report && repeated:
			continue
		case repeated, report && len(asked) > 0:
			kind = nothing // it shows what is asked elsewhere, unless it wants an answer of its own
		}
		switch {
		case kind == question && !answeredBelow(s, i, text):
			questions = append(questions, UnreadRow{r.Number, text})
		case kind == requestToYou:
			toYou = append(toYou, UnreadRow{r.Number, text})
		case kind == request:
			orders = append(orders, UnreadRow{r.Number, text})
		case len(spans) == 0 && offersAnswers(s, r):
			lists = append(lists, UnreadRow{r.Number, firstText(r)})
		case len(spans) == 0 && answeredBeside(r):
			answered = append(answered, UnreadRow{r.Number, firstText(r)})
		}
	}
	if len(questions)+len(lists) == 0 && len(toYou) < 3 { // "Provide evidence where you have it" instructs
		return nil, answered
	}
	unread = slices.Concat(questions, toYou, orders, lists)
	slices.SortFunc(unread, func(a, b UnreadRow) int { return a.Row - b.Row })
	return unread, answered
}

// repeats reports whether a row shows a question that a table asks.
func repeats(r workbook.Row, asked map[string]bool) bool {
	return slices.ContainsFunc(r.Cells, func(c workbook.Cell) bool {
		text := shown(c)
		return len(text) > 8 && asked[normal(text)]
	})
}

// calculates reports whether a row is a line of a report: its words are a formula,
// and so is the cell right of them, where an answer would be typed.
func calculates(r workbook.Row) bool {
	found := false
	for _, c := range r.Cells {
		switch {
		case c.MergedInto != "":
		case found:
			return c.Formula
		case len(words(shown(c))) > 2:
			if found = c.Formula; !found {
				return false
			}
		}
	}
	return false
}

// numbered lists the rows outside of the tables that have a number and ask
// nothing, such as the name and the address of the vendor.
func numbered(s *workbook.Sheet, spans []span, unread []UnreadRow) []LeftRow {
	var out []LeftRow
	for _, r := range s.Rows {
		_, listed := slices.BinarySearchFunc(unread, r.Number, func(u UnreadRow, n int) int { return u.Row - n })
		if listed || holds(spans, r.Number) {
			continue
		}
		id, text, more, answered := "", "", false, false
		for _, c := range r.Cells {
			switch t := shown(c); {
			case text != "":
				more = more || c.Formula
				answered = answered || t != "" && !told(c)
			case t == "":
			case id == "":
				id = t
			default:
				text = t
			}
		}
		if text != "" && !more && anyID.MatchString(id) && strings.ContainsAny(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			out = append(out, LeftRow{Sheet: s.Name, Row: r.Number, Text: id + " " + text, Why: "it stands in no table, and asks nothing", Answered: answered})
		}
	}
	return out
}

// manner is how a row asks.
type manner int

const (
	nothing manner = iota
	question
	requestToYou // an order in which "you" stands
	request
)

// asking is the first text of a row that asks the vendor something, and how.
func asking(r workbook.Row) (text string, how manner) {
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
				return text, question
			}
		case requests(text) && toYou(words(text)):
			return text, requestToYou
		case requests(text):
			return text, request
		}
	}
	return "", nothing
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

// offersAnswers reports whether a list of answers stands right of a row's first
// text, in a cell that can be typed into.
func offersAnswers(s *workbook.Sheet, r workbook.Row) bool {
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
		if c := s.Cell(workbook.Ref(col, r.Number)); c.MergedInto == "" && !c.Formula && !(c.Locked && s.Protected) && answers(c.List) {
			return true
		}
	}
	return false
}

// answeredBeside reports whether somebody typed a yes or a no right of a text.
func answeredBeside(r workbook.Row) bool {
	words := false
	for _, c := range r.Cells {
		switch text := normal(shown(c)); {
		case words && !c.Formula && oneOf(text, "yes", "no"):
			return true
		case len(text) > 3:
			words = true
		}
	}
	return false
}

// answers reports whether a list is one of answers, such as Yes and No, Compliant
// and Partial, or marks and N/A.
func answers(list []string) bool {
	known, none := 0, false
	for _, v := range list {
		switch n := normal(v); {
		case oneOf(n, "n a", "na", "not applicable"):
			none = true
		case oneOf(n, "yes", "no", "compliant", "non compliant", "not compliant", "noncompliant", "partial", "partially", "implemented", "not implemented",
			"partially implemented", "planned", "met", "not met", "fully met", "in place", "not in place", "fully", "none"):
			known++
		}
	}
	return known > 1 || none && len(list) > 2
}

// answeredBelow reports whether a question is one that the sheet answers itself:
// it asks what, who or how, and not you, and a paragraph follows below it.
func answeredBelow(s *workbook.Sheet, i int, text string) bool {
	w := words(text)
	if len(w) == 0 || toYou(w) || !oneOf(w[0], "what", "which", "who", "when", "where", "why", "how") || i+1 >= len(s.Rows) {
		return false
	}
	below := firstText(s.Rows[i+1])
	return len(below) > 60 && !asks(below)
}

// span is rows of a sheet that a table holds: from its headers to before end.
type span struct{ first, end int }

// holds reports whether a row is in one of the spans, which are in order.
func holds(spans []span, row int) bool {
	i, _ := slices.BinarySearchFunc(spans, row, func(x span, row int) int { return x.end - 1 - row })
	return i < len(spans) && row >= spans[i].first
}

// asked is the questions of the tables, so that a list which repeats them is
// known for that.
func (l *Layout) asked() map[string]bool {
	out := map[string]bool{}
	for _, t := range l.Tables {
		for _, r := range t.Rows {
			out[normal(r.Question)] = true
		}
	}
	return out
}
