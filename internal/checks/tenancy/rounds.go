package tenancy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

const kept = 20 // rows of the other tenant that a policy is evaluated over

// sampleAsks reads rows of each table as one side sees them, its own only.
func (w *writer) sampleAsks(x *side, tables []*table) []ask {
	var asks []ask
	for _, t := range tables {
		rel := x.cat.Relation(t.rel.OID)
		if rel == nil || !x.readable(t.rel) {
			continue
		}
		var cols []string
		for _, c := range rel.Columns {
			if c.CanSelect {
				cols = append(cols, ident(c.Name))
			}
		}
		where := ""
		if t.byColumn() {
			where = " WHERE " + t.ownRow("", x.actor.ID) + " OR " + t.noTenant("")
		}
		asks = append(asks, ask{key: t.String(), sql: fmt.Sprintf("SELECT coalesce(pg_catalog.json_agg(x), '[]')::text FROM (SELECT %s FROM %s%s LIMIT %d) x", strings.Join(cols, ", "), rel.Quoted(), where, kept)})
	}
	return asks
}

// sampleMarks are the marks of a table without a tenant column: its keys to
// parents, else the plain columns that its policies look at, with the values
// that rows of each tenant have.
func sampleMarks(t *table, x *side, own, foe string) marks {
	rel := x.cat.Relation(t.rel.OID)
	a, b := firstRow(own), firstRow(foe)
	if rel == nil || a == nil || b == nil {
		return marks{}
	}
	var names []string
	if len(t.parents) > 0 {
		for _, k := range t.parents {
			names = append(names, k.Columns...)
		}
	} else {
		for _, p := range rel.Policies {
			names = append(names, p.Columns...)
		}
	}
	slices.Sort(names)
	var m marks
	for _, n := range slices.Compact(names) {
		c := rel.Column(n)
		va, oka := a[n].(string)
		vb, okb := b[n].(string)
		if c == nil || !oka || !okb || va == vb {
			continue
		}
		m.cols, m.own, m.foe = append(m.cols, c), append(m.own, value(c, va)), append(m.foe, value(c, vb))
	}
	return m
}

// firstRow returns the first row of a JSON array with scalar values as text.
func firstRow(rows string) map[string]any {
	var list []map[string]json.RawMessage
	if json.Unmarshal([]byte(rows), &list) != nil || len(list) == 0 {
		return nil
	}
	out := map[string]any{}
	for k, v := range list[0] {
		var s string
		switch text := string(v); {
		case text == "null" || strings.HasPrefix(text, "{") || strings.HasPrefix(text, "["):
		case json.Unmarshal(v, &s) == nil:
			out[k] = s
		default:
			out[k] = text
		}
	}
	return out
}

func (w *writer) rel(t *table) *catalog.Relation { return w.x.cat.Relation(t.rel.OID) }

func key(t *table, what string) string { return t.String() + "|" + what }

// first is the first round: everything that touches no row, or one that is undone.
func (w *writer) first(t *table) []ask {
	rel, m := w.rel(t), w.marks[t]
	if rel == nil || !rel.Can.Usage {
		return nil
	}
	var asks []ask
	add := func(what, sql string, steps ...string) {
		asks = append(asks, ask{key: key(t, what), sql: sql, steps: steps})
	}
	after := t.afterSQL(rel, w.x.actor.ID, w.x.readable(t.rel))
	if rel.Can.Insert && !m.none() {
		if appendOnly(rel) {
			expr := policyExpr(rel, "a", true)
			fromOwn := w.own[t].own > 0
			add("insert-own", policyOn(t, rel, expr, m, m.own, w.x.actor.ID, fromOwn))
			add("insert-foe", policyOn(t, rel, expr, m, m.foe, w.x.actor.ID, fromOwn))
		} else {
			add("insert-own", after, insertSQL(rel, m, m.own), checkNow)
			add("insert-foe", after, insertSQL(rel, m, m.foe))
		}
	}
	if rel.Can.Delete {
		add("delete", reachValue, reachStart, "DELETE FROM "+rel.Quoted()+" WHERE "+reachNone)
	}
	if set := setClause(rel, m, m.own); rel.Can.Update && set != "" {
		add("update", reachValue, reachStart, "UPDATE "+rel.Quoted()+" SET "+set+" WHERE "+reachNone)
		if movable(m) {
			add("move", after, reachStart, "UPDATE "+rel.Quoted()+" SET "+setClause(rel, m, m.foe)+" WHERE "+reachOne)
		}
	}
	if c := nullable(m); rel.Can.Insert && c && !appendOnly(rel) {
		none := make([]string, len(m.cols))
		for i, k := range m.cols {
			none[i] = "CAST(NULL AS " + k.Type + ")"
		}
		add("insert-none", after, insertSQL(rel, m, none))
		add("none-seen", policyOn(t, rel, policyExpr(rel, "r", false), m, none, w.x.actor.ID, w.own[t].own > 0))
	}
	return asks
}

