package propose

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// link is a value that leads to a tenant through a table: a user by a membership,
// a session by where it is kept.
type link struct {
	name string // user or session
	a, b string
	via  *catalog.Column
	from *catalog.Relation
	id   *catalog.Column // the column beside it that holds the tenant's id
}

// lookUp is the query that finds the value of one tenant.
func (l link) lookUp(id string) string {
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s = %s", catalog.Ident(l.via.Name), l.from.Quoted(), catalog.Ident(l.id.Name), catalog.Literal(id))
}

var sessionName = regexp.MustCompile(`(?i)session|token`)

// links looks up, in the tables that policies and the functions they call read,
// the values that stand beside the two tenants' ids.
func (g *guesses) links(ctx context.Context) ([]link, error) {
	if g.session.madeUp {
		return nil, nil
	}
	var out []link
	for _, r := range g.consulted() {
		to := g.idColumn(r)
		if to == nil {
			continue
		}
		for _, c := range r.Columns {
			if c == to || !holdsID(c) || c.TypeKind == 'e' || !userName.MatchString(c.Name) && c.Base != to.Base {
				continue
			}
			var values [2][]string
			for i, id := range []string{g.session.a.id, g.session.b.id} {
				var err error
				sql := fmt.Sprintf("SELECT DISTINCT %s::text FROM %s WHERE %s::text = $1 AND %s IS NOT NULL ORDER BY 1 LIMIT 3", catalog.Ident(c.Name), r.Quoted(), catalog.Ident(to.Name), catalog.Ident(c.Name))
				if values[i], err = g.texts(ctx, g.eyes, g.eyesActor, sql, id); err != nil {
					return nil, err
				}
			}
			name := "user"
			if sessionName.MatchString(c.Name) || sessionName.MatchString(r.Name) && c.Base != "uuid" {
				name = "session"
			}
			for _, a := range values[0] {
				for _, b := range values[1] {
					if a != b && usable(a) && usable(b) {
						out = append(out, link{name, a, b, c, r, to})
					}
				}
			}
		}
	}
	return out, nil
}

// consulted are the relations that policies read beside their own, directly or in
// the functions that they call.
func (g *guesses) consulted() []*catalog.Relation {
	var text strings.Builder
	seen := map[uint32]bool{}
	for r, source := range g.cat.Sources() {
		text.WriteString(source)
		for _, p := range r.Policies {
			for _, oid := range p.Reads {
				seen[oid] = true
			}
		}
	}
	source := text.String()
	var out []*catalog.Relation
	for _, r := range g.cat.Relations {
		if seen[r.OID] || r.Is(catalog.Table, catalog.Partitioned, catalog.View) && regexp.MustCompile(`\b`+regexp.QuoteMeta(r.Name)+`\b`).MatchString(source) {
			out = append(out, r)
		}
	}
	return out
}

// idColumn is the column of a relation that holds tenants' ids: the one that is
// called so, or that refers to the table of tenants.
func (g *guesses) idColumn(r *catalog.Relation) *catalog.Column {
	if r == g.tenants {
		return nil
	}
	for _, k := range g.cat.Keys {
		if g.tenants != nil && k.From == r.OID && k.To == g.tenants.OID && len(k.Columns) == 1 {
			return r.Column(k.Columns[0])
		}
	}
	return r.Column(g.column)
}

