// Package layout finds where the questions of a workbook stand, and where their
// answers go: by the headers, in whichever row these are, or as a person says.
package layout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
)

// Role is what a column holds.
type Role string

// Roles of columns.
const (
	Section  Role = "section"
	ID       Role = "id"
	Question Role = "question"
	Answer   Role = "answer"
	Comment  Role = "comment"
	Owner    Role = "owner" // of the control, in the shared responsibility model of CAIQ
)

// Roles lists every role, in the order in which they are shown.
func Roles() []Role { return []Role{Section, ID, Question, Answer, Comment, Owner} }

// Family is a kind of workbook that goes round between buyers and vendors.
type Family string

// Families.
const (
	CAIQ   Family = "CAIQ"
	SIG    Family = "SIG"
	HECVAT Family = "HECVAT"
	MVSP   Family = "MVSP"
	Plain  Family = "plain"
)

// Layout is where a workbook's questions and answers are.
type Layout struct {
	Family Family
	Why    []string // what says so
	Tables []Table
	Titles []string // names of the sheets with tables, and the text above their headers
	Left   []Left
	Hidden []Table // of hidden sheets, with what no visible sheet asks; nothing is written there
	// LeftRows are rows of tables that ask nothing, though there is text in them.
	LeftRows []LeftRow
	Unread   []Unread
	// Typed are rows of sheets without a table, with a yes or a no beside a text:
	// an answer, where the workbook is one that was sent.
	Typed []Unread
	Given bool // by a person, not recognised
	// Questionnaire is the one that a person's layout names, or empty.
	Questionnaire string
}

// Table is questions below one header row.
type Table struct {
	Sheet   string
	Header  int // row number; 0 where a person named a first row only
	Columns map[Role]Column
	// Beside are columns called answers or responses that hold neither the answer nor
	// the comment: another column was plainly made for the answer.
	Beside []Column
	Rows   []Row
	// Above is the text over the header row, down from the table before; what stands
	// over the first table of a sheet is over all of them. Empty where a person named
	// the columns.
	Above []string
}

// Column is one column of a table.
type Column struct {
	Col    int
	Letter string
	Header string // as written; empty where the column was told by what stands in it
}

// Row is one question.
type Row struct {
	Number                 int
	Section, ID, Question  string
	Answer, Comment, Owner workbook.Cell // Ref is empty where the table has no such column
	// Beside is the cells of the columns in Table.Beside that hold text.
	Beside []workbook.Cell
	// Doubt is why a person answers this row whatever we know, or empty.
	Doubt string
	// Under is the headings among the rows that it stands under, the outermost first, and Stem the question
	// further up that it finishes: "do the following hold:".
	Under []string
	Stem  string
	// Asides is what stands beside it in columns without a role.
	Asides []Aside
}

// Left is a sheet in which no questions were recognised, with the reason.
type Left struct {
	Sheet, Why string
	Hidden     bool
}

// Questions counts the rows of all tables.
func (l *Layout) Questions() int {
	n := 0
	for _, t := range l.Tables {
		n += len(t.Rows)
	}
	return n
}

// IDs returns the numbers of the questions, as the workbook has them.
func (l *Layout) IDs() []string {
	var out []string
	for _, t := range l.Tables {
		for _, r := range t.Rows {
			if r.ID != "" {
				out = append(out, r.ID)
			}
		}
	}
	return out
}

// Nothing is the error about a workbook in which no questions were recognised.
type Nothing struct {
	Left   []Left
	Unread []Unread
	hidden []Table
}

func (n *Nothing) Error() string {
	var b strings.Builder
	b.WriteString("no questions were recognised: expected a row of headers with a column for the question and one for the answer in a visible sheet; say where they are with --layout FILE")
	for _, l := range n.Left {
		fmt.Fprintf(&b, "\n  sheet %q: %s", l.Sheet, l.Why)
	}
	for _, u := range n.Unread {
		fmt.Fprintf(&b, "\n  %s", u)
	}
	return b.String()
}

