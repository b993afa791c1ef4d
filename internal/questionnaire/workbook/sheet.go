package workbook

import (
	"fmt"
	"strings"
)

// sheetReader walks one worksheet part.
type sheetReader struct {
	*reader
	*scanner
	sheet *Sheet

	row, col  int // where the walk is; a row or cell without r follows the one before
	cell      *Cell
	read      cellReader
	into      *strings.Builder
	guide     int
	rule      *validation
	formula   strings.Builder
	second    strings.Builder
	printed   strings.Builder
	says      string // the prompt and the error text of a rule
	cover     strings.Builder
	unordered bool
	ranges    int

	prefix      string // of the root, and so of every element that is a sheet's own
	data, done  bool   // within sheetData; one was read
	hidden      bool   // the row
	flat        bool   // rows that state no height have none
	choice      int    // depth of the mc:AlternateContent that the walk is in
	first, even bool   // headers and footers of their own
	masters     map[string]*given
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
	if s.Unordered = w.unordered; w.unordered {
		sortRows(s)
	}
	for _, a := range []*areas{&s.merges, &s.arrays, &s.headers, &s.opened, &s.rules, &s.told} {
		a.index()
	}
	return nil
}

func (w *sheetReader) opening() error {
	s := w.sheet
	depth := w.depth()
	if w.data && !w.own(w.prefix) {
		return w.foreign()
	}
	if err := w.stray(depth); err != nil {
		return err
	}
	switch {
	case depth == 1:
		return w.root()
	case depth == 2 && w.is("sheetData") && string(w.scanner.prefix) == w.prefix:
		return w.startData()
	case depth == 3 && w.data && w.is("row"):
		return w.startRow()
	case depth == 4 && w.data && w.is("c"):
		return w.startCell()
	case depth > 4 && w.cell != nil:
		w.inCell(depth)
	case depth == 2 && w.is("sheetFormatPr"):
		w.flat = w.thin("defaultRowHeight", 2)
		s.narrow = w.thin("defaultColWidth", 0.5)
	case depth == 2 && w.is("dimension"):
		s.Dimension = w.attr("ref")
	case depth == 2 && w.is("sheetProtection"):
		s.Protected = w.flag("sheet", false)
	case depth == 3 && w.is("col"):
		w.column()
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
	case depth < 4:
		w.print(depth)
	}
	return nil
}

func (w *sheetReader) closing() error {
	switch depth := w.depth(); {
	case depth == 4 && w.is("c") && w.cell != nil:
		return w.endCell()
	case depth == 5 && w.cell != nil && w.is("is"):
		w.read.within = false
	case depth == 5 && w.cell != nil && w.is("f"):
		w.into = nil
	case w.cell != nil && w.is("rPh") && w.guide > 0:
		w.guide--
	case depth == 2 && w.data:
		w.data = false
	case w.is("dataValidation") && w.rule != nil:
		return w.endRule()
	case depth == w.choice:
		w.choice = 0
	case w.into == &w.printed:
		w.endPrint()
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
	w.hidden = w.flag("hidden", false) || w.thin("ht", 2)
	if _, stated := w.raw("ht"); !stated && w.flat {
		w.hidden = w.flag("hidden", true)
	}
	if w.flag("customFormat", false) {
		if w.sheet.rows == nil {
			w.sheet.rows = map[int]int{}
		}
		w.sheet.rows[n] = w.number("s", 0)
	}
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
