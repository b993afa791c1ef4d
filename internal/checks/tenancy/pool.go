package tenancy

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// Pool asks what one request leaves on a connection for the next.
var Pool = &checks.Check{
	ID: "tenancy.pool", Version: 2, POC: "§1", Timeout: 2 * time.Minute,
	Title: "A pooled connection carries nothing of one tenant to the next",
	Proves: "After a transaction of tenant A was committed, the next one on the same connection saw no row while it was no tenant, and only B's rows as B; so it was after DISCARD ALL, and after each function of the database that sets the tenant had been called. " +
		"The first transaction is committed, since a rollback would hide what it leaves; it may only read.",
	DoesNotProve: "It uses the statements of db.tenant and the database's own functions, not the application's code, which could still SET the tenant for the whole session.",
	Fix:          "Set the tenant with SET LOCAL or set_config(name, value, true), inside the transaction that uses it, and never for the session.",
	Doors:        []stack.Door{stack.DoorDB},
	Reproduce:    `arxctl check --only tenancy.pool -c "$ARXCTL_CONFIG"`,
	Run:          runPool,
}

func runPool(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	s.facts(rec)
	var tables []*table
	for _, t := range s.tables {
		if _, shared := s.shared(t.rel); !shared && s.a.readable(t.rel) && t.rel.RLS && !closed(s.a, t.rel) {
			tables = append(tables, t)
		}
	}
	if len(tables) == 0 {
		return errNoTables
	}
	if !s.sameLogin() {
		for _, x := range s.sides() {
			rec.Sight("connections", "as whom tenant "+x.name+" is logged in", loginSQL, evidence.Matches(`.`), x.login.String())
		}
		rec.Claim("connections", "logins of the two tenants", loginSQL, evidence.AtLeast(2), "2")
		rec.NotApplicable("each tenant logs in as a role of its own: a connection is never handed from one to another")
		return nil
	}
	p := &pool{s: s, rec: rec, tables: tables[:min(len(tables), slice)]}
	// One connection serves all three, as a pool's would: what the first leaves, the next ones meet.
	c, err := s.a.fresh(ctx)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	for _, step := range []func(context.Context, *pgx.Conn) error{p.next, p.left, p.discard} {
		if err := step(ctx, c); err != nil {
			return err
		}
	}
	return p.functions(ctx)
}

type pool struct {
	s      *scene
	rec    *checks.Recorder
	tables []*table
}

// request is a committed read of A on the connection; it returns the own rows seen.
func (p *pool) request(ctx context.Context, c *pgx.Conn) (int64, error) {
	var own int64
	err := stack.CommitRead(ctx, c, p.s.a.actor, func(tx pgx.Tx) error {
		got, err := countIn(ctx, tx, p.s.a.actor.ID, p.tables)
		for _, k := range got {
			own += k.own
		}
		return err
	})
	return own, err
}

// rows sums what a session without a tenant sees, and names where.
func (p *pool) rows(ctx context.Context, c *pgx.Conn) (string, error) {
	var asks []ask
	for _, t := range p.tables {
		asks = append(asks, ask{key: t.String(), sql: t.tenantsSQL()})
	}
	got, err := inRead(ctx, c, p.s.nobody(), asks)
	if err != nil {
		return "", err
	}
	var seen []string
	for _, q := range asks {
		a := got[q.key]
		if !a.ok() {
			if why := unanswered(a); why != "" {
				return "", fmt.Errorf("%s: %s", q.key, why)
			}
		} else if a.val != "0" {
			seen = append(seen, q.key+": "+a.val)
		}
	}
	return few(seen), nil
}

// next hands the connection on: to nobody, then to B.
func (p *pool) next(ctx context.Context, c *pgx.Conn) error {
	const nobody, other = "the next transaction, without a tenant", "the next transaction, as B"
	p.rec.Population("uses of one connection", nobody, other)
	via := "BEGIN READ ONLY; " + p.s.a.actor.Describe() + "SELECT ...; COMMIT; "
	own, err := p.request(ctx, c)
	if err != nil {
		for _, unit := range []string{nobody, other} {
			p.rec.Blind(unit, "what a committed transaction of A leaves", via, "A's transaction could not be committed as one that only reads: "+err.Error()+"; to see this: give db.tenant statements that do not write")
		}
		return nil
	}
	seen, err := p.rows(ctx, c)
	if err != nil {
		return err
	}
	p.rec.See(evidence.Observation{Kind: evidence.Sight, Unit: nobody, What: "own rows seen by A before", Via: via, Want: evidence.AtLeast(1), Got: strconv.FormatInt(own, 10), Fix: rowsThatStay})
	p.rec.Claim(nobody, "rows seen", via+"SELECT count(*) ...", evidence.Absent(), seen)
	if _, err := p.request(ctx, c); err != nil {
		return err
	}
	got, err := count(ctx, c, p.s.b.actor, p.s.b.actor.ID, p.tables)
	if err != nil {
		return err
	}
	var mine int64
	var foreign []string
	for _, t := range p.tables {
		mine += got[t].own
		if got[t].foreign > 0 {
			foreign = append(foreign, fmt.Sprintf("%s: %d", t, got[t].foreign))
		}
	}
	p.rec.Sight(other, "own rows seen by B", via+p.s.b.actor.Describe(), evidence.AtLeast(1), strconv.FormatInt(mine, 10))
	p.rec.Claim(other, "rows of others seen by B", via+p.s.b.actor.Describe(), evidence.Absent(), few(foreign))
	return nil
}

