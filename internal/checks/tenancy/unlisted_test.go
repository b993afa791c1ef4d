package tenancy_test

import (
	"testing"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/tenancy"
)

// Defects that no list of ours names, each on the same schema.
func TestUnlisted(t *testing.T) {
	const cur = `NULLIF(current_setting('app.clinic', true), '')::uuid`
	for _, c := range []struct {
		name  string
		check *checks.Check
		plant string
	}{
		{"a policy that compares the first characters", tenancy.Read, `INSERT INTO clinics VALUES ('aaaaaaaa-9999-4000-8000-000000000009','third'); INSERT INTO patients (clinic_id, name) SELECT id, 'x' FROM clinics;
			ALTER POLICY tenant ON patients USING (left(clinic_id::text, 8) = left(current_setting('app.clinic', true), 8))`},
		{"rows of the night are everyone's", tenancy.Read, `CREATE POLICY old ON visits FOR SELECT USING (id % 2 = 0)`},
		{"a JSON document names the tenant and is not looked at", tenancy.Read, `CREATE TABLE docs (id int PRIMARY KEY, patient_id bigint NOT NULL REFERENCES patients (id), doc jsonb); INSERT INTO docs SELECT id, id, '{}' FROM patients; GRANT SELECT ON docs TO {app}`},
		{"an upsert's update is open", tenancy.Write, `CREATE POLICY fix ON patients FOR UPDATE USING (country IS NULL)`},
		{"delete by age", tenancy.Write, `CREATE POLICY old ON visits FOR DELETE USING (id > 0)`},
		{"another spelling of no tenant", tenancy.Unset, `ALTER POLICY tenant ON visits USING (clinic_id = ` + cur + ` OR length(current_setting('app.clinic', true)) < 2)`},
		{"a maximum gives the others away", tenancy.Paths, `CREATE FUNCTION newest() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT count(*) FROM visits WHERE note = 'checked' $$`},
		{"a view over a join that names no tenant", tenancy.Paths, `CREATE VIEW who AS SELECT p.name, v.note FROM patients p JOIN visits v ON v.patient_id = p.id; GRANT SELECT ON who TO {app}`},
		{"column privileges on a bypassing view", tenancy.Paths, `CREATE VIEW briefly AS SELECT clinic_id, name FROM patients; GRANT SELECT (clinic_id) ON briefly TO {app}`},
		{"a group that may truncate", tenancy.Role, `CREATE ROLE {other} NOLOGIN; GRANT TRUNCATE ON visits TO {other}; GRANT {other} TO {app}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, scalar)
			l.exec(`ALTER TABLE patients ADD UNIQUE (id)`, c.plant)
			wants(t, judge(t, c.check, l.stack(scalarYAML)), "fail")
		})
	}
}
