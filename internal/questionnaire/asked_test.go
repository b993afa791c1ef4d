package questionnaire_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
)

// TestWhatIsSaidOfAQuestionCountsWhereItIsAsked: a row of a buyer's workbook that is
// a question of ours has the override of that question, and its label; a question of
// the same number elsewhere has not.
func TestWhatIsSaidOfAQuestionCountsWhereItIsAsked(t *testing.T) {
	q := questionnairetest.Questionnaire()
	q.ID = questionnaire.OwnWords
	q.Sections[0].Questions[0].As = "every-status E.1"
	q.Kin = []questionnaire.Kin{{As: "every-status E.9", Controls: []string{"log-append-only"}}}
	lib, run := questionnairetest.Library(), questionnairetest.Run()
	for _, c := range []struct {
		question, more string
		over, valued   bool
	}{
		{"E.1", "value: No", true, true},
		{"E.1", "sentence: Tenants are kept apart.", true, false},
		{"A.1", "value: No", false, false},
		{"A.3", "value: No", false, false},
	} {
		customer := acme(t, override(c.question, c.more)+"visibility:\n  private: {questions: [every-status   E.9]}\n")
		d, err := questionnaire.Build(q, control.Assess(lib, run, questionnairetest.AsOf()), questionnaire.RunInfo{Run: run}, customer, questionnairetest.AsOf())
		if err != nil {
			t.Fatal(err)
		}
		var of []string
		for _, a := range d.Answers() {
			if a.Override != nil {
				if of = append(of, a.Question); a.Override.Valued != c.valued {
					t.Errorf("%s, %s: the value is the role's: %v", c.question, c.more, a.Override.Valued)
				}
			}
		}
		if want := map[bool]string{true: "A.1"}[c.over]; strings.Join(of, " ") != want || strings.Join(customer.Overrides[0].In(q), " ") != want {
			t.Errorf("%s, %s: an override of %q and %q, want %q", c.question, c.more, of, customer.Overrides[0].In(q), want)
		}
		held, err := customer.Visibility.Held(questionnaire.NDA, lib, q)
		if checks, _ := held.IDs(); err != nil || !slices.Equal(checks, []string{"log.refusal"}) {
			t.Errorf("what stands behind a labelled question is shown: %q %v", checks, err)
		}
	}
}

// TestWhatIsHeldBackIsNamedOnce, and only where an answer rests on it.
func TestWhatIsHeldBackIsNamedOnce(t *testing.T) {
	run, private := questionnairetest.Run(), questionnaire.Private
	held := questionnaire.Held{
		Checks:       map[string]questionnaire.Level{"rows.read": private, "no.answer": private},
		Attestations: map[string]questionnaire.Level{"acceptable-use": private, "certificate": private}, // nobody signed the second
	}
	d, err := questionnaire.Build(questionnairetest.Questionnaire(), control.Assess(questionnairetest.Library(), run, questionnairetest.AsOf()),
		questionnaire.RunInfo{Run: run, Audience: questionnaire.Public, Held: held}, questionnairetest.Customer(), questionnairetest.AsOf())
	if err != nil {
		t.Fatal(err)
	}
	if got := d.HeldBack(); !slices.Equal(got, []string{"acceptable-use", "rows.read"}) {
		t.Errorf("%q", got)
	}
}

// TestClaimsBesideAQuestion say which checks contradict them.
func TestClaimsBesideAQuestion(t *testing.T) {
	assessed := control.Assess(questionnairetest.Library(), questionnairetest.Run(), questionnairetest.AsOf())
	got := questionnaire.MentionsOf(assessed, []string{"log-append-only", "none", "rows-apart"})
	if len(got) != 2 || got[0].ID != "log-append-only" || !slices.Equal(got[0].Failed, []string{"log.refusal"}) || got[1].ID != "rows-apart" || len(got[1].Failed) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestWhatWaitsForAVariable: whatever part of a claim needs it, and whatever the
// claim comes to, but a No that a check or our own plan gives, and what a role says.
func TestWhatWaitsForAVariable(t *testing.T) {
	for part, with := range map[string]func(*control.Control){
		"claim":          func(c *control.Control) { c.Claim += " Ask [security-contact], [region]." },
		"does_not_prove": func(c *control.Control) { c.DoesNotProve = "Anything of [security-contact] and [region]." },
		"reason":         func(c *control.Control) { c.Reason += " Ask [security-contact] and [region]." },
	} {
		lib, run := questionnairetest.Library(), questionnairetest.Run()
		for i := range lib.Controls {
			with(&lib.Controls[i])
		}
		build := func(c questionnaire.Customer) *questionnaire.Document {
			t.Helper()
			d, err := questionnaire.Build(questionnairetest.Questionnaire(), control.Assess(lib, run, questionnairetest.AsOf()), questionnaire.RunInfo{Run: run}, c, questionnairetest.AsOf())
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d := build(questionnaire.Customer{Variables: map[string]string{"region": " "}})
		for _, c := range []struct {
			question string
			held     bool
		}{
			{"A.1", true}, {"A.2", false}, {"B.1", true}, {"B.3", true}, {"C.1", false}, {"C.2", true}, {"C.3", false}, {"C.4", false},
		} {
			a, was := answer(t, d, c.question), answer(t, questionnairetest.Document(), c.question)
			held := c.held && (part != "reason" || c.question == "C.2" || c.question[0] == 'B') // the reason of what does not apply; the policy of B needs it by itself
			if got := strings.Join(a.Lacks, " "); c.question != "C.1" && held != (got != "") || held && (a.Value != "" || a.Status != control.Unproven || a.Gap == nil || a.Gap.Owner != was.Owner()) {
				t.Errorf("%s with a variable in its %s: %s %q, lacks %q, %+v", c.question, part, a.Status, a.Value, got, a.Gap)
			} else if held && part == "claim" && (got != "region security-contact" || !strings.Contains(a.Sentence, "the customer variables region and security-contact, which have no value")) {
				t.Errorf("%s: %q, %q", c.question, got, a.Sentence)
			}
			if no := c.question == "A.2" || c.question == "C.1"; no && part != "reason" && (a.Value != "No" || a.Status != was.Status || !strings.Contains(strings.Join(a.Details, "\n"), "It needs the customer variables")) {
				t.Errorf("a No that a check or our own plan gives stays, and says what it lacks: %+v", a)
			}
			if plan := c.question == "C.1" && part != "reason"; plan != (c.question == "C.1" && len(a.Lacks) == 2) {
				t.Errorf("a plan with a variable in its %s lacks %q", part, a.Lacks)
			}
		}
		over := acme(t, override("A.1", "value: No"))
		over.Variables = nil
		if a := answer(t, build(over), "A.1"); a.Value != "No" || len(a.Lacks) != 0 {
			t.Errorf("a role says it: %+v", a)
		}
	}
}

// TestAWithheldRecordIsNotMissing: it was looked at, and is not shown.
func TestAWithheldRecordIsNotMissing(t *testing.T) {
	run := questionnairetest.Run()
	run.Withheld = []string{"log.refusal"}
	run.Records = slices.Delete(run.Records, 1, 2)
	d, err := questionnaire.Build(questionnairetest.Questionnaire(), control.Assess(questionnairetest.Library(), run, questionnairetest.AsOf()), questionnaire.RunInfo{Run: run}, questionnairetest.Customer(), questionnairetest.AsOf())
	if err != nil {
		t.Fatal(err)
	}
	if a := answer(t, d, "A.2"); !strings.Contains(a.Sentence, "record of check log.refusal was withheld") {
		t.Errorf("%q", a.Sentence)
	}
}
