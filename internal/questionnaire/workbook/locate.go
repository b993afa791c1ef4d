package workbook

import (
	"fmt"
	"slices"
	"strings"
)

// locate finds where the rows of a sheet lie in its bytes, and in the rows to be
// edited, or in all where edited is nil, the cells.
func locate(part string, xml []byte, depth int, edited map[int]bool) (*sheetPlaces, error) {
	at := &sheetPlaces{xml: xml, byNumber: map[int][]int{}}
	s := scan(part, xml, depth)
	base := func() int { return s.start + 1 + len(s.prefix) + len(s.name) + colon(s.prefix) } // where s.attrs begin
	var row *rowPlace
	col, number := 0, 0
	for s.next() {
		d := 0
		if s.kind == opening || s.kind == closing {
			d = s.depth()
		}
		switch {
		case s.kind == opening && d == 1:
			if len(s.prefix) > 0 {
				at.prefix = string(s.prefix) + ":"
			}
		case s.kind == opening && d == 2 && s.is("dimension"):
			if v, ok := s.raw("ref"); ok {
				at.dimension = span{base() + v.start, base() + v.end}
			}
		case d == 2 && s.is("sheetData"):
			if s.kind == opening {
				at.data = rowPlace{start: s.start, tag: s.end, end: s.end, empty: s.empty}
			} else {
				at.data.end = s.start
			}
		case s.kind == opening && d == 3 && s.is("row"):
			number = s.number("r", number+1)
			col = 0
			r := rowPlace{number: number, start: s.start, tag: s.end, end: s.end, after: s.end, empty: s.empty}
			if v, ok := s.raw("spans"); ok && (edited == nil || edited[number]) {
				r.spans, r.spansText = span{base() + v.start, base() + v.end}, s.attr("spans")
			}
			at.byNumber[number] = append(at.byNumber[number], len(at.rows))
			at.rows = append(at.rows, r)
			at.highest = append(at.highest, number)
			if n := len(at.highest); n > 1 {
				at.highest[n-1] = max(number, at.highest[n-2])
			}
			row = &at.rows[len(at.rows)-1]
		case s.kind == closing && d == 3 && s.is("row") && row != nil:
			row.end, row.after = s.start, s.end
		case s.kind == opening && d == 4 && s.is("c") && row != nil:
			col++
			if v, ok := s.raw("r"); ok {
				if c, _, ok := ParseRef(string(s.attrs[v.start:v.end])); ok {
					col = c
				}
			}
			if edited == nil || edited[number] {
				c := cellPlace{col: col, start: s.start, end: s.end}
				c.tag = s.end
				c.attrs, c.kind = attributes(s, "t", "cm", "vm", "ph")
				c.untyped, _ = attributes(s, "t")
				if !s.empty {
					inside(s, &c)
				}
				row.cells = append(row.cells, c)
			}
		}
	}
	if s.err == nil && at.data.tag == 0 {
		return nil, fmt.Errorf("its part %s has no sheetData; save it again with Excel or LibreOffice", quote(part))
	}
	return at, s.err
}

func colon(prefix []byte) int {
	if len(prefix) > 0 {
		return 1
	}
	return 0
}

// attributes is those of a cell, as they are written, but for some; and t.
func attributes(s *scanner, but ...string) (attrs, kind string) {
	var out strings.Builder
	s.each(func(name []byte, v span) bool {
		if string(name) == "t" {
			kind = string(s.attrs[v.start:v.end])
		}
		if !slices.Contains(but, string(name)) {
			quote := s.attrs[v.end : v.end+1]
			out.WriteByte(' ')
			out.Write(name)
			out.WriteByte('=')
			out.Write(quote)
			out.Write(s.attrs[v.start:v.end])
			out.Write(quote)
		}
		return true
	})
	return out.String(), kind
}

// inside reads on to the end of a cell.
func inside(s *scanner, c *cellPlace) {
	depth := len(s.open)
	from, in, began := 0, "", 0
	for s.next() {
		switch {
		case s.kind == closing && len(s.open) == depth-1:
			c.end = s.end
			return
		case s.kind == opening && s.depth() == depth+1 && !s.empty:
			from, in, began = s.end, string(s.name), s.start
			if in == "extLst" {
				from = s.start
			}
		case s.kind == closing && s.depth() == depth+1:
			switch in {
			case "v":
				c.stored = span{began, s.end}
				c.value = s.plain(s.b[from:s.start])
			case "is":
				c.inline = string(s.b[from:s.start])
			case "extLst":
				c.keep = string(s.b[from:s.end])
			}
		}
	}
}
