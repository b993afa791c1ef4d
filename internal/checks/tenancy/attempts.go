package tenancy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/madeup"
)

// Every attempted write reads no column: a WHERE or RETURNING that does makes
// PostgreSQL apply the SELECT policies too, which hides a hole in the others
// (CREATE POLICY, "Policies Applied by Command Type"). Rows are counted by a
// setting that set_config raises for each row that got past row security; it
// is not true for any row, so that reaching a row does not touch it.
//
// A condition on no column leaks nothing, so the planner would run it before a
// policy that costs more, and rows would be counted that the policy then hides.
// It does so for cheap conditions only (order_qual_clauses in PostgreSQL's
// createplan.c), hence a call in it that is dear and never made.
const (
	reachStart = "SELECT pg_catalog.set_config('arxctl.n', '0', true)"
	reachNext  = "CASE WHEN pg_catalog.set_config('arxctl.n', (pg_catalog.current_setting('arxctl.n')::bigint + 1)::text, true) IS NULL THEN pg_catalog.to_tsvector('') IS NULL ELSE "
	reachNone  = reachNext + "false END"
	reachOne   = reachNext + "pg_catalog.current_setting('arxctl.n')::bigint <= 1 END"
	reachValue = "SELECT pg_catalog.current_setting('arxctl.n')"
	checkNow   = "SET CONSTRAINTS ALL IMMEDIATE"
)

// reachUpTo is true for the first rows that get past row security.
func reachUpTo(n int64) string {
	return fmt.Sprintf("%spg_catalog.current_setting('arxctl.n')::bigint <= %d END", reachNext, n)
}

// marks are the columns that decide whose a row is, with the SQL of a value of
// the own and of the other tenant.
type marks struct {
	cols     []*catalog.Column
	own, foe []string
}

func (m marks) none() bool { return len(m.cols) == 0 }

// columnMarks are the marks of a table whose rows carry their tenant.
func columnMarks(t *table, x *side, ownID, foeID string) marks {
	var m marks
	rel := x.cat.Relation(t.rel.OID)
	if rel == nil {
		return m
	}
	for _, k := range t.cols {
		c := rel.Column(k.Name)
		m.cols, m.own, m.foe = append(m.cols, c), append(m.own, value(c, ownID)), append(m.foe, value(c, foeID))
	}
	return m
}

// insertSQL inserts nothing but the marks: row security is asked before NOT NULL
// and other constraints are, so that most rows are never there.
func insertSQL(rel *catalog.Relation, m marks, values []string) string {
	names, exprs := []string{}, []string{}
	override := ""
	for i, c := range m.cols {
		names, exprs = append(names, ident(c.Name)), append(exprs, values[i])
		if c.Identity == "a" {
			override = " OVERRIDING SYSTEM VALUE"
		}
	}
	for _, c := range rel.Columns {
		// NULL instead of the next value: a sequence is not rolled back.
		if madeup.Counter(c) && c.CanInsert && !slices.Contains(m.cols, c) {
			names, exprs = append(names, ident(c.Name)), append(exprs, "NULL")
			if c.Identity == "a" {
				override = " OVERRIDING SYSTEM VALUE"
			}
		}
	}
	return "INSERT INTO " + rel.Quoted() + " (" + strings.Join(names, ", ") + ")" + override + " VALUES (" + strings.Join(exprs, ", ") + ")"
}

// copySQL inserts an own row again, with other marks: every condition on other
// columns is met, since the row is there.
func copySQL(t *table, rel *catalog.Relation, m marks, values []string, ownID string) string {
	names, exprs := []string{}, []string{}
	override := ""
	for _, c := range rel.Columns {
		i := slices.Index(m.cols, c)
		if c.Generated || i < 0 && !(c.CanInsert && c.CanSelect) {
			continue
		}
		names = append(names, ident(c.Name))
		if i >= 0 {
			exprs = append(exprs, values[i])
		} else {
			exprs = append(exprs, "x."+ident(c.Name))
		}
		if c.Identity == "a" {
			override = " OVERRIDING SYSTEM VALUE"
		}
	}
	return "INSERT INTO " + rel.Quoted() + " (" + strings.Join(names, ", ") + ")" + override + " SELECT " + strings.Join(exprs, ", ") +
		" FROM " + rel.Quoted() + " x" + ownWhere(t, "x.", ownID) + " LIMIT 1"
}

