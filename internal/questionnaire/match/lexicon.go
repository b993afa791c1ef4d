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
	synonyms     map[string]string   // stem -> stem
	stop         map[string]bool     // raw words that carry no meaning
	soft         map[string]bool     // terms that many questions share
	figures      [][]string          // what asks for a figure, a date, a name or a file
	harmless     map[string]bool     // terms that do not narrow a question
	users        []string            // terms for customers and those who work there
	things       map[string][]string // words that ask for a thing of their own, by how they do
	alternatives []term              // what widens a question to others of a kind
	raw          map[string]bool     // words that are known, for the spelling
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
		Heads        string    `yaml:"heads"`
		Bare         string    `yaml:"bare"`
		Several      string    `yaml:"several"`
		Further      string    `yaml:"further"`
		Determiners  string    `yaml:"determiners"`
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
	l.things = map[string][]string{"heads": strings.Fields(doc.Heads), "bare": strings.Fields(doc.Bare), "several": strings.Fields(doc.Several),
		"further": strings.Fields(doc.Further), "determiners": strings.Fields(doc.Determiners)}
	for _, w := range strings.Fields(doc.Users) {
		l.users = append(l.users, l.termOf(w))
	}
	var err error
	for _, f := range doc.Figures {
		l.know(f)
		l.figures = append(l.figures, l.stems(f))
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
		for _, i := range q.at[t[0]] {
			if hasAt(q.stems, i, t) && !q.limited(i) {
				return q.own(i, i+len(t))
			}
		}
	}
	return ""
}
