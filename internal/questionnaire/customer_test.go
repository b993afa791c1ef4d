package questionnaire_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
)

// acme is a customer file with these lines after the variables.
func acme(t testing.TB, body string) questionnaire.Customer {
	t.Helper()
	c, err := questionnaire.DecodeCustomer(yamldoc.File{Name: "acme.yaml", Body: []byte("variables: {security-contact: security@example.com}\n" + body)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func overridden(t testing.TB, body string) (*questionnaire.Document, error) {
	t.Helper()
	run := questionnairetest.Run()
	return questionnaire.Build(questionnairetest.Questionnaire(), control.Assess(questionnairetest.Library(), run, questionnairetest.AsOf()),
		questionnaire.RunInfo{Run: run, Digest: questionnairetest.Digest()}, acme(t, body), questionnairetest.AsOf())
}

// override is one override of a question of the fixture, on lines 2 to 8.
func override(question, more string) string {
	return "overrides:\n  - questionnaire: every-status\n    question: " + question + "\n    reason: agreed with the buyer on the call\n    owner: Head of Security\n    expires: 2026-12-31\n    " + more + "\n"
}

func TestOverrideIsAlwaysVisible(t *testing.T) {
	for name, c := range map[string]struct{ question, more, value, sentence string }{
		"blank to Yes":       {"C.3", "value: Yes", "Yes", "Yes: agreed with the buyer on the call. (Override by Head of Security until 2026-12-31, not evidence.)"},
		"Yes to No":          {"A.1", "value: No", "No", "No: agreed with the buyer on the call. (Override by Head of Security until 2026-12-31, not evidence.)"},
		"sentence alone":     {"A.3", "sentence: Limits are set for each buyer.", "", "Limits are set for each buyer. (Override by Head of Security until 2026-12-31, not evidence.)"},
		"a refuted stays No": {"A.2", "sentence: \"No: the mend ships in build 8.\"", "No", "No: the mend ships in build 8. (Override by Head of Security until 2026-12-31, not evidence.)"},
	} {
		d, err := overridden(t, override(c.question, c.more))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		a, plain := answer(t, d, c.question), answer(t, questionnairetest.Document(), c.question)
		if a.Value != c.value || a.Sentence != c.sentence || a.Status != plain.Status {
			t.Errorf("%s: %s %q %q", name, a.Status, a.Value, a.Sentence)
		}
		if a.Override == nil || a.Override.Value != plain.Value || a.Override.Sentence != plain.Sentence {
			t.Errorf("%s: what the evidence gives is lost: %+v", name, a.Override)
		}
		if all := strings.Join(a.Details, "\n"); !strings.Contains(all, "agreed with the buyer") || !strings.Contains(all, plain.Sentence) {
			t.Errorf("%s: details %q", name, all)
		}
		if n := len(strings.Fields(a.Sentence)); n > questionnaire.MaxWords {
			t.Errorf("%s: %d words", name, n)
		}
	}
}

func TestOverrideNeverTurnsWhatIsRefutedOrPlannedIntoYes(t *testing.T) {
	for name, c := range map[string]struct{ question, more, want string }{
		"contradicted, Yes":      {"A.2", "value: Yes", "acme.yaml:8: overrides.value: A.2 is contradicted, and no override turns that into Yes: No: 1 of 3 partitions failed"},
		"contradicted, NA":       {"A.2", "value: NA", "acme.yaml:8: overrides.value: A.2 is contradicted"},
		"contradicted, in words": {"A.2", "sentence: Audit records stay as they are.", "acme.yaml:8: overrides.sentence: A.2 is contradicted, so the sentence has to begin with No"},
		"planned, Yes":           {"C.1", "value: Yes", "acme.yaml:8: overrides.value: C.1 is planned"},
		"no such question":       {"Z.9", "value: No", `acme.yaml:4: overrides.question: every-status has no question "Z.9"`},
	} {
		_, err := overridden(t, override(c.question, c.more))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
	if _, err := overridden(t, strings.Replace(override("Z.9", "value: No"), "every-status", "another", 1)); err != nil {
		t.Errorf("an override of another questionnaire: %v", err)
	}
}

func TestExpiredOverrideNoLongerCountsAndSaysSo(t *testing.T) {
	for day, counts := range map[string]bool{"2026-11-21": true, "2026-11-20": false} {
		d, err := overridden(t, strings.Replace(override("C.3", "value: Yes"), "2026-12-31", day, 1))
		if err != nil {
			t.Fatal(err)
		}
		a := answer(t, d, "C.3")
		if (a.Value == "Yes") != counts || a.Expired == counts || (a.Override != nil) != counts {
			t.Errorf("expires %s, as of 2026-11-21: %q, expired %v", day, a.Value, a.Expired)
		}
		if said := strings.Contains(strings.Join(a.Details, "\n"), "Override expired: Head of Security said otherwise until 2026-11-20"); said == counts {
			t.Errorf("expires %s: details %q", day, a.Details)
		}
	}
}

func TestCustomerFileIsDecodedStrictly(t *testing.T) {
	for body, want := range map[string]string{
		"overrides: [{question: A.1}]\n":                        "acme.yaml:1: overrides[0].expires: missing",
		override("A.1", "value: Maybe"):                         "acme.yaml:7: overrides[0].value: expected Yes, No or NA",
		override("A.1", "colour: red"):                          "acme.yaml:7: overrides[0].colour: unknown field",
		override("A.1", "sentence: see ops/runbook.md"):         "acme.yaml:7: overrides[0].sentence: \"ops/runbook.md\" reads as a file path",
		override("A.1", "value: No") + override("A.1", "")[11:]: "there are two overrides of every-status A.1; the first is on line 3",
		"visibility: {default: secret}\n":                       "acme.yaml:1: visibility.default: expected public, nda or private",
		"visibility: {public: {questions: [A.1]}}\n":            "a bare ID means nothing",
	} {
		_, err := questionnaire.DecodeCustomer(yamldoc.File{Name: "acme.yaml", Body: []byte(body)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got\n%v\nwant\n%s", body, err, want)
		}
	}
}

func TestRecordHasTheStrictestOfItsLabels(t *testing.T) {
	lib, q := questionnairetest.Library(), questionnairetest.Questionnaire()
	all := "acceptable-use certificate training-records | limits.budget log.refusal rows.read rows.write"
	for _, c := range []struct{ audience, visibility, want string }{
		{"private", "default: private", " | "},
		{"nda", "public: {}", " | "},
		{"public", "public: {}", all},
		{"public", "default: public", " | "},
		{"nda", "default: private", all},
		{"nda", "private: {checks: [rows.read]}", " | rows.read"},
		{"nda", "private: {controls: [policy-in-force]}", "acceptable-use | "},
		{"nda", "private: {questions: [every-status A.1]}", " | rows.read rows.write"},
		{"nda", "private: {questions: [other Z.1]}", " | "},
		{"public", "public: {questions: [every-status A.1]}", "acceptable-use certificate training-records | limits.budget log.refusal"},
		{"public", "public: {questions: [every-status A.1]}\n  nda: {checks: [rows.read]}", "acceptable-use certificate training-records | limits.budget log.refusal rows.read"},
		{"public", "default: public\n  nda: {attestations: [certificate]}", "certificate | "},
	} {
		held, err := acme(t, "visibility:\n  "+c.visibility+"\n").Visibility.Held(questionnaire.Level(c.audience), lib, q)
		if err != nil {
			t.Fatalf("%s: %v", c.visibility, err)
		}
		checks, attestations := held.IDs()
		if got := strings.Join(attestations, " ") + " | " + strings.Join(checks, " "); got != c.want {
			t.Errorf("%s for %s: held %q, want %q", c.visibility, c.audience, got, c.want)
		}
	}
	for _, label := range []string{"checks: [rows.raed]", "controls: [none]", "attestations: [none]", "questions: [every-status Z.9]"} {
		_, err := acme(t, fmt.Sprintf("visibility:\n  private: {%s}\n", label)).Visibility.Held(questionnaire.NDA, lib, q)
		if err == nil || !strings.Contains(err.Error(), "acme.yaml:3: visibility.private.") {
			t.Errorf("a label on nothing, %s: %v", label, err)
		}
	}
}

// TestFillGivesOnlyWhatIsMissing: the customer's own values stand, and only
// variables are taken.
func TestFillGivesOnlyWhatIsMissing(t *testing.T) {
	given := func(text string) questionnaire.Customer {
		c, err := questionnaire.DecodeCustomer(yamldoc.File{Name: "c.yaml", Body: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := given("variables: {security-contact: own@example.com}\n")
	if !c.Fill(given("variables: {security-contact: s@example.com, legal-contact: l@example.com, auditor-name: A}\n")) ||
		c.Variables["security-contact"] != "own@example.com" || c.Variables["legal-contact"] != "l@example.com" || c.Variables["auditor-name"] != "A" {
		t.Errorf("%v", c.Variables)
	}
	var none questionnaire.Customer
	if !none.Fill(given("variables: {auditor-name: A}\n")) || none.Variables["auditor-name"] != "A" {
		t.Errorf("%v", none.Variables)
	}
	for _, more := range []string{"visibility: {default: nda}\n", "overrides:\n  - {questionnaire: q, question: A, value: No, reason: agreed, owner: CISO, expires: 2026-12-31}\n"} {
		if c.Fill(given(more)) {
			t.Errorf("%q was left out in silence", more)
		}
	}
}
