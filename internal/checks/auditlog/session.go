package auditlog

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/stack"
)

// session is one check's look through the db door: a connection for each login
// that it needs, and what the catalogue said to the first tenant's.
type session struct {
	st     *stack.Stack
	rec    *checks.Recorder
	actors []stack.Actor // a and b first
	conns  map[string]*pgx.Conn
	cat    *catalogue
	roots  []*table
}

// open connects as the first tenant and discovers the audit tables.
func open(ctx context.Context, st *stack.Stack, rec *checks.Recorder) (*session, error) {
	s := &session{st: st, rec: rec, conns: map[string]*pgx.Conn{}}
	names := slices.Sorted(maps.Keys(st.DB.Tenants))
	for _, n := range names {
		a, err := st.DB.Actor(n)
		if err != nil {
			return nil, err
		}
		s.actors = append(s.actors, a)
	}
	var configured string
	if st.DB.Audit != nil {
		configured = st.DB.Audit.Table
	}
	err := s.read(ctx, s.actors[0], func(tx pgx.Tx) error {
		var err error
		if s.cat, err = readCatalogue(ctx, tx, configured); err != nil {
			return err
		}
		s.roots, err = s.cat.auditTables(configured)
		return err
	})
	if err != nil {
		s.close(ctx)
		return nil, err
	}
	return s, nil
}

func (s *session) close(ctx context.Context) {
	for _, c := range s.conns {
		c.Close(context.WithoutCancel(ctx))
	}
}

// conn returns the connection of this login, opened at its first use.
func (s *session) conn(ctx context.Context, dsn stack.Secret) (*pgx.Conn, error) {
	if c := s.conns[dsn.Reveal()]; c != nil && !c.IsClosed() {
		return c, nil
	}
	c, err := stack.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	s.conns[dsn.Reveal()] = c
	return c, nil
}

func (s *session) read(ctx context.Context, a stack.Actor, fn func(pgx.Tx) error) error {
	c, err := s.conn(ctx, a.DSN)
	if err != nil {
		return err
	}
	return stack.Read(ctx, c, a, fn)
}

func (s *session) write(ctx context.Context, a stack.Actor, fn func(pgx.Tx) error) error {
	c, err := s.conn(ctx, a.DSN)
	if err != nil {
		return err
	}
	return stack.RolledBack(ctx, c, a, fn)
}

// reader returns who sees every row: db.reader, else db.admin, else nobody.
func (s *session) reader() (stack.Actor, bool) {
	switch {
	case s.st.DB.Reader.IsSet():
		return stack.Actor{Name: "reader", DSN: s.st.DB.Reader}, true
	case s.st.DB.Admin.IsSet():
		return stack.Actor{Name: "admin", DSN: s.st.DB.Admin}, true
	}
	return stack.Actor{}, false
}

// relations returns every relation of the audit tables' trees.
func (s *session) relations() []*table {
	var out []*table
	for _, r := range s.roots {
		out = append(out, r.tree()...)
	}
	return out
}

const nothingFound = "no table has a guard against changes, a hash chain, or the name and columns of an audit table; to see this: name the table in db.audit.table"

// declare makes the population of relations, and says so when there are none.
func (s *session) declare(unit string, tables []*table) bool {
	s.rec.Population(unit)
	for _, t := range tables {
		s.rec.Population(unit, t.String())
	}
	for _, r := range s.roots {
		s.rec.Fact("table:"+r.String(), r.because)
	}
	if len(tables) == 0 {
		s.rec.Blind("audit table", "an audit table is found in the catalogue", "pg_class, pg_trigger, pg_rewrite, pg_attribute", nothingFound)
		return false
	}
	return true
}

// nested runs fn in a savepoint that is always rolled back.
func nested(ctx context.Context, tx pgx.Tx, fn func(pgx.Tx) error) error {
	sp, err := tx.Begin(ctx)
	if err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	err = fn(sp)
	if rerr := sp.Rollback(ctx); rerr != nil && err == nil {
		err = rerr
	}
	return err
}
