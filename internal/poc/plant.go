package poc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/arxsec/arxctl/internal/poc/faults"
)

// Plant gives the stack a defect. Several may be planted one after another; Clear takes them all away.
func (s *Stack) Plant(ctx context.Context, f faults.Fault) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.planted = append(s.planted, f)
	if len(f.SQL) > 0 {
		if err := s.Postgres.Exec(ctx, database, f.SQL...); err != nil {
			return fmt.Errorf("plant %s: %w", f.ID, err)
		}
	}
	if f.RedisDead {
		if err := s.Redis.Kill(); err != nil {
			return err
		}
	}
	if len(f.Switches) == 0 && len(f.Env) == 0 {
		return nil
	}
	return s.restart(ctx)
}

// restart has the replicas come back, at their addresses, as the planted faults say.
func (s *Stack) restart(ctx context.Context) error {
	var names []string
	for _, f := range s.planted {
		names = append(names, f.Switches...)
	}
	if err := os.WriteFile(s.faultsFile(), []byte(strings.Join(names, "\n")), 0o600); err != nil {
		return err
	}
	return errors.Join(s.stopReplicas(), s.startReplicas(ctx))
}

// Clear puts the stack back as Up left it: the database from its pristine copy, roles and server settings reset, Redis
// empty, replicas healthy at the same addresses.
func (s *Stack) Clear(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	restart := false
	for _, f := range s.planted {
		restart = restart || len(f.Switches) > 0 || len(f.Env) > 0
	}
	s.planted = nil
	if err := s.resetDatabase(ctx); err != nil {
		return fmt.Errorf("put the database back: %w", err)
	}
	if err := errors.Join(s.Redis.Kill(), s.Redis.Revive(ctx)); err != nil {
		return err
	}
	if restart {
		return s.restart(ctx)
	}
	return nil
}

func (s *Stack) resetDatabase(ctx context.Context) error {
	if err := s.Postgres.DropDatabase(ctx, database); err != nil {
		return err
	}
	statements := []string{resetRoles, "ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()"}
	for role, verifier := range s.known.Verifiers {
		statements = append(statements, "ALTER ROLE "+role+" PASSWORD "+literal(verifier))
	}
	if err := s.Postgres.Exec(ctx, "postgres", statements...); err != nil {
		return err
	}
	return s.Postgres.CreateDatabase(ctx, database, pristine, "arx_owner")
}

// resetRoles undoes what faults do to things that belong to the cluster and not to a database.
const resetRoles = `
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT parname, grantee FROM pg_parameter_acl, aclexplode(paracl) WHERE grantee <> 10 LOOP
        EXECUTE format('REVOKE ALL ON PARAMETER %I FROM %s', r.parname,
                       CASE r.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.grantee)) END);
    END LOOP;
    FOR r IN SELECT g.rolname AS granted, m.rolname AS member FROM pg_auth_members a
             JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
             WHERE m.rolname !~ '^pg_' AND (g.rolname, m.rolname) <> ('arx_owner', 'arx_admin') LOOP
        EXECUTE format('REVOKE %I FROM %I', r.granted, r.member);
    END LOOP;
    FOR r IN SELECT rolname FROM pg_roles
             WHERE oid >= 16384 AND rolname NOT IN ('arx_owner', 'arx_report', 'arx_app', 'arx_reader', 'arx_admin') LOOP
        EXECUTE format('DROP ROLE %I', r.rolname);
    END LOOP;
    FOR r IN SELECT rolname FROM pg_roles WHERE oid >= 16384 LOOP
        EXECUTE format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT NOLOGIN CONNECTION LIMIT -1', r.rolname);
        EXECUTE format('ALTER ROLE %I RESET ALL', r.rolname);
    END LOOP;
END $$;
ALTER ROLE arx_report BYPASSRLS;
ALTER ROLE arx_app LOGIN;
ALTER ROLE arx_reader LOGIN BYPASSRLS;
ALTER ROLE arx_admin LOGIN CREATEDB BYPASSRLS;
`
