package match

import (
	"fmt"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

// harm is a way of asking in which Yes is the bad answer, as polarity.yaml
// gives it. inverts names the controls whose holding means No; with none, only
// a person can answer.
type harm struct {
	ID      string     `yaml:"id"`
	When    [][]string `yaml:"when"`
	Unless  []string   `yaml:"unless"`
	Inverts []string   `yaml:"inverts"`
	Reason  string     `yaml:"reason"`
	Bad     string     `yaml:"bad"`     // a question in which Yes is bad
	Good    string     `yaml:"good"`    // a similar one in which it is good
	Unclear bool       `yaml:"unclear"` // its words do not say that Yes is bad, only that it may be
	At      yamldoc.At `yaml:"-"`

	rule Rule
}

func decodePolarity(file string, body []byte, l *lexicon) ([]harm, error) {
	var doc struct {
		Harms []harm `yaml:"harms"`
	}
	if err := yamldoc.Decode(file, body, &doc); err != nil {
		return nil, err
	}
	for i := range doc.Harms {
		h := &doc.Harms[i]
		bad := func(field string, err error) error {
			return yamldoc.Finding{File: file, Line: h.At.Of(field), Field: field, Message: fmt.Sprintf("harm %s: %v", h.ID, err)}
		}
		if h.ID == "" || h.Reason == "" || len(h.When) == 0 {
			return nil, bad("id", fmt.Errorf("expected an id, when and a reason"))
		}
		for _, group := range h.When {
			terms, err := l.terms(group)
			if err != nil {
				return nil, bad("when", err)
			}
			h.rule.when = append(h.rule.when, terms)
		}
		var err error
		if h.rule.unless, err = l.terms(h.Unless); err != nil {
			return nil, bad("unless", err)
		}
	}
	return doc.Harms, nil
}

// harmOf returns the first way of asking for harm that the question shows.
func (k *knowledge) harmOf(q text) (harm, bool) {
	for _, h := range k.polarity {
		if h.rule.fires(q) {
			return h, true
		}
	}
	return harm{}, false
}

// Harm says why Yes would be the bad answer to a question, where its words say so;
// empty where they do not, or leave it open.
func Harm(question string) string {
	k, err := shipped()
	if err != nil {
		return "the rules of polarity cannot be read: " + err.Error()
	}
	q := k.lexicon.read(question, true)
	for _, h := range k.polarity {
		if !h.Unclear && h.rule.fires(q) {
			return h.Reason
		}
	}
	return ""
}
