package selftest_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/poc"
	"github.com/arxsec/arxctl/internal/selftest"
	"github.com/arxsec/arxctl/internal/stack"
)

// content is every row of every table, as text, and the catalogue.
type content struct {
	rows    map[string][]string // table -> rows, sorted
	objects []string            // relations, columns, policies, triggers, functions, roles
}

// snapshot reads the whole database as its superuser.
func snapshot(t *testing.T, st *poc.Stack) content {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, st.SuperDSN())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	list := func(sql string) []string {
		rows, err := c.Query(ctx, sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		out, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return out
	}
	s := content{rows: map[string][]string{}}
	for _, table := range list(`SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace) ORDER BY 1`) {
		s.rows[table] = list(fmt.Sprintf("SELECT x::text FROM ONLY %s x ORDER BY 1", table))
	}
	s.objects = list(`SELECT x FROM (
		SELECT 'relation ' || oid::regclass::text || ' ' || relkind::text || relrowsecurity::text || relforcerowsecurity::text || relowner::regrole::text || coalesce(relacl::text, '') FROM pg_class WHERE relnamespace::regnamespace::text !~ '^pg_|information_schema'
		UNION ALL SELECT 'policy ' || polname || polrelid::regclass::text || coalesce(pg_get_expr(polqual, polrelid), '') FROM pg_policy
		UNION ALL SELECT 'trigger ' || tgname || tgrelid::regclass::text || tgenabled::text FROM pg_trigger
		UNION ALL SELECT 'function ' || oid::regprocedure::text || md5(prosrc) FROM pg_proc WHERE pronamespace::regnamespace::text !~ '^pg_|information_schema'
		UNION ALL SELECT 'role ' || rolname || rolsuper::text || rolbypassrls::text || rolcreaterole::text FROM pg_roles
		UNION ALL SELECT 'database ' || datname FROM pg_database
		UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
		UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots
		UNION ALL SELECT 'prepared ' || gid FROM pg_prepared_xacts) q(x) ORDER BY 1`)
	return s
}

// probeOrgs are the ids of the organisations whose state a check may change.
func probeOrgs(st *poc.Stack) (probes, bystanders []string) {
	for _, o := range st.Orgs() {
		if strings.HasPrefix(o.Name, "bystander") {
			bystanders = append(bystanders, o.ID)
		} else {
			probes = append(probes, o.ID)
		}
	}
	return probes, bystanders
}

// compare fails the test for anything that a run may not leave: a changed
// object, a changed or lost row outside the probe organisations, a lost or
// changed audit row, and a new audit row that no check declared.
func compare(t *testing.T, st *poc.Stack, before, after content, records []evidence.Evidence) {
	t.Helper()
	if !slices.Equal(before.objects, after.objects) {
		t.Errorf("the catalogue changed:\n before only %v\n after only %v", minus(before.objects, after.objects), minus(after.objects, before.objects))
	}
	probes, bystanders := probeOrgs(st)
	if len(probes) == 0 || len(bystanders) == 0 {
		t.Fatal("no probe organisations or no bystanders: nothing to compare")
	}
	residue := 0
	for _, e := range records {
		residue += len(e.Residue)
	}
	for _, table := range slices.Sorted(maps.Keys(before.rows)) {
		gone, added := minus(before.rows[table], after.rows[table]), minus(after.rows[table], before.rows[table])
		appendOnly := strings.Contains(table, "audit_log")
		for _, row := range gone {
			if appendOnly || !mentions(row, probes) {
				t.Errorf("%s: a row was changed or is gone: %s", table, row)
			}
		}
		for _, row := range added {
			if !mentions(row, probes) {
				t.Errorf("%s: a row outside the probe organisations is new: %s", table, row)
			}
			if residue == 0 {
				t.Errorf("%s: a row is new though no check declared residue: %s", table, row)
			}
		}
		if len(added)+len(gone) > 0 {
			t.Logf("%s: %d rows more, %d fewer, in probe organisations", table, len(added), len(gone))
		}
	}
}

func minus(x, y []string) []string {
	have := map[string]int{}
	for _, s := range y {
		have[s]++
	}
	var out []string
	for _, s := range x {
		if have[s]--; have[s] < 0 {
			out = append(out, s)
		}
	}
	return out
}

func mentions(row string, ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(row, id) })
}

// redisKeys fails the test for keys outside the probe organisations and for keys
// that never expire.
func redisKeys(t *testing.T, st *poc.Stack) {
	t.Helper()
	opts, err := redis.ParseURL(st.Redis.URL())
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(opts)
	defer c.Close()
	ctx := context.Background()
	probes, _ := probeOrgs(st)
	keys, err := c.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if !mentions(k, probes) {
			t.Errorf("redis: the key %s belongs to no probe organisation", k)
		}
		if ttl := c.TTL(ctx, k).Val(); ttl < 0 {
			t.Errorf("redis: the key %s never expires", k)
		}
	}
}

// children returns the processes that this one started and that still run.
func children(t *testing.T) []string {
	t.Helper()
	var out []string
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		text := string(b)
		fields := strings.Fields(text[strings.LastIndex(text, ")")+1:])
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) && fields[0] != "Z" {
			out = append(out, text[:strings.LastIndex(text, ")")+1])
		}
	}
	return out
}

// TestHealthyStackAndWhatARunLeaves looks with every check at a stack without defects: what they say of it, and what is there
// afterwards that was not there before.
func TestHealthyStackAndWhatARunLeaves(t *testing.T) {
	b := bench(t)
	before, processes := snapshot(t, b.Stack), len(children(t))
	run, err := b.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	healthy(t, run)
	compare(t, b.Stack, before, snapshot(t, b.Stack), run.Records)
	redisKeys(t, b.Stack)
	if now := children(t); len(now) != processes {
		t.Errorf("%d processes before, now %v", processes, now)
	}
}

// TestInterruptedRunLeavesNoMore stops a run at ten moments between its start
// and its end, in short at every other of them.
func TestInterruptedRunLeavesNoMore(t *testing.T) {
	b := bench(t)
	processes := len(children(t))
	for i := range 10 {
		if testing.Short() && i%2 == 0 {
			continue
		}
		before := snapshot(t, b.Stack)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(20+90*i)*time.Millisecond)
		begun := time.Now()
		records, complete := interrupted(ctx, b)
		cancel()
		if took := time.Since(begun); took > 12*time.Second {
			t.Errorf("interrupted after %d ms, the run took %s to end", 20+90*i, took)
		}
		t.Logf("interrupted after %d ms: complete %v", 20+90*i, complete)
		compare(t, b.Stack, before, snapshot(t, b.Stack), records)
		redisKeys(t, b.Stack)
		if now := children(t); len(now) != processes {
			t.Errorf("%d processes before, now %v", processes, now)
		}
		if err := b.Stack.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// interrupted is Look with a context that ends while checks run.
func interrupted(ctx context.Context, b *selftest.Bench) ([]evidence.Evidence, bool) {
	return (&checks.Runner{}).Run(ctx, stack.Open(b.Config(), stack.Options{}), all.Checks())
}
