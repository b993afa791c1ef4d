package tenancy

import (
	"context"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
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
		if err := p.repeats(ctx, unit, f); err != nil {
			return err
		}
		for _, x := range p.s.sides() {
			if err := p.spill(ctx, unit, f, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// repeats calls the function with a value of our own: an error that repeats it
// breaks what LEAKPROOF promises (PostgreSQL documentation, CREATE FUNCTION),
// whatever order the planner gives to the conditions of today's queries.
func (p *paths) repeats(ctx context.Context, unit string, f *catalog.Function) error {
	if f.Volatility == "v" && writes.MatchString(f.Source) || f.ArgTypes[0] != "text" && f.ArgTypes[0] != "character varying" {
		return nil
	}
	p.rec.Population(pathUnit, unit)
	const word = "arxctl-leakproof-probe"
	sql := "SELECT " + f.Quoted() + "(CAST(" + literal(word) + " AS " + f.ArgTypes[0] + "))::text"
	got, err := inRead(ctx, p.s.a.conn, p.s.a.actor, []ask{{key: unit, sql: sql}})
	if err != nil {
		return err
	}
	a, seen := got[unit], ""
	if why := unanswered(a); why != "" {
		p.rec.Blind(unit, "its errors", sql, why)
		return nil
	}
	if strings.Contains(a.msg, word) {
		seen = "an error repeats the argument: " + a.String()
	}
	p.rec.Sight(unit, "it was called", sql, evidence.Equals("called"), "called")
	p.rec.Claim(unit, "its argument, in its errors", sql, evidence.Absent(), seen)
	return nil
}

// spill runs the function on everything but own rows. Where row security comes
// first there is no such row, so that an error shows that one was seen.
func (p *paths) spill(ctx context.Context, unit string, f *catalog.Function, x *side) error {
	var asks, controls []ask
	for _, t := range p.tables {
		for _, c := range t.rel.Columns {
			kin := c.Type == f.ArgTypes[0] || f.ArgTypes[0] == "text" && c.Base == "varchar"
			if !kin || !c.CanSelect || !t.byColumn() || t.has(c.Name) || len(asks) >= slice {
				continue
			}
			k, call := t.String()+"."+c.Name, f.Quoted()+"("+ident(c.Name)+") IS NOT NULL"
			asks = append(asks, ask{key: k, sql: "SELECT count(*)::text FROM " + t.rel.Quoted() + " WHERE CASE WHEN " + equals(t.cols[0], "", x.actor.ID) + " THEN false ELSE " + call + " END"})
			controls = append(controls, ask{key: k, sql: "SELECT count(*)::text FROM " + t.rel.Quoted()})
		}
	}
	if len(asks) == 0 {
		return nil
	}
	p.rec.Population(pathUnit, unit)
	// An index would take the policy's condition first, so a reader would turn that off.
	scan := x.actor.With(stack.Setting{Name: "enable_indexscan", Value: "off"}, stack.Setting{Name: "enable_bitmapscan", Value: "off"}, stack.Setting{Name: "enable_indexonlyscan", Value: "off"})
	got, err := inRead(ctx, x.conn, scan, asks)
	if err != nil {
		return err
	}
	plain, err := inRead(ctx, x.conn, x.actor, controls)
	if err != nil {
		return err
	}
	answered, spilt, via := 0, "", asks[0].sql
	for _, q := range asks {
		if !plain[q.key].ok() {
			continue
		}
		a := got[q.key]
		if unanswered(a) == "" {
			answered++
		}
		if !a.ok() && unanswered(a) == "" && a.state != "42501" {
			spilt, via = "it ran on a row of another tenant and failed ("+a.state+")", q.sql
		}
	}
	p.rec.Sight(unit, "conditions with it that were tried as "+x.name, x.as()+asks[0].sql, evidence.AtLeast(1), strconv.Itoa(answered))
	p.rec.Claim(unit, "what it sees of others' rows, as "+x.name, x.as()+via, evidence.Absent(), spilt)
	return nil
}
