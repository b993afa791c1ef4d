package selftest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/poc/postgres"
	"github.com/arxsec/arxctl/internal/stack"
)

// The schemas under testdata/foreign are what other people's products look like: none is the reference stack's, and each
// comes with an arxctl.yaml that has a db door alone. A file holds the schema when all is well and the defects that are
// planted in copies of it, each with the family that has to notice.

// foreignPassword is the password of every role in those files.
const foreignPassword = "foreign-secret"

// lookForeign runs the db checks of these families on one database, through an arxctl.yaml.
func lookForeign(ctx context.Context, c *postgres.Cluster, yaml, database string, families ...string) (map[string]evidence.Evidence, error) {
	cfg, err := stack.Parse("arxctl.yaml", []byte("version: 1\nname: foreign\n"+yaml), func(role string) (string, bool) {
		if value, ok := foreignValues(c, database)[role]; ok {
			return value, true
		}
		return c.DSN(role, foreignPassword, database), true
	})
	if err != nil {
		return nil, err
	}
	var list []*checks.Check
	for _, k := range all.Checks() {
		if slices.Equal(k.Doors, []stack.Door{stack.DoorDB}) && slices.Contains(families, k.Family()) {
			list = append(list, k)
		}
	}
	records, _ := (&checks.Runner{Parallel: 4}).Run(ctx, stack.Open(cfg, stack.Options{}), list)
	seen := map[string]evidence.Evidence{}
	for _, e := range records {
		if err := e.Rejudge(); err != nil {
			return nil, err
		}
		seen[e.Check.ID] = e
	}
	return seen, nil
}

// foreignValues are what variables stand for that are not called as a role is.
func foreignValues(c *postgres.Cluster, database string) map[string]string {
	return map[string]string{
		"superuser": c.SuperDSN(database), "ARXCTL_SESSION_A": "tok-9f31aa", "ARXCTL_SESSION_B": "tok-77c0de",
		"ARXCTL_T4_ACME_DSN": c.DSN("t4_acme", foreignPassword, database), "ARXCTL_T4_GLOBEX_DSN": c.DSN("t4_globex", foreignPassword, database),
	}
}

// clean says whether an outcome is one that a healthy schema may get.
func clean(o evidence.Outcome) bool { return o != evidence.Fail && o != evidence.Inconclusive }

