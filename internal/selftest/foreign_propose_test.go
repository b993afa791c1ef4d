package selftest_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/poc/postgres"
	"github.com/arxsec/arxctl/internal/propose"
	"github.com/arxsec/arxctl/internal/stack"
)

// TestForeignProposals lets init propose an arxctl.yaml for each schema that it was not written for, and holds the proposal to
// what a file written by hand shows: nothing fails and nothing is unseen on the healthy schema, and the first defect is noticed.
func TestForeignProposals(t *testing.T) {
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
		if c.Weak || testing.Short() && !strings.Contains("rails session claims_found audit_range", c.Name) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			template := "template_" + c.Name
			if err := cluster.CreateDatabase(t.Context(), template, "", ""); err != nil {
				t.Fatal(err)
			}
			if err := cluster.Exec(t.Context(), template, c.Healthy); err != nil {
				t.Fatal(err)
			}
			database := copyForeign(t, cluster, template, c.Name)
			before := contents(t, cluster, database)
			written0 := written(t, cluster, database)
			p, err := propose.Propose(t.Context(), foreignOptions(cluster, c, database))
			if err != nil {
				t.Fatal(err)
			}
			if contents(t, cluster, database) != before || written(t, cluster, database) != written0 {
				t.Errorf("%s: init left something behind", c.Name)
			}
			if strings.Contains(string(p.YAML), foreignPassword) {
				t.Errorf("%s: the proposal holds the password", c.Name)
			}
			t.Logf("\n%s", p.YAML)
			proposedForeign(t, cluster, c, template, database, string(p.YAML))
		})
	}
}

// proposedForeign runs the checks with the proposed file: on the schema as it is, then with its first defect.
func proposedForeign(t *testing.T, cluster *postgres.Cluster, c foreignCase, template, database, proposed string) {
	c.Config = proposed[strings.Index(proposed, "environment: "):]
	well, err := lookForeign(t.Context(), cluster, c.Config, database, c.families()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range c.families() {
		if bad := tell(well, family, func(o evidence.Outcome) bool { return !clean(o) }); bad != "" {
			complain(t, c.Name+"/proposed", "%s", bad)
		}
	}
	if strings.Contains(c.Name, "chain") {
		t.Logf("NOT GUESSED %s: how a hash chain is computed must be written down", c.Name)
		return
	}
	for _, f := range c.Faults {
		if f.Undo == "" {
			faultyForeign(t, cluster, c, f, template, well)
			return
		}
	}
}

// foreignOptions are what a person gives: the application's DSN, and a login that sees every row.
func foreignOptions(c *postgres.Cluster, f foreignCase, database string) propose.Options {
	login := propose.Login{DSN: stack.NewSecret(c.SuperDSN(database)), Ref: "${env:superuser}"}
	for _, line := range strings.Split(f.Config, "\n") {
		if _, ref, ok := strings.Cut(line, "app: ${env:"); ok {
			role := strings.TrimSuffix(strings.TrimSpace(ref), "}")
			login = propose.Login{DSN: stack.NewSecret(c.DSN(role, foreignPassword, database)), Ref: "${env:" + role + "}"}
		}
	}
	return propose.Options{Path: "arxctl.yaml", SeedName: "seed.sql", Environment: stack.Shared, Checks: all.Checks(),
		DB:     &login,
		Reader: &propose.Login{DSN: stack.NewSecret(c.SuperDSN(database)), Ref: "${env:superuser}"}}
}
