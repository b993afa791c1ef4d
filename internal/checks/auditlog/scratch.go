package auditlog

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// A scratch copy is a temporary table with the columns, one row and the guards
// of the real relation, inside a transaction that is rolled back. What is tried
// there meets the real trigger functions and nothing else: no privilege, no row
// security, no constraint, and no lock on the real table.

// tried is what one scratch copy showed.
type tried struct {
	actor   string
	results map[string]outcome // by operation
}

// scratch tries the writes on a copy as the application itself, or as db.admin
// where the application may not make one. why says why neither could.
func (s *session) scratch(ctx context.Context, t *table, r row, haveRow bool) (out tried, why string) {
	actors := s.actors[:1:1]
	if haveRow {
		actors = []stack.Actor{r.actor}
	}
	if s.st.DB.Admin.IsSet() {
		actors = append(actors, stack.Actor{Name: "admin", DSN: s.st.DB.Admin})
	}
	for _, a := range actors {
		out = tried{actor: a.Name, results: map[string]outcome{}}
		err := s.write(ctx, a, func(tx pgx.Tx) error {
			src := row{}
			if haveRow && a.Name == r.actor.Name {
				src = r
			}
			copyName, err := makeCopy(ctx, tx, t, src)
			if err != nil {
				return err
			}
			return tryCopy(ctx, tx, t, copyName, out.results)
		})
		if err == nil {
			return out, ""
		}
		why += fmt.Sprintf("as %s: %s; ", a.Name, oneLine(err))
	}
	return out, strings.TrimSuffix(why, "; ")
}

// makeCopy creates the copy with its row, and its triggers last, as a guard may
// stand in the way of the row.
func makeCopy(ctx context.Context, tx pgx.Tx, t *table, src row) (string, error) {
	name := "pg_temp." + quote(t.Name)
	var cols, defs []string
	for _, c := range t.Columns {
		cols = append(cols, quote(c.Name))
		defs = append(defs, quote(c.Name)+" "+c.Type)
	}
	stmts := []string{fmt.Sprintf("CREATE TEMPORARY TABLE %s (%s)", quote(t.Name), strings.Join(defs, ", "))}
	list := strings.Join(cols, ", ")
	if src.through != nil {
		stmts = append(stmts, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s t WHERE %s", name, list, list, src.through.quoted(), src.where))
	} else {
		stmts = append(stmts, fmt.Sprintf("INSERT INTO %s DEFAULT VALUES", name))
	}
	stmts = append(stmts, fmt.Sprintf("CREATE UNIQUE INDEX arxctl_one ON %s ((1))", name))
	for _, g := range t.Triggers {
		if g.Type&(bitUpdate|bitDelete|bitTruncate) == 0 {
			continue
		}
		def, err := moved(t, g, name)
		if err != nil {
			return "", err
		}
		stmts = append(stmts, def)
		if verb := map[string]string{"A": "ENABLE ALWAYS", "R": "ENABLE REPLICA", "D": "DISABLE"}[g.Enabled]; verb != "" {
			stmts = append(stmts, fmt.Sprintf("ALTER TABLE %s %s TRIGGER %s", name, verb, quote(g.Name)))
		}
	}
	for _, q := range stmts {
		if _, err := tx.Exec(ctx, q); err != nil {
			return "", fmt.Errorf("%s: %w", firstWords(q), err)
		}
	}
	return name, nil
}

// moved rewrites a trigger's definition to stand on the copy. That of a clone
// casts rows to the partitioned table's type, so the original's is taken.
func moved(t *table, g trigger, onto string) (string, error) {
	for _, x := range append([]*table{t}, above(t)...) {
		if before, after, ok := strings.Cut(g.RootDef, " ON "+definitionName(x)+" "); ok {
			return before + " ON " + onto + " " + after, nil
		}
	}
	return "", fmt.Errorf("the definition of trigger %s names none of its tables", ident(g.Name))
}

func above(t *table) []*table {
	var out []*table
	for p := t.parent; p != nil; p = p.parent {
		out = append(out, p)
	}
	return out
}

// definitionName is how pg_get_triggerdef spells a relation: quoted where needed.
func definitionName(t *table) string { return t.spelled }

func firstWords(q string) string {
	f := strings.Fields(q)
	return strings.Join(f[:min(3, len(f))], " ")
}

// tryCopy attempts every kind of change on the copy.
func tryCopy(ctx context.Context, tx pgx.Tx, t *table, name string, results map[string]outcome) error {
	set := scratchSet(t)
	stmts := map[string]string{
		"DELETE":   "DELETE FROM " + name,
		"TRUNCATE": "TRUNCATE " + name,
	}
	if set != "" {
		stmts["UPDATE"] = fmt.Sprintf("UPDATE %s t SET %s", name, set)
		stmts["INSERT ... ON CONFLICT DO UPDATE"] = fmt.Sprintf("INSERT INTO %s AS t DEFAULT VALUES ON CONFLICT ((1)) DO UPDATE SET %s", name, set)
	}
	for op, q := range stmts {
		o, err := attempt(ctx, tx, hasUnread(t), q)
		if err != nil {
			return err
		}
		if op == "TRUNCATE" && o.swallow { // TRUNCATE never counts rows
			o = outcome{stuck: 1}
		}
		results[op] = o
	}
	return nil
}

// scratchSet changes every column at once.
func scratchSet(t *table) string {
	var set []string
	for _, c := range t.Columns {
		if c.Generated != "" || c.Identity == "a" || c.Base == "d" { // a domain may refuse what we make up
			continue
		}
		exprs := changed(t, c)
		if len(exprs) > 2 { // one that reads neither another row nor NULL
			set = append(set, fmt.Sprintf("%s = %s", quote(c.Name), exprs[0]))
		}
	}
	return strings.Join(set, ", ")
}

func hasUnread(t *table) bool {
	for _, g := range t.Triggers {
		if g.Fn.body == nil && g.Type&(bitUpdate|bitDelete|bitTruncate) != 0 {
			return true
		}
	}
	return false
}

// layerOf sums up outcomes: the layer that refused, when one alone did.
func layerOf(results map[string]outcome) (layer evidence.Layer, sqlstate string) {
	for _, o := range results {
		if o.layer == evidence.LayerConstraint {
			continue
		}
		if layer != "" && o.layer != layer {
			return evidence.LayerNone, ""
		}
		layer, sqlstate = o.layer, o.sqlstate
	}
	return layer, sqlstate
}
