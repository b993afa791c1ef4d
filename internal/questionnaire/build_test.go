package questionnaire_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
)

func answer(t *testing.T, d *questionnaire.Document, id string) questionnaire.Answer {
	t.Helper()
	for _, a := range d.Answers() {
		if a.Question == id {
			return a
		}
	}
	t.Fatalf("no answer to %s", id)
	return questionnaire.Answer{}
}

// Every row of the table "From outcomes to an answer", as a buyer reads it.
func TestEveryStatusReadsAsDesigned(t *testing.T) {
	d := questionnairetest.Document()
	for _, c := range []struct {
		question, value, sentence string
		status                    control.Status
	}{
		{"A.1", "Yes", "Tenants cannot see or change each other's rows; shown on build 1.4.0+demo in environment disposable on 2026-11-20, with 1 warning.", control.Proven},
		{"A.2", "No", "No: 1 of 3 partitions failed (audit_log_2026_10), check log.refusal on build 1.4.0+demo on 2026-11-20.", control.Contradicted},
		{"A.3", "", "Not answered from evidence: check limits.budget could see 1 of 2 pools.", control.Unproven},
		{"B.1", "Yes", "An acceptable use policy binds all staff; ask security@example.com for it; attested by CISO on 2026-09-01 (SAMPLE).", control.Attested},
		{"B.2", "", "Not answered from current evidence: last attested by Head of People on 2025-06-01 (SAMPLE), expired on 2026-06-01.", control.Stale},
		{"B.3", "Yes", "Tenants cannot see or change each other's rows, and 1 further claim below; in part shown on build 1.4.0+demo in environment disposable on 2026-11-20, in part attested by CISO on 2026-09-01 (SAMPLE), with 1 warning.", control.Attested},
		{"C.1", "No", "Planned for FY26: not in place.", control.Planned},
		{"C.2", "NA", "Not in scope: Card data never reaches the product.", control.NotApplicable},
		{"C.3", "", "Not answered: no control decides this question.", control.Unanswered},
		{"C.4", "", "Not answered from evidence; still to be shown: production catalogue compared, read only; 1 of 2 claims stands.", control.Unproven},
	} {
		a := answer(t, d, c.question)
		if a.Status != c.status || a.Value != c.value || a.Sentence != c.sentence {
			t.Errorf("%s: got %s, %q,\n%s\nwant %s, %q,\n%s", c.question, a.Status, a.Value, a.Sentence, c.status, c.value, c.sentence)
		}
	}
	for _, s := range control.Statuses() {
		if d.Count(s) == 0 {
			t.Errorf("the fixture has no %s answer", s)
		}
	}
}

func TestEvidenceStandsWithItsAnswer(t *testing.T) {
	d := questionnairetest.Document()
	a := answer(t, d, "A.1")
	if got, want := a.Evidence[0].Text, "rows.read pass, 3 of 3 tenant tables, 2026-11-20 12:01 UTC, POC §1, run 5eed5eed5eed"; got != want {
		t.Errorf("evidence line\n%s\nwant\n%s", got, want)
	}
	if len(a.Details) != 1 || !strings.Contains(a.Details[0], "orders: server version: wanted new, got old") {
		t.Errorf("the warning does not stand in the text: %q", a.Details)
	}
	if len(a.See) != 2 || !strings.HasPrefix(a.See[0].Command, "arxctl check --only rows.read") {
		t.Errorf("how to see it: %v", a.See)
	}
	if a.DoesNotProve[0] != "That production has the same roles." {
		t.Errorf("what it does not prove: %q", a.DoesNotProve)
	}
	if m := a.Mentioned; len(m) != 1 || m[0].Status != control.Unproven || m[0].Scope != control.Production {
		t.Errorf("the production half is not mentioned: %+v", m)
	}
	if a.Gap != nil || answer(t, d, "C.3").Gap.Owner != "Board of Directors" {
		t.Error("a gap belongs to what is not answered, with its suggested owner")
	}
	blind := answer(t, d, "A.3")
	if got := strings.Join(blind.Details, "\n"); !strings.Contains(got, "start both replicas") {
		t.Errorf("what to do to see it is missing: %q", got)
	}
	if d.Demonstration != questionnaire.DemonstrationText || !d.Samples {
		t.Error("the reference stack and the samples must be said")
	}
	ids := func(list []questionnaire.Answer) (s string) {
		for _, a := range list {
			s += a.Question + " "
		}
		return s
	}
	for _, c := range [][3]string{{"contradicted", ids(d.Contradicted()), "A.2 "}, {"blind", ids(d.Blind()), "A.3 "}, {"expired", ids(d.Expired()), "B.2 "}, {"exceptions", ids(d.Exceptions()), "A.2 B.2 A.3 "}} {
		if c[1] != c[2] {
			t.Errorf("%s: got %q, want %q", c[0], c[1], c[2])
		}
	}
}

