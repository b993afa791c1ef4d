package propose

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// place is a column that holds tenants' ids.
type place struct {
	rel *catalog.Relation
	col *catalog.Column
}

func (p place) String() string { return p.rel.String() + "." + catalog.Plain(p.col.Name) }

// where finds the column by which rows are told apart: what most policies look
// at, then what tenant columns are mostly called; and, along its foreign keys, the
// table of tenants.
func (g *guesses) where(context.Context) error {
	votes := map[string]int{}
	for _, r := range g.tables {
		for _, c := range r.Columns {
			if !holdsID(c) {
				continue
			}
			if inPolicies(r, c.Name) {
				votes[c.Name] += 2
			}
			if catalog.TenantName(c.Name) {
				votes[c.Name] += 2
			}
		}
	}
	for name, n := range votes {
		if name != "id" && (n > votes[g.column] || n == votes[g.column] && name < g.column) {
			g.column = name
		}
	}
	if g.column == "" && votes["id"] > 0 {
		g.column = "id"
	}
	if g.column == "" {
		return nil
	}
	for _, r := range g.tables {
		if c := r.Column(g.column); c != nil && holdsID(c) {
			g.places = append(g.places, place{r, c})
		}
	}
	g.tenantsTable()
	// A table may spell the column its own way: the only one of the same type that its policies look at.
	for _, r := range g.tables {
		if slices.ContainsFunc(g.places, func(p place) bool { return p.rel == r }) || len(g.places) == 0 {
			continue
		}
		var own []*catalog.Column
		for _, c := range r.Columns {
			if inPolicies(r, c.Name) && c.Base == g.places[0].col.Base && (catalog.TenantName(c.Name) || alike(c.Name, g.column)) {
				own = append(own, c)
			}
		}
		if len(own) == 1 {
			g.places = append(g.places, place{r, own[0]})
		}
	}
	return nil
}

// tenantsTable follows the foreign keys of the tenant column to where most lead;
// without any, it is the table whose own key the policies compare.
func (g *guesses) tenantsTable() {
	votes := map[uint32]int{}
	target := map[uint32]string{}
	for _, k := range g.cat.Keys {
		if len(k.Columns) == 1 && k.Columns[0] == g.column && slices.ContainsFunc(g.places, func(p place) bool { return p.rel.OID == k.From }) {
			votes[k.To]++
			target[k.To] = k.Targets[0]
		}
	}
	for _, r := range g.cat.Relations {
		if votes[r.OID] > 0 && (g.tenants == nil || votes[r.OID] > votes[g.tenants.OID]) {
			g.tenants = r
		}
	}
	if g.tenants == nil {
		for _, r := range g.tables {
			if r.Column(g.column) == nil && len(r.Primary) == 1 && inPolicies(r, r.Primary[0]) && len(g.places) > 0 && r.Column(r.Primary[0]).Base == g.places[0].col.Base && !readsOthers(r) {
				g.tenants, target[r.OID] = r, r.Primary[0]
				break
			}
		}
	}
	if g.tenants == nil {
		return
	}
	if c := g.tenants.Column(target[g.tenants.OID]); c != nil && !slices.ContainsFunc(g.places, func(p place) bool { return p.rel == g.tenants && p.col == c }) {
		g.places = append([]place{{g.tenants, c}}, slices.DeleteFunc(g.places, func(p place) bool { return p.rel == g.tenants })...)
	}
}

// holdsID reports whether a tenant's id could stand in a column of this type.
func holdsID(c *catalog.Column) bool {
	return slices.Contains([]string{"uuid", "int2", "int4", "int8", "numeric", "text", "varchar", "bpchar", "citext", "name"}, c.Base) || c.TypeKind == 'e'
}

func inPolicies(r *catalog.Relation, column string) bool {
	return slices.ContainsFunc(r.Policies, func(p *catalog.Policy) bool { return slices.Contains(p.Columns, column) })
}

func readsOthers(r *catalog.Relation) bool {
	return slices.ContainsFunc(r.Policies, func(p *catalog.Policy) bool { return len(p.Reads) > 0 })
}

