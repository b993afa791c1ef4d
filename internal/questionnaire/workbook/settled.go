package workbook

import (
	"sort"
	"strconv"
	"strings"
)

// given is a formula as the file has it, and the cell in which it was written:
// that of another cell, where the formula is shared.
type given struct {
	text     string
	col, row int
}

// mostGiven bounds the formulas that are kept: no reference and no lookup is longer.
const mostGiven = 500

// Settled reports whether the text stored with a formula is what the formula gives
// of the texts stored in the workbook, so that whoever calculates it anew will read
// the same. Only references and exact lookups are followed (VLOOKUP, XLOOKUP, INDEX
// with MATCH, texts joined by &); everything else, and a lookup in cells that taken
// reports to be typed into, is not settled.
func (s *Sheet) Settled(c Cell, taken func(on *Sheet, c Cell) bool) bool {
	text, ok := s.calculate(c, taken, 0)
	return ok && text != "" && text == c.Text
}

// calculate is what a formula cell gives; not ok where that cannot be told.
func (s *Sheet) calculate(c Cell, taken func(*Sheet, Cell) bool, depth int) (string, bool) {
	if c.given == nil || c.Odd != "" || depth > 4 {
		return "", false
	}
	e := &evaluation{sheet: s, text: c.given.text, dcol: c.Col - c.given.col, drow: c.Row - c.given.row, taken: taken, depth: depth}
	v := e.joined()
	if e.at < len(e.text) {
		return "", false
	}
	return e.shown(v)
}

// evaluation walks one formula.
type evaluation struct {
	sheet      *Sheet
	text       string
	at         int
	dcol, drow int
	taken      func(*Sheet, Cell) bool
	depth      int
	failed     bool
}

// operand is a text, or where one stands.
type operand struct {
	text string
	on   *Sheet // nil: it is the text
	area area
}

func (e *evaluation) fail() operand {
	e.failed = true
	return operand{}
}

func (e *evaluation) space() {
	for e.at < len(e.text) && strings.IndexByte(" \t\r\n", e.text[e.at]) >= 0 {
		e.at++
	}
}

func (e *evaluation) accept(c byte) bool {
	e.space()
	if e.at < len(e.text) && e.text[e.at] == c {
		e.at++
		return true
	}
	return false
}

// joined is one value, or several joined by &.
func (e *evaluation) joined() operand {
	v := e.operand()
	for !e.failed && e.accept('&') {
		a, fine := e.shown(v)
		b, also := e.shown(e.operand())
		if !fine || !also {
			return e.fail()
		}
		v = operand{text: a + b}
	}
	return v
}

func (e *evaluation) operand() operand {
	if e.space(); e.failed || e.at >= len(e.text) {
		return e.fail()
	}
	from := e.at
	switch c := e.text[e.at]; {
	case c == '"':
		e.at = quoteEnd(e.text, e.at)
		if e.at-from < 2 || e.text[e.at-1] != '"' {
			return e.fail()
		}
		return operand{text: strings.ReplaceAll(e.text[from+1:e.at-1], `""`, `"`)}
	case c == '\'':
		e.at = quoteEnd(e.text, e.at)
		return e.elsewhere(strings.ReplaceAll(strings.Trim(e.text[from:e.at], "'"), "''", "'"))
	case !isWord(c):
		return e.fail()
	}
	word := e.word()
	switch {
	case e.at < len(e.text) && e.text[e.at] == '!':
		return e.elsewhere(word)
	case e.at < len(e.text) && e.text[e.at] == '(':
		return e.function(strings.ToUpper(strings.TrimPrefix(word, "_xlfn.")))
	}
	return e.reference(e.sheet, word)
}

func (e *evaluation) word() string {
	from := e.at
	for e.at < len(e.text) && isWord(e.text[e.at]) {
		e.at++
	}
	return e.text[from:e.at]
}

// elsewhere is a reference to another sheet.
func (e *evaluation) elsewhere(name string) operand {
	if e.at >= len(e.text) || e.text[e.at] != '!' {
		return e.fail()
	}
	e.at++
	for _, s := range e.sheet.book.Sheets {
		if strings.EqualFold(s.Name, name) && s.Cells {
			return e.reference(s, e.word())
		}
	}
	return e.fail()
}

