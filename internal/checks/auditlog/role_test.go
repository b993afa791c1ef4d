package auditlog_test

import (
	"testing"

	"github.com/arxsec/arxctl/internal/checks/auditlog"
	"github.com/arxsec/arxctl/internal/evidence"
)

func TestRole(t *testing.T) {
	for _, v := range []struct {
		name, sql, extra string
		want             evidence.Outcome
	}{
		{"healthy", "", "", pass},
		{"AUD-05 may set session_replication_role", `GRANT SET ON PARAMETER session_replication_role TO {app}`, "", fail},
		{"AUD-20 owns the table", `ALTER TABLE audit_log OWNER TO {app}`, "", fail},
		{"owns one partition", `GRANT CREATE ON SCHEMA public TO {app}; ALTER TABLE audit_log_2026_10 OWNER TO {app}; REVOKE CREATE ON SCHEMA public FROM {app}`, "", fail},
		{"is a member of the owner", `GRANT {owner} TO {app}`, "", fail},
		{"is a member of a member of the owner", `GRANT {owner} TO {admin}; GRANT {admin} TO {app}`, "", fail},
		{"owns the trigger function", `GRANT CREATE ON SCHEMA public TO {app}; ALTER FUNCTION audit_log_immutable() OWNER TO {app}; REVOKE CREATE ON SCHEMA public FROM {app}`, "", fail},
		{"owns the schema", `ALTER SCHEMA public OWNER TO {app}`, "", fail},
		{"owns the database, and so the public schema", `ALTER DATABASE {db} OWNER TO {app}`, "", fail},
		{"AUD-22 TRIGGER on a partition", `GRANT TRIGGER ON audit_log_2026_10 TO {app}`, "", fail},
		{"TRUNCATE that nothing refuses", `DROP TRIGGER audit_log_no_truncate ON audit_log_2026_10; GRANT TRUNCATE ON audit_log_2026_10 TO {app}`, "", fail},
		{"superuser", `ALTER ROLE {app} SUPERUSER`, "", fail},
		{"CREATEROLE", `ALTER ROLE {app} CREATEROLE`, "", fail},
		{"program on the server", `GRANT pg_execute_server_program TO {app}`, "", fail},
		{"a function that switches triggers off for it", `CREATE FUNCTION purge() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ALTER TABLE audit_log DISABLE TRIGGER ALL; DELETE FROM audit_log; END $$`, "", fail},
		{"a function with the setting of its own", `CREATE FUNCTION purge() RETURNS void LANGUAGE sql SECURITY DEFINER SET session_replication_role = replica AS $$ SELECT $$`, "", fail},
		{"a helper that can be shadowed", `CREATE FUNCTION deny(op text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', op; END $$; CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM deny(TG_OP); RETURN NEW; END $$; CREATE SCHEMA sandbox; GRANT CREATE, USAGE ON SCHEMA sandbox TO {app}`, "", fail},
		{"one login can, behind a role that cannot", `GRANT {app}, {owner} TO {authn}`, `
  tenant: {set: {app.org_id: "{id}"}, role: "{app}"}
  tenants: {a: {id: "{A}", dsn: "{dsn:authn}"}, b: {id: "{B}", dsn: "{dsn:authn}"}}`, fail},

		{"a pinned helper", `CREATE FUNCTION deny(op text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', op; END $$; CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN PERFORM deny(TG_OP); RETURN NEW; END $$; CREATE SCHEMA sandbox; GRANT CREATE, USAGE ON SCHEMA sandbox TO {app}`, "", pass},
		{"TRUNCATE that a trigger refuses", `GRANT TRUNCATE ON audit_log TO {app}`, "", pass},
		{"an operator's function that it may not call", `CREATE FUNCTION purge() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ALTER TABLE audit_log DISABLE TRIGGER ALL; END $$; REVOKE EXECUTE ON FUNCTION purge() FROM PUBLIC`, "", pass},
		{"retention by a function that looks at the age", `CREATE FUNCTION retire(m date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
			IF m > now() - interval '400 days' THEN RAISE EXCEPTION 'too young'; END IF; EXECUTE format('ALTER TABLE audit_log DETACH PARTITION audit_log_%s', to_char(m, 'YYYY_MM')); END $$`, "", warn},
		{"retention by age in a helper", `CREATE FUNCTION old_enough(m date) RETURNS void LANGUAGE plpgsql AS $$ BEGIN IF m > current_date - 400 THEN RAISE EXCEPTION 'too young'; END IF; END $$;
			CREATE FUNCTION retire(m date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM old_enough(m); EXECUTE format('DROP TABLE audit_log_%s', to_char(m, 'YYYY_MM')); END $$`, "", warn},
		{"retention over the catalogue by age", `CREATE FUNCTION retire() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE r record; BEGIN
			FOR r IN SELECT inhrelid::regclass AS part FROM pg_inherits WHERE inhparent = 'audit_log'::regclass AND inhrelid::regclass::text < 'audit_log_' || to_char(now() - interval '400 days', 'YYYY_MM') LOOP EXECUTE format('DROP TABLE %s', r.part); END LOOP; END $$`, "", warn},
		{"partitions made ahead by a function", `CREATE FUNCTION ahead(m text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
			EXECUTE format('CREATE TABLE IF NOT EXISTS audit_log_%s (LIKE audit_log)', m); EXECUTE format('ALTER TABLE audit_log_%s OWNER TO {owner}', m); END $$`, "", pass},
		{"a function that drops other tables", `CREATE TABLE scratch (n int); CREATE FUNCTION tidy() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN DROP TABLE IF EXISTS scratch; END $$`, "", pass},
		{"detaches whatever is named", `CREATE FUNCTION retire(m text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE format('ALTER TABLE audit_log DETACH PARTITION audit_log_%s', m); END $$`, "", fail},
		{"drops what is named, once it is there", `CREATE FUNCTION retire(part text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
			IF part !~ '^audit_log_' THEN RAISE EXCEPTION 'no'; END IF; IF NOT EXISTS (SELECT FROM pg_class WHERE relname = part) THEN RETURN; END IF; EXECUTE format('DROP TABLE IF EXISTS %I', part); END $$; ALTER FUNCTION retire(text) OWNER TO {owner}`, "", fail},
		{"drops any table of the schema", `CREATE FUNCTION tidy(part text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE 'DROP TABLE public.' || quote_ident(part); END $$; ALTER FUNCTION tidy(text) OWNER TO {owner}`, "", fail},
		{"drops what is older than the caller says", `CREATE FUNCTION retire(before text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE r record; BEGIN
			FOR r IN SELECT inhrelid::regclass AS part FROM pg_inherits WHERE inhparent = 'audit_log'::regclass AND inhrelid::regclass::text < before LOOP EXECUTE format('DROP TABLE %s', r.part); END LOOP; END $$`, "", fail},
		{"drops unless the caller's setting forbids it", `CREATE FUNCTION retire(part text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN IF current_setting('app.keep', true) = 'on' THEN RETURN; END IF; EXECUTE format('DROP TABLE audit_log_%s', part); END $$`, "", fail},
		{"gives partitions away", `CREATE FUNCTION give(part text, to_whom text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE format('ALTER TABLE audit_log_%s OWNER TO %I', part, to_whom); END $$`, "", fail},
		{"an owner who may not drop it", `CREATE FUNCTION retire(part text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE format('DROP TABLE audit_log_%s', part); END $$; ALTER FUNCTION retire(text) OWNER TO {admin}`, "", warn},
		{"SAFE-20 authenticator that becomes the application", `GRANT {app} TO {authn}`, `
  tenant: {set: {app.org_id: "{id}"}, role: "{app}"}
  tenants: {a: {id: "{A}", dsn: "{dsn:authn}"}, b: {id: "{B}", dsn: "{dsn:authn}"}}`, pass},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, ledgerSQL, guardSQL, v.sql)
			extra := v.extra
			if extra != "" {
				extra = roleNames(l, extra)
			}
			if e := run(t, auditlog.Role, l.stack(t, extra)); e.Outcome != v.want {
				t.Errorf("want %s\n%s", v.want, dump(e))
			}
		})
	}
}

func roleNames(l *lab, s string) string { return l.vars.Replace(s) }

func TestDeadDoorAndEmptyDatabase(t *testing.T) {
	empty := newLab(t)
	healthy := newLab(t, ledgerSQL, guardSQL)
	for _, c := range auditlog.All() {
		if len(c.Doors) > 1 {
			continue
		}
		if e := run(t, c, empty.stack(t, "")); e.Outcome == pass || e.Outcome == warn {
			t.Errorf("%s on an empty database: %s", c.ID, dump(e))
		}
		st := healthy.stack(t, "")
		cluster.Exec(t.Context(), "postgres", "ALTER DATABASE "+healthy.db()+" ALLOW_CONNECTIONS false")
		if e := run(t, c, st); e.Outcome != blind {
			t.Errorf("%s on a dead door: %s", c.ID, dump(e))
		}
		cluster.Exec(t.Context(), "postgres", "ALTER DATABASE "+healthy.db()+" ALLOW_CONNECTIONS true")
	}
}
