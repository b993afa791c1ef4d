package questionnaire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

const (
	lintControls = `controls:
  - id: live
    claim: "It is so."
    state: implemented
    subject: product
    scope: poc
    requires: {checks: [x.y]}
    owner: CISO
    does_not_prove: "That it stays so."
    refs:
      - {framework: soc2, id: CC6.1, reason: "because"}
  - id: signed
    claim: "It is so, says [contact]."
    state: implemented
    subject: company
    scope: production
    requires: {attestations: [paper]}
    owner: CISO
    does_not_prove: "That it stays so."
`
	lintAttestations = `attestations:
  - id: paper
    statement: it is so
    role: CISO
    date: 2026-01-01
    expires: 2026-12-31
    artefact: {name: paper, sha256: f6cff4aef474ab3e16158126aa9d0d0d21faf1738c558c472e3e0b5c945bfc53}
`
	lintQuestions = `id: q
title: "Questions"
framework: soc2
layout: questionnaire
notice: "For tests."
sections:
  - id: A
    title: "Section"
    questions:
      - {id: CC6.1, topic: "One", decide: [live]}
      - {id: CC6.2, topic: "Two", mention: [signed], suggested_owner: CISO}
variables:
  - {name: contact, what: "Whom to ask"}
`
)

func lint(t *testing.T, controls, attestations, questions string) []questionnaire.Finding {
	t.Helper()
	lib, err := control.Decode([]yamldoc.File{{Name: "c.yaml", Body: []byte(controls)}}, []yamldoc.File{{Name: "a.yaml", Body: []byte(attestations)}})
	if err != nil {
		t.Fatal(err)
	}
	q, err := questionnaire.Decode(yamldoc.File{Name: "q.yaml", Body: []byte(questions)})
	if err != nil {
		t.Fatal(err)
	}
	found := questionnaire.Lint(lib, []*questionnaire.Questionnaire{q}, []string{"x.y"}, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC))
	return append(found, questionnaire.LintWhole(lib, []*questionnaire.Questionnaire{q})...)
}

