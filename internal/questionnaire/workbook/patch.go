package workbook

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// splice replaces b[at:end]; it inserts where the two are the same.
type splice struct {
	at, end int
	with    string
}

func splices(b []byte, all []splice) []byte {
	sort.SliceStable(all, func(i, j int) bool {
		if all[i].at != all[j].at {
			return all[i].at < all[j].at
		}
		return all[i].end < all[j].end
	})
	var out bytes.Buffer
	from := 0
	for _, s := range all {
		out.Write(b[from:s.at])
		out.WriteString(s.with)
		from = s.end
	}
	out.Write(b[from:])
	return out.Bytes()
}

// rowPlace and cellPlace are where a row or a cell lies in the bytes of a sheet.
type rowPlace struct {
	number     int
	start, tag int // of the element; the end of its opening tag
	end        int // start of the closing tag; tag where empty
	after      int // the end of the element
	empty      bool
	spans      span // value of the attribute, zero without one
	spansText  string
	cells      []cellPlace // only of rows that are edited
}

type cellPlace struct {
	col        int
	start, end int
	attrs      string // without t, and cm, vm and ph, which belong to the value as well
	kind       string
	value      string // v
	inline     string // the inside of is, as it is written
	keep       string // extLst
	tag        int    // the end of the opening tag
	untyped    string // its attributes but t
	stored     span   // the v element
}

// sheetPlaces is what a patch needs to know of a sheet's bytes.
type sheetPlaces struct {
	xml       []byte
	prefix    string
	dimension span
	data      rowPlace // the sheetData element
	rows      []rowPlace
	byNumber  map[int][]int // the rows of a number; more than one where a writer repeats it
	highest   []int         // the highest number up to a row
}

// patch writes the cells into the XML of the sheet's part and returns its new
// bytes.
func (s *Sheet) patch(p *pack, xml []byte, writes []write, stale map[point]bool) ([]byte, error) {
	edited := map[int]bool{}
	items := false
	for _, w := range writes {
		edited[w.cell.Row] = true
		items = items || w.add
	}
	for c := range stale {
		edited[c.row] = true
	}
	at, err := locate(s.part, xml, p.limits.Depth, edited)
	if err != nil {
		return nil, err
	}
	var shared *sharedItems
	if items && s.book.shared != "" {
		if shared, err = readItems(p, s.book.shared); err != nil {
			return nil, err
		}
	}
	var out []splice
	for rest := writes; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(w write) bool { return w.cell.Row != rest[0].cell.Row })
		if n < 0 {
			n = len(rest)
		}
		out = append(out, at.row(s, rest[:n], shared)...)
		rest = rest[n:]
	}
	if len(stale) > 0 {
		out = append(out, at.forget(stale)...)
	}
	if at.data.empty {
		inside := ""
		for _, x := range out {
			inside += x.with
		}
		out = nil
		if inside != "" {
			out = []splice{at.expand(at.data, "sheetData", inside)}
		}
	}
	if x, ok := at.declare(writes); ok {
		out = append(out, x)
	}
	return splices(xml, out), nil
}

// forget takes the stored values of formula cells away, with the type that
// belongs to them.
func (at *sheetPlaces) forget(stale map[point]bool) []splice {
	var out []splice
	rows := map[int]map[int]bool{}
	for c := range stale {
		if rows[c.row] == nil {
			rows[c.row] = map[int]bool{}
		}
		rows[c.row][c.col] = true
	}
	for _, r := range at.rows {
		for _, c := range r.cells {
			if rows[r.number][c.col] && c.stored.end > 0 {
				out = append(out, splice{c.start, c.tag, "<" + at.prefix + "c" + c.untyped + ">"}, splice{c.stored.start, c.stored.end, ""})
			}
		}
	}
	return out
}

