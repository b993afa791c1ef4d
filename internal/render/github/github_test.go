package github_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/github"
	"github.com/arxsec/arxctl/internal/render/github/githubtest"
	"github.com/arxsec/arxctl/internal/render/golden"
	"github.com/arxsec/arxctl/internal/render/runtest"
)

func TestGolden(t *testing.T) {
	for name, f := range map[string]render.RunFormat{"annotations.txt": github.Annotations(), "summary.md": github.Summary()} {
		got := runtest.Written(t, f, runtest.Input())
		golden.Equal(t, name, got)
	}
}

func commands(t *testing.T, in render.RunInput) map[string]githubtest.Command {
	t.Helper()
	list, err := githubtest.Read(runtest.Written(t, github.Annotations(), in))
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]githubtest.Command{}
	for _, c := range list {
		by[c.Title] = c
	}
	return by
}

func TestWhatIsNotGoodIsAnnotated(t *testing.T) {
	got := map[string]string{}
	by := commands(t, runtest.Input())
	for title, c := range by {
		got[title] = c.Name
	}
	want := map[string]string{"auditlog.guard: could not see": "error", "ratelimit.budget: not run": "warning", "tenancy.pool: could not see": "error", "tenancy.read: failed": "error",
		"tenancy.server: warning": "warning", "tenancy.write: failed (waived)": "warning", "arxctl gate: default": "error", "arxctl": "notice"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, s := range []string{"object: public.runs: rows of B that A can read (refuted)\n", "\nwant: 0\n", "\ngot: 5\n", "\nvia: SELECT count(*) FROM public.runs\n", "\nfix: Enable row security on public.runs.", "\ncommand: psql", "the waiver expired 2026-11-20"} {
		if !strings.Contains(by["tenancy.read: failed"].Data, s) {
			t.Errorf("the annotation does not say %q:\n%s", s, by["tenancy.read: failed"].Data)
		}
	}
	if !strings.Contains(by["arxctl"].Data, "8 checks on Billing (shared): 2 fail, 2 inconclusive") {
		t.Errorf("the last line: %s", by["arxctl"].Data)
	}
}

func TestHealthyIsOneNoticeThatSaysUnsigned(t *testing.T) {
	in := render.RunInput{Run: runtest.Run("5")}
	in.Run.Records = in.Run.Records[2:3]
	by := commands(t, in)
	if len(by) != 1 || !strings.Contains(by["arxctl"].Data, "1 pass; UNSIGNED") {
		t.Errorf("%+v", by)
	}
}

func TestNothingAssessedIsAnError(t *testing.T) {
	in := runtest.Empty()
	in.Run.Records = nil
	if c := commands(t, in)[render.NothingAssessed]; c.Name != "error" {
		t.Errorf("%+v", c)
	}
	if s := string(runtest.Written(t, github.Summary(), in)); !strings.Contains(s, "**ERROR: nothing was assessed") {
		t.Error(s)
	}
}
