package auditlog_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/auditlog"
	"github.com/arxsec/arxctl/internal/evidence"
)

// shape is a way in which a tenant reaches PostgreSQL, over the same table.
type shape struct{ name, sql, yaml string }

// policy replaces the lab's own.
func policy(org string) string {
	return `DROP POLICY tenant ON audit_log; CREATE POLICY tenant ON audit_log USING (org_id = ` + org + `);`
}

var shapes = []shape{
	{"scalar setting", "", scalar},
	{"JSON setting with a key", policy(`(NULLIF(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid`), `
  tenant: {set: {request.jwt.claims: '{"sub":"{id}"}'}}
  tenants: {a: {id: "{A}"}, b: {id: "{B}"}}`},
	{"session looked up in a table", `CREATE TABLE sessions (id text PRIMARY KEY, org uuid); INSERT INTO sessions VALUES ('s1', '{A}'), ('s2', '{B}'); GRANT SELECT ON sessions TO {app};` +
		policy(`(SELECT org FROM sessions WHERE id = current_setting('app.session', true))`), `
  tenant: {set: {app.session: "{session}"}}
  tenants: {a: {id: "{A}", session: s1}, b: {id: "{B}", session: s2}}`},
	{"membership", `CREATE TABLE members (who text, org uuid); INSERT INTO members VALUES ('ann', '{A}'), ('bob', '{B}'); GRANT SELECT ON members TO {app};
		DROP POLICY tenant ON audit_log; CREATE POLICY tenant ON audit_log USING (org_id IN (SELECT org FROM members WHERE who = current_setting('app.user', true)));`, `
  tenant: {set: {app.user: "{user}"}}
  tenants: {a: {id: "{A}", user: ann}, b: {id: "{B}", user: bob}}`},
	{"SET ROLE after login", `GRANT {app} TO {authn}`, `
  tenant: {set: {app.org_id: "{id}"}, role: "{app}"}
  tenants: {a: {id: "{A}", dsn: "{dsn:authn}"}, b: {id: "{B}", dsn: "{dsn:authn}"}}`},
	{"one login a tenant", `GRANT SELECT, INSERT, UPDATE, DELETE ON audit_log TO {authn}; GRANT USAGE ON SCHEMA public TO {authn};` +
		policy(`CASE current_user WHEN '{app}' THEN '{A}'::uuid WHEN '{authn}' THEN '{B}'::uuid END`), `
  tenants: {a: {id: "{A}", dsn: "{dsn:app}"}, b: {id: "{B}", dsn: "{dsn:authn}"}}`},
}

func TestTenantShapes(t *testing.T) {
	const app = `audit_log`
	faults := []struct{ name, sql, check string }{
		{"healthy", "", ""},
		{"clone disabled", `ALTER TABLE audit_log_2026_10 DISABLE TRIGGER audit_log_no_mutate`, "auditlog.refusal"},
		{"no-op", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN coalesce(NEW, OLD); END $$`, "auditlog.guard"},
		{"swallow", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`, "auditlog.refusal"},
		{"owner", `GRANT {owner} TO {app}`, "auditlog.role"},
	}
	for _, s := range shapes {
		for _, f := range faults {
			t.Run(s.name+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				l := newLab(t, ledgerSQL, guardSQL, s.sql, f.sql)
				st := l.stack(t, s.yaml)
				for _, c := range auditlog.All() {
					if len(c.Doors) > 1 {
						continue
					}
					e := run(t, c, st)
					switch {
					case f.name == "healthy" && (e.Outcome == fail || e.Outcome == blind):
						t.Errorf("healthy: %s", dump(e))
					case c.ID == f.check && e.Outcome != fail:
						t.Errorf("%s: %s", app, dump(e))
					}
				}
			})
		}
	}
}

const refuse = `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append only'; END $$;`

