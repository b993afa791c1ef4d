package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// Role asks what the application's login is, and what it can become.
var Role = &checks.Check{
	ID: "tenancy.role", Version: 1, POC: "§1", Timeout: 2 * time.Minute,
	Title: "The application's role cannot step outside row security",
	Proves: "Neither the role that the application logs in as, nor any role that it can SET ROLE to or inherits from, is a superuser, bypasses row security, replicates, hands out roles (before PostgreSQL 16), " +
		"reads or runs files on the server, owns a tenant table or a function that its policies call, or may TRUNCATE one or add triggers to it. As each such role with A's session, no foreign row was seen.",
	DoesNotProve: "It judges the roles behind the given DSNs only; other roles that people or jobs log in as are not looked at, nor who knows their passwords.",
	Fix:          "Let a role that nobody logs in as own the tables, FORCE row security for it, and let the application log in as a role with nothing but the privileges it needs: NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION, member of no owner and of no pg_ role.",
	Doors:        []stack.Door{stack.DoorDB},
	Reproduce:    `psql "$ARXCTL_APP_DSN" -Atc "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolreplication FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER') ORDER BY 1; SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relkind IN ('r','p') AND relrowsecurity AND pg_has_role(session_user, relowner, 'MEMBER'); SELECT count(*) FROM pg_class WHERE relkind IN ('r','p') AND relrowsecurity AND (has_table_privilege(oid, 'TRUNCATE') OR has_table_privilege(oid, 'TRIGGER'))"`,
	Run:          runRole,
}

// dangerousRoles are predefined roles, with what they open (PostgreSQL
// documentation, "Predefined Roles"). A harm is refuted, the rest is advised against.
var dangerousRoles = []struct {
	name, opens string
	harm        bool
}{
	{"pg_read_server_files", "reads any file that the server can read, the tables' own included", true},
	{"pg_write_server_files", "writes any file that the server can write", true},
	{"pg_execute_server_program", "runs programs as the server's operating system user", true},
	{"pg_read_all_data", "reads every table that has no row security", false},
	{"pg_write_all_data", "writes every table that has no row security", false},
	{"pg_monitor", "reads the statements of other sessions", false},
	{"pg_read_all_stats", "reads the statements of other sessions", false},
	{"pg_signal_backend", "ends other sessions", false},
	{"pg_create_subscription", "replicates tables in", false},
}

// reachable is a role that a login is or can become.
type reachable struct {
	name                                           string
	super, bypass, createRole, replication, itself bool
	owns, helpers, truncates, triggers, refers     []string
}

