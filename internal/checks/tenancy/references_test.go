package tenancy_test

import (
	"testing"

	"github.com/arxsec/arxctl/internal/checks/tenancy"
)

func TestReferences(t *testing.T) {
	invoices := func(fk string) string {
		return `CREATE TABLE invoices (id bigserial PRIMARY KEY, clinic_id uuid NOT NULL REFERENCES clinics, patient_id bigint NOT NULL, FOREIGN KEY ` + fk + `);
			INSERT INTO invoices (clinic_id, patient_id) SELECT clinic_id, id FROM patients; GRANT SELECT, INSERT, UPDATE, DELETE ON invoices TO {app};
			ALTER TABLE invoices ENABLE ROW LEVEL SECURITY; CREATE POLICY t ON invoices USING (clinic_id = NULLIF(current_setting('app.clinic', true), '')::uuid);`
	}
	const open = `(patient_id) REFERENCES patients (id)`
	for _, c := range []struct{ name, plant, want string }{
		{"tenant in the key", ``, "pass"},
		{"RLS-34 single column", invoices(open), "warn"},
		{"RLS-35 cascade", invoices(open + ` ON DELETE CASCADE`), "fail"},
		{"set null", invoices(open+` ON DELETE SET NULL`) + `ALTER TABLE invoices ALTER patient_id DROP NOT NULL`, "fail"},
		{"cascade, insert only", invoices(open+` ON DELETE CASCADE`) + `REVOKE UPDATE ON invoices FROM {app}`, "fail"},
		{"cascade, but only pointed at own rows", invoices(open+` ON DELETE CASCADE`) + `CREATE POLICY own ON invoices AS RESTRICTIVE USING (EXISTS (SELECT FROM patients p WHERE p.id = patient_id))`, "pass"},
		{"cascade with the tenant in the key", invoices(`(clinic_id, patient_id) REFERENCES patients (clinic_id, id) ON DELETE CASCADE`), "pass"},
		{"cascade, read only", invoices(open+` ON DELETE CASCADE`) + `REVOKE INSERT, UPDATE ON invoices FROM {app}`, "pass"},
		{"empty tables, cascade", invoices(open+` ON DELETE CASCADE`) + `DELETE FROM invoices`, "fail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, scalar)
			if c.plant != "" {
				l.exec(c.plant)
			}
			wants(t, judge(t, tenancy.References, l.stack(scalarYAML)), c.want)
		})
	}
	t.Run("no keys", func(t *testing.T) {
		l := newLab(t, scalar, `ALTER TABLE visits DROP CONSTRAINT visits_clinic_id_patient_id_fkey`)
		wants(t, judge(t, tenancy.References, l.stack(scalarYAML)), "not-applicable")
	})
}
