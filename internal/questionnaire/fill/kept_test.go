package fill_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// TestAnAnswerThatIsNotSoIsHeld: whoever typed it, an answer that a check or our
// own plan speaks against goes to a person, as people write it and whichever way
// the question is put.
func TestAnAnswerThatIsNotSoIsHeld(t *testing.T) {
	const otherwise, planned = "a check shows otherwise", "planned and not in place"
	for _, c := range []struct {
		says     string
		status   control.Status
		inverted bool
		held     string // a reason that a person decides for its own sake
		why      string // empty: it is kept
		untrue   bool
	}{
		{"Yes, fully", control.Contradicted, false, "", otherwise, true},
		{"Yes*", control.Contradicted, false, "", otherwise, true},
		{"Compliant", control.Contradicted, false, "", otherwise, true},
		{"N/A - hosted", control.Contradicted, false, "", otherwise, true},
		{"We encrypt everything", control.Contradicted, false, "", otherwise, false},
		{"We encrypt everything", control.Contradicted, false, "it asks for a harm", otherwise, false},
		{"No exceptions", control.Contradicted, false, "", otherwise, false},
		{"No", control.Contradicted, false, "", "", false},
		{"No, planned for spring", control.Contradicted, false, "", "", false},
		// A Yes to it would be bad, and what we claim does not hold: the No is what is false.
		{"No", control.Contradicted, true, "a Yes to it would be bad", otherwise, true},
		{"N/A", control.Contradicted, true, "a Yes to it would be bad", otherwise, true},
		{"Yes", control.Contradicted, true, "a Yes to it would be bad", "", false},
		// Nobody knows whether a Yes to it is good.
		{"No", control.Contradicted, false, "it asks for a harm", otherwise, false},
		{"Yes", control.Planned, false, "", planned, true},
		{"y - in part", control.Planned, false, "", planned, true},
		{"In our annex", control.Planned, false, "", planned, false},
		{"No", control.Planned, false, "", "", false},
		{"No", control.Planned, true, "a Yes to it would be bad", planned, true},
		{"Yes", control.NotApplicable, false, "", "does not apply", false},
		{"Yes", control.NotApplicable, true, "a Yes to it would be bad", "does not apply", false},
		{"N/A", control.NotApplicable, false, "", "", false},
		{"Yes", control.Proven, false, "", "", false},
		{"No", control.Proven, false, "", "", false},
		// A Yes to a harm that is shown not to be.
		{"Yes", control.Proven, true, "", "it is not so", true},
		{"No", control.Proven, true, "", "", false},
		{"Yes", control.Proven, true, "one cell takes two answers", "", false},
		{"Yes", control.Unproven, false, "", "", false},
	} {
		for _, change := range []func(*layout.Row){
			func(*layout.Row) {},
			func(r *layout.Row) { r.Comment = workbook.Cell{} }, // where nothing could be said beside it
			func(r *layout.Row) { r.Answer.Locked = true },      // where we could not answer ourselves
		} {
			r := caiqRow()
			r.Answer.Text = c.says
			change(&r)
			p, d := one(fill.Found{Answer: answer(c.status), Inverted: c.inverted, Held: c.held}, r, layout.Plain, fill.Options{})
			if c.why == "" {
				if d.What != fill.Kept || d.Untrue || len(p.ForPeople()) != 0 {
					t.Errorf("%+v: %+v", c, d)
				}
				continue
			}
			list := string(p.People(""))
			if d.What != fill.Held || d.Untrue != c.untrue || !strings.Contains(d.Why, c.why) || !strings.Contains(list, c.why) || len(p.Edits) != 0 {
				t.Errorf("%+v: %+v", c, d)
			}
			if strings.Contains(d.Why, ", where a Yes would be bad,") != c.inverted {
				t.Errorf("%+v: whether Yes is good is not said: %s", c, d.Why)
			}
		}
	}
}

