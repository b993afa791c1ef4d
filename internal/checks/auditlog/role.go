package auditlog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Role looks at what the application's role, and every role that it can become,
// may do to the guards themselves.
var Role = &checks.Check{
	ID: "auditlog.role", Version: 1,
	Title:        "The application's role cannot take the guards away",
	Proves:       "Neither the login that the application uses, nor any role that it can become with SET ROLE, is a superuser, owns an audit table, one of its partitions, their schema, their trigger functions or the schema of those, may create a trigger or a rule on them, may switch triggers off with session_replication_role, may give itself further roles, or may run a function that does any of it in its place.",
	DoesNotProve: "That other logins (migrations, operators, the owner) cannot; that is a matter of who holds those credentials. It says nothing about access to the server's files.",
	Fix:          "Let a NOLOGIN role own the audit table, its partitions, its schema and its trigger functions; grant the application SELECT and INSERT only; REVOKE TRIGGER, TRUNCATE and REFERENCES; REVOKE SET ON PARAMETER session_replication_role; give the application's role NOSUPERUSER NOCREATEROLE NOREPLICATION and no membership.",
	Doors:        []stack.Door{stack.DoorDB},
	Effects:      checks.RolledBack,
	Reproduce:    `psql "$ARXCTL_APP_DSN" -Atc "SELECT c.oid::regclass, pg_has_role(session_user, c.relowner, 'MEMBER') AS owns, has_table_privilege(c.oid, 'TRIGGER') AS trigger FROM pg_class c WHERE EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgtype & 24 = 24)" -c "SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = session_user" -c "BEGIN; SET LOCAL session_replication_role = replica"; arxctl check --only auditlog.role -c "$ARXCTL_CONFIG"`,
	POC:          "INV-001",
	Run:          runRole,
}

// reachable is a role that the application's login is or can become.
type reachable struct {
	oid                   uint32
	name                  string
	super, create, bypass bool
}

