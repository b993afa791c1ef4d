package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// References asks whether rows of one tenant can hang on rows of another.
var References = &checks.Check{
	ID: "tenancy.references", Version: 2, POC: "§1", Timeout: 2 * time.Minute,
	Title: "No foreign key lets one tenant's rows hang on another's",
	Proves: "For every foreign key between tenant tables, either the tenant is part of the key, or pointing an own row at a row of the other tenant was refused when it was tried. " +
		"Where it is accepted, deleting or changing the one row must not remove or change the other tenant's (referential actions run outside row security), and the key must not take the target's tenant from a column that the caller chooses.",
	DoesNotProve: "A reference by key alone that is accepted without such an action is advised against and not failed: it tells that a row exists, and little else. References without a foreign key are not looked at.",
	Fix:          "Make the tenant part of both keys: UNIQUE (tenant, id) on the parent, FOREIGN KEY (tenant, parent_id) REFERENCES parent (tenant, id) on the child.",
	Doors:        []stack.Door{stack.DoorDB},
	Effects:      checks.RolledBack,
	Reproduce:    `arxctl check --only tenancy.references -c "$ARXCTL_CONFIG"`,
	Run:          runReferences,
}

// link is one foreign key between tenant tables.
type link struct {
	key      *catalog.ForeignKey
	from, to *table
	whole    bool // the tenant is part of it
}

// chosen reports whether the key pairs the target's tenant column with a column
// that is not the row's own tenant: whose row it points at, the caller chooses.
func (l link) chosen() bool {
	for i, c := range l.key.Columns {
		if l.to.has(l.key.Targets[i]) && !l.from.has(c) {
			return !l.whole
		}
	}
	return false
}

func (l link) unit() string { return l.from.String() + "." + l.key.Name }