// TestAnAnswerBesideAContradictedClaim: where no claim of ours decides a question,
// an answer that stands there may be the claim that a check contradicts.
func TestAnAnswerBesideAContradictedClaim(t *testing.T) {
	near := []questionnaire.Mention{{ID: "sound", Status: control.Proven}, {ID: "broken", Status: control.Contradicted, Why: "1 of 2 units failed"}}
	for _, s := range []control.Status{control.Unanswered, control.Unproven, control.Stale, control.Proven} {
		a := answer(s)
		a.Mentioned = near
		for says, held := range map[string]bool{"Yes": s != control.Proven, "We do": s != control.Proven, "No": false} {
			r := caiqRow()
			r.Answer.Text = says
			_, d := one(fill.Found{Answer: a}, r, layout.CAIQ, fill.Options{})
			if (d.What == fill.Held) != held || held && !strings.Contains(d.Why, "near to it (broken): 1 of 2 units failed") || d.Untrue {
				t.Errorf("%s, %q: %+v", s, says, d)
			}
		}
	}
	r := caiqRow()
	r.Answer.Text = "Yes"
	role := answer(control.Unproven)
	role.Mentioned, role.Value, role.Override = near, "Yes", &questionnaire.Overridden{Owner: "CISO", Valued: true}
	if _, d := one(fill.Found{Answer: role}, r, layout.CAIQ, fill.Options{}); d.What != fill.Kept {
		t.Errorf("a role answers it, and a claim beside it does not speak against that: %+v", d)
	}
	lib := questionnairetest.Library()
	assessed := control.Assess(lib, questionnairetest.Run(), questionnairetest.AsOf())
	var broken string
	for _, c := range lib.Controls {
		if a, _ := assessed.Find(c.ID); a.Status == control.Contradicted {
			broken = c.ID
		}
	}
	if _, d := one(fill.Found{Beside: []string{broken}, Near: true, Held: "two claims are as near"}, r, layout.Plain, fill.Options{Assessed: assessed}); broken == "" || d.What != fill.Held || !strings.Contains(d.Why, "near to it ("+broken+")") {
		t.Errorf("%+v", d)
	}
}

// TestAnAnswerThatNobodyCanSeeTodayIsListed: it stays, it is counted as answered,
// and whoever reads the exit code finds it in the list.
func TestAnAnswerThatNobodyCanSeeTodayIsListed(t *testing.T) {
	for why, set := range map[string]func(*questionnaire.Answer){
		"was not looked at":   func(a *questionnaire.Answer) { a.Blind = true },
		"is beyond its limit": func(a *questionnaire.Answer) { a.Expired = true },
	} {
		a := answer(control.Unproven)
		set(a)
		r := caiqRow()
		r.Answer.Text = "Yes"
		p, d := one(fill.Found{Answer: a}, r, layout.CAIQ, fill.Options{})
		if d.What != fill.Kept || !strings.Contains(string(p.People("")), why) {
			t.Errorf("%+v\n%s", d, p.People(""))
		}
	}
}

// TestACommentThatSaysOtherwise: our Yes beside a No that somebody wrote is read
// as neither, so a person decides; what a comment adds to is added to.
func TestACommentThatSaysOtherwise(t *testing.T) {
	for comment, filled := range map[string]bool{"No, only for tenants in Europe": false, "N/A": false, "Yes, see the annex": true, "As agreed": true, "No exceptions": true, "TBD": true, "": true} {
		r := caiqRow()
		r.Comment.Text = comment
		p, d := one(fill.Found{Answer: answer(control.Proven)}, r, layout.CAIQ, fill.Options{Overwrite: true})
		if filled != (d.What == fill.Filled) || !filled && (len(p.Edits) > 0 || !strings.Contains(d.Why, "the comment beside it says")) {
			t.Errorf("%q: %+v", comment, d)
		}
		if list := string(p.People("")); !filled && !strings.HasSuffix(strings.ReplaceAll(list, `"`, ""), ","+comment+"\r\n") {
			t.Errorf("whoever decides does not read %q: %s", comment, list)
		}
	}
	r := caiqRow()
	p, _ := one(fill.Found{Answer: answer(control.Proven)}, r, layout.CAIQ, fill.Options{})
	r.Comment.Text = "As agreed. " + p.Edits[len(p.Edits)-1].Value
	if p, d := one(fill.Found{Answer: answer(control.Proven)}, r, layout.CAIQ, fill.Options{}); d.What != fill.Filled || len(p.Edits) != 2 {
		t.Errorf("what the comment says already is said twice: %+v", p.Edits)
	}
	r.Comment.Text = "Yes, each year"
	if _, d := one(fill.Found{Answer: answer(control.Planned)}, r, layout.CAIQ, fill.Options{}); d.What != fill.Held {
		t.Errorf("%+v", d)
	}
}

