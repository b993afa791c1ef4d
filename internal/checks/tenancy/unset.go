package tenancy

import (
	"context"
	"fmt"
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

// Unset asks what a session sees that is no tenant, or pretends to be more than one.
var Unset = &checks.Check{
	ID: "tenancy.unset", Version: 1, POC: "§1", Timeout: 3 * time.Minute,
	Title: "Without a tenant, or with a false one, a session sees nothing",
	Proves: "A session of the application's login read no row of any tenant table when the tenant was never set, was the empty string (as it is on a pooled connection after its first transaction), " +
		"was malformed or was a pattern. As a real tenant, setting whatever else the policies look at, and claims that a user could edit, opened no other tenant's row.",
	DoesNotProve: "It tries the settings and keys that policies and the functions they call name in plain text, not names that are put together at run time, and not every value.",
	Fix:          "Compare with NULLIF(current_setting(name, true), '') and no fallback: no coalesce to the column, no exception handler that returns true, no pattern match; take the tenant from claims that only the issuer writes, and drop settings that switch row security off.",
	Doors:        []stack.Door{stack.DoorDB},
	Effects:      checks.RolledBack,
	Reproduce:    `arxctl check --only tenancy.unset -c "$ARXCTL_CONFIG"`,
	Run:          runUnset,
}

func runUnset(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	s.facts(rec)
	var tables []*table
	for _, t := range s.tables {
		if !s.a.readable(t.rel) {
			continue
		}
		rec.Population("tenant tables", t.String())
		if reason, ok := s.shared(t.rel); ok {
			rec.Exclude(t.String(), reason)
			continue
		}
		tables = append(tables, t)
	}
	if len(tables) == 0 {
		return errNoTables
	}
	v, err := s.counted(ctx)
	if err != nil {
		return err
	}
	u := &unset{s: s, v: v, open: map[*table][]string{}, blind: map[*table]string{}, tried: map[*table]int{}}
	if err := u.look(ctx, tables); err != nil {
		return err
	}
	u.report(rec, tables)
	return nil
}

// unset collects what each way opened.
type unset struct {
	s     *scene
	v     *survey
	open  map[*table][]string
	blind map[*table]string
	tried map[*table]int
	first map[*table]string // SQL of the first way, for a person
}

func (u *unset) look(ctx context.Context, tables []*table) error {
	u.first = map[*table]string{}
	var there, seeded []*table
	for _, t := range tables {
		if u.v.seeded[t] {
			seeded = append(seeded, t)
		} else {
			there = append(there, t)
		}
	}
	ways := u.s.emptyWays()
	for _, x := range u.s.sides() {
		ways = append(ways, u.s.spoofWays(x)...)
	}
	if u.s.sameLogin() {
		if err := u.never(ctx, there); err != nil {
			return err
		}
	}
	for _, w := range ways {
		conn := u.s.a.conn
		if w.as != nil {
			conn = w.as.conn
		} else if !u.s.sameLogin() {
			continue
		}
		list := u.meant(w, there)
		got, err := inRead(ctx, conn, w.actor, u.asks(w, list))
		if stack.SQLState(err) != "" && ctx.Err() == nil {
			continue // the value itself is refused: nobody gets a session with it
		}
		if err != nil {
			return err
		}
		u.take(w, list, got)
	}
	return u.lookSeeded(ctx, seeded, ways)
}

// never is a connection on which no tenant was ever set, and then the same one
// after a transaction of A that was committed: its settings are then empty
// strings, not NULL.
func (u *unset) never(ctx context.Context, tables []*table) error {
	c, err := u.s.a.fresh(ctx)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	for _, name := range []string{"never set", "committed before on the same connection"} {
		w := way{name: name, actor: u.s.nobody()}
		got, err := inRead(ctx, c, w.actor, u.asks(w, tables))
		if err != nil {
			return err
		}
		u.take(w, tables, got)
		if err := stack.CommitRead(ctx, c, u.s.a.actor, func(pgx.Tx) error { return nil }); err != nil {
			return nil // a session that starts with a write cannot be committed here; the empty string is set by hand below
		}
	}
	return nil
}

// lookSeeded looks at tables whose rows exist only inside the transaction.
func (u *unset) lookSeeded(ctx context.Context, tables []*table, ways []way) error {
	for _, part := range chunks(tables) {
		err := stack.RolledBack(ctx, u.s.a.conn, u.s.a.actor, func(tx pgx.Tx) error {
			d := u.s.seeder(tx, u.s.a)
			d.fill(ctx, part, map[*table]string{})
			if err := d.turn(ctx, u.s.a); err != nil {
				return err
			}
			now := u.s.a.actor
			ways := append([]way{{name: "the tenant taken away", actor: u.s.nobody()}}, ways...)
			for _, w := range ways {
				list := u.meant(w, part)
				got := map[string]answer{}
				err := d.save(ctx, func() error {
					if err := become(ctx, tx, now, w.actor); err != nil {
						return err
					}
					return block(ctx, tx, u.asks(w, list), false, got)
				})
				if err != nil && stack.SQLState(err) == "" {
					return err
				}
				if err == nil {
					now = w.actor
					u.take(w, list, got)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// meant narrows the tables to those whose policies look at what the way changes.
func (u *unset) meant(w way, tables []*table) []*table {
	if len(tables) > many {
		tables = representatives(tables)
	}
	if w.only == nil {
		return tables
	}
	return slices.DeleteFunc(slices.Clone(tables), func(t *table) bool { return !u.behind(t, w) })
}

// many is from how many tables on the ways beyond "never set" are tried on a few
// tables of each set of equal policies only.
const many = 150

func representatives(tables []*table) []*table {
	seen := map[string]int{}
	var out []*table
	for _, t := range tables {
		var b strings.Builder
		for _, p := range t.rel.Policies {
			b.WriteString(p.Command + p.Using + "|" + p.Check + "|")
		}
		if seen[b.String()]++; seen[b.String()] <= 3 {
			out = append(out, t)
		}
	}
	return out
}

// behind reports whether the table's policies lead to a relation that the way is about.
func (u *unset) behind(t *table, w way) bool {
	for _, r := range w.only {
		if r.OID == t.rel.OID || slices.ContainsFunc(t.rel.Policies, func(p *catalog.Policy) bool { return slices.Contains(p.Reads, r.OID) }) {
			return true
		}
	}
	return false
}

func (u *unset) asks(w way, tables []*table) []ask {
	var out []ask
	for _, t := range tables {
		sql := t.anySQL()
		if w.as != nil {
			sql = t.countSQL(w.as.actor.ID)
		}
		if _, ok := u.first[t]; !ok {
			u.first[t] = sql
		}
		out = append(out, ask{key: t.String(), sql: sql})
	}
	return out
}

// take keeps what a way opened. An error means that nothing was read, unless
// the server could not answer at all.
func (u *unset) take(w way, tables []*table, got map[string]answer) {
	for _, t := range tables {
		a := got[t.String()]
		if !a.ok() {
			if why := unanswered(a); why != "" {
				u.blind[t] = w.name + ": " + why
			} else {
				u.tried[t]++
			}
			continue
		}
		u.tried[t]++
		var n int64
		if w.as == nil {
			// Rows that every tenant sees anyway, having none, are advised on by tenancy.read.
			n, _ = strconv.ParseInt(a.val, 10, 64)
			n -= u.v.seen[u.s.a][t].nobody
		} else if c := readCounts(a, ""); c.answer.ok() {
			n = u.opened(t, w, c)
		}
		if n > 0 {
			u.open[t] = append(u.open[t], fmt.Sprintf("%s: %d rows", w.name, n))
		}
	}
}

// opened is how many rows more than before a way of a real tenant shows of
// others. Where rows carry no tenant it counts only when the rows of both are
// in sight: a tenant's own administrator may see more of its own.
func (u *unset) opened(t *table, w way, c counts) int64 {
	before := u.v.seen[w.as][t]
	if t.byColumn() || len(t.parents) > 0 {
		return c.foreign - before.foreign
	}
	if both := before.total() + u.v.seen[u.s.other(w.as)][t].total(); c.total() > before.total() && c.total() >= both {
		return c.total() - before.total()
	}
	return 0
}

// unanswered says why an answer is neither rows nor a refusal.
func unanswered(a answer) string {
	if a.ok() {
		return ""
	}
	if a.err != nil && stack.SQLState(a.err) == "" {
		return a.err.Error()
	}
	code := a.state
	if a.err != nil {
		code = stack.SQLState(a.err)
	}
	switch {
	case slices.Contains([]string{"57014", "55P03", "25P02", "40001", "40P01"}, code), slices.Contains([]string{"08", "53", "57", "58", "XX"}, code[:2]):
		return "the server did not answer (" + code + ")"
	}
	return ""
}

func (u *unset) report(rec *checks.Recorder, tables []*table) {
	for _, t := range tables {
		unit := t.String()
		own := u.v.seen[u.s.a][t]
		switch {
		case closed(u.s.a, t.rel):
			rec.Sight(unit, "row security is on and no policy admits a row", "pg_policy", evidence.Equals("closed"), "closed")
		case u.v.reason[t] != "" && own.own == 0 && len(u.open[t]) == 0:
			rec.Blind(unit, "rows seen without a tenant", u.first[t], u.v.reason[t])
			continue
		default:
			rec.Sight(unit, "own rows seen as A"+u.v.note(t), u.s.a.as()+own.sql, evidence.AtLeast(1), strconv.FormatInt(own.own, 10))
		}
		if why := u.blind[t]; why != "" && len(u.open[t]) == 0 {
			rec.Blind(unit, "rows seen without a tenant", u.first[t], why)
			continue
		}
		if u.tried[t] == 0 {
			rec.Advice(unit, "each tenant has a login of its own, and no policy looks at a setting: there is no session without a tenant", "", evidence.Absent(), "")
			rec.Claim(unit, "ways in which a session without a tenant sees rows", "", evidence.Absent(), "")
			continue
		}
		rec.See(evidence.Observation{Kind: evidence.Claim, Unit: unit, What: fmt.Sprintf("rows seen in %d states without a tenant of their own%s", u.tried[t], u.v.note(t)),
			Via: "BEGIN READ ONLY; " + u.first[t], Want: evidence.Absent(), Got: strings.Join(u.open[t], "; "), Layer: evidence.LayerRowSecurity})
	}
}
