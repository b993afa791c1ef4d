package tenancy_test

// Two tenants, known by uuid.
const (
	idA = "aaaaaaaa-0000-4000-8000-000000000001"
	idB = "bbbbbbbb-0000-4000-8000-000000000002"
)

// scalar is a schema on one scalar setting: two clinics, patients, visits.
const scalar = `
CREATE TABLE countries (code text PRIMARY KEY, name text);
INSERT INTO countries VALUES ('fr','France'),('jp','Japan');
CREATE TABLE clinics (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE patients (id bigserial PRIMARY KEY, clinic_id uuid NOT NULL REFERENCES clinics, name text NOT NULL, country text REFERENCES countries, UNIQUE (clinic_id, id));
CREATE TABLE visits (id bigserial PRIMARY KEY, clinic_id uuid NOT NULL, patient_id bigint NOT NULL, note text, FOREIGN KEY (clinic_id, patient_id) REFERENCES patients (clinic_id, id));
INSERT INTO clinics VALUES ('` + idA + `','north'),('` + idB + `','south');
INSERT INTO patients (clinic_id, name) SELECT id, name || ' ' || n FROM clinics, generate_series(1,3) n;
INSERT INTO visits (clinic_id, patient_id, note) SELECT clinic_id, id, 'checked' FROM patients;
GRANT SELECT ON countries TO {app};
GRANT SELECT ON clinics TO {app};
GRANT SELECT, INSERT, UPDATE, DELETE ON patients, visits TO {app};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app};
ALTER TABLE clinics OWNER TO {owner}; ALTER TABLE patients OWNER TO {owner}; ALTER TABLE visits OWNER TO {owner};
ALTER TABLE clinics ENABLE ROW LEVEL SECURITY; ALTER TABLE clinics FORCE ROW LEVEL SECURITY;
ALTER TABLE patients ENABLE ROW LEVEL SECURITY; ALTER TABLE patients FORCE ROW LEVEL SECURITY;
ALTER TABLE visits ENABLE ROW LEVEL SECURITY; ALTER TABLE visits FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON clinics USING (id = NULLIF(current_setting('app.clinic', true), '')::uuid);
CREATE POLICY tenant ON patients USING (clinic_id = NULLIF(current_setting('app.clinic', true), '')::uuid);
CREATE POLICY tenant ON visits USING (clinic_id = NULLIF(current_setting('app.clinic', true), '')::uuid);
`

const scalarYAML = `
db:
  app: "{dsn:app}"
  tenant:
    set: {app.clinic: "{id}"}
  tenants:
    a: {id: ` + idA + `}
    b: {id: ` + idB + `}
`