// TestNoNoBesideOtherWords: a Yes in the comment of an empty answer is an answer that
// was sent; who decides on the contradiction reads it, and no No is typed beside it.
func TestNoNoBesideOtherWords(t *testing.T) {
	for comment, o := range map[string]bool{"Yes. All tenants are isolated.": true, "All tenants are isolated.": true, "No, not in the API": false, "TBD": false, "": false} {
		for _, write := range []bool{false, true} {
			r := caiqRow()
			r.Comment.Text = comment
			p, d := one(fill.Found{Answer: answer(control.Contradicted)}, r, layout.CAIQ, fill.Options{WriteNo: write})
			if held := o || !write; held != (d.What == fill.Held) || held != (len(p.Edits) == 0) {
				t.Errorf("%q, --write-no %t: %+v", comment, write, d)
			}
			if comment == "" && strings.Contains(d.Why, "comment") {
				t.Errorf("there is no comment: %s", d.Why)
			}
			if list := string(p.People("")); o && !strings.Contains(list, strings.ReplaceAll(comment, `"`, `""`)) || o && !strings.Contains(d.Why, comment) {
				t.Errorf("%q: %s", comment, list)
			}
		}
	}
}

// TestAPromptIsNoAnswer: "Please select" does not keep a cell from being filled,
// and nobody's answer is lost with it.
func TestAPromptIsNoAnswer(t *testing.T) {
	for _, text := range []string{"Please select", "Select...", "Choose an item", "-", "--", "TBD", "To be completed", "<answer>", "n/k", "…"} {
		r := caiqRow()
		r.Answer.Text, r.Answer.List, r.Owner.Text = text, []string{text, "Yes", "No", "NA"}, "Select"
		p, d := one(fill.Found{Answer: answer(control.Proven)}, r, layout.CAIQ, fill.Options{})
		if d.What != fill.Filled || d.Replaced != "" || len(p.Edits) != 3 || len(p.ForPeople()) != 0 {
			t.Errorf("%q: %+v %+v", text, d, p.Edits)
		}
		if _, d = one(fill.Found{}, r, layout.CAIQ, fill.Options{}); d.What != fill.Unanswered {
			t.Errorf("%q: %+v", text, d)
		}
	}
	r := caiqRow()
	r.Answer.Text = "Select how far you comply"
	r.Answer.List = []string{r.Answer.Text, "Yes", "No"}
	if _, d := one(fill.Found{Answer: answer(control.Proven)}, r, layout.Plain, fill.Options{}); d.What != fill.Filled {
		t.Errorf("the first value of the list asks for another: %+v", d)
	}
	r.Owner.Text = "Select who owns it"
	r.Owner.List = []string{r.Owner.Text, "CSP-owned"}
	if p, _ := one(fill.Found{Answer: answer(control.Proven)}, r, layout.CAIQ, fill.Options{}); len(p.Edits) != 3 {
		t.Errorf("the same for the owner: %+v", p.Edits)
	}
}