// alike reports whether two names are one word in another spelling: orgId, org_id, company_id, company.
func alike(a, b string) bool {
	plain := func(s string) string {
		s = strings.ToLower(strings.NewReplacer("_", "", " ", "", "-", "").Replace(s))
		return strings.TrimSuffix(s, "id")
	}
	return plain(a) == plain(b)
}

// visible finds out whether the eyes see every row of the places.
func (g *guesses) visible(ctx context.Context) error {
	g.eyesActor = stack.Actor{Name: g.eyesName}
	return stack.Read(ctx, g.eyes, g.eyesActor, func(tx pgx.Tx) error {
		g.seesAll = len(g.places) > 0
		for _, p := range g.places {
			var sees bool
			err := tx.QueryRow(ctx, `SELECT has_schema_privilege(relnamespace, 'USAGE') AND has_column_privilege(oid, $2::text, 'SELECT') AND NOT row_security_active(oid)
  FROM pg_class WHERE oid = $1`, p.rel.OID, p.col.Name).Scan(&sees)
			if err != nil {
				return err
			}
			g.seesAll = g.seesAll && sees
		}
		return nil
	})
}

// howMany asks how large the tables are, which any role may: one of no bytes has
// no rows (PostgreSQL documentation, pg_relation_size).
func (g *guesses) howMany(ctx context.Context) error {
	if len(g.places) == 0 {
		return nil
	}
	var oids []uint32
	for _, p := range g.places {
		oids = append(oids, p.rel.OID)
	}
	var bytes int64
	err := stack.Read(ctx, g.conn, stack.Actor{}, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT coalesce(sum(pg_relation_size(x.oid)), 0)::bigint FROM (
  SELECT o AS oid FROM unnest($1::oid[]) o JOIN pg_class c ON c.oid = o AND c.relkind = 'r'
  UNION SELECT t.relid FROM unnest($1::oid[]) o JOIN pg_class c ON c.oid = o AND c.relkind = 'p', pg_partition_tree(o) t WHERE t.isleaf) x`, oids).Scan(&bytes)
	})
	if err != nil {
		return err
	}
	g.empty = bytes == 0
	if !g.empty && g.seesAll {
		list, err := g.ids(ctx, 1)
		if err != nil {
			return err
		}
		g.empty = len(list) == 0
	}
	return nil
}

// candidate is a tenant that was seen.
type candidate struct {
	id     string
	tables int // in how many places
}

// maxIDs bounds how many ids of one place are looked at.
const maxIDs = 200

// ids returns the tenants that the eyes see, those with rows in most places first.
func (g *guesses) ids(ctx context.Context, atMost int) ([]candidate, error) {
	count := map[string]int{}
	for _, p := range g.places {
		sql := fmt.Sprintf("SELECT DISTINCT %s::text FROM (SELECT %s FROM %s WHERE %s IS NOT NULL LIMIT 20000) x ORDER BY 1 LIMIT %d",
			catalog.Ident(p.col.Name), catalog.Ident(p.col.Name), p.rel.Quoted(), catalog.Ident(p.col.Name), maxIDs)
		got, err := g.texts(ctx, g.eyes, g.eyesActor, sql)
		if err != nil {
			return nil, err
		}
		for _, id := range got {
			if usable(id) {
				count[id]++
			}
		}
	}
	var out []candidate
	for id, n := range count {
		out = append(out, candidate{id, n})
	}
	slices.SortFunc(out, func(x, y candidate) int {
		if x.tables != y.tables {
			return y.tables - x.tables
		}
		return strings.Compare(x.id, y.id)
	})
	return out[:min(len(out), atMost)], nil
}

// usable refuses values that arxctl.yaml would read as something else than themselves.
func usable(v string) bool {
	return v != "" && len(v) <= 200 && !strings.Contains(v, "${") && !strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// texts runs one query of one text column; what is refused or takes too long gives nothing.
func (g *guesses) texts(ctx context.Context, c *pgx.Conn, as stack.Actor, sql string, args ...any) ([]string, error) {
	var out []string
	err := stack.Read(ctx, c, as, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if stack.SQLState(err) != "" && ctx.Err() == nil && !c.IsClosed() {
		return nil, nil
	}
	return out, err
}
