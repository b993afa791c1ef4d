package layout

import (
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
)

// tablesOf finds the header rows of a sheet: the first within headerRows, and
// every row further down that is a header again.
func tablesOf(s *workbook.Sheet) ([]Table, error) {
	vocab := vocabularies()
	var heads []header
	for _, r := range s.Rows {
		if len(heads) == 0 && r.Number > headerRows {
			break
		}
		if h := headerOf(r, vocab); h.plausible() {
			heads = append(heads, h)
		}
	}
	var out []Table
	for i, h := range heads {
		end := 1 << 30
		if i+1 < len(heads) {
			end = heads[i+1].row
		}
		rows := between(s, h.row+1, end)
		t, err := h.table(s, rows)
		if err != nil {
			return nil, err
		}
		if t != nil {
			out = append(out, *t)
		}
	}
	return out, nil
}

func between(s *workbook.Sheet, first, end int) []workbook.Row {
	at := func(n int) int {
		i, _ := slices.BinarySearchFunc(s.Rows, n, func(r workbook.Row, n int) int { return r.Number - n })
		return i
	}
	return s.Rows[at(first):max(at(first), at(end))]
}

// table settles which column holds what, and reads the rows. Nil means that
// these headers have no questions: an instruction that shows the headers.
func (h header) table(s *workbook.Sheet, rows []workbook.Row) (*Table, error) {
	t := &Table{Sheet: s.Name, Header: h.row, Columns: map[Role]Column{}}
	for _, role := range []Role{Answer, Question, Comment, Owner, ID, Section} {
		list := slices.DeleteFunc(slices.Clone(h.best[role]), func(c Column) bool { return t.holds(c.Col) })
		if role == Answer {
			list = offering(list, rows)
		}
		switch {
		case len(list) == 0:
		case len(list) > 1 && (role == Answer || role == Question || role == Comment):
			return nil, &Ambiguous{s.Name, h.row, role, list}
		default:
			t.Columns[role] = list[0]
		}
	}
	answer, ok := t.Columns[Answer]
	if !ok {
		return nil, nil
	}
	if _, ok := t.Columns[ID]; !ok {
		t.infer(ID, answer.Col, rows, func(text string) bool { return anyID.MatchString(text) }, 0)
	}
	if _, ok := t.Columns[Question]; !ok {
		t.infer(Question, answer.Col, rows, func(text string) bool { return len(text) > 12 }, 1)
	}
	if _, ok := t.Columns[Question]; !ok {
		return nil, nil
	}
	t.read(s, rows)
	return t, nil
}

func (t *Table) holds(col int) bool {
	for _, c := range t.Columns {
		if c.Col == col {
			return true
		}
	}
	return false
}

// offering keeps, of several columns for the answer, those whose cells offer a
// list of values with a yes in it, where some do.
func offering(list []Column, rows []workbook.Row) []Column {
	if len(list) < 2 {
		return list
	}
	offers := func(c Column) bool {
		return slices.ContainsFunc(rows, func(r workbook.Row) bool {
			return slices.ContainsFunc(r.Cells, func(x workbook.Cell) bool {
				return x.Col == c.Col && slices.ContainsFunc(x.List, func(v string) bool { return normal(v) == "yes" })
			})
		})
	}
	var some []Column
	for _, c := range list {
		if offers(c) {
			some = append(some, c)
		}
	}
	if len(some) > 0 {
		return some
	}
	return list
}

// infer finds a column without a header, left of the answers, by what stands in
// it: most of its cells fit. least is how many cells must fit beyond half.
func (t *Table) infer(role Role, answer int, rows []workbook.Row, fits func(string) bool, least int) {
	fit, all, ref := map[int]int{}, map[int]int{}, map[int]string{}
	for _, r := range rows {
		for _, c := range r.Cells {
			text := strings.TrimSpace(c.Text)
			if c.Col >= answer || c.MergedInto != "" || text == "" || t.holds(c.Col) {
				continue
			}
			all[c.Col]++
			ref[c.Col] = letters(c.Ref)
			if fits(text) {
				fit[c.Col]++
			}
		}
	}
	best := -1
	for col, k := range fit {
		if k*2 > all[col] && k >= least && (best < 0 || k > fit[best] || k == fit[best] && col > best) {
			best = col
		}
	}
	if best >= 0 {
		t.Columns[role] = Column{Col: best, Letter: ref[best]}
	}
}

// read fills in the rows: every one with a question, or with an ID where the
// question is a formula whose text is not stored.
func (t *Table) read(s *workbook.Sheet, rows []workbook.Row) {
	for _, r := range rows {
		cells := map[int]workbook.Cell{}
		for _, c := range r.Cells {
			cells[c.Col] = c
		}
		text := func(role Role) string {
			if col, ok := t.Columns[role]; ok {
				return strings.TrimSpace(cells[col.Col].Text)
			}
			return ""
		}
		at := func(role Role) workbook.Cell {
			col, ok := t.Columns[role]
			if !ok {
				return workbook.Cell{}
			}
			c, there := cells[col.Col]
			if !there { // no element stands for this cell: its lock and its list come from the sheet
				c = s.Cell(workbook.Ref(col.Col, r.Number))
			}
			c.Locked = c.Locked && s.Protected
			return c
		}
		row := Row{Number: r.Number, Section: text(Section), ID: text(ID), Question: text(Question),
			Answer: at(Answer), Comment: at(Comment), Owner: at(Owner)}
		question := cells[t.Columns[Question].Col]
		if row.Question == "" && !(row.ID != "" && question.Formula) {
			continue
		}
		t.Rows = append(t.Rows, row)
	}
}
