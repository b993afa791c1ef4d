package fill_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/controls"
	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/templates"
)

// shipped is what arxctl carries: its questionnaires, and the matcher over its claims.
func shipped(t *testing.T) (map[string]*questionnaire.Questionnaire, *match.Matcher) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	claims, err := yamldoc.Files(controls.FS, "controls")
	must(err)
	lib, err := control.Decode(claims, nil)
	must(err)
	files, err := yamldoc.Files(templates.Questionnaires, "templates")
	must(err)
	byID, list := map[string]*questionnaire.Questionnaire{}, []*questionnaire.Questionnaire{}
	for _, f := range files {
		q, err := questionnaire.Decode(f)
		must(err)
		byID[q.ID], list = q, append(list, q)
	}
	m, err := match.New(lib, list)
	must(err)
	return byID, m
}

// decided fills rows in, all of them proven, by the IDs of a questionnaire.
func decided(t *testing.T, q *questionnaire.Questionnaire, propose fill.Propose, rows ...[2]string) *fill.Plan {
	t.Helper()
	l := &layout.Layout{Tables: []layout.Table{{Sheet: "Questions"}}}
	for i, r := range rows {
		l.Tables[0].Rows = append(l.Tables[0].Rows, layout.Row{Number: i + 2, ID: r[0], Question: r[1],
			Answer: workbook.Cell{Ref: workbook.Ref(3, i+2)}, Comment: workbook.Cell{Ref: workbook.Ref(4, i+2)}})
	}
	doc := &questionnaire.Document{Sections: []questionnaire.Section{{}}}
	add := func(x questionnaire.Question) {
		a := answer(control.Proven)
		a.Question = x.ID
		if len(x.Decide) == 0 {
			a = answer(control.Unproven)
			a.Question, a.Value = x.ID, ""
		}
		doc.Sections[0].Answers = append(doc.Sections[0].Answers, *a)
	}
	if fill.ByID(q) {
		for _, s := range q.Sections {
			for _, x := range s.Questions {
				add(x)
			}
		}
		return fill.Decide(l, fill.NewSource(q, doc, propose).Find, fill.Options{})
	}
	d := fill.NewDrafts(l, q, propose)
	f, err := d.File()
	if err != nil {
		t.Fatal(err)
	}
	own, err := questionnaire.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range own.Sections[0].Questions {
		add(x)
	}
	d.Answer(doc)
	return fill.Decide(l, d.Find, fill.Options{})
}

// TestWordsThatTurnAQuestionRoundAreNotAnsweredByItsID: two words of our topic and
// its number are no licence for a Yes.
func TestWordsThatTurnAQuestionRoundAreNotAnsweredByItsID(t *testing.T) {
	byID, m := shipped(t)
	turned := [][2]string{
		{"G.1.4", "Does the application never refuse to start on a missing encryption key?"},
		{"G.1.4", "Does the application seldom refuse to start when its encryption key is missing or malformed?"},
		{"G.1.4", "Has the application failed to refuse to start on a missing key?"},
		{"G.1.4", "Does it rarely refuse to start on a bad encryption key?"},
		{"G.1.4", "Is the refusal to start on a missing encryption key able to be switched off?"},
		{"G.1.4", "Is the application, refusing to start on a missing key, in breach of availability?"},
		{"H.1.1", "Is every action, allowed or denied, left without an audit record?"},
		{"H.1.1", "Do actions leave audit records with gaps for denied actions?"},
		{"H.1.1", "Are audit records of actions lost when denied?"},
		{"K.1.4", "Are requests per organisation without a rate limit?"},
		{"K.1.4", "Is the request rate limit of each organisation unlimited by plan?"},
		{"E.1.4", "Is the separation of one tenant's data from another's off?"},
		{"E.1.4", "Is the separation of one tenant's data from another's broken?"},
	}
	for _, d := range decided(t, byID["sig-lite"], m.Propose, turned...).Decisions {
		if d.What == fill.Filled || d.Value != "" || d.Why == "" {
			t.Errorf("%s %q: %s %q (%s)", d.ID, d.Question, d.What, d.Value, d.Why)
		}
	}
	for _, d := range decided(t, byID["sig-lite"], m.Propose, [][2]string{
		{"G.1.4", "Does the application refuse to start with a missing or default encryption key?"},
		{"E.1.4", "Is the data of one tenant separated from that of another?"},
		{"H.1.1", "Is there an audit record of each action?"},
		{"K.1.4", "Are requests limited for each tenant?"},
	}...).Decisions {
		if d.What != fill.Filled || d.Review {
			t.Errorf("%s %q: %s, review %v (%s)", d.ID, d.Question, d.What, d.Review, d.Why)
		}
	}
}

