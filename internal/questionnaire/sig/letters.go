// Package sig knows what the letters of SIG workbooks stand for. The letter of
// a question's number names its domain, and which domain that is differs from
// generation to generation: a letter says nothing until the generation is known.
package sig

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

// Generation is the domains of the workbooks of some years.
type Generation struct {
	ID      string     `yaml:"id"`     // as sig-2025
	Years   string     `yaml:"years"`  // for a person
	Layout  string     `yaml:"layout"` // for a person: what its workbook looks like
	Letters []Letter   `yaml:"letters"`
	At      yamldoc.At `yaml:"-"`
}

// Letter is one domain, in our own words.
type Letter struct {
	Letter string     `yaml:"letter"`
	Topic  string     `yaml:"topic"`
	At     yamldoc.At `yaml:"-"`
}

// Decode reads the generations strictly, oldest first. The error is
// yamldoc.Findings, with file and line.
func Decode(f yamldoc.File) ([]Generation, error) {
	var doc struct {
		Generations []Generation `yaml:"generations"`
	}
	found := yamldoc.Of(yamldoc.Decode(f.Name, f.Body, &doc))
	bad := func(at yamldoc.At, key, format string, a ...any) {
		found = append(found, yamldoc.Finding{File: f.Name, Line: at.Of(key), Field: key, Message: fmt.Sprintf(format, a...)})
	}
	ids := map[string]bool{}
	for _, g := range doc.Generations {
		if g.ID == "" || g.Years == "" || ids[g.ID] {
			bad(g.At, "id", "expected an id of its own, as sig-2025, and the years")
		}
		ids[g.ID] = true
		last := ""
		for _, l := range g.Letters {
			if len(l.Letter) != 1 || l.Letter < "A" || l.Letter > "Z" || l.Letter <= last || l.Topic == "" {
				bad(l.At, "letter", "%s: expected one letter after %q, with a topic, got %q", g.ID, last, l.Letter)
			}
			last = l.Letter
		}
	}
	if len(doc.Generations) == 0 && len(found) == 0 {
		found = append(found, yamldoc.Finding{File: f.Name, Field: "generations", Message: "missing; expected at least one generation with its letters"})
	}
	return doc.Generations, found.Err()
}

// Topic returns what the letter stands for in this generation, or "".
func (g Generation) Topic(letter string) string {
	if i := slices.IndexFunc(g.Letters, func(l Letter) bool { return l.Letter == strings.ToUpper(letter) }); i >= 0 {
		return g.Letters[i].Topic
	}
	return ""
}

// Which returns the generations whose letters are exactly these, in any order:
// the tabs or the domain column of a workbook tell its age.
func Which(all []Generation, letters []string) []Generation {
	have := slices.Clone(letters)
	slices.Sort(have)
	have = slices.Compact(have)
	var out []Generation
	for _, g := range all {
		if slices.EqualFunc(g.Letters, have, func(l Letter, s string) bool { return l.Letter == strings.ToUpper(s) }) {
			out = append(out, g)
		}
	}
	return out
}

// Tell says, for a person, of which generation a workbook is whose questions
// have these numbers, and what each letter stands for there.
func Tell(all []Generation, numbers []string) string {
	var letters []string
	for _, n := range numbers {
		if letter, _, ok := strings.Cut(n, "."); ok && !slices.Contains(letters, letter) {
			letters = append(letters, letter)
		}
	}
	slices.Sort(letters)
	found := Which(all, letters)
	if len(found) != 1 {
		return fmt.Sprintf("letters: %s are those of no one SIG generation, so they are taken for nothing", orNone(strings.Join(letters, " ")))
	}
	var topics []string
	for _, l := range found[0].Letters {
		topics = append(topics, l.Letter+" "+strings.ToLower(l.Topic[:1])+l.Topic[1:])
	}
	return fmt.Sprintf("letters: those of the SIG of %s, %s: %s", found[0].Years, found[0].Layout, strings.Join(topics, "; "))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