// discard looks after DISCARD ALL: a setting of our own name is then the empty
// string and not NULL.
func (p *pool) discard(ctx context.Context, c *pgx.Conn) error {
	const unit = "the connection after DISCARD ALL"
	p.rec.Population("uses of one connection", unit)
	own, err := p.request(ctx, c)
	if err != nil {
		p.rec.Blind(unit, "what DISCARD ALL leaves", "DISCARD ALL", err.Error())
		return nil
	}
	if _, err := c.Exec(ctx, "DISCARD ALL"); err != nil {
		return err
	}
	seen, err := p.rows(ctx, c)
	if err != nil {
		return err
	}
	p.rec.Sight(unit, "own rows seen by A before", p.s.a.as(), evidence.AtLeast(1), strconv.FormatInt(own, 10))
	p.rec.Claim(unit, "rows seen without a tenant", "DISCARD ALL; SELECT count(*) ...", evidence.Absent(), seen)
	return nil
}

// left looks at what else a session keeps: role, settings, cursors, temporary tables.
func (p *pool) left(ctx context.Context, c *pgx.Conn) error {
	const unit = "what a session keeps"
	p.rec.Population("uses of one connection", unit)
	if _, err := p.request(ctx, c); err != nil {
		p.rec.Blind(unit, "role, settings, cursors and temporary tables", "", err.Error())
		return nil
	}
	var kept []string
	var role string
	if err := c.QueryRow(ctx, "SELECT CASE WHEN current_user <> session_user THEN 'role ' || current_user ELSE '' END").Scan(&role); err != nil {
		return err
	}
	if role != "" {
		kept = append(kept, role)
	}
	for _, k := range p.s.how.settings {
		var v *string
		if err := c.QueryRow(ctx, "SELECT current_setting($1, true)", k.Name).Scan(&v); err != nil {
			return err
		}
		if v != nil && *v != "" {
			kept = append(kept, k.Name)
		}
	}
	p.rec.Claim(unit, "role or tenant settings that outlive the transaction", "SELECT current_user, current_setting(...)", evidence.Absent(), strings.Join(kept, ", "))
	var held, temporary, seen string
	if err := c.QueryRow(ctx, "SELECT count(*)::text FROM pg_cursors WHERE is_holdable").Scan(&held); err != nil {
		return err
	}
	p.rec.Advice(unit, "cursors WITH HOLD that outlive the transaction", "SELECT count(*) FROM pg_cursors WHERE is_holdable", evidence.AtMost(0), held)
	if err := c.QueryRow(ctx, `SELECT count(*)::text FROM pg_class WHERE relpersistence = 't' AND relkind IN ('r','p') AND pg_has_role(session_user, relowner, 'MEMBER')`).Scan(&temporary); err != nil {
		return err
	}
	p.rec.Advice(unit, "temporary tables of the application's role that other connections keep", "SELECT count(*) FROM pg_class WHERE relpersistence = 't'", evidence.AtMost(0), temporary)
	// A cursor of our own shows that one which was kept would have been seen.
	if _, err := c.Exec(ctx, "DECLARE arxctl_probe CURSOR WITH HOLD FOR SELECT 1"); err != nil {
		return err
	}
	if err := c.QueryRow(ctx, "SELECT count(*)::text FROM pg_cursors WHERE name = 'arxctl_probe'").Scan(&seen); err != nil {
		return err
	}
	p.rec.Sight(unit, "a cursor that was kept on purpose is seen", "DECLARE arxctl_probe CURSOR WITH HOLD FOR SELECT 1", evidence.AtLeast(1), seen)
	return nil
}

var setConfig = regexp.MustCompile(`(?is)set_config\s*\(`)

// functions calls what the database itself offers to become a tenant, in a
// transaction that only reads and is committed.
func (p *pool) functions(ctx context.Context) error {
	for _, f := range p.s.cat.Functions {
		if !f.CanExecute || f.Kind != "f" || f.Required != 1 || !setConfig.MatchString(f.Source) ||
			!slices.ContainsFunc(p.s.how.settings, func(k *catalog.Setting) bool { return strings.Contains(f.Source, "'"+k.Name+"'") }) {
			continue
		}
		arg := catalog.Column{Base: strings.NewReplacer("integer", "int4", "bigint", "int8", "character varying", "varchar").Replace(f.ArgTypes[0])}
		if !fits(&arg, p.s.a.actor.ID) {
			continue
		}
		if err := p.function(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

func (p *pool) function(ctx context.Context, f *catalog.Function) error {
	unit := "function " + f.String()
	c, err := p.s.a.fresh(ctx)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	sql := fmt.Sprintf("SELECT %s(CAST(%s AS %s))", f.Quoted(), literal(p.s.a.actor.ID), f.ArgTypes[0])
	var own int64
	err = stack.CommitRead(ctx, c, p.s.nobody(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
		got, err := countIn(ctx, tx, p.s.a.actor.ID, p.tables)
		for _, k := range got {
			own += k.own
		}
		return err
	})
	if err != nil || own == 0 {
		return nil // it writes, refuses, or does not make a tenant: not a way to become one here
	}
	seen, err := p.rows(ctx, c)
	if err != nil {
		return err
	}
	p.rec.Population("uses of one connection", unit)
	p.rec.Sight(unit, "own rows seen by A after calling it", sql, evidence.AtLeast(1), strconv.FormatInt(own, 10))
	p.rec.Claim(unit, "rows that the next transaction sees without a tenant", "BEGIN READ ONLY; "+sql+"; COMMIT; SELECT count(*) ...", evidence.Absent(), seen)
	return nil
}
