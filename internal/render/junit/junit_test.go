package junit_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/golden"
	"github.com/arxsec/arxctl/internal/render/junit"
	"github.com/arxsec/arxctl/internal/render/junit/junittest"
	"github.com/arxsec/arxctl/internal/render/runtest"
)

func written(t *testing.T, in render.RunInput) []byte {
	t.Helper()
	return runtest.Written(t, junit.Format(), in)
}

func TestGolden(t *testing.T) {
	got := written(t, runtest.Input())
	golden.Equal(t, "every-outcome.xml", got)
}

func TestFailureErrorAndSkippedAreCountedApart(t *testing.T) {
	file, err := junittest.Read(written(t, runtest.Input()))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"auditlog.chain": "skipped", "auditlog.guard": "error", "bootkey.refusal": "passed", "ratelimit.budget": "skipped",
		"tenancy.pool": "error", "tenancy.read": "failure", "tenancy.server": "passed", "tenancy.write": "skipped"}
	for id, state := range want {
		c, ok := file.Case(id)
		if !ok || c.State != state {
			t.Errorf("%s is %q, want %q", id, c.State, state)
		}
	}
	read, _ := file.Case("tenancy.read")
	for _, s := range []string{"object:  public.runs: rows of B that A can read", "want:    0", "got:     5", "via:     SELECT count(*) FROM public.runs", "fix:     Enable row security on public.runs.", "command: psql", "no longer waived: the waiver expired 2026-11-20"} {
		if !strings.Contains(read.Text, s) {
			t.Errorf("the failure does not say %q:\n%s", s, read.Text)
		}
	}
	write, _ := file.Case("tenancy.write")
	if !strings.HasPrefix(write.Message, "waived until 2026-12-21 09:00 UTC") || !strings.Contains(write.Out, "got:     1") || !strings.Contains(write.Out, "still fail") {
		t.Errorf("the waived failure: %q\n%s", write.Message, write.Out)
	}
	if server, _ := file.Case("tenancy.server"); !strings.Contains(server.Out, "a queue, emptied nightly") || !strings.Contains(server.Out, "at least 15") {
		t.Errorf("the warning does not say what weakens it:\n%s", server.Out)
	}
}

// Without a waiver in force the same failure is counted.
func TestAWaiverOnlyHidesWhatItCovers(t *testing.T) {
	in := runtest.Input()
	in.Verdict.Waived, in.Verdict.Waivers[1].Unit = nil, "public.runs"
	file, err := junittest.Read(written(t, in))
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := file.Case("tenancy.write"); c.State != "failure" {
		t.Errorf("a waiver of another unit made it %s", c.State)
	}
}

func TestNothingAssessedIsAnError(t *testing.T) {
	for name, in := range map[string]render.RunInput{"not run": runtest.Empty(), "no check": {Run: runtest.Run("")}} {
		if name == "no check" {
			in.Run.Records = nil
		}
		file, err := junittest.Read(written(t, in))
		if err != nil {
			t.Fatal(err)
		}
		if c, _ := file.Case(render.NothingAssessed); file.Errors != 1 || c.State != "error" {
			t.Errorf("%s: %d errors, the case is %q", name, file.Errors, c.State)
		}
	}
}
