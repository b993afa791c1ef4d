package tenancy_test

import (
	"testing"

	"github.com/arxsec/arxctl/internal/checks/tenancy"
)

func TestReadScalar(t *testing.T) {
	const cur = `NULLIF(current_setting('app.clinic', true), '')::uuid`
	for _, c := range []struct{ name, plant, want string }{
		{"healthy", ``, "pass"},
		{"RLS-01 never enabled", `DROP POLICY tenant ON patients; ALTER TABLE patients DISABLE ROW LEVEL SECURITY`, "fail"},
		{"RLS-02 switched off", `ALTER TABLE visits DISABLE ROW LEVEL SECURITY`, "fail"},
		{"RLS-04 superuser", `ALTER ROLE {app} SUPERUSER`, "fail"},
		{"RLS-05 bypass", `ALTER ROLE {app} BYPASSRLS`, "fail"},
		{"RLS-10 true", `ALTER POLICY tenant ON patients USING (true)`, "fail"},
		{"RLS-11 tautology", `ALTER POLICY tenant ON patients USING (clinic_id = clinic_id)`, "fail"},
		{"RLS-16 second permissive", `CREATE POLICY support ON patients FOR SELECT USING (name NOT LIKE 'private%')`, "fail"},
		{"RLS-17 restrictive for the wrong role", `DROP POLICY tenant ON patients; CREATE POLICY open ON patients USING (true);
			CREATE POLICY tenant ON patients AS RESTRICTIVE TO {reader} USING (clinic_id = ` + cur + `)`, "fail"},
		{"RLS-40 history", `CREATE TABLE patients_history (LIKE patients); GRANT SELECT ON patients_history TO {app}; INSERT INTO patients_history SELECT * FROM patients`, "fail"},
		{"RLS-41 another schema", `CREATE SCHEMA legacy; GRANT USAGE ON SCHEMA legacy TO {app}; CREATE TABLE legacy.p AS SELECT * FROM patients; GRANT SELECT ON legacy.p TO {app}`, "fail"},
		{"RLS-55 wrong column", `ALTER TABLE patients ADD made_by_clinic uuid; UPDATE patients SET made_by_clinic = clinic_id; UPDATE patients SET made_by_clinic = '` + idA + `' WHERE name = 'south 1';
			ALTER POLICY tenant ON patients USING (made_by_clinic = ` + cur + `)`, "fail"},
		{"SAFE-02 split by command", `DROP POLICY tenant ON patients; CREATE POLICY s ON patients FOR SELECT USING (clinic_id = ` + cur + `); CREATE POLICY i ON patients FOR INSERT WITH CHECK (clinic_id = ` + cur + `);
			CREATE POLICY u ON patients FOR UPDATE USING (clinic_id = ` + cur + `); CREATE POLICY d ON patients FOR DELETE USING (clinic_id = ` + cur + `)`, "pass"},
		{"SAFE-04 restrictive over permissive", `DROP POLICY tenant ON patients; CREATE POLICY open ON patients USING (true); CREATE POLICY tenant ON patients AS RESTRICTIVE USING (clinic_id = ` + cur + `)`, "pass"},
		{"SAFE-07 not forced, owner logs in nowhere", `ALTER TABLE patients NO FORCE ROW LEVEL SECURITY`, "pass"},
		{"SAFE-13 cast error when empty", `ALTER POLICY tenant ON patients USING (clinic_id = current_setting('app.clinic', true)::uuid)`, "pass"},
		{"child without column or row security", `CREATE TABLE notes (id int PRIMARY KEY, visit_id bigint REFERENCES visits, body text); INSERT INTO notes SELECT id, id, 'x' FROM visits; GRANT SELECT ON notes TO {app}`, "fail"},
		{"child through its parent", `CREATE TABLE notes (id int PRIMARY KEY, visit_id bigint REFERENCES visits, body text); INSERT INTO notes SELECT id, id, 'x' FROM visits; GRANT SELECT ON notes TO {app};
			ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON notes USING (EXISTS (SELECT FROM visits v WHERE v.id = visit_id))`, "pass"},
		{"lookup with row security for everyone", `ALTER TABLE countries ENABLE ROW LEVEL SECURITY; CREATE POLICY everyone ON countries FOR SELECT USING (true)`, "pass"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, scalar)
			if c.plant != "" {
				l.exec(c.plant)
			}
			wants(t, judge(t, tenancy.Read, l.stack(scalarYAML)), c.want)
		})
	}
}

func TestReadDeadAndEmpty(t *testing.T) {
	l := newLab(t)
	wants(t, judge(t, tenancy.Read, l.stack(scalarYAML)), "inconclusive")
	dead := `
db:
  app: "postgres://nobody:nothing@127.0.0.1:1/none"
  tenant:
    set: {app.clinic: "{id}"}
  tenants:
    a: {id: ` + idA + `}
    b: {id: ` + idB + `}
`
	wants(t, judge(t, tenancy.Read, l.stack(dead)), "inconclusive")
}

func TestReadSeeds(t *testing.T) {
	const empty = `
CREATE TYPE mood AS ENUM ('calm','busy');
CREATE TABLE rooms (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, clinic_id uuid NOT NULL REFERENCES clinics, code varchar(6) NOT NULL UNIQUE CHECK (code ~ '^[A-Z]+'),
	kind text NOT NULL CHECK (kind IN ('ward','lab')), mood mood NOT NULL, beds int NOT NULL CHECK (beds BETWEEN 2 AND 9), opened date NOT NULL, tags text[] NOT NULL, meta jsonb NOT NULL);
CREATE TABLE beds (id bigserial PRIMARY KEY, room_id int NOT NULL REFERENCES rooms, label text NOT NULL);
GRANT SELECT, INSERT, UPDATE, DELETE ON rooms, beds TO {app}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app};
ALTER TABLE rooms ENABLE ROW LEVEL SECURITY; ALTER TABLE beds ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON rooms USING (clinic_id = NULLIF(current_setting('app.clinic', true), '')::uuid);
CREATE POLICY t ON beds USING (EXISTS (SELECT FROM rooms r WHERE r.id = room_id));
`
	for _, c := range []struct{ name, plant, yaml, want string }{
		{"empty tables are given rows", ``, scalarYAML, "pass"},
		{"a leak in an empty table", `ALTER POLICY t ON rooms USING (true)`, scalarYAML, "fail"},
		{"a leak in an empty child", `ALTER POLICY t ON beds USING (true)`, scalarYAML, "fail"},
		{"no row security on an empty table", `ALTER TABLE rooms DISABLE ROW LEVEL SECURITY`, scalarYAML, "fail"},
		{"nothing may be written in production", ``, "environment: production\n" + scalarYAML, "inconclusive"},
		{"a row that cannot be made up", `ALTER TABLE rooms ADD CHECK (beds * 7 + length(code) = 4242)`, scalarYAML, "inconclusive"},
		{"the role may not insert", `REVOKE INSERT ON rooms FROM {app}`, scalarYAML, "inconclusive"},
		{"closed to all", `DROP POLICY t ON beds`, scalarYAML, "pass"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, scalar, empty)
			if c.plant != "" {
				l.exec(c.plant)
			}
			wants(t, judge(t, tenancy.Read, l.stack(c.yaml)), c.want)
		})
	}
}
