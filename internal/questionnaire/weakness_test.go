package questionnaire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
)

func built(t *testing.T, lib *control.Library, run *evidence.Run) *questionnaire.Document {
	t.Helper()
	d, err := questionnaire.Build(questionnairetest.Questionnaire(), control.Assess(lib, run, questionnairetest.AsOf()),
		questionnaire.RunInfo{Run: run, Digest: questionnairetest.Digest()}, questionnairetest.Customer(), questionnairetest.AsOf())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// with is the fixture's run with one record changed and judged again.
func with(id string, change func(*evidence.Evidence)) *evidence.Run {
	run := questionnairetest.Run()
	for i := range run.Records {
		if e := &run.Records[i]; e.Check.ID == id {
			change(e)
			e.Outcome, e.Reason = evidence.Judge(e.Observations, e.Population, nil)
		}
	}
	return run
}

func refute(e *evidence.Evidence, unit string) {
	e.Observations = append(e.Observations, evidence.Observation{Unit: unit, What: "refused", Want: evidence.AtMost(0), Got: "1", Kind: evidence.Claim})
}

// Only what the population counts is k of n.
func TestFailuresOutsideThePopulation(t *testing.T) {
	mended := func(e *evidence.Evidence) {
		for i, o := range e.Observations {
			if o.Kind == evidence.Claim {
				e.Observations[i].Got = "0"
			}
		}
	}
	tail := ", check log.refusal on build 1.4.0+demo on 2026-11-20."
	for name, c := range map[string]struct {
		change func(*evidence.Evidence)
		want   string
	}{
		"one listed":    {func(*evidence.Evidence) {}, "No: 1 of 3 partitions failed (audit_log_2026_10)" + tail},
		"one elsewhere": {func(e *evidence.Evidence) { mended(e); refute(e, "elsewhere") }, "No: 1 unit outside the listed partitions failed (elsewhere)" + tail},
		"two elsewhere": {func(e *evidence.Evidence) { mended(e); refute(e, "p"); refute(e, "q") }, "No: 2 units outside the listed partitions failed (p, q)" + tail},
		"one of each":   {func(e *evidence.Evidence) { refute(e, "elsewhere") }, "No: 1 of 3 partitions failed, and 1 outside the listed partitions (audit_log_2026_10, elsewhere)" + tail},
		"one that was left out": {func(e *evidence.Evidence) {
			e.Population.Excluded = map[string]string{"audit_log_2026_10": "cannot be seeded"}
		}, "No: 1 unit outside the listed partitions failed (audit_log_2026_10)" + tail},
		"nothing listed":      {func(e *evidence.Evidence) { e.Population = evidence.Population{} }, "No: 1 unit outside the listed units failed (audit_log_2026_10)" + tail},
		"more than there are": {func(e *evidence.Evidence) { e.Population.Expected = []string{"audit_log"}; refute(e, "p") }, "No: 2 units outside the listed partitions failed (audit_log_2026_10, p)" + tail},
	} {
		if got := answer(t, built(t, questionnairetest.Library(), with("log.refusal", c.change)), "A.2").Sentence; got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestFailureWithoutARefutedUnit(t *testing.T) {
	run := questionnairetest.Run()
	for i := range run.Records {
		if e := &run.Records[i]; e.Check.ID == "log.refusal" {
			e.Observations = nil
		}
	}
	want := "No: recorded as failed, check log.refusal on build 1.4.0+demo on 2026-11-20."
	if got := answer(t, built(t, questionnairetest.Library(), run), "A.2").Sentence; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Five claims met and one sight: one unit was seen.
func TestClaimsWithoutSightAreNotCounted(t *testing.T) {
	run := with("limits.budget", func(e *evidence.Evidence) {
		e.Population.Expected, e.Observations = []string{"a", "b", "c", "d", "e"}, nil
		for _, u := range e.Population.Expected {
			e.Observations = append(e.Observations, evidence.Observation{Unit: u, What: "held", Want: evidence.AtMost(60), Got: "60", Kind: evidence.Claim})
		}
		e.Observations = append(e.Observations, evidence.Observation{Unit: "b", What: "answers", Want: evidence.AtLeast(1), Got: "1", Kind: evidence.Sight})
	})
	a := answer(t, built(t, questionnairetest.Library(), run), "A.3")
	if want := "Not answered from evidence: check limits.budget could see 1 of 5 pools."; a.Sentence != want || a.Value != "" || !a.Blind {
		t.Errorf("got %q, blind %v, %s\nwant %s", a.Value, a.Blind, a.Sentence, want)
	}
	if got := a.Evidence[0].Text; !strings.HasPrefix(got, "limits.budget inconclusive, 1 of 5 pools, ") {
		t.Errorf("evidence line: %s", got)
	}
}

// A stack without build: says so wherever a build would have been named.
func TestBuildThatWasNotNamed(t *testing.T) {
	for _, build := range []string{"", "  ", "//"} {
		run := questionnairetest.Run()
		run.Stack.Build = build
		d := built(t, questionnairetest.Library(), run)
		for id, want := range map[string]string{
			"A.1": "Tenants cannot see or change each other's rows; shown on a build that was not named in environment disposable on 2026-11-20, with 1 warning.",
			"A.2": "No: 1 of 3 partitions failed (audit_log_2026_10), check log.refusal on a build that was not named on 2026-11-20.",
		} {
			a := answer(t, d, id)
			if a.Sentence != want {
				t.Errorf("%s: got\n%s\nwant\n%s", id, a.Sentence, want)
			}
			if !strings.HasSuffix(a.Evidence[0].Text, ", run 5eed5eed5eed, build not named") {
				t.Errorf("%s: evidence line: %s", id, a.Evidence[0].Text)
			}
			if got := strings.Join(a.Details, "\n"); strings.Count(got, "which build was examined; to have it said: set build: in arxctl.yaml") != 1 {
				t.Errorf("%s: the details do not say once that the build is not named:\n%s", id, got)
			}
		}
		if a := answer(t, d, "B.1"); strings.Contains(a.Sentence+strings.Join(a.Details, ""), "build") {
			t.Errorf("an answer that rests on a signature alone speaks of a build: %s %q", a.Sentence, a.Details)
		}
		for _, a := range d.Answers() {
			reads(t, a.Question, a)
		}
	}
	if a := answer(t, questionnairetest.Document(), "A.1"); strings.Contains(a.Evidence[0].Text+strings.Join(a.Details, ""), "build") {
		t.Errorf("a build that was named is said not to be: %q %q", a.Evidence[0].Text, a.Details)
	}
}

// The longest of all: two long roles, an unnamed build, a sample, and no room for the claim.
func TestLongestProofKeepsItsSample(t *testing.T) {
	lib, run := questionnairetest.Library(), questionnairetest.Run()
	run.Stack.Build, run.Stack.Environment = "", "one two"
	for i := range lib.Controls {
		if c := &lib.Controls[i]; c.ID == "rows-apart" {
			c.Claim = strings.Repeat("word ", 30) + "end."
			c.Requires.Attestations = []string{"acceptable-use", "training-records"}
		}
	}
	for i := range lib.Attestations {
		a := &lib.Attestations[i]
		a.Role = strings.Repeat("x", i+1) + " two three four five"
		a.Date.Time = questionnairetest.AsOf().AddDate(0, -1-i, 0)
		a.Expires.Time = questionnairetest.AsOf().Add(24 * time.Hour)
	}
	a := answer(t, built(t, lib, run), "A.1")
	reads(t, "A.1", a)
	if a.Status != control.Attested || !strings.Contains(a.Sentence, "("+questionnaire.SampleText+")") || strings.Contains(a.Sentence, "...") {
		t.Errorf("%s: %s", a.Status, a.Sentence)
	}
}

// A stale check beside an attestation in force: the last value is the check's.
func TestStaleCheckBesideAValidAttestation(t *testing.T) {
	lib := questionnairetest.Library()
	for i := range lib.Controls {
		if c := &lib.Controls[i]; c.ID == "rows-apart" {
			c.Requires.Attestations = []string{"acceptable-use"}
		}
	}
	run := with("rows.read", func(e *evidence.Evidence) { e.Ended = e.Ended.AddDate(0, -2, 0) })
	a := answer(t, built(t, lib, run), "A.1")
	want := "Not answered from current evidence: last shown on build 1.4.0+demo in environment disposable on 2026-09-20, more than 30 days ago."
	if a.Status != control.Stale || a.Value != "" || a.Sentence != want || !strings.Contains(strings.Join(a.Details, "\n"), "Last value: Yes, proven on 2026-09-20") {
		t.Errorf("%s %q\n%s\nwant\n%s\n%q", a.Status, a.Value, a.Sentence, want, a.Details)
	}
}
