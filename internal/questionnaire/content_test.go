package questionnaire_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/controls"
	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
	"github.com/arxsec/arxctl/templates"
	"github.com/arxsec/arxctl/testdata"
)

type content struct {
	lib      *control.Library
	list     []*questionnaire.Questionnaire
	customer questionnaire.Customer
	checks   []string
}

// shipped reads everything that the binary carries, and the samples.
func shipped(t testing.TB) content {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	claims, err := yamldoc.Files(controls.FS, "controls")
	must(err)
	signed, err := yamldoc.Files(testdata.Attestations, "testdata")
	must(err)
	var c content
	c.lib, err = control.Decode(claims, signed)
	must(err)
	files, err := yamldoc.Files(templates.Questionnaires, "templates")
	must(err)
	for _, f := range files {
		q, err := questionnaire.Decode(f)
		must(err)
		c.list = append(c.list, q)
	}
	people, err := yamldoc.Files(testdata.Customers, "testdata")
	must(err)
	c.customer, err = questionnaire.DecodeCustomer(people[0])
	must(err)
	seen := map[string]bool{}
	for _, x := range c.lib.Controls {
		for _, id := range x.Requires.Checks {
			if !seen[id] {
				seen[id] = true
				c.checks = append(c.checks, id)
			}
		}
	}
	return c
}