// reference is a cell or a range, or a number or a truth, which only lookups take.
func (e *evaluation) reference(on *Sheet, word string) operand {
	if _, err := strconv.ParseFloat(word, 64); err == nil || strings.EqualFold(word, "FALSE") || strings.EqualFold(word, "TRUE") {
		return operand{text: strings.ToUpper(word)}
	}
	ref, ok := moved(word, e.dcol, e.drow, false)
	if ok && e.at < len(e.text) && e.text[e.at] == ':' {
		e.at++
		to, both := moved(e.word(), e.dcol, e.drow, false)
		ref, ok = ref+":"+to, both
	}
	a, fine := parseArea(ref)
	if !ok || !fine {
		return e.fail()
	}
	return operand{on: on, area: a}
}

// function is a lookup.
func (e *evaluation) function(name string) operand {
	e.at++
	var args []operand
	for !e.failed && len(args) < 6 {
		if name == "INDEX" && len(args) == 1 {
			args = append(args, e.match())
		} else {
			args = append(args, e.joined())
		}
		if !e.accept(',') {
			break
		}
	}
	if e.failed || !e.accept(')') {
		return e.fail()
	}
	exact := func(a operand) bool { return a.on == nil && (a.text == "0" || a.text == "FALSE") }
	switch {
	case name == "VLOOKUP" && len(args) == 4 && exact(args[3]) && args[1].on != nil && args[2].on == nil:
		return e.cellOf(args[1], e.find(args[0], args[1]), args[2].text)
	case name == "XLOOKUP" && len(args) >= 3 && len(args) <= 4 && args[1].on != nil && args[2].on != nil && args[1].area.r1 == args[2].area.r1:
		return e.cellOf(args[2], e.find(args[0], args[1]), "1")
	case name == "INDEX" && (len(args) == 2 || len(args) == 3) && args[0].on != nil:
		n, err := strconv.Atoi(args[1].text)
		column := "1"
		if len(args) == 3 {
			column = args[2].text
		}
		if err != nil || len(args) == 2 && args[0].area.c1 != args[0].area.c2 {
			return e.fail()
		}
		return e.cellOf(args[0], args[0].area.r1+n-1, column)
	}
	return e.fail()
}

// match is MATCH(key, column, 0), the number of a row in a column.
func (e *evaluation) match() operand {
	if e.space(); strings.ToUpper(e.word()) != "MATCH" || !e.accept('(') {
		return e.fail()
	}
	key := e.joined()
	if e.failed || !e.accept(',') {
		return e.fail()
	}
	in := e.joined()
	if e.failed || in.on == nil || !e.accept(',') || e.joined().text != "0" || !e.accept(')') {
		return e.fail()
	}
	row := e.find(key, in)
	return operand{text: strconv.Itoa(row - in.area.r1 + 1)}
}

// find is the row of the first cell in the first column of a range that holds a
// key, in whatever case; programs look for what is no number so, and without * and ?.
func (e *evaluation) find(key, in operand) int {
	want, ok := e.shown(key)
	if !ok || strings.ContainsAny(want, "*?~") || strings.Trim(want, "0123456789.,-+eE% ") == "" {
		e.fail()
		return 0
	}
	rows := in.on.Rows
	for i := sort.Search(len(rows), func(i int) bool { return rows[i].Number >= in.area.r1 }); i < len(rows) && rows[i].Number <= in.area.r2; i++ {
		for _, c := range rows[i].Cells {
			if c.Col != in.area.c1 {
				continue
			}
			if c.Odd != "" || c.Formula || e.taken(in.on, c) {
				e.fail() // another text may come to stand there
				return 0
			}
			if strings.EqualFold(c.Text, want) {
				return c.Row
			}
		}
	}
	e.fail()
	return 0
}

// cellOf is the cell of a range in a row, and in the column of a number.
func (e *evaluation) cellOf(in operand, row int, column string) operand {
	n, err := strconv.Atoi(column)
	if col := in.area.c1 + n - 1; !e.failed && err == nil && in.area.holds(col, row) {
		return operand{on: in.on, area: area{c1: col, r1: row, c2: col, r2: row}}
	}
	return e.fail()
}

// shown is the text of an operand that is one cell, or a text.
func (e *evaluation) shown(v operand) (string, bool) {
	switch a := v.area; {
	case e.failed:
		return "", false
	case v.on == nil:
		return v.text, true
	case a.c1 != a.c2 || a.r1 != a.r2:
		return "", false
	}
	c := v.on.Cell(Ref(v.area.c1, v.area.r1))
	if c.Odd != "" || c.Text == "" || strings.HasPrefix(c.Text, "#") || e.taken(v.on, c) {
		return "", false
	}
	if c.Formula {
		text, ok := v.on.calculate(c, e.taken, e.depth+1)
		return text, ok && text == c.Text
	}
	return c.Text, true
}
