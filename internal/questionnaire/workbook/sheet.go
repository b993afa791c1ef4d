package workbook

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// sheetReader walks one worksheet part.
type sheetReader struct {
	*reader
	*scanner
	sheet *Sheet

	row, col  int // where the walk is; a row or cell without r follows the one before
	cell      *Cell
	kind      string // t of the cell
	value     strings.Builder
	inline    strings.Builder
	into      *strings.Builder
	guide     int
	rule      *validation
	formula   strings.Builder
	second    strings.Builder
	cover     strings.Builder
	unordered bool
	ranges    int
}

func (r *reader) sheet(s *Sheet) error {
	b, err := r.pack.read(s.part)
	if err != nil {
		return err
	}
	w := &sheetReader{reader: r, scanner: scan(s.part, b, r.pack.limits.Depth), sheet: s}
	for w.next() {
		var err error
		switch w.scanner.kind {
		case opening:
			err = w.opening()
		case closing:
			err = w.closing()
		case text, cdata:
			if w.into != nil && w.guide == 0 {
				w.into.WriteString(w.chars())
			}
		}
		if err != nil {
			return err
		}
	}
	if w.err != nil {
		return w.err
	}
	if err := w.tables(); err != nil {
		return err
	}
	if w.unordered {
		sortRows(s)
	}
	for _, a := range []*areas{&s.merges, &s.arrays, &s.headers, &s.opened, &s.rules} {
		a.index()
	}
	return nil
}

func (w *sheetReader) opening() error {
	s := w.sheet
	switch depth := w.depth(); {
	case depth == 1 && !w.is("worksheet"):
		return fmt.Errorf("its part %s is <%s> and not <worksheet>", quote(s.part), clip(string(w.name)))
	case depth == 3 && w.is("row"):
		return w.startRow()
	case depth == 4 && w.is("c"):
		return w.startCell()
	case depth > 4 && w.cell != nil:
		w.inCell()
	case depth == 2 && w.is("dimension"):
		s.Dimension = w.attr("ref")
	case depth == 2 && w.is("sheetProtection"):
		s.Protected = w.flag("sheet", false)
	case depth == 3 && w.is("col"):
		if style := w.number("style", 0); style > 0 {
			s.columns = append(s.columns, area{c1: w.number("min", 1), c2: w.number("max", maxCol), what: style})
		}
	case depth == 3 && w.is("mergeCell"):
		return w.add(&s.merges, w.attr("ref"), 0)
	case depth == 3 && w.is("protectedRange"):
		if w.attr("password") == "" && w.attr("hashValue") == "" && w.attr("securityDescriptor") == "" {
			return w.add(&s.opened, w.attr("sqref"), 0)
		}
	case w.is("dataValidation"):
		w.startRule()
		if w.empty {
			return w.endRule()
		}
	case w.rule != nil && !w.empty && w.is("formula1"):
		w.into = &w.formula
	case w.rule != nil && !w.empty && w.is("formula2"):
		w.into = &w.second
	case w.rule != nil && !w.empty && w.is("sqref"):
		w.into = &w.cover
	}
	return nil
}

// inCell looks at the children of a cell: v, f, is and the runs of is.
func (w *sheetReader) inCell() {
	switch {
	case w.is("f"):
		w.cell.Formula = true
		if t := w.attr("t"); t == "array" || t == "dataTable" {
			_ = w.add(&w.sheet.arrays, w.attr("ref"), 0) // a wrong range leaves the cell itself, which is a formula
		}
	case w.empty:
	case w.is("v"):
		w.into = &w.value
	case w.is("rPh"):
		w.guide++
	case w.is("t"):
		w.into = &w.inline
	}
}

func (w *sheetReader) closing() error {
	switch depth := w.depth(); {
	case depth == 4 && w.is("c") && w.cell != nil:
		return w.endCell()
	case w.cell != nil && w.is("rPh"):
		w.guide--
	case w.is("dataValidation") && w.rule != nil:
		return w.endRule()
	}
	if w.into != nil && !w.is("f") { // x14 puts its formula into <xm:f>, and the end of that ends nothing
		w.into = nil
	}
	return nil
}