// TestAYesToAHarmIsNamed: the buyer's file came with it, or last year's; where
// nothing of ours says that it is not so, a person is told, by the words of the
// question or by what stands over it. A No, and a Yes to what is good, stand.
func TestAYesToAHarmIsNamed(t *testing.T) {
	const tenants, plain = "Can tenants see each other's data?", "Do you store passwords in plain text?"
	for _, c := range []struct {
		question, says string
		found          fill.Found
		over           string
		why            string // empty: it is kept
	}{
		{tenants, "Yes", fill.Found{Answer: answer(control.Unproven), Inverted: true, Held: "x"}, "", "Yes would mean that one tenant reaches another's data"},
		{tenants, "Yes, within one group", fill.Found{Why: "nothing"}, "", "Yes would mean"},
		{tenants, "Yes", fill.Found{Answer: answer(control.Proven), Held: "x"}, "", "Yes would mean"}, // by an ID whose words are others
		{plain, "Y", fill.Found{Why: "nothing"}, "", "Yes would be the bad answer"},
		{plain, "No", fill.Found{Why: "nothing"}, "", ""},
		{plain, "We hash them", fill.Found{Why: "nothing"}, "", ""},
		{"Are passwords hashed?", "Yes", fill.Found{Why: "nothing"}, "", ""},
		{"Do you plan to hash passwords?", "Yes", fill.Found{Why: "nothing"}, "", ""}, // nobody says that it is bad
		{"Is the audit log kept only for administrators?", "Yes", fill.Found{Why: "nothing"}, "", ""},
		{"Is a stranger's record readable?", "Yes", fill.Found{Answer: answer(control.Unproven), Inverted: true, Held: "x"}, "", "not looked at"},
		{"Passwords", "Yes", fill.Found{Why: "nothing"}, "Known weaknesses", "by which Yes may be the bad answer"},
		{"Passwords", "No", fill.Found{Why: "nothing"}, "Known weaknesses", ""},
	} {
		r := caiqRow()
		r.Question, r.Answer.Text, r.Section = c.question, c.says, c.over
		p, d := one(c.found, r, layout.Plain, fill.Options{})
		if c.why == "" {
			if d.What != fill.Kept || len(p.ForPeople()) != 0 {
				t.Errorf("%q %q: %+v", c.question, c.says, d)
			}
			continue
		}
		if d.What != fill.Held || d.Untrue || len(p.Edits) != 0 || !strings.Contains(d.Why, "already, where a Yes would be bad, and nothing of ours says that it is not so: ") || !strings.Contains(d.Why, c.why) || !strings.Contains(string(p.People("")), c.why) {
			t.Errorf("%q %q: %+v", c.question, c.says, d)
		}
	}
	r := caiqRow()
	r.Question, r.Answer.Text = tenants, "Yes"
	role := answer(control.Unproven)
	role.Value, role.Override = "Yes", &questionnaire.Overridden{Owner: "CISO", Valued: true}
	if _, d := one(fill.Found{Answer: role, Inverted: true}, r, layout.Plain, fill.Options{}); d.What != fill.Kept {
		t.Errorf("a role gave that value: %+v", d)
	}
	role.Override.Valued = false
	if _, d := one(fill.Found{Answer: role, Inverted: true}, r, layout.Plain, fill.Options{}); d.What != fill.Held {
		t.Errorf("a role gave the words alone: %+v", d)
	}
}

// TestTwoOwnersAreBothOnTheList: who reads only one name asks only one.
func TestTwoOwnersAreBothOnTheList(t *testing.T) {
	a := answer(control.Contradicted)
	a.Gap = nil
	a.Controls = []questionnaire.Decider{{ID: "x", Owner: "CISO"}, {ID: "y"}, {ID: "z", Owner: "Head of People"}, {ID: "w", Owner: "CISO"}}
	p, d := one(fill.Found{Answer: a}, caiqRow(), layout.CAIQ, fill.Options{})
	if d.For != "CISO and Head of People" || !strings.Contains(string(p.People("")), "\nCISO and Head of People,needs your yes or no,") {
		t.Errorf("%q\n%s", d.For, p.People(""))
	}
}
