package match

import (
	"slices"

	"github.com/arxsec/arxctl/internal/control"
)

// another returns the words by which a question asks about another thing than the
// claim does, though each of them says little: a tool, all systems, the customers of
// what the company does for itself. Nothing when it does not. The No of a claim is
// the No of more than it names, but of no other thing.
func (v *verdict) another(h hit, q text, no bool) string {
	things := v.lexicon.things
	for i, w := range q.words {
		listed := func(how string) bool { return slices.Contains(things[how], w.raw) && !h.words[w.raw] }
		switch {
		case q.holder[i] == "" && listed("heads"):
			from := i
			for from > 0 && q.holder[from-1] != "" {
				from--
			}
			if from == 0 || !slices.Contains(things["determiners"], q.words[from-1].raw) {
				return q.own(from, i+1)
			}
		case no:
		case listed("several"):
			return w.own
		case q.holder[i] == "#customer" && h.Subject == control.Company && !h.speaksOf(v.lexicon.users) && !q.data(i+1):
			return w.own
		case i == 0:
		case listed("further") && (q.words[i-1].raw == "and" || q.words[i-1].raw == "or"):
			return q.own(i-1, i+1)
		case listed("bare") && q.holder[i-1] == "" && !slices.Contains(things["determiners"], q.words[i-1].raw):
			return w.own
		}
	}
	return ""
}

// data reports whether a word is what "customer" is said of where it names data and
// not the customers.
func (t text) data(i int) bool {
	return i < len(t.words) && slices.Contains([]string{"data", "information"}, t.words[i].raw)
}
