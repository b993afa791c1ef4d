package questionnaire

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

// Customer is what the vendor sets for one customer: values for placeholders,
// answers in place of those that evidence gives, and who may see which evidence.
type Customer struct {
	Variables  map[string]string `yaml:"variables"`
	Overrides  []Override        `yaml:"overrides"`
	Visibility Visibility        `yaml:"visibility"`
	At         yamldoc.At        `yaml:"-"`
}

// Override is what a named role has said to one customer in place of what
// evidence gives. It changes the value or the sentence, never the status.
type Override struct {
	Questionnaire string       `yaml:"questionnaire"` // a bare question ID means nothing without it
	Question      string       `yaml:"question"`
	Value         string       `yaml:"value"`    // Yes, No, NA, or empty: the value of the evidence stays
	Sentence      string       `yaml:"sentence"` // empty: one is composed from the reason
	Reason        string       `yaml:"reason"`
	Owner         string       `yaml:"owner"`   // the role that answers for it
	Expires       yamldoc.Date `yaml:"expires"` // the last day on which it counts
	At            yamldoc.At   `yaml:"-"`
}

// maxOverrideWords leaves room, within MaxWords, for who says it and until when.
const maxOverrideWords = 20

// DecodeCustomer reads a customer's file strictly. The error is yamldoc.Findings,
// with file and line of every field that is unknown, missing or malformed.
func DecodeCustomer(f yamldoc.File) (Customer, error) {
	var c Customer
	found := yamldoc.Of(yamldoc.Decode(f.Name, f.Body, &c))
	for name, value := range c.Variables {
		bad := func(msg string) {
			found = append(found, yamldoc.Finding{File: f.Name, Line: c.At.Of("variables"), Field: "variables." + name, Message: msg})
		}
		if !validID.MatchString(name) {
			bad("expected a name as security-contact")
		}
		if controlCh.MatchString(value) {
			bad("expected one line of text")
		}
		if len(strings.Fields(value)) > 12 {
			bad(fmt.Sprintf("expected at most 12 words, got %d: the value stands inside a sentence", len(strings.Fields(value))))
		}
	}
	first := map[string]int{}
	for i, o := range c.Overrides {
		bad := func(key, format string, a ...any) {
			found = append(found, yamldoc.Finding{File: f.Name, Line: o.At.Of(key), Field: fmt.Sprintf("overrides[%d].%s", i, key), Message: fmt.Sprintf(format, a...)})
		}
		o.check(bad)
		key := o.Questionnaire + " " + o.Question
		if line, twice := first[key]; twice {
			bad("question", "there are two overrides of %s; the first is on line %d", key, line)
		}
		first[key] = o.At.Of("question")
	}
	found = append(found, c.Visibility.check(f.Name)...)
	return c, found.Err()
}

// Fill takes the variables of another file that this one does not give, and
// reports whether that file gives nothing else.
func (c *Customer) Fill(from Customer) bool {
	if len(from.Overrides) > 0 || from.Visibility.At.File != "" {
		return false
	}
	if c.Variables == nil {
		c.Variables = map[string]string{}
	}
	for name, value := range from.Variables {
		if _, given := c.Variables[name]; !given {
			c.Variables[name] = value
		}
	}
	return true
}

func (o Override) check(bad func(key, format string, a ...any)) {
	for _, f := range [][3]string{
		{"questionnaire", o.Questionnaire, "expected the questionnaire, as sig-lite: a bare question ID means nothing without it"},
		{"question", o.Question, "expected the ID of a question"},
		{"reason", o.Reason, "missing: say why the answer of the evidence is not the one to give"},
		{"owner", o.Owner, "missing: name the role that answers for it"},
	} {
		switch {
		case f[1] == "":
			bad(f[0], "%s", f[2])
		case controlCh.MatchString(f[1]):
			bad(f[0], "expected one line of text")
		}
	}
	if o.Expires.IsZero() {
		bad("expires", "missing: expected the last day on which it counts, as 2027-01-31")
	}
	if o.Value == "" && o.Sentence == "" {
		bad("value", "expected a value, a sentence, or both")
	}
	if o.Value != "" && !slices.Contains([]string{"Yes", "No", "NA"}, o.Value) {
		bad("value", "expected Yes, No or NA, got %q", o.Value)
	}
	if n := words(o.Sentence); n > maxOverrideWords {
		bad("sentence", "%d words, expected at most %d: who says it, and until when, is added", n, maxOverrideWords)
	}
	if controlCh.MatchString(o.Sentence) {
		bad("sentence", "expected one line of text")
	}
	if m := pathLike.FindString(o.Sentence); m != "" {
		bad("sentence", "%q reads as a file path; a buyer reads this", strings.TrimSpace(m))
	}
	if n := words(o.Owner); n > 5 {
		bad("owner", "%d words, expected a role of at most 5", n)
	}
}
