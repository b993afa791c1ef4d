package auditlog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Chain recomputes the hash chain over the whole audit table.
var Chain = &checks.Check{
	ID: "auditlog.chain", Version: 2,
	Title:        "The hash chain over the audit log holds, row by row",
	Proves:       "For every row of every chain that could be read, the stored hash is the one that its content gives, and its link is the hash of the row before it; so no row was edited, removed from the middle, or exchanged. With --since RUN, the head that the earlier run recorded for each chain is still there, at the same place, after the same number of rows; so no tail was cut off and no suffix rewritten since then.",
	DoesNotProve: "Without --since, that the newest rows were not cut off, or a whole suffix rewritten with a fresh chain: only a head kept elsewhere shows that. It cannot say that what was written was true. Gaps in ids are no sign of anything: a rolled-back insert leaves one.",
	Fix:          "Restore the named row from a backup and find out who could write past the triggers (owner, superuser, session_replication_role). Where the formula is not known, give it in db.audit.chain or in a comment on the hash column.",
	Doors:        []stack.Door{stack.DoorDB},
	Reproduce:    `arxctl check --only auditlog.chain -c "$ARXCTL_CONFIG"`,
	POC:          "INV-001",
	Timeout:      3 * time.Minute,
	Run:          runChain,
}

const maxUnits = 200 // chains that are reported one by one

func runChain(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st, rec)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	old, err := s.since(ctx)
	if err != nil {
		return err
	}
	if len(s.roots) == 0 {
		s.declare("hash chains", nil)
		s.reportUnclaimed(old)
		return nil
	}
	rec.Population("hash chains")
	var configured *stack.Chain
	if st.DB.Audit != nil {
		configured = st.DB.Audit.Chain
	}
	chained := slices.DeleteFunc(slices.Clone(s.roots), func(t *table) bool {
		_, _, ok := chainColumns(t)
		return !ok && (configured == nil || !hasColumn(t, configured.Hash))
	})
	see := rec.Advice
	if len(chained) == 0 {
		see = rec.Sight // it is what shows that there is no chain
	}
	for _, t := range s.roots {
		if !slices.Contains(chained, t) {
			see(t.String(), "its columns were read; none holds the hash of the row before", "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = "+literal(t.String())+"::regclass", evidence.AtLeast(1), fmt.Sprint(len(t.Columns)))
		}
	}
	if len(chained) == 0 {
		if configured != nil {
			return fmt.Errorf("db.audit.chain.hash: no audit table has a column %s", configured.Hash)
		}
		if s.reportUnclaimed(old); old == nil {
			rec.NotApplicable("no audit table carries a hash chain")
		}
		return nil
	}
	for _, t := range chained {
		rec.Fact(factTable+t.String(), "yes")
		if err := s.chainOf(ctx, t, configured, len(chained) > 1, old); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	s.reportUnclaimed(old)
	return nil
}

func hasColumn(t *table, name string) bool {
	_, ok := t.column(name)
	return ok
}

// chainOf verifies the chains of one table: as who sees every row, else as each
// tenant in turn.
func (s *session) chainOf(ctx context.Context, t *table, configured *stack.Chain, several bool, run *earlier) error {
	f, err := toldFormula(t, configured)
	if err != nil {
		return err
	}
	viewers, partial := s.viewers(ctx, t)
	if f == nil {
		if f, err = s.infer(ctx, viewers[0], t); err != nil {
			return err
		}
	}
	prefix := ""
	if several {
		prefix = t.String() + ":"
	}
	old := run.of(t, prefix)
	if f == nil || f.Order == "" {
		s.reportUnfollowed(t, prefix, old)
		return s.linksOnly(ctx, viewers, t, f)
	}
	if partial {
		s.rec.Fact("seen-by", "the application's tenants only, as db.reader is not given or may not read "+t.String())
	}
	for _, a := range viewers {
		counts, err := s.count(ctx, a, t, f)
		if err != nil {
			return err
		}
		found, err := s.verify(ctx, a, t, f, old, counts)
		if err != nil {
			return err
		}
		if f.guessed && linkBroken(found) {
			// Which column starts a chain was a guess too, and may be the wrong one.
			f.unlinked = true
			if found, err = s.verify(ctx, a, t, f, old, counts); err != nil {
				return err
			}
			s.rec.Population("hash chains", t.String())
			if err := s.links(ctx, a, t, f.Hash, f.Prev); err != nil {
				return err
			}
		}
		s.reportChains(ctx, a, t, f, prefix, counts, found)
		for key := range found {
			delete(old, key)
		}
	}
	s.reportLost(t, prefix, old, partial)
	return nil
}

