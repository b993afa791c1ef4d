package tenancy

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// counts is what one session saw in one table.
type counts struct {
	own, foreign int64
	nobody       int64 // rows without a tenant
	also         int64 // rows of others that a second column of the policy admits
	sql          string
	answer       answer
}

func (c counts) total() int64 { return c.own + c.foreign + c.nobody + c.also }

// countSQL counts without WHERE: a condition on the tenant would hide what is
// looked for. NULL is compared too: three-valued logic would skip it.
func (t *table) countSQL(id string) string {
	rel := ident(t.rel.Schema) + "." + ident(t.rel.Name)
	if !t.byColumn() {
		return t.parentSQL(rel)
	}
	own, none, also := t.ownRow("", id), t.noTenant(""), t.alsoOwn("", id)
	return fmt.Sprintf("SELECT count(*) FILTER (WHERE %s) ||','|| count(*) FILTER (WHERE NOT %s AND NOT %s AND NOT %s) ||','|| count(*) FILTER (WHERE %s) ||','|| count(*) FILTER (WHERE NOT %s AND NOT %s AND %s) FROM %s",
		own, own, none, also, none, own, none, also, rel)
}

// anySQL counts all rows.
func (t *table) anySQL() string {
	return "SELECT count(*)::text FROM " + t.rel.Quoted()
}

// tenantsSQL counts the rows of any tenant.
func (t *table) tenantsSQL() string {
	if !t.byColumn() {
		return t.anySQL()
	}
	return "SELECT count(*) FILTER (WHERE NOT " + t.noTenant("") + ")::text FROM " + t.rel.Quoted()
}

// parentSQL counts as foreign the rows of which no parent is visible to the
// same session: the foreign key guarantees that each parent exists. Rows that
// point nowhere count as nobody's.
func (t *table) parentSQL(rel string) string {
	if len(t.parents) == 0 {
		return "SELECT count(*) || ',0,0,0' FROM " + rel
	}
	var seen, points []string
	for _, k := range t.parents {
		var on, set []string
		for i, c := range k.Columns {
			on = append(on, "p."+ident(k.Targets[i])+" = x."+ident(c))
			set = append(set, "x."+ident(c)+" IS NOT NULL")
		}
		seen = append(seen, "EXISTS (SELECT FROM "+t.parentName(k)+" p WHERE "+strings.Join(on, " AND ")+")")
		points = append(points, strings.Join(set, " AND "))
	}
	own, any := "("+strings.Join(seen, " OR ")+")", "("+strings.Join(points, " OR ")+")"
	return fmt.Sprintf("SELECT count(*) FILTER (WHERE %s) ||','|| count(*) FILTER (WHERE NOT %s AND %s) ||','|| count(*) FILTER (WHERE NOT %s) ||',0' FROM %s x",
		own, own, any, any, rel)
}

func (t *table) parentName(k *catalog.ForeignKey) string {
	return t.parentNames[k.To]
}

func readCounts(a answer, sql string) counts {
	c := counts{sql: sql, answer: a}
	if !a.ok() {
		return c
	}
	f := strings.Split(a.val, ",")
	if len(f) != 4 {
		c.answer = answer{err: fmt.Errorf("expected four counts, got %q", a.val)}
		return c
	}
	for i, to := range []*int64{&c.own, &c.foreign, &c.nobody, &c.also} {
		n, err := strconv.ParseInt(f[i], 10, 64)
		if err != nil {
			c.answer = answer{err: fmt.Errorf("expected a count, got %q", f[i])}
			return c
		}
		*to = n
	}
	return c
}

// count counts the tables as the actor with the given tenant id, in read-only
// transactions.
func count(ctx context.Context, c *pgx.Conn, actor stack.Actor, id string, tables []*table) (map[*table]counts, error) {
	asks := make([]ask, len(tables))
	for i, t := range tables {
		asks[i] = ask{key: t.String(), sql: t.countSQL(id)}
	}
	got, err := inRead(ctx, c, actor, asks)
	if err != nil {
		return nil, err
	}
	out := make(map[*table]counts, len(tables))
	for i, t := range tables {
		out[t] = readCounts(got[t.String()], asks[i].sql)
	}
	return out, nil
}

// countIn is count inside a transaction that is already the actor.
func countIn(ctx context.Context, tx pgx.Tx, id string, tables []*table) (map[*table]counts, error) {
	asks := make([]ask, len(tables))
	for i, t := range tables {
		asks[i] = ask{key: t.String(), sql: t.countSQL(id)}
	}
	got := map[string]answer{}
	if err := block(ctx, tx, asks, false, got); err != nil {
		return nil, err
	}
	out := make(map[*table]counts, len(tables))
	for i, t := range tables {
		out[t] = readCounts(got[t.String()], asks[i].sql)
	}
	return out, nil
}

// closed reports whether row security shuts the table for the side altogether:
// it binds the role and no permissive policy admits any row to it.
func closed(x *side, r *catalog.Relation) bool {
	own := x.cat.Relation(r.OID)
	if own == nil || !own.Active {
		return false
	}
	for _, p := range own.Policies {
		if p.Permissive && p.Applies && (p.Command == "*" || p.Command == "r") {
			return false
		}
	}
	return true
}
