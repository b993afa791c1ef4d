package tenancy

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
)

// keysKept bounds how many rows are compared one by one between two tenants.
const keysKept = 5000

// keyOf is a text that names one row of the table for good: its key, else its
// place. Both tenants read it, so it needs no column that only one may read.
func (t *table) keyOf() string {
	var cols []string
	for _, k := range t.rel.Primary {
		if c := t.rel.Column(k); c == nil || !c.CanSelect {
			cols = nil
			break
		}
		cols = append(cols, ident(k))
	}
	if cols == nil {
		return "pg_catalog.json_build_array(tableoid, ctid)::text"
	}
	return "pg_catalog.json_build_array(" + strings.Join(cols, ", ") + ")::text"
}

// both reports, for each table without a tenant column, how many of the rows
// that one side sees the other sees too.
type both struct {
	sql        string
	mine       int64 // rows this side sees, of those compared
	shared     int64 // of them, also seen by the other
	fromOthers int64 // rows of the other side that were compared
	failed     answer
}

// overlap compares the rows that the two sides see in tables that carry no tenant.
func (s *scene) overlap(ctx context.Context, tables []*table) (map[*table]both, error) {
	seen := map[*side]map[string]answer{}
	sql := map[*table]string{}
	for _, x := range s.sides() {
		var asks []ask
		for _, t := range tables {
			sql[t] = fmt.Sprintf("SELECT coalesce(pg_catalog.json_agg(k), '[]')::text FROM (SELECT %s AS k FROM %s LIMIT %d) x", t.keyOf(), t.rel.Quoted(), keysKept)
			asks = append(asks, ask{key: t.String(), sql: sql[t]})
		}
		got, err := inRead(ctx, x.conn, x.actor, asks)
		if err != nil {
			return nil, err
		}
		seen[x] = got
	}
	out := map[*table]both{}
	for _, t := range tables {
		out[t] = compare(sql[t], seen[s.a][t.String()], seen[s.b][t.String()])
	}
	return out, nil
}

func compare(sql string, a, b answer) both {
	r := both{sql: sql}
	var ka, kb []string
	for _, x := range []struct {
		answer
		into *[]string
	}{{a, &ka}, {b, &kb}} {
		if !x.ok() {
			r.failed = x.answer
			return r
		}
		if err := json.Unmarshal([]byte(x.val), x.into); err != nil {
			r.failed = answer{err: err}
			return r
		}
	}
	in := make(map[string]bool, len(ka))
	for _, k := range ka {
		in[k] = true
	}
	for _, k := range kb {
		if in[k] {
			r.shared++
		}
	}
	r.mine, r.fromOthers = int64(len(ka)), int64(len(kb))
	return r
}

// become turns the transaction into another actor of the same login: the role
// and every setting that the first one had are put back first.
func become(ctx context.Context, tx pgx.Tx, from, to stack.Actor) error {
	if from.Role != "" {
		if _, err := tx.Exec(ctx, "SET LOCAL ROLE NONE"); err != nil {
			return err
		}
	}
	for _, set := range from.Set {
		if _, err := tx.Exec(ctx, "SELECT set_config($1, '', true)", set.Name); err != nil {
			return err
		}
	}
	return to.Become(ctx, tx)
}
