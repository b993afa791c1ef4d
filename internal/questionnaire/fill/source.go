package fill

import (
	"fmt"
	"slices"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// ByID reports whether the IDs of a questionnaire are a framework's own
// everywhere, so that an ID is enough once its version was settled. Any buyer
// numbers 1.1 or E.1.1.
func ByID(q *questionnaire.Questionnaire) bool {
	prefix, _, _ := cutVersion(q.ID)
	return prefix == "caiq"
}

// near is how many of a topic's words a question must have for its ID to be
// believed, where IDs are not a framework's own everywhere.
const near = 0.34

// kin is the same where the ID is the framework's own: enough to see that the
// workbook's question is the one of this version, and not another of that ID.
const kin = 0.3

// Source finds the answer of a row by its ID, in one version of one framework.
type Source struct {
	questions map[string]questionnaire.Question
	answers   map[string]questionnaire.Answer
	official  map[string][]string
	propose   Propose
}

// NewSource answers by ID from a document that was built from a questionnaire.
// Only for a framework that nobody else numbers as, in a version that was settled.
// propose is asked where the words are not the framework's own.
func NewSource(q *questionnaire.Questionnaire, d *questionnaire.Document, propose Propose) *Source {
	s := &Source{questions: map[string]questionnaire.Question{}, answers: map[string]questionnaire.Answer{}, official: official()[q.ID], propose: propose}
	for _, part := range q.Sections {
		for _, x := range part.Questions {
			s.questions[x.ID] = x
		}
	}
	for _, a := range d.Answers() {
		s.answers[a.Question] = a
	}
	return s
}

// Find is the answer of a row, or why a person gives it.
func (s *Source) Find(t layout.Table, r layout.Row) Found {
	a, ok := s.answers[r.ID]
	if !ok {
		return Found{Why: s.foreign(r.ID)}
	}
	x := s.questions[r.ID]
	f := Found{Answer: &a, Held: refusedOf(x.Decide, r.Question)}
	if reason, never := Never(r.ID, a); never {
		f.Held = reason
	}
	f.overridden()
	answered := len(x.Decide) > 0 || a.Override != nil
	if f.Held == "" && answered {
		f.Held = match.Doubt(r.Question)
	}
	if f.Held == "" && answered && alike(r.Question, x.Topic) < kin {
		f.Held = "its words are not those of what " + r.ID + " asks in this version (" + x.Topic + "): its ID may mean something else here"
	}
	if f.Held == "" && answered {
		f.Held = s.reworded(x, t, r)
	}
	f.Near = f.Held != ""
	return f
}

// foreign says why a row of this workbook has no answer by its ID.
func (s *Source) foreign(id string) string {
	if id == "" {
		return "it has no ID, and this workbook is answered by ID: a person answers it"
	}
	return fmt.Sprintf("%s is no ID of this questionnaire, which is answered by ID: a person answers it", clip(id, 40))
}

// Never reports whether an answer rests on probes of the product alone, and the
// question is about people, governance, policy or places: of these a probe shows
// nothing, whatever it is mapped to.
func Never(id string, a questionnaire.Answer) (reason string, never bool) {
	if a.Status != control.Proven || len(id) < 3 {
		return "", false
	}
	topic, ok := domains()[id[:3]]
	if !ok || slices.ContainsFunc(a.Attested, func(s questionnaire.Signed) bool { return s.Status == control.Attested }) {
		return "", false
	}
	return fmt.Sprintf("it is about %s, which a check of the product says nothing of: it takes a signature", topic), true
}

// domains are the domains of the Cloud Controls Matrix that are about people,
// governance, policy or places.
func domains() map[string]string {
	return map[string]string{"A&A": "audit and governance", "GRC": "governance and policy", "HRS": "people", "DCS": "places", "STA": "suppliers"}
}
