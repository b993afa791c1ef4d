package tenancy

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// sample is how many rows of a relation are looked at for telling what it is.
// What it holds is then judged on all of them.
const sample = 2000

// traces is how often each column of one relation held A's and B's id, among
// the rows that one session saw.
type traces struct {
	rows int64
	a, b map[string]int64
}

// classify tells tenant tables from lookup tables. Evidence, strongest first:
// the name that isolating policies compare elsewhere, a foreign key to the table
// of tenants, a column that this table's own policies refer to and that holds
// the ids, the ids themselves; then keys that lead to a tenant table, and row
// security whose rows can only be told by who sees them.
func (s *scene) classify(ctx context.Context) error {
	base := s.candidates(catalog.Table, catalog.Partitioned)
	seen, err := s.look(ctx, base)
	if err != nil {
		return err
	}
	s.seen = seen
	tenants := s.tenantsTable(base, seen)
	weight := s.weigh(base, seen, tenants)
	s.ids = map[string]bool{}
	for name := range weight {
		s.ids[name] = true
	}
	rest := []*catalog.Relation{}
	for _, r := range base {
		if t := s.byColumn(r, seen[r.OID], weight, tenants); t != nil {
			s.tables = append(s.tables, t)
		} else {
			rest = append(rest, r)
		}
	}
	s.byParent(rest)
	slices.SortFunc(s.tables, func(x, y *table) int { return strings.Compare(x.String(), y.String()) })
	return nil
}

// candidates are the relations of these kinds that either tenant may touch in any way.
func (s *scene) candidates(kinds ...rune) []*catalog.Relation {
	var out []*catalog.Relation
	for _, r := range s.cat.Relations {
		if !r.Is(kinds...) {
			continue
		}
		for _, x := range s.sides() {
			if p := x.can(r); p.Usage && (p.Select || p.Insert || p.Update || p.Delete || p.Truncate) {
				out = append(out, r)
				break
			}
		}
	}
	return out
}

