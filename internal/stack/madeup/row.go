// Package madeup makes up rows that a table accepts, from what the catalogue says
// of its columns, defaults, keys and conditions.
package madeup

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// Row is one row to insert: SQL expressions by column.
type Row struct {
	cols   []*catalog.Column
	exprs  map[string]string
	fixed  map[string]bool // must stay: tenant and keys to parents
	round  map[string]int  // next alternative by column
	system bool
}

// NewRow returns a row without any value: what it inserts is all defaults.
func NewRow() *Row {
	return &Row{exprs: map[string]string{}, fixed: map[string]bool{}, round: map[string]int{}}
}

// Has reports whether the row gives the column a value.
func (v *Row) Has(column string) bool { _, ok := v.exprs[column]; return ok }

// Expr returns the SQL of the column's value, or "".
func (v *Row) Expr(column string) string { return v.exprs[column] }

// Fixed reports whether the column's value must stay.
func (v *Row) Fixed(column string) bool { return v.fixed[column] }

// Set gives the column a value, as SQL. A fixed one stays: the tenant, and keys to parents.
func (v *Row) Set(c *catalog.Column, expr string, fixed bool) {
	if _, ok := v.exprs[c.Name]; !ok {
		v.cols = append(v.cols, c)
	}
	v.exprs[c.Name] = expr
	v.fixed[c.Name] = v.fixed[c.Name] || fixed
	v.system = v.system || c.Identity == "a"
}

// Insert returns the statement that adds the row.
func (v *Row) Insert(r *catalog.Relation) string {
	if len(v.cols) == 0 {
		return "INSERT INTO " + r.Quoted() + " DEFAULT VALUES"
	}
	var names, exprs []string
	for _, c := range v.cols {
		names, exprs = append(names, catalog.Ident(c.Name)), append(exprs, v.exprs[c.Name])
	}
	override := ""
	if v.system {
		override = " OVERRIDING SYSTEM VALUE"
	}
	return "INSERT INTO " + r.Quoted() + " (" + strings.Join(names, ", ") + ")" + override + " VALUES (" + strings.Join(exprs, ", ") + ")"
}

// Counter reports whether the column draws from a sequence.
func Counter(c *catalog.Column) bool {
	return c.Identity != "" || strings.Contains(c.Default, "nextval(")
}

// Made returns SQL for a value of the column's type; nonce and n make texts differ.
func Made(c *catalog.Column, nonce string, n int) string {
	if len(c.Labels) > 0 {
		return "CAST(" + catalog.Literal(c.Labels[0]) + " AS " + c.Type + ")"
	}
	cast := func(s string) string { return "CAST(" + catalog.Literal(s) + " AS " + c.Full + ")" }
	switch c.Base {
	case "uuid":
		return "CAST(pg_catalog.gen_random_uuid() AS " + c.Type + ")"
	case "bool":
		return cast("false")
	case "json", "jsonb", "hstore":
		return cast("{}")
	case "xml":
		return cast("<a/>")
	case "bytea":
		return cast(`\x00`)
	case "inet", "cidr":
		return cast("127.0.0.1")
	case "macaddr":
		return cast("08:00:2b:01:02:03")
	case "bit", "varbit":
		return "CAST(B'0' AS " + c.Full + ")"
	case "point":
		return cast("(0,0)")
	case "tsvector":
		return cast("arxctl")
	case "interval":
		return cast("1 day")
	}
	switch c.Category {
	case 'N':
		return cast("1")
	case 'S':
		return cast(fmt.Sprintf("arxctl-%s-%d", nonce, n)) // an explicit cast cuts it to the column's length
	case 'D':
		return "CAST(pg_catalog.now() AS " + c.Type + ")"
	case 'A':
		return cast("{}")
	case 'R':
		if strings.Contains(c.Base, "multi") {
			return cast("{}")
		}
		if strings.HasPrefix(c.Base, "d") || strings.HasPrefix(c.Base, "ts") {
			return cast("[2000-01-01,2000-01-02)")
		}
		return cast("[1,2)")
	}
	return cast("arxctl")
}

