package rendering

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// Beside is what stands on one sheet around the cells that were written: an
// unchanged Yes beside another question is another answer.
type Beside struct {
	Sheet string `json:"sheet"`
	Texts []Text `json:"texts"`
	// Whole is true where Texts are all that stood on the sheet, but for our cells
	// and for Open: a text anywhere else was added since.
	Whole bool `json:"whole,omitempty"`
	// Open is where people answer and comment, in rows without a cell of ours.
	Open []Range `json:"open,omitempty"`
	// SHA-256 of what the sheet shows besides: what validations say, also at our
	// cells; headers and footers; the print area.
	Prompts string `json:"prompts,omitempty"`
	Printed string `json:"printed,omitempty"`
	Area    string `json:"area,omitempty"`
}

// Text is one text beside ours. Its SHA-256 is of the text as a reader sees it,
// with white space evened out, since programs write that differently.
type Text struct {
	Ref  string `json:"ref"`
	Role string `json:"role"` // question, id, section, header, or text for any other
	// Formula is true where only a calculation gives the text. The SHA-256 is then of
	// what was stored with the formula, and absent where nothing was; of a text around
	// the others, whose counts change as people answer, it is of the formula.
	Formula bool   `json:"formula,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
}

// Roles of a text that no column of a layout has.
const (
	header = "header"
	around = "text"
)

// maxAround bounds how many texts of no role are recorded: titles, headings,
// guidance, other questions. The largest questionnaires have some ten thousand.
// maxOpen bounds the ranges of a sheet in which people answer.
const (
	maxAround = 60_000
	maxOpen   = 30_000
)

// NewWorkbook records the cells that were written into a workbook, and what stands
// beside them. The digests are of what is read back from it, not of what was meant
// to be written.
func NewWorkbook(source, people []byte, out *workbook.Book, cells []Cell, l *layout.Layout) (Workbook, error) {
	w := Workbook{Source: sum(source), People: sum(people), Cells: []Cell{}, Beside: []Beside{}, Answers: []Range{}}
	for _, s := range out.Sheets {
		w.Sheets = append(w.Sheets, s.Name)
	}
	for _, t := range l.Tables {
		if len(t.Rows) > 0 { // a person may name a sheet that asks nothing
			w.Answers = append(w.Answers, Range{t.Sheet, t.Columns[layout.Answer].Col, t.Rows[0].Number, t.Rows[len(t.Rows)-1].Number})
		}
	}
	for _, c := range cells {
		s := out.Sheet(c.Sheet)
		if s == nil || s.Cell(c.Ref).Text == "" {
			return w, fmt.Errorf("sheet %q, cell %s: was written and is not there", c.Sheet, c.Ref)
		}
		text := s.Cell(c.Ref).Text
		c.SHA256 = sum([]byte(text))
		if c.Role == string(layout.Comment) {
			words := workbook.Clean(c.Wrote)
			if c.Length = len(words); words != text {
				c.Ours = sum([]byte(words))
			}
		}
		w.Cells = append(w.Cells, c)
	}
	room := maxAround
	for _, s := range out.Sheets {
		b := besides{sheet: s, ours: w.on(s.Name), room: &room}
		if len(b.ours) == 0 {
			continue
		}
		b.tables(l)
		prompts, printed, area := w.told(s)
		w.Beside = append(w.Beside, Beside{s.Name, b.texts, b.left == 0, b.open, prompts, printed, area})
		w.Left += b.left
	}
	return w, nil
}

// on is the cells of ours on a sheet, by the number of their row.
func (w Workbook) on(sheet string) map[int][]Cell {
	out := map[int][]Cell{}
	for _, c := range w.Cells {
		if _, row, ok := workbook.ParseRef(c.Ref); ok && c.Sheet == sheet {
			out[row] = append(out[row], c)
		}
	}
	return out
}

// besides gathers the texts of one sheet.
type besides struct {
	sheet *workbook.Sheet
	ours  map[int][]Cell
	texts []Text
	open  []Range
	room  *int
	left  int
}

// tables records every text of the sheet that is neither ours nor typed where
// people answer: of each row that was written, question, ID and section; the header
// rows; and what stands around them: a title, a heading or the question above can
// turn an answer round as well.
func (b *besides) tables(l *layout.Layout) {
	asks, heads := map[int]layout.Table{}, map[int]bool{}
	for _, t := range l.Tables {
		if t.Sheet != b.sheet.Name {
			continue
		}
		heads[t.Header] = true
		for _, r := range t.Rows {
			asks[r.Number] = t
		}
		b.leave(t)
	}
	if n := len(b.open); n > maxOpen {
		b.left, b.open = n, nil
	}
	free := Beside{Open: b.open}.opened()
	for _, row := range b.sheet.Rows {
		told := map[int]bool{}
		if len(b.ours[row.Number]) > 0 {
			told = b.question(asks[row.Number], row.Number)
		}
		for _, c := range row.Cells {
			switch {
			case told[c.Col] || !stands(c) || free.holds(c):
			case heads[row.Number] && !c.Formula:
				b.add(c.Ref, header)
			case *b.room == 0:
				b.left++
			default:
				*b.room--
				b.add(c.Ref, around)
			}
		}
	}
}

// stands reports whether a reader sees something in a cell.
func stands(c workbook.Cell) bool {
	return c.MergedInto == "" && (c.Formula || strings.TrimSpace(c.Text) != "")
}

// leave opens, of the rows of a table without a cell of ours, the columns in which
// people answer.
func (b *besides) leave(t layout.Table) {
	for _, role := range []layout.Role{layout.Answer, layout.Comment, layout.Owner} {
		column, ok := t.Columns[role]
		if !ok {
			continue
		}
		var now *Range
		for _, r := range t.Rows {
			switch {
			case len(b.ours[r.Number]) > 0: // what follows is a range of its own
			case now != nil && now.Last == r.Number-1:
				now.Last = r.Number
			default:
				b.open = append(b.open, Range{b.sheet.Name, column.Col, r.Number, r.Number})
				now = &b.open[len(b.open)-1]
			}
		}
	}
}

// opened is where people answer, by column and in the order of the rows: a sheet
// may have as many such ranges as rows, and every cell is looked for.
type opened map[int][]Range

func (b Beside) opened() opened {
	list := slices.Clone(b.Open)
	slices.SortFunc(list, func(a, b Range) int { return cmp.Or(cmp.Compare(a.Col, b.Col), cmp.Compare(a.First, b.First)) })
	out := opened{}
	for _, r := range list {
		on := out[r.Col]
		if n := len(on); n > 0 && r.First <= on[n-1].Last+1 {
			on[n-1].Last = max(on[n-1].Last, r.Last)
			continue
		}
		out[r.Col] = append(on, r)
	}
	return out
}

func (o opened) holds(c workbook.Cell) bool {
	on := o[c.Col]
	i, exact := slices.BinarySearchFunc(on, c.Row, func(r Range, row int) int { return cmp.Compare(r.First, row) })
	return exact || i > 0 && c.Row <= on[i-1].Last
}

// told is the SHA-256 of what a sheet shows besides its cells.
func (w Workbook) told(s *workbook.Sheet) (prompts, printed, area string) {
	says := s.Prompts()
	for _, c := range w.Cells {
		if p := s.Prompt(c.Ref); c.Sheet == s.Name && p != "" {
			says = append(says, c.Ref+": "+p)
		}
	}
	of := func(list ...string) string { return sum([]byte(strings.Join(list, "\x00"))) }
	return of(says...), of(s.Printed()...), of(s.PrintArea())
}

// question records what one row asks, and returns the columns that need no further
// look: those, and ours.
func (b *besides) question(t layout.Table, row int) (told map[int]bool) {
	told = map[int]bool{}
	for _, c := range b.ours[row] {
		col, _, _ := workbook.ParseRef(c.Ref)
		told[col] = true
	}
	for _, role := range []layout.Role{layout.Section, layout.ID, layout.Question} {
		if column, ok := t.Columns[role]; ok {
			told[column.Col] = true
			b.add(workbook.Ref(column.Col, row), string(role))
		}
	}
	return told
}

func (b *besides) add(ref, role string) {
	c := visible(b.sheet, ref)
	t := Text{Ref: ref, Role: role, Formula: c.Formula}
	switch {
	case c.Formula && role == around:
		t.SHA256 = sum([]byte(c.Calculates))
	case !c.Formula || c.Text != "":
		t.SHA256 = evened(c)
	}
	b.texts = append(b.texts, t)
}

// visible is the cell that a reader sees at a place: the first of the merge that
// covers it.
func visible(s *workbook.Sheet, ref string) workbook.Cell {
	c := s.Cell(ref)
	if c.MergedInto != "" {
		c = s.Cell(c.MergedInto)
	}
	return c
}

// evened is the digest of a text whose white space does not matter. A cell that is
// there twice never has that of one that is not.
func evened(c workbook.Cell) string {
	return sum([]byte(strings.Join(strings.Fields(c.Text), " ") + "\x00" + c.Odd))
}
