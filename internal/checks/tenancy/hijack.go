package tenancy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/madeup"
)

// helpers shadows, by temporary tables of the same name, what the functions
// that policies call look up. pg_temp is searched first for tables unless a
// search_path names it last (PostgreSQL documentation, search_path).
func (p *paths) helpers(ctx context.Context) error {
	text := p.s.cat.Sources()
	for _, oid := range p.s.helperOIDs() {
		f := p.s.cat.Function(oid)
		unit := "function " + f.String() + ", which policies call"
		var near []*table
		for _, t := range p.tables {
			if strings.Contains(text[t.rel], f.Source) && len(near) < 20 {
				near = append(near, t)
			}
		}
		var looked []*catalog.Relation
		for _, r := range p.s.cat.Relations {
			if r.Is(catalog.Table, catalog.Partitioned, catalog.View, catalog.MatView) && unqualified(f.Source, r.Name) {
				looked = append(looked, r)
			}
		}
		if len(near) == 0 || len(looked) == 0 {
			continue
		}
		p.rec.Population(pathUnit, unit)
		if !p.write {
			p.rec.Blind(unit, "what it answers when a temporary table shadows what it looks up", "", p.why)
			continue
		}
		for _, x := range p.s.sides() {
			if err := p.shadow(ctx, unit, x, looked, near); err != nil {
				return err
			}
		}
	}
	return nil
}

// unqualified reports whether the body names the relation without a schema.
func unqualified(body, name string) bool {
	body, name = strings.ToLower(body), strings.ToLower(name)
	for from := 0; ; {
		at := strings.Index(body[from:], name)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(name)
		if (at == 0 || !catalog.WordByte(body[at-1]) && body[at-1] != '.' && body[at-1] != '\'') && (end == len(body) || !catalog.WordByte(body[end])) && !(at > 1 && body[at-1] == '"' && body[at-2] == '.') {
			return true
		}
		from = at + 1
	}
}

func (p *paths) shadow(ctx context.Context, unit string, x *side, looked []*catalog.Relation, near []*table) error {
	c, err := x.fresh(ctx) // plans of functions that ran already would be kept
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	const what = "rows of others seen once a temporary table shadows what it looks up, as "
	return stack.RolledBack(ctx, c, x.actor, func(tx pgx.Tx) error {
		d := p.s.seeder(tx, x)
		var made []string
		var forged [][]string
		for _, r := range looked {
			err := d.save(ctx, func() error {
				var cols []string
				for _, k := range r.Columns {
					cols = append(cols, ident(k.Name)+" "+k.Full)
				}
				if _, err := tx.Exec(ctx, "CREATE TEMP TABLE "+ident(r.Name)+" ("+strings.Join(cols, ", ")+")"); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, "GRANT SELECT ON pg_temp."+ident(r.Name)+" TO PUBLIC")
				return err
			})
			if err != nil {
				continue
			}
			made = append(made, ident(r.Name))
			forged = append(forged, p.forged(x, r))
		}
		via := x.as() + "CREATE TEMP TABLE " + strings.Join(made, ", ") + " ...; SELECT ..."
		own := int64(0)
		for _, t := range near {
			own += p.v.seen[x][t].own
		}
		p.rec.Sight(unit, "own rows that "+x.name+" sees through it otherwise", x.as(), evidence.AtLeast(1), fmt.Sprint(own))
		if len(made) == 0 {
			p.rec.See(evidence.Observation{Kind: evidence.Claim, Unit: unit, What: what + x.name, Via: "CREATE TEMP TABLE", Want: evidence.Absent(), Layer: evidence.LayerPrivilege})
			return nil
		}
		seen, err := fillShadows(ctx, d, x, made, forged, near)
		if err != nil {
			return err
		}
		p.rec.Claim(unit, what+x.name, via, evidence.Absent(), seen)
		return nil
	})
}