// row writes the cells of one row.
func (at *sheetPlaces) row(s *Sheet, writes []write, shared *sharedItems) []splice {
	var out []splice
	number := writes[0].cell.Row
	var here *rowPlace
	created := ""
	for _, w := range writes {
		var old *cellPlace
		for _, i := range at.byNumber[number] {
			r := &at.rows[i]
			if here == nil {
				here = r
			}
			if j := slices.IndexFunc(r.cells, func(c cellPlace) bool { return c.col == w.cell.Col }); j >= 0 {
				old = &r.cells[j]
			}
		}
		switch {
		case old != nil:
			out = append(out, splice{old.start, old.end, at.cell(*old, w, shared)})
		case w.value == "":
		case here == nil || here.empty:
			created += at.fresh(s, w)
		default:
			pos := here.end
			if j := slices.IndexFunc(here.cells, func(c cellPlace) bool { return c.col > w.cell.Col }); j >= 0 {
				pos = here.cells[j].start
			}
			out = append(out, splice{pos, pos, at.fresh(s, w)})
		}
	}
	if here != nil && here.spansText != "" {
		if wide := widen(here.spansText, writes); wide != here.spansText {
			out = append(out, splice{here.spans.start, here.spans.end, wide})
		}
	}
	switch {
	case created == "":
	case here != nil:
		out = append(out, at.expand(*here, "row", created))
	default:
		pos := at.data.end
		if i := sort.Search(len(at.highest), func(i int) bool { return at.highest[i] > number }); i < len(at.rows) {
			pos = at.rows[i].start
		}
		out = append(out, splice{pos, pos, fmt.Sprintf(`<%srow r="%d">%s</%srow>`, at.prefix, number, created, at.prefix)})
	}
	return out
}

// expand gives an element without content some.
func (at *sheetPlaces) expand(r rowPlace, name, inside string) splice {
	return splice{r.tag - 2, r.tag, ">" + inside + "</" + at.prefix + name + ">"}
}

// fresh is a cell that the file did not mention.
func (at *sheetPlaces) fresh(s *Sheet, w write) string {
	attrs := fmt.Sprintf(` r="%s"`, w.cell.Ref)
	if style := s.styleOf(w.cell.Col, w.cell.Row); style > 0 {
		attrs += fmt.Sprintf(` s="%d"`, style)
	}
	return at.cell(cellPlace{attrs: attrs}, w, nil)
}

// cell writes a text into a cell, as an inline string: those are never formulas
// and need no other part.
func (at *sheetPlaces) cell(old cellPlace, w write, shared *sharedItems) string {
	c := at.prefix + "c"
	if w.value == "" && !w.add {
		if old.keep == "" {
			return "<" + c + old.attrs + "/>"
		}
		return "<" + c + old.attrs + ">" + old.keep + "</" + c + ">"
	}
	content := at.text(w.value)
	if w.add {
		content = at.text(w.cell.Text + "\n" + w.value)
		if runs := at.runs(old, shared); runs != "" {
			content = addRun(runs, fmt.Sprintf(`<%[1]sr>%[2]s</%[1]sr>`, at.prefix, at.text("\n"+w.value)))
		}
	}
	return fmt.Sprintf(`<%[1]s%[2]s t="inlineStr"><%[3]sis>%[4]s</%[3]sis>%[5]s</%[1]s>`, c, old.attrs, at.prefix, content, old.keep)
}

func (at *sheetPlaces) text(value string) string {
	return fmt.Sprintf(`<%[1]st xml:space="preserve">%[2]s</%[1]st>`, at.prefix, toXML(value))
}

// widen makes the spans of a row, a hint of its first and last column, cover the
// cells written.
func widen(spans string, writes []write) string {
	lo, hi, ok := 0, 0, true
	for _, f := range strings.Fields(spans) {
		var a, b int
		if n, err := fmt.Sscanf(f, "%d:%d", &a, &b); err != nil || n != 2 {
			ok = false
			continue
		}
		if lo == 0 || a < lo {
			lo = a
		}
		hi = max(hi, b)
	}
	a, b := lo, hi
	for _, w := range writes {
		a, b = min(a, w.cell.Col), max(b, w.cell.Col)
	}
	if !ok || a == lo && b == hi {
		return spans
	}
	return fmt.Sprintf("%d:%d", a, b)
}

// declare widens the declared dimension where a cell written lies outside: some
// readers stop at it. Whatever else lies outside is not ours to correct.
func (at *sheetPlaces) declare(writes []write) (splice, bool) {
	text := string(at.xml[at.dimension.start:at.dimension.end])
	old, ok := parseArea(text)
	if !ok {
		return splice{}, false
	}
	wide := old
	for _, w := range writes {
		if w.value != "" {
			wide.c1, wide.c2 = min(wide.c1, w.cell.Col), max(wide.c2, w.cell.Col)
			wide.r1, wide.r2 = min(wide.r1, w.cell.Row), max(wide.r2, w.cell.Row)
		}
	}
	return splice{at.dimension.start, at.dimension.end, wide.String()}, wide != old
}
