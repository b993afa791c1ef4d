package workbook

import (
	"sort"
	"strconv"
	"strings"
)

// Ref is the name of a cell by its column and row, both from 1: Ref(4, 14) is D14.
func Ref(col, row int) string { return ColumnName(col) + strconv.Itoa(row) }

// ColumnName is the letters of a column counted from 1.
func ColumnName(col int) string {
	var letters [4]byte
	i := len(letters)
	for ; col > 0 && i > 0; col = (col - 1) / 26 {
		i--
		letters[i] = byte('A' + (col-1)%26)
	}
	return string(letters[i:])
}

// ParseRef is the column and row of a reference such as D14 or $D$14.
func ParseRef(ref string) (col, row int, ok bool) {
	col, row, rest := partRef(ref)
	return col, row, rest == "" && col > 0 && row > 0
}

// partRef reads a reference of which the column or the row may be missing, as in
// A:A or 3:3.
func partRef(s string) (col, row int, rest string) {
	s = strings.TrimPrefix(s, "$")
	i := 0
	for ; i < len(s) && i < 4; i++ {
		c := s[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		col = col*26 + int(c-'A'+1)
	}
	s = s[i:]
	if i > 0 {
		s = strings.TrimPrefix(s, "$")
	}
	for i = 0; i < len(s) && i < 8 && s[i] >= '0' && s[i] <= '9'; i++ {
		row = row*10 + int(s[i]-'0')
	}
	if col > maxCol || row > maxRow {
		return 0, 0, "?"
	}
	return col, row, s[i:]
}

// area is a rectangle of cells, both corners in it, with what it stands for.
type area struct{ c1, r1, c2, r2, what int }

// parseArea reads A1, A1:B2, A:C or 3:7.
func parseArea(s string) (area, bool) {
	from, to, two := strings.Cut(strings.TrimSpace(s), ":")
	c1, r1, rest1 := partRef(from)
	c2, r2, rest2 := c1, r1, ""
	if two {
		c2, r2, rest2 = partRef(to)
	}
	if rest1 != "" || rest2 != "" || (c1 == 0) != (c2 == 0) || (r1 == 0) != (r2 == 0) || c1 == 0 && r1 == 0 || !two && (c1 == 0 || r1 == 0) {
		return area{}, false
	}
	if c1 == 0 {
		c1, c2 = 1, maxCol
	}
	if r1 == 0 {
		r1, r2 = 1, maxRow
	}
	return area{min(c1, c2), min(r1, r2), max(c1, c2), max(r1, r2), 0}, true
}

func (a area) holds(col, row int) bool {
	return col >= a.c1 && col <= a.c2 && row >= a.r1 && row <= a.r2
}

func (a area) String() string {
	if a.c1 == a.c2 && a.r1 == a.r2 {
		return Ref(a.c1, a.r1)
	}
	return Ref(a.c1, a.r1) + ":" + Ref(a.c2, a.r2)
}

// areas finds the rectangle that holds a cell. deep[i] is the lowest row that
// any of list[:i+1] reaches, so that a search upwards knows when to stop.
type areas struct {
	list []area
	deep []int
}

func (a *areas) index() {
	sort.SliceStable(a.list, func(i, j int) bool { return a.list[i].r1 < a.list[j].r1 })
	a.deep = make([]int, len(a.list))
	for i, x := range a.list {
		a.deep[i] = x.r2
		if i > 0 {
			a.deep[i] = max(a.deep[i], a.deep[i-1])
		}
	}
}

// each calls f with what every area that holds a cell stands for, and returns
// how many it had to look at.
func (a *areas) each(col, row int, f func(what int)) (looked int) {
	i := sort.Search(len(a.list), func(i int) bool { return a.list[i].r1 > row }) - 1
	for ; i >= 0 && a.deep[i] >= row; i-- {
		looked++
		if a.list[i].holds(col, row) {
			f(a.list[i].what)
		}
	}
	return looked
}

// find is the area that holds a cell, and how many it had to look at.
func (a *areas) find(col, row int) (found area, ok bool, looked int) {
	i := sort.Search(len(a.list), func(i int) bool { return a.list[i].r1 > row }) - 1
	for ; i >= 0 && a.deep[i] >= row; i-- {
		looked++
		if a.list[i].holds(col, row) {
			return a.list[i], true, looked
		}
	}
	return area{}, false, looked
}
