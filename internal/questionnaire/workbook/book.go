// Package workbook reads a buyer's .xlsx or .xlsm and fills it in place. Read
// takes the bytes of the file and gives its sheets, with what a person could
// type where; Apply changes the cells named and hands back a package in which
// every other part is the same, byte for byte; Compare shows that of any two
// packages. It patches the XML of the sheets rather than write the workbook
// anew: docs/workbook.md has the measurement that decided so.
//
// What the names of elements and attributes mean is ECMA-376 part 1 (5th
// edition), clause 18; the package is part 2.
package workbook

import (
	"sort"
)

// Book is a workbook as read. It holds on to the bytes it was read from.
type Book struct {
	Name     string
	Sheets   []*Sheet // in the order of the tabs
	Macros   bool     // it carries a VBA project
	Formulas int      // cells that hold one
	// Signed tells that the package carries a digital signature, which any
	// change breaks: Apply refuses.
	Signed bool

	raw      []byte
	limits   Limits
	workbook string // part names
	shared   string
	names    map[nameOn]string // the formula of a defined name
}

// Sheet is one tab. A chart or dialog sheet has no rows and takes no edits.
type Sheet struct {
	Name      string
	Hidden    bool // also "very hidden"
	Protected bool // its locked cells refuse typing
	Cells     bool // a sheet of cells
	Dimension string
	Unordered bool  // the file has its rows or cells out of order, or twice
	Rows      []Row // those with cells, in order

	part     string
	book     *Book
	styles   *styles
	columns  []area      // what: the style
	rows     map[int]int // style of a whole row
	twice    map[string]bool
	unseen   []area // columns that are hidden, or have no width
	seen     []area // columns that have one, where narrow
	narrow   bool   // columns that state no width have none
	formulas int
	merges   areas
	arrays   areas // array formulas and data tables
	headers  areas // header rows of tables, whose cells the table's part repeats
	opened   areas // protected ranges without a password
	rules    areas // what: index of checks
	checks   []validation
	told     areas // what: index of prompts
	prompts  []string
	printed  []string
}

// Row holds the cells of a row that the file mentions, in order.
type Row struct {
	Number int
	Hidden bool // or without a height
	Cells  []Cell
}

// Cell is what one cell holds, and what may be typed into it.
type Cell struct {
	Ref      string // D14
	Col, Row int    // from 1
	Text     string // as shown; a date as 2025-11-03, other numbers by the simple formats (0.00, 0%) or as General
	Formula  bool   // holds a formula, or is part of an array formula
	Locked   bool   // counts only on a protected sheet
	// MergedInto is the first cell of the merge that covers this one; "" for
	// that cell itself and outside of merges.
	MergedInto string
	// List is what the cell's validation allows, as spelled there; nil without
	// a list, and for a list that only a calculation would give (ListFrom says
	// which).
	List      []string
	ListStops bool   // anything else is refused when typed
	ListFrom  string // the formula of the list, or ""
	// Odd is why programs may read different texts here, or "": the file has the
	// cell twice, or the cell holds more than one value.
	Odd string
	// Calculates is the formula, in upper case and without white space, or "": there
	// is none, or the file has it with another cell.
	Calculates string
	// Masked tells that the cell's number format shows a text as another, or not at all.
	Masked bool
	// Unseen is why a reader does not see a text that is typed here, or "". Read
	// leaves it empty; layout tells it of the cells of its rows.
	Unseen string

	style int
	given *given
}

// Style is the number of the cell's style: two cells with one number look alike.
func (c Cell) Style() int { return c.style }

// Cell is the cell of a reference such as D14; one that the file does not
// mention is empty and has the style of its row or column. A reference that is
// none gives a cell without Ref.
func (s *Sheet) Cell(ref string) Cell {
	col, row, ok := ParseRef(ref)
	if !ok {
		return Cell{}
	}
	if r := s.row(row); r != nil {
		cells := r.Cells
		j := sort.Search(len(cells), func(j int) bool { return cells[j].Col >= col })
		if j < len(cells) && cells[j].Col == col {
			return cells[j]
		}
	}
	c := Cell{Ref: Ref(col, row), Col: col, Row: row, style: s.styleOf(col, row)}
	s.describe(&c)
	return c
}

// row is the row of a number, or nil where the file mentions no cell of it.
func (s *Sheet) row(number int) *Row {
	i := sort.Search(len(s.Rows), func(i int) bool { return s.Rows[i].Number >= number })
	if i < len(s.Rows) && s.Rows[i].Number == number {
		return &s.Rows[i]
	}
	return nil
}

// Sheet is the tab of that name, or nil.
func (b *Book) Sheet(name string) *Sheet {
	for _, s := range b.Sheets {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// styleOf is the style a new cell takes: that of its row, else of its column.
func (s *Sheet) styleOf(col, row int) int {
	if style, ok := s.rows[row]; ok {
		return style
	}
	for _, c := range s.columns {
		if col >= c.c1 && col <= c.c2 {
			return c.what
		}
	}
	return 0
}

// describe fills in what the sheet says of a cell, and returns how many ranges
// it looked at.
func (s *Sheet) describe(c *Cell) int {
	work := 0
	look := func(a *areas) (area, bool) {
		found, ok, n := a.find(c.Col, c.Row)
		work += n
		return found, ok
	}
	if m, ok := look(&s.merges); ok && (m.c1 != c.Col || m.r1 != c.Row) {
		c.MergedInto = Ref(m.c1, m.r1)
	}
	if _, ok := look(&s.arrays); ok {
		c.Formula = true
	}
	c.Locked = s.styles.locked(c.style)
	c.Masked = s.styles.number(c.style).masks
	if c.Locked && s.Protected {
		if _, ok := look(&s.opened); ok {
			c.Locked = false
		}
	}
	if r, ok := look(&s.rules); ok && s.checks[r.what].kind == "list" {
		v := s.checks[r.what]
		c.List, c.ListStops, c.ListFrom = v.list, v.stops, v.formula
	}
	return work
}
