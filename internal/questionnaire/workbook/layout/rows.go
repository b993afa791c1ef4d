package layout

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
)

// LeftRow is a row of a table that has text and was left out, with the reason.
type LeftRow struct {
	Sheet     string
	Row       int
	Text, Why string
	Answered  bool // an answer stands in it
	Notice    bool // its words say that it tells and does not ask: an end row, a copyright
}

// line is a row of a table before it is settled whether it asks something.
type line struct {
	Row
	asks    bool   // the question reads as one
	states  bool   // the question says that something is so, beside a cell for the answer
	text    string // the first text of the row
	col     int    // where that stands
	style   int    // and how
	aside   string // where the question does not: a text in none of the table's columns that does
	across  bool   // the cell for the answer is merged into one at its left
	shared  string // the first cell of the merge that the question's own cell is covered by, from a row above
	formula bool   // the question is a formula
	more    bool   // there is text beside ID, section and question, or a list for the answer
}

// reader reads the rows of one table.
type reader struct {
	*Table
	sheet *workbook.Sheet
	cells map[int]workbook.Cell // of the row
	row   int

	hidden bool           // the row
	dark   map[int]bool   // columns that are hidden
	titles map[int]string // the headers, by column
}

func (r *reader) text(role Role) string {
	if col, ok := r.Columns[role]; ok && r.cells[col.Col].MergedInto == "" {
		return strings.TrimSpace(r.cells[col.Col].Text)
	}
	return ""
}

// at is the cell of a role. One for which no element stands gets its lock and its
// list from the sheet; one that a merge covers from above shows what that shows.
func (r *reader) at(role Role) workbook.Cell {
	col, ok := r.Columns[role]
	if !ok {
		return workbook.Cell{}
	}
	c, there := r.cells[col.Col]
	if !there {
		c = r.sheet.Cell(workbook.Ref(col.Col, r.row))
	}
	c.Locked = c.Locked && r.sheet.Protected
	if c.MergedInto != "" {
		c.Text = ""
		if x, _, _ := workbook.ParseRef(c.MergedInto); x == c.Col {
			c.Text = r.sheet.Cell(c.MergedInto).Text
		}
	}
	c.Unseen = r.unseen(c)
	return c
}

// lines reads every row that has text.
func (t *Table) lines(s *workbook.Sheet, rows []workbook.Row) []line {
	r := &reader{Table: t, sheet: s}
	r.titles = r.heads(rows)
	var out []line
	for _, row := range rows {
		r.cells, r.row, r.hidden = map[int]workbook.Cell{}, row.Number, row.Hidden
		for _, c := range row.Cells {
			r.cells[c.Col] = c
		}
		if l, ok := r.line(row); ok {
			out = append(out, l)
		}
	}
	return out
}

func (r *reader) line(row workbook.Row) (line, bool) {
	l := line{Row: Row{Number: row.Number, Section: r.text(Section), ID: r.text(ID), Question: r.text(Question), Answer: r.at(Answer), Comment: r.at(Comment), Owner: r.at(Owner)}}
	asked := r.at(Question)
	l.formula = asked.Formula
	l.Doubt = r.doubt(asked, l.ID)
	if col, above, ok := workbook.ParseRef(asked.MergedInto); ok {
		if above < row.Number {
			l.shared = asked.MergedInto
			l.Question = strings.TrimSpace(r.sheet.Cell(asked.MergedInto).Text)
		} else { // merged with what is left of it, as the ID or the section
			l.Question = strings.TrimSpace(r.cells[col].Text)
			if l.ID == l.Question {
				l.ID = ""
			}
		}
	}
	col, at, _ := workbook.ParseRef(l.Answer.MergedInto)
	l.across = at == row.Number && col <= r.Columns[Question].Col
	for _, b := range r.Beside {
		if c := r.cells[b.Col]; !typed.Prompt(shown(c), c.List...) {
			l.Beside = append(l.Beside, c)
			l.Doubt = cmp.Or(l.Doubt, fmt.Sprintf("words stand in %s too, which is called %q: read both", c.Ref, b.Header))
		}
	}
	if l.Asides = r.asides(row); len(l.Asides) > mostAsides {
		l.Doubt = cmp.Or(l.Doubt, fmt.Sprintf("words stand beside it in more than %d other columns: a person reads them", mostAsides))
	}
	l.asks, l.more = asks(l.Question), l.offers()
	l.states = !l.across && !l.Answer.Formula && states(l.Question)
	told := map[int]bool{r.Columns[Answer].Col: true, r.Columns[Comment].Col: true, r.Columns[Owner].Col: true}
	for _, c := range row.Cells {
		text := shown(c)
		if text == "" {
			continue
		}
		if l.text == "" || (anyID.MatchString(l.text) || letter.MatchString(l.text)) && c.Col < r.Columns[Answer].Col {
			l.text, l.col, l.style = text, c.Col, c.Style()
		}
		if !l.asks && !told[c.Col] && l.aside == "" && asks(text) && !aboutTheForm(text) {
			l.aside = text
		}
		if c.Col > r.Columns[Question].Col {
			l.more = true
		}
	}
	return l, l.text != "" || l.shared != "" && l.more
}

