package auditlog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// startsWhole reports whether rows cannot have left at the front by retention:
// the table is not partitioned, or its very first row is still there.
func (s *session) startsWhole(ctx context.Context, a stack.Actor, t *table, f *formula) bool {
	if len(t.children) == 0 {
		return true
	}
	c, _ := t.column(f.Order)
	if c.Category != "N" {
		return false
	}
	whole := false
	_ = s.read(ctx, a, func(tx pgx.Tx) error { // not known: then advice, never a claim
		return tx.QueryRow(ctx, fmt.Sprintf("SELECT coalesce(min(%s) <= 1, false) FROM %s", quote(f.Order), t.quoted())).Scan(&whole)
	})
	return whole
}

// reportStart: a first row that points to a row that is not there means that
// rows before it are gone. Where old partitions may have been dropped whole,
// that is what retention looks like.
func (s *session) reportStart(unit, via string, t *table, c *chain, complete bool) {
	const what = "the first row starts the chain"
	got := ""
	if c.cut {
		got = fmt.Sprintf("row %s points to a row before it that is not there", c.first)
	}
	if complete || !c.cut {
		s.rec.Claim(unit, what, via, evidence.Absent(), got)
		return
	}
	s.rec.Advice(unit, what+", or rows before it left with a whole partition", via, evidence.Absent(), got)
}

// linksOnly is for a chain whose formula or order is not known: each link must
// still be the hash of another row. Content stays unseen, and that is said.
func (s *session) linksOnly(ctx context.Context, viewers []stack.Actor, t *table, f *formula) error {
	hash, prev, _ := chainColumns(t)
	unit := t.String()
	s.rec.Population("hash chains", unit)
	if hash == "" || prev == "" {
		s.rec.Blind(unit, "the chain holds", "pg_attribute", "only one of the chain's two columns can be told from its name; to see this: give db.audit.chain")
		return nil
	}
	for _, a := range viewers {
		if err := s.links(ctx, a, t, hash, prev); err != nil {
			return err
		}
	}
	if f == nil {
		s.rec.Blind(unit, "each row has the hash of its content", "pg_attribute, pg_proc", "how "+ident(hash)+" is computed is not known; to see this: give db.audit.chain (hash, prev, per, order, fields, separator)")
	}
	return nil
}

// links checks, whatever the order, that each link is a stored hash and that no
// two rows follow the same one.
func (s *session) links(ctx context.Context, a stack.Actor, t *table, hash, prev string) error {
	q := fmt.Sprintf(`WITH x AS (SELECT %[1]s::text AS h, %[2]s::text AS p, tableoid::regclass::text || ' ' || ctid::text AS at FROM %[3]s)
SELECT count(*), coalesce(min(at) FILTER (WHERE lost), ''), coalesce(min(p) FILTER (WHERE lost), ''), count(*) FILTER (WHERE lost), count(*) FILTER (WHERE NOT starts) - count(DISTINCT p) FILTER (WHERE NOT starts)
FROM (SELECT *, NOT starts AND NOT EXISTS (SELECT FROM x y WHERE y.h = x.p) AS lost FROM (SELECT *, coalesce(p, '') ~ '^(\\x)?0*$' OR (length(p) < 16 AND p !~ '[0-9]') AS starts FROM x) x) x`, quote(hash), quote(prev), t.quoted())
	var rows, lost, forks int64
	var at, p string
	err := s.read(ctx, a, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = '50s'"); err != nil {
			return err
		}
		return tx.QueryRow(ctx, q).Scan(&rows, &at, &p, &lost, &forks)
	})
	if err != nil {
		return err
	}
	unit := t.String()
	s.rec.Sight(unit, "rows of the chain are visible as "+a.Name, a.Describe()+q, evidence.AtLeast(1), fmt.Sprint(rows))
	got := ""
	if lost > 0 {
		got = fmt.Sprintf("the row at %s points to %s, which no row has (%d such rows)", at, p, lost)
	}
	if lost > 0 && len(t.children) > 0 && lost <= 1 {
		s.rec.Advice(unit, "each link is the hash of another row, or of one that left with a whole partition", a.Describe()+q, evidence.Absent(), got)
	} else {
		s.rec.Claim(unit, "each link is the hash of another row", a.Describe()+q, evidence.Absent(), got)
	}
	s.rec.Claim(unit, "no two rows follow the same row", a.Describe()+q, evidence.AtMost(0), fmt.Sprint(forks))
	return nil
}