func TestLintFindsOneMistakeAtItsLine(t *testing.T) {
	if clean := lint(t, lintControls, lintAttestations, lintQuestions); len(clean) > 0 {
		t.Fatalf("clean content has findings: %v", clean)
	}
	for name, c := range map[string]struct{ file, old, with, want string }{
		"unknown check":            {"c", "[x.y]", "[x.z]", "c.yaml:7: checks: control live requires the check x.z, which does not exist"},
		"nothing required":         {"c", "    requires: {checks: [x.y]}\n", "", "control live is implemented but requires nothing"},
		"company by checks":        {"c", "subject: product", "subject: company", "c.yaml:7: requires: control live is about the company"},
		"production by a POC":      {"c", "scope: poc", "scope: production", "c.yaml:7: requires: control live is about production"},
		"planned without target":   {"c", "state: implemented", "state: planned", "c.yaml:2: target: control live is planned but names no target"},
		"planned, yet attested":    {"c", "state: implemented\n    subject: company", "state: planned\n    target: FY26\n    subject: company", "c.yaml:14: state: control signed is planned, yet somebody attests"},
		"target, not planned":      {"c", "    owner: CISO\n", "    owner: CISO\n    target: FY26\n", "only a planned control has a target"},
		"NA without reason":        {"c", "state: implemented", "state: not-applicable", "c.yaml:2: reason: control live is not applicable but gives no reason"},
		"reason, though in place":  {"c", "    owner: CISO\n", "    owner: CISO\n    reason: why\n", "only a control that is not applicable has a reason"},
		"ref without reason":       {"c", `, reason: "because"`, "", "c.yaml:11: reason: control live: the reference to soc2 CC6.1 gives no reason"},
		"limits not said":          {"c", `    does_not_prove: "That it stays so."` + "\n", "", "does not say what its evidence leaves open"},
		"long claim":               {"c", `"It is so."`, `"` + strings.Repeat("so ", 36) + `"`, "c.yaml:3: claim: control live: 36 words, expected at most 35"},
		"path in a claim":          {"c", `"It is so."`, `"It is so in app/core/main.py."`, `reads as a file path`},
		"undeclared variable":      {"c", `"It is so."`, `"It is so, says [someone]."`, "c.yaml:3: claim: control live: no questionnaire declares the variable [someone]"},
		"undeclared elsewhere":     {"c", `"That it stays so."`, `"What [someone] does."`, "c.yaml:9: does_not_prove: control live: no questionnaire declares the variable [someone]"},
		"undeclared in a reason":   {"c", "state: implemented", "state: not-applicable\n    reason: as [someone] says", "c.yaml:5: reason: control live: no questionnaire declares the variable [someone]"},
		"placeholder in a target":  {"c", "    owner: CISO\n", "    owner: '[contact]'\n", "are filled in claim, reason and does_not_prove only"},
		"expired":                  {"a", "2026-12-31", "2026-11-20", "a.yaml:6: expires: attestation paper expired on 2026-11-20; ask CISO"},
		"dated in the future":      {"a", "2026-01-01", "2026-12-01", "a.yaml:5: date: attestation paper is dated 2026-12-01, after 2026-11-21"},
		"attestation without use":  {"c", "attestations: [paper]", "attestations: [other]", "a.yaml:2: id: no control requires the attestation paper"},
		"unknown control":          {"q", "[signed]", "[sealed]", "q.yaml:11: mention: question CC6.2 names the control sealed, which does not exist"},
		"unmapped question":        {"q", ", mention: [signed]", "", "q.yaml:11: decide: question CC6.2 is mapped to no control"},
		"gap without owner":        {"q", ", suggested_owner: CISO", "", "q.yaml:11: suggested_owner: nothing decides question CC6.2"},
		"decides and mentions":     {"q", "decide: [live]", "decide: [live], mention: [live]", "both decides by and mentions the control live"},
		"decides by a part":        {"c", `id: CC6.1, reason`, `id: CC6.1, part: true, reason`, "q.yaml:10: decide: question CC6.1 is decided by the control live, which supports it in part only"},
		"decides without a ref":    {"q", "{id: CC6.1,", "{id: CC9.9,", "which has no reference to soc2 CC9.9"},
		"variable not declared":    {"q", "variables:\n  - {name: contact, what: \"Whom to ask\"}\n", "", "whose variable [contact] is not declared"},
		"variable that nobody has": {"q", "Whom to ask\"}\n", "Whom to ask\"}\n  - {name: idle, what: \"x\"}\n", "q.yaml:14: name: no question uses the variable idle"},
	} {
		files := map[string]string{"c": lintControls, "a": lintAttestations, "q": lintQuestions}
		if !strings.Contains(files[c.file], c.old) {
			t.Fatalf("%s: the fixture has no %q", name, c.old)
		}
		files[c.file] = strings.Replace(files[c.file], c.old, c.with, 1)
		var all []string
		for _, f := range lint(t, files["c"], files["a"], files["q"]) {
			all = append(all, f.Error())
		}
		if !strings.Contains(strings.Join(all, "\n"), c.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(all, "\n"), c.want)
		}
	}
}