// numbered reports whether an ID is a number of some kind, and no word.
func (l line) numbered() bool {
	return strings.ContainsAny(l.ID, "0123456789") && len(l.ID) <= 20 && !notices.MatchString(l.ID)
}

// lettered reports whether an ID is a letter or a roman number, as of the parts of
// a question: a, (b), iv.
func (l line) lettered() bool { return letter.MatchString(l.ID) }

// part reports whether a row with a letter is one of several, or a statement; a
// capital alone is that of a section.
func (l line) part(before, next line) bool {
	return l.lettered() && !l.parent(next.ID) && (l.states || strings.ToLower(l.ID) == l.ID || before.lettered() || next.lettered())
}

// bare reports whether no words stand in the column of the questions.
func (l line) bare() bool {
	return l.Question == l.ID || strings.Trim(l.Question, "0123456789.-# ") == ""
}

// aNumber reports whether what stands there may be one; ISO 27001 may be a question.
func (l line) aNumber() bool { return anyID.MatchString(l.Question) }

func (l line) offers() bool { return len(l.Answer.List) > 0 || l.Answer.ListFrom != "" }

// parent reports whether an ID is that of a group: what follows is numbered below it.
func (l line) parent(next string) bool {
	own := strings.TrimRight(l.ID, ".")
	return strings.HasPrefix(next, own+".") || strings.HasPrefix(next, own+"-")
}

// settle tells rows that ask something from headings, notices and counts. What it
// leaves out although there is text is listed; in doubt a row stays. end is the row
// of the next headers.
func (t *Table) settle(lines []line, end int) (left []LeftRow, unread []UnreadRow) {
	var n, ids, lists, asked int
	for _, l := range lines {
		if l.Question == "" || l.across || !l.numbered() && !l.offers() && !l.asks {
			continue
		}
		n++
		if asks(l.Question) {
			asked++
		}
		if l.numbered() {
			ids++
		}
		if l.offers() {
			lists++
		}
	}
	table := shape{numbered: ids*10 >= n*6 && ids > 0, listed: lists*10 >= n*6 && lists > 0, end: end}
	for i, l := range lines {
		var before, next line
		if i > 0 {
			before = lines[i-1]
		}
		if i+1 < len(lines) {
			next = lines[i+1]
		}
		why := table.leaves(l, before, next)
		if why == "" && asked*10 >= n*6 && heads(lines[i:]) {
			why = "it is short, asks nothing, and only stands over what is numbered below it, which asks: a heading"
		}
		if text := cmp.Or(l.aside, l.stated()); why != "" && text != "" && l.shared == "" {
			unread = append(unread, UnreadRow{l.Number, text})
			continue
		}
		if why != "" {
			if l.text != "" {
				left = append(left, LeftRow{t.Sheet, l.Number, l.text, why, l.answered(), notices.MatchString(l.text)})
			}
			continue
		}
		if l.Question == "" && l.Doubt == "" {
			l.Doubt = "no words stand beside its ID " + l.ID + ": what it asks, a person says"
		}
		t.Rows = append(t.Rows, l.Row)
	}
	t.doubts(lines)
	t.over(lines)
	return left, unread
}