func nullable(m marks) bool {
	return !m.none() && !slices.ContainsFunc(m.cols, func(c *catalog.Column) bool { return c.NotNull })
}

// second is the second round, for tables that the first left open.
func (w *writer) second(t *table) []ask {
	rel, m := w.rel(t), w.marks[t]
	if rel == nil {
		return nil
	}
	var asks []ask
	own, foe := w.got[key(t, "insert-own")], w.got[key(t, "insert-foe")]
	if _, asked := w.got[key(t, "insert-foe")]; asked && !appendOnly(rel) && w.unclear(rel, own, foe) {
		after := t.afterSQL(rel, w.x.actor.ID, w.x.readable(t.rel))
		asks = append(asks,
			ask{key: key(t, "copy-own"), sql: after, steps: []string{copySQL(t, rel, m, m.own, w.x.actor.ID)}},
			ask{key: key(t, "copy-foe"), sql: after, steps: []string{copySQL(t, rel, m, m.foe, w.x.actor.ID)}},
			ask{key: key(t, "policy-foe"), sql: policyOn(t, rel, policyExpr(rel, "a", true), m, m.foe, w.x.actor.ID, w.own[t].own > 0)})
	}
	for _, c := range []struct{ what, command string }{{"delete", "d"}, {"update", "w"}} {
		a, asked := w.got[key(t, c.what)]
		if n, err := strconv.ParseInt(a.val, 10, 64); asked && a.ok() && err == nil && n > w.own[t].own {
			asks = append(asks, ask{key: key(t, c.what+"-foe"), sql: w.over(t, rel, policyExpr(rel, c.command, false))})
			if c.command == "w" && !movable(m) {
				asks = append(asks, ask{key: key(t, "update-check"), sql: w.over(t, rel, policyExpr(rel, c.command, true))})
			}
			if c.command == "w" && t.byColumn() && movable(m) && w.x.readable(t.rel) {
				asks = append(asks, w.take(t, rel, m, n))
			}
		}
	}
	if a, asked := w.got[key(t, "move")]; asked && passed(a) && !a.ok() {
		asks = append(asks, ask{key: key(t, "move-foe"), sql: policyOn(t, rel, policyExpr(rel, "w", true), m, m.foe, w.x.actor.ID, w.own[t].own > 0)})
	}
	return asks
}

// over evaluates a condition over the other tenant's rows as this side, or over
// one row that has nothing but the other's marks.
func (w *writer) over(t *table, rel *catalog.Relation, expr string) string {
	if rows := w.rows[t]; rows != "" && rows != "[]" {
		return policyOver(rel, expr, rows)
	}
	return "SELECT CASE WHEN (" + policyOn(t, rel, expr, w.marks[t], w.marks[t].foe, w.x.actor.ID, false) + ") = 'true' THEN '1' ELSE '0' END"
}

// passed reports whether row security let a new row through: nothing refused
// it, or only a constraint did, which PostgreSQL checks afterwards.
func passed(a answer) bool {
	if a.ok() {
		return true
	}
	layer, _ := a.refusal()
	return layer == evidence.LayerConstraint && a.state != "428C9" // which is said before row security is asked
}

// unclear reports whether the first INSERTs leave open who refused them, or
// whose the row would have been.
func (w *writer) unclear(rel *catalog.Relation, own, foe answer) bool {
	layer, _ := foe.refusal()
	switch {
	case layer == evidence.LayerPrivilege:
		return false
	case layer == evidence.LayerRowSecurity:
		return !passed(own)
	case foe.ok():
		return false
	}
	return true
}

// rewrites reports whether a trigger or rule may make another row of the one given.
func rewrites(rel *catalog.Relation, insert bool) bool {
	return len(rel.Rules) > 0 || slices.ContainsFunc(rel.Triggers, func(t *catalog.Trigger) bool {
		return t.Before && t.Row && t.Enabled != "D" && t.Enabled != "R" && (insert && t.Insert || !insert && t.Update)
	})
}
