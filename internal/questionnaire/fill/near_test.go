package fill

import (
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// one decides on one row of a workbook of nobody's questionnaire, whose words
// propose p; what is proposed comes to a status.
func one(t *testing.T, question string, p match.Proposal, s control.Status, value string) (Found, Decision) {
	t.Helper()
	r := layout.Row{Number: 2, Question: question, Answer: workbook.Cell{Ref: "C2"}, Comment: workbook.Cell{Ref: "D2"}}
	l := &layout.Layout{Tables: []layout.Table{{Sheet: "S", Rows: []layout.Row{r}}}}
	d := NewDrafts(l, nil, func(_, _ string) match.Proposal { return p })
	d.Answer(&questionnaire.Document{Sections: []questionnaire.Section{{Answers: []questionnaire.Answer{{Question: "S!C2", Status: s, Value: value, Sentence: "So it is."}}}}})
	return d.Find(l.Tables[0], r), Decide(l, d.Find, Options{WriteNo: true}).Decisions[0]
}

// TestWhatIsNearAndDoesNotAnswer: what keeps a claim from answering is said, and
// that the claim is near all the same: an answer that was sent may have meant it.
func TestWhatIsNearAndDoesNotAnswer(t *testing.T) {
	draft := match.Proposal{State: match.Draft, Controls: []string{"restore-into-empty-target"}, Value: "Yes"}
	inverted, words := draft, draft
	inverted.Inverted, words.Value = true, ""
	beside := []match.Candidate{{Control: "a", Score: match.Threshold}}
	for _, c := range []struct {
		question string
		p        match.Proposal
		status   control.Status
		value    string
		what     What
		why      string
		typed    string
		near     bool
		beside   string
	}{
		{"Is a restore tested?", draft, control.Proven, "Yes", Filled, "", "Yes", false, ""},
		{"Do you have a tested business continuity plan?", draft, control.Proven, "Yes", Held, "not a business continuity plan", "", true, ""},
		{"Do you have a tested business continuity plan?", draft, control.Unproven, "", Unanswered, "not looked at", "", true, ""}, // there is nothing to hold back
		{"Describe it", words, control.Proven, "Yes", Held, "it asks for words", "", true, ""},
		{"Does it never fail?", inverted, control.Attested, "Yes", Filled, "", "No", false, ""},
		// Yes would be bad here, so the No of what does not hold is no answer to it.
		{"Does it never fail?", inverted, control.Contradicted, "No", Held, "a Yes to it would be bad", "", false, ""},
		{"Does it never fail?", inverted, control.Planned, "No", Held, "a Yes to it would be bad", "", false, ""},
		{"Does it never fail?", inverted, control.NotApplicable, "NA", Held, "a Yes to it would be bad", "", false, ""},
		{"Is it?", match.Proposal{State: match.Conflict, Conflict: beside}, control.Unanswered, "", Held, "as near would answer it differently", "", true, "a"},
		{"Is it?", match.Proposal{State: match.Blank, Reason: "too far", Candidates: beside}, control.Unanswered, "", Unanswered, "too far", "", true, "a"},
		{"Is it?", match.Proposal{State: match.Blank, Reason: "too far"}, control.Unanswered, "", Unanswered, "too far", "", false, ""},
	} {
		f, d := one(t, c.question, c.p, c.status, c.value)
		if d.What != c.what || d.Value != c.typed || !strings.Contains(d.Why, c.why) {
			t.Errorf("%q, %s: %s %q (%s), want %s %q (%s)", c.question, c.status, d.What, d.Value, d.Why, c.what, c.typed, c.why)
		}
		if f.Near != c.near || strings.Join(f.Beside, " ") != c.beside {
			t.Errorf("%q: near %v, beside %v, want %v and %q", c.question, f.Near, f.Beside, c.near, c.beside)
		}
	}
}

// TestWhatStandsBesideAQuestion: the nearest claim counts unless it is far, with
// those that are as near as an answer, and never one that a rule keeps away.
func TestWhatStandsBesideAQuestion(t *testing.T) {
	at := func(control string, score float64) match.Candidate {
		return match.Candidate{Control: control, Score: score}
	}
	for name, c := range map[string]struct {
		p    match.Proposal
		want string
	}{
		"the nearest":             {match.Proposal{Candidates: []match.Candidate{at("a", match.Far), at("b", match.Far)}}, "a"},
		"far":                     {match.Proposal{Candidates: []match.Candidate{at("a", match.Far-0.01)}}, ""},
		"as near as an answer":    {match.Proposal{Candidates: []match.Candidate{at("a", 0.9), at("b", match.Threshold), at("c", match.Threshold-0.01)}}, "a b"},
		"kept away by a rule":     {match.Proposal{Candidates: []match.Candidate{at("a", 0.9), at("b", match.Far)}, Refused: []match.Refused{{Control: "a"}}}, "b"},
		"in conflict":             {match.Proposal{Conflict: []match.Candidate{at("b", 0.8), at("a", 0.8)}, Candidates: []match.Candidate{at("a", 0.8), at("c", 0.75)}}, "b a c"},
		"one control for another": {match.Proposal{Conflict: []match.Candidate{at("a", 0.8)}, Candidates: []match.Candidate{at("a", 0.8), at("a", 0.8)}}, "a"},
	} {
		if got := strings.Join(besides(c.p), " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestTheWordsThatAreProposedFor: a question is read with what it stands under,
// sheet and section on a line each, and is known again by its answer's cell.
func TestTheWordsThatAreProposedFor(t *testing.T) {
	r := layout.Row{Section: "Logs", Question: "Is there one?"}
	r.Answer.Ref = "C2"
	table := layout.Table{Sheet: "Really!", Rows: []layout.Row{r}}
	var asked []string
	NewDrafts(&layout.Layout{Tables: []layout.Table{table}}, nil, func(section, question string) match.Proposal {
		asked = append(asked, section, question)
		return match.Proposal{}
	})
	if !slices.Equal(asked, []string{"Really!\nLogs", "Is there one?"}) {
		t.Errorf("%q", asked)
	}
	if sheet, ref, ok := CellOf(key(table, r)); sheet != "Really!" || ref != "C2" || !ok {
		t.Errorf("%q %q %v", sheet, ref, ok)
	}
	if _, _, ok := CellOf("A&A-01.1"); ok {
		t.Error("an ID of CAIQ is no cell")
	}
	if Draft(nil) != "" || !strings.Contains(Draft([]string{"a", "b"}), "with a, b; to be read by a person") {
		t.Errorf("%q %q", Draft(nil), Draft([]string{"a", "b"}))
	}
}

// TestTwoWordsOfATopicAreNeeded for a buyer's number to be read as ours.
func TestTwoWordsOfATopicAreNeeded(t *testing.T) {
	for _, c := range []struct {
		question, topic string
		agree           bool
	}{
		{"Is stored data encrypted?", "Encryption of stored data", true},
		{"Is encryption used?", "Encryption keys", false},
		{"Is encrypted data kept?", "Encryption of stored data", true},
		{"Are keys stored?", "Encryption of stored passwords, session tokens, cookies, backups and keys", false},
		{"", "Encryption of stored data", true},
	} {
		if agrees(c.question, c.topic) != c.agree {
			t.Errorf("%q and %q: want %v", c.question, c.topic, c.agree)
		}
	}
}
