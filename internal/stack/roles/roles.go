// Package roles finds who logs in to a database and what they may do there, and
// writes the lines that give a door a role of its own: never more than it needs.
package roles

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// Role is one row of pg_roles (PostgreSQL documentation, "pg_roles").
type Role struct {
	Name                     string
	Super, Bypass, CanLogin  bool
	Inherit, CreateDB        bool
	Config                   []string // as ALTER ROLE ... SET left it: name=value
	Member                   bool     // the asking session's login may SET ROLE to it
	Connect                  bool     // may connect to this database
	CreateTemp, OwnsDatabase bool
}

const columns = `SELECT r.rolname::text, r.rolsuper, r.rolbypassrls, r.rolcanlogin, r.rolinherit, r.rolcreatedb, coalesce(r.rolconfig, '{}')::text[],
 pg_has_role(session_user, r.oid, 'MEMBER'), has_database_privilege(r.oid, current_database(), 'CONNECT'), has_database_privilege(r.oid, current_database(), 'TEMPORARY'),
 (SELECT datdba FROM pg_database WHERE datname = current_database()) = r.oid FROM pg_roles r`

func scan(row pgx.Row) (*Role, error) {
	r := &Role{}
	return r, row.Scan(&r.Name, &r.Super, &r.Bypass, &r.CanLogin, &r.Inherit, &r.CreateDB, &r.Config, &r.Member, &r.Connect, &r.CreateTemp, &r.OwnsDatabase)
}

// Named returns the role of this name, or nil when there is none.
func Named(ctx context.Context, tx pgx.Tx, name string) (*Role, error) {
	r, err := scan(tx.QueryRow(ctx, columns+" WHERE r.rolname = $1", name))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return r, err
}

// Login returns the role that the session logged in as.
func Login(ctx context.Context, tx pgx.Tx) (*Role, error) {
	return scan(tx.QueryRow(ctx, columns+" WHERE r.rolname = session_user"))
}

// Application is the role that policies and grants are made for.
type Application struct {
	Role  string // who holds the privileges
	Login string // who logs in and has them: Role itself, or a member of it; "" when nobody can
	Set   bool   // the login must SET ROLE first, as it does not inherit
	// Reads and Writes count the given tables that it may read and change.
	Reads, Writes int
	Config        []string // of Role, which a new login does not inherit
}

// FindApplication returns the role that may do most with these tables and is
// bound by their row security: no superuser, no BYPASSRLS, no owner. It returns
// nil when nothing was granted to any.
func FindApplication(ctx context.Context, tx pgx.Tx, tables []*catalog.Relation) (*Application, error) {
	oids := make([]uint32, len(tables))
	for i, r := range tables {
		oids[i] = r.OID
	}
	a := &Application{}
	var canLogin bool
	// A privilege of PUBLIC is everyone's and tells nobody apart: it counts for all alike.
	err := tx.QueryRow(ctx, `
SELECT r.rolname::text, r.rolcanlogin, coalesce(r.rolconfig, '{}')::text[], x.reads, x.writes
FROM pg_roles r CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE has_any_column_privilege(r.oid, c.oid, 'SELECT')) AS reads,
    count(*) FILTER (WHERE has_any_column_privilege(r.oid, c.oid, 'INSERT') OR has_any_column_privilege(r.oid, c.oid, 'UPDATE') OR has_table_privilege(r.oid, c.oid, 'DELETE')) AS writes,
    count(*) FILTER (WHERE pg_has_role(r.oid, c.relowner, 'USAGE')) AS owns,
    count(*) FILTER (WHERE EXISTS (SELECT FROM aclexplode(c.relacl) g WHERE g.grantee = r.oid)) AS direct,
    count(*) FILTER (WHERE has_schema_privilege(r.oid, c.relnamespace, 'USAGE')) AS usable
  FROM pg_class c WHERE c.oid = ANY($1::oid[])) x
WHERE NOT r.rolsuper AND NOT r.rolbypassrls AND r.rolname !~ '^pg_' AND x.owns = 0 AND x.reads > 0 AND x.usable > 0
ORDER BY x.writes DESC, x.direct > 0 DESC, x.reads DESC, r.rolcanlogin DESC, r.rolname LIMIT 1`, []any{oids}...).Scan(&a.Role, &canLogin, &a.Config, &a.Reads, &a.Writes)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if canLogin {
		a.Login = a.Role
		return a, nil
	}
	err = tx.QueryRow(ctx, `
SELECT m.rolname::text, NOT pg_has_role(m.oid, r.oid, 'USAGE') FROM pg_roles m, pg_roles r
WHERE r.rolname = $1 AND m.rolcanlogin AND NOT m.rolsuper AND NOT m.rolbypassrls AND m.oid <> r.oid AND pg_has_role(m.oid, r.oid, 'MEMBER')
ORDER BY m.rolname LIMIT 1`, a.Role).Scan(&a.Login, &a.Set)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	return a, nil
}