// tell lists outcomes with their reasons, those of the given kinds only.
func tell(seen map[string]evidence.Evidence, family string, want func(evidence.Outcome) bool) string {
	var lines []string
	for id, e := range seen {
		if e.Family() == family && want(e.Outcome) {
			lines = append(lines, fmt.Sprintf("  %s is %s: %s", id, e.Outcome, e.Reason))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestForeignSchemas holds both families to schemas that they were not written for: a healthy one has no failure and nothing
// that could not be seen, and each planted defect fails a check of the family named with it.
func TestForeignSchemas(t *testing.T) {
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
		t.Run(c.Name, func(t *testing.T) {
			if testing.Short() && c.Name == "many" {
				t.Skip("SHORT: the schema of 300 tables is left to make soak")
			}
			t.Parallel()
			template := "template_" + c.Name
			if err := cluster.CreateDatabase(t.Context(), template, "", ""); err != nil {
				t.Fatal(err)
			}
			if err := cluster.Exec(t.Context(), template, c.Healthy); err != nil {
				t.Fatalf("the healthy schema: %v", err)
			}
			var well map[string]evidence.Evidence // what the checks said when all was well
			t.Run("healthy", func(t *testing.T) { well = healthyForeign(t, cluster, c, template) })
			for i, f := range c.Faults {
				if testing.Short() && i > 0 {
					t.Logf("short: %d further defects of %s are not tried", len(c.Faults)-i, c.Name)
					break
				}
				t.Run(f.ID, func(t *testing.T) { faultyForeign(t, cluster, c, f, template, well) })
			}
		})
	}
}

func healthyForeign(t *testing.T, cluster *postgres.Cluster, c foreignCase, template string) map[string]evidence.Evidence {
	database := copyForeign(t, cluster, template, c.Name)
	before := contents(t, cluster, database)
	seen, err := lookForeign(t.Context(), cluster, c.Config, database, c.families()...)
	if err != nil {
		t.Fatal(err)
	}
	if after := contents(t, cluster, database); after != before {
		complain(t, c.Name+"/healthy", "the run left something behind:\nbefore %s\nafter  %s", before, after)
	}
	if c.Weak {
		weakForeign(t, c, seen)
		return seen
	}
	for id, e := range seen {
		if took := e.Ended.Sub(e.Started); took > 3*time.Second {
			t.Logf("SLOW %s: %s took %s", c.Name, id, took.Round(100*time.Millisecond))
		}
	}
	for _, family := range c.families() {
		if bad := tell(seen, family, func(o evidence.Outcome) bool { return !clean(o) }); bad != "" {
			complain(t, c.Name+"/healthy", "%s: %s\n%s", family, c.Title, bad)
		}
		if warned := tell(seen, family, func(o evidence.Outcome) bool { return o == evidence.Warn }); warned != "" {
			t.Logf("WARNED %s:\n%s", c.Name, warned)
		}
	}
	return seen
}

// weakForeign wants an audit log without triggers to be told from one with them: no claim that a trigger fired, and not
// every check content.
func weakForeign(t *testing.T, c foreignCase, seen map[string]evidence.Evidence) {
	content := true
	for id, e := range seen {
		if e.Family() != "auditlog" {
			continue
		}
		content = content && e.Outcome == evidence.Pass
		for _, o := range e.Observations {
			if o.Layer == evidence.LayerTrigger && o.Met() {
				complain(t, c.Name+"/healthy", "%s says that a trigger refused, and there is none: %s", id, o.What)
			}
		}
	}
	if content {
		complain(t, c.Name+"/healthy", "every check of the family passes on a log that has no trigger")
	}
	t.Logf("WEAK %s:\n%s", c.Name, tell(seen, "auditlog", func(evidence.Outcome) bool { return true }))
}

func faultyForeign(t *testing.T, cluster *postgres.Cluster, c foreignCase, f foreignFault, template string, well map[string]evidence.Evidence) {
	database := copyForeign(t, cluster, template, c.Name+"_"+f.ID)
	if f.Undo != "" {
		defer func() {
			if err := cluster.Exec(context.WithoutCancel(t.Context()), database, f.Undo); err != nil {
				t.Errorf("taking the defect back: %v", err)
			}
		}()
	}
	if err := cluster.Exec(t.Context(), database, f.SQL); err != nil {
		t.Fatalf("planting the defect: %v", err)
	}
	seen, err := lookForeign(t.Context(), cluster, c.Config, database, f.Family)
	if err != nil {
		t.Fatal(err)
	}
	// What was refuted before says nothing about this defect.
	before, noticed := refuted(well), false
	for claim := range refuted(seen) {
		noticed = noticed || !before[claim]
	}
	if said := tell(seen, f.Family, func(o evidence.Outcome) bool { return o == evidence.Fail }); noticed {
		t.Logf("CAUGHT %s/%s:\n%s", c.Name, f.ID, said)
		return
	}
	complain(t, c.Name+"/"+f.ID, "nobody noticed: %s\n%s", f.Title, tell(seen, f.Family, func(evidence.Outcome) bool { return true }))
}

// refuted returns what was found untrue, by check, unit and claim.
func refuted(seen map[string]evidence.Evidence) map[string]bool {
	claims := map[string]bool{}
	for id, e := range seen {
		for _, o := range e.Observations {
			if o.Refutes() {
				claims[id+" "+o.Unit+" "+o.What] = true
			}
		}
	}
	return claims
}

// copyForeign makes a database from the healthy one, dropped when the test ends.
func copyForeign(t *testing.T, cluster *postgres.Cluster, template, name string) string {
	t.Helper()
	database := strings.ReplaceAll(name, "-", "_")
	if err := cluster.CreateDatabase(t.Context(), database, template, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.DropDatabase(context.Background(), database); err != nil {
			t.Error(err)
		}
	})
	return database
}

// contents digests every row of every table and the list of relations: what a run must leave as it was.
func contents(t *testing.T, cluster *postgres.Cluster, database string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), cluster.SuperDSN(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var digest string
	err = conn.QueryRow(t.Context(), `SELECT md5(string_agg(c.oid::regclass || ' ' || c.relkind::text || ' ' ||
		CASE WHEN c.relkind = 'r' THEN (xpath('/row/d/text()', query_to_xml(format('SELECT md5(string_agg(x::text, '','' ORDER BY x::text)) AS d FROM %s x',
		c.oid::regclass), false, true, '')))[1]::text ELSE '' END, E'\n' ORDER BY c.oid)) || ' ' || (SELECT count(*) FROM pg_class) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname !~ '^(pg_|information_schema)'`).Scan(&digest)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}
