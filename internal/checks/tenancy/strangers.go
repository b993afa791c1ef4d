package tenancy

import (
	"fmt"
	"slices"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// A command can reach rows that the session may not read. Those can be own rows
// that the policies for reading hide (deleted ones, say), or rows of a third
// tenant, of whom nothing is known here. Two things tell them apart.

// taken bounds how many rows beyond the own ones are handed over for the look.
const taken = 1000

// take hands what an UPDATE reaches to the own tenant, to be rolled back: an own
// row that was hidden stays hidden, a foreign one comes into sight.
func (w *writer) take(t *table, rel *catalog.Relation, m marks, reached int64) ask {
	limit := min(reached, w.own[t].own+taken)
	return ask{key: key(t, "take"), sql: t.afterSQL(rel, w.x.actor.ID, true),
		steps: []string{reachStart, "UPDATE " + rel.Quoted() + " SET " + setClause(rel, m, m.own) + " WHERE " + reachUpTo(limit)}}
}

// strangers says why rows within reach that are not seen are not own ones, or
// nothing.
func (w *writer) strangers(t *table, rel *catalog.Relation, reached int64) string {
	own := w.own[t]
	if len(rel.Rules) > 0 {
		return "" // the action of a rule has the command's own condition in it, and counts as well
	}
	if reached > own.total() && onlyTenant(t, rel) {
		return fmt.Sprintf("the policies for reading look at the tenant alone, so that they would show own ones, and show %d", own.total())
	}
	a, asked := w.got[key(t, "take")]
	if !asked || slices.ContainsFunc(rel.Triggers, func(g *catalog.Trigger) bool { return g.Update && g.Enabled != "D" && g.Enabled != "R" }) {
		return "" // a trigger may add own rows
	}
	if a.ok() {
		if _, after := rowsAfter(a); after > own.own {
			return fmt.Sprintf("handed to the own tenant, %d more came into sight", after-own.own)
		}
		return ""
	}
	if layer, _ := a.refusal(); layer == evidence.LayerConstraint && slices.Contains([]string{"23505", "23503"}, a.state) {
		return "handed to the own tenant, one broke a key, which an own row would not: " + a.String()
	}
	return ""
}

// onlyTenant reports whether the policies for reading depend on nothing of a row
// but its tenant, so that an own row is always seen.
func onlyTenant(t *table, rel *catalog.Relation) bool {
	n := 0
	for _, p := range rel.Policies {
		if !p.Applies || p.Command != "*" && p.Command != "r" {
			continue
		}
		if len(p.Reads) > 0 || slices.ContainsFunc(p.Columns, func(c string) bool { return !t.has(c) }) {
			return false
		}
		n++
	}
	return n > 0
}