var (
	quoted  = regexp.MustCompile(`'((?:[^']|'')*)'`)
	numbers = regexp.MustCompile(`-?\d+(?:\.\d+)?`)
)

// shapes are texts that columns with a rule on their form often want.
var shapes = []string{"a", "A", "1", "arxctl@example.com", "arxctl", "ARXCTL-0001", "https://example.com/arxctl", "+15550100", "en", "USD", "0123456789abcdef0123456789abcdef",
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "2020-01-01", "abcdefghijklmnop"}

// Change tries another value for the column that the error is about, and
// reports whether there was one left.
func (v *Row) Change(r *catalog.Relation, pg *pgconn.PgError) bool {
	switch pg.Code {
	case "23514":
		for _, k := range r.Checks {
			if k.Name == pg.ConstraintName {
				return v.Alternate(r, k.Columns, k.Expr)
			}
		}
		// A partition that does not exist, a domain, or a check of a view.
		for _, c := range v.cols {
			if pg.DataTypeName != "" && strings.HasSuffix(c.Type, pg.DataTypeName) || pg.ConstraintName == "" && c.Category == 'D' {
				return v.Alternate(r, []string{c.Name}, "")
			}
		}
	case "23502":
		if c := r.Column(pg.ColumnName); c != nil && !v.fixed[c.Name] && v.round[c.Name] == 0 {
			v.round[c.Name]++
			v.Set(c, Made(c, "seed", 1), false)
			return true
		}
	case "23505", "23P01":
		for _, c := range v.cols {
			if !v.fixed[c.Name] && (c.Category == 'S' || c.Category == 'N') && v.round[c.Name] < 4 {
				v.round[c.Name]++
				n := 7919*v.round[c.Name] + len(v.cols)
				expr := fmt.Sprintf("CAST(%s AS %s)", catalog.Literal(fmt.Sprintf("z%d", n)), c.Full)
				if c.Category == 'N' {
					expr = fmt.Sprintf("CAST(%d AS %s)", -n, c.Type)
				}
				v.exprs[c.Name] = expr
				return true
			}
		}
	case "428C9":
		for _, c := range slices.Clone(v.cols) {
			if c.Identity != "" {
				v.drop(c)
				return true
			}
		}
	case "42501":
		for _, c := range slices.Clone(v.cols) {
			if !c.CanInsert && !v.fixed[c.Name] {
				v.drop(c)
				return true
			}
		}
	}
	return false
}

// Alternate takes the next candidate for the columns of a condition: its own
// literals first, since most conditions list what they allow.
func (v *Row) Alternate(r *catalog.Relation, columns []string, expr string) bool {
	for _, name := range columns {
		c := r.Column(name)
		if c == nil || v.fixed[name] {
			continue
		}
		var options []string
		switch c.Category {
		case 'S':
			for _, m := range quoted.FindAllStringSubmatch(expr, -1) {
				options = append(options, strings.ReplaceAll(m[1], "''", "'"))
			}
			options = append(options, shapes...)
		case 'N':
			for _, m := range numbers.FindAllString(expr, -1) {
				options = append(options, m, m+"::numeric + 1", m+"::numeric - 1")
			}
			options = append(options, "1", "100", "0", "1000")
		case 'D':
			options = []string{"infinity", "2000-01-01"}
		case 'B':
			options = []string{"true"}
		}
		i := v.round[name]
		if i >= len(options) {
			continue
		}
		v.round[name]++
		v.Set(c, "CAST("+catalog.Literal(options[i])+" AS "+c.Full+")", false)
		if c.Category == 'N' {
			v.Set(c, "CAST("+options[i]+" AS "+c.Full+")", false)
		}
		return true
	}
	return false
}

func (v *Row) drop(c *catalog.Column) {
	delete(v.exprs, c.Name)
	v.cols = slices.DeleteFunc(v.cols, func(x *catalog.Column) bool { return x == c })
	v.system = slices.ContainsFunc(v.cols, func(x *catalog.Column) bool { return x.Identity == "a" })
}
