package match

import (
	"slices"
	"strings"
)

// heads reports whether a line of a heading is nothing but one of the rule's own
// words, or several: "Subcontractors", "4. Your vendors and third parties", and
// not "Vendor questionnaire", which is what many call the whole file.
func (r *Rule) heads(section string) bool {
	if len(r.Under) == 0 {
		return false
	}
	for line := range strings.Lines(section) {
		var words []string
		for _, w := range split(line) {
			words = append(words, w.raw)
		}
		if r.covers(words) {
			return true
		}
	}
	return false
}

func (r *Rule) covers(words []string) bool {
	named := false
next:
	for len(words) > 0 {
		for _, u := range r.Under {
			phrase := strings.Fields(u)
			if len(phrase) <= len(words) && slices.Equal(words[:len(phrase)], phrase) {
				words, named = words[len(phrase):], true
				continue next
			}
		}
		if !beside(words[0]) {
			return false
		}
		words = words[1:]
	}
	return named
}

// beside is a word that stands in a heading beside what it is about.
func beside(raw string) bool {
	switch raw {
	case "your", "our", "the", "its", "all", "other", "of", "and", "or", "use", "used", "section", "part", "domain", "security", "management", "controls", "access", "risk", "oversight", "questions", "company", "internal", "own":
		return true
	}
	return letter(raw) || strings.Trim(raw, "0123456789.") == ""
}
