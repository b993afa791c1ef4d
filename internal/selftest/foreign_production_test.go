package selftest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/poc/postgres"
)

// TestForeignProduction takes the word "environment" out of the file, which means production: no transaction may
// write, not even one that is rolled back, and what only a write can show may not be claimed.
func TestForeignProduction(t *testing.T) {
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
		if !slices.Contains([]string{"rails", "supabase", "logins", "raising", "unseeded", "audit_after", "audit_plain", "audit_chain"}, c.Name) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			database := "production_" + c.Name
			if err := cluster.CreateDatabase(t.Context(), database, "", ""); err != nil {
				t.Fatal(err)
			}
			if err := cluster.Exec(t.Context(), database, c.Healthy); err != nil {
				t.Fatal(err)
			}
			before := written(t, cluster, database)
			yaml := strings.NewReplacer("environment: shared\n", "", "environment: disposable\n", "").Replace(c.Config)
			seen, err := lookForeign(t.Context(), cluster, yaml, database, "tenancy", "auditlog")
			if err != nil {
				t.Fatal(err)
			}
			if after := written(t, cluster, database); after != before {
				complain(t, "production/"+c.Name, "%d transactions wrote in production", after-before)
			}
			for id, e := range seen {
				saysWhatToDo(t, e)
				if e.Outcome == evidence.Fail {
					complain(t, "production/"+c.Name, "%s is fail (%s), and nothing is wrong", id, e.Reason)
				}
				if (id == "tenancy.write" || id == "auditlog.refusal") && clean(e.Outcome) && e.Outcome != evidence.NotRun && e.Outcome != evidence.NotApplicable {
					complain(t, "production/"+c.Name, "%s is %s (%s) without a write", id, e.Outcome, e.Reason)
				}
			}
		})
	}
}

// written returns the number of the next transaction that writes: one that only reads takes none, whether it is committed or
// rolled back (PostgreSQL manual, "Transactions and Identifiers").
func written(t *testing.T, cluster *postgres.Cluster, database string) int64 {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), cluster.SuperDSN(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var next int64
	if err := conn.QueryRow(t.Context(), `SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint`).Scan(&next); err != nil {
		t.Fatal(err)
	}
	return next
}