// fillShadows fills the temporary tables with one forged row each, one after
// another, since a look-up may want exactly one; then with all of them.
func fillShadows(ctx context.Context, d *seeder, x *side, made []string, forged [][]string, near []*table) (string, error) {
	most := 0
	for _, rows := range forged {
		most = max(most, len(rows))
	}
	seen := ""
	for k := range most + 1 {
		err := d.save(ctx, func() error {
			for i, name := range made {
				for n, row := range forged[i] {
					if k < most && n != k%len(forged[i]) {
						continue
					}
					_ = d.nested(ctx, "INSERT INTO pg_temp."+name+" "+row)
				}
			}
			var err error
			if seen, err = foreign(ctx, d.tx, x, near); err != nil {
				return err
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			return "", err
		}
		if seen != "" {
			return seen, nil
		}
	}
	return "", nil
}

// nested runs one statement in a savepoint inside another.
func (d *seeder) nested(ctx context.Context, sql string) error {
	if _, err := d.tx.Exec(ctx, "SAVEPOINT arxctl_nested"); err != nil {
		return err
	}
	if _, err := d.tx.Exec(ctx, sql); err != nil {
		_, rerr := d.tx.Exec(ctx, "ROLLBACK TO SAVEPOINT arxctl_nested")
		return errors.Join(err, rerr)
	}
	_, err := d.tx.Exec(ctx, "RELEASE SAVEPOINT arxctl_nested")
	return err
}

// foreign names the tables in which the transaction sees rows of others.
func foreign(ctx context.Context, tx pgx.Tx, x *side, tables []*table) (string, error) {
	got, err := countIn(ctx, tx, x.actor.ID, tables)
	if err != nil {
		return "", err
	}
	var seen []string
	for _, t := range tables {
		if got[t].answer.ok() && got[t].foreign > 0 {
			seen = append(seen, fmt.Sprintf("%s: %d", t, got[t].foreign))
		}
	}
	return few(seen), nil
}

// carries are the columns of a relation that can hold a tenant: by name, or
// because a policy's table is joined by it.
func (p *paths) carries(r *catalog.Relation) []*catalog.Column {
	var out []*catalog.Column
	for _, c := range r.Columns {
		if p.s.fits(c) && (p.s.ids[c.Name] || catalog.TenantName(c.Name)) {
			out = append(out, c)
		}
	}
	return out
}

// forged are rows, as the rest of an INSERT, that would make the side the other
// tenant: those it sees with the tenant changed, and made-up ones that carry
// what its session carries.
func (p *paths) forged(x *side, r *catalog.Relation) []string {
	y := p.s.other(x)
	tenant := p.carries(r)
	var out []string
	pick := func(c *catalog.Column) bool { return slices.Contains(tenant, c) }
	if x.readable(r) {
		var exprs []string
		for _, c := range r.Columns {
			if pick(c) {
				exprs = append(exprs, value(c, y.actor.ID))
			} else {
				exprs = append(exprs, "x."+ident(c.Name))
			}
		}
		out = append(out, "SELECT "+strings.Join(exprs, ", ")+" FROM "+r.Quoted()+" x LIMIT 100")
	}
	for _, v := range carried(x.actor) {
		for _, ids := range assignments(x, y, r) {
			var exprs []string
			for _, c := range r.Columns {
				switch id, ok := ids[c.Name]; {
				case ok:
					exprs = append(exprs, value(c, id))
				case fits(c, v):
					exprs = append(exprs, value(c, v))
				case c.Base == "bool":
					exprs = append(exprs, "true")
				case c.Category == 'D':
					exprs = append(exprs, "CAST('infinity' AS "+c.Type+")")
				default:
					exprs = append(exprs, "NULL")
				}
			}
			if len(out) < 48 {
				out = append(out, "SELECT "+strings.Join(exprs, ", "))
			}
		}
	}
	return out
}

// assignments are the ways to fill the columns that can hold a tenant's id with
// the own and the other one: a link between two tenants names both.
func assignments(x, y *side, r *catalog.Relation) []map[string]string {
	out := []map[string]string{{}}
	for _, c := range r.Columns {
		if !fits(c, x.actor.ID) || !fits(c, y.actor.ID) || madeup.Counter(c) || len(out) >= 16 {
			continue
		}
		var next []map[string]string
		for _, m := range out {
			choices := []string{x.actor.ID, y.actor.ID}
			if !textual(c, x.actor.ID) || c.Base != "uuid" {
				choices = append(choices, "") // or something else
			}
			for _, id := range choices {
				n := maps.Clone(m)
				if id != "" {
					n[c.Name] = id
				}
				next = append(next, n)
			}
		}
		out = next
	}
	return out
}

// carried are the values that a session of the actor holds: its settings, those
// inside JSON too, its roles and its id.
func carried(a stack.Actor) []string {
	out := []string{a.ID}
	add := func(v string) {
		if v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	for _, k := range a.Set {
		var m map[string]any
		if json.Unmarshal([]byte(k.Value), &m) != nil {
			add(k.Value)
			continue
		}
		var walk func(any)
		walk = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				for _, inner := range v {
					walk(inner)
				}
			case string:
				add(v)
			case float64:
				add(fmt.Sprint(v))
			}
		}
		walk(m)
	}
	for _, q := range a.SQL {
		for _, m := range quoted.FindAllStringSubmatch(q, -1) {
			add(m[1])
		}
	}
	add(a.Role)
	return out
}
