package tenancy

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Read is the first question of tenant isolation: may one tenant read another's rows?
var Read = &checks.Check{
	ID: "tenancy.read", Version: 1, POC: "§1", Timeout: 3 * time.Minute,
	Title: "A tenant reads no other tenant's rows, table by table",
	Proves: "Logged in as the application itself and set up as tenant A, an unfiltered read of every tenant table returned A's rows and none of B's, and the same the other way round. " +
		"The tables come from the database's own catalogue, so a table that was added yesterday, in any schema, is counted.",
	DoesNotProve: "It says nothing of reads through views, functions or other paths (tenancy.paths), of writes (tenancy.write), of sessions without a tenant (tenancy.unset), or of an application that sets the wrong tenant. Tables that no tenant's role may read are not part of it.",
	Fix:          "Enable and force row security on the table, and give it one policy that compares the tenant column with the session's tenant; make any further policy RESTRICTIVE, since permissive ones are OR-ed (PostgreSQL documentation, CREATE POLICY).",
	Doors:        []stack.Door{stack.DoorDB},
	Effects:      checks.RolledBack,
	Reproduce:    `arxctl check --only tenancy.read -c "$ARXCTL_CONFIG"`,
	Run:          runRead,
}

func runRead(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	s.facts(rec)
	var tables []*table
	for _, t := range s.tables {
		if s.a.readable(t.rel) || s.b.readable(t.rel) {
			tables = append(tables, t)
		}
	}
	if len(tables) == 0 {
		return errNoTables
	}
	rec.Population("tenant tables", tableNames(tables)...)
	seen, err := s.counted(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if reason, ok := s.shared(t.rel); ok {
			rec.Exclude(t.String(), reason)
			continue
		}
		for _, x := range s.sides() {
			s.reportRead(rec, t, x, seen)
		}
	}
	return nil
}

// reportRead reports what one side saw of a table.
func (s *scene) reportRead(rec *checks.Recorder, t *table, x *side, v *survey) {
	unit, y := t.String(), s.other(x)
	if !x.readable(t.rel) {
		rec.See(evidence.Observation{Kind: evidence.Sight, Unit: unit, What: "as " + x.name + ": the role may not read the table at all", Via: "has_any_column_privilege",
			Want: evidence.Equals("no privilege"), Got: "no privilege", Layer: evidence.LayerPrivilege})
		rec.See(evidence.Observation{Kind: evidence.Claim, Unit: unit, What: "rows of " + y.name + " read as " + x.name, Via: "has_any_column_privilege",
			Want: evidence.AtMost(0), Got: "0", Layer: evidence.LayerPrivilege})
		return
	}
	c := v.seen[x][t]
	via := x.as() + c.sql
	if !c.answer.ok() {
		_, why := c.answer.refusal()
		if why == "" {
			why = "the read failed: " + c.answer.String()
		}
		rec.Blind(unit, "rows of "+y.name+" read as "+x.name, via, why)
		return
	}
	open := s.cat.Relation(t.rel.OID).Is('r', 'p') && !x.active(t.rel) && y.readable(t.rel)
	switch {
	case closed(x, t.rel):
		rec.Sight(unit, "as "+x.name+": row security is on and no policy admits a row", via, evidence.Equals("closed"), "closed")
	case c.own == 0 && open && v.reason[t] != "":
		rec.Sight(unit, "as "+x.name+": the catalogue says whether row security binds the role", "SELECT row_security_active("+literal(t.rel.Quoted())+"::regclass)", evidence.Equals("read"), "read")
	case v.reason[t] != "" && c.own == 0 && c.foreign > 0:
		// The harm itself is in sight.
	case v.reason[t] != "" && c.own == 0:
		rec.Blind(unit, "rows of "+y.name+" read as "+x.name, via, v.reason[t])
		return
	default:
		rec.Sight(unit, "own rows seen as "+x.name+v.note(t), via, evidence.AtLeast(1), strconv.FormatInt(c.own, 10))
	}
	rec.See(evidence.Observation{Kind: evidence.Claim, Unit: unit, What: "rows of other tenants read as " + x.name + v.note(t), Via: via, Want: evidence.AtMost(0),
		Got: strconv.FormatInt(c.foreign+v.overlapping(t), 10), Layer: evidence.LayerRowSecurity})
	if open && y.readable(t.rel) && c.foreign == 0 {
		rec.Claim(unit, "row security binds the role of "+x.name, "SELECT row_security_active("+literal(t.rel.Quoted())+"::regclass)", evidence.Equals("true"), "false")
	}
	if c.nobody > 0 {
		rec.Advice(unit, "rows without a tenant, seen as "+x.name+": name the table under db.shared with its reason if everyone is meant to see them", via, evidence.AtMost(0), strconv.FormatInt(c.nobody, 10))
	}
	if c.also > 0 {
		rec.Advice(unit, fmt.Sprintf("rows of others that the policies admit to %s by %s", x.name, names(t.also)), via, evidence.AtMost(0), strconv.FormatInt(c.also, 10))
	}
	if n := v.partly(t); n > 0 {
		rec.Advice(unit, "rows that both tenants see", v.both[t].sql, evidence.AtMost(0), strconv.FormatInt(n, 10))
	}
}

func tableNames(tables []*table) []string {
	out := make([]string, len(tables))
	for i, t := range tables {
		out[i] = t.String()
	}
	return out
}
