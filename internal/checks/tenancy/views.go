package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// views reads every view, materialised view and foreign table.
func (p *paths) views(ctx context.Context) error {
	rels := p.s.candidates(catalog.View, catalog.MatView, catalog.Foreign)
	seen, err := p.s.look(ctx, rels)
	if err != nil {
		return err
	}
	var carry []*table
	for _, r := range rels {
		if reason, ok := p.s.shared(r); ok {
			p.rec.Population(pathUnit, viewUnit(r))
			p.rec.Exclude(viewUnit(r), reason)
			continue
		}
		t := p.s.viewTable(r, seen[r.OID])
		switch {
		case t != nil:
			carry = append(carry, t)
		case r.Kind == catalog.MatView && p.fed(r, nil):
			if err := p.sameForAll(ctx, r); err != nil {
				return err
			}
		case p.fed(r, nil):
			if found, err := p.everybodys(ctx, r); err != nil {
				return err
			} else if found {
				continue
			}
			if err := p.independent(ctx, viewUnit(r), "SELECT coalesce(pg_catalog.md5(pg_catalog.string_agg(k, ' ' ORDER BY k)), 'empty') FROM (SELECT pg_catalog.md5(x::text) AS k FROM "+r.Quoted()+" x) y", p.bases(r, nil)); err != nil {
				return err
			}
		}
	}
	if err := p.readViews(ctx, carry); err != nil {
		return err
	}
	return p.writeViews(ctx, carry)
}

func viewUnit(r *catalog.Relation) string {
	return map[rune]string{catalog.View: "view ", catalog.MatView: "materialised view ", catalog.Foreign: "foreign table "}[r.Kind] + r.String()
}

// viewTable finds the tenant column of a view by name, else by the ids in it.
func (s *scene) viewTable(r *catalog.Relation, seen []traces) *table {
	var values []*catalog.Column
	for _, c := range r.Columns {
		if !s.fits(c) {
			continue
		}
		a, b := held(seen, c.Name)
		if s.ids[c.Name] || catalog.TenantName(c.Name) {
			return &table{rel: r, cols: []*catalog.Column{c}, why: "column " + ident(c.Name)}
		}
		if textual(c, s.a.actor.ID) && a+b > 0 {
			values = append(values, c)
		}
	}
	if len(values) > 0 {
		return &table{rel: r, cols: values[:1], why: "it holds the tenants' ids in " + names(values[:1])}
	}
	return nil
}

// bases are the tenant tables that a view reads, however deep.
func (p *paths) bases(r *catalog.Relation, seen []uint32) []*table {
	var out []*table
	for _, oid := range r.Reads {
		if slices.Contains(seen, oid) {
			continue
		}
		seen = append(seen, oid)
		if t := p.s.table(oid); t != nil {
			out = append(out, t)
		} else if next := p.s.cat.Relation(oid); next != nil {
			out = append(out, p.bases(next, seen)...)
		}
	}
	return out
}

// fed reports whether a view reads a tenant table.
func (p *paths) fed(r *catalog.Relation, seen []uint32) bool { return len(p.bases(r, seen)) > 0 }

func (p *paths) readViews(ctx context.Context, views []*table) error {
	for _, t := range views {
		p.rec.Population(pathUnit, viewUnit(t.rel))
	}
	for _, x := range p.s.sides() {
		var list []*table
		for _, t := range views {
			if x.readable(t.rel) {
				list = append(list, t)
			} else {
				p.rec.Sight(viewUnit(t.rel), "as "+x.name+": the role may not read it", "has_table_privilege", evidence.Equals("no privilege"), "no privilege")
				p.rec.Claim(viewUnit(t.rel), "rows of others seen as "+x.name, "has_table_privilege", evidence.AtMost(0), "0")
			}
		}
		got, err := count(ctx, x.conn, x.actor, x.actor.ID, list)
		if err != nil {
			return err
		}
		for _, t := range list {
			c, unit := got[t], viewUnit(t.rel)
			if !c.answer.ok() {
				if why := unanswered(c.answer); why != "" {
					p.rec.Blind(unit, "rows of others seen as "+x.name, x.as()+c.sql, why)
				} else {
					p.rec.Sight(unit, "as "+x.name+": the read is refused", x.as()+c.sql, evidence.Equals("refused"), "refused")
					p.rec.See(evidence.Observation{Kind: evidence.Claim, Unit: unit, What: "rows of others seen as " + x.name, Via: x.as() + c.sql, Want: evidence.AtMost(0), Got: "0", SQLState: c.answer.state})
				}
				continue
			}
			p.sightView(unit, x, t, c)
			p.rec.Claim(unit, "rows of others seen as "+x.name, x.as()+c.sql, evidence.AtMost(0), strconv.FormatInt(c.foreign, 10))
			if c.nobody > 0 {
				p.rec.Advice(unit, "rows without a tenant seen as "+x.name, x.as()+c.sql, evidence.AtMost(0), strconv.FormatInt(c.nobody, 10))
			}
		}
	}
	return nil
}

