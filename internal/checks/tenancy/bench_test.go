package tenancy_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/tenancy"
	"github.com/arxsec/arxctl/internal/evidence"
)

// many makes n tenant tables with rows of both tenants.
func many(n int) string {
	return scalar + fmt.Sprintf(`DO $do$ BEGIN FOR i IN 1..%d LOOP
		EXECUTE format('CREATE TABLE t%%s (id bigserial PRIMARY KEY, clinic_id uuid NOT NULL REFERENCES clinics, name text NOT NULL)', i);
		EXECUTE format('INSERT INTO t%%s (clinic_id, name) SELECT id, name FROM clinics, generate_series(1,3)', i);
		EXECUTE format('ALTER TABLE t%%s ENABLE ROW LEVEL SECURITY', i);
		EXECUTE format($q$CREATE POLICY t ON t%%s USING (clinic_id = NULLIF(current_setting('app.clinic', true), '')::uuid)$q$, i);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON t%%s TO {app}', i);
	END LOOP; END $do$`, n)
}

// BenchmarkTables measures whole runs over 200 and 1,000 tables, connections and
// catalogue included: each check alone, and the family one after another.
func BenchmarkTables(b *testing.B) {
	for _, n := range []int{200, 1000} {
		l := newLab(b, many(n))
		run := func(name string, list ...*checks.Check) {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				start := time.Now()
				for b.Loop() {
					st := l.stack(scalarYAML)
					for _, c := range list {
						rec := checks.NewRecorder(st.Scrub)
						e := rec.Judged(c.Doc(), c.Run(b.Context(), st, rec))
						if e.Outcome == evidence.Fail || e.Outcome == evidence.Inconclusive {
							b.Fatalf("%s: %s", e.Outcome, e.Reason)
						}
					}
				}
				b.ReportMetric(float64(time.Since(start).Microseconds())/1000/float64(b.N)/float64(n), "ms/table")
			})
		}
		var family []*checks.Check
		for _, c := range tenancy.All() {
			if c.ID != "tenancy.http" {
				family = append(family, c)
				run(c.ID, c)
			}
		}
		run("family", family...)
	}
}
