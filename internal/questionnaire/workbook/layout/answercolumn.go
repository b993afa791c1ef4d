package layout

import (
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
)

// chosen is which column takes the answers, and how plainly so.
type chosen struct {
	open  []named // those that could be it: one, where the choice is plain
	free  []named // those for words: the answer in a value goes elsewhere
	aside []named // those that have nothing but their name, as Compliance
	shown bool    // a list, a header or what stands there says that a yes or a no goes into it
}

// answer chooses the column of the answers: one that is made for a yes or a no comes
// before one that is merely called a response. False means that there is none; without
// a column in open because they are calculated.
func (h header) answer(s *workbook.Sheet, rows []workbook.Row) (chosen, bool) {
	top := slices.DeleteFunc(slices.Clone(h.answers), func(n named) bool { return n.rank < h.rank[Answer] || calculated(n.Column, rows) })
	if len(top) == 0 || ticked(top, rows) {
		return chosen{open: top}, false
	}
	var listed, offered, valued, called, free []named
	for _, n := range h.answers {
		if calculated(n.Column, rows) {
			continue
		}
		values, others := held(n.Col, rows)
		switch name := n.rank == 2; {
		case lists(s, n.Col, rows):
			listed = append(listed, n)
		case n.offered:
			offered = append(offered, n)
		case values > others:
			valued = append(valued, n)
		case name && others == 0: // Compliance
			called = append(called, n)
		case name && len(h.answers) > 1: // what it is compliant with
		default:
			free = append(free, n)
		}
	}
	if n := slices.IndexFunc(listed, func(n named) bool { return n.rank > 4 }); n >= 0 { // only one family has it
		others := slices.DeleteFunc(slices.Concat(listed, offered, valued, called, free), func(x named) bool { return x.Col == listed[n].Col })
		return chosen{open: listed[n : n+1], aside: others, shown: true}, true
	}
	switch sure := slices.Concat(listed, offered, valued); {
	case len(sure) == 0 && len(called) == 0:
		return chosen{open: free}, len(free) > 0
	case len(sure) == 0:
		return chosen{open: called, free: free}, true
	case len(listed) == 0: // Compliance beside Yes/No: a yes could go into either
		return chosen{open: slices.Concat(sure, called), free: free, shown: true}, true
	default: // nothing but its name speaks for Compliance where another has the list
		return chosen{sure, free, called, true}, true
	}
}

// rivals are the columns that could take the answers as well as the one that was
// taken, and that one.
func (c chosen) rivals(t *Table, s *workbook.Sheet, rows []workbook.Row) []Column {
	var out []Column
	for _, n := range c.open {
		out = append(out, n.Column)
	}
	if c.shown {
		return out
	}
	taken := func(col int) bool {
		return col != t.Columns[Comment].Col && t.holds(col) || slices.ContainsFunc(slices.Concat(c.open, c.free), func(n named) bool { return n.Col == col })
	}
	last := 0
	for _, r := range rows {
		for _, x := range r.Cells {
			last = max(last, x.Col)
		}
	}
	for col := 1; col <= min(last, mostColumns)+mostAside; col++ {
		title := strings.TrimSpace(s.Cell(workbook.Ref(col, t.Header)).Text)
		tick := oneOf(normal(title), "yes", "no")
		words := col == t.Columns[Comment].Col
		if taken(col) || !tick && !words && anotherThing(normal(title)) || calculated(Column{Col: col}, rows) {
			continue
		}
		values, others := held(col, rows)
		_, offered := choices(normal(title))
		affirms := affirms(normal(title)) && others == 0 && col > t.Columns[Question].Col
		if tick || offered || affirms || lists(s, col, rows) || values > others && col > t.Columns[Question].Col && !words {
			out = append(out, Column{col, workbook.ColumnName(col), title})
		}
	}
	return out
}

// mostColumns bounds how far right a column for answers is looked for.
const mostColumns = 60

// beside gives the words beside the answers a column: one that is called a response
// is for them where no header says better. The rest is kept in view.
func (t *Table) beside(c chosen, comment int) {
	evidence := 2 // as the vocabulary ranks it: for documents, before it is for words
	free := slices.DeleteFunc(slices.Clone(c.free), func(n named) bool { return t.holds(n.Col) })
	if len(free) > 0 && comment <= evidence {
		slices.SortStableFunc(free, func(a, b named) int { return b.rank - a.rank })
		if was, ok := t.Columns[Comment]; ok {
			t.Beside = append(t.Beside, was)
		}
		t.Columns[Comment], free = free[0].Column, free[1:]
	}
	for _, n := range slices.Concat(free, c.aside) {
		t.Beside = append(t.Beside, n.Column)
	}
}

// asksAny reports whether there is a question below the headers: a row that merely
// shows them is no table.
func (t *Table) asksAny(s *workbook.Sheet, rows []workbook.Row) bool {
	probe := Table{Sheet: t.Sheet, Header: t.Header, Columns: t.Columns}
	probe.settle(probe.lines(s, rows), 1<<30)
	return len(probe.Rows) > 0
}

// mostRowsListed bounds in how many rows a list is looked for.
const mostRowsListed = 1000

// lists reports whether cells of a column offer a list of values with a yes in it,
// or other values that answer.
func lists(s *workbook.Sheet, col int, rows []workbook.Row) bool {
	return slices.ContainsFunc(rows[:min(len(rows), mostRowsListed)], func(r workbook.Row) bool {
		c := s.Cell(workbook.Ref(col, r.Number))
		return c.MergedInto == "" && (answers(c.List) || slices.ContainsFunc(c.List, func(v string) bool { return normal(v) == "yes" }))
	})
}

// held counts the cells of a column that hold a value such as Yes or Compliant, and
// those that hold another text. A prompt is neither.
func held(col int, rows []workbook.Row) (values, others int) {
	for _, r := range rows {
		i := slices.IndexFunc(r.Cells, func(c workbook.Cell) bool { return c.Col == col })
		if i < 0 {
			continue
		}
		switch text := shown(r.Cells[i]); {
		case typed.Prompt(text, r.Cells[i].List...):
		case len(words(text)) < 4 && typed.Value(text) != "",
			oneOf(normal(text), "partial", "partially", "partially compliant", "partly", "met", "not met", "true", "false"):
			values++
		default:
			others++
		}
	}
	return values, others
}

// ticked reports whether the first row below the header of the answers divides it
// into columns for a yes and for a no: a tick goes there, and no word.
func ticked(list []named, rows []workbook.Row) bool {
	if len(rows) == 0 {
		return false
	}
	return slices.ContainsFunc(list, func(n named) bool {
		for i, c := range rows[0].Cells {
			if c.Col == n.Col && i+1 < len(rows[0].Cells) {
				next := rows[0].Cells[i+1]
				return next.Col == c.Col+1 && ticks(c, next)
			}
		}
		return false
	})
}

// tickedSheet reports whether a sheet has two cells side by side for ticks.
func tickedSheet(s *workbook.Sheet) bool {
	return slices.ContainsFunc(s.Rows, func(r workbook.Row) bool {
		for i := range max(len(r.Cells)-1, 0) {
			if r.Cells[i+1].Col == r.Cells[i].Col+1 && ticks(r.Cells[i], r.Cells[i+1]) {
				return true
			}
		}
		return false
	})
}

// ticks reports whether two cells head columns for ticks.
func ticks(a, b workbook.Cell) bool {
	return oneOf(normal(a.Text), "yes", "y") && oneOf(normal(b.Text), "no", "n") || oneOf(normal(a.Text), "no", "n") && oneOf(normal(b.Text), "yes", "y")
}
