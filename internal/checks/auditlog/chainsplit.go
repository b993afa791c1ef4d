package auditlog

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
)

// splitRows is from how many rows on two connections share the reading.
const splitRows = 50_000

// verify reads every row of the table that the actor sees and follows its
// chains. An audit table is written in order, so rows are first read as they
// are stored, and sorted only where that fails. old holds heads of an earlier
// run by chain. Memory grows with the number of chains, never with rows.
func (s *session) verify(ctx context.Context, a stack.Actor, t *table, f *formula, old map[string]anchor, counts map[string]int64) (map[string]*chain, error) {
	l := f.layout(t)
	for _, sorted := range []bool{false, true} {
		out, err := s.halves(ctx, a, f, l, old, counts, sorted)
		if out == nil && err == nil {
			err = s.read(ctx, a, func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, sourceSettings, pgx.QueryExecModeSimpleProtocol); err != nil {
					return err
				}
				var err error
				out, err = follow(ctx, tx, f, l, old, "", sorted)
				return err
			})
		}
		if sorted || !errors.Is(err, errUnordered) {
			for _, c := range out {
				c.last, c.head = string(l.forms[l.order].print(nil, c.order)), string(c.hash)
			}
			return out, err
		}
	}
	return nil, errUnordered
}

// halves reads with two connections at once; nil without an error where the
// rows are few, cannot be shared, or there is no second connection.
func (s *session) halves(ctx context.Context, a stack.Actor, f *formula, l *layout, old map[string]anchor, counts map[string]int64, sorted bool) (map[string]*chain, error) {
	var total int64
	for _, n := range counts {
		total += n
	}
	if total < splitRows {
		return nil, nil
	}
	c, ok := f.cutByChain(l.table, counts)
	if !ok {
		if c, ok = s.middle(ctx, a, l.table, f); !ok {
			return nil, nil
		}
	}
	first, err := s.conn(ctx, a.DSN)
	if err != nil {
		return nil, err
	}
	second, err := stack.Connect(ctx, a.DSN)
	if err != nil {
		return nil, nil // the role may have room for one connection only
	}
	defer second.Close(context.WithoutCancel(ctx))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	half := func(conn *pgx.Conn, where string) (out map[string]*chain, err error) {
		err = stack.Read(ctx, conn, a, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, sourceSettings, pgx.QueryExecModeSimpleProtocol); err != nil {
				return err
			}
			out, err = follow(ctx, tx, f, l, old, where, sorted)
			return err
		})
		return out, err
	}
	type result struct {
		chains map[string]*chain
		err    error
	}
	done := make(chan result, 1)
	go func() {
		chains, err := half(second, c.second)
		if err != nil {
			stop() // the other half is of no use any more
		}
		done <- result{chains, err}
	}()
	out, err := half(first, c.first)
	if err != nil {
		stop()
	}
	other := <-done
	// Stopping the other half makes an error there that says nothing.
	switch {
	case errors.Is(err, errUnordered) || errors.Is(other.err, errUnordered):
		return nil, errUnordered
	case other.err != nil && (err == nil || errors.Is(err, context.Canceled)):
		return nil, other.err
	case err != nil:
		return nil, err
	case c.carried:
		return newWalker(f, l).join(out, other.chains)
	}
	maps.Copy(out, other.chains)
	return out, nil
}

// middle cuts by the order column, where one chain holds most rows. Rows that
// are written meanwhile come after the middle, so both connections see the same
// rows up to it.
func (s *session) middle(ctx context.Context, a stack.Actor, t *table, f *formula) (cut, bool) {
	q, typ := f.cutByOrder(t)
	if q == "" {
		return cut{}, false
	}
	var at string
	err := s.read(ctx, a, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sourceSettings, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
		return tx.QueryRow(ctx, q).Scan(&at)
	})
	if err != nil || at == "" {
		return cut{}, false // then one connection reads it all, and says what is wrong
	}
	col := "t." + quote(f.Order)
	at = fmt.Sprintf("%s::%s", literal(at), typ)
	return cut{first: fmt.Sprintf("(%[1]s <= %[2]s OR %[1]s IS NULL)", col, at), second: fmt.Sprintf("%s > %s", col, at), carried: true}, true
}

// join puts the second part of each chain behind its first.
func (w *walker) join(first, second map[string]*chain) (map[string]*chain, error) {
	for key, b := range second {
		a := first[key]
		if a == nil {
			first[key] = b
			continue
		}
		if !w.after(b.firstOrder, a.order) {
			return nil, errUnordered
		}
		if !w.f.unlinked && !linked(b.firstPrev, a.hash) {
			if a.links++; a.bad == 0 {
				a.broken = w.unlinkedAt(b.firstOrder, a.order)
			}
			a.bad++
		}
		if a.bad == 0 {
			a.broken = b.broken
		}
		if b.old != nil && b.old.met {
			b.old.at += a.rows
			a.old = b.old
		}
		a.bad, a.links, a.rows = a.bad+b.bad, a.links+b.links, a.rows+b.rows
		a.order, a.hash = b.order, b.hash
	}
	return first, nil
}
