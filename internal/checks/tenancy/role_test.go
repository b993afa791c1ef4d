package tenancy_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/tenancy"
)

func TestRole(t *testing.T) {
	for _, c := range []struct{ name, plant, want string }{
		{"healthy", ``, "pass"},
		{"RLS-04 superuser", `ALTER ROLE {app} SUPERUSER`, "fail"},
		{"RLS-05 bypass", `ALTER ROLE {app} BYPASSRLS`, "fail"},
		{"RLS-07 member of the owner", `GRANT {owner} TO {app}`, "fail"},
		{"owner itself, forced", `ALTER TABLE patients OWNER TO {app}`, "fail"},
		{"RLS-08 createrole", `ALTER ROLE {app} CREATEROLE`, "fail"},
		{"RLS-38 server files", `GRANT pg_read_server_files TO {app}`, "fail"},
		{"RLS-38 through another role", `CREATE ROLE {other} NOLOGIN; GRANT pg_execute_server_program TO {other}; GRANT {other} TO {app}`, "fail"},
		{"RLS-47 trigger", `GRANT TRIGGER ON patients TO {app}`, "fail"},
		{"RLS-59 replication", `ALTER ROLE {app} REPLICATION`, "fail"},
		{"truncate", `GRANT TRUNCATE ON patients TO {app}`, "fail"},
		{"truncate by PUBLIC", `GRANT TRUNCATE ON patients TO PUBLIC`, "fail"},
		{"a role that sees all", `CREATE ROLE {other} NOLOGIN; GRANT {other} TO {app}; GRANT SELECT ON patients TO {other}; CREATE POLICY staff ON patients TO {other} USING (true)`, "fail"},
		{"bypassing role within reach", `CREATE ROLE {other} NOLOGIN BYPASSRLS; GRANT {other} TO {app}`, "fail"},
		{"owner of a policy's function", `CREATE FUNCTION cur() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT NULLIF(current_setting('app.clinic', true), '')::uuid $$; ALTER FUNCTION cur() OWNER TO {app};
			ALTER POLICY tenant ON visits USING (clinic_id = cur())`, "fail"},
		{"monitoring", `GRANT pg_monitor TO {app}`, "warn"},
		{"SAFE-07 owner nobody logs in as", `ALTER TABLE patients NO FORCE ROW LEVEL SECURITY`, "pass"},
		{"a harmless group", `CREATE ROLE {other} NOLOGIN; GRANT {other} TO {app}; GRANT SELECT ON countries TO {other}`, "pass"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, scalar)
			if c.plant != "" {
				l.exec(c.plant)
			}
			wants(t, judge(t, tenancy.Role, l.stack(scalarYAML)), c.want)
		})
	}
}

const authnYAML = `
db:
  app: "{dsn:authn}"
  tenant:
    role: "{app}"
    set: {app.clinic: "{id}"}
  tenants:
    a: {id: ` + idA + `}
    b: {id: ` + idB + `}
`

// SAFE-20: the pool logs in as a role without rights and takes one for each request.
func TestAuthenticator(t *testing.T) {
	const authn = `CREATE ROLE {authn} LOGIN NOINHERIT PASSWORD 'app-secret-1'; GRANT {app} TO {authn}`
	yaml := strings.ReplaceAll(authnYAML, `"{app}"`, "{app}")
	for _, c := range []struct{ name, plant, check, want string }{
		{"read", ``, "tenancy.read", "pass"}, {"write", ``, "tenancy.write", "pass"}, {"unset", ``, "tenancy.unset", "pass"},
		{"pool", ``, "tenancy.pool", "pass"}, {"role", ``, "tenancy.role", "pass"}, {"paths", ``, "tenancy.paths", "pass"}, {"references", ``, "tenancy.references", "pass|not-applicable"},
		{"read, leaking", `ALTER POLICY tenant ON patients USING (true)`, "tenancy.read", "fail"},
		{"write, open", `CREATE POLICY i ON patients FOR INSERT WITH CHECK (true)`, "tenancy.write", "fail"},
		{"role, with the owner", `GRANT {owner} TO {authn}`, "tenancy.role", "fail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, scalar, authn)
			if c.plant != "" {
				l.exec(c.plant)
			}
			for _, k := range tenancy.All() {
				if k.ID == c.check {
					wants(t, judge(t, k, l.stack(yaml)), c.want)
				}
			}
		})
	}
}

func TestPool(t *testing.T) {
	become := func(local string) string {
		return `CREATE FUNCTION be(c uuid) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('app.clinic', c::text, ` + local + `); END $$`
	}
	withSQL := strings.ReplaceAll(scalarYAML, `set: {app.clinic: "{id}"}`, `sql: ["SELECT be('{id}')"]`)
	for _, c := range []struct{ name, yaml, plant, want string }{
		{"healthy", scalarYAML, ``, "pass"},
		{"RLS-19 empty string", scalarYAML, `ALTER POLICY tenant ON patients USING (current_setting('app.clinic', true) = '' OR clinic_id = NULLIF(current_setting('app.clinic', true), '')::uuid)`, "fail"},
		{"RLS-49 in the tenant's statement", withSQL, become("false"), "fail"},
		{"local in the tenant's statement", withSQL, become("true"), "pass"},
		{"RLS-49 in a function that the application has", scalarYAML, become("false"), "fail"},
		{"a function that stays local", scalarYAML, become("true"), "pass"},
		{"RLS-49 by SET", strings.ReplaceAll(scalarYAML, `set: {app.clinic: "{id}"}`, `sql: ["SET app.clinic = '{id}'"]`), ``, "fail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, scalar)
			if c.plant != "" {
				l.exec(c.plant)
			}
			wants(t, judge(t, tenancy.Pool, l.stack(c.yaml)), c.want)
		})
	}
}

func TestServer(t *testing.T) {
	l := newLab(t, scalar)
	wants(t, judge(t, tenancy.Server, l.stack(scalarYAML)), "pass|warn")
	l.exec(`ALTER ROLE {app} SET row_security = off`)
	wants(t, judge(t, tenancy.Server, l.stack(scalarYAML)), "fail")
}
