package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Paths asks whether rows that the tables guard can be had another way.
var Paths = &checks.Check{
	ID: "tenancy.paths", Version: 2, POC: "§1", Timeout: 3 * time.Minute,
	Title: "Views, functions and other ways around a table show no other tenant's rows",
	Proves: "Every view, materialised view, foreign table, partition and inheritance child that the application may read showed A none of B's rows and B none of A's; so did every SECURITY DEFINER function that could be called without writing, with the other tenant's id as its argument too, " +
		"and statements prepared by one tenant and run by the next. Views could not be used to write across. Shadowing what the policies' functions look up, and writing to the tables that policies trust, opened nothing.",
	DoesNotProve: "Functions that write, or whose arguments could not be guessed, are advised on and not called. NOTIFY payloads and the statement texts of other sessions of the same role (pg_stat_activity) are outside row security by design and are not looked at.",
	Fix:          "Create views WITH (security_invoker = true); let no role that bypasses row security own a view or a SECURITY DEFINER function; pin search_path in functions and end it with pg_temp; let tenants write no table that a policy trusts; put materialised views behind a view that filters.",
	Doors:        []stack.Door{stack.DoorDB},
	Effects:      checks.RolledBack,
	Reproduce:    `arxctl check --only tenancy.paths -c "$ARXCTL_CONFIG"`,
	Run:          runPaths,
}

const pathUnit = "ways around the tables"

// paths is what the steps of the check share.
type paths struct {
	s        *scene
	rec      *checks.Recorder
	v        *survey
	readable []*table // by both tenants
	tables   []*table // of them, those with rows of both
	write    bool
	why      string // why nothing may be written
}

func runPaths(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	s.facts(rec)
	var readable []*table
	for _, t := range s.tables {
		if _, shared := s.shared(t.rel); !shared && s.a.readable(t.rel) && s.b.readable(t.rel) {
			readable = append(readable, t)
		}
	}
	if len(readable) == 0 {
		return errNoTables
	}
	p := &paths{s: s, rec: rec, readable: readable}
	p.write, p.why = st.MayWrite()
	if p.v, err = s.counted(ctx); err != nil {
		return err
	}
	for _, t := range readable {
		if p.v.seen[s.a][t].own > 0 && p.v.seen[s.b][t].own > 0 && !p.v.seeded[t] {
			p.tables = append(p.tables, t)
		}
	}
	for _, step := range []func(context.Context) error{p.children, p.views, p.functions, p.prepared, p.copies, p.helpers, p.trusted, p.rules, p.leakproof, p.catalogue} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	looked := func(o evidence.Observation) bool { return o.Kind != evidence.Advice }
	if len(p.tables) == 0 && !slices.ContainsFunc(rec.Observations(), looked) {
		return fmt.Errorf("there is no way around a table but COPY and prepared statements, and no table has rows of both tenants to try them on; %s%s", evidence.ToSee, rowsThatStay)
	}
	return nil
}

// rowsThatStay is what to do where a look takes more than one transaction.
const rowsThatStay = "add rows for both tenants that stay: what db.seed adds is rolled back"

// children reports partitions and inheritance children that can be read directly.
func (p *paths) children(context.Context) error {
	for _, t := range p.readable {
		if len(t.rel.Parents) == 0 {
			continue
		}
		unit := "child table " + t.String()
		p.rec.Population(pathUnit, unit)
		for _, x := range p.s.sides() {
			c := p.v.seen[x][t]
			if !c.answer.ok() {
				p.rec.Blind(unit, "rows of others seen as "+x.name, x.as()+c.sql, c.answer.String())
				continue
			}
			bound := strconv.FormatBool(x.active(t.rel))
			p.rec.Sight(unit, "the rows in it were counted as "+x.name, x.as()+c.sql, evidence.AtLeast(0), strconv.FormatInt(c.total(), 10))
			p.rec.Claim(unit, "rows of others seen as "+x.name+", directly", x.as()+c.sql, evidence.AtMost(0), strconv.FormatInt(c.foreign, 10))
			p.rec.Claim(unit, "row security binds the role of "+x.name+" on it", "SELECT row_security_active("+literal(t.rel.Quoted())+"::regclass)", evidence.Equals("true"), bound)
		}
	}
	return nil
}