// CAIQ asks who owns each control, and most of its questions lie outside what a
// product can show: a gap is said, an owner stands beside each decided answer.
func TestLintOfAPublishedList(t *testing.T) {
	caiq := strings.NewReplacer("framework: soc2", "framework: caiq-4.0.3", "id: q\n", "id: caiq-4.0.3\n", "decide: [live]", "decide: [live], ssrm: CSP-owned").Replace(lintQuestions)
	refs := strings.Replace(lintControls, "framework: soc2", "framework: caiq-4.0.3", 1)
	if clean := lint(t, refs, lintAttestations, caiq); len(clean) > 0 {
		t.Fatalf("clean content has findings: %v", clean)
	}
	if gap := lint(t, refs, lintAttestations, strings.Replace(caiq, "mention: [signed]", "decide: []", 1)); len(gap) > 0 && strings.Contains(gap[0].Error(), "mapped to no control") {
		t.Errorf("a gap that the file says is there was reported: %v", gap)
	}
	// A person's own selection need not have every question; in the SIG-Lite each is claimed.
	for name, c := range map[string]struct {
		id, framework string
		gap           bool
	}{"a selection": {"own", "caiq-4.0.3", false}, "a buyer's own": {"own", "own", false}, "SIG-Lite": {"sig-lite", "sig-lite", true}} {
		q := strings.NewReplacer("framework: soc2", "framework: "+c.framework, "id: q\n", "id: "+c.id+"\n", "decide: [live]", "decide: []", "mention: [signed]", "decide: []").Replace(lintQuestions)
		var all []string
		for _, f := range lint(t, strings.Replace(refs, "id: CC6.1", "id: CC6.9", 1), lintAttestations, q) {
			all = append(all, f.Error())
		}
		if text := strings.Join(all, "\n"); strings.Contains(text, "refers to") || strings.Contains(text, "is mapped to no control") != c.gap {
			t.Errorf("%s: %s", name, text)
		}
	}
	for name, c := range map[string]struct{ file, old, with, want string }{
		"gap not said":          {"q", ", mention: [signed]", "", "q.yaml:11: decide: question CC6.2 is mapped to no control"},
		"owner missing":         {"q", ", ssrm: CSP-owned", "", "q.yaml:10: ssrm: question CC6.1 is decided, so it needs an owner; expected one of CSP-owned, CSC-owned"},
		"owner elsewhere":       {"q", "framework: caiq-4.0.3", "framework: soc2", "q.yaml:10: ssrm: question CC6.1 says who owns the control; only CAIQ asks that, and this is soc2"},
		"owner of what is NA":   {"c", "state: implemented", "state: not-applicable\n    reason: why", "q.yaml:10: ssrm: question CC6.1 is answered NA, so its ownership stays blank"},
		"wording of another":    {"q", "topic: \"One\"", "topic: \"One\", text: \"Is it so?\"", "q.yaml:10: text: question CC6.1 carries the wording of caiq-4.0.3, whose licence does not allow it"},
		"ref to no question":    {"c", "id: CC6.1, reason", "id: CC6.9, reason", "c.yaml:11: id: control live refers to caiq-4.0.3 CC6.9, which that questionnaire does not have"},
		"version mixed up":      {"c", "framework: caiq-4.0.3", "framework: caiq-4.1.0", "which has no reference to caiq-4.0.3 CC6.1"},
		"decides by a part too": {"c", "id: CC6.1, reason", "id: CC6.1, part: true, reason", "which supports it in part only; mention it instead"},
	} {
		files := map[string]string{"c": refs, "q": caiq}
		if !strings.Contains(files[c.file], c.old) {
			t.Fatalf("%s: the fixture has no %q", name, c.old)
		}
		files[c.file] = strings.Replace(files[c.file], c.old, c.with, 1)
		var all []string
		for _, f := range lint(t, files["c"], lintAttestations, files["q"]) {
			all = append(all, f.Error())
		}
		if !strings.Contains(strings.Join(all, "\n"), c.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(all, "\n"), c.want)
		}
	}
}

func TestExpiryHoldsThroughItsLastDay(t *testing.T) {
	if found := lint(t, lintControls, strings.Replace(lintAttestations, "2026-12-31", "2026-11-21", 1), lintQuestions); len(found) > 0 {
		t.Errorf("found %v on the last day", found)
	}
}