// TestAVariableWithoutValueHoldsWhatNeedsIt: the answer is open and names it; no
// bracket reaches a reader, the others stand, and what a check shows is still said.
func TestAVariableWithoutValueHoldsWhatNeedsIt(t *testing.T) {
	run := questionnairetest.Run()
	q := questionnairetest.Questionnaire()
	q.NotVerifiable = append(q.NotVerifiable, questionnaire.NotVerifiable{What: "Contracts with [security-contact].", Instead: "From [security-contact]."})
	build := func(c questionnaire.Customer) *questionnaire.Document {
		d, err := questionnaire.Build(q, control.Assess(questionnairetest.Library(), run, questionnairetest.AsOf()), questionnaire.RunInfo{Run: run}, c, questionnairetest.AsOf())
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	whole, d := build(questionnairetest.Customer()), build(questionnaire.Customer{})
	if a := answer(t, whole, "B.1"); a.Status != control.Attested || len(whole.Lacks) != 0 {
		t.Fatalf("the fixture no longer needs the variable: %+v", a)
	}
	a := answer(t, d, "B.1")
	if a.Status != control.Unproven || a.Value != "" || len(a.Lacks) != 1 || a.Gap == nil || !strings.Contains(a.Gap.Need, "security-contact") ||
		a.Sentence != "Not answered: what we say to it needs the customer variable security-contact, which has no value." {
		t.Errorf("%+v", a)
	}
	if len(d.Lacks) != 1 || d.Lacks[0] != "security-contact" {
		t.Errorf("lacks %q", d.Lacks)
	}
	last := d.NotVerifiable[len(d.NotVerifiable)-1]
	if got := last.Instead; got != last.What || got != "Something that needs the customer variable security-contact, which has no value." {
		t.Errorf("not verifiable: %q", got)
	}
	for i, x := range d.Answers() {
		held := len(x.Lacks) > 0
		x.Lacks = nil // whose names stand in brackets below, too
		if text := fmt.Sprintf("%+v", x); strings.Contains(text, "[security-contact]") {
			t.Errorf("%s: a bracket is left: %s", x.Question, text)
		}
		if !held && x.Sentence != whole.Answers()[i].Sentence {
			t.Errorf("%s: %q, and with the variable %q", x.Question, x.Sentence, whole.Answers()[i].Sentence)
		}
	}
	q.Notice = "Ask [security-contact]."
	if _, err := questionnaire.Build(q, control.Assess(questionnairetest.Library(), run, questionnairetest.AsOf()), questionnaire.RunInfo{Run: run}, questionnaire.Customer{}, questionnairetest.AsOf()); err == nil ||
		!strings.Contains(err.Error(), "the document needs the customer variable security-contact") {
		t.Errorf("a notice with a bracket: %v", err)
	}
}

// TestWhatIsPlannedIsNoWithoutAVariable: the plan is no less a plan, and its sentence names no variable.
func TestWhatIsPlannedIsNoWithoutAVariable(t *testing.T) {
	run, lib := questionnairetest.Run(), questionnairetest.Library()
	for i := range lib.Controls {
		if lib.Controls[i].State == control.StatePlanned {
			lib.Controls[i].Claim += " Ask [security-contact]."
		}
	}
	d, err := questionnaire.Build(questionnairetest.Questionnaire(), control.Assess(lib, run, questionnairetest.AsOf()), questionnaire.RunInfo{Run: run}, questionnaire.Customer{}, questionnairetest.AsOf())
	if err != nil {
		t.Fatal(err)
	}
	a := answer(t, d, "C.1")
	if a.Status != control.Planned || a.Value != "No" || a.Sentence != "Planned for FY26: not in place." || len(a.Lacks) != 1 || strings.Contains(a.Controls[0].Claim, "[") {
		t.Errorf("%+v", a)
	}
}

// TestTwoClaimsNameBothOwners: of what is missing, and of what is answered.
func TestTwoClaimsNameBothOwners(t *testing.T) {
	run := questionnairetest.Run()
	a := answer(t, questionnairetest.Document(), "B.3")
	if a.Owner() != "CISO and Head of Engineering" || a.Gap != nil {
		t.Errorf("%q, gap %+v", a.Owner(), a.Gap)
	}
	a.Controls = append(a.Controls, questionnaire.Decider{Owner: "CTO"})
	if got := a.Owner(); got != "CISO, Head of Engineering and CTO" {
		t.Errorf("%q", got)
	}
	// Of two claims only the one that is not shown is missing; where a command shows it, it is named.
	for question, want := range map[string][2]string{"C.4": {"Head of Platform", "production catalogue"}, "A.3": {"Head of Platform", "to see limits.budget: "}} {
		if g := answer(t, questionnairetest.Document(), question).Gap; g == nil || g.Owner != want[0] || !strings.Contains(g.Need, want[1]) {
			t.Errorf("%s: %+v", question, g)
		}
	}
	run.Records = nil
	early := questionnairetest.AsOf().AddDate(-1, 0, 0) // before anything was signed
	d, err := questionnaire.Build(questionnairetest.Questionnaire(), control.Assess(questionnairetest.Library(), run, early), questionnaire.RunInfo{Run: run}, questionnairetest.Customer(), early)
	if err != nil {
		t.Fatal(err)
	}
	g := answer(t, d, "B.3").Gap
	if g == nil || !strings.Contains(g.Owner, "CISO") || !strings.Contains(g.Owner, " and ") || !strings.Contains(g.Owner, "Head of Engineering") ||
		!strings.Contains(g.Need, "rows.read") || !strings.Contains(g.Need, "signed on") || !strings.Contains(g.Need, "; ") {
		t.Errorf("%+v", g)
	}
}

// Text from a run is data: brackets in it are no placeholders, and a path in it
// does not reach the sentence.
func TestTextFromARunIsData(t *testing.T) {
	run := questionnairetest.Run()
	run.Stack.Build = "release/[security-contact]/main.go 2 3 4 5 6"
	run.Stack.Environment = "<b>/etc/passwd"
	info := questionnaire.RunInfo{Run: run}
	d, err := questionnaire.Build(questionnairetest.Questionnaire(), control.Assess(questionnairetest.Library(), run, questionnairetest.AsOf()), info, questionnairetest.Customer(), questionnairetest.AsOf())
	if err != nil {
		t.Fatal(err)
	}
	s := answer(t, d, "A.1").Sentence
	if strings.Contains(s, "/") || strings.Contains(s, "security@example.com") || len(strings.Fields(s)) > questionnaire.MaxWords {
		t.Errorf("sentence: %s", s)
	}
}
