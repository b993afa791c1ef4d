package workbook

import (
	"errors"
	"sort"
	"strings"
)

// formula is one formula cell of a sheet, as far as its stored value matters.
type formula struct {
	sheet, col, row int
	array           area // the cells of an array formula, which hold its values
	stale           bool
}

// point is a cell of a tab, by its index.
type point struct{ sheet, col, row int }

// stale finds the cells whose stored value may depend on the cells written,
// through any number of formulas. Their values are taken away: LibreOffice shows
// what Excel stored without calculating, whatever fullCalcOnLoad says, and so do
// programs that only read.
func (b *Book) stale(p *pack, writes map[*Sheet][]write) (map[*Sheet]map[point]bool, error) {
	d := &depends{book: b, on: make([]areas, len(b.Sheets)), byName: map[string]int{}, work: b.limits.Work}
	for i, s := range b.Sheets {
		d.byName[strings.ToLower(s.Name)] = i
	}
	for i, s := range b.Sheets {
		if s.formulas > 0 {
			xml, err := p.read(s.part)
			if err == nil {
				err = d.sheet(i, s.part, xml, p.limits.Depth)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	for i := range d.on {
		d.on[i].index()
	}
	for i, s := range b.Sheets {
		for _, w := range writes[s] {
			d.queue = append(d.queue, point{i, w.cell.Col, w.cell.Row})
		}
	}
	for _, f := range d.everything {
		d.mark(f)
	}
	d.spread()
	out := map[*Sheet]map[point]bool{}
	for _, f := range d.formulas {
		if !f.stale {
			continue
		}
		s := b.Sheets[f.sheet]
		if out[s] == nil {
			out[s] = map[point]bool{}
		}
		out[s][point{f.sheet, f.col, f.row}] = true
		for _, c := range d.within(s, f.array) {
			out[s][point{f.sheet, c.Col, c.Row}] = true
		}
	}
	if d.lost {
		return nil, errors.New("its array formulas cover one another too often to be looked through")
	}
	return out, nil
}

// within is the cells of the file in the rectangle of an array formula.
func (d *depends) within(s *Sheet, a area) []Cell {
	var out []Cell
	from := sort.Search(len(s.Rows), func(i int) bool { return s.Rows[i].Number >= a.r1 })
	for _, r := range s.Rows[from:] {
		if r.Number > a.r2 || a.r2 == 0 {
			break
		}
		if d.arrays += len(r.Cells); d.arrays > d.book.limits.Work {
			d.lost = true
			break
		}
		for _, c := range r.Cells {
			if a.holds(c.Col, c.Row) {
				out = append(out, c)
			}
		}
	}
	return out
}

// depends knows which formula reads which cells.
type depends struct {
	book       *Book
	byName     map[string]int
	formulas   []formula
	on         []areas // by tab; what: index of the formula that reads them
	everything []int
	queue      []point
	work       int  // comparisons that may yet be made; beyond them every formula is stale
	arrays     int  // cells of array formulas looked at
	lost       bool // too many
}

// sheet collects the formulas of one tab.
func (d *depends) sheet(i int, part string, xml []byte, depth int) error {
	type master struct {
		text     string
		col, row int
	}
	shared := map[string]master{}
	s := scan(part, xml, depth)
	row, col := 0, 0
	var now *formula
	var kind, si string
	var words strings.Builder
	end := func() {
		m := master{words.String(), now.col, now.row}
		if kind == "shared" && m.text != "" {
			shared[si] = m
		} else if kind == "shared" {
			m = shared[si]
		}
		d.add(i, m.text, now.col-m.col, now.row-m.row, kind)
		now = nil
	}
	for s.next() {
		switch {
		case s.kind == opening && s.depth() == 3 && s.is("row"):
			row, col = s.number("r", row+1), 0
		case s.kind == opening && s.depth() == 4 && s.is("c"):
			col++
			if c, _, ok := ParseRef(s.attr("r")); ok {
				col = c
			}
		case s.kind == opening && s.depth() == 5 && s.is("f") && row > 0 && col > 0:
			f := formula{sheet: i, col: col, row: row}
			if kind, si = s.attr("t"), s.attr("si"); kind == "array" || kind == "dataTable" {
				f.array, _ = parseArea(s.attr("ref"))
			}
			d.formulas = append(d.formulas, f)
			now = &d.formulas[len(d.formulas)-1]
			words.Reset()
			if s.empty {
				end()
			}
		case s.kind == closing && s.depth() == 5 && s.is("f") && now != nil:
			end()
		case (s.kind == text || s.kind == cdata) && now != nil:
			words.WriteString(s.chars())
		}
	}
	return s.err
}

// add notes what the formula last collected reads.
func (d *depends) add(sheet int, text string, dcol, drow int, kind string) {
	n := len(d.formulas) - 1
	r := refs{work: &d.work, names: func(name string) (string, bool) {
		return d.book.named(sheet, name)
	}}
	r.read = func(name string, a area) {
		on, ok := sheet, true
		if name != "" {
			on, ok = d.byName[strings.ToLower(name)]
		}
		if !ok {
			r.everything = true
			return
		}
		a.what = n
		d.on[on].list = append(d.on[on].list, a)
	}
	if r.in(text, dcol, drow, 0); r.everything || text == "" || kind == "dataTable" {
		d.everything = append(d.everything, n)
	}
}

// mark makes a formula stale, and with it what reads it.
func (d *depends) mark(n int) {
	f := &d.formulas[n]
	if f.stale {
		return
	}
	f.stale = true
	d.queue = append(d.queue, point{f.sheet, f.col, f.row})
	for _, c := range d.within(d.book.Sheets[f.sheet], f.array) {
		d.queue = append(d.queue, point{f.sheet, c.Col, c.Row})
	}
}

// spread follows the queue.
func (d *depends) spread() {
	for len(d.queue) > 0 {
		p := d.queue[len(d.queue)-1]
		d.queue = d.queue[:len(d.queue)-1]
		d.work -= d.on[p.sheet].each(p.col, p.row, d.mark)
		if d.work < 0 {
			for n := range d.formulas {
				d.formulas[n].stale = true
			}
			return
		}
	}
}
