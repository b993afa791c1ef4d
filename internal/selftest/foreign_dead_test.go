package selftest_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/poc/postgres"
)

// TestForeignDeadDoors points both families at what cannot be looked at, or holds nothing to look at: no check may pass, and
// a door that is dead is nobody's failure.
func TestForeignDeadDoors(t *testing.T) {
	cluster, err := postgres.Start(t.Context(), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, sql := range []string{
		"CREATE ROLE dead_owner NOLOGIN", "CREATE ROLE dead_app LOGIN PASSWORD '" + foreignPassword + "'", "CREATE ROLE dead_nologin NOLOGIN PASSWORD '" + foreignPassword + "'",
	} {
		if err := cluster.Exec(t.Context(), "postgres", sql); err != nil {
			t.Fatal(err)
		}
	}
	free, err := postgres.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	const (
		tables  = `CREATE TABLE things (id serial PRIMARY KEY, org integer NOT NULL, name text NOT NULL); INSERT INTO things (org, name) SELECT o, 'x' FROM unnest(ARRAY[1, 2]) o; ALTER TABLE things OWNER TO dead_owner; ALTER TABLE things ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON things USING (org = nullif(current_setting('app.org', true), '')::integer); GRANT SELECT, INSERT, UPDATE, DELETE ON things TO dead_app; GRANT USAGE ON SEQUENCE things_id_seq TO dead_app;`
		lookup  = `CREATE TABLE colours (id serial PRIMARY KEY, name text NOT NULL); INSERT INTO colours (name) VALUES ('red'), ('blue'); GRANT SELECT ON colours TO dead_app;`
		login   = "app: ${env:dead_app}"
		setting = "tenant: {set: {app.org: '{id}'}}"
		tenants = "tenants: {a: {id: '1'}, b: {id: '2'}}"
	)
	for _, tc := range []struct {
		name, sql, database string
		door                []string // lines of the db door
		dead                bool     // nothing can be seen at all: every check is inconclusive
		only                string   // the family that it concerns; empty: both
	}{
		{name: "wrong password", sql: tables, door: []string{"app: postgres://dead_app:not-the-one@127.0.0.1:{port}/{database}?sslmode=disable", setting, tenants}, dead: true},
		{name: "role may not log in", sql: tables, door: []string{"app: ${env:dead_nologin}", setting, tenants}, dead: true},
		{name: "no such role", sql: tables, door: []string{"app: ${env:dead_nobody}", setting, tenants}, dead: true},
		{name: "no such database", sql: tables, door: []string{"app: postgres://dead_app:" + foreignPassword + "@127.0.0.1:{port}/dead_nowhere?sslmode=disable", setting, tenants}, dead: true},
		{name: "nobody listens", sql: tables, door: []string{"app: postgres://dead_app:" + foreignPassword + "@127.0.0.1:{free}/{database}?sslmode=disable&connect_timeout=2", setting, tenants}, dead: true},
		{name: "not a DSN", sql: tables, door: []string{"app: 'somewhere else'", setting, tenants}, dead: true},
		{name: "empty database", door: []string{login, setting, tenants}},
		{name: "empty database and nothing said", door: []string{login, tenants}},
		{name: "no tenant tables", sql: lookup, door: []string{login, setting, tenants}},
		{name: "tenants that do not exist", sql: tables, door: []string{login, setting, "tenants: {a: {id: '901'}, b: {id: '902'}}"}},
		{name: "tenants of another type", sql: tables, door: []string{login, setting, "tenants: {a: {id: no-number}, b: {id: neither}}"}},
		{name: "wrong setting", sql: tables, door: []string{login, "tenant: {set: {app.organisation: '{id}'}}", tenants}},
		{name: "role that cannot be taken", sql: tables, door: []string{login, "tenant: {role: dead_owner}", tenants}},
		{name: "statement that fails", sql: tables, door: []string{login, "tenant: {sql: [\"SELECT no_such_function('{id}')\"]}", tenants}},
		{name: "schemas that are not there", sql: tables, door: []string{login, setting, tenants, "schemas: [nowhere]"}},
		{name: "audit table that is not there", sql: tables, door: []string{login, setting, tenants, "audit: {table: public.no_such_log}"}, only: "auditlog"},
		{name: "app sees nothing", sql: tables + "REVOKE ALL ON things FROM dead_app;", door: []string{login, setting, tenants}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			database := "dead_" + strings.ReplaceAll(tc.name, " ", "_")
			if err := cluster.CreateDatabase(t.Context(), database, "", ""); err != nil {
				t.Fatal(err)
			}
			if tc.sql != "" {
				if err := cluster.Exec(t.Context(), database, tc.sql); err != nil {
					t.Fatal(err)
				}
			}
			yaml := "environment: shared\ndb:\n  " + strings.Join(tc.door, "\n  ") + "\n"
			yaml = strings.NewReplacer("{port}", strconv.Itoa(cluster.Port), "{free}", strconv.Itoa(free), "{database}", database).Replace(yaml)
			seen, err := lookForeign(t.Context(), cluster, yaml, database, "tenancy", "auditlog")
			if err != nil {
				t.Fatal(err)
			}
			for id, e := range seen {
				saysWhatToDo(t, e)
				switch {
				case tc.only != "" && e.Family() != tc.only:
				case e.Outcome == evidence.Inconclusive || e.Outcome == evidence.NotRun:
				case tc.dead:
					complain(t, "dead/"+tc.name, "%s is %s (%s), want inconclusive", id, e.Outcome, e.Reason)
				case id == "tenancy.server" || strings.HasPrefix(tc.sql, tables) && (id == "tenancy.role" || id == "tenancy.references"):
					// What these look at is there.
				case e.Outcome == evidence.Pass || e.Outcome == evidence.Warn:
					complain(t, "dead/"+tc.name, "%s is %s (%s), with nothing to look at", id, e.Outcome, e.Reason)
				case e.Outcome == evidence.Fail:
					complain(t, "dead/"+tc.name, "%s is %s (%s), and nothing is wrong", id, e.Outcome, e.Reason)
				}
				for _, o := range e.Observations {
					if strings.Contains(o.Via+o.Got+o.Blind+o.What, foreignPassword) {
						t.Errorf("%s stores the password", id)
					}
				}
				if strings.Contains(e.Reason, foreignPassword) || strings.Contains(e.Reason, "not-the-one") {
					t.Errorf("%s prints the password", id)
				}
			}
		})
	}
}

// saysWhatToDo fails the test for a record that could not see, and leaves a person without a next step.
func saysWhatToDo(t *testing.T, e evidence.Evidence) {
	t.Helper()
	if e.Outcome != evidence.Inconclusive && e.Outcome != evidence.NotRun {
		return
	}
	if _, next, ok := strings.Cut(e.Reason, evidence.ToSee); !ok || strings.TrimSpace(next) == "" {
		t.Errorf("%s is %s, and does not say what to do: %s", e.Check.ID, e.Outcome, e.Reason)
	}
}
