package match

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/arxsec/arxctl/controls"
	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

// everything stands for all controls in the forbids of a rule, and in the of of
// a topic.
const everything = "all"

// Rule is one near miss, or one topic that evidence about the product never
// answers.
type Rule struct {
	ID      string     `yaml:"id"`
	When    [][]string `yaml:"when"`    // each group needs a term in the question
	Unless  []string   `yaml:"unless"`  // none of these may stand in it
	Forbids []string   `yaml:"forbids"` // controls; only near misses
	Spares  []string   `yaml:"spares"`  // controls that it lets through all the same
	Of      string     `yaml:"of"`      // product or all; only topics
	// Headings is true for a topic that a section's heading alone gives away.
	Headings bool `yaml:"headings"`
	// Under are words that make a heading give the topic away where it holds nothing
	// but these and words that say little; in a question they give nothing away.
	Under   []string   `yaml:"under"`
	Reason  string     `yaml:"reason"`
	Refuses string     `yaml:"refuses"` // a question on which it fires
	Allows  string     `yaml:"allows"`  // a similar one on which it does not
	At      yamldoc.At `yaml:"-"`

	when   [][]term
	unless []term
}

// term is a phrase by its stems, or a concept.
type term struct {
	concept string
	stems   []string
}

func (t term) in(q text) bool {
	if t.concept != "" {
		return q.concepts[t.concept]
	}
	return q.has(t.stems)
}

// fires reports whether the rule speaks of the question.
func (r *Rule) fires(q text) bool {
	for _, group := range r.when {
		if !slices.ContainsFunc(group, func(t term) bool { return t.in(q) }) {
			return false
		}
	}
	return !slices.ContainsFunc(r.unless, func(t term) bool { return t.in(q) })
}

// forbids reports whether the rule, firing, forbids the control. A claim that
// nobody knows is taken for one about the product.
func (r *Rule) forbids(id string, about control.Subject) bool {
	if slices.Contains(r.Spares, id) {
		return false
	}
	switch r.Of {
	case everything:
		return true
	case string(control.Product):
		return about != control.Company
	}
	return slices.Contains(r.Forbids, id) || slices.Contains(r.Forbids, everything)
}

// decodeRules reads near misses or topics; terms are held against the lexicon.
func decodeRules(file string, body []byte, l *lexicon) ([]Rule, error) {
	var doc struct {
		Rules  []Rule `yaml:"rules"`
		Topics []Rule `yaml:"topics"`
	}
	if err := yamldoc.Decode(file, body, &doc); err != nil {
		return nil, err
	}
	list := append(doc.Rules, doc.Topics...)
	for i := range list {
		r := &list[i]
		bad := func(field, format string, a ...any) error {
			return yamldoc.Finding{File: file, Line: r.At.Of(field), Field: field, Message: "rule " + r.ID + ": " + fmt.Sprintf(format, a...)}
		}
		if r.ID == "" || r.Reason == "" || len(r.When) == 0 {
			return nil, bad("id", "expected an id, when and a reason")
		}
		if (len(r.Forbids) == 0) == (r.Of == "") {
			return nil, bad("forbids", "expected either forbids, with controls, or of: product or all")
		}
		for _, group := range r.When {
			terms, err := l.terms(group)
			if err != nil || len(terms) == 0 {
				return nil, bad("when", "expected a group of terms: %v", err)
			}
			r.when = append(r.when, terms)
		}
		var err error
		if r.unless, err = l.terms(r.Unless); err != nil {
			return nil, bad("unless", "%v", err)
		}
	}
	return list, nil
}

func (l *lexicon) terms(phrases []string) ([]term, error) {
	var out []term
	for _, p := range phrases {
		if id, ok := strings.CutPrefix(p, "#"); ok {
			if !l.ids[id] {
				return nil, fmt.Errorf("lexicon.yaml has no concept %q", id)
			}
			out = append(out, term{concept: id})
			continue
		}
		stems := l.stems(p)
		if len(stems) == 0 {
			return nil, fmt.Errorf("the term %q has no word", p)
		}
		l.know(p)
		out = append(out, term{stems: stems})
	}
	return out, nil
}

// companion names controls without which another does not answer: a plan that is
// written down answers only when it is approved.
type companion struct {
	Control string     `yaml:"control"`
	With    []string   `yaml:"with"`
	Reason  string     `yaml:"reason"`
	At      yamldoc.At `yaml:"-"`
}

// knowledge is everything in this package's YAML, read once and never changed.
type knowledge struct {
	lexicon    *lexicon
	rules      []Rule // topics first: their reason is the wider one
	polarity   []harm
	companions []companion
	subjects   map[string]control.Subject // of the shipped controls
}

var shipped = sync.OnceValues(load)

func load() (*knowledge, error) {
	k := &knowledge{subjects: map[string]control.Subject{}}
	read := func(name string) []byte {
		b, _ := data.ReadFile(name) // embedded: it is there
		return b
	}
	var err error
	if k.lexicon, err = decodeLexicon("lexicon.yaml", read("lexicon.yaml")); err != nil {
		return nil, err
	}
	for _, name := range []string{"topics.yaml", "rules.yaml"} {
		list, err := decodeRules(name, read(name), k.lexicon)
		if err != nil {
			return nil, err
		}
		k.rules = append(k.rules, list...)
	}
	if k.polarity, err = decodePolarity("polarity.yaml", read("polarity.yaml"), k.lexicon); err != nil {
		return nil, err
	}
	var doc struct {
		Companions []companion `yaml:"companions"`
	}
	if err := yamldoc.Decode("companions.yaml", read("companions.yaml"), &doc); err != nil {
		return nil, err
	}
	k.companions = doc.Companions
	files, err := yamldoc.Files(controls.FS, "controls")
	if err != nil {
		return nil, err
	}
	lib, err := control.Decode(files, nil)
	if err != nil {
		return nil, err
	}
	for _, c := range lib.Controls {
		k.subjects[c.ID] = c.Subject
		k.lexicon.know(c.Claim)
		for _, a := range c.Aliases {
			k.lexicon.know(a)
		}
	}
	var spelt struct {
		Words string `yaml:"words"`
	}
	if err := yamldoc.Decode("spelling.yaml", read("spelling.yaml"), &spelt); err != nil {
		return nil, err
	}
	k.lexicon.settle()
	k.lexicon.know(spelt.Words) // after it: no misspelt word is read as one of these
	return k, nil
}

// Refuse says whether a near-miss rule, or a topic that evidence about the
// product never answers, forbids a control to answer a question, and why. It is
// asked before any match, by ID as well as by text. Of a control that arxctl
// does not ship it assumes that it is about the product; a Matcher knows better.
func Refuse(controlID, question string) (reason string, refused bool) {
	k, err := shipped()
	if err != nil {
		return "the near-miss rules cannot be read: " + err.Error(), true
	}
	for _, r := range k.fired(k.lexicon.read(question, true)) {
		if r.forbids(controlID, k.subjects[controlID]) {
			return r.Reason, true
		}
	}
	return "", false
}

// fired returns the rules that speak of a question.
func (k *knowledge) fired(q text) []*Rule {
	var out []*Rule
	for i := range k.rules {
		if k.rules[i].fires(q) {
			out = append(out, &k.rules[i])
		}
	}
	return out
}