func (c content) build(t testing.TB, q *questionnaire.Questionnaire, run *evidence.Run) *questionnaire.Document {
	t.Helper()
	d, err := questionnaire.Build(q, control.Assess(c.lib, run, questionnairetest.AsOf()), questionnaire.RunInfo{Run: run, Digest: questionnairetest.Digest()}, c.customer, questionnairetest.AsOf())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// allPass is a run in which every check that a control requires passed.
func (c content) allPass() *evidence.Run {
	run := questionnairetest.Run()
	run.Records = nil
	for _, id := range c.checks {
		run.Records = append(run.Records, questionnairetest.Record(id, "tenant tables", []string{"agents", "orders"}, nil))
	}
	return run
}

func TestShippedContentIsClean(t *testing.T) {
	c := shipped(t)
	for _, f := range append(questionnaire.Lint(c.lib, c.list, c.checks, questionnairetest.AsOf()), questionnaire.LintWhole(c.lib, c.list)...) {
		t.Error(f.Error())
	}
	if len(c.list) != 6 {
		t.Errorf("%d questionnaires, want 6", len(c.list))
	}
}

// Nothing passes by default: against an empty run no answer is proven, and
// everything that has to be looked at live is blank.
func TestEmptyRunProvesNothing(t *testing.T) {
	c := shipped(t)
	for _, q := range c.list {
		d := c.build(t, q, &evidence.Run{})
		for _, a := range d.Answers() {
			if a.Status == control.Proven {
				t.Errorf("%s %s is proven by an empty run", q.ID, a.Question)
			}
			if a.Live && a.Value == "Yes" {
				t.Errorf("%s %s says Yes without a check", q.ID, a.Question)
			}
		}
	}
}

func TestAllPassProvesTheLiveQuestionsOnly(t *testing.T) {
	c := shipped(t)
	for _, q := range c.list {
		proven := map[string]bool{}
		for _, a := range c.build(t, q, c.allPass()).Answers() {
			if a.Status == control.Proven {
				proven[a.Question] = true
				if !a.Live {
					t.Errorf("%s %s is proven though no check decides it", q.ID, a.Question)
				}
			}
			if a.Status == control.Contradicted || a.Blind || a.Expired {
				t.Errorf("%s %s: %s, blind %v, expired %v in a run where all passed", q.ID, a.Question, a.Status, a.Blind, a.Expired)
			}
		}
		if q.ID == "sig-lite" {
			for _, id := range []string{"E.1.4", "G.1.4", "H.1.1", "K.1.4"} {
				if !proven[id] {
					t.Errorf("%s is not proven by a run where all passed", id)
				}
			}
		}
		if len(proven) > 12 {
			t.Errorf("%s: %d answers proven by four families of checks: too good to be true", q.ID, len(proven))
		}
	}
}

// Every shipped question, in every status that its evidence can give it: the
// sentence stays readable and short, and says nothing better than its status.
func TestEverySentenceInEveryStatus(t *testing.T) {
	c := shipped(t)
	long := "a-build-with-a-rather-long-name+of.some.kind and more words in it than anybody needs"
	spoil := map[string]func(*evidence.Observation){
		"pass": nil,
		"fail": func(o *evidence.Observation) { o.Got = "9" },
		"blind": func(o *evidence.Observation) {
			o.Blind = "connection lost in /var/run/postgresql/main.sock; to see this: try again"
		},
		"warn": func(o *evidence.Observation) {
			if o.Kind == evidence.Advice {
				o.Got = "old"
			}
		},
	}
	for name, change := range spoil {
		for _, old := range []struct {
			days  int
			build string
		}{{0, long}, {400, long}, {0, ""}, {400, " "}} {
			days := old.days
			run := c.allPass()
			run.Stack.Build, run.Stack.Environment = old.build, long
			run.Ended = run.Ended.AddDate(0, 0, -days)
			for i, e := range run.Records {
				run.Records[i] = questionnairetest.Record(e.Check.ID, long, []string{"GET /v1/agents?x=1 and more", "public.orders_with_a_long_name", "audit_log"}, change)
			}
			for _, state := range []control.State{control.Implemented, control.StatePlanned, control.StateNotApplicable} {
				lib := withState(c.lib, state)
				for _, q := range c.list {
					d, err := questionnaire.Build(q, control.Assess(lib, run, questionnairetest.AsOf()), questionnaire.RunInfo{Run: run}, c.customer, questionnairetest.AsOf())
					if err != nil {
						t.Fatal(err)
					}
					for _, a := range d.Answers() {
						reads(t, fmt.Sprintf("%s %s (%s, %d days, %s)", q.ID, a.Question, name, days, state), a)
					}
				}
			}
		}
	}
}

// Nobody signed a sample, so no text may say that somebody did without saying
// SAMPLE too.
func TestNoSampleReadsAsSigned(t *testing.T) {
	c := shipped(t)
	n := 0
	for _, q := range c.list {
		for _, a := range c.build(t, q, c.allPass()).Answers() {
			texts := append([]string{a.Sentence}, a.Details...)
			for _, x := range a.Attested {
				texts = append(texts, x.Text)
			}
			for _, x := range a.Controls {
				texts = append(texts, x.Why)
			}
			for _, x := range a.Mentioned {
				texts = append(texts, x.Why)
			}
			for _, s := range texts {
				if strings.Contains(s, "attested by") || strings.Contains(s, "signed by") {
					n++
					if !strings.Contains(s, questionnaire.SampleText) {
						t.Errorf("%s %s: %s", q.ID, a.Question, s)
					}
				}
			}
		}
	}
	if n == 0 {
		t.Error("the samples are not used at all")
	}
}

func withState(lib *control.Library, state control.State) *control.Library {
	out := &control.Library{Attestations: lib.Attestations}
	for _, c := range lib.Controls {
		if state != control.Implemented {
			c.State, c.Target, c.Reason = state, strings.Repeat("some quarter ", 20), strings.Repeat("because it is so ", 20)
		}
		out.Controls = append(out.Controls, c)
	}
	return out
}

func reads(t *testing.T, where string, a questionnaire.Answer) {
	t.Helper()
	s := a.Sentence
	if n := len(strings.Fields(s)); n == 0 || n > questionnaire.MaxWords {
		t.Errorf("%s: %d words: %s", where, n, s)
	}
	if strings.Contains(s, "/") || strings.Contains(s, "  ") || strings.Contains(s, "..") && !strings.Contains(s, "...") || !strings.HasSuffix(s, ".") {
		t.Errorf("%s: %s reads badly: %s", where, a.Status, s)
	}
	if strings.Contains(s, "unnamed") {
		t.Errorf("%s: a name that nobody gave: %s", where, s)
	}
	opens := map[control.Status]string{control.Contradicted: "No:", control.Planned: "Planned", control.NotApplicable: "Not in scope",
		control.Unproven: "Not answered", control.Stale: "Not answered", control.Unanswered: "Not answered"}[a.Status]
	if !strings.HasPrefix(s, opens) {
		t.Errorf("%s: %s opens as %q", where, a.Status, s)
	}
	if opens == "" && !strings.Contains(s, "shown") && !strings.Contains(s, "attested by") {
		t.Errorf("%s: a Yes that does not say what it rests on: %s", where, s)
	}
}
