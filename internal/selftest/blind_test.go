package selftest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
)

// TestDeadDoors kills what the checks look through: none may pass, and none may
// fail, since nobody saw a harm.
func TestDeadDoors(t *testing.T) {
	b := bench(t)
	if err := b.Stack.KillDoors(t.Context()); err != nil {
		t.Fatal(err)
	}
	run, err := b.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range run.Records {
		saysWhatToDo(t, e)
		// The boot door starts processes of its own and needs nothing that was killed.
		if e.Family() != "bootkey" && e.Outcome != evidence.Inconclusive {
			t.Errorf("%s on dead doors: %s (%s), want inconclusive", e.Check.ID, e.Outcome, e.Reason)
		}
	}
}

// TestEmptyStack takes away every row, then every table: no check may pass for
// want of something to look at.
func TestEmptyStack(t *testing.T) {
	for _, tc := range []struct{ name, sql string }{
		{"no rows", `DO $$ DECLARE r record; BEGIN
			FOR r IN SELECT oid::regclass AS t FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace LOOP
				EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', r.t);
			END LOOP;
			FOR r IN SELECT oid::regclass AS t FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace LOOP
				EXECUTE format('TRUNCATE %s CASCADE', r.t);
			END LOOP;
			FOR r IN SELECT oid::regclass AS t FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace LOOP
				EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', r.t);
			END LOOP;
		END $$`},
		{"no tables", `DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := bench(t)
			c, err := pgx.Connect(t.Context(), b.Stack.SuperDSN())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close(t.Context())
			if _, err := c.Exec(t.Context(), tc.sql); err != nil {
				t.Fatal(err)
			}
			run, err := b.Look(t.Context(), "tenancy", "auditlog", "ratelimit")
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range run.Records {
				saysWhatToDo(t, e)
				seen := len(e.Population.Expected) > 0
				if (e.Outcome == evidence.Pass || e.Outcome == evidence.Warn) && (tc.name == "no tables" || !seen) {
					t.Errorf("%s with %s: %s (%s)", e.Check.ID, tc.name, e.Outcome, e.Reason)
				}
			}
		})
	}
}
