package questionnaire_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
)

func (c content) named(t *testing.T, id string) *questionnaire.Questionnaire {
	t.Helper()
	for _, q := range c.list {
		if q.ID == id {
			return q
		}
	}
	t.Fatalf("there is no questionnaire %s", id)
	return nil
}

// How little of a published list this product can answer is a figure that we say aloud; it changes only when a mapping
// does, never unnoticed.
func TestHowMuchOfEachListIsAnswered(t *testing.T) {
	c := shipped(t)
	unsigned := c
	unsigned.lib = &control.Library{Controls: c.lib.Controls}
	for id, want := range map[string][3]string{
		// where every check passed and the samples are there; every check passed and nobody signed; nothing was looked at
		"caiq-4.0.3": {"3 attested 1 planned 2 proven 255 unanswered", "1 planned 2 proven 255 unanswered 3 unproven", "1 planned 255 unanswered 5 unproven"},
		"caiq-4.1.0": {"3 attested 1 planned 2 proven 277 unanswered", "1 planned 2 proven 277 unanswered 3 unproven", "1 planned 277 unanswered 5 unproven"},
		"mvsp-3.0":   {"1 planned 24 unanswered", "1 planned 24 unanswered", "1 planned 24 unanswered"},
	} {
		q := c.named(t, id)
		for i, d := range []*questionnaire.Document{c.build(t, q, c.allPass()), unsigned.build(t, q, c.allPass()), unsigned.build(t, q, &evidence.Run{})} {
			if got := counts(d); got != want[i] {
				t.Errorf("%s: %s\nwant %s", id, got, want[i])
			}
			for _, a := range d.Answers() {
				if a.Status == control.Unanswered && (a.Value != "" || a.Gap == nil || a.Gap.Owner == "not assigned") {
					t.Errorf("%s %s: nothing answers it, yet it says %q, and the gap is %+v", id, a.Question, a.Value, a.Gap)
				}
				if owned := a.Ownership != ""; strings.HasPrefix(id, "caiq") && owned != (a.Value == "Yes" || a.Value == "No") {
					t.Errorf("%s %s: the value is %q and the owner %q", id, a.Question, a.Value, a.Ownership)
				}
				for _, m := range a.Mentioned {
					if m.Part == "" {
						t.Errorf("%s %s mentions %s and does not say which part it speaks to", id, a.Question, m.ID)
					}
				}
			}
		}
	}
}

func counts(d *questionnaire.Document) string {
	n := map[control.Status]int{}
	for _, a := range d.Answers() {
		n[a.Status]++
	}
	var parts []string
	for _, s := range []control.Status{control.Attested, control.Contradicted, control.NotApplicable, control.Planned, control.Proven, control.Stale, control.Unanswered, control.Unproven} {
		if n[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[s], s))
		}
	}
	return strings.Join(parts, " ")
}

// An answer of NA names no owner, whatever the file says: CAIQ wants that cell blank.
func TestOwnershipIsBlankOnNA(t *testing.T) {
	c := shipped(t)
	q := c.named(t, "caiq-4.0.3")
	run := questionnairetest.Run()
	for state, want := range map[control.State]string{control.StatePlanned: "CSP-owned", control.StateNotApplicable: ""} {
		d, err := questionnaire.Build(q, control.Assess(withState(c.lib, state), run, questionnairetest.AsOf()), questionnaire.RunInfo{Run: run}, c.customer, questionnairetest.AsOf())
		if err != nil {
			t.Fatal(err)
		}
		if a := answer(t, d, "HRS-02.1"); a.Ownership != want {
			t.Errorf("%s: value %s, owner %q, want %q", state, a.Value, a.Ownership, want)
		}
	}
}