func runReferences(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	if len(s.tables) == 0 {
		return errNoTables
	}
	links := s.links()
	if len(links) == 0 {
		for _, t := range s.tables {
			rec.Sight(t.String(), "its columns and keys were read", "SELECT attname FROM pg_attribute WHERE attrelid = "+literal(t.String())+"::regclass", evidence.AtLeast(1), fmt.Sprint(len(t.rel.Columns)))
		}
		rec.Claim("foreign keys", "foreign keys between tenant tables, beside those to the table of tenants", "SELECT conname FROM pg_constraint WHERE contype = 'f'", evidence.AtMost(0), fmt.Sprint(len(links)))
		rec.NotApplicable("there is no foreign key between tenant tables")
		return nil
	}
	var tried []link
	for _, l := range links {
		rec.Population("foreign keys between tenant tables", l.unit())
		switch {
		case l.whole:
			const via = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
			rec.Sight(l.unit(), "the key's columns are known", via, evidence.AtLeast(1), fmt.Sprint(len(l.key.Columns)))
			rec.Claim(l.unit(), "the tenant is part of the key", via, evidence.Equals("part of the key"), "part of the key")
		default:
			tried = append(tried, l)
		}
	}
	if ok, reason := st.MayWrite(); !ok {
		for _, l := range tried {
			rec.Blind(l.unit(), "an own row pointed at a row of the other tenant", "", reason)
		}
		return nil
	}
	v, err := s.counted(ctx)
	if err != nil {
		return err
	}
	for _, x := range s.sides() {
		for part := range slices.Chunk(tried, slice/2) {
			if err := s.tryLinks(ctx, rec, x, part, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// links lists foreign keys between tenant tables, but not those that say whose
// the row is: the tenant column itself, or the one key to a parent.
func (s *scene) links() []link {
	var out []link
	for _, k := range s.cat.Keys {
		from, to := s.table(k.From), s.table(k.To)
		if from == nil || to == nil {
			continue
		}
		l := link{key: k, from: from, to: to}
		for i, c := range k.Columns {
			if from.has(c) && to.has(k.Targets[i]) {
				l.whole = true
			}
		}
		if l.whole && len(k.Columns) == 1 {
			continue // the tenant column itself
		}
		if !from.byColumn() && len(from.parents) == 1 && from.parents[0] == k {
			continue // a row belongs to whom its parent belongs: wherever it points, both are one tenant's
		}
		if _, shared := s.shared(to.rel); shared {
			continue
		}
		out = append(out, l)
	}
	return out
}

// has reports whether the column of this name is a tenant column of the table.
func (t *table) has(name string) bool {
	return slices.ContainsFunc(t.cols, func(c *catalog.Column) bool { return c.Name == name })
}

func (s *scene) tryLinks(ctx context.Context, rec *checks.Recorder, x *side, links []link, v *survey) error {
	return stack.RolledBack(ctx, x.conn, x.actor, func(tx pgx.Tx) error {
		y := s.other(x)
		var tables, seed []*table
		for _, l := range links {
			for _, t := range []*table{l.from, l.to} {
				if !slices.Contains(tables, t) {
					tables = append(tables, t)
					if v.seeded[t] {
						seed = append(seed, t)
					}
				}
			}
		}
		w := &writer{s: s, x: x, y: y, tx: tx, v: v, got: map[string]answer{}, sql: map[string]string{}}
		theirs := map[string]answer{}
		if s.sameLogin() {
			d := s.seeder(tx, x)
			if len(seed) > 0 {
				d.fill(ctx, seed, map[*table]string{})
			}
			if err := d.turn(ctx, y); err != nil {
				return err
			}
			if err := block(ctx, tx, targets(y, links), false, theirs); err != nil {
				return err
			}
			if err := d.turn(ctx, x); err != nil {
				return err
			}
		} else {
			got, err := inRead(ctx, y.conn, y.actor, targets(y, links))
			if err != nil {
				return err
			}
			theirs = got
		}
		var asks []ask
		for _, l := range links {
			asks = append(asks, s.pointAt(x, l, theirs[l.unit()].val)...)
		}
		if err := w.ask(ctx, asks); err != nil {
			return err
		}
		for _, l := range links {
			w.reportLink(rec, l, theirs[l.unit()])
		}
		return nil
	})
}

// targets asks for the key of a row that the side owns in each referenced table.
func targets(y *side, links []link) []ask {
	var out []ask
	for _, l := range links {
		var cols []string
		for _, c := range l.key.Targets {
			cols = append(cols, "pg_catalog.quote_literal("+ident(c)+"::text)")
		}
		sql := "SELECT pg_catalog.array_to_string(ARRAY[" + strings.Join(cols, ", ") + "]::text[], '\x01') FROM " + l.to.rel.Quoted()
		if l.to.byColumn() {
			sql += " WHERE " + l.to.ownRow("", y.actor.ID)
		}
		out = append(out, ask{key: l.unit(), sql: sql + " LIMIT 1"})
	}
	return out
}

// pointAt points an own row at the other tenant's: by UPDATE where the role
// may, else by a copy.
func (s *scene) pointAt(x *side, l link, target string) []ask {
	rel := x.cat.Relation(l.key.From)
	if rel == nil || target == "" {
		return nil
	}
	values := strings.Split(target, "\x01")
	m := marks{}
	for i, name := range l.key.Columns {
		c := rel.Column(name)
		m.cols, m.foe = append(m.cols, c), append(m.foe, "CAST("+values[i]+" AS "+c.Type+")")
	}
	var out []ask
	if rel.Can.Update && movable(m) {
		out = append(out, ask{key: l.unit() + "|update", sql: reachValue,
			steps: []string{reachStart, "UPDATE " + rel.Quoted() + " SET " + setClause(rel, m, m.foe) + " WHERE " + reachOne, checkNow}})
	}
	if rel.Can.Insert && !appendOnly(rel) {
		out = append(out, ask{key: l.unit() + "|insert", sql: "SELECT '1'",
			steps: []string{fresh(copySQL(l.from, rel, m, m.foe, x.actor.ID), l.from, rel, m), checkNow}})
	}
	return out
}

// fresh gives the copied row another key of its own, so that it is not refused
// as a duplicate before the reference is looked at.
func fresh(sql string, t *table, rel *catalog.Relation, m marks) string {
	for _, c := range rel.Columns {
		unique := slices.ContainsFunc(rel.Unique, func(u []string) bool { return slices.Contains(u, c.Name) })
		if !unique || t.has(c.Name) || slices.Contains(m.cols, c) {
			continue
		}
		old := "x." + ident(c.Name)
		switch {
		case c.Base == "uuid":
			sql = strings.Replace(sql, old, "pg_catalog.gen_random_uuid()", 1)
		case c.Category == 'N':
			sql = strings.Replace(sql, old, "CAST(-1000003 AS "+c.Type+")", 1)
		case c.Category == 'S':
			sql = strings.Replace(sql, old, "CAST('arxctl-copy' AS "+c.Full+")", 1)
		}
	}
	return sql
}

// reportLink reports whether the reference across was accepted, and what an
// action on it would do.
func (w *writer) reportLink(rec *checks.Recorder, l link, target answer) {
	unit, what := l.unit(), fmt.Sprintf("a row of %s pointed at a row of %s", w.x.name, w.y.name)
	rel := w.x.cat.Relation(l.key.From)
	if rel == nil || !rel.Can.Insert && !rel.Can.Update {
		rec.Sight(unit, "as "+w.x.name+": the role may not write the table", "has_any_column_privilege", evidence.Equals("no privilege"), "no privilege")
		rec.Claim(unit, what, "has_any_column_privilege", evidence.Equals("refused"), "refused")
		return
	}
	var tried answer
	var via string
	for _, how := range []string{"update", "insert"} {
		a, asked := w.got[unit+"|"+how]
		if !asked || how == "update" && a.ok() && a.val == "0" {
			continue
		}
		if layer, _ := a.refusal(); via == "" || tried.state != "" && (a.ok() || layer == evidence.LayerConstraint && tried.state == "42501") {
			tried, via = a, w.x.as()+w.sql[unit+"|"+how]
		}
	}
	layer, blind := tried.refusal()
	switch {
	case target.val == "" || via == "":
		blind = "there was no row to point from or at; to see this: add rows for both tenants"
	case tried.state == "23505":
		blind = "the attempt was a duplicate: " + tried.String()
	}
	if blind != "" {
		rec.Blind(unit, what, via, blind)
		return
	}
	rec.Sight(unit, "rows to point from and at, as "+w.x.name, via, evidence.AtLeast(1), "1")
	if !tried.ok() {
		rec.See(evidence.Observation{Kind: evidence.Claim, Unit: unit, What: what, Via: via, Want: evidence.Equals("refused"), Got: "refused", Layer: layer, SQLState: tried.state})
		return
	}
	actions := map[string]string{"c": "removes", "n": "changes", "d": "changes"}
	action := actions[l.key.OnDelete]
	if action == "" && l.key.OnUpdate != "a" && l.key.OnUpdate != "r" {
		action = "changes"
	}
	rec.Claim(unit, "what an action on one tenant's row of "+l.to.String()+" does to the other's row of "+l.from.String()+" that points at it", via, evidence.Absent(), action)
	if l.chosen() {
		// The key asks for the tenant of the row that it points at, and takes the caller's word for it.
		rec.Claim(unit, what+", whose tenant the caller names in a column of its choice", via, evidence.Equals("refused"), "accepted")
		return
	}
	rec.Advice(unit, what, via, evidence.Equals("refused"), "accepted")
}
