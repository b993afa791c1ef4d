package tenancy_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/tenancy"
)

// apart is the scalar schema where each tenant logs in as a role of its own.
const apart = `
CREATE ROLE {tena} LOGIN PASSWORD 'app-secret-1' IN ROLE {app}; CREATE ROLE {tenb} LOGIN PASSWORD 'app-secret-1' IN ROLE {app};
ALTER ROLE {tena} SET app.clinic = '` + idA + `'; ALTER ROLE {tenb} SET app.clinic = '` + idB + `';
CREATE FUNCTION clinic() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT CASE session_user WHEN '{tena}' THEN uuid '` + idA + `' WHEN '{tenb}' THEN uuid '` + idB + `' END $$;
ALTER POLICY tenant ON clinics USING (id = clinic()); ALTER POLICY tenant ON patients USING (clinic_id = clinic()); ALTER POLICY tenant ON visits USING (clinic_id = clinic());
`

const apartYAML = `
db:
  app: "{dsn:app}"
  tenants:
    a: {id: ` + idA + `, dsn: "{dsn:tena}"}
    b: {id: ` + idB + `, dsn: "{dsn:tenb}"}
`

// Only logins of their own keep a connection from serving two tenants. One login that is written in two ways does not.
func TestLogins(t *testing.T) {
	twice := strings.NewReplacer(`{id: `+idA+`}`, `{id: `+idA+`, dsn: "{dsn:app}&application_name=one"}`, `{id: `+idB+`}`, `{id: `+idB+`, dsn: "{dsn:app}&application_name=two"}`,
		`set: {app.clinic: "{id}"}`, `sql: ["SELECT be('{id}')"]`).Replace(scalarYAML)
	const be = `CREATE FUNCTION be(c uuid) RETURNS void LANGUAGE sql AS $$ SELECT set_config('app.clinic', c::text, `
	t.Run("apart", func(t *testing.T) {
		l := newLab(t, scalar, apart)
		wants(t, judge(t, tenancy.Pool, l.stack(apartYAML)), "not-applicable")
		wants(t, judge(t, tenancy.Read, l.stack(apartYAML)), "pass")
		wants(t, judge(t, tenancy.Paths, l.stack(apartYAML)), "pass")
		l.exec(`CREATE VIEW busy AS SELECT count(*) AS n FROM patients; GRANT SELECT ON busy TO {app}`)
		wants(t, judge(t, tenancy.Paths, l.stack(apartYAML)), "fail|inconclusive") // a number tells nobody whose rows it counts
	})
	t.Run("one login, written twice, that forgets", func(t *testing.T) {
		l := newLab(t, scalar, be+`true) $$`)
		wants(t, judge(t, tenancy.Pool, l.stack(twice)), "pass")
	})
	t.Run("one login, written twice, that does not", func(t *testing.T) {
		l := newLab(t, scalar, be+`false) $$`)
		wants(t, judge(t, tenancy.Pool, l.stack(twice)), "fail")
	})
}
