package auditlog

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// form is how a column travels: what PostgreSQL would spend most on to print
// comes in binary and is printed here, as PostgreSQL prints it.
type form byte

const (
	asText   form = iota
	asMicros      // a time as whole microseconds since 1970
	asInt         // smallint, integer, bigint
	asUUID
)

// print appends the column's text to b.
func (k form) print(b, v []byte) []byte {
	switch {
	case k == asMicros && len(v) == 8:
		const y2k = 946684800_000000 // PostgreSQL counts microseconds from 2000
		return strconv.AppendInt(b, int64(binary.BigEndian.Uint64(v))+y2k, 10)
	case k == asInt:
		return strconv.AppendInt(b, integer(v), 10)
	case k == asUUID && len(v) == 16:
		b = append(hex.AppendEncode(b, v[:4]), '-')
		b = append(hex.AppendEncode(b, v[4:6]), '-')
		b = append(hex.AppendEncode(b, v[6:8]), '-')
		b = append(hex.AppendEncode(b, v[8:10]), '-')
		return hex.AppendEncode(b, v[10:])
	}
	return append(b, v...)
}

// integer reads a whole number of two, four or eight bytes, as PostgreSQL sends it.
func integer(v []byte) int64 {
	switch len(v) {
	case 2:
		return int64(int16(binary.BigEndian.Uint16(v)))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(v)))
	case 8:
		return int64(binary.BigEndian.Uint64(v))
	}
	return 0
}

// layout is what is read of each row: a column that serves twice is sent once.
type layout struct {
	table   *table
	per     int // -1: one chain
	order   int
	prev    int
	hash    int
	fields  []int
	cols    []string
	forms   []form
	numeric bool // order is a number that comes as text
	sorting string
}

// layout returns the columns that following the chain needs.
func (f *formula) layout(t *table) *layout {
	l := &layout{table: t, per: -1, sorting: "t." + quote(f.Order)}
	add := func(sql string, k form) int {
		for i := range l.cols {
			if l.cols[i] == sql && l.forms[i] == k {
				return i
			}
		}
		l.cols, l.forms = append(l.cols, sql), append(l.forms, k)
		return len(l.cols) - 1
	}
	if f.Per != "" {
		c, _ := t.column(f.Per)
		l.per = add(plainForm(c))
		l.sorting = "t." + quote(f.Per) + "::text, " + l.sorting
	}
	c, _ := t.column(f.Order)
	if sql, k := plainForm(c); k == asInt {
		l.order = add(sql, k)
	} else {
		l.order, l.numeric = add("t."+quote(f.Order)+"::text", asText), c.Category == "N"
	}
	l.prev, l.hash = add("t."+quote(f.Prev)+"::text", asText), add("t."+quote(f.Hash)+"::text", asText)
	for _, name := range f.parts() {
		c, _ := t.column(name)
		sql, micros := f.expression(c)
		switch {
		case micros:
			l.fields = append(l.fields, add(sql, asMicros))
		case sql == "t."+quote(name)+"::text":
			l.fields = append(l.fields, add(plainForm(c)))
		default:
			l.fields = append(l.fields, add(sql, asText))
		}
	}
	return l
}

// plainForm is the SQL for a column as its text, and how that travels.
func plainForm(c column) (string, form) {
	q := "t." + quote(c.Name)
	switch c.Type {
	case "smallint", "integer", "bigint":
		return q, asInt
	case "uuid":
		return q, asUUID
	}
	return q + "::text", asText
}

// query returns the SQL for the rows of which where is true.
func (l *layout) query(where string, sorted bool) string {
	q := fmt.Sprintf("SELECT %s FROM %s t", strings.Join(l.cols, ", "), l.table.quoted())
	if where != "" {
		q += " WHERE " + where
	}
	if sorted {
		q += " ORDER BY " + l.sorting
	}
	return q
}

func (l *layout) formats() pgx.QueryResultFormats {
	out := make(pgx.QueryResultFormats, len(l.forms))
	for i, k := range l.forms {
		if k != asText {
			out[i] = pgx.BinaryFormatCode
		}
	}
	return out
}

// cut is how the rows are shared between two connections.
type cut struct {
	first, second string // SQL conditions
	carried       bool   // a chain goes on in the second
}

// cutByChain shares whole chains, so that neither connection needs to know what
// the other read; ok is false where that would leave one with most of the rows.
func (f *formula) cutByChain(t *table, counts map[string]int64) (c cut, ok bool) {
	if f.Per == "" || len(counts) < 2 {
		return cut{}, false
	}
	k, _ := t.column(f.Per)
	col, lit := "t."+quote(f.Per), ""
	_, how := plainForm(k)
	if how == asText && (k.Category != "S" || k.Base != "b") {
		return cut{}, false
	}
	keys := make([]string, 0, len(counts))
	var total int64
	for per, n := range counts {
		keys, total = append(keys, per), total+n
	}
	slices.SortFunc(keys, func(a, b string) int {
		if how == asInt && a != "" && b != "" {
			x, _ := strconv.ParseInt(a, 10, 64) // digits: PostgreSQL printed them
			y, _ := strconv.ParseInt(b, 10, 64)
			if x < y {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	var below, best int64
	for _, per := range keys[:len(keys)-1] {
		if below += counts[per]; per != "" && min(below, total-below) > best {
			best, lit = min(below, total-below), per
		}
	}
	if best*3 < total {
		return cut{}, false
	}
	switch how {
	case asInt:
	case asUUID:
		lit = literal(lit) + "::uuid"
	default:
		col, lit = col+`::text COLLATE "C"`, literal(lit)
	}
	return cut{first: fmt.Sprintf("(%s <= %s OR %s IS NULL)", col, lit, "t."+quote(f.Per)), second: fmt.Sprintf("%s > %s", col, lit)}, true
}

// cutByOrder is the SQL of the middle of the order column; "" where it has none
// that SQL can tell.
func (f *formula) cutByOrder(t *table) (middle, typ string) {
	c, _ := t.column(f.Order)
	q := "t." + quote(f.Order)
	if _, how := plainForm(c); how != asInt && !strings.HasPrefix(c.Type, "timestamp") {
		return "", ""
	}
	return fmt.Sprintf("SELECT coalesce((min(%[1]s) + (max(%[1]s) - min(%[1]s)) / 2)::text, '') FROM %[2]s t", q, t.quoted()), c.Type
}