func runRole(ctx context.Context, st *stack.Stack, rec *checks.Recorder) (err error) {
	s, err := open(ctx, st)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	s.facts(rec)
	defer func() {
		if err == nil && len(s.tables) == 0 {
			err = errNoTables
		}
	}()
	done := map[string]bool{}
	for _, x := range s.sides() {
		roles, supers, err := s.reachableRoles(ctx, x)
		if err != nil {
			return err
		}
		for _, r := range roles {
			if done[r.name] {
				continue
			}
			done[r.name] = true
			s.reportRole(rec, r, supers)
			if err := s.seenAs(ctx, rec, x, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// reachableRoles lists the login and what it can become. A superuser can become
// anything, so it alone is listed then.
func (s *scene) reachableRoles(ctx context.Context, x *side) ([]reachable, string, error) {
	how := "pg_has_role(session_user, r.oid, 'MEMBER')"
	if x.cat.Version >= 160000 { // membership without SET and INHERIT gives nothing there
		how = "(pg_has_role(session_user, r.oid, 'SET') OR pg_has_role(session_user, r.oid, 'USAGE'))"
	}
	oids := []uint32{}
	for _, t := range s.tables {
		for _, r := range append(s.below(t.rel), t.rel) {
			if !slices.Contains(oids, r.OID) {
				oids = append(oids, r.OID)
			}
		}
	}
	funcs := s.helperOIDs()
	var out []reachable
	var supers string
	err := stack.Read(ctx, x.conn, stack.Actor{}, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, "SELECT count(*)::text FROM pg_roles WHERE rolsuper").Scan(&supers); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
SELECT r.rolname::text, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolreplication, r.rolname = session_user,
  coalesce((SELECT array_agg(c.oid::regclass::text ORDER BY 1) FROM pg_class c WHERE c.oid = ANY($1::oid[]) AND c.relowner = r.oid), '{}'),
  coalesce((SELECT array_agg(p.oid::regprocedure::text ORDER BY 1) FROM pg_proc p WHERE p.oid = ANY($2::oid[]) AND p.proowner = r.oid), '{}'),
  coalesce((SELECT array_agg(c.oid::regclass::text ORDER BY 1) FROM pg_class c WHERE c.oid = ANY($1::oid[]) AND has_table_privilege(r.oid, c.oid, 'TRUNCATE')), '{}'),
  coalesce((SELECT array_agg(c.oid::regclass::text ORDER BY 1) FROM pg_class c WHERE c.oid = ANY($1::oid[]) AND has_table_privilege(r.oid, c.oid, 'TRIGGER')), '{}'),
  coalesce((SELECT array_agg(c.oid::regclass::text ORDER BY 1) FROM pg_class c WHERE c.oid = ANY($1::oid[]) AND has_any_column_privilege(r.oid, c.oid, 'REFERENCES')), '{}')
FROM pg_roles r WHERE r.rolname = session_user OR (`+how+` AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = session_user)) ORDER BY 1`, oids, funcs)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r reachable
			if err := rows.Scan(&r.name, &r.super, &r.bypass, &r.createRole, &r.replication, &r.itself, &r.owns, &r.helpers, &r.truncates, &r.triggers, &r.refers); err != nil {
				return err
			}
			out = append(out, r)
		}
		return rows.Err()
	})
	return out, supers, err
}

// below lists the partitions and inheritance children of a relation, however deep.
// They hold its rows under privileges of their own.
func (s *scene) below(r *catalog.Relation) []*catalog.Relation {
	var out []*catalog.Relation
	for _, oid := range r.Children {
		if c := s.cat.Relation(oid); c != nil {
			out = append(append(out, c), s.below(c)...)
		}
	}
	return out
}

// helperOIDs are the functions that policies call, however deep.
func (s *scene) helperOIDs() []uint32 {
	var start []uint32
	for _, r := range s.cat.Relations {
		for _, p := range r.Policies {
			start = append(start, p.Calls...)
		}
	}
	return append([]uint32{}, s.cat.Reach(start, map[uint32]string{})...)
}

func (s *scene) reportRole(rec *checks.Recorder, r reachable, supers string) {
	rec.Population("roles that the application is or can become", r.name)
	rec.Sight(r.name, "the attributes of roles can be read: superusers that are seen", "SELECT count(*) FROM pg_roles WHERE rolsuper", evidence.AtLeast(1), supers)
	via := "SELECT rolsuper, rolbypassrls, rolreplication, rolcreaterole FROM pg_roles WHERE rolname = " + literal(r.name)
	var powers []string
	for _, p := range []struct {
		is   bool
		name string
	}{{r.super, "SUPERUSER"}, {r.bypass, "BYPASSRLS"}, {r.replication, "REPLICATION (logical decoding shows every tenant's changes)"}, {r.createRole && s.cat.Version < 160000, "CREATEROLE (it can grant itself any other role)"}} {
		if p.is {
			powers = append(powers, p.name)
		}
	}
	rec.Claim(r.name, "attributes that lift row security", via, evidence.Absent(), strings.Join(powers, ", "))
	if r.createRole && s.cat.Version >= 160000 {
		rec.Advice(r.name, "CREATEROLE", via, evidence.Equals("false"), "true")
	}
	for _, d := range dangerousRoles {
		if d.name != r.name {
			continue
		}
		if d.harm {
			rec.Claim(r.name, "predefined roles that reach around the database", "SELECT pg_has_role(session_user, "+literal(d.name)+", 'MEMBER')", evidence.Absent(), d.opens)
		} else {
			rec.Advice(r.name, "predefined roles that see more than the application", "SELECT pg_has_role(session_user, "+literal(d.name)+", 'MEMBER')", evidence.Absent(), d.opens)
		}
	}
	if r.super {
		return // owns and may everything
	}
	rec.Claim(r.name, "tenant tables that it owns, whose row security it can switch off", "SELECT relname FROM pg_class WHERE relowner = "+literal(r.name)+"::regrole", evidence.Absent(), few(r.owns))
	rec.Claim(r.name, "functions that policies call and that it owns, so that it can replace them", "SELECT proname FROM pg_proc WHERE proowner = "+literal(r.name)+"::regrole", evidence.Absent(), few(r.helpers))
	if len(r.owns) > 0 {
		return // an owner holds every privilege
	}
	rec.Claim(r.name, "tenant tables that it may TRUNCATE, which row security never holds back", "has_table_privilege("+literal(r.name)+", oid, 'TRUNCATE')", evidence.Absent(), few(s.unguarded(r.truncates)))
	rec.Claim(r.name, "tenant tables that it may add triggers to", "has_table_privilege("+literal(r.name)+", oid, 'TRIGGER')", evidence.Absent(), few(r.triggers))
	rec.Advice(r.name, "tenant tables that it may refer to by foreign keys of its own", "has_any_column_privilege("+literal(r.name)+", oid, 'REFERENCES')", evidence.Absent(), few(r.refers))
}

// unguarded leaves out tables where a trigger refuses TRUNCATE.
func (s *scene) unguarded(names []string) []string {
	return slices.DeleteFunc(names, func(n string) bool {
		r := s.cat.Named(n)
		if r == nil {
			return false
		}
		t := truncate(r)
		return r.Can.Truncate && t.harm == ""
	})
}

// seenAs reads the tenant tables as A with a role that the login can take. Where
// the role is the tenant, taking another's is what the login is for.
func (s *scene) seenAs(ctx context.Context, rec *checks.Recorder, x *side, r reachable) error {
	if r.itself || r.super || r.bypass || r.name == x.actor.Role || s.a.actor.Role != s.b.actor.Role || strings.HasPrefix(r.name, "pg_") {
		return nil
	}
	actor := x.actor
	actor.Role = r.name
	got, err := count(ctx, x.conn, actor, x.actor.ID, s.tables)
	if stack.SQLState(err) != "" && ctx.Err() == nil {
		return nil // it cannot be taken after all
	}
	if err != nil {
		return err
	}
	var seen []string
	for _, t := range s.tables {
		if _, shared := s.shared(t.rel); !shared && got[t].answer.ok() && got[t].foreign > 0 {
			seen = append(seen, fmt.Sprintf("%s: %d", t, got[t].foreign))
		}
	}
	rec.Claim(r.name, "rows of others seen as "+x.name+" after SET ROLE", "BEGIN; "+actor.Describe()+"SELECT ...", evidence.Absent(), few(seen))
	return nil
}

func few(names []string) string {
	if len(names) > 5 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:5], ", "), len(names)-5)
	}
	return strings.Join(names, ", ")
}