// byRole is for policies that ask who the user is instead of a setting: each
// tenant is a role, taken after login or logged in as.
func (g *guesses) byRole(ctx context.Context) error {
	asks := false
	for _, source := range g.cat.Sources() {
		asks = asks || regexp.MustCompile(`(?i)\b(current_user|session_user|current_role|user)\b`).MatchString(source)
	}
	if !asks {
		return nil
	}
	var oids []uint32
	for _, r := range g.tables {
		oids = append(oids, r.OID)
	}
	type role struct {
		name     string
		canLogin bool
		member   bool
	}
	var list []role
	err := stack.Read(ctx, g.conn, stack.Actor{}, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT r.rolname::text, r.rolcanlogin, pg_has_role(session_user, r.oid, 'MEMBER') FROM pg_roles r
WHERE NOT r.rolsuper AND NOT r.rolbypassrls AND r.rolname !~ '^pg_' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = ANY($1::oid[])
  AND has_any_column_privilege(r.oid, c.oid, 'SELECT') AND NOT pg_has_role(r.oid, c.relowner, 'USAGE')) ORDER BY 1 LIMIT 40`, oids)
		if err != nil {
			return err
		}
		for rows.Next() {
			var r role
			if err := rows.Scan(&r.name, &r.canLogin, &r.member); err != nil {
				return err
			}
			list = append(list, r)
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	var found []tenant
	var sees []string
	for _, r := range list {
		if !r.member {
			continue
		}
		as := stack.Actor{Name: r.name, DSN: g.seat.DSN, Role: r.name}
		rows, err := g.seenBy(ctx, as)
		if err != nil {
			return err
		}
		mark := fmt.Sprint(rows)
		if !slices.ContainsFunc(slicesOf(rows), func(v string) bool { return !strings.HasPrefix(v, "0:") }) || slices.Contains(sees, mark) {
			continue
		}
		t := tenant{id: g.onlyID(ctx, as), role: r.name}
		if r.canLogin && g.login.Super {
			t.role, t.dsn = "", "${env:ARXCTL_"+strings.ToUpper(variable.ReplaceAllString(r.name, "_"))+"_DSN}"
		}
		if t.id == "" {
			t.id = r.name
		}
		sees, found = append(sees, mark), append(found, t)
	}
	if len(found) < 2 {
		return nil
	}
	g.session.a, g.session.b, g.session.madeUp = found[0], found[1], false
	g.session.score = 1
	g.session.idsWhy = fmt.Sprintf("policies ask for the current user; of %d roles that may read their tables, these see rows, and not the same", len(list))
	return nil
}

var variable = regexp.MustCompile(`[^A-Za-z0-9_]`)

// onlyID is the tenant whose rows alone the actor sees.
func (g *guesses) onlyID(ctx context.Context, as stack.Actor) string {
	for _, p := range g.places {
		got, err := g.texts(ctx, g.conn, as, fmt.Sprintf("SELECT DISTINCT %s::text FROM %s LIMIT 2", catalog.Ident(p.col.Name), p.rel.Quoted()))
		if err == nil && len(got) == 1 && usable(got[0]) {
			return got[0]
		}
	}
	return ""
}

func slicesOf(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// madeUpIDs are ids of tenants that do not exist, of the type that the places ask for.
func (g *guesses) madeUpIDs(ctx context.Context) (a, b string) {
	if len(g.places) == 0 {
		return "tenant-a", "tenant-b"
	}
	c := g.places[0].col
	switch c.Base {
	case "uuid":
		return madeUUID("a"), madeUUID("b")
	case "int2":
		return "9101", "9102"
	case "int4", "int8", "numeric":
		return "900000101", "900000102"
	}
	if len(c.Labels) > 1 {
		return c.Labels[0], c.Labels[1]
	}
	for _, pair := range [][2]string{{"arxctl-a", "arxctl-b"}, {"arxctl_a", "arxctl_b"}, {"arxa", "arxb"}, {"AXA", "AXB"}, {"a", "b"}, {"1001", "1002"}, {madeUUID("a"), madeUUID("b")}} {
		// A domain or a length may refuse it; a cast tells without writing.
		got, err := g.texts(ctx, g.conn, stack.Actor{}, "SELECT CAST(x AS "+c.Full+")::text FROM unnest($1::text[]) x", pair[:])
		if err == nil && len(got) == 2 && got[0] == pair[0] && got[1] == pair[1] {
			return pair[0], pair[1]
		}
	}
	return "tenant-a", "tenant-b"
}

// madeUUID ends in the tenant's letter.
func madeUUID(letter string) string { return "a7c71000-0000-4000-8000-00000000000" + letter }
