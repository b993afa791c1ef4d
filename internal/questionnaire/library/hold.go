package library

import (
	"strings"
	"unicode"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// Verdict is what today's evidence makes of a draft.
type Verdict string

const (
	False       Verdict = "false"       // evidence, or the vendor's own claim, says otherwise
	Stands      Verdict = "stands"      // today's answer is the same
	Better      Verdict = "better"      // it was No or NA, and is Yes today
	Unsupported Verdict = "unsupported" // nothing stands behind it today
)

// Verdicts lists every verdict, the loudest first.
func Verdicts() []Verdict { return []Verdict{False, Better, Stands, Unsupported} }

// Today is the answer that a question has today. Inverted is true where what we
// claim holding means No.
type Today struct {
	Answer   *questionnaire.Answer // nil: nothing of ours is about the question
	Matched  bool                  // by its words, so for a person to confirm
	Inverted bool
}

// Held is a draft beside today's evidence.
type Held struct {
	Draft   Draft
	Value   string // of the draft: Yes, No, NA, or empty where it is none of these
	Verdict Verdict
	Status  control.Status // today's; empty where nothing of ours is about it
	Says    string         // today's sentence
	Checks  []string       // the checks that contradict it
	Matched bool
}

// Hold holds every draft against today's answers. A draft is never proven by
// itself: where nothing stands behind it today, that is what is said.
func (f File) Hold(find func(layout.Table, layout.Row) Today) []Held {
	drafts := map[string]Draft{}
	for _, d := range f.Answers {
		drafts[d.Sheet+"!"+d.Cell] = d
	}
	var out []Held
	for _, t := range f.Layout().Tables {
		for _, r := range t.Rows {
			d := drafts[t.Sheet+"!"+r.Answer.Ref]
			h := Held{Draft: d, Value: Value(d.Answer), Verdict: Unsupported}
			if today := find(t, r); today.Answer != nil {
				h.hold(today)
			}
			out = append(out, h)
		}
	}
	return out
}

func (h *Held) hold(today Today) {
	a := today.Answer
	h.Status, h.Says, h.Matched = a.Status, a.Sentence, today.Matched
	good, bad := "Yes", "No"
	if today.Inverted {
		good, bad = bad, good
	}
	switch a.Status {
	case control.Contradicted:
		if h.Value != good && h.Value != "NA" {
			if h.Value == bad {
				h.Verdict = Stands
			}
			return
		}
		h.Verdict = False
		for _, l := range a.Evidence {
			if l.Outcome == "fail" {
				h.Checks = append(h.Checks, l.Check)
			}
		}
	case control.Planned:
		switch h.Value {
		case good:
			h.Verdict = False
		case bad:
			h.Verdict = Stands
		}
	case control.Proven, control.Attested:
		switch h.Value {
		case good:
			h.Verdict = Stands
		case bad, "NA":
			h.Verdict = Better
		}
	case control.NotApplicable:
		if h.Value == "NA" {
			h.Verdict = Stands
		}
	}
}

// Value reads the short value out of an answer as people type it: "Yes", "y",
// "Yes - see below", "N/A". Anything else is none.
func Value(answer string) string {
	s := strings.ToLower(strings.TrimSpace(answer))
	if strings.HasPrefix(s, "not applicable") {
		return "NA"
	}
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'“‘«*(", r) })
	word := s
	if i := strings.IndexFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '/' && r != '✓' && r != '✔'
	}); i >= 0 {
		word = s[:i]
	}
	if first, _, both := strings.Cut(word, "/"); both && word != "n/a" {
		word = first // Yes/Partial claims what Yes claims
	}
	switch word {
	case "yes", "y", "true", "compliant", "implemented", "fully", "✓", "✔":
		return "Yes"
	case "no", "n", "false":
		return "No"
	case "na", "n/a":
		return "NA"
	}
	return ""
}