// sightView takes own rows as the control. A view can be empty for good reason;
// then what it reads, and as whom, is told instead.
func (p *paths) sightView(unit string, x *side, t *table, c counts) {
	if c.own > 0 || t.rel.Kind != catalog.View || c.foreign > 0 {
		p.rec.Sight(unit, "rows seen as "+x.name, x.as()+c.sql, evidence.AtLeast(1), strconv.FormatInt(c.total(), 10))
		return
	}
	invoker := t.rel.Option("security_invoker")
	if invoker {
		p.rec.Sight(unit, "it is empty for "+x.name+", and reads with the rights of whoever reads it", "SELECT reloptions FROM pg_class", evidence.Equals("security_invoker"), "security_invoker")
		return
	}
	p.rec.Sight(unit, "rows seen as "+x.name+"; to see this: add rows that the view shows", x.as()+c.sql, evidence.AtLeast(1), "0")
}

// writeViews tries to write across through views that take writes.
func (p *paths) writeViews(ctx context.Context, views []*table) error {
	for _, x := range p.s.sides() {
		var list []*table
		for _, t := range views {
			if q := x.can(t.rel); t.rel.Kind != catalog.MatView && x.readable(t.rel) && (q.Insert || q.Update || q.Delete) {
				list = append(list, t)
			}
		}
		if len(list) == 0 {
			continue
		}
		if !p.write {
			for _, t := range list {
				p.rec.Blind(viewUnit(t.rel), "writes through it", "", p.why)
			}
			continue
		}
		v := &survey{seeded: map[*table]bool{}, reason: map[*table]string{}}
		err := stack.RolledBack(ctx, x.conn, x.actor, func(tx pgx.Tx) error {
			w := &writer{s: p.s, x: x, y: p.s.other(x), tx: tx, v: v, marks: map[*table]marks{}, rows: map[*table]string{}, got: map[string]answer{}, sql: map[string]string{}}
			if err := w.prepare(ctx, list); err != nil {
				return err
			}
			for _, round := range []func(*table) []ask{w.first, w.second} {
				var asks []ask
				for _, t := range list {
					asks = append(asks, round(t)...)
				}
				if err := w.ask(ctx, asks); err != nil {
					return err
				}
			}
			var asks []ask
			for _, t := range list {
				if w.rel(t).Can.Insert {
					asks = append(asks, p.planting(t, w))
				}
			}
			if err := w.ask(ctx, asks); err != nil {
				return err
			}
			for _, t := range list {
				results := w.judge(t)
				if a := w.got[key(t, "view-insert")]; a.ok() && a.val != "" {
					results = append(results, w.planted(result{command: "INSERT", via: w.via(t, "view-insert")}, t, a))
				}
				for _, r := range results {
					// A constraint is looked at before the view's own check option: it tells nothing here.
					if r.harm != "" && r.state == "" && r.command != "TRUNCATE" {
						p.rec.See(evidence.Observation{Kind: evidence.Claim, Unit: viewUnit(t.rel), What: r.what(w) + ", through the view", Via: x.as() + r.via, Want: evidence.Absent(), Got: r.harm, SQLState: r.state})
					}
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("writing through views: %w", err)
		}
	}
	return nil
}

// sameForAll judges a materialised view over tenant tables without a tenant
// column: it can carry no policy, so both tenants read the same rows.
func (p *paths) sameForAll(ctx context.Context, r *catalog.Relation) error {
	unit, sql := viewUnit(r), "SELECT count(*)::text FROM "+r.Quoted()
	p.rec.Population(pathUnit, unit)
	for _, x := range p.s.sides() {
		got, err := inRead(ctx, x.conn, x.actor, []ask{{key: unit, sql: sql}})
		if err != nil {
			return err
		}
		a := got[unit]
		if !a.ok() {
			p.rec.Sight(unit, "as "+x.name+": the read is refused", x.as()+sql, evidence.Equals("refused"), "refused")
			p.rec.Claim(unit, "rows of all tenants seen as "+x.name, x.as()+sql, evidence.AtMost(0), "0")
			continue
		}
		p.rec.Sight(unit, "it answers "+x.name, x.as()+sql, evidence.AtLeast(0), a.val)
		p.rec.Claim(unit, "rows made from all tenants' rows, for want of a tenant column, seen as "+x.name, x.as()+sql, evidence.AtMost(0), a.val)
	}
	return nil
}

// planting copies an own row of the view, with the other tenant and new keys.
func (p *paths) planting(t *table, w *writer) ask {
	rel := *w.rel(t)
	rel.Unique = slices.Clone(rel.Unique) // the catalogue is shared
	for _, base := range p.bases(&rel, nil) {
		rel.Unique = append(rel.Unique, base.rel.Unique...)
	}
	m := w.marks[t]
	return ask{key: key(t, "view-insert"), sql: t.afterSQL(&rel, w.x.actor.ID, true), steps: []string{fresh(copySQL(t, &rel, m, m.foe, w.x.actor.ID), t, &rel, m)}}
}
