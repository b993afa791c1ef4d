package fill

import (
	"slices"
	"strings"
	"unicode"
)

// alike is how many of the topic's words a question has, from 0 to 1. Words are
// cut to their beginnings, so that encrypt, encrypted and encryption are one.
func alike(question, topic string) float64 {
	of := stems(topic)
	if len(of) == 0 {
		return 0
	}
	in, n := stems(question), 0
	for _, w := range of {
		if slices.Contains(in, w) {
			n++
		}
	}
	return float64(n) / float64(len(of))
}

func stems(s string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(w) < 3 || slices.Contains(emptyWords(), w) {
			continue
		}
		if r := []rune(w); len(r) > 5 {
			w = string(r[:5])
		}
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

func emptyWords() []string {
	return []string{"the", "and", "for", "are", "with", "that", "this", "you", "your", "does", "has", "have", "any", "all", "who", "how", "what", "which", "when",
		"from", "into", "can", "not", "its", "before", "after", "their", "them", "they", "there", "been", "being", "was", "were", "will", "such", "other", "each"}
}
