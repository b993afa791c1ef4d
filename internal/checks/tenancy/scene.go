package tenancy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// side is one tenant's seat: its own connection, logged in as the application
// logs in, and the catalogue as that tenant's role may see it.
type side struct {
	name  string // A or B
	actor stack.Actor
	conn  *pgx.Conn
	login login
	cat   *catalog.Catalog
}

// can returns what this side's role may do with a relation.
func (s *side) can(r *catalog.Relation) catalog.Privileges {
	if own := s.cat.Relation(r.OID); own != nil {
		return own.Can
	}
	return catalog.Privileges{}
}

// active reports whether row security binds this side on the relation.
func (s *side) active(r *catalog.Relation) bool {
	own := s.cat.Relation(r.OID)
	return own != nil && own.Active
}

// readable reports whether this side may read some column of the relation.
func (s *side) readable(r *catalog.Relation) bool { p := s.can(r); return p.Usage && p.Select }

// scene is what every check of the family starts from.
type scene struct {
	st     *stack.Stack
	a, b   *side
	reader *pgx.Conn // for the first look; nil when db.reader is not given
	cat    *catalog.Catalog
	tables []*table // tenant tables, by name
	others []string // relations that nothing marks as a tenant's: lookup tables
	how    identity
	// unseeded is why db.seed gave no rows for the first look; nil when it did, or is not given.
	unseeded error
	seen     map[uint32][]traces
	rows     *atomic.Int64   // made up in this run, by all checks: none takes another's key
	ids      map[string]bool // the names that tenant columns go by, for views and functions
}

// open connects as both tenants, for one check. What the first look at the
// database finds out is found once for the whole run.
func open(ctx context.Context, st *stack.Stack) (_ *scene, err error) {
	got, err := st.Once(ctx, "tenancy", func() (any, error) { return explore(ctx, st) })
	if err != nil {
		return nil, err
	}
	s := *got.(*scene)
	a, b := *s.a, *s.b
	s.a, s.b = &a, &b
	return &s, s.connect(ctx)
}

// explore finds out how a tenant reaches the database where arxctl.yaml does not
// say it, and tells tenant tables from the rest. It returns a scene without
// connections, which nobody may change.
func explore(ctx context.Context, st *stack.Stack) (*scene, error) {
	s := &scene{st: st, rows: &atomic.Int64{}}
	for _, x := range []struct {
		name string
		to   **side
	}{{"a", &s.a}, {"b", &s.b}} {
		actor, err := st.DB.Actor(x.name)
		if err != nil {
			return nil, err
		}
		actor.Name = strings.ToUpper(x.name)
		*x.to = &side{name: actor.Name, actor: actor}
	}
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	defer s.close(ctx)
	if err := s.logins(ctx); err != nil {
		return nil, err
	}
	if st.DB.Reader.IsSet() {
		var err error
		if s.reader, err = stack.Connect(ctx, st.DB.Reader); err != nil {
			return nil, fmt.Errorf("db.reader: %w", err)
		}
	}
	if err := s.identify(ctx); err != nil {
		return nil, err
	}
	if len(s.how.found) > 0 {
		if err := s.a.read(ctx, st.DB.Schemas); err != nil {
			return nil, err
		}
	}
	if s.b.cat = s.a.cat; !s.sameLogin() || s.a.actor.Role != s.b.actor.Role || len(s.b.actor.SQL) > 0 {
		if err := s.b.read(ctx, st.DB.Schemas); err != nil {
			return nil, err
		}
	}
	s.cat = s.a.cat
	if err := s.classify(ctx); err != nil {
		return nil, err
	}
	if err := s.exist(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// connect logs in as both tenants.
func (s *scene) connect(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			s.close(ctx)
		}
	}()
	for _, x := range s.sides() {
		if x.conn, err = x.fresh(ctx); err != nil {
			return fmt.Errorf("as tenant %s: %w", x.name, err)
		}
	}
	return nil
}

func (s *side) read(ctx context.Context, schemas []string) error {
	return stack.Read(ctx, s.conn, s.actor, func(tx pgx.Tx) (err error) {
		s.cat, err = catalog.Read(ctx, tx, schemas...)
		return err
	})
}

func (s *scene) sides() []*side { return []*side{s.a, s.b} }

// other returns the opposite side.
func (s *scene) other(x *side) *side {
	if x == s.a {
		return s.b
	}
	return s.a
}

func (s *scene) close(ctx context.Context) {
	end := context.WithoutCancel(ctx)
	for _, x := range s.sides() {
		if x != nil && x.conn != nil {
			x.conn.Close(end)
			x.conn = nil
		}
	}
	if s.reader != nil {
		s.reader.Close(end)
		s.reader = nil
	}
}

// nobody is a session of the login without any tenant. A role that both tenants
// take is part of the login; one that differs is the tenant.
func (s *scene) nobody() stack.Actor {
	a := stack.Actor{Name: "no tenant", DSN: s.a.actor.DSN}
	if s.a.actor.Role == s.b.actor.Role {
		a.Role = s.a.actor.Role
	}
	return a
}

// shared returns the declared reason why a relation is everyone's, and whether there is one.
func (s *scene) shared(r *catalog.Relation) (string, bool) {
	for name, reason := range s.st.DB.Shared {
		if s.cat.Named(name) == r || name == r.String() || name == r.Schema+"."+r.Name {
			if strings.TrimSpace(reason) == "" {
				reason = "declared as shared in db.shared, without a reason"
			}
			return reason, true
		}
	}
	return "", false
}

// table returns the tenant table of this relation, or nil.
func (s *scene) table(oid uint32) *table {
	i := slices.IndexFunc(s.tables, func(t *table) bool { return t.rel.OID == oid })
	if i < 0 {
		return nil
	}
	return s.tables[i]
}

// fresh opens one more connection as this side's login.
func (x *side) fresh(ctx context.Context) (*pgx.Conn, error) { return stack.Connect(ctx, x.actor.DSN) }

// as is the SQL that becomes this side, for Via.
func (x *side) as() string {
	if d := x.actor.Describe(); d != "" {
		return "BEGIN; " + d
	}
	return "BEGIN; "
}

var errNoTables = errors.New("nothing to look at: no tenant tables: no row security policy, no foreign key to a table of tenants and no column that holds the tenants' ids; to see this: check db.tenants ids, db.schemas and the role's privileges")
