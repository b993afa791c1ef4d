package match

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// bareID is an identifier without words: 8.1, A.12.4, CC6.1.
var bareID = regexp.MustCompile(`^[\s"'(\[]*(?i:q|no\.?|#|req\.?)?\s*[A-Za-z&]{0,4}[-. ]?\d+([.\-]\d+|\([a-z0-9]+\))*[a-z]?[\s"')\].:?]*$`)

// Propose returns what of the library may answer the question. section is the
// heading under which it stands, or nothing.
func (m *Matcher) Propose(section, question string) Proposal {
	p := Proposal{Question: question, State: Blank}
	if bareID.MatchString(question) {
		p.Reason = "an identifier alone means nothing without its framework; put the question's text beside it"
		return p
	}
	whole := m.lexicon.read(question, true)
	if len(whole.words) >= maxWords {
		p.Reason = fmt.Sprintf("it has %d words or more: no question is read that is longer than a page", maxWords)
		return p
	}
	if len(whole.terms) == 0 {
		p.Reason = "the question has no word that a claim could share"
		return p
	}
	v := verdict{Matcher: m, section: section, heading: m.lexicon.read(section, false), whole: whole}
	v.first = m.search(whole)
	for _, h := range v.first[:min(bestShown, len(v.first))] {
		p.Candidates = append(p.Candidates, h.candidate(m, whole, false))
	}
	v.judge(&p, question)
	p.ForReview = p.State != Blank
	return p
}

// verdict is the work on one question.
type verdict struct {
	*Matcher
	section string // under what it stands, a line each
	heading text
	whole   text
	first   []hit // for the whole question
}

// judge decides between draft, conflict and blank.
func (v *verdict) judge(p *Proposal, question string) {
	if cue := v.lexicon.asks(v.whole); cue != "" {
		p.Reason = fmt.Sprintf("it asks for a figure, a date, a name or a file (%q), which no claim holds", cue)
		return
	}
	if conditional.MatchString(question) {
		p.Reason = "it asks on a condition, which names things that it does not ask for: a person answers it"
		return
	}
	if elsewhere.MatchString(question) {
		p.Reason = "it asks about something that stands elsewhere: a person answers it beside what it refers to"
		return
	}
	parts := clauses(question)
	if len(parts) > maxParts {
		p.Reason = fmt.Sprintf("it asks %d things at once", len(parts))
		return
	}
	if len(parts) > 1 {
		v.several(p, parts)
		return
	}
	a := v.answer(question, v.whole)
	p.Refused = a.refused
	switch {
	case len(a.conflict) > 0:
		p.State, p.Conflict, p.Reason = Conflict, a.conflict, a.reason
	case len(a.parts) > 0:
		p.State, p.Controls, p.Parts, p.Value, p.Reason = Draft, a.controls, a.parts, a.value, a.reason
	case len(a.controls) > 0:
		p.State, p.Controls, p.Value, p.Inverted, p.Reason = Draft, a.controls, a.value, a.inverted, a.reason
	default:
		p.Reason = a.reason
	}
	if p.State == Draft && wantsWords(question) {
		p.Value = ""
	}
}

// several answers a question whose parts stand in clauses of their own: only
// when each part is answered.
func (v *verdict) several(p *Proposal, parts []string) {
	values := map[string]bool{}
	open := 0
	for _, text := range parts {
		a := v.answer(text, v.lexicon.read(text, true))
		part := Part{Text: text, Controls: a.controls, Inverted: a.inverted, Reason: a.reason}
		for _, inner := range a.parts {
			part.Inverted = part.Inverted || inner.Inverted
		}
		if cue := v.lexicon.asks(v.lexicon.read(text, true)); cue != "" {
			part.Controls, part.Reason = nil, fmt.Sprintf("it asks for a figure, a date, a name or a file (%q)", cue)
		}
		if len(part.Controls) == 0 {
			open++
		}
		values[a.value] = true
		p.Parts = append(p.Parts, part)
		p.Refused = append(p.Refused, a.refused...)
		p.Controls = append(p.Controls, part.Controls...)
	}
	if open > 0 {
		p.Controls = nil
		p.Reason = fmt.Sprintf("%d of its %d parts have no sure answer, and one cell holds one answer", open, len(parts))
		return
	}
	p.Controls = unique(p.Controls)
	for _, r := range v.fired(v.whole) { // a topic of one part is the topic of all
		if r.Of == "" {
			continue
		}
		for _, h := range v.first {
			if slices.Contains(p.Controls, h.ID) && r.forbids(h.ID, h.Subject) {
				p.Refused = append(p.Refused, Refused{h.ID, r.ID, r.Reason})
				p.Controls, p.Reason = nil, r.Reason
				return
			}
		}
	}
	p.State = Draft
	p.Reason = fmt.Sprintf("each of its %d parts has an answer; all must hold", len(parts))
	if len(values) == 1 {
		for only := range values {
			p.Value = only
		}
	} else {
		p.Reason += "; they differ, so the value is left to a person"
	}
}

// answer is what one question, or one part of it, comes to.
type answer struct {
	controls []string
	parts    []Part
	conflict []Candidate
	refused  []Refused
	value    string
	inverted bool
	reason   string
}

