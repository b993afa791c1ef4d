package outline_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/outline"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

func nothing(string, string) match.Proposal { return match.Proposal{} }

func rows(list ...layout.Row) *layout.Layout {
	return &layout.Layout{Tables: []layout.Table{{Sheet: "Q", Rows: list}}}
}

// filled writes a topic into every question, as a person does.
func filled(b []byte) []byte {
	return []byte(strings.ReplaceAll(string(b), "topic:\n", "topic: \"What is asked in our words\"\n        suggested_owner: CISO\n"))
}

func TestDraftHasIDsAndSectionsAndNoWordOfTheBuyerAsAValue(t *testing.T) {
	b, n := outline.Draft(rows(
		layout.Row{Section: "Access", ID: "1.1", Question: "Do you review who has access to production?"},
		layout.Row{Section: "Access", ID: "1.1", Question: "And how often?"},
		layout.Row{Section: "Logs", Question: "Is there a log?"}), "acme-2026", "/in/Acme 2026.xlsx",
		func(section, question string) match.Proposal {
			if question == "Is there a log?" && section == "Q Logs" {
				return match.Proposal{State: match.Draft, Controls: []string{"audit-log-append-only"}}
			}
			return match.Proposal{}
		})
	if n != 3 {
		t.Errorf("%d questions", n)
	}
	if _, err := questionnaire.Decode(yamldoc.File{Name: "acme.yaml", Body: b}); err == nil || strings.Count(err.Error(), "topic: expected text, got nothing") != 3 {
		t.Errorf("a draft without topics: %v, want each named", err)
	}
	q, err := questionnaire.Decode(yamldoc.File{Name: "acme.yaml", Body: filled(b)})
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	var got []string
	for _, s := range q.Sections {
		for _, x := range s.Questions {
			got = append(got, s.ID+" "+s.Title+" "+x.ID+" "+strings.Join(x.Decide, ","))
		}
	}
	if strings.Join(got, "|") != "1 Section 1 1.1 |1 Section 1 1.1-2 |2 Section 2 2.3 " {
		t.Errorf("got %q", got)
	}
	for line := range strings.Lines(string(b)) {
		for _, theirs := range []string{"review", "how often", "Is there a log", "audit-log", "Logs"} {
			if strings.Contains(line, theirs) && !strings.HasPrefix(strings.TrimSpace(line), "#") {
				t.Errorf("the buyer's words are a value: %s", line)
			}
		}
	}
	if !strings.Contains(string(b), "      # By its words it may be decided by audit-log-append-only\n") {
		t.Errorf("no proposal:\n%s", b)
	}
}

func TestCopiedTopicsAreFound(t *testing.T) {
	b, _ := outline.Draft(rows(layout.Row{ID: "1", Question: "Does the organisation review, at least yearly, who has access to production systems?"}), "x", "x.xlsx", nothing)
	for topic, want := range map[string]int{
		"Review at least yearly who has access":      1,
		"At least yearly, who has access to things":  1,
		"Yearly review of access to production":      0,
		"Who can reach production is looked over":    0,
		"Does the organisation review who is where?": 0,
	} {
		found := outline.Copied(yamldoc.File{Name: "x.yaml", Body: []byte(strings.Replace(string(b), "topic:", "topic: \""+topic+"\"", 1))})
		if len(found) != want {
			t.Errorf("%q: %v", topic, found)
		}
		if want == 1 && len(found) == 1 && (found[0].Line == 0 || found[0].Field != "topic") {
			t.Errorf("%q: %+v names no line", topic, found[0])
		}
	}
}

func FuzzDraft(f *testing.F) {
	for _, s := range []string{"1.1", "a\nid: b", "\u2028- x: y", "\x00\ufffe\ufeff", "#", "\"\\", "'", "\x85x: y", "%TAG", "---\n", "🦊", "\u202egnp"} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, section, id, question string) {
		b, _ := outline.Draft(rows(layout.Row{Section: section, ID: id, Question: question}, layout.Row{Section: section, ID: id, Question: question}), "x", "x.xlsx", nothing)
		q, err := questionnaire.Decode(yamldoc.File{Name: "x.yaml", Body: filled(b)})
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		n := 0
		for _, s := range q.Sections {
			n += len(s.Questions)
		}
		if n != 2 {
			t.Fatalf("%d questions\n%s", n, b)
		}
		outline.Copied(yamldoc.File{Name: "x.yaml", Body: b})
	})
}
