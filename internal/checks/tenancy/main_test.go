package tenancy_test

import (
	"context"
	"fmt"
	"hash/crc32"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/poc/postgres"
	"github.com/arxsec/arxctl/internal/stack"
)

var cluster *postgres.Cluster

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := postgres.Start(ctx, postgres.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := c.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	cluster = c
	return m.Run()
}

var counter atomic.Int64

// lab is one database with roles of its own; names in braces are replaced in
// every statement and configuration: {app}, {owner}, {dsn:role}.
type lab struct {
	t      testing.TB
	db     string
	suffix string
}

func newLab(t testing.TB, ddl ...string) *lab {
	t.Helper()
	half(t)
	n := counter.Add(1)
	l := &lab{t: t, db: fmt.Sprintf("t%d", n), suffix: fmt.Sprintf("_%d", n)}
	if err := cluster.CreateDatabase(t.Context(), l.db, "", ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := cluster.DropDatabase(ctx, l.db); err != nil {
			t.Error(err)
		}
	})
	l.exec(`CREATE ROLE {app} LOGIN PASSWORD 'app-secret-1'`, `CREATE ROLE {owner} NOLOGIN`, `CREATE ROLE {reader} LOGIN PASSWORD 'app-secret-1' BYPASSRLS`,
		`GRANT USAGE, CREATE ON SCHEMA public TO {owner}`, `GRANT USAGE ON SCHEMA public TO {app}, {reader}`)
	l.exec(ddl...)
	return l
}

func (l *lab) fill(s string) string {
	for _, r := range []string{"app", "owner", "reader", "authn", "other", "tena", "tenb"} {
		s = strings.ReplaceAll(s, "{dsn:"+r+"}", cluster.DSN(r+l.suffix, "app-secret-1", l.db))
		s = strings.ReplaceAll(s, "{"+r+"}", r+l.suffix)
	}
	return s
}

// exec runs each text as one batch, as the superuser.
func (l *lab) exec(ddl ...string) {
	l.t.Helper()
	c, err := pgx.Connect(l.t.Context(), cluster.SuperDSN(l.db))
	if err != nil {
		l.t.Fatal(err)
	}
	defer c.Close(context.Background())
	for _, s := range ddl {
		if _, err := c.PgConn().Exec(l.t.Context(), l.fill(s)).ReadAll(); err != nil {
			l.t.Fatalf("%v\nin: %s", err, l.fill(s))
		}
	}
}

// stack opens a configuration for the lab.
func (l *lab) stack(yaml string) *stack.Stack {
	l.t.Helper()
	if !strings.Contains(yaml, "environment:") {
		yaml = "environment: disposable\n" + yaml
	}
	c, err := stack.Parse("arxctl.yaml", []byte("version: 1\n"+l.fill(yaml)), os.LookupEnv)
	if err != nil {
		l.t.Fatal(err)
	}
	return stack.Open(c, stack.Options{})
}

// judge runs one check as the runner would.
func judge(t *testing.T, c *checks.Check, st *stack.Stack) evidence.Evidence {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	rec := checks.NewRecorder(st.Scrub)
	err := c.Run(ctx, st, rec)
	return rec.Judged(c.Doc(), err)
}

// wants fails the test unless the outcome is one of those listed (a|b).
func wants(t *testing.T, e evidence.Evidence, want string) {
	t.Helper()
	for _, w := range strings.Split(want, "|") {
		if string(e.Outcome) == w {
			return
		}
	}
	t.Errorf("%s: %s (%s), expected %s", e.Check.ID, e.Outcome, e.Reason, want)
	for _, o := range e.Observations {
		if !o.Met() {
			t.Logf("  %s %s: %s | via %s | want %s got %q blind %q %s", o.Kind, o.Unit, o.What, o.Via, o.Want, o.Got, o.Blind, o.SQLState)
		}
	}
	for k, v := range e.Facts {
		t.Logf("  fact %s = %s", k, v)
	}
}

// half leaves out, with -short, every other case by its name: the fault matrix and the foreign schemas of
// internal/selftest look at the same defects, and make soak runs all of it.
func half(t testing.TB) {
	t.Helper()
	if testing.Short() && strings.Contains(t.Name(), "/") && crc32.ChecksumIEEE([]byte(t.Name()))%2 == 0 {
		t.Skip("SHORT: every other case is left to make soak")
	}
}