func (v *verdict) answer(question string, q text) answer {
	var a answer
	hits := v.first
	if len(q.words) != len(v.whole.words) {
		hits = v.search(q)
	}
	harm, bad := v.harmOf(q)
	var open []hit // what no rule forbids, best first
	fired := v.firedOn(q)
	for i, h := range hits {
		if r := slices.IndexFunc(fired, func(r *Rule) bool { return r.forbids(h.ID, h.Subject) }); r >= 0 {
			if h.score >= Far || i < bestShown {
				a.refused = append(a.refused, Refused{h.ID, fired[r].ID, fired[r].Reason})
			}
			continue
		}
		h.inverted = bad && slices.Contains(harm.Inverts, h.ID)
		open = append(open, h)
	}
	if len(open) == 0 || open[0].named < 1 || open[0].score < Threshold {
		if bad && len(harm.Inverts) == 0 {
			a.reason = harm.Reason
			return a
		}
		if two, ok := v.pair(question, q, open); ok && !bad {
			return two
		}
		a.reason = below(q, open, hits, a.refused)
		return a
	}
	best := open[0]
	if bad && !best.inverted {
		a.reason = harm.Reason + " A person answers it."
		return a
	}
	if why := v.bounded(best, question, q); why != "" {
		a.reason = why
		return a
	}
	tied := []hit{best}
	for _, h := range open[1:] {
		if h.named == 1 && v.bounded(h, question, q) == "" && best.score-h.score <= nearEqual && h.inverted == best.inverted {
			tied = append(tied, h)
		}
	}
	a.inverted, a.value = best.inverted, value(best.Control, best.inverted)
	for _, h := range tied {
		if value(h.Control, h.inverted) != a.value {
			for _, h := range tied {
				a.conflict = append(a.conflict, h.candidate(v.Matcher, q, h.inverted))
			}
			a.reason = "claims that fit it about equally well answer it differently"
			return a
		}
		a.controls = append(a.controls, h.ID)
	}
	a.controls = unique(append(a.controls, v.beside(a.controls)...))
	a.reason = fmt.Sprintf("%s matches with %.2f (at least %.2f is wanted)", best.ID, best.score, Threshold)
	if a.inverted {
		a.reason = harm.Reason + " The claim says that it does not."
	}
	return a
}

// firedOn returns the near-miss rules that speak of a question or of a part of
// it, and the topics that the heading gives away.
func (v *verdict) firedOn(q text) []*Rule {
	out := v.fired(q)
	for i := range v.rules {
		if r := &v.rules[i]; r.Headings && r.fires(v.heading) || r.heads(v.section) {
			out = append(out, r)
		}
	}
	return out
}

// below says why nothing was drafted: the best control was refused, or nothing
// came near enough.
func below(q text, open, all []hit, refused []Refused) string {
	switch {
	case len(refused) > 0 && (len(open) == 0 || open[0].ID != all[0].ID):
		return refused[0].Reason
	case len(open) == 0:
		return "no claim shares its words"
	case open[0].score < Far || len(open[0].missing) == 0:
		return fmt.Sprintf("the nearest claim, %s, is too far from it (%.2f)", open[0].ID, open[0].score)
	}
	return fmt.Sprintf("the nearest claim, %s, says nothing of %s", open[0].ID, strings.Join(q.said(open[0].missing), ", "))
}

func (h hit) candidate(m *Matcher, q text, inverted bool) Candidate {
	return Candidate{Control: h.ID, Claim: h.Claim, Score: h.score, Terms: q.said(h.terms), Missing: q.said(h.missing), Value: value(h.Control, inverted), With: m.beside([]string{h.ID})}
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// possible is how a question asks whether something can happen, rather than
// whether something is in place: which of Yes and No is good, only its reader knows.
var possible = regexp.MustCompile(`(?i)^\s*(can|could|may|might|is it (at all )?possible|is there (a|any) (way|chance|risk|lack)|are there (no|any ways)|is (no|any)\b|do(es)? (no|any) )`)

// Doubt says why an ID alone does not answer a question with these words: Yes may
// be the bad answer, or it asks for words and not for a value. Empty where nothing
// speaks against it; a question without words is always doubted.
func Doubt(question string) string {
	if strings.TrimSpace(question) == "" {
		return "the text of its question is not there (a formula without a stored value?): an ID alone is not believed; open and save the workbook where it calculates"
	}
	k, err := shipped()
	if err != nil {
		return "the rules of polarity cannot be read: " + err.Error()
	}
	q := k.lexicon.read(question, true)
	if h, bad := k.harmOf(q); bad {
		return h.Reason + " A person answers it."
	}
	if cue := k.lexicon.asks(q); cue != "" {
		return fmt.Sprintf("it asks for a figure, a date, a name or a file (%q), which no claim holds", cue)
	}
	if possible.MatchString(question) {
		return "it asks whether something can happen, or is missing: whether Yes is the good answer, a person says"
	}
	return ""
}

// turning are words that turn a question round, or leave of it less than it seems to ask.
var turning = regexp.MustCompile(`(?i)\b(never|not|no|none|neither|nor|cannot|seldom|rarely|hardly|barely|scarcely|without|lacks?|lacking|lost|gaps?|unlimited|fail(?:s|ed)? to|left|(?:switched|turned) off|off|except|exempt|only|partly|partially|insufficiently|poorly|undefined|unimplemented|undocumented|incomplete|absent|missing|bypass(?:ed)?|avoid|waived|optional)\b`)

// Turned returns the first word of a question that may turn it round; nothing
// where none does. It is for a text that stands beside a known ID and is not the
// one that was read under it.
func Turned(question string) string { return strings.ToLower(turning.FindString(question)) }
