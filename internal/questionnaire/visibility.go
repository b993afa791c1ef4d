package questionnaire

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

// Level says who may see evidence, and who a document is for.
type Level string

const (
	Public  Level = "public"  // anybody
	NDA     Level = "nda"     // whoever signed a non-disclosure agreement
	Private Level = "private" // the vendor's own people
)

// Levels lists the levels, the widest audience first.
func Levels() []Level { return []Level{Public, NDA, Private} }

// Words is the level as a reader is told it.
func (l Level) Words() string {
	if l == NDA {
		return "under NDA"
	}
	return string(l)
}

func (l Level) rank() int { return slices.Index(Levels(), l) }

// Visibility labels evidence. What carries no label has the default level, which
// is nda where none is given: nothing becomes public because it was forgotten.
type Visibility struct {
	Default string     `yaml:"default"`
	Public  Labelled   `yaml:"public"`
	NDA     Labelled   `yaml:"nda"`
	Private Labelled   `yaml:"private"`
	At      yamldoc.At `yaml:"-"`
}

// Labelled names the things that carry one label. A label on a question or a
// control covers every check and attestation behind it.
type Labelled struct {
	Questions    []string   `yaml:"questions"` // as "sig-lite E.1.4"
	Controls     []string   `yaml:"controls"`
	Checks       []string   `yaml:"checks"`
	Attestations []string   `yaml:"attestations"`
	At           yamldoc.At `yaml:"-"`
}

func (v Visibility) labels() map[Level]Labelled {
	return map[Level]Labelled{Public: v.Public, NDA: v.NDA, Private: v.Private}
}

func (v Visibility) fallback() Level {
	if v.Default == "" {
		return NDA
	}
	return Level(v.Default)
}

func (v Visibility) check(file string) yamldoc.Findings {
	var found yamldoc.Findings
	if v.fallback().rank() < 0 {
		found = append(found, yamldoc.Finding{File: file, Line: v.At.Of("default"), Field: "visibility.default",
			Message: fmt.Sprintf("expected public, nda or private, got %q", v.Default)})
	}
	for level, l := range v.labels() {
		for _, q := range l.Questions {
			if len(strings.Fields(q)) != 2 {
				found = append(found, yamldoc.Finding{File: file, Line: l.At.Of("questions"), Field: fmt.Sprintf("visibility.%s.questions", level),
					Message: fmt.Sprintf("expected a questionnaire and a question, as \"sig-lite E.1.4\", got %q: a bare ID means nothing", q)})
			}
		}
	}
	return found
}

// Held is the evidence that a document keeps from its audience.
type Held struct {
	Checks       map[string]Level // check ID -> its level
	Attestations map[string]Level // attestation ID -> its level
}

// Held returns what an audience is not shown. A record goes to a reader or it
// does not, so it has one level: the strictest of the labels on it, on a control
// that requires it and on a question of q that such a control decides or is
// mentioned in; the default where it carries none.
//
// Errors are yamldoc.Findings: a label on something that does not exist.
func (v Visibility) Held(audience Level, lib *control.Library, q *Questionnaire) (Held, error) {
	held := Held{Checks: map[string]Level{}, Attestations: map[string]Level{}}
	if audience == Private {
		return held, nil
	}
	checks, attestations, controls := map[string]Level{}, map[string]Level{}, map[string]Level{}
	strictest := func(in map[string]Level, id string, l Level) {
		if was, ok := in[id]; !ok || was.rank() < l.rank() {
			in[id] = l
		}
	}
	for level, l := range v.labels() {
		for _, id := range l.Checks {
			strictest(checks, id, level)
		}
		for _, id := range l.Attestations {
			strictest(attestations, id, level)
		}
		for _, id := range l.Controls {
			strictest(controls, id, level)
		}
		for _, name := range l.Questions {
			for _, id := range q.behind(name) {
				strictest(controls, id, level)
			}
		}
	}
	found := v.unknown(lib, q)
	for _, c := range lib.Controls {
		level, labelled := controls[c.ID]
		if !labelled {
			continue
		}
		for _, id := range c.Requires.Checks {
			strictest(checks, id, level)
		}
		for _, id := range c.Requires.Attestations {
			strictest(attestations, id, level)
		}
	}
	above := func(levels map[string]Level, id string) (Level, bool) {
		level, labelled := levels[id]
		if !labelled {
			level = v.fallback()
		}
		return level, level.rank() > audience.rank()
	}
	for _, c := range lib.Controls {
		for _, id := range c.Requires.Checks {
			if level, yes := above(checks, id); yes {
				held.Checks[id] = level
			}
		}
		for _, id := range c.Requires.Attestations {
			if level, yes := above(attestations, id); yes {
				held.Attestations[id] = level
			}
		}
	}
	for _, a := range lib.Attestations { // one that nothing requires travels with its file
		if level, yes := above(attestations, a.ID); yes {
			held.Attestations[a.ID] = level
		}
	}
	return held, found.Err()
}

// unknown reports labels that cover nothing, since a reader of the file takes
// them for a protection. Questions of other questionnaires are not looked at.
func (v Visibility) unknown(lib *control.Library, q *Questionnaire) yamldoc.Findings {
	var found yamldoc.Findings
	required := map[string]bool{}
	for _, c := range lib.Controls {
		for _, id := range slices.Concat(c.Requires.Checks, c.Requires.Attestations) {
			required[id] = true
		}
	}
	for level, l := range v.labels() {
		bad := func(key, format string, a ...any) {
			found = append(found, yamldoc.Finding{File: l.At.File, Line: l.At.Of(key), Field: fmt.Sprintf("visibility.%s.%s", level, key), Message: fmt.Sprintf(format, a...)})
		}
		for _, id := range l.Controls {
			if _, ok := lib.Control(id); !ok {
				bad("controls", "there is no control %q", id)
			}
		}
		for _, id := range l.Checks {
			if !required[id] {
				bad("checks", "no control requires a check %q", id)
			}
		}
		for _, id := range l.Attestations {
			if !required[id] {
				bad("attestations", "no control requires an attestation %q", id)
			}
		}
		for _, name := range l.Questions {
			if of, id, _ := strings.Cut(strings.Join(strings.Fields(name), " "), " "); of == q.ID && !q.has(id) {
				bad("questions", "%s has no question %q", q.ID, id)
			}
		}
	}
	return found
}

// behind returns the controls that decide, or are mentioned in, the question of
// this name, as "sig-lite E.1.4", here or in the questionnaire that a buyer's
// workbook was recognised as.
func (q *Questionnaire) behind(name string) []string {
	for _, k := range q.Kin {
		if k.As == strings.Join(strings.Fields(name), " ") {
			return k.Controls
		}
	}
	for _, s := range q.Sections {
		for _, x := range s.Questions {
			if q.ID+" "+x.ID == strings.Join(strings.Fields(name), " ") {
				return slices.Concat(x.Decide, x.Mention)
			}
		}
	}
	return nil
}

func (q *Questionnaire) has(id string) bool {
	return slices.ContainsFunc(q.Sections, func(s Part) bool {
		return slices.ContainsFunc(s.Questions, func(x Question) bool { return x.ID == id })
	})
}

// IDs returns what is held, sorted.
func (h Held) IDs() (checks, attestations []string) {
	return slices.Sorted(maps.Keys(h.Checks)), slices.Sorted(maps.Keys(h.Attestations))
}

// HeldBack is what stands in place of evidence above the audience.
func HeldBack(l Level) string { return "evidence held back: " + l.Words() }