// viewers returns who reads the chains: one actor that sees every row, or the
// tenants, which see their own.
func (s *session) viewers(ctx context.Context, t *table) (list []stack.Actor, partial bool) {
	if a, ok := s.reader(); ok {
		var may bool
		err := s.read(ctx, a, func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, "SELECT has_table_privilege($1::oid, 'SELECT') AND NOT row_security_active($1::oid)", t.OID).Scan(&may)
		})
		if err == nil && may {
			return []stack.Actor{a}, false
		}
	}
	if !t.RLS {
		return s.actors[:1:1], false
	}
	return s.actors, true
}

// count enumerates the chains apart from following them.
func (s *session) count(ctx context.Context, a stack.Actor, t *table, f *formula) (map[string]int64, error) {
	out := map[string]int64{}
	per := "''::text"
	if f.Per != "" {
		c, _ := t.column(f.Per)
		per, _ = plainForm(c) // as text where what compares as equal may be spelled in two ways
	}
	err := s.read(ctx, a, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = '50s'"); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, fmt.Sprintf("SELECT coalesce(per::text, ''), n FROM (SELECT %s AS per, count(*) AS n FROM %s t GROUP BY 1) x", per, t.quoted()))
		return each(rows, func(r pgx.Rows) error {
			var k string
			var n int64
			err := r.Scan(&k, &n)
			out[k] += n // NULL and '' are one
			return err
		})
	})
	return out, err
}

func (s *session) reportChains(ctx context.Context, a stack.Actor, t *table, f *formula, prefix string, counts map[string]int64, found map[string]*chain) {
	q := f.layout(t).query("", true)
	via := fmt.Sprintf("%s%s -- each row: %s of %s joined by %s (formula from %s), read as %s", a.Describe(), q, f.Algorithm, strings.Join(f.parts(), ", "), literal(f.Separator), f.told, a.Name)
	if len(counts) == 0 {
		unit := "chains of " + t.String()
		s.rec.Population("hash chains", unit)
		s.rec.Blind(unit, "rows of the chain", via, "no row is visible as "+a.Name+"; to see this: let the application write an audit row, or give db.reader")
		return
	}
	complete := s.startsWhole(ctx, a, t, f)
	unitOf := func(per string) string { return fmt.Sprintf("%s %s", t, chainName(f, per)) }
	if len(counts) > maxUnits {
		s.reportMany(t, f, via, counts, found, complete)
		unitOf = func(string) string { return t.String() }
	}
	for _, per := range slices.Sorted(maps.Keys(counts)) {
		unit, c := unitOf(per), found[per]
		if c == nil {
			c = &chain{broken: "its rows vanished while it was read"}
		}
		s.rec.Fact("head:"+prefix+per, fmt.Sprintf("%s:%s:%d", c.last, c.head, c.rows))
		s.rec.Fact("first:"+prefix+per, c.first)
		if len(counts) <= maxUnits {
			s.rec.Population("hash chains", unit)
			s.rec.Sight(unit, "every row that was counted was read", via, evidence.AtLeast(counts[per]), fmt.Sprint(c.rows))
			s.rec.Claim(unit, fmt.Sprintf("each of %d rows has the hash of its content and the link of the row before", c.rows), via, evidence.Absent(), c.brokenAt())
			s.reportStart(unit, via, t, c, complete)
		}
		s.reportAnchor(unit, c)
	}
}

func chainName(f *formula, per string) string {
	if f.Per == "" {
		return "chain"
	}
	return "chain of " + f.Per + " " + per
}

func (c *chain) brokenAt() string {
	if c.bad > 1 {
		return fmt.Sprintf("%s (and %d more)", c.broken, c.bad-1)
	}
	return c.broken
}

// reportMany sums up a table of very many chains as one unit.
func (s *session) reportMany(t *table, f *formula, via string, counts map[string]int64, found map[string]*chain, complete bool) {
	var want, rows int64
	first := &chain{}
	for _, per := range slices.Sorted(maps.Keys(counts)) {
		want += counts[per]
		c := found[per]
		if c == nil {
			continue
		}
		rows += c.rows
		first.bad += c.bad
		if first.broken == "" && c.broken != "" {
			first.broken = chainName(f, per) + ": " + c.broken
		}
		first.cut = first.cut || c.cut
	}
	unit := t.String()
	s.rec.Population("hash chains", unit)
	s.rec.Sight(unit, "every row that was counted was read", via, evidence.AtLeast(want), fmt.Sprint(rows))
	s.rec.Claim(unit, fmt.Sprintf("each of %d rows in %d chains has the hash of its content and the link of the row before", rows, len(counts)), via, evidence.Absent(), first.brokenAt())
	s.reportStart(unit, via, t, first, complete)
}
