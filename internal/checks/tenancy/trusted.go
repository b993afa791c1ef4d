package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/madeup"
)

// trusted writes, as each tenant, to the tables that policies look things up
// in: memberships, sessions. What the policies trust, a tenant must not decide.
func (p *paths) trusted(ctx context.Context) error {
	text := p.s.cat.Sources()
	near := map[*catalog.Relation][]*table{}
	for _, t := range p.tables {
		for _, r := range p.s.cat.Relations {
			if r != t.rel && r.Is(catalog.Table, catalog.Partitioned) && p.looksAt(t, r, text[t.rel]) && len(near[r]) < 20 {
				near[r] = append(near[r], t)
			}
		}
	}
	for _, r := range p.s.cat.Relations {
		tables := near[r]
		if len(tables) == 0 {
			continue
		}
		unit := "table " + r.String() + ", which policies trust"
		p.rec.Population(pathUnit, unit)
		if !p.write {
			p.rec.Blind(unit, "what a tenant opens by writing to it", "", p.why)
			continue
		}
		for _, x := range p.s.sides() {
			if err := p.invite(ctx, unit, x, r, tables); err != nil {
				return err
			}
		}
	}
	return nil
}

// looksAt reports whether the table's policies, or functions they call, read the relation.
func (p *paths) looksAt(t *table, r *catalog.Relation, text string) bool {
	if slices.ContainsFunc(t.rel.Policies, func(q *catalog.Policy) bool { return slices.Contains(q.Reads, r.OID) }) {
		return true
	}
	return word(strings.ToLower(text), strings.ToLower(r.Name)) && slices.ContainsFunc(t.rel.Policies, func(q *catalog.Policy) bool { return len(q.Calls) > 0 })
}

// invite makes the side a member of the other tenant, if it may.
func (p *paths) invite(ctx context.Context, unit string, x *side, r *catalog.Relation, tables []*table) error {
	const what = "rows of others that a tenant opens by writing to it, as "
	own := int64(0)
	for _, t := range tables {
		own += p.v.seen[x][t].own
	}
	p.rec.Sight(unit, "own rows seen as "+x.name+" through the policies that trust it", x.as(), evidence.AtLeast(1), fmt.Sprint(own))
	rel := x.cat.Relation(r.OID)
	if rel == nil || !rel.Can.Usage || !rel.Can.Insert && !rel.Can.Update {
		p.rec.See(evidence.Observation{Kind: evidence.Claim, Unit: unit, What: what + x.name, Via: "has_any_column_privilege", Want: evidence.Absent(), Layer: evidence.LayerPrivilege})
		return nil
	}
	opened, via := "", ""
	err := stack.RolledBack(ctx, x.conn, x.actor, func(tx pgx.Tx) error {
		d := p.s.seeder(tx, x)
		for _, sql := range append(p.shares(ctx, x, rel, tables), p.invitations(x, rel)...) {
			via = sql
			err := d.save(ctx, func() error {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return err
				}
				seen, err := foreign(ctx, tx, x, tables)
				opened = seen
				if err != nil {
					return err
				}
				return errUndo
			})
			if ctx.Err() != nil {
				return err
			}
			if opened != "" {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.rec.Claim(unit, what+x.name, x.as()+via, evidence.Absent(), opened)
	return nil
}

// invitations are the writes to try: rows that name this session and the other
// tenant, and the tenant of rows that are there changed.
func (p *paths) invitations(x *side, rel *catalog.Relation) []string {
	y := p.s.other(x)
	tenant := p.carries(rel)
	var out []string
	if rel.Can.Insert && !appendOnly(rel) {
		for _, v := range carried(x.actor) {
			names, exprs := []string{}, []string{}
			for _, c := range rel.Columns {
				if c.Generated || !c.CanInsert {
					continue
				}
				switch {
				case slices.Contains(tenant, c):
					exprs = append(exprs, value(c, y.actor.ID))
				case madeup.Counter(c):
					if c.Identity == "a" {
						continue
					}
					exprs = append(exprs, "CAST(-1000007 AS "+c.Type+")")
				case c.Default != "":
					continue
				case fits(c, v):
					exprs = append(exprs, value(c, v))
				case c.NotNull:
					exprs = append(exprs, madeup.Made(c, p.s.st.Nonce, 1))
				default:
					continue
				}
				names = append(names, ident(c.Name))
			}
			if len(names) > 0 {
				out = append(out, "INSERT INTO "+rel.Quoted()+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(exprs, ", ")+")")
			}
		}
		if rel.Can.Select && len(tenant) > 0 {
			m := marks{cols: tenant}
			for _, c := range tenant {
				m.foe = append(m.foe, value(c, y.actor.ID))
			}
			t := &table{rel: rel}
			for _, v := range carried(x.actor) {
				for _, c := range rel.Columns {
					if fits(c, v) && c.CanSelect {
						sql := fresh(copySQL(t, rel, m, m.foe, x.actor.ID), t, rel, m)
						out = append(out, strings.Replace(sql, " LIMIT 1", " WHERE "+equals(c, "x.", v)+" LIMIT 1", 1))
					}
				}
			}
		}
	}
	for _, c := range tenant {
		if c.CanUpdate {
			out = append(out, "UPDATE "+rel.Quoted()+" SET "+ident(c.Name)+" = "+value(c, y.actor.ID))
			for _, k := range rel.Columns {
				for _, v := range carried(x.actor) {
					if k.CanSelect && fits(k, v) {
						out = append(out, "UPDATE "+rel.Quoted()+" SET "+ident(c.Name)+" = "+value(c, y.actor.ID)+" WHERE "+equals(k, "", v))
					}
				}
			}
		}
	}
	return out[:min(len(out), 40)]
}

// shares are rows of the own tenant that name a row of the other: who may write
// down what is shared with whom must own what is shared.
func (p *paths) shares(ctx context.Context, x *side, rel *catalog.Relation, tables []*table) []string {
	if !rel.Can.Insert || appendOnly(rel) {
		return nil
	}
	y := p.s.other(x)
	keys, err := p.rowKeysOf(ctx, y, tables)
	if err != nil {
		return nil
	}
	tenant := p.carries(rel)
	var out []string
	for _, c := range rel.Columns {
		if slices.Contains(tenant, c) || !c.CanInsert || c.Generated {
			continue
		}
		for _, k := range keys[c.Base] {
			names, exprs := []string{ident(c.Name)}, []string{value(c, k)}
			for _, o := range rel.Columns {
				if o == c || o.Generated || !o.CanInsert || o.Identity != "" {
					continue
				}
				switch {
				case slices.Contains(tenant, o):
					exprs = append(exprs, value(o, x.actor.ID))
				case madeup.Counter(o):
					exprs = append(exprs, "CAST(-1000009 AS "+o.Type+")")
				case o.NotNull && o.Default == "":
					exprs = append(exprs, p.plausible(x, o))
				default:
					continue
				}
				names = append(names, ident(o.Name))
			}
			out = append(out, "INSERT INTO "+rel.Quoted()+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(exprs, ", ")+")")
		}
	}
	return out[:min(len(out), 40)]
}

// plausible is a value of the session that fits the column, or a made-up one.
func (p *paths) plausible(x *side, c *catalog.Column) string {
	for _, v := range carried(x.actor)[1:] {
		if fits(c, v) {
			return value(c, v)
		}
	}
	return madeup.Made(c, p.s.st.Nonce, 1)
}
