package fill

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// lite is a questionnaire of ours, and a workbook that asks two of its questions.
func lite() (*questionnaire.Questionnaire, *layout.Layout) {
	q := &questionnaire.Questionnaire{ID: "sig-lite", Framework: "sig-lite", Sections: []questionnaire.Part{{Questions: []questionnaire.Question{
		{ID: "E.1.4", Topic: "Tenants kept apart from each other", Decide: []string{"tenant-isolation-rls"}, Mention: []string{"per-tenant-rate-limit"}},
		{ID: "G.1.1", Topic: "Encryption of stored data", Decide: []string{"application-encryption"}, Mention: []string{"customer-managed-keys"}},
		{ID: "H.2", Topic: "An inventory of assets"},
	}}}}
	rows := []layout.Row{{Number: 2, ID: "E.1.4", Question: "Are tenants kept apart from each other?"}, {Number: 3, ID: "H.2", Question: "Do you like long walks?"}}
	rows[0].Answer.Ref, rows[1].Answer.Ref = "C2", "C3"
	return q, &layout.Layout{Tables: []layout.Table{{Sheet: "S", Rows: rows}}}
}

func customer(t *testing.T, text string) questionnaire.Customer {
	t.Helper()
	c, err := questionnaire.DecodeCustomer(yamldoc.File{Name: "acme.yaml", Body: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const override = "  - {questionnaire: QUESTION, value: Yes, reason: agreed, owner: CISO, expires: 2026-12-31}\n"

func overriding(names ...string) string {
	out := "overrides:\n"
	for _, n := range names {
		q, id, _ := strings.Cut(n, " ")
		out += strings.Replace(override, "QUESTION", q+", question: "+id, 1)
	}
	return out
}

// TestLabelsAndOverridesOfAWorkbooksQuestions: what a customer's file says of
// single questions counts in a workbook whose rows are found by ID and words, and
// what does not is said.
func TestLabelsAndOverridesOfAWorkbooksQuestions(t *testing.T) {
	q, l := lite()
	d := NewDrafts(l, q, func(_, _ string) match.Proposal { return match.Proposal{State: match.Blank} })
	c := customer(t, overriding("sig-lite E.1.4", "sig-lite H.2", "sig-lite G.1.1", "soc2 CC1.1")+"visibility:\n  private: {questions: [sig-lite G.1.1]}\n  nda: {questions: [hipaa X, hipaa Y]}\n")
	asked := d.Heed(c)
	f, err := d.File()
	if err != nil {
		t.Fatal(err)
	}
	built, err := questionnaire.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	// The label of a question that the workbook does not ask: the evidence behind it may be behind another row.
	if built.Framework != "sig-lite" {
		t.Errorf("its questions are not %s's: %s", q.ID, built.Framework)
	}
	if len(built.Kin) != 1 || built.Kin[0].As != "sig-lite G.1.1" || len(built.Kin[0].Controls) != 2 {
		t.Errorf("labels: %+v", built.Kin)
	}
	if x := built.Sections[0].Questions; x[0].As != "sig-lite E.1.4" || len(x[0].Mention) != 1 || x[1].As != "" {
		t.Errorf("%+v", x)
	}
	notes := strings.Join(NotAbout(c, q, asked), "\n")
	for _, want := range []string{
		"acme.yaml:3: the override of sig-lite H.2 is not used: no row of this workbook is that question",
		"acme.yaml:4: the override of sig-lite G.1.1 is not used",
		"acme.yaml:5: what it says of questions of soc2 is not about this workbook, which is sig-lite",
		"acme.yaml:8: what it says of questions of hipaa is not about this workbook",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note %q in\n%s", want, notes)
		}
	}
	if strings.Contains(notes, "E.1.4") || strings.Contains(notes, "also line") || strings.Count(notes, "\n") != 3 {
		t.Errorf("%s", notes)
	}
	d.Answer(&questionnaire.Document{})
	if found := d.Find(l.Tables[0], l.Tables[0].Rows[1]); !strings.Contains(found.Held, "its number is that of sig-lite H.2, which acme.yaml overrides") {
		t.Errorf("%+v", found)
	}
	if found := d.Find(l.Tables[0], l.Tables[0].Rows[0]); found.Held != "" {
		t.Errorf("%+v", found)
	}
}

// TestTheNumberOfAnOverriddenQuestionIsForAPerson also where its words lead to a
// claim that has no value today: the role may have meant that.
func TestTheNumberOfAnOverriddenQuestionIsForAPerson(t *testing.T) {
	for says, held := range map[string]bool{
		overriding("sig-lite H.2"): true,
		overriding("mvsp-3.0 H.2"): false,
		"visibility:\n  private: {questions: [sig-lite H.2]}\n  nda: {questions: [sig-lite H.2]}\n": false,
		"visibility:\n  private: {questions: [sig-lite Z.9]}\n":                                     false, // of which nothing is known
	} {
		q, l := lite()
		d := NewDrafts(l, q, func(_, _ string) match.Proposal {
			return match.Proposal{State: match.Draft, Controls: []string{"application-encryption"}, Value: "Yes"}
		})
		d.Heed(customer(t, says))
		d.Answer(&questionnaire.Document{Sections: []questionnaire.Section{{Answers: []questionnaire.Answer{{Question: "S!C3", Status: control.Unproven}}}}})
		if got := Decide(l, d.Find, Options{}).Decisions[1]; (got.What == Held) != held || held && !strings.Contains(got.Why, "acme.yaml overrides") {
			t.Errorf("%s: %+v", says, got)
		}
		if n := len(d.file.Kin); n > 1 || n > 0 && d.file.Kin[0].As != "sig-lite H.2" {
			t.Errorf("labels: %+v", d.file.Kin)
		}
	}
}

// TestAWorkbookByIDAsksItsIDs: an override of a question that it asks is used.
func TestAWorkbookByIDAsksItsIDs(t *testing.T) {
	q := &questionnaire.Questionnaire{ID: "caiq-4.0.3"}
	l := &layout.Layout{Tables: []layout.Table{{Rows: []layout.Row{{ID: "AIS-01.1"}}}}}
	if got := NotAbout(customer(t, overriding("caiq-4.0.3 AIS-01.1", "caiq-4.0.3 AIS-02.1")), q, Asked(l)); len(got) != 1 || !strings.Contains(got[0], "the override of caiq-4.0.3 AIS-02.1 is not used") {
		t.Errorf("%q", got)
	}
}

// TestManyAreSaidOnce: a file for a customer with many questionnaires does not
// drown what else is said.
func TestManyAreSaidOnce(t *testing.T) {
	var names []string
	for _, id := range strings.Split("abcdefghij", "") {
		names = append(names, "caiq-4.0.3 "+id)
	}
	got := NotAbout(customer(t, overriding(names...)), nil, nil)
	if len(got) != 1 || got[0] != "acme.yaml:2: what it says of questions of caiq-4.0.3 is not about this workbook, which is none of our questionnaires (also line 3, 4, 5, 6 and 5 more)" {
		t.Errorf("%q", got)
	}
}

// TestAnOverrideStandsForItself: what keeps a control from answering does not
// keep a role from it, but the control's evidence does not stand beside; how the
// question is put is a person's to read.
func TestAnOverrideStandsForItself(t *testing.T) {
	a := questionnaire.Answer{Question: "X-1", Value: "Yes", Override: &questionnaire.Overridden{Owner: "CISO", Valued: true}, Evidence: []questionnaire.Line{{Check: "tenancy.read", Outcome: "pass", Text: "tenancy.read pass"}}}
	policy := questionnaire.Question{ID: "X-1", Topic: "A written policy on information security", Decide: []string{"public-security-documents"}}
	s := &Source{questions: map[string]questionnaire.Question{"X-1": policy}, answers: map[string]questionnaire.Answer{"X-1": a}}
	row := layout.Row{ID: "X-1", Question: "Is there a written information security policy?"}
	if f := s.Find(layout.Table{}, row); f.Held != "" || strings.Contains(Comment(f.Answer, "", ""), "tenancy.read") {
		t.Errorf("%+v", f)
	}
	a.Override = &questionnaire.Overridden{Owner: "CISO"} // a sentence alone: the value is the control's
	s.answers["X-1"] = a
	if f := s.Find(layout.Table{}, row); f.Held == "" || !strings.Contains(Comment(f.Answer, "", ""), "tenancy.read") {
		t.Errorf("%+v", f)
	}
	// The same where the ID is believed beside its words alone.
	q, l := lite()
	q.Sections[0].Questions = append(q.Sections[0].Questions, questionnaire.Question{ID: "X-1", Topic: row.Question, Decide: policy.Decide})
	l.Tables[0].Rows[0].ID, l.Tables[0].Rows[0].Question = "X-1", row.Question
	l.Tables[0].Rows[1].Question = "Is an inventory of assets kept?"
	d := NewDrafts(l, q, func(_, _ string) match.Proposal { return match.Proposal{State: match.Blank, Reason: "nothing fits"} })
	for _, valued := range []bool{true, false} {
		a.Override = &questionnaire.Overridden{Owner: "CISO", Valued: valued}
		d.answers = map[string]questionnaire.Answer{"S!C2": a, "S!C3": a}
		if f := d.Find(l.Tables[0], l.Tables[0].Rows[0]); (f.Held == "") != valued || f.Near == valued {
			t.Errorf("valued %v: %+v", valued, f)
		}
		if f := d.Find(l.Tables[0], l.Tables[0].Rows[1]); f.Held != "" { // which nothing of ours decides
			t.Errorf("%+v", f)
		}
	}
	// Nothing of ours decides it, and the workbook asks the contrary.
	a.Override.Valued, policy.Decide = true, nil
	s.answers["X-1"], s.questions["X-1"] = a, policy
	for question, held := range map[string]string{
		"Can information security go without a written policy?":             "a person says",
		"Is the written policy on information security partly followed?":    `("partly")`,
		"Is the written policy on information security looked at each year": "",
	} {
		row.Question = question
		if f := s.Find(layout.Table{}, row); (f.Held == "") != (held == "") || !strings.Contains(f.Held, held) {
			t.Errorf("%q: %+v", question, f)
		}
	}
}