func (w *sheetReader) startRow() error {
	n := w.number("r", w.row+1)
	if n < 1 || n > maxRow {
		return fmt.Errorf("its sheet %s has a row %d; rows end at %d", quote(w.sheet.Name), n, maxRow)
	}
	w.unordered = w.unordered || n <= w.row
	w.row, w.col = n, 0
	if w.flag("customFormat", false) {
		if w.sheet.rows == nil {
			w.sheet.rows = map[int]int{}
		}
		w.sheet.rows[n] = w.number("s", 0)
	}
	return nil
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
		s.Rows = append(s.Rows, Row{Number: w.row})
	}
	row := &s.Rows[len(s.Rows)-1]
	row.Cells = append(row.Cells, Cell{Ref: Ref(col, w.row), Col: col, Row: w.row, style: w.number("s", 0)})
	w.cell = &row.Cells[len(row.Cells)-1]
	w.kind = w.attr("t")
	w.value.Reset()
	w.inline.Reset()
	if w.empty {
		return w.endCell()
	}
	return nil
}

func (w *sheetReader) endCell() error {
	c := w.cell
	v := w.value.String()
	switch w.kind {
	case "s":
		if v == "" {
			break
		}
		i, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil || i < 0 || i >= len(w.strings) {
			return fmt.Errorf("its cell %s!%s names the shared string %s of %d; the file is damaged: save it again with Excel or LibreOffice", w.sheet.Name, c.Ref, quote(v), len(w.strings))
		}
		c.Text = w.strings[i]
	case "inlineStr":
		c.Text = newlines(fromXstring(w.inline.String()))
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
		w.book.Formulas++
		w.sheet.formulas++
	}
	w.cell, w.into, w.guide = nil, nil, 0
	return nil
}

// add puts the ranges of a reference into an index.
func (w *sheetReader) add(to *areas, refs string, what int) error {
	for _, ref := range strings.Fields(refs) {
		a, ok := parseArea(ref)
		if !ok {
			return fmt.Errorf("its sheet %s has a range %s, which is none; save it again with Excel or LibreOffice", quote(w.sheet.Name), quote(ref))
		}
		if w.ranges++; w.ranges > w.pack.limits.Ranges {
			return fmt.Errorf("its sheet %s has more than %d merges and validations", quote(w.sheet.Name), w.pack.limits.Ranges)
		}
		a.what = what
		to.list = append(to.list, a)
	}
	return nil
}

// tables finds the header rows of the sheet's tables: a table's part repeats
// their texts, and Excel repairs a file in which the two differ.
func (w *sheetReader) tables() error {
	rels, err := w.pack.relations(w.sheet.part)
	if err != nil {
		return err
	}
	for _, rel := range rels {
		if rel.kind != "table" || rel.external || w.pack.parts[strings.ToLower(rel.target)] == nil {
			continue
		}
		b, err := w.pack.read(rel.target)
		if err != nil {
			return err
		}
		s := scan(rel.target, b, w.pack.limits.Depth)
		for s.next() {
			if s.kind != opening || s.depth() != 1 {
				continue
			}
			if a, ok := parseArea(s.attr("ref")); ok && s.number("headerRowCount", 1) > 0 {
				a.r2 = a.r1
				w.sheet.headers.list = append(w.sheet.headers.list, a)
			}
		}
		if s.err != nil {
			return s.err
		}
	}
	return nil
}

// sortRows puts rows and cells in order where a writer did not, and remembers
// the cells that are there twice: which of them counts is the reader's guess.
func sortRows(s *Sheet) {
	sort.SliceStable(s.Rows, func(i, j int) bool { return s.Rows[i].Number < s.Rows[j].Number })
	s.twice = map[string]bool{}
	rows := s.Rows[:0]
	for _, r := range s.Rows {
		if n := len(rows); n > 0 && rows[n-1].Number == r.Number {
			rows[n-1].Cells = append(rows[n-1].Cells, r.Cells...)
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
			}
		}
	}
}
