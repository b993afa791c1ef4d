package match

import (
	"slices"
	"strings"
)

// text is a question, or a line of a control, as the matcher reads it.
type text struct {
	words    []word           // every word, spelling mended
	stems    []string         // the stem of each word, as its synonym
	concepts map[string]bool  // every concept that has a form in it, overlapping ones too, and what they imply
	terms    []string         // what carries meaning, in order: #concept, longest form first, or a stem
	holder   []string         // the term that each word is part of; empty for a word that carries no meaning
	at       map[string][]int // where each stem stands
}

// read makes a text of words. Where mend is true, a word that nobody knows is
// read as the known word that is one slip of the pen away.
func (l *lexicon) read(s string, mend bool) text {
	t := text{words: split(s), concepts: map[string]bool{}, at: map[string][]int{}}
	for i, w := range t.words {
		if mend && !l.raw[w.raw] {
			if known, ok := l.spell(w.raw); ok {
				t.words[i] = word{known, stem(known), t.words[i].own}
			}
		}
		t.stems = append(t.stems, l.synonym(t.words[i].stem))
		t.at[t.stems[i]] = append(t.at[t.stems[i]], i)
	}
	t.holder = make([]string, len(t.words))
	for i := 0; i < len(t.words); {
		longest := form{}
		for _, f := range l.forms[t.stems[i]] {
			if hasAt(t.stems, i, f.stems) {
				t.mention(l, f.concept)
				if len(f.stems) > len(longest.stems) {
					longest = f
				}
			}
		}
		if longest.concept != "" {
			t.terms = append(t.terms, "#"+longest.concept)
			for k := range longest.stems {
				t.holder[i+k] = "#" + longest.concept
			}
			for k := i + 1; k < i+len(longest.stems); k++ {
				for _, f := range l.forms[t.stems[k]] { // what begins inside the form is spoken of, too
					if hasAt(t.stems, k, f.stems) {
						t.mention(l, f.concept)
					}
				}
			}
			i += len(longest.stems)
			continue
		}
		if !l.stop[t.words[i].raw] && !letter(t.words[i].raw) {
			t.terms = append(t.terms, t.stems[i])
			t.holder[i] = t.stems[i]
		}
		i++
	}
	return t
}

// letter reports a letter alone, as in e.g.: outside a form it means nothing.
func letter(raw string) bool { return len(raw) == 1 && raw[0] >= 'a' && raw[0] <= 'z' }

func (t *text) mention(l *lexicon, id string) {
	t.concepts[id] = true
	for _, also := range l.implies[id] {
		t.concepts[also] = true
	}
}

func hasAt(stems []string, i int, phrase []string) bool {
	return i+len(phrase) <= len(stems) && slices.Equal(stems[i:i+len(phrase)], phrase)
}

// has reports whether a phrase stands in the text, in order and together.
func (t text) has(phrase []string) bool {
	return slices.ContainsFunc(t.at[phrase[0]], func(i int) bool { return hasAt(t.stems, i, phrase) })
}

// own returns the words of the text from one place up to another.
func (t text) own(from, to int) string {
	var out []string
	for _, w := range t.words[from:to] {
		out = append(out, w.own)
	}
	return strings.Join(out, " ")
}

// said returns the words of the text in which each of the terms stands first, in
// the order of the text: a person reads what was asked, and no stem.
func (t text) said(terms []string) []string {
	var out []string
	for from, term := range t.holder {
		if term == "" || slices.Index(t.holder, term) < from || !slices.Contains(terms, term) {
			continue
		}
		to := from + 1
		for to < len(t.holder) && t.holder[to] == term {
			to++
		}
		out = append(out, t.own(from, to))
	}
	return out
}

// limited reports whether what begins at a word is what a yes or no question asks
// to be limited: "do you limit how many requests", "is there a cap on the number
// of logins". It asks whether there is a limit, not for the figure.
func (t text) limited(i int) bool {
	if len(t.words) == 0 || !auxiliary(t.words[0].raw) {
		return false
	}
	for i--; i > 0 && slices.Contains([]string{"the", "on", "to", "for", "of"}, t.words[i].raw); i-- {
	}
	return i > 0 && slices.Contains([]string{"limit", "limits", "limited", "restrict", "restricts", "restricted", "restriction", "restrictions", "cap", "caps", "capped", "throttle", "throttles", "throttled", "bound", "bounds"}, t.words[i].raw)
}

// auxiliary begins a question that is answered by yes or no.
func auxiliary(raw string) bool {
	return slices.Contains([]string{"do", "does", "is", "are", "has", "have", "did", "was", "were"}, raw)
}
