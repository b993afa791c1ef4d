package workbook

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// cellReader gathers what one cell holds, and notices where it holds more than
// one thing: then programs may show different ones.
type cellReader struct {
	kind                 string // t
	value, inline, calc  strings.Builder
	within               bool   // its is element
	shared               string // the number of a formula that several cells have
	lone                 bool   // its formula gives this cell alone
	values, inlines      int
	formulas, texts, own int // f; texts that are plain; runs
	odd                  string
}

func (r *cellReader) reset(kind string) {
	r.value.Reset()
	r.inline.Reset()
	r.calc.Reset()
	r.kind, r.within, r.odd, r.shared, r.lone = kind, false, "", "", false
	r.values, r.inlines, r.formulas, r.texts, r.own = 0, 0, 0, 0, 0
}

func (r *cellReader) doubt(why string) {
	if r.odd == "" {
		r.odd = why
	}
}

// settle says what a cell holds that no program writes so (CT_Cell and CT_Rst,
// ECMA-376 part 1, 18.3.1.4 and 18.4.8).
func (r *cellReader) settle() {
	v := strings.TrimSpace(r.value.String())
	_, err := strconv.ParseFloat(v, 64)
	switch {
	case r.values > 1 || r.inlines > 1 || r.formulas > 1:
		r.doubt("holds its value more than once")
	case r.kind == "inlineStr" && v != "", r.kind != "inlineStr" && r.inlines > 0:
		r.doubt("holds a value and a text beside it")
	case r.texts > 1 || r.texts > 0 && r.own > 0:
		r.doubt("holds a text that is plain and formatted at once")
	case r.kind == "e" && v != "" && !strings.HasPrefix(v, "#"), (r.kind == "" || r.kind == "n") && v != "" && err != nil:
		r.doubt("holds a text where its type is another")
	}
	switch r.kind {
	case "", "n", "s", "b", "str", "e", "d", "inlineStr":
	default:
		r.doubt("has a type that there is none of")
	}
}

// inCell looks at the children of a cell: v, f, is and the runs of is.
func (w *sheetReader) inCell(depth int) {
	r := &w.read
	switch {
	case depth == 5 && w.is("f"):
		r.formulas++
		w.cell.Formula = true
		t := w.attr("t")
		if r.lone = t == "" || t == "normal" || t == "shared"; t == "shared" {
			r.shared = w.attr("si")
		}
		if !w.empty {
			w.into = &r.calc
		}
		if t == "array" || t == "dataTable" {
			_ = w.add(&w.sheet.arrays, w.attr("ref"), 0) // a wrong range leaves the cell itself, which is a formula
		}
	case depth == 5 && w.is("v"):
		r.values++
		if !w.empty {
			w.into = &r.value
		}
	case depth == 5 && w.is("is"):
		r.inlines++
		r.within = !w.empty
	case !r.within:
	case depth == 6 && w.is("r"):
		r.own++
	case w.is("rPh") && !w.empty:
		w.guide++
	case w.is("t") && depth <= 7:
		if depth == 6 {
			r.texts++
		}
		if !w.empty {
			w.into = &r.inline
		}
	}
}

func (w *sheetReader) startCell() error {
	col := w.col + 1
	if ref, ok := w.raw("r"); ok {
		c, row, ok := ParseRef(string(w.attrs[ref.start:ref.end]))
		if !ok || row != w.row {
			return fmt.Errorf("its sheet %s has a cell %s in row %d; save it again with Excel or LibreOffice", quote(w.sheet.Name), quote(w.attr("r")), w.row)
		}
		col = c
	}
	if col > maxCol {
		return fmt.Errorf("its sheet %s has more than %d columns", quote(w.sheet.Name), maxCol)
	}
	if w.cells++; w.cells > w.pack.limits.Cells {
		return fmt.Errorf("it has more than %d cells, at the row %d of sheet %s; delete the rows and formats below the questions in a copy and try that", w.pack.limits.Cells, w.row, quote(w.sheet.Name))
	}
	w.unordered = w.unordered || col <= w.col
	w.col = col
	s := w.sheet
	if n := len(s.Rows); n == 0 || s.Rows[n-1].Number != w.row {
		s.Rows = append(s.Rows, Row{Number: w.row, Hidden: w.hidden})
	}
	row := &s.Rows[len(s.Rows)-1]
	row.Hidden = row.Hidden || w.hidden
	row.Cells = append(row.Cells, Cell{Ref: Ref(col, w.row), Col: col, Row: w.row, style: w.number("s", 0)})
	w.cell = &row.Cells[len(row.Cells)-1]
	w.read.reset(w.attr("t"))
	if v := w.attr("vm"); v != "" && v != "0" {
		w.read.doubt("shows a value of another kind in place of its text")
	}
	if w.empty {
		return w.endCell()
	}
	return nil
}