func ownWhere(t *table, qualifier, id string) string {
	if !t.byColumn() {
		return ""
	}
	return " WHERE " + t.ownRow(qualifier, id)
}

// setClause assigns the marks, or any column when the marks may not be updated.
func setClause(rel *catalog.Relation, m marks, values []string) string {
	var set []string
	for i, c := range m.cols {
		if c.CanUpdate && !c.Generated && c.Identity != "a" {
			set = append(set, ident(c.Name)+" = "+values[i])
		}
	}
	if len(set) > 0 {
		return strings.Join(set, ", ")
	}
	for _, c := range rel.Columns {
		if c.CanUpdate && !c.Generated && c.Identity != "a" {
			return ident(c.Name) + " = NULL"
		}
	}
	return ""
}

// movable reports whether every mark can be updated by the role.
func movable(m marks) bool {
	return !m.none() && !slices.ContainsFunc(m.cols, func(c *catalog.Column) bool { return !c.CanUpdate || c.Generated || c.Identity == "a" })
}

// afterSQL gives the rows of the last statement and the own rows there are then.
func (t *table) afterSQL(rel *catalog.Relation, id string, readable bool) string {
	if !readable {
		return "SELECT pg_catalog.current_setting('arxctl.rows') || ',-1'"
	}
	count := "count(*)"
	if t.byColumn() {
		count = "count(*) FILTER (WHERE " + t.ownRow("", id) + ")"
	}
	return fmt.Sprintf("SELECT pg_catalog.current_setting('arxctl.rows') || ',' || (SELECT %s FROM %s)", count, rel.Quoted())
}

// policyExpr is the condition that row security puts on a command for the
// reading role, deparsed: permissive policies OR-ed, restrictive ones AND-ed.
// For INSERT, and for new rows of an UPDATE with check, it is WITH CHECK, which
// is USING where absent (CREATE POLICY).
func policyExpr(rel *catalog.Relation, command string, check bool) string {
	var any, all []string
	for _, p := range rel.Policies {
		if !p.Applies || p.Command != "*" && p.Command != command {
			continue
		}
		e := p.Using
		if check && p.Check != "" {
			e = p.Check
		}
		if e == "" {
			e = "true"
		}
		if p.Permissive {
			any = append(any, "("+e+")")
		} else {
			all = append(all, "("+e+")")
		}
	}
	if len(any) == 0 {
		return "false"
	}
	return "(" + strings.Join(append(all, "("+strings.Join(any, " OR ")+")"), " AND ") + ")"
}

// policyOn evaluates a condition over one made-up row: the own row if there is
// one, with other marks. Nothing is inserted.
func policyOn(t *table, rel *catalog.Relation, expr string, m marks, values []string, ownID string, fromOwn bool) string {
	var cols []string
	for _, c := range rel.Columns {
		i := slices.Index(m.cols, c)
		switch {
		case i >= 0:
			cols = append(cols, values[i]+" AS "+ident(c.Name))
		case fromOwn && c.CanSelect:
			cols = append(cols, "x."+ident(c.Name))
		default:
			cols = append(cols, "CAST(NULL AS "+c.Type+") AS "+ident(c.Name))
		}
	}
	from := ""
	if fromOwn {
		from = " FROM " + rel.Quoted() + " x" + ownWhere(t, "x.", ownID) + " LIMIT 1"
	}
	return "SELECT coalesce(bool_or(" + expr + "), false)::text FROM (SELECT " + strings.Join(cols, ", ") + from + ") AS " + ident(rel.Name)
}

// policyOver counts those of the given rows (JSON) that a condition admits.
func policyOver(rel *catalog.Relation, expr, rows string) string {
	return "SELECT count(*) FILTER (WHERE " + expr + ")::text FROM pg_catalog.jsonb_populate_recordset(CAST(NULL AS " + rel.Quoted() + "), " +
		literal(rows) + "::pg_catalog.jsonb) AS " + ident(rel.Name)
}
