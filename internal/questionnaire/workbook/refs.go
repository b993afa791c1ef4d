package workbook

import (
	"strings"
)

// refs collects what a formula reads. Where that cannot be told from its words
// alone (INDIRECT, OFFSET, a table's column, another workbook, a name that is
// not known) it reads everything: a value taken away is calculated again, a
// stale one is a lie.
type refs struct {
	names      func(name string) (formula string, ok bool)
	read       func(sheet string, a area) // "" is the formula's own sheet
	everything bool
	work       *int // words that may yet be read: names can name names a thousand times
}

// in walks a formula that stands dcol and drow away from where it was written,
// as shared formulas do; its relative references move with it. Within a name
// only absolute references can be told.
func (r *refs) in(f string, dcol, drow, depth int) {
	if depth > 8 {
		r.everything = true
	}
	sheet := ""
	for i := 0; i < len(f) && !r.everything; {
		switch c := f[i]; {
		case c == '"':
			i = quoteEnd(f, i)
		case c == '\'':
			end := quoteEnd(f, i)
			sheet = strings.ReplaceAll(strings.Trim(f[i:end], "'"), "''", "'")
			if end >= len(f) || f[end] != '!' || strings.ContainsAny(sheet, "[:") {
				r.everything = true
			}
			i = end + 1
			continue // what follows is on that sheet
		case c == '[':
			r.everything = true
		case c == '#': // an error such as #N/A, or the spill of the cell before
			for i++; i < len(f) && (isWord(f[i]) || f[i] == '/' || f[i] == '!'); i++ {
			}
		case !isWord(c):
			i++
		default:
			end := i
			for end < len(f) && isWord(f[end]) {
				end++
			}
			word := f[i:end]
			if end < len(f) && f[end] == '!' {
				sheet, i = word, end+1
				continue
			}
			i = r.word(f, word, end, sheet, dcol, drow, depth)
		}
		sheet = ""
	}
}

// word takes one word that ends at end, and returns where to go on.
func (r *refs) word(f, word string, end int, sheet string, dcol, drow, depth int) int {
	if *r.work--; *r.work < 0 {
		r.everything = true
	}
	if end < len(f) && f[end] == '(' {
		name := strings.ToUpper(word[strings.LastIndexByte(word, '.')+1:])
		switch name {
		case "INDIRECT", "OFFSET", "CELL", "INFO", "GETPIVOTDATA", "LET", "LAMBDA", "SHEET", "SHEETS":
			r.everything = true
		}
		return end
	}
	from, ok := moved(word, dcol, drow, depth > 0)
	if end < len(f) && f[end] == ':' {
		next := end + 1
		for next < len(f) && isWord(f[next]) {
			next++
		}
		to, both := moved(f[end+1:next], dcol, drow, depth > 0)
		a, fine := parseArea(from + ":" + to)
		if !ok || !both || !fine || next < len(f) && (f[next] == '(' || f[next] == '!') {
			r.everything = true // a range whose end must be calculated, or one over sheets
			return next
		}
		r.read(sheet, a)
		return next
	}
	if ok {
		if a, cell := parseArea(from); cell {
			r.read(sheet, a)
			return end
		}
	}
	if c := word[0]; c >= '0' && c <= '9' || c == '.' || strings.EqualFold(word, "TRUE") || strings.EqualFold(word, "FALSE") {
		return end // a number or a constant
	}
	if formula, known := r.names(word); known {
		r.in(formula, 0, 0, depth+1)
	} else {
		r.everything = true
	}
	return end
}

// moved is a reference, or one end of a range, at another place; not ok where it
// is none, or relative where only absolute ones can be told.
func moved(word string, dcol, drow int, absolute bool) (string, bool) {
	letters := strings.TrimPrefix(word, "$")
	n := 0
	for n < len(letters) && (letters[n]|0x20) >= 'a' && (letters[n]|0x20) <= 'z' {
		n++
	}
	fixedCol := len(letters) < len(word) && n > 0
	fixedRow := len(letters) < len(word) && n == 0 || strings.HasPrefix(letters[n:], "$")
	col, row, rest := partRef(word)
	if rest != "" || col == 0 && row == 0 {
		return "", false
	}
	if absolute && (col > 0 && !fixedCol || row > 0 && !fixedRow) {
		return "", false
	}
	if col > 0 && !fixedCol {
		col += dcol
	}
	if row > 0 && !fixedRow {
		row += drow
	}
	if col < 0 || row < 0 || col > maxCol || row > maxRow {
		return "", false
	}
	switch {
	case row == 0:
		return ColumnName(col), col > 0
	case col == 0:
		return Ref(0, row), true
	}
	return Ref(col, row), true
}

// quoteEnd is the place after a quoted text; a doubled quote is one in it.
func quoteEnd(f string, i int) int {
	q := f[i]
	for i++; i < len(f); i++ {
		if f[i] == q {
			if i+1 < len(f) && f[i+1] == q {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(f)
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '.' || c == '$' || c == '\\' || c == '?' || c >= 0x80
}
