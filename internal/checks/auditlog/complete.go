package auditlog

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Complete sweeps the rows that are already there.
var Complete = &checks.Check{
	ID: "auditlog.complete", Version: 1,
	Title:        "Every stored audit row is complete",
	Proves:       "In every audit row that could be read, the columns that a complete row fills are filled: those that db.audit.required names, digests that look like digests of one kind, durations that are not negative, an actor and an action that are not empty.",
	DoesNotProve: "That what the rows say is true, or that every event left a row: auditlog.row shows that for actions of its own. A nullable column that is NULL for all rows, or for all rows of one kind, is taken to be meant so.",
	Fix:          "Find the code path that writes the named rows, make the column NOT NULL with a CHECK on its shape and without a default, and let the request fail when its audit row is refused.",
	Doors:        []stack.Door{stack.DoorDB},
	Reproduce:    `arxctl check --only auditlog.complete -c "$ARXCTL_CONFIG"`,
	POC:          "INV-001",
	Run:          runComplete,
}

func (s *session) configuredChain() *stack.Chain {
	if s.st.DB.Audit != nil {
		return s.st.DB.Audit.Chain
	}
	return nil
}

func runComplete(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st, rec)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	if !s.declare("audit tables", s.roots) {
		return nil
	}
	for _, t := range s.roots {
		if err := s.completeOf(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	return nil
}

// completeOf sweeps one table as who sees every row, else as each tenant.
func (s *session) completeOf(ctx context.Context, t *table) error {
	viewers, partial := s.viewers(ctx, t)
	var total int64
	for _, a := range viewers {
		err := s.read(ctx, a, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = '50s'"); err != nil {
				return err
			}
			list, err := s.expectations(ctx, tx, t)
			if err != nil {
				return err
			}
			n, missed, err := s.sweep(ctx, tx, t, list, "true")
			if stack.SQLState(err) == "42501" {
				return nil // said below: no row was seen
			}
			if err != nil {
				return err
			}
			total += n
			var conds []string
			for _, e := range list {
				conds = append(conds, "("+e.sql+")")
			}
			if len(conds) == 0 {
				conds = []string{"false"}
			}
			s.rec.Claim(t.String(), fmt.Sprintf("no row of those that %s sees misses what a complete row has (%d things)", a.Name, len(list)),
				fmt.Sprintf("%sSELECT count(*) FROM %s t WHERE %s", a.Describe(), t, strings.Join(conds, " OR ")), evidence.Absent(), tell(missed))
			return s.clock(ctx, tx, t, a)
		})
		if err != nil && stack.SQLState(err) != "42501" {
			return err
		}
	}
	if total == 0 {
		s.rec.Blind(t.String(), "stored rows", "SELECT count(*) FROM "+t.String(), "no row is visible; to see this: let the application write an audit row, or give db.reader")
		return nil
	}
	s.rec.Sight(t.String(), "rows are visible", "SELECT count(*) FROM "+t.String(), evidence.AtLeast(1), fmt.Sprint(total))
	if partial {
		s.rec.Fact("seen-by:"+t.String(), "the application's tenants only")
	}
	return nil
}

// clock advises on times that the database's own clock contradicts.
func (s *session) clock(ctx context.Context, tx pgx.Tx, t *table, a stack.Actor) error {
	for _, c := range t.Columns {
		if c.Category != "D" || !strings.HasPrefix(c.Type, "timestamp") || !clockDefault(c) {
			continue
		}
		var n int64
		q := fmt.Sprintf("SELECT count(*) FROM %s t WHERE t.%s > clock_timestamp() + interval '5 minutes'", t.quoted(), quote(c.Name))
		if err := tx.QueryRow(ctx, q).Scan(&n); err != nil {
			return err
		}
		s.rec.Advice(t.String(), "no row is dated in the future ("+ident(c.Name)+", as "+a.Name+")", a.Describe()+q, evidence.AtMost(0), fmt.Sprint(n))
	}
	return nil
}

// clockDefault reports whether the column is stamped by the database's clock.
func clockDefault(c column) bool {
	d := strings.ToLower(c.Default)
	return strings.Contains(d, "now()") || strings.Contains(d, "_timestamp") || strings.Contains(d, "timeofday")
}
