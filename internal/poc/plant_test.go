package poc_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/poc"
	"github.com/arxsec/arxctl/internal/poc/api"
	"github.com/arxsec/arxctl/internal/poc/faults"
)

// digest is what a clear must put back: every row, every object and what belongs to the cluster.
func digest(t *testing.T, s *poc.Stack) string {
	t.Helper()
	conn := connect(t, s.SuperDSN())
	var text string
	err := conn.QueryRow(t.Context(), `SELECT concat(
		database_to_xml(false, false, '')::text,
		(SELECT string_agg(concat(relname, relowner::regrole, relacl, relrowsecurity, relforcerowsecurity), ';' ORDER BY relname)
		   FROM pg_class WHERE relnamespace = 'public'::regnamespace),
		(SELECT string_agg(concat(p.polrelid::regclass, polname, pg_get_expr(polqual, polrelid)), ';' ORDER BY p.polrelid::regclass::text, polname) FROM pg_policy p),
		(SELECT string_agg(concat(tgrelid::regclass, tgname, tgenabled), ';' ORDER BY tgrelid::regclass::text, tgname) FROM pg_trigger),
		(SELECT string_agg(concat(proname, prosrc, proacl), ';' ORDER BY proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
		(SELECT string_agg(concat(rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin, rolinherit, rolconfig), ';' ORDER BY rolname) FROM pg_roles),
		(SELECT string_agg(concat(roleid::regrole, member::regrole), ';' ORDER BY 1) FROM pg_auth_members),
		(SELECT string_agg(parname || paracl::text, ';') FROM pg_parameter_acl),
		(SELECT string_agg(concat(setdatabase <> 0, setrole, setconfig), ';') FROM pg_db_role_setting),
		(SELECT concat(datacl, datdba::regrole) FROM pg_database WHERE datname = current_database()))`).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
}

func TestEveryFaultIsPlantedAndCleared(t *testing.T) {
	s := up(t)
	before, urls := digest(t, s), s.URLs()
	clear := func(ids string) {
		if err := s.Clear(t.Context()); err != nil {
			t.Fatalf("clear %s: %v", ids, err)
		}
		if after := digest(t, s); after != before {
			t.Fatalf("%s left something behind", ids)
		}
	}
	// What is planted by SQL is cleared one by one; switches of replicas do not meet there, so they go together.
	for i, f := range faults.All() {
		if testing.Short() && i%4 != 0 {
			continue
		}
		if err := s.Plant(t.Context(), f); err != nil {
			t.Errorf("%s: %v", f.ID, err)
		}
		if len(f.SQL) > 0 {
			clear(f.ID)
		}
	}
	if testing.Short() {
		t.Log("SHORT: one fault in four was planted and cleared; make soak does all of them")
	}
	clear("the replicas' switches")
	if !slices.Equal(urls, s.URLs()) {
		t.Errorf("the replicas moved from %v to %v", urls, s.URLs())
	}
	for _, url := range urls {
		if got := call(t, "GET", url+"/health", "", ""); got.status != 200 {
			t.Errorf("%s after all: %d %s", url, got.status, got.text)
		}
	}
}