// Ambiguous is the error about a header row that can be read in several ways.
type Ambiguous struct {
	Sheet      string
	Row        int
	Role       Role
	Candidates []Column
}

func (a *Ambiguous) Error() string {
	var names []string
	for _, c := range a.Candidates {
		names = append(names, fmt.Sprintf("%s %q", c.Letter, c.Header))
	}
	return fmt.Sprintf("sheet %q, row %d: %d columns could hold the %s: %s; say which with --layout FILE",
		a.Sheet, a.Row, len(a.Candidates), a.Role, strings.Join(names, ", "))
}

// Detect recognises the layout. Hidden sheets are not filled in: what is written
// there nobody sees. An error is *Ambiguous or *Nothing.
func Detect(b *workbook.Book) (*Layout, error) {
	l := &Layout{}
	held := map[string][]span{}
	var away []*detector
	for _, s := range b.Sheets {
		d := &detector{sheet: s}
		err := d.tables()
		if s.Hidden {
			l.Left = append(l.Left, Left{s.Name, d.hidden(), true})
			d.err = err
			away = append(away, d)
			continue
		}
		if err != nil {
			return nil, err
		}
		var first []string // over the first table of the sheet
		below := 0         // the last row of the table before
		aside := Unread{s.Name, "in a table, in another column than its questions or without a number as they have", nil}
		for _, t := range d.found {
			if held[s.Name] == nil {
				first = titles(s, 0, t.Header)
				l.Titles = append(l.Titles, append([]string{s.Name}, first...)...)
				t.Above = first
			} else {
				t.Above = slices.Concat(first, titles(s, below, t.Header))
			}
			for _, r := range t.Rows {
				below = max(below, r.Number)
			}
			l.Tables = append(l.Tables, t.Table)
			held[s.Name] = append(held[s.Name], t.span)
			l.LeftRows = append(l.LeftRows, t.left...)
			aside.Rows = append(aside.Rows, t.unread...)
		}
		l.Unread = append(l.Unread, aside)
	}
	l.recogniseFamily()
	l.remainder(b, held)
	l.concealed(b, away)
	if l.Questions() == 0 {
		return nil, &Nothing{l.Left, l.Unread, l.Hidden}
	}
	return l, nil
}

// remainder looks at what of the visible sheets stands in no table.
func (l *Layout) remainder(b *workbook.Book, held map[string][]span) {
	asked := l.asked()
	for i, u := range l.Unread {
		l.Unread[i].Rows = slices.DeleteFunc(u.Rows, func(r UnreadRow) bool { return asks(r.Text) && asked[normal(r.Text)] })
	}
	l.Unread = slices.DeleteFunc(l.Unread, func(u Unread) bool { return len(u.Rows) == 0 })
	for _, s := range b.Sheets {
		if s.Hidden {
			continue
		}
		why := "outside of the tables that were recognised"
		rows, answered := outside(s, held[s.Name], asked)
		if len(answered) > 0 {
			l.Typed = append(l.Typed, Unread{s.Name, why, answered})
		}
		if held[s.Name] == nil {
			why = "has no header row for questions and answers"
			if tickedSheet(s) {
				why = "its answers are ticks in a column for Yes and one for No, and no tick is ever written: a person fills these in"
			}
			if len(rows) == 0 {
				l.Left = append(l.Left, Left{Sheet: s.Name, Why: why + ", and nothing in it reads as a question that is not asked elsewhere"})
			}
		}
		if len(rows) > 0 {
			l.Unread = append(l.Unread, Unread{s.Name, why, rows})
		}
		if held[s.Name] != nil {
			l.LeftRows = append(l.LeftRows, numbered(s, held[s.Name], rows)...)
		}
	}
}

// titles are the texts of a sheet below one row and above another.
func titles(s *workbook.Sheet, below, header int) []string {
	var out []string
	for _, r := range s.Rows {
		if r.Number <= below {
			continue
		}
		if r.Number >= header {
			break
		}
		for _, c := range r.Cells {
			if t := strings.TrimSpace(c.Text); t != "" {
				out = append(out, t)
			}
		}
	}
	return out
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