// TestOurOwnTopicsAreAnsweredByTheirID: a sheet with our topics as its words loses
// no answer to the look at its words.
func TestOurOwnTopicsAreAnsweredByTheirID(t *testing.T) {
	byID, m := shipped(t)
	for _, id := range []string{"sig-lite", "mvsp-3.0", "caiq-4.0.3", "caiq-4.1.0"} {
		var rows [][2]string
		for _, s := range byID[id].Sections {
			for _, x := range s.Questions {
				if len(x.Decide) > 0 {
					rows = append(rows, [2]string{x.ID, x.Topic})
				}
			}
		}
		for _, d := range decided(t, byID[id], m.Propose, rows...).Decisions {
			if strings.Contains(d.Why, "words of its own") || strings.Contains(d.Why, "are not those that we read") || strings.Contains(d.Why, "turn round") {
				t.Errorf("%s %s %q: %s", id, d.ID, d.Question, d.Why)
			}
		}
	}
}

// TestEditedWordsBesideAnIDOfCAIQAreForAPerson: the ID is the framework's own, the
// words beside it are whoever's last edited the file.
func TestEditedWordsBesideAnIDOfCAIQAreForAPerson(t *testing.T) {
	byID, m := shipped(t)
	for _, c := range []struct {
		question, id, words string
		filled              bool
	}{
		{"caiq-4.0.3", "LOG-08.1", "Are hardly any audit records generated, with facts for security?", false},
		{"caiq-4.0.3", "LOG-08.1", "Are audit records with security facts left undefined?", false},
		{"caiq-4.0.3", "TVM-06.1", "Are outside penetration tests dropped in busy years?", false},
		{"caiq-4.1.0", "I&S-06.1", "Are tenants of customers confined in a poor way?", false},
		{"caiq-4.1.0", "I&S-06.1", "Are customers confined to their own tenant, isolated from other tenants?", true},
		{"caiq-4.0.3", "TVM-06.1", "Is a penetration test performed by an outside party?", true},
	} {
		d := decided(t, byID[c.question], m.Propose, [2]string{c.id, c.words}).Decisions[0]
		if (d.What == fill.Filled) != c.filled || !c.filled && d.Why == "" {
			t.Errorf("%s %q: %s (%s)", c.id, c.words, d.What, d.Why)
		}
	}
}

// TestTheDigestOfAQuestionIsThatOfItsWords: breaks, case and punctuation differ
// between copies of one text; its words do not.
func TestTheDigestOfAQuestionIsThatOfItsWords(t *testing.T) {
	a := fill.Digest("Are keys kept,\nrotated, and \u201cdestroyed\u201d?\n")
	if b := fill.Digest("are keys kept rotated and destroyed"); a != b || len(a) != 64 {
		t.Errorf("%s %s", a, b)
	}
	if b := fill.Digest("Are keys never kept, rotated, and destroyed?"); a == b {
		t.Error("a word more is another text")
	}
	if fill.Digest("Are 8 kept?") == fill.Digest("Are 12 kept?") {
		t.Error("a number is a word too")
	}
}