// shown is the text that a cell shows of its own: none where a merge covers it, and
// none where a formula came to an error.
func shown(c workbook.Cell) string {
	text := strings.TrimSpace(c.Text)
	if c.MergedInto != "" || c.Formula && strings.HasPrefix(text, "#") {
		return ""
	}
	return text
}

// stated is the question of a row that says that something is so.
func (l line) stated() string {
	if !l.states {
		return ""
	}
	return l.Question
}

func (l line) answered() bool {
	return l.Answer.MergedInto == "" && !l.Answer.Formula && strings.TrimSpace(l.Answer.Text) != ""
}

// doubts marks the rows that share a cell with another: for the answer, or for the question.
func (t *Table) doubts(lines []line) {
	at, shared := map[string]int{}, map[int]string{}
	for _, l := range lines {
		shared[l.Number] = l.shared
	}
	for i, r := range t.Rows {
		at[r.Answer.Ref] = i
		at[workbook.Ref(t.Columns[Question].Col, r.Number)] = i
		if first, ok := at[r.Answer.MergedInto]; ok && first != i {
			why := fmt.Sprintf("the cell %s takes one answer for several questions", r.Answer.MergedInto)
			t.Rows[first].Doubt, t.Rows[i].Doubt = why, why
		}
		if first, ok := at[shared[r.Number]]; ok {
			why := fmt.Sprintf("the question in %s stands beside several cells for an answer: which part each asks, a person says", shared[r.Number])
			t.Rows[first].Doubt, t.Rows[i].Doubt = why, why
		}
	}
}

// all takes every line with a question as a row: a person said where they are.
func (t *Table) all(lines []line) (left []LeftRow) {
	for _, l := range lines {
		switch {
		case l.Question != "" && l.shared == "", l.shared != "" && l.Answer.MergedInto == "" && l.more, l.ID != "" && l.formula:
			t.Rows = append(t.Rows, l.Row)
		case l.text != "":
			left = append(left, LeftRow{t.Sheet, l.Number, l.text, "nothing stands in the column of the questions", l.answered(), notices.MatchString(l.text)})
		}
	}
	t.doubts(lines)
	t.over(lines)
	return left
}

// shape is what most rows of a table have in common.
type shape struct {
	numbered, listed bool
	end              int // row of the next headers
}

// leaves says why a row is no question, or nothing.
func (t shape) leaves(l, before, next line) string {
	ours := caiqID.MatchString(l.ID) || hecvatID.MatchString(l.ID)
	switch bare := l.bare(); {
	case ours:
		return ""
	case l.shared != "" && l.Answer.MergedInto != "", l.shared != "" && !l.more:
		return "it is a part of the merged row above"
	case bare && l.numbered() && (l.formula || l.offers() && t.listed):
		return "" // its text is not stored: an ID, and a cell that wants an answer
	case l.alone() && strings.ContainsAny(l.ID, ".-") && !l.parent(next.ID):
		return ""
	case bare, l.aNumber() && l.aside != "":
		return "nothing stands in the column of the questions"
	case l.asks:
		return ""
	case l.across && (!l.numbered() || short(l.Question)):
		return "it is merged across the table, as a heading"
	case l.Answer.Formula && !l.numbered():
		return "its answer is a formula, as of a count"
	case notices.MatchString(l.Question) && !l.numbered():
		return "it is a notice or an instruction"
	case !short(l.Question) || l.offers() || l.part(before, next):
		return ""
	case l.Number+1 == t.end && !l.numbered():
		return "it stands right above the next headers, as their title"
	case t.listed && (!l.numbered() || l.parent(next.ID)):
		return "it is short, asks nothing and has no list of answers, unlike its neighbours: a heading"
	case t.numbered && !l.numbered():
		return "it is short, asks nothing and has no number, unlike its neighbours: a heading"
	}
	return ""
}
