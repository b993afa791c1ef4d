package fill

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/templates"
)

// TestAnIDIsBelievedOnlyBesideItsWords: an ID that we know does not answer a
// question whose words ask for a harm, for something else, or are not there.
func TestAnIDIsBelievedOnlyBesideItsWords(t *testing.T) {
	tenants := questionnaire.Question{ID: "X-1", Topic: "Tenants kept apart from each other", Decide: []string{"tenant-isolation-rls"}}
	yes := questionnaire.Answer{Question: "X-1", Status: control.Proven, Value: "Yes"}
	source := &Source{questions: map[string]questionnaire.Question{"X-1": tenants}, answers: map[string]questionnaire.Answer{"X-1": yes}}
	asked := &questionnaire.Questionnaire{ID: "sig-lite", Sections: []questionnaire.Part{{Questions: []questionnaire.Question{tenants}}}}
	silent := func(_, _ string) match.Proposal { return match.Proposal{State: match.Blank, Reason: "nothing fits"} }
	for text, held := range map[string]string{
		"Are tenants kept apart from each other?":                  "",
		"Can tenants that are kept apart reach each other's data?": "A person",
		"Are there no tenants kept apart from each other?":         "A person",
		"": "is not there",
		"Are third-party library updates identified by a process?": "words",
	} {
		r := layout.Row{ID: "X-1", Question: text}
		r.Answer.Ref = "C2"
		if got := source.Find(layout.Table{Sheet: "S"}, r).Held; (held == "") != (got == "") || !strings.Contains(got, held) {
			t.Errorf("by ID alone, %q: held %q, want %q", text, got, held)
		}
		table := layout.Table{Sheet: "S", Rows: []layout.Row{r}}
		drafts := NewDrafts(&layout.Layout{Tables: []layout.Table{table}}, asked, silent)
		drafts.answers = map[string]questionnaire.Answer{key(table, r): yes}
		found := drafts.Find(table, r)
		if filled := found.Answer != nil && found.Held == ""; filled != (held == "") || text == "" && !strings.Contains(found.Held, held) {
			t.Errorf("by ID and words, %q: filled %v, held %q", text, filled, found.Held)
		}
	}
}

// TestHowFarTheWordsBesideAnIDMayStray: three of ten words of our topic show that it
// is the question of this version, and not another of that ID; what nothing of ours
// decides is not looked at.
func TestHowFarTheWordsBesideAnIDMayStray(t *testing.T) {
	x := questionnaire.Question{ID: "X-1", Topic: "alpha bravo charlie delta echo foxtrot golf hotel india juliett", Decide: []string{"c"}}
	yes := questionnaire.Answer{Question: "X-1", Status: control.Proven, Value: "Yes"}
	for _, c := range []struct {
		words    string
		official []string // digests of what the publisher asks
		held     string
	}{
		{"Is there alpha, bravo, charlie?", []string{"another", Digest("is there alpha bravo charlie")}, ""},
		{"Is there alpha, bravo?", []string{Digest("is there alpha bravo")}, "its ID may mean something else here"},
		{"Is there alpha, bravo, charlie?", []string{"another"}, "nothing fits"},
		{"Is there alpha, bravo, charlie?", nil, "nothing fits"}, // as somebody's own questionnaire maps it, whose words we have not read
	} {
		s := &Source{questions: map[string]questionnaire.Question{"X-1": x}, answers: map[string]questionnaire.Answer{"X-1": yes}, official: map[string][]string{"X-1": c.official},
			propose: func(_, _ string) match.Proposal { return match.Proposal{State: match.Blank, Reason: "nothing fits"} }}
		if c.official == nil {
			delete(s.official, "X-1")
		}
		if f := s.Find(layout.Table{}, layout.Row{ID: "X-1", Question: c.words}); (f.Held == "") != (c.held == "") || !strings.Contains(f.Held, c.held) {
			t.Errorf("%+v: %q", c, f.Held)
		}
	}
	// A role's answer to what we know is held too, where the words ask something else.
	yes.Override = &questionnaire.Overridden{Owner: "CISO", Valued: true}
	for known, held := range map[bool]string{true: "nothing fits", false: ""} {
		s := &Source{questions: map[string]questionnaire.Question{"X-1": x}, answers: map[string]questionnaire.Answer{"X-1": yes}, official: map[string][]string{},
			propose: func(_, _ string) match.Proposal { return match.Proposal{State: match.Blank, Reason: "nothing fits"} }}
		if known {
			s.official["X-1"] = []string{"another"}
		}
		if f := s.Find(layout.Table{}, layout.Row{ID: "X-1", Question: "Is there alpha, bravo, charlie?"}); (f.Held == "") != (held == "") || !strings.Contains(f.Held, held) {
			t.Errorf("known %v: %q", known, f.Held)
		}
	}
	x.Decide = nil
	s := &Source{questions: map[string]questionnaire.Question{"X-1": x}, answers: map[string]questionnaire.Answer{"X-1": {Question: "X-1", Status: control.Unanswered}}}
	if f := s.Find(layout.Table{}, layout.Row{ID: "X-1", Question: "Is it never so?"}); f.Held != "" || f.Near {
		t.Errorf("%+v", f)
	}
}

// TestATopicIsAskedAsItStands, or with a word that makes a question of it.
func TestATopicIsAskedAsItStands(t *testing.T) {
	const topic = "Tenants kept apart"
	for question, want := range map[string]bool{"Tenants kept apart": true, "Are tenants kept apart?": true, "Seldom tenants kept apart?": false, "Are tenants kept apart from us?": false} {
		if same(question, topic) != want {
			t.Errorf("%q: want %v", question, want)
		}
	}
}

// TestWordsThatLeadElsewhereAreNotOurs, whatever number they have.
func TestWordsThatLeadElsewhereAreNotOurs(t *testing.T) {
	yes := match.Proposal{State: match.Draft, Controls: []string{"b", "c"}, Value: "Yes", Reason: "both match"}
	with := func(change func(*match.Proposal)) match.Proposal {
		p := yes
		change(&p)
		return p
	}
	for _, c := range []struct {
		p    match.Proposal
		want string
	}{
		{yes, ""},
		{with(func(p *match.Proposal) { p.Controls = []string{"b", "d"} }), "they lead to b, d"},
		{with(func(p *match.Proposal) { p.State, p.Reason = match.Conflict, "two differ" }), "two differ"},
		{with(func(p *match.Proposal) { p.State, p.Reason = match.Blank, "nothing fits" }), "nothing fits"},
		{with(func(p *match.Proposal) { p.Inverted = true }), "by them Yes is the bad answer"},
		{with(func(p *match.Proposal) { p.Value = "" }), "they ask for words and not for a value"},
	} {
		if got := unlike(c.p, []string{"a", "c"}); got != c.want {
			t.Errorf("%+v: %q, want %q", c.p, got, c.want)
		}
	}
}

// TestEachQuestionThatWeDecideIsKnownByItsDigest: else its words as the publisher
// has them would be looked at as anybody's.
func TestEachQuestionThatWeDecideIsKnownByItsDigest(t *testing.T) {
	files, err := yamldoc.Files(templates.Questionnaires, "templates")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		q, err := questionnaire.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		if !ByID(q) {
			continue
		}
		for _, part := range q.Sections {
			for _, x := range part.Questions {
				if n++; len(x.Decide) > 0 && len(official()[q.ID][x.ID]) == 0 {
					t.Errorf("%s %s is decided, and there is no digest of its words", q.ID, x.ID)
				}
			}
		}
	}
	if n == 0 {
		t.Error("no questionnaire is answered by ID")
	}
}
