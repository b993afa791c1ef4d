package tenancy_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/tenancy"
)

func TestPaths(t *testing.T) {
	const cur = `NULLIF(current_setting('app.clinic', true), '')::uuid`
	byUser := strings.ReplaceAll(scalarYAML, `set: {app.clinic: "{id}"}`, `set: {app.clinic: "{id}", app.user: "{user}"}`)
	byUser = strings.ReplaceAll(strings.ReplaceAll(byUser, `{id: `+idA+`}`, `{id: `+idA+`, user: ann}`), `{id: `+idB+`}`, `{id: `+idB+`, user: bob}`)
	const members = `CREATE TABLE members (clinic_id uuid NOT NULL, login text NOT NULL); INSERT INTO members VALUES ('` + idA + `','ann'),('` + idB + `','bob'); GRANT SELECT ON members TO {app};
		ALTER TABLE members ENABLE ROW LEVEL SECURITY; CREATE POLICY m ON members FOR SELECT USING (login = current_setting('app.user', true));
		ALTER POLICY tenant ON patients USING (clinic_id IN (SELECT m.clinic_id FROM members m WHERE m.login = current_setting('app.user', true)));`
	const session = `CREATE TABLE session_clinic (clinic_id uuid); INSERT INTO session_clinic VALUES ('` + idA + `'); GRANT SELECT ON session_clinic TO {app};
		ALTER TABLE session_clinic ENABLE ROW LEVEL SECURITY; CREATE POLICY s ON session_clinic USING (clinic_id = ` + cur + `);
		INSERT INTO session_clinic VALUES ('` + idB + `');`
	const unforced = `ALTER TABLE patients NO FORCE ROW LEVEL SECURITY; ALTER TABLE visits NO FORCE ROW LEVEL SECURITY;`
	for _, c := range []struct{ name, yaml, plant, want string }{
		{"healthy", scalarYAML, ``, "pass"},
		{"RLS-26 view", scalarYAML, `CREATE VIEW v AS SELECT * FROM patients; GRANT SELECT ON v TO {app}`, "fail"},
		{"SAFE-08 invoker view", scalarYAML, `CREATE VIEW v WITH (security_invoker = true) AS SELECT * FROM patients; GRANT SELECT ON v TO {app}`, "pass"},
		{"view that filters", scalarYAML, `CREATE VIEW v AS SELECT * FROM patients WHERE clinic_id = ` + cur + `; GRANT SELECT ON v TO {app}`, "pass"},
		{"view that filters, but takes writes", scalarYAML, `CREATE VIEW v AS SELECT * FROM patients WHERE clinic_id = ` + cur + `; GRANT SELECT, INSERT ON v TO {app}`, "fail"},
		{"view with check option", scalarYAML, `CREATE VIEW v AS SELECT * FROM patients WHERE clinic_id = ` + cur + ` WITH CHECK OPTION; GRANT SELECT, INSERT ON v TO {app}`, "pass"},
		{"view that counts", scalarYAML, `CREATE VIEW v AS SELECT count(*) AS n FROM patients; GRANT SELECT ON v TO {app}`, "fail"},
		{"invoker view that counts", scalarYAML, `CREATE VIEW v WITH (security_invoker = true) AS SELECT count(*) AS n FROM patients; GRANT SELECT ON v TO {app}`, "pass"},
		{"view under another name", scalarYAML, `CREATE VIEW v AS SELECT clinic_id::text AS "Whose", name FROM patients; GRANT SELECT ON v TO {app}`, "fail"},
		{"materialised view", scalarYAML, `CREATE MATERIALIZED VIEW v AS SELECT * FROM patients; GRANT SELECT ON v TO {app}`, "fail"},
		{"RLS-28 function", scalarYAML, `CREATE FUNCTION f() RETURNS SETOF patients LANGUAGE sql SECURITY DEFINER AS $$ SELECT * FROM public.patients $$`, "fail"},
		{"function by the other's id", scalarYAML, `CREATE FUNCTION f(c uuid) RETURNS SETOF patients LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT * FROM public.patients WHERE clinic_id = c $$`, "fail"},
		{"function by the row's key", scalarYAML, `CREATE FUNCTION f(p bigint) RETURNS patients LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ DECLARE r patients; BEGIN SELECT * INTO r FROM public.patients WHERE id = p; RETURN r; END $$`, "fail"},
		{"function that counts", scalarYAML, `CREATE FUNCTION f() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT count(*) FROM patients $$`, "fail"},
		{"function that filters", scalarYAML, `CREATE FUNCTION f() RETURNS SETOF patients LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT * FROM patients WHERE clinic_id = ` + cur + ` $$`, "pass"},
		{"SAFE-10 function of a bound owner", scalarYAML, `CREATE FUNCTION f() RETURNS SETOF patients LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT * FROM patients $$; ALTER FUNCTION f() OWNER TO {owner}`, "pass"},
		{"RLS-28 function that writes", scalarYAML, `CREATE FUNCTION f(n text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$ DELETE FROM public.patients WHERE name = n $$`, "warn"},
		{"RLS-25 self-invite", byUser, members + `GRANT INSERT ON members TO {app}; CREATE POLICY w ON members FOR INSERT WITH CHECK (true)`, "fail"},
		{"membership changed", byUser, members + `GRANT UPDATE ON members TO {app}; CREATE POLICY w ON members FOR UPDATE USING (login = current_setting('app.user', true)) WITH CHECK (true)`, "fail"},
		{"membership, read only", byUser, members, "pass"},
		{"RLS-29 shadowed helper", scalarYAML, session + `CREATE FUNCTION cur() RETURNS uuid LANGUAGE plpgsql STABLE AS $$ DECLARE o uuid; BEGIN SELECT clinic_id INTO o FROM session_clinic LIMIT 1; RETURN o; END $$;
			ALTER POLICY tenant ON patients USING (clinic_id = cur())`, "fail"},
		{"RLS-29 pinned without pg_temp", scalarYAML, session + `CREATE FUNCTION cur() RETURNS uuid LANGUAGE plpgsql STABLE SET search_path = public AS $$ DECLARE o uuid; BEGIN SELECT clinic_id INTO o FROM session_clinic LIMIT 1; RETURN o; END $$;
			ALTER POLICY tenant ON patients USING (clinic_id = cur())`, "fail"},
		{"SAFE-17 pinned helper", scalarYAML, session + `CREATE FUNCTION cur() RETURNS uuid LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$ DECLARE o uuid; BEGIN SELECT clinic_id INTO o FROM session_clinic LIMIT 1; RETURN o; END $$;
			ALTER POLICY tenant ON patients USING (clinic_id = (SELECT cur()))`, "pass"},
		{"RLS-32 inheritance child", scalarYAML, `CREATE TABLE patients_eu () INHERITS (patients); INSERT INTO patients_eu (clinic_id, name) SELECT clinic_id, name FROM ONLY patients; GRANT SELECT ON patients_eu TO {app}`, "fail"},
		{"RLS-43 rule", scalarYAML, `CREATE TABLE ping (x int); GRANT INSERT ON ping TO {app}; CREATE RULE r AS ON INSERT TO ping DO ALSO DELETE FROM visits`, "fail"},
		{"rule that copies others' rows", scalarYAML, unforced + `CREATE RULE r AS ON UPDATE TO visits DO ALSO INSERT INTO patients (clinic_id, name) SELECT OLD.clinic_id, p.name FROM patients p`, "fail"},
		{"rule that writes when a value changes", scalarYAML, unforced + `CREATE RULE r AS ON UPDATE TO visits WHERE NEW.note IS DISTINCT FROM OLD.note DO ALSO UPDATE patients SET name = 'x'`, "fail"},
		{"rule that keeps to the row's tenant", scalarYAML, unforced + `CREATE RULE r AS ON UPDATE TO visits DO ALSO UPDATE patients SET name = 'x' WHERE clinic_id = OLD.clinic_id`, "warn"},
		{"rule of a bound owner", scalarYAML, `CREATE RULE r AS ON UPDATE TO visits DO ALSO UPDATE patients SET name = 'x'`, "warn"},
		{"rule that does nothing instead", scalarYAML, `CREATE RULE r AS ON DELETE TO visits DO INSTEAD NOTHING`, "warn"},
		{"view without the tenant, on a table that is only read", scalarYAML, `REVOKE INSERT, UPDATE, DELETE ON patients FROM {app}; CREATE VIEW v AS SELECT name FROM patients; GRANT SELECT ON v TO {app}`, "fail"},
		{"view without the tenant that filters, on a table that is only read", scalarYAML, `REVOKE INSERT, UPDATE, DELETE ON patients FROM {app}; UPDATE patients SET name = 'alike'; CREATE VIEW v AS SELECT name FROM patients WHERE clinic_id = ` + cur + `; GRANT SELECT ON v TO {app}`, "warn"},
		{"RLS-53 default privileges", scalarYAML, `ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON TABLES TO {app}`, "warn"},
		{"RLS-56 oracle", scalarYAML, `ALTER TABLE patients ADD UNIQUE (name)`, "warn"},
		{"SAFE-25 unique over a random id", scalarYAML, `ALTER TABLE patients ADD token uuid UNIQUE DEFAULT gen_random_uuid()`, "pass"},
		{"RLS-46 foreign table", scalarYAML, `CREATE EXTENSION IF NOT EXISTS file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
			CREATE FOREIGN TABLE patients_remote (clinic_id uuid, name text) SERVER files OPTIONS (program 'printf "` + idA + `,x\n` + idB + `,y\n"', format 'csv'); GRANT SELECT ON patients_remote TO {app}`, "fail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, scalar)
			if c.plant != "" {
				l.exec(c.plant)
			}
			wants(t, judge(t, tenancy.Paths, l.stack(c.yaml)), c.want)
		})
	}
}