// TestTableShapes: audit tables of other shapes and names, each healthy and
// with one fault.
func TestTableShapes(t *testing.T) {
	const rows = `INSERT INTO %T (org_id, actor, action, at) SELECT o::uuid, 'ann', 'read', '2026-10-05'::timestamptz + n * interval '1 minute' FROM unnest(ARRAY['{A}','{B}']) o, generate_series(1, 3) n;`
	const cols = `(id bigint GENERATED ALWAYS AS IDENTITY, org_id uuid NOT NULL, actor text NOT NULL, action text NOT NULL, at timestamptz NOT NULL DEFAULT now())`
	const grants = `GRANT SELECT, INSERT, UPDATE, DELETE ON %T TO {app};`
	for _, v := range []struct {
		name, table, sql string
		faults           map[string]string
	}{
		{"SAFE-31 plain table, statement triggers", "audit_events", `CREATE TABLE %T ` + cols + `;` + grants + rows + refuse + `
			CREATE TRIGGER g BEFORE UPDATE OR DELETE OR TRUNCATE ON %T FOR EACH STATEMENT EXECUTE FUNCTION refuse();`,
			map[string]string{"disabled": `ALTER TABLE %T DISABLE TRIGGER g`, "dropped": `DROP TRIGGER g ON %T`}},
		{"other schema, quoted names", `"Trail Of Evidence"."What Happened"`, `CREATE SCHEMA "Trail Of Evidence"; GRANT USAGE ON SCHEMA "Trail Of Evidence" TO {app}; CREATE TABLE %T ` + cols + `;` + grants + rows + refuse + `
			CREATE TRIGGER "The Guard" BEFORE UPDATE OR DELETE ON %T FOR EACH ROW EXECUTE FUNCTION refuse(); CREATE TRIGGER t BEFORE TRUNCATE ON %T FOR EACH STATEMENT EXECUTE FUNCTION refuse();`,
			map[string]string{"replica only": `ALTER TABLE %T ENABLE REPLICA TRIGGER "The Guard"`, "WHEN": `DROP TRIGGER "The Guard" ON %T; CREATE TRIGGER "The Guard" BEFORE UPDATE OR DELETE ON %T FOR EACH ROW WHEN (OLD.action <> 'login') EXECUTE FUNCTION refuse()`}},
		{"list partitions with sub-partitions", "activity_log", `CREATE TABLE %T ` + cols + ` PARTITION BY LIST (org_id);
			CREATE TABLE log_a PARTITION OF %T FOR VALUES IN ('{A}') PARTITION BY RANGE (at); CREATE TABLE log_a_10 PARTITION OF log_a FOR VALUES FROM ('2026-10-01') TO ('2026-11-01'); CREATE TABLE log_a_11 PARTITION OF log_a FOR VALUES FROM ('2026-11-01') TO ('2099-12-01');
			CREATE TABLE log_rest PARTITION OF %T DEFAULT;` + grants + rows + refuse + `
			CREATE TRIGGER g BEFORE UPDATE OR DELETE ON %T FOR EACH ROW EXECUTE FUNCTION refuse();
			CREATE TRIGGER t BEFORE TRUNCATE ON %T FOR EACH STATEMENT EXECUTE FUNCTION refuse(); CREATE TRIGGER t BEFORE TRUNCATE ON log_a FOR EACH STATEMENT EXECUTE FUNCTION refuse(); CREATE TRIGGER t BEFORE TRUNCATE ON log_a_10 FOR EACH STATEMENT EXECUTE FUNCTION refuse();
			CREATE TRIGGER t BEFORE TRUNCATE ON log_a_11 FOR EACH STATEMENT EXECUTE FUNCTION refuse(); CREATE TRIGGER t BEFORE TRUNCATE ON log_rest FOR EACH STATEMENT EXECUTE FUNCTION refuse();`,
			map[string]string{"deep clone disabled": `ALTER TABLE log_a_10 DISABLE TRIGGER g`, "deep TRUNCATE": `DROP TRIGGER t ON log_a_10; GRANT TRUNCATE ON log_a_10 TO {app}`}},
		{"inheritance", "event_log", `CREATE TABLE %T ` + cols + `; CREATE TABLE event_log_old () INHERITS (%T); ` + grants + rows + `INSERT INTO event_log_old (id, org_id, actor, action) VALUES (900, '{A}', 'old', 'read');` + refuse + `
			CREATE TRIGGER g BEFORE UPDATE OR DELETE ON %T FOR EACH ROW EXECUTE FUNCTION refuse(); CREATE TRIGGER g BEFORE UPDATE OR DELETE ON event_log_old FOR EACH ROW EXECUTE FUNCTION refuse();
			CREATE TRIGGER t BEFORE TRUNCATE ON %T FOR EACH STATEMENT EXECUTE FUNCTION refuse(); CREATE TRIGGER t BEFORE TRUNCATE ON event_log_old FOR EACH STATEMENT EXECUTE FUNCTION refuse();`,
			map[string]string{"child without a guard": `DROP TRIGGER g ON event_log_old`}},
		{"hash partitions, app may only insert", "facts", `CREATE TABLE %T ` + cols + ` PARTITION BY HASH (org_id); CREATE TABLE f0 PARTITION OF %T FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE f1 PARTITION OF %T FOR VALUES WITH (MODULUS 2, REMAINDER 1);
			GRANT INSERT ON %T TO {app};` + rows + refuse + `CREATE TRIGGER g BEFORE UPDATE OR DELETE ON %T FOR EACH ROW EXECUTE FUNCTION refuse();
			CREATE TRIGGER t BEFORE TRUNCATE ON %T FOR EACH STATEMENT EXECUTE FUNCTION refuse(); CREATE TRIGGER t BEFORE TRUNCATE ON f0 FOR EACH STATEMENT EXECUTE FUNCTION refuse(); CREATE TRIGGER t BEFORE TRUNCATE ON f1 FOR EACH STATEMENT EXECUTE FUNCTION refuse();`,
			map[string]string{"clone disabled": `ALTER TABLE f1 DISABLE TRIGGER g`, "back door": `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF current_setting('app.cleanup', true) = 'yes' THEN RETURN coalesce(NEW, OLD); END IF; RAISE EXCEPTION 'append only'; END $$`}},
		{"domains, enums, arrays, generated columns", "audit_trail", `CREATE TYPE verdict AS ENUM ('allow', 'deny'); CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
			CREATE TABLE %T (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), org_id uuid NOT NULL, actor email NOT NULL DEFAULT 'a@b', action varchar(8) NOT NULL CHECK (action IN ('read', 'write')), v verdict NOT NULL DEFAULT 'allow', tags text[] NOT NULL DEFAULT '{}', ip inet, spent interval, doc jsonb, raw bytea, amount numeric(6,2) CHECK (amount > 5), day date, tm time, upper_action text GENERATED ALWAYS AS (upper(action)) STORED, at timestamptz NOT NULL DEFAULT now());` + grants + strings.ReplaceAll(rows, "'ann'", "'ann@x'") + refuse + `
			CREATE TRIGGER g AFTER UPDATE OR DELETE ON %T FOR EACH ROW EXECUTE FUNCTION refuse(); CREATE TRIGGER t BEFORE TRUNCATE ON %T FOR EACH STATEMENT EXECUTE FUNCTION refuse();`,
			map[string]string{"column list": `DROP TRIGGER g ON %T; CREATE TRIGGER g AFTER DELETE OR UPDATE OF actor, action, v, tags ON %T FOR EACH ROW EXECUTE FUNCTION refuse()`, "rule": `CREATE RULE nothing AS ON DELETE TO %T DO INSTEAD NOTHING`}},
	} {
		v.faults["healthy"] = ""
		for name, fault := range v.faults {
			t.Run(v.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				fill := func(s string) string { return strings.ReplaceAll(s, "%T", v.table) }
				l := newLab(t, fill(v.sql), fill(fault))
				st := l.stack(t, "")
				failed := false
				for _, c := range auditlog.All() {
					if len(c.Doors) > 1 {
						continue
					}
					e := run(t, c, st)
					failed = failed || e.Outcome == fail
					// With nothing but INSERT the application sees no rows, and a reader is asked for.
					unseen := c.ID == "auditlog.complete" && strings.Contains(v.name, "only insert")
					if name == "healthy" && (e.Outcome == fail || e.Outcome == blind && !unseen) {
						t.Error(dump(e))
					}
				}
				if name != "healthy" && !failed {
					t.Error("no check failed")
				}
			})
		}
	}
}

func TestProductionAndReadOnly(t *testing.T) {
	l := newLab(t, ledgerSQL, guardSQL)
	st := l.stack(t, "")
	st.Config.Environment = "production"
	for c, want := range map[string]evidence.Outcome{"auditlog.guard": pass, "auditlog.refusal": blind, "auditlog.role": pass} {
		for _, x := range auditlog.All() {
			if x.ID != c {
				continue
			}
			if e := run(t, x, st); e.Outcome != want {
				t.Errorf("production: want %s: %s", want, dump(e))
			}
		}
	}
	l.exec(t, `ALTER DATABASE {db} SET default_transaction_read_only = on`)
	if e := run(t, auditlog.Refusal, l.stack(t, "")); e.Outcome != blind {
		t.Errorf("read-only: a write that nothing could have made is no refusal: %s", dump(e))
	}
}
