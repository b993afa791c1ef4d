// Package match finds, for a question in a buyer's own words, the controls that
// may answer it. It is local and pure: the same question, controls and
// questionnaires give the same proposal. It would rather leave a question blank
// than propose a control that answers something nearby; and whatever it
// proposes is a draft that a person reviews.
package match

import (
	"slices"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

// State says what a proposal amounts to.
type State string

const (
	Draft    State = "draft"    // controls answer it, for review
	Conflict State = "conflict" // near-equal controls would answer it differently
	Blank    State = "blank"    // nothing of ours answers it surely enough
)

// Candidate is a control that may answer a question.
type Candidate struct {
	Control string
	Claim   string
	Score   float64  // 0 to 1; see Threshold
	Terms   []string // what of the question it matched, in its own words
	Missing []string // what of the question it leaves unexplained, likewise
	Value   string   // the short value that its claim gives: Yes, No, NA, or blank
	With    []string // controls that must hold beside it
}

// Part is one of several things that a question asks at once.
type Part struct {
	Text     string // the words of this part
	Controls []string
	Inverted bool // the control holding means No here
	Reason   string
}

// Refused is a control that a rule forbade, with the rule.
type Refused struct{ Control, Rule, Reason string }

// Proposal is what the matcher makes of one question.
type Proposal struct {
	Question string
	State    State
	// Controls decide the draft, all of them: the weakest wins. Empty unless
	// State is Draft.
	Controls []string
	// Value is the short value, Yes, No or NA, that the draft has when its
	// controls hold; blank when the question asks for words, not for a value.
	Value string
	// Inverted is true when the controls holding means No: Yes is the bad answer.
	Inverted   bool
	ForReview  bool        // true for every draft and conflict: the words were the buyer's own
	Candidates []Candidate // the best three, best first, whatever the state
	Conflict   []Candidate // side by side, when State is Conflict
	Parts      []Part      // when the question asks several things
	Refused    []Refused   // what was kept from answering it, and why
	Reason     string      // one sentence: why this state
}

// Matcher proposes controls. It is safe for use by several goroutines.
type Matcher struct {
	*knowledge
	*index
}

// New returns a matcher over the controls of a library. The questionnaires lend
// the topics of their questions as further names of the controls that decide
// them alone.
func New(lib *control.Library, questionnaires []*questionnaire.Questionnaire) (*Matcher, error) {
	k, err := shipped()
	if err != nil {
		return nil, err
	}
	return &Matcher{k, newIndex(k, lib, questionnaires)}, nil
}

// beside returns the controls that must hold beside these, as companions.yaml
// has it; those that the library lacks are left out.
func (m *Matcher) beside(ids []string) []string {
	var out []string
	for _, c := range m.companions {
		if slices.Contains(ids, c.Control) {
			for _, id := range c.With {
				if slices.ContainsFunc(m.entries, func(e entry) bool { return e.ID == id }) && !slices.Contains(ids, id) {
					out = append(out, id)
				}
			}
		}
	}
	return unique(out)
}
