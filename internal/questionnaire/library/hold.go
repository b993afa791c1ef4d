package library

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
)

// Verdict is what today's evidence makes of a draft.
type Verdict string

const (
	False       Verdict = "false"       // evidence, or the vendor's own claim, says otherwise
	Read        Verdict = "read"        // something of ours speaks against what stands here, and only a reader can tell whether it was said
	Expired     Verdict = "expired"     // what it rests on is beyond its limit
	Unseen      Verdict = "unseen"      // what it rests on was not looked at, or not signed
	Better      Verdict = "better"      // it was No or NA, and is Yes today
	Stands      Verdict = "stands"      // today's answer is the same
	Differs     Verdict = "differs"     // today's answer is put otherwise, and neither speaks against the other
	Unsupported Verdict = "unsupported" // nothing of ours is about it
)

// Verdicts lists every verdict, in the order in which a person wants to know.
func Verdicts() []Verdict {
	return []Verdict{False, Read, Expired, Unseen, Better, Stands, Differs, Unsupported}
}

// Today is the answer that a question has today.
type Today struct {
	Answer   *questionnaire.Answer // nil: nothing of ours is about the question
	Matched  bool                  // by its words, so for a person to confirm
	Inverted bool                  // what we claim holding means No
	// Near says why what we claim is near to the question, and does not answer it;
	// empty: it answers it.
	Near string
	// Beside are claims that are near to the question where none of them answers it.
	Beside []questionnaire.Mention
	// Doubt is true where the words of the question leave open whether Yes is good.
	Doubt bool
}

// Held is a draft beside today's evidence.
type Held struct {
	Draft   Draft
	Value   string // of the draft: Yes, No, NA, or empty where it is none of these
	Verdict Verdict
	Status  control.Status // today's; empty where nothing of ours is about it
	Says    string         // today's sentence
	Checks  []string       // the checks that contradict it
	Why     string         // what keeps it from being told to be false
	Need    string         // what would let it stand
	Matched bool
	Claims  bool // it says that something good is so, by value or in words
	Blind   bool // it claims, and a check that it rests on could not see or did not run
	Expired bool // it claims, and something that it rests on is beyond its limit
	Around  bool // to be read for what stood over or beside its question, as Why says
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
			h := Held{Draft: d, Value: d.value(), Verdict: Unsupported}
			today := find(t, r)
			h.hold(today)
			h.around(r, today)
			out = append(out, h)
		}
	}
	return out
}

// hold settles the verdict on one draft.
func (h *Held) hold(today Today) {
	good, bad := "Yes", "No"
	if today.Inverted {
		good, bad = bad, good
	}
	h.Claims = h.Value == good || h.Value == ""
	a := today.Answer
	if a == nil || a.Status == control.Unanswered || today.Near != "" {
		h.near(today)
		return
	}
	h.Status, h.Says, h.Matched = a.Status, a.Sentence, today.Matched
	if today.Inverted {
		h.Says = strings.TrimPrefix(h.Says, "No: ") // which is said of the claim, and not of the question
	}
	if a.Gap != nil {
		h.Need = a.Gap.Need
	}
	h.Blind, h.Expired = h.Claims && a.Blind && a.Status == control.Unproven, h.Claims && a.Expired
	switch a.Status {
	case control.Contradicted, control.Planned:
		h.Checks = failing(a)
		switch h.Value {
		case good, "NA":
			h.Verdict = False
		case bad:
			h.Verdict = Stands
		default:
			h.Verdict, h.Why = Read, "in words"
		}
	case control.Proven, control.Attested:
		if h.Expired { // of an override alone: what it stands on holds
			h.Verdict, h.Need = Expired, beyond(a)
			return
		}
		h.Verdict = map[string]Verdict{good: Stands, bad: Better, "NA": Better, "": Differs}[h.Value]
	case control.NotApplicable:
		h.Verdict = Differs
		switch h.Value {
		case "NA":
			h.Verdict = Stands
		case good:
			h.Verdict, h.Why = Read, "today's answer is NA"
		}
	case control.Stale:
		h.Verdict, h.Need = Expired, a.Sentence
	default:
		h.Verdict = Unseen
		if a.Expired {
			h.Verdict, h.Need = Expired, beyond(a)+"; and "+h.Need
		}
	}
	if h.Claims && (h.Verdict == Unseen || h.Verdict == Expired) {
		h.beside(a.Mentioned, ofAPart)
	}
	if a.Override != nil && a.Value != "" && h.Claims && h.Value != a.Value && h.Verdict != False {
		h.Verdict, h.Why = Read, "today's answer is an override's"
	}
}

// near looks at what we claim near to a question that nothing of ours answers: a
// claim that a check contradicts, or that is planned, may be what was said here.
func (h *Held) near(today Today) {
	if !h.Claims && h.Value != "NA" && !today.Doubt {
		return
	}
	beside := today.Beside
	if a := today.Answer; a != nil {
		if a.Status == control.Contradicted || a.Status == control.Planned {
			h.Verdict, h.Status, h.Says, h.Matched, h.Why, h.Checks = Read, a.Status, a.Sentence, today.Matched, today.Near, failing(a)
			return
		}
		beside = append(slices.Clone(beside), a.Mentioned...)
	}
	h.beside(beside, cmp.Or(today.Near, ofAPart))
}

// ofAPart is why a claim that decides nothing is to be read.
const ofAPart = "we claim that of a part of it"

// beside looks for a claim that a check contradicts, or that is planned, among
// those that decide nothing.
func (h *Held) beside(list []questionnaire.Mention, why string) {
	for _, bad := range []control.Status{control.Contradicted, control.Planned} {
		for _, m := range list {
			if m.Status == bad && (h.Value != "NA" || bad == control.Contradicted) {
				so := map[control.Status]string{control.Contradicted: "not so", control.Planned: "planned, not in place"}[bad]
				h.Verdict, h.Status, h.Says, h.Checks, h.Why = Read, m.Status, fmt.Sprintf("%s: %q", so, m.Claim), m.Failed, why
				return
			}
		}
	}
}

// beyond says what of an answer is beyond its limit, where something else weighs more.
func beyond(a *questionnaire.Answer) string {
	for _, s := range a.Attested {
		if s.Status == control.Stale {
			return s.Reason
		}
	}
	for _, l := range a.Evidence {
		if l.ToSee != "" && (l.Outcome == string(evidence.Pass) || l.Outcome == string(evidence.Warn)) {
			return l.Check + ": " + l.Reason
		}
	}
	if i := slices.IndexFunc(a.Details, func(d string) bool { return strings.HasPrefix(d, "Override expired") }); i >= 0 {
		return a.Details[i]
	}
	return "something that it rests on is beyond its limit"
}

// failing names the checks that contradict an answer.
func failing(a *questionnaire.Answer) []string {
	var out []string
	for _, l := range a.Evidence {
		if l.Outcome == string(evidence.Fail) {
			out = append(out, l.Check)
		}
	}
	return out
}

// value is the short value of a draft. Where nothing stands in the answer's cell,
// a comment that begins with Yes, No or NA is the answer.
func (d Draft) value() string {
	if typed.Prompt(d.Answer) {
		return typed.Value(d.Comment)
	}
	return typed.Value(d.Answer)
}

// words is what was said, as a person typed it.
func (d Draft) words() string {
	switch {
	case typed.Prompt(d.Answer):
		return d.Comment
	case d.Comment == "":
		return d.Answer
	}
	return d.Answer + ": " + d.Comment
}