// look counts, in a sample of each relation, the rows that carry A's and B's id
// in each column, as A, as B and as the reader.
func (s *scene) look(ctx context.Context, rels []*catalog.Relation) (map[uint32][]traces, error) {
	out := map[uint32][]traces{}
	asks := func(cat *catalog.Catalog) []ask {
		var list []ask
		for _, r := range rels {
			if own := cat.Relation(r.OID); own != nil && own.Can.Usage && own.Can.Select {
				list = append(list, ask{key: fmt.Sprint(r.OID), sql: s.traceSQL(own)})
			}
		}
		return list
	}
	add := func(got map[string]answer) {
		for _, r := range rels {
			t := traces{rows: -1}
			if v, ok := got[fmt.Sprint(r.OID)]; ok && v.ok() {
				t = readTraces(v.val)
			}
			out[r.OID] = append(out[r.OID], t)
		}
	}
	if err := s.lookAsTenants(ctx, asks, add); err != nil {
		return nil, err
	}
	if s.reader != nil {
		reader := stack.Actor{Name: "reader"}
		var cat *catalog.Catalog
		err := stack.Read(ctx, s.reader, reader, func(tx pgx.Tx) (err error) {
			cat, err = catalog.Read(ctx, tx, s.st.DB.Schemas...)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("db.reader: %w", err)
		}
		got, err := inRead(ctx, s.reader, reader, asks(cat))
		if err != nil {
			return nil, fmt.Errorf("db.reader: %w", err)
		}
		add(got)
	}
	return out, nil
}

// lookAsTenants asks as both tenants. Where db.seed is given, its rows are there
// for the look and rolled back: a database that was only just migrated has none,
// and without any nothing tells its tables apart.
func (s *scene) lookAsTenants(ctx context.Context, asks func(*catalog.Catalog) []ask, add func(map[string]answer)) error {
	may, _ := s.st.MayWrite()
	if s.st.DB.Seed == "" || !may || !s.sameLogin() {
		for _, x := range s.sides() {
			got, err := inRead(ctx, x.conn, x.actor, asks(x.cat))
			if err != nil {
				return err
			}
			add(got)
		}
		return nil
	}
	found := map[*side]map[string]answer{s.a: {}, s.b: {}}
	// A slice at a time, as one transaction may not hold every table's lock.
	for _, part := range slices.Collect(slices.Chunk(asks(s.a.cat), slice/2)) {
		err := stack.RolledBack(ctx, s.a.conn, s.a.actor, func(tx pgx.Tx) error {
			d := s.seeder(tx, s.a)
			for _, x := range s.sides() {
				if err := d.file(ctx, x); err != nil {
					s.unseeded = err
				}
			}
			for _, x := range s.sides() {
				if err := d.turn(ctx, x); err != nil {
					return err
				}
				if err := block(ctx, tx, part, false, found[x]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	add(found[s.a])
	add(found[s.b])
	return nil
}

func (s *scene) traceSQL(r *catalog.Relation) string {
	var cols, parts []string
	for _, c := range r.Columns {
		if !c.CanSelect || !fits(c, s.a.actor.ID) || !fits(c, s.b.actor.ID) {
			continue
		}
		cols = append(cols, ident(c.Name))
		parts = append(parts, fmt.Sprintf("%s, pg_catalog.json_build_array(count(*) FILTER (WHERE %s), count(*) FILTER (WHERE %s))",
			literal(c.Name), equals(c, "", s.a.actor.ID), equals(c, "", s.b.actor.ID)))
	}
	if len(parts) == 0 {
		return "SELECT pg_catalog.json_build_object('', pg_catalog.json_build_array(count(*), 0))::text FROM (SELECT FROM " + r.Quoted() + fmt.Sprintf(" LIMIT %d) x", sample)
	}
	// json_build_object takes at most 100 arguments, so wide tables go in pieces.
	var objects []string
	for _, chunk := range slices.Collect(slices.Chunk(parts, 40)) {
		objects = append(objects, "pg_catalog.json_build_object("+strings.Join(chunk, ", ")+")")
	}
	return fmt.Sprintf("SELECT pg_catalog.json_build_array(pg_catalog.json_build_object('', pg_catalog.json_build_array(count(*), 0)), %s)::text FROM (SELECT %s FROM %s LIMIT %d) x",
		strings.Join(objects, ", "), strings.Join(cols, ", "), r.Quoted(), sample)
}

func readTraces(text string) traces {
	t := traces{a: map[string]int64{}, b: map[string]int64{}}
	var list []map[string][2]int64
	if json.Unmarshal([]byte(text), &list) != nil {
		var one map[string][2]int64
		if json.Unmarshal([]byte(text), &one) != nil {
			return traces{rows: -1}
		}
		list = append(list, one)
	}
	for _, m := range list {
		for name, n := range m {
			if name == "" {
				t.rows = n[0]
				continue
			}
			t.a[name], t.b[name] = n[0], n[1]
		}
	}
	return t
}

// held sums what the column held of the ids over all sessions.
func held(seen []traces, column string) (a, b int64) {
	for _, t := range seen {
		a += t.a[column]
		b += t.b[column]
	}
	return a, b
}

// splits reports whether the column alone tells what A sees from what B sees.
func splits(seen []traces, column string) bool {
	a, b := seen[0], seen[1]
	return a.rows > 0 && b.rows > 0 && a.a[column] == a.rows && b.b[column] == b.rows
}

// inPolicies reports whether a policy on the relation refers to the column.
func inPolicies(r *catalog.Relation, column string) bool {
	return slices.ContainsFunc(r.Policies, func(p *catalog.Policy) bool { return slices.Contains(p.Columns, column) })
}

// soleKey reports whether the column alone is the relation's primary key.
func soleKey(r *catalog.Relation, column string) bool {
	return len(r.Primary) == 1 && r.Primary[0] == column
}

// tenantsTable returns the table whose key is the tenants' id: the one that
// columns named in policies refer to most, and that holds the ids.
func (s *scene) tenantsTable(base []*catalog.Relation, seen map[uint32][]traces) *catalog.Relation {
	votes := map[uint32]int{}
	for _, k := range s.cat.Keys {
		from, to := s.cat.Relation(k.From), s.cat.Relation(k.To)
		if len(k.Columns) != 1 || from == nil || to == nil {
			continue
		}
		target, source := to.Column(k.Targets[0]), from.Column(k.Columns[0])
		if target == nil || source == nil || !fits(target, s.a.actor.ID) || !fits(target, s.b.actor.ID) {
			continue
		}
		switch a, b := held(seen[from.OID], source.Name); {
		case inPolicies(from, source.Name) && (splits(seen[from.OID], source.Name) || textual(source, s.a.actor.ID) && (a > 0 || b > 0)):
			votes[to.OID] += 4
		case catalog.TenantName(source.Name):
			votes[to.OID] += 3
		case textual(source, s.a.actor.ID) && (a > 0 || b > 0):
			votes[to.OID] += 2
		case inPolicies(from, source.Name) && a > 0 && b > 0 && soleKey(to, target.Name):
			votes[to.OID]++ // small numbers are equal by accident
		}
	}
	var best *catalog.Relation
	for _, r := range s.cat.Relations {
		if votes[r.OID] > 0 && (best == nil || votes[r.OID] > votes[best.OID]) {
			best = r
		}
	}
	return best
}

// weigh returns the names that tenant columns go by, each with its weight.
func (s *scene) weigh(base []*catalog.Relation, seen map[uint32][]traces, tenants *catalog.Relation) map[string]int {
	weight := map[string]int{}
	for _, r := range base {
		for _, c := range r.Columns {
			if !fits(c, s.a.actor.ID) || !fits(c, s.b.actor.ID) || soleKey(r, c.Name) && !catalog.TenantName(c.Name) {
				continue
			}
			a, b := held(seen[r.OID], c.Name)
			policy, key := inPolicies(r, c.Name), s.refersTo(r, c.Name, tenants)
			switch {
			case policy && splits(seen[r.OID], c.Name), policy && key:
				weight[c.Name] += 4
			case policy && textual(c, s.a.actor.ID) && (a > 0 || b > 0):
				weight[c.Name] += 2
			case key && !actorName.MatchString(c.Name):
				weight[c.Name] += 2
			case catalog.TenantName(c.Name) && (a > 0 || b > 0 || c.Base == "uuid"):
				weight[c.Name]++
			}
		}
	}
	return weight
}

// refersTo reports whether a foreign key over this column alone leads to the table.
func (s *scene) refersTo(r *catalog.Relation, column string, to *catalog.Relation) bool {
	if to == nil {
		return false
	}
	return slices.ContainsFunc(s.cat.Keys, func(k *catalog.ForeignKey) bool {
		return k.From == r.OID && k.To == to.OID && len(k.Columns) == 1 && k.Columns[0] == column
	})
}
