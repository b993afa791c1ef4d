package selftest_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/poc"
	"github.com/arxsec/arxctl/internal/poc/faults"
	"github.com/arxsec/arxctl/internal/selftest"
)

// TestMain lets this test binary be a replica of the stacks that its tests bring up.
func TestMain(m *testing.M) {
	if os.Getenv("ARXSEC_SERVE") == "1" {
		if err := poc.ServeMain(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	os.RemoveAll(builtDir())
	os.Exit(code)
}

func bench(t *testing.T) *selftest.Bench {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := selftest.NewBench(t.Context(), poc.Options{Self: []string{exe}, Build: "test"}, all.Checks())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestChecksAreDocumented(t *testing.T) {
	if err := checks.Validate(all.Checks()); err != nil {
		t.Fatal(err)
	}
}

// TestEveryCheckHasAFault wants every check to have failed at least once: one
// that has no fault which it must catch is not a check.
func TestEveryCheckHasAFault(t *testing.T) {
	caught := map[string]bool{}
	for _, f := range faults.All() {
		for _, id := range f.Catches {
			caught[id] = true
		}
	}
	known := map[string]bool{}
	for _, c := range all.Checks() {
		known[c.ID] = true
		// What a server's version means cannot be planted; the family tests it on version numbers.
		if !caught[c.ID] && c.ID != "tenancy.server" {
			t.Errorf("%s: no fault must be caught by it", c.ID)
		}
	}
	for id := range caught {
		if !known[id] {
			t.Errorf("a fault names the check %s, which does not exist", id)
		}
	}
}

// healthy wants a run of every check on a stack without defects to have seen everything, and nothing to fail.
func healthy(t *testing.T, run evidence.Run) {
	t.Helper()
	if len(run.Records) != len(all.Checks()) {
		t.Errorf("%d records of %d checks", len(run.Records), len(all.Checks()))
	}
	for _, e := range run.Records {
		if e.Outcome != evidence.Pass && e.Outcome != evidence.Warn {
			t.Errorf("%s: %s (%s)", e.Check.ID, e.Outcome, e.Reason)
		}
		if err := e.Rejudge(); err != nil {
			t.Error(err)
		}
	}
}

// matrixWorkers is how many stacks the matrix runs on: two cores are busy with three.
const matrixWorkers = 3

// TestFaultMatrix plants every fault in turn, each worker on a stack of its own. In short, each check is shown every outcome
// that a fault must lead to once; the families' own tests plant the like of the others, and make soak plants all of them here.
func TestFaultMatrix(t *testing.T) {
	stacks := make(chan *selftest.Bench, matrixWorkers)
	secrets := map[*selftest.Bench]*search{} // a broken stack must not make a run tell them either
	for range matrixWorkers {
		b := bench(t)
		stacks <- b
		secrets[b] = newSearch(secretsOf(t, b.Config().Path()))
	}
	// The group holds the parallel faults together, so that the stacks outlive them.
	first := map[string]bool{} // checks, with the outcome that a planted fault must lead to
	t.Run("fault", func(t *testing.T) {
		for _, f := range faults.All() {
			shown := true
			for _, id := range f.Catches {
				shown = shown && first[id+" "+f.Expect]
				first[id+" "+f.Expect] = true
			}
			if testing.Short() && shown {
				t.Logf("SHORT: %s is not planted, its checks have caught others like it; make soak plants it", f.ID)
				continue
			}
			t.Run(f.Family+"/"+f.ID, func(t *testing.T) {
				t.Parallel()
				b := <-stacks
				defer func() { stacks <- b }()
				tried, err := b.Try(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				secrets[b].records(t, f.ID, tried.Run.Records)
				if missed := tried.Missed(); missed != "" {
					t.Errorf("%s: want %s, but %s", f.Title, f.Expect, missed)
				}
			})
		}
	})
}