func TestClearUndoesWhatBelongsToTheCluster(t *testing.T) {
	s := up(t)
	before := digest(t, s)
	err := s.Plant(t.Context(), faults.Fault{ID: "test", SQL: []string{
		`CREATE ROLE intruder LOGIN BYPASSRLS`, `GRANT intruder TO arx_app`, `GRANT arx_owner TO arx_app WITH ADMIN OPTION`,
		`GRANT pg_read_all_data TO arx_app`, `GRANT SET ON PARAMETER session_replication_role TO arx_app`,
		`ALTER ROLE arx_app CREATEROLE REPLICATION SUPERUSER`, `ALTER ROLE arx_app SET row_security = off`,
		`ALTER ROLE arx_app IN DATABASE arx SET search_path = pg_temp`, `ALTER DATABASE arx SET row_security = off`,
		`CREATE TABLE kept (id int)`, `ALTER TABLE kept OWNER TO intruder`, `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO arx_app`,
		`ALTER SYSTEM SET work_mem = '1MB'`, `ALTER ROLE arx_app PASSWORD 'other'`, `GRANT CREATE ON DATABASE arx TO arx_app`,
		`GRANT CREATE ON SCHEMA public TO PUBLIC`, `CREATE EXTENSION IF NOT EXISTS plpgsql`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if digest(t, s) != before {
		t.Error("something was left behind")
	}
	conn := connect(t, s.DSN("arx_app"))
	var memory string
	if err := conn.QueryRow(t.Context(), "SHOW work_mem").Scan(&memory); err != nil || memory == "1MB" {
		t.Errorf("a server setting was left behind: work_mem %s (%v)", memory, err)
	}
}

func TestFaultsAreWellFormed(t *testing.T) {
	seen, used := map[string]bool{}, map[string]bool{}
	for _, f := range faults.All() {
		if seen[f.ID] {
			t.Errorf("two faults are called %s", f.ID)
		}
		seen[f.ID] = true
		if !strings.HasPrefix(f.ID, f.Family+"-") || f.Title == "" || f.Ref == "" || len(f.Catches) == 0 ||
			!slices.Contains([]string{"pass", "warn", "fail", "inconclusive"}, f.Expect) {
			t.Errorf("%s is not complete: %+v", f.ID, f)
		}
		if len(f.SQL)+len(f.Env)+len(f.Switches) == 0 && !f.RedisDead {
			t.Errorf("%s plants nothing", f.ID)
		}
		for _, name := range f.Switches {
			used[name] = true
			if !slices.Contains(api.SwitchNames(), name) {
				t.Errorf("%s turns on %q, which is no switch", f.ID, name)
			}
		}
	}
	for _, name := range api.SwitchNames() {
		if !used[name] {
			t.Errorf("no fault turns on the switch %q", name)
		}
	}
}

func TestSupervisorObeys(t *testing.T) {
	state := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	ready, ended := make(chan *poc.Stack, 1), make(chan error, 1)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	opts := poc.Options{Self: []string{exe}}
	go func() {
		ended <- poc.RunSupervisor(t.Context(), opts, state, func(s *poc.Stack) error { ready <- s; return nil })
	}()
	var s *poc.Stack
	select {
	case s = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	c, err := poc.Dial(state)
	if err != nil {
		t.Fatal(err)
	}
	if err := poc.RunSupervisor(t.Context(), opts, state, func(*poc.Stack) error { return nil }); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("a second stack in one state directory: %v", err)
	}
	if err := c.Plant(t.Context(), "no-such"); err == nil || !strings.Contains(err.Error(), "no-such") {
		t.Errorf("an unknown fault: %v", err)
	}
	a, b := org(t, s, "a"), org(t, s, "b")
	item := s.URLs()[1] + "/v1/agents/" + b.Agent
	if err := c.Plant(t.Context(), "tenancy-http-item-replica-2"); err != nil {
		t.Fatal(err)
	}
	if got := call(t, "GET", item, a.Tokens["admin"], ""); got.status != 200 {
		t.Errorf("b's agent with a's key on the faulty replica: %d, want 200", got.status)
	}
	lines, err := c.Status(t.Context())
	if err != nil || !strings.Contains(strings.Join(lines, "\n"), "tenancy-http-item-replica-2") {
		t.Errorf("status: %v (%v)", lines, err)
	}
	if err := c.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := call(t, "GET", item, a.Tokens["admin"], ""); got.status != 404 {
		t.Errorf("b's agent with a's key after clear: %d, want 404", got.status)
	}
	if err := c.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the supervisor did not end")
	}
	if _, err := c.Status(t.Context()); err == nil {
		t.Error("the stack still answers after down")
	}
	if _, err := os.Stat(s.Postgres.Data); !os.IsNotExist(err) {
		t.Errorf("the data directory is still there: %v", err)
	}
	if _, err := poc.Dial(state); err == nil {
		t.Error("the state directory still says that a stack is up")
	}
}

func TestManyStacksAtOnce(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			s, err := poc.Up(t.Context(), poc.Options{Self: []string{exe}})
			if err != nil {
				t.Fatal(err)
			}
			if got := call(t, "GET", s.URLs()[1]+"/health", "", ""); got.status != 200 {
				t.Errorf("health: %d %s", got.status, got.text)
			}
			if err := s.Down(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}