func (w *sheetReader) endCell() error {
	c := w.cell
	v := w.read.value.String()
	w.read.settle()
	switch w.read.kind {
	case "s":
		if v == "" {
			break
		}
		i, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil || i < 0 || i >= len(w.strings) {
			return fmt.Errorf("its cell %s!%s names the shared string %s of %d; the file is damaged: save it again with Excel or LibreOffice", w.sheet.Name, c.Ref, quote(v), len(w.strings))
		}
		c.Text = w.strings[i]
		if w.mixed[i] {
			w.read.doubt("holds a text that is plain and formatted at once")
		}
	case "inlineStr":
		c.Text = newlines(fromXstring(w.read.inline.String()))
	case "b":
		if c.Text = "FALSE"; strings.TrimSpace(v) == "1" || strings.TrimSpace(v) == "true" {
			c.Text = "TRUE"
		}
		if v == "" {
			c.Text = ""
		}
	case "str", "e", "d":
		c.Text = newlines(fromXstring(v))
	default:
		c.Text = w.styles.number(c.style).show(strings.TrimSpace(v), w.from1904)
	}
	if c.Formula {
		c.Calculates = strings.ToUpper(strings.Join(strings.Fields(w.read.calc.String()), ""))
		w.book.Formulas++
		w.sheet.formulas++
		c.given = w.written(c)
	}
	c.Odd = w.read.odd
	w.cell, w.into, w.guide = nil, nil, 0
	return nil
}

// written is the formula of a cell; nil where the cell is one of several that a
// formula fills, and where the formula is a long one.
func (w *sheetReader) written(c *Cell) *given {
	r := &w.read
	text := r.calc.String()
	switch {
	case !r.lone || len(text) > mostGiven:
		return nil
	case text == "":
		return w.masters[r.shared] // nil for a formula without words
	}
	f := &given{text, c.Col, c.Row}
	if r.shared != "" {
		if w.masters == nil {
			w.masters = map[string]*given{}
		}
		w.masters[r.shared] = f
	}
	return f
}

// inTwice is what a cell is that the file has more than once.
const inTwice = "is in the file twice"

// sortRows puts rows and cells in order where a writer did not, and remembers
// the cells that are there twice: which of them counts is the reader's guess.
func sortRows(s *Sheet) {
	sort.SliceStable(s.Rows, func(i, j int) bool { return s.Rows[i].Number < s.Rows[j].Number })
	s.twice = map[string]bool{}
	rows := s.Rows[:0]
	for _, r := range s.Rows {
		if n := len(rows); n > 0 && rows[n-1].Number == r.Number {
			rows[n-1].Cells = append(rows[n-1].Cells, r.Cells...)
			rows[n-1].Hidden = rows[n-1].Hidden || r.Hidden
			continue
		}
		rows = append(rows, r)
	}
	s.Rows = rows
	for i := range s.Rows {
		cells := s.Rows[i].Cells
		sort.SliceStable(cells, func(a, b int) bool { return cells[a].Col < cells[b].Col })
		for j := 1; j < len(cells); j++ {
			if cells[j].Col == cells[j-1].Col {
				s.twice[cells[j].Ref] = true
				cells[j].Odd, cells[j-1].Odd = inTwice, inTwice
			}
		}
	}
}
