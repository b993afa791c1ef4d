package match

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

//go:embed lexicon.yaml rules.yaml topics.yaml polarity.yaml companions.yaml spelling.yaml
var data embed.FS

// concept is one meaning with its forms, as lexicon.yaml gives it.
type concept struct {
	ID      string     `yaml:"id"`
	Forms   []string   `yaml:"forms"`
	Implies []string   `yaml:"implies"`
	At      yamldoc.At `yaml:"-"`
}

type synonym struct {
	Word string `yaml:"word"`
	As   string `yaml:"as"`
}

// lexicon is the field's vocabulary, ready to be looked up.
type lexicon struct {
	forms        map[string][]form // by the stem that a form begins with, longest first
	implies      map[string][]string
	synonyms     map[string]string // stem -> stem
	stop         map[string]bool   // raw words that carry no meaning
	soft         map[string]bool   // terms that many questions share
	figures      []term            // what asks for a figure, a date, a name or a file
	harmless     map[string]bool   // terms that do not narrow a question
	users        []string          // terms for customers and those who work there
	alternatives []term            // what widens a question to others of a kind
	raw          map[string]bool   // words that are known, for the spelling
	ids          map[string]bool

	spellings map[byte][]string // the known words of five letters and more, by their first
}

type form struct {
	concept string
	stems   []string
}

func decodeLexicon(file string, body []byte) (*lexicon, error) {
	var doc struct {
		Concepts     []concept `yaml:"concepts"`
		Synonyms     []synonym `yaml:"synonyms"`
		Stop         string    `yaml:"stop"`
		Soft         string    `yaml:"soft"`
		Figures      []string  `yaml:"figures"`
		Harmless     string    `yaml:"harmless"`
		Users        string    `yaml:"users"`
		Alternatives []string  `yaml:"alternatives"`
	}
	if err := yamldoc.Decode(file, body, &doc); err != nil {
		return nil, err
	}
	l := &lexicon{forms: map[string][]form{}, implies: map[string][]string{}, synonyms: map[string]string{}, stop: map[string]bool{}, soft: map[string]bool{}, harmless: map[string]bool{}, raw: map[string]bool{}, ids: map[string]bool{}}
	for _, w := range strings.Fields(doc.Stop) {
		l.stop[w], l.raw[w] = true, true
	}
	for _, s := range doc.Synonyms {
		l.synonyms[stem(s.Word)] = stem(s.As)
		l.raw[s.Word], l.raw[s.As] = true, true
	}
	for _, c := range doc.Concepts {
		if l.ids[c.ID] || c.ID == "" || len(c.Forms) == 0 {
			return nil, yamldoc.Finding{File: file, Line: c.At.Of("id"), Field: "concepts.id", Message: fmt.Sprintf("expected an id of its own and forms, got %q", c.ID)}
		}
		l.ids[c.ID] = true
		l.implies[c.ID] = c.Implies
		for _, f := range c.Forms {
			stems := l.stems(f)
			if len(stems) == 0 {
				return nil, yamldoc.Finding{File: file, Line: c.At.Of("forms"), Field: "concepts.forms", Message: fmt.Sprintf("the form %q of %s has no word", f, c.ID)}
			}
			l.forms[stems[0]] = append(l.forms[stems[0]], form{c.ID, stems})
			l.know(f)
		}
	}
	for _, list := range []struct {
		words string
		to    map[string]bool
	}{{doc.Soft, l.soft}, {doc.Harmless, l.harmless}} {
		for _, w := range strings.Fields(list.words) {
			list.to[l.termOf(w)] = true
		}
	}
	for _, w := range strings.Fields(doc.Users) {
		l.users = append(l.users, l.termOf(w))
	}
	var err error
	if l.figures, err = l.terms(doc.Figures); err != nil {
		return nil, yamldoc.Finding{File: file, Field: "figures", Message: err.Error()}
	}
	if l.alternatives, err = l.terms(doc.Alternatives); err != nil {
		return nil, yamldoc.Finding{File: file, Field: "alternatives", Message: err.Error()}
	}
	for _, list := range l.forms {
		slices.SortStableFunc(list, func(a, b form) int { return len(b.stems) - len(a.stems) })
	}
	return l, nil
}

// termOf returns the term that a word, or a concept by its #name, stands for.
func (l *lexicon) termOf(w string) string {
	if strings.HasPrefix(w, "#") {
		return w
	}
	l.raw[w] = true
	return l.synonym(stem(w))
}

// know adds the words of a text to those that the spelling knows.
func (l *lexicon) know(text string) {
	for _, w := range split(text) {
		l.raw[w.raw] = true
	}
}

// settle makes the spelling ready, once every word is known.
func (l *lexicon) settle() {
	l.spellings = map[byte][]string{}
	for _, w := range slices.Sorted(maps.Keys(l.raw)) {
		if len(w) >= 5 {
			l.spellings[w[0]] = append(l.spellings[w[0]], w)
		}
	}
}

// stems returns the stems of a phrase, each read as its synonym.
func (l *lexicon) stems(text string) []string {
	var out []string
	for _, w := range split(text) {
		out = append(out, l.synonym(w.stem))
	}
	return out
}

func (l *lexicon) synonym(stem string) string {
	if as, ok := l.synonyms[stem]; ok {
		return as
	}
	return stem
}

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
				t.words[i] = word{known, stem(known)}
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

// spell returns the known word that a misspelt one stands for. Short words are
// left alone, and the first letter is taken to be right.
func (l *lexicon) spell(raw string) (string, bool) {
	if len(raw) < 6 || strings.ContainsAny(raw, "0123456789") {
		return "", false
	}
	best := ""
	for _, w := range l.spellings[raw[0]] {
		if near(raw, w) && (best == "" || closer(raw, w, best)) {
			best = w
		}
	}
	return best, best != ""
}

// closer prefers the word that takes fewer changes, then the one that comes
// first: the map's order must not decide.
func closer(raw, w, best string) bool {
	a, b := distance([]rune(raw), []rune(w), 3), distance([]rune(raw), []rune(best), 3)
	return a < b || a == b && w < best
}

// asks returns the words by which a question asks for a figure, a date, a name
// or a file, which no claim holds; nothing when it does not.
func (l *lexicon) asks(q text) string {
	for _, t := range l.figures {
		if t.concept != "" {
			if t.in(q) {
				return "#" + t.concept
			}
			continue
		}
		for _, i := range q.at[t.stems[0]] {
			if hasAt(q.stems, i, t.stems) && !q.limited(i) {
				return q.said(i, i+len(t.stems))
			}
		}
	}
	return ""
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

// said is the words of a text as they were read, from one to before another.
func (t text) said(from, to int) string {
	var out []string
	for _, w := range t.words[from:to] {
		out = append(out, w.raw)
	}
	return strings.Join(out, " ")
}
