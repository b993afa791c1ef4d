package layout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
)

// detector finds the tables of one sheet, and says of the rest what it is.
type detector struct {
	sheet *workbook.Sheet
	found []found
	err   error // of a hidden sheet
}

// found is one table, and what of its rows is none of its questions.
type found struct {
	Table
	span
	left   []LeftRow
	unread []UnreadRow
}

// tables finds the header rows of a sheet, wherever they are, and reads what
// stands below each up to the next. A row that only reads like headers ends no table.
func (d *detector) tables() error {
	all := d.heads()
	var heads []header
	for i := 0; i < len(all); {
		t, err := all[i].table(d.sheet, d.below(all, i))
		if err != nil {
			return err
		}
		if t != nil {
			heads = append(heads, all[i])
		}
		for i++; t != nil && i < len(all) && d.asked(*t, all[i].row); i++ {
		}
	}
	for i, h := range heads { // once more: the rows below a head that went belong to the one before
		t, err := h.table(d.sheet, d.below(heads, i))
		if err != nil {
			return err
		}
		if t == nil || len(t.Columns) == 0 {
			continue
		}
		if left, unread := t.settle(t.lines(d.sheet, d.below(heads, i)), d.end(heads, i)); len(t.Rows) > 0 {
			d.found = append(d.found, found{*t, span{h.row, d.end(heads, i)}, left, unread})
		}
	}
	return nil
}

// asked reports whether a row is one of a table's, with a number where the table
// has its IDs or asking something where it has its questions: no header, then,
// whatever the answer to it is called.
func (d *detector) asked(t Table, row int) bool {
	return asks(shown(d.sheet.Cell(workbook.Ref(t.Columns[Question].Col, row)))) ||
		anyID.MatchString(shown(d.sheet.Cell(workbook.Ref(t.Columns[ID].Col, row))))
}

// heads are the rows that read like headers. Texts repeat, and each is looked at once.
func (d *detector) heads() []header {
	known := titlesKnown{vocabularies(), map[string][]ranked{}}
	var out []header
	for _, r := range d.sheet.Rows {
		if h := headerOf(r, known); h.plausible() && !h.answered(r) {
			out = append(out, h)
		}
	}
	return out
}

func (d *detector) end(heads []header, i int) int {
	if i+1 < len(heads) {
		return heads[i+1].row
	}
	return 1 << 30
}

func (d *detector) below(heads []header, i int) []workbook.Row {
	return between(d.sheet, heads[i].row+1, d.end(heads, i))
}

// hidden says what a hidden sheet has.
func (d *detector) hidden() string {
	n := 0
	for _, t := range d.found {
		n += len(t.Rows)
	}
	if n == 0 {
		return "is hidden"
	}
	return fmt.Sprintf("is hidden, and has %d questions with a column for answers: nobody sees what is written there", n)
}

func between(s *workbook.Sheet, first, end int) []workbook.Row {
	at := func(n int) int {
		i, _ := slices.BinarySearchFunc(s.Rows, n, func(r workbook.Row, n int) int { return r.Number - n })
		return i
	}
	return s.Rows[at(first):max(at(first), at(end))]
}

// table settles which column holds what, and reads the rows. Nil means that
// these headers have no questions: an instruction that shows the headers. A table
// without columns is one that is calculated from another.
func (h header) table(s *workbook.Sheet, rows []workbook.Row) (*Table, error) {
	t := &Table{Sheet: s.Name, Header: h.row, Columns: map[Role]Column{}}
	chosen, ok := h.answer(s, rows)
	if !ok {
		if len(chosen.open) == 0 {
			return &Table{Sheet: s.Name, Header: h.row}, nil
		}
		return nil, nil
	}
	t.Columns[Answer] = chosen.open[0].Column
	for _, role := range []Role{Question, Comment, Owner, ID, Section} {
		list := slices.DeleteFunc(slices.Clone(h.best[role]), func(c Column) bool {
			return t.holds(c.Col) || slices.ContainsFunc(chosen.open, func(n named) bool { return n.Col == c.Col })
		})
		switch {
		case len(list) == 0:
		case len(list) > 1 && (role == Question || role == Comment):
			return nil, &Ambiguous{s.Name, h.row, role, list}
		default:
			t.Columns[role] = list[0]
		}
	}
	answer := t.Columns[Answer]
	if _, ok := t.Columns[ID]; !ok {
		t.infer(ID, answer.Col, rows, func(text string) bool { return anyID.MatchString(text) }, 0)
	}
	if q, ok := t.Columns[Question]; ok && numbers(q, rows) {
		t.wordsBeside(q, answer.Col, rows)
	}
	if _, ok := t.Columns[Question]; !ok {
		t.infer(Question, answer.Col, rows, func(text string) bool { return len(text) > 12 }, 1)
	}
	if _, ok := t.Columns[Question]; !ok {
		return nil, nil
	}
	if rivals := chosen.rivals(t, s, rows); len(rivals) > 1 && t.asksAny(s, rows) {
		return nil, &Ambiguous{s.Name, h.row, Answer, rivals}
	}
	t.beside(chosen, h.rank[Comment])
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

// wordsBeside moves the questions to another column where the one with the header
// holds numbers: "Required Questions" is what the section is called, or the header
// reaches over two columns. Where no other has words, they stay: "ISO 27001" asks too.
func (t *Table) wordsBeside(q Column, answer int, rows []workbook.Row) {
	delete(t.Columns, Question)
	id, had := t.Columns[ID]
	if !had {
		t.Columns[ID] = Column{Col: q.Col, Letter: q.Letter}
	}
	if t.infer(Question, answer, rows, func(text string) bool { return len(words(text)) > 2 }, 1); t.Columns[Question].Col > 0 {
		return
	}
	t.Columns[Question] = q
	if t.Columns[ID] = id; !had {
		delete(t.Columns, ID)
	}
}

// numbers reports whether a column holds IDs, more than it holds words.
func numbers(c Column, rows []workbook.Row) bool {
	ids, all := 0, 0
	for _, r := range rows {
		for _, x := range r.Cells {
			if text := shown(x); x.Col == c.Col && text != "" {
				all++
				if anyID.MatchString(text) {
					ids++
				}
			}
		}
	}
	return ids*2 > all
}

// calculated reports whether the cells of a column are formulas: such a table
// shows what is answered elsewhere, and nobody types into it.
func calculated(c Column, rows []workbook.Row) bool {
	formulas, typed, all := 0, 0, 0
	for _, r := range rows {
		text := false
		for _, x := range r.Cells {
			text = text || shown(x) != ""
			switch {
			case x.Col != c.Col || x.MergedInto != "":
			case x.Formula:
				formulas++
			case strings.TrimSpace(x.Text) != "" || len(x.List) > 0:
				typed++ // a few may be headings
			}
		}
		if text {
			all++
		}
	}
	return formulas > 0 && formulas*2 >= all && typed*5 <= formulas
}

// infer finds a column without a header, left of the answers, by what stands in
// it: most of its cells fit. least is how many cells must fit beyond half.
func (t *Table) infer(role Role, answer int, rows []workbook.Row, fits func(string) bool, least int) {
	fit, all, ref := map[int]int{}, map[int]int{}, map[int]string{}
	for _, r := range rows {
		for _, c := range r.Cells {
			text := shown(c)
			if c.Col >= answer || text == "" || t.holds(c.Col) {
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