func TestQuestionnaireDecodesStrictly(t *testing.T) {
	for _, c := range [][3]string{
		{"decide:", "decides:", "q.yaml:10: sections[0].questions[0].decides: unknown field; expected the fields as, citation, decide"},
		{"CC6.2", "CC6.1", `q.yaml:11: sections[0].questions[1].id: there are two questions "CC6.1"; the first is on line 10`},
		{"layout: questionnaire", "layout: table", `q.yaml:4: layout: expected questionnaire or report, got "table"`},
		{"topic: \"Two\"", "topic: \"Two\", ssrm: ours", "expected one of CSP-owned, CSC-owned, 3rd-party outsourced, Shared CSP and CSC, Shared CSP and 3rd-party, got \"ours\""},
		{"id: CC6.2, ", "", "q.yaml:11: sections[0].questions[1].id: missing; expected the number of the question"},
		{"topic: \"Two\", ", "", "q.yaml:11: sections[0].questions[1].topic: missing; expected what the question is about"},
		{"id: CC6.2, topic: \"Two\"", "topic: [Two]", "q.yaml:11: sections[0].questions[1].id: missing"},                              // also beside a finding on its line
		{"layout: questionnaire", "layout: table\nlayout: report", `q.yaml:4: layout: expected questionnaire or report, got "table"`}, // also beside a finding on another
		{"topic: \"Two\"", "requirement: maybe", `expected required, addressable or standard, got "maybe"`},
	} {
		_, err := questionnaire.Decode(yamldoc.File{Name: "q.yaml", Body: []byte(strings.Replace(lintQuestions, c[0], c[1], 1))})
		if err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("got\n%v\nwant\n%s", err, c[2])
		}
	}
	for _, c := range [][2]string{{`topic: "Two"`, "topic: [Two]"}, {`id: CC6.1, topic: "One"`, `topic: "One"`}, {"id: q", "id: [q"}} {
		body := strings.Replace(strings.Replace(lintQuestions, c[0], c[1], 1), "id: CC6.2, topic: [Two]", "id: CC6.2, topic: {a: b}", 1)
		_, err := questionnaire.Decode(yamldoc.File{Name: "q.yaml", Body: []byte(body)})
		if err == nil || strings.Count(err.Error(), "\n") != 0 {
			t.Errorf("one mistake is said in several ways: %v", err)
		}
	}
	if _, err := questionnaire.Decode(yamldoc.File{Name: "q.yaml", Body: []byte(strings.NewReplacer("id: CC6.1, ", "", "id: CC6.2, ", "").Replace(lintQuestions))}); err == nil || strings.Contains(err.Error(), "there are two") {
		t.Errorf("two questions without a number have not the same one: %v", err)
	}
	for _, c := range [][2]string{
		{"variables: {Contact: x}\n", "customer.yaml:1: variables.Contact: expected a name as security-contact"},
		{"variables: {contact: [x]}\n", "customer.yaml:1: variables.contact: expected text, got a list"},
		{"variables: {contact: \"a\\nb\"}\n", "expected one line of text"},
		{"variables: {contact: 1 2 3 4 5 6 7 8 9 10 11 12 13}\n", "expected at most 12 words, got 13"},
		{"name: x\n", "customer.yaml:1: name: unknown field; expected the fields overrides, variables, visibility"},
	} {
		_, err := questionnaire.DecodeCustomer(yamldoc.File{Name: "customer.yaml", Body: []byte(c[0])})
		if err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%q: got\n%v\nwant\n%s", c[0], err, c[1])
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(lintQuestions)
	f.Add("variables: {a: b, a: c}\n")
	f.Fuzz(func(t *testing.T, body string) {
		q, err := questionnaire.Decode(yamldoc.File{Name: "f", Body: []byte(body)})
		if err != nil && !strings.HasPrefix(err.Error(), "f") {
			t.Errorf("an error that does not name its file: %v", err)
		}
		questionnaire.Lint(&control.Library{}, []*questionnaire.Questionnaire{q}, nil, time.Time{})
		if _, err := questionnaire.DecodeCustomer(yamldoc.File{Name: "f", Body: []byte(body)}); err != nil && !strings.HasPrefix(err.Error(), "f") {
			t.Errorf("an error that does not name its file: %v", err)
		}
	})
}
