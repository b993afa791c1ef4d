package selftest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/poc/postgres"
	"github.com/arxsec/arxctl/internal/sight"
	"github.com/arxsec/arxctl/internal/stack"
)

// TestForeignDoctor holds what doctor says of each check, reading only, to what the check then does: one that can look is not
// inconclusive, one that is blind is, and nothing was written for the answer.
func TestForeignDoctor(t *testing.T) {
	cluster, err := postgres.Start(t.Context(), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, c := range readForeign(t) {
		if c.Name == "many" || testing.Short() && !strings.Contains("supabase logins audit_privilege unseeded", c.Name) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			database := "doctor_" + c.Name
			if err := cluster.CreateDatabase(t.Context(), database, "", ""); err != nil {
				t.Fatal(err)
			}
			if err := cluster.Exec(t.Context(), database, c.Healthy); err != nil {
				t.Fatal(err)
			}
			cfg, err := stack.Parse("arxctl.yaml", []byte("version: 1\n"+c.Config), func(role string) (string, bool) {
				return cluster.DSN(role, foreignPassword, database), true
			})
			if err != nil {
				t.Fatal(err)
			}
			list := slices.DeleteFunc(all.Checks(), func(k *checks.Check) bool { return !slices.Equal(k.Doors, []stack.Door{stack.DoorDB}) })
			before := written(t, cluster, database)
			r := sight.Look(t.Context(), cfg, list, stack.Options{})
			if after := written(t, cluster, database); after != before {
				t.Errorf("doctor wrote: %d transactions", after-before)
			}
			seen, err := lookForeign(t.Context(), cluster, c.Config, database, "tenancy", "auditlog")
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range r.Checks {
				blind := seen[k.ID].Outcome == evidence.Inconclusive || seen[k.ID].Outcome == evidence.NotRun
				switch {
				case k.Looks && blind:
					complain(t, "doctor/"+c.Name, "%s is said to look, and is %s (%s)", k.ID, seen[k.ID].Outcome, seen[k.ID].Reason)
				case !k.Looks && !blind:
					complain(t, "doctor/"+c.Name, "%s is said to be blind (%s), and is %s", k.ID, k.Why, seen[k.ID].Outcome)
				case !k.Looks && !strings.Contains(k.Why, evidence.ToSee):
					t.Errorf("%s is blind, and nothing says what to do: %s", k.ID, k.Why)
				}
			}
			for _, d := range r.Doors {
				if d.Name == "db.app" && len(d.Complaints) > 0 {
					t.Errorf("%s: %v", d.Name, d.Complaints)
				}
				if len(d.Complaints) > 0 {
					t.Logf("%s: %v", d.Name, d.Complaints)
				}
			}
		})
	}
}
