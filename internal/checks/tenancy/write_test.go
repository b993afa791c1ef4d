package tenancy_test

import (
	"testing"

	"github.com/arxsec/arxctl/internal/checks/tenancy"
)

func TestWriteScalar(t *testing.T) {
	const cur = `NULLIF(current_setting('app.clinic', true), '')::uuid`
	split := func(s, i, u, d string) string {
		return `DROP POLICY tenant ON patients; CREATE POLICY s ON patients FOR SELECT USING (` + s + `); CREATE POLICY i ON patients FOR INSERT WITH CHECK (` + i + `);
			CREATE POLICY u ON patients FOR UPDATE ` + u + `; CREATE POLICY d ON patients FOR DELETE USING (` + d + `)`
	}
	const own = `clinic_id = ` + cur
	const idC = "cccccccc-0000-4000-8000-000000000003"
	const third = `INSERT INTO clinics VALUES ('` + idC + `', 'east'); INSERT INTO patients (clinic_id, name) SELECT '` + idC + `', 'east ' || n FROM generate_series(1, 3) n;`
	for _, c := range []struct{ name, plant, want string }{
		{"healthy", ``, "pass"},
		{"RLS-02 switched off", `ALTER TABLE visits DISABLE ROW LEVEL SECURITY`, "fail"},
		{"RLS-05 bypass", `ALTER ROLE {app} BYPASSRLS`, "fail"},
		{"RLS-13 blind update and delete", split(own, own, `USING (true) WITH CHECK (true)`, `true`), "fail"},
		{"blind delete alone", split(own, own, `USING (`+own+`)`, `true`), "fail"},
		{"steal by update", split(own, own, `USING (true) WITH CHECK (`+own+`)`, own), "fail"},
		{"RLS-14 move", split(own, own, `USING (`+own+`) WITH CHECK (true)`, own), "fail"},
		{"insert for others", split(own, `true`, `USING (`+own+`)`, own), "fail"},
		{"insert for others, one table only by FK", `ALTER POLICY tenant ON visits WITH CHECK (true)`, "fail"},
		{"truncate", `GRANT TRUNCATE ON visits TO {app}`, "fail"},
		{"RLS-55 wrong column", `ALTER TABLE patients ADD made_by_clinic uuid; UPDATE patients SET made_by_clinic = clinic_id;
			ALTER POLICY tenant ON patients USING (made_by_clinic = ` + cur + `)`, "fail"},
		{"global rows that a tenant may add", `ALTER TABLE patients ALTER clinic_id DROP NOT NULL; ALTER POLICY tenant ON patients USING (clinic_id IS NULL OR ` + own + `)`, "fail"},
		{"append-only without WITH CHECK", `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append only'; END $$;
			CREATE TRIGGER no BEFORE UPDATE OR DELETE ON visits FOR EACH ROW EXECUTE FUNCTION no(); ALTER POLICY tenant ON visits WITH CHECK (true)`, "fail"},
		{"append-only", `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append only'; END $$;
			CREATE TRIGGER no BEFORE UPDATE OR DELETE ON visits FOR EACH ROW EXECUTE FUNCTION no()`, "pass"},
		{"SAFE-31 statement triggers", `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append only'; END $$;
			CREATE TRIGGER no BEFORE UPDATE OR DELETE OR TRUNCATE ON visits FOR EACH STATEMENT EXECUTE FUNCTION no()`, "pass"},
		{"SAFE-02 split by command", split(own, own, `USING (`+own+`)`, own), "pass"},
		{"SAFE-19 a trigger stamps the tenant", `CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.clinic_id := ` + cur + `; RETURN NEW; END $$;
			CREATE TRIGGER stamp BEFORE INSERT ON patients FOR EACH ROW EXECUTE FUNCTION stamp()`, "pass"},
		{"SAFE-23 read only", `REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public FROM {app}`, "pass"},
		{"soft-deleted rows stay deletable", `ALTER TABLE patients ADD gone timestamptz; UPDATE patients SET gone = now() WHERE name LIKE '%1';` +
			split(own+` AND gone IS NULL`, own, `USING (`+own+`)`, own), "pass"},
		{"a third tenant's rows may be deleted", third + split(own, own, `USING (`+own+`)`, `clinic_id IN ('`+idC+`', `+cur+`)`), "fail"},
		{"a third tenant's rows may be changed, deleted ones are hidden", third + `ALTER TABLE patients ADD gone timestamptz; UPDATE patients SET gone = now() WHERE name LIKE '%1';` +
			split(own+` AND gone IS NULL`, own, `USING (clinic_id IN ('`+idC+`', `+cur+`))`, own), "fail"},
		{"a third tenant's rows are nobody's business", third + `ALTER TABLE patients ADD gone timestamptz; UPDATE patients SET gone = now() WHERE name LIKE '%1';` +
			split(own+` AND gone IS NULL`, own, `USING (`+own+`)`, own), "pass"},
		{"a rule that keeps to the row's tenant", `ALTER TABLE patients NO FORCE ROW LEVEL SECURITY; CREATE RULE r AS ON UPDATE TO visits DO ALSO UPDATE patients SET name = 'x' WHERE clinic_id = OLD.clinic_id`, "pass"},
		{"a policy that costs more than the count", `CREATE FUNCTION dear(c uuid) RETURNS boolean LANGUAGE plpgsql STABLE COST 10000 SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN c = ` + cur + `; END $$;
			ALTER POLICY tenant ON visits USING (dear(clinic_id))`, "pass"},
		{"insert wants more than the tenant", split(own, own+` AND name <> ''`, `USING (`+own+`)`, own), "pass"},
		{"a trigger refuses to move", `CREATE FUNCTION fixed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.clinic_id <> OLD.clinic_id THEN RAISE EXCEPTION 'fixed'; END IF; RETURN NEW; END $$;
			CREATE TRIGGER fixed BEFORE UPDATE ON patients FOR EACH ROW EXECUTE FUNCTION fixed();` + split(own, own, `USING (`+own+`) WITH CHECK (true)`, own), "pass"},
		{"partitioned by tenant", `CREATE TABLE logs (clinic_id uuid NOT NULL, line text NOT NULL) PARTITION BY LIST (clinic_id);
			CREATE TABLE logs_a PARTITION OF logs FOR VALUES IN ('` + idA + `'); CREATE TABLE logs_b PARTITION OF logs FOR VALUES IN ('` + idB + `');
			INSERT INTO logs SELECT id, name FROM clinics; GRANT SELECT, INSERT, UPDATE, DELETE ON logs TO {app};
			ALTER TABLE logs ENABLE ROW LEVEL SECURITY; CREATE POLICY t ON logs USING (` + own + `)`, "pass"},
		{"child through its parent", `CREATE TABLE notes (id int PRIMARY KEY, visit_id bigint NOT NULL REFERENCES visits, body text); INSERT INTO notes SELECT id, id, 'x' FROM visits;
			GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO {app}; ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON notes USING (EXISTS (SELECT FROM visits v WHERE v.id = visit_id))`, "pass"},
		{"child through its parent, insert open", `CREATE TABLE notes (id int PRIMARY KEY, visit_id bigint NOT NULL REFERENCES visits, body text); INSERT INTO notes SELECT id, id, 'x' FROM visits;
			GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO {app}; ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON notes USING (EXISTS (SELECT FROM visits v WHERE v.id = visit_id));
			CREATE POLICY i ON notes FOR INSERT WITH CHECK (true)`, "fail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, scalar)
			if c.plant != "" {
				l.exec(c.plant)
			}
			wants(t, judge(t, tenancy.Write, l.stack(scalarYAML)), c.want)
		})
	}
}