func runRole(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st, rec)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	if !s.declare("audit tables", s.roots) {
		return nil
	}
	seen := map[string]bool{}
	for _, a := range s.actors {
		// As the login itself: what a session could become counts, not what it
		// chose to be for one tenant.
		login := stack.Actor{Name: a.Name, DSN: a.DSN}
		err := s.read(ctx, login, func(tx pgx.Tx) error {
			roles, err := reachableRoles(ctx, tx)
			if err != nil {
				return err
			}
			if seen[roles[0].name] {
				return nil
			}
			seen[roles[0].name] = true
			for _, root := range s.roots {
				if err := s.roleOf(ctx, tx, root, roles); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := s.trySwitch(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// reachableRoles returns the session's login first, then what it can become.
func reachableRoles(ctx context.Context, tx pgx.Tx) ([]reachable, error) {
	var version int
	if err := tx.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return nil, err
	}
	how := "MEMBER"
	if version >= 160000 {
		how = "SET" // a membership may be without SET since PostgreSQL 16
	}
	rows, _ := tx.Query(ctx, `SELECT oid, rolname, rolsuper, rolcreaterole, rolbypassrls FROM pg_roles
		WHERE rolname = session_user OR pg_has_role(session_user, oid, $1) OR pg_has_role(session_user, oid, 'USAGE') ORDER BY rolname <> session_user, rolname`, how)
	var out []reachable
	err := each(rows, func(r pgx.Rows) error {
		var x reachable
		if err := r.Scan(&x.oid, &x.name, &x.super, &x.create, &x.bypass); err != nil {
			return err
		}
		out = append(out, x)
		return nil
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("the session's login is not in pg_roles")
	}
	if err == nil && out[0].super { // a superuser is a member of everything
		out = out[:1]
	}
	return out, err
}

func (s *session) roleOf(ctx context.Context, tx pgx.Tx, root *table, roles []reachable) error {
	unit, login := root.String(), roles[0].name
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = r.name
	}
	// The same functions asked of somebody who does have the right answer yes.
	var control bool
	if err := tx.QueryRow(ctx, "SELECT pg_has_role($1::oid, $1::oid, 'MEMBER')", root.Owner).Scan(&control); err != nil {
		return err
	}
	s.rec.Sight(unit, "the question whether a role owns the table is answered yes for its owner "+root.OwnerName, fmt.Sprintf("SELECT pg_has_role(%s, %s, 'MEMBER')", literal(root.OwnerName), literal(root.OwnerName)), evidence.Equals("true"), fmt.Sprint(control))
	s.attributes(unit, roles)
	owners, via := s.owned(root, roles)
	s.rec.Claim(unit, fmt.Sprintf("%s, which can be %s, owns nothing that the guard rests on", login, strings.Join(names, ", ")), via, evidence.Absent(), strings.Join(owners, "; "))
	held, via, err := s.privileges(ctx, tx, root, roles)
	if err != nil {
		return err
	}
	s.rec.Claim(unit, login+" may not create triggers on it, or TRUNCATE it unguarded", via, evidence.Absent(), strings.Join(held, "; "))
	if err := s.deputies(ctx, tx, root, roles); err != nil {
		return err
	}
	return s.hijack(ctx, tx, root, roles)
}

// attributes of roles that put them above every guard.
func (s *session) attributes(unit string, roles []reachable) {
	const via = "SELECT rolname, rolsuper, rolcreaterole FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')"
	var above, creates []string
	for _, r := range roles {
		if r.super {
			above = append(above, r.name+" is a superuser")
		}
		if r.create {
			creates = append(creates, r.name+" has CREATEROLE")
		}
		switch r.name {
		case "pg_execute_server_program", "pg_write_server_files", "pg_read_server_files":
			if !roles[0].super && r.name != "pg_read_server_files" {
				above = append(above, "it is a member of "+r.name+", which reaches the server's files")
			}
		}
	}
	s.rec.Claim(unit, "the application is not above the guard (superuser, server programs)", via, evidence.Absent(), strings.Join(above, "; "))
	const what = "the application cannot grant itself another role (CREATEROLE)"
	if s.cat.version < 160000 { // until then CREATEROLE may grant any role that is no superuser
		s.rec.Claim(unit, what, via, evidence.Absent(), strings.Join(creates, "; "))
	} else if len(creates) > 0 {
		s.rec.Advice(unit, what, via, evidence.Absent(), strings.Join(creates, "; "))
	}
}

// owned lists what of the guard belongs to one of the roles.
func (s *session) owned(root *table, roles []reachable) (found []string, via string) {
	mine := func(owner uint32, what string) {
		for _, r := range roles {
			if r.oid == owner && !slices.Contains(found, r.name+" owns "+what) {
				found = append(found, r.name+" owns "+what)
			}
		}
	}
	for _, t := range root.tree() {
		mine(t.Owner, t.String())
		mine(t.SchemaOwner, "schema "+ident(t.Schema)+", and may drop what is in it")
		for _, g := range t.Triggers {
			if g.Type&(bitUpdate|bitDelete|bitTruncate) == 0 {
				continue
			}
			mine(g.Fn.Owner, g.Fn.String()+", and may replace it")
			mine(g.Fn.SchemaOwner, "schema "+ident(g.Fn.Schema)+", and may drop "+g.Fn.String())
		}
	}
	return found, "SELECT relowner::regrole, nspowner::regrole, proowner::regrole FROM pg_class, pg_namespace, pg_trigger, pg_proc; SELECT pg_has_role(session_user, <owner>, 'MEMBER')"
}

// privileges on the relations: TRIGGER (a trigger may rewrite rows as they are
// written), TRUNCATE where no trigger refuses it, and since PostgreSQL 17
// nothing more: MAINTAIN changes no rows.
func (s *session) privileges(ctx context.Context, tx pgx.Tx, root *table, roles []reachable) (found []string, via string, err error) {
	via = "SELECT has_table_privilege(<role>, <relation>, 'TRIGGER'), has_table_privilege(<role>, <relation>, 'TRUNCATE')"
	if roles[0].super {
		return nil, via, nil // said already
	}
	for _, t := range root.tree() {
		for _, r := range roles {
			if r.oid == t.Owner {
				continue // owning it was said
			}
			var trig, trunc bool
			if err := tx.QueryRow(ctx, "SELECT has_table_privilege($1::oid, $2::oid, 'TRIGGER'), has_table_privilege($1::oid, $2::oid, 'TRUNCATE')", r.oid, t.OID).Scan(&trig, &trunc); err != nil {
				return nil, via, err
			}
			if trig {
				found = append(found, fmt.Sprintf("%s has TRIGGER on %s", r.name, t))
			}
			if trunc && !s.cat.state(t, "TRUNCATE", bitTruncate).refused {
				found = append(found, fmt.Sprintf("%s has TRUNCATE on %s, which no trigger refuses", r.name, t))
			}
		}
	}
	return found, via, nil
}

// trySwitch attempts to switch triggers off, as the tenant's session and as the
// login before it becomes anybody.
func (s *session) trySwitch(ctx context.Context, a stack.Actor) error {
	const q = "SET LOCAL session_replication_role = replica"
	for _, as := range []stack.Actor{a, {Name: a.Name + "'s login", DSN: a.DSN}} {
		var o outcome
		err := s.read(ctx, as, func(tx pgx.Tx) error {
			return nested(ctx, tx, func(sp pgx.Tx) error {
				if _, err := sp.Exec(ctx, q); err != nil {
					o = classify(err, false)
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
		got := ""
		if o.sqlstate == "" && o.blind == "" {
			got = "the session may set session_replication_role, which switches off every trigger that is not ENABLE ALWAYS"
		}
		for _, root := range s.roots {
			if o.blind != "" {
				s.rec.Blind(root.String(), "triggers cannot be switched off as "+as.Name, q, o.blind)
				continue
			}
			s.rec.See(evidence.Observation{Kind: evidence.Claim, Unit: root.String(), What: "triggers cannot be switched off as " + as.Name, Via: as.Describe() + q, Want: evidence.Absent(), Got: got, Layer: o.layer, SQLState: o.sqlstate})
		}
	}
	return nil
}
