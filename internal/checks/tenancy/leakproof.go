package tenancy

import (
	"context"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// leakproof uses functions that are marked LEAKPROOF in a condition. Such a one
// may run on rows before row security has removed them (PostgreSQL
// documentation, "Rules and Privileges"), so that an error which repeats its
// argument shows a foreign row.
func (p *paths) leakproof(ctx context.Context) error {
	for _, f := range p.s.cat.Functions {
		if !f.Leakproof || !f.CanExecute || f.Kind != "f" || f.Language == "c" || f.Language == "internal" {
			continue
		}
		unit := "function " + f.String() + ", marked LEAKPROOF"
		p.rec.Advice(unit, "it runs on rows before row security does", "SELECT proname FROM pg_proc WHERE proleakproof", evidence.Equals("not leakproof"), "leakproof")
		if f.Required != 1 {
			continue
		}
		for _, x := range p.s.sides() {
			if err := p.spill(ctx, unit, f, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// spill looks for values of the other tenant in the errors of the function.
func (p *paths) spill(ctx context.Context, unit string, f *catalog.Function, x *side) error {
	y := p.s.other(x)
	var asks, values, ours []ask
	for _, t := range p.tables {
		for _, c := range t.rel.Columns {
			kin := c.Type == f.ArgTypes[0] || f.ArgTypes[0] == "text" && c.Base == "varchar"
			if !kin || !c.CanSelect || len(asks) >= slice {
				continue
			}
			k := t.String() + "." + c.Name
			asks = append(asks, ask{key: k, sql: "SELECT count(*)::text FROM " + t.rel.Quoted() + " WHERE " + f.Quoted() + "(" + ident(c.Name) + ") IS NOT NULL"})
			sample := func(id string) ask {
				return ask{key: k, sql: "SELECT pg_catalog.array_to_string(pg_catalog.array_agg(v), e'\\x01') FROM (SELECT DISTINCT " + ident(c.Name) + "::text AS v FROM " + t.rel.Quoted() + ownWhere(t, "", id) + " LIMIT 200) x"}
			}
			values, ours = append(values, sample(y.actor.ID)), append(ours, sample(x.actor.ID))
		}
	}
	if len(asks) == 0 {
		return nil
	}
	p.rec.Population(pathUnit, unit)
	errs, err := inRead(ctx, x.conn, x.actor, asks)
	if err != nil {
		return err
	}
	theirs, err := inRead(ctx, y.conn, y.actor, values)
	if err != nil {
		return err
	}
	mine, err := inRead(ctx, x.conn, x.actor, ours)
	if err != nil {
		return err
	}
	answered, spilt, via := 0, "", ""
	for _, q := range asks {
		a := errs[q.key]
		if unanswered(a) == "" {
			answered++
		}
		for _, v := range strings.Split(theirs[q.key].val, "\x01") {
			if len(v) >= 3 && strings.Contains(a.msg, v) && !strings.Contains("\x01"+mine[q.key].val+"\x01", "\x01"+v+"\x01") {
				spilt, via = "an error that repeats a value of "+y.name+"'s "+q.key, q.sql
			}
		}
	}
	p.rec.Sight(unit, "conditions with it that answered "+x.name, x.as()+asks[0].sql, evidence.AtLeast(1), strconv.Itoa(answered))
	p.rec.Claim(unit, "values of "+y.name+" in its errors, as "+x.name, x.as()+via, evidence.Absent(), spilt)
	return nil
}
