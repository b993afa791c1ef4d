package auditlog_test

import (
	"context"
	"os"
	"slices"
	"testing"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/auditlog"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/poc"
	"github.com/arxsec/arxctl/internal/poc/faults"
	"github.com/arxsec/arxctl/internal/stack"
)

// TestReferenceStack: every fault of the family that the reference stack can be
// given leads to the outcome it names, in a check that it names; without a
// fault nothing fails and nothing is inconclusive.
func TestReferenceStack(t *testing.T) {
	if testing.Short() {
		t.Skip("the fault matrix of internal/selftest plants the same faults; make soak runs both")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s, err := poc.Up(t.Context(), poc.Options{Self: []string{exe}, Build: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Down(context.Background()) })
	path, err := s.WriteConfig(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := stack.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	all := auditlog.All()
	var before evidence.Run
	for _, c := range all {
		e := run(t, c, stack.Open(cfg, stack.Options{}))
		if e.Outcome != pass {
			t.Errorf("healthy:\n%s", dump(e))
		}
		before.Records = append(before.Records, e)
	}
	for _, f := range faults.All() {
		if f.Family != "auditlog" {
			continue
		}
		t.Run(f.ID, func(t *testing.T) {
			if err := s.Plant(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := s.Clear(context.Background()); err != nil {
					t.Error(err)
				}
			}()
			var got []evidence.Evidence
			for _, id := range f.Catches {
				i := slices.IndexFunc(all, func(c *checks.Check) bool { return c.ID == id })
				if i < 0 {
					continue // another family's
				}
				got = append(got, run(t, all[i], stack.Open(cfg, stack.Options{Since: &before})))
			}
			for _, e := range got {
				if string(e.Outcome) != f.Expect {
					t.Errorf("want %s\n%s", f.Expect, dump(e))
				}
			}
		})
	}
}
