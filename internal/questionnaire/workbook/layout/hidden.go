package layout

import (
	"errors"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
)

// hiddenWhy is why the questions of a hidden sheet were not read.
const hiddenWhy = "the sheet is hidden: nobody sees what is written there"

// concealed looks at the hidden sheets: a questionnaire may have been put away there,
// and an answer that was sent may stand in it. What the visible sheets ask too is no
// news without an answer, and none at all where they look their questions up there.
func (l *Layout) concealed(b *workbook.Book, away []*detector) {
	asked, source := l.asked(), l.lookedUp(b)
	for _, d := range away {
		var ambiguous *Ambiguous
		if errors.As(d.err, &ambiguous) {
			l.Unread = append(l.Unread, Unread{d.sheet.Name, hiddenWhy, []UnreadRow{{ambiguous.Row, ambiguous.Candidates[0].Header}}})
			continue
		}
		var tables []Table
		u := Unread{Sheet: d.sheet.Name, Why: hiddenWhy}
		rows, known := 0, 0 // known: asked on a visible sheet too
		for _, f := range d.found {
			t := f.Table
			t.Rows = nil
			for _, r := range f.Rows {
				rows++
				again := asked[normal(r.Question)]
				if again {
					known++
				}
				switch {
				case again && typed.Value(r.Answer.Text) == "":
				case asks(r.Question), answers(r.Answer.List), typed.Value(r.Answer.Text) != "":
					t.Rows = append(t.Rows, r)
					u.Rows = append(u.Rows, UnreadRow{r.Number, r.Question})
				}
			}
			if len(t.Rows) > 0 {
				tables = append(tables, t)
			}
		}
		if len(tables) > 0 && !(known*2 >= rows && source(d.sheet.Name)) {
			l.Unread, l.Hidden = append(l.Unread, u), append(l.Hidden, tables...)
		}
	}
}

// lookedUp reports of a sheet whether formulas of visible questions name it.
func (l *Layout) lookedUp(b *workbook.Book) func(sheet string) bool {
	var all strings.Builder
	for _, t := range l.Tables {
		s := b.Sheet(t.Sheet)
		for _, r := range t.Rows {
			all.WriteString(strings.ReplaceAll(s.Cell(workbook.Ref(t.Columns[Question].Col, r.Number)).Calculates, "'", ""))
		}
	}
	formulas := all.String()
	return func(sheet string) bool {
		return strings.Contains(formulas, strings.ReplaceAll(strings.ToUpper(strings.Join(strings.Fields(sheet), "")), "'", "")+"!")
	}
}

// DetectSent is Detect of a workbook that was filled in and sent, maybe with sheets
// that were hidden since: one in which only hidden sheets ask is recognised too.
func DetectSent(b *workbook.Book) (*Layout, error) {
	l, err := Detect(b)
	var nothing *Nothing
	if !errors.As(err, &nothing) || len(nothing.hidden) == 0 {
		return l, err
	}
	l = &Layout{Hidden: nothing.hidden, Left: nothing.Left, Unread: nothing.Unread}
	l.Reveal()
	for _, t := range l.Tables {
		l.Titles = append(l.Titles, append([]string{t.Sheet}, titles(b.Sheet(t.Sheet), 0, t.Header)...)...)
	}
	l.recogniseFamily()
	return l, nil
}

// Reveal counts the tables of hidden sheets among the others.
func (l *Layout) Reveal() {
	read := map[string]bool{}
	for _, t := range l.Hidden {
		read[t.Sheet] = true
	}
	var left []Unread
	for _, u := range l.Unread {
		if u.Why != hiddenWhy || !read[u.Sheet] {
			left = append(left, u)
		}
	}
	l.Tables, l.Hidden, l.Unread = append(l.Tables, l.Hidden...), nil, left
}

// alone reports whether a row has an ID, and no words in the whole of it: what it
// asks stands nowhere, and no heading looks so.
func (l line) alone() bool {
	return l.Question == "" && l.numbered() && l.text == l.ID && !l.more && l.aside == "" && l.Answer.MergedInto == ""
}
