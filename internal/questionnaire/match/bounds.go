package match

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// bounded says what of a question goes beyond a claim that is otherwise near
// enough to answer it; nothing when the claim's own words cover the question. A
// score weighs words against each other. This does not: one word that narrows the
// question and that no line of the claim holds is enough to leave it to a person.
func (v *verdict) bounded(h hit, question string, q text) string {
	no := value(h.Control, h.inverted) == "No" && !h.inverted
	if open := v.unexplained(h.missing); len(open) > 0 {
		return fmt.Sprintf("the nearest claim, %s, says nothing of %s", h.ID, strings.Join(q.said(open), ", "))
	}
	if what := h.beyondEach(q); what != "" && !no { // what is not there is there for none
		return fmt.Sprintf("it asks this of %q, and the claim %s does not say so", what, h.ID)
	}
	if !no && wantsFile.MatchString(question) && !h.vocabulary["report"] {
		return fmt.Sprintf("it asks for a document, and the claim %s hands over none", h.ID)
	}
	if w := openWord(question); w != "" && !slices.Contains(h.asks, w) {
		return fmt.Sprintf("it asks %q, and the claim %s has no answer to that", w, h.ID)
	}
	if what := v.another(h, q, no); what != "" {
		return fmt.Sprintf("it asks about %q, and the claim %s says nothing of that", what, h.ID)
	}
	if capability.MatchString(question) && !h.speaksOf(v.lexicon.users) {
		return fmt.Sprintf("it asks what customers can do themselves, and the claim %s speaks of what we do", h.ID)
	}
	if no {
		for _, t := range v.lexicon.alternatives {
			if t.in(q) {
				return fmt.Sprintf("it asks for %s or something like it: the No of one is not the No of all", h.ID)
			}
		}
	}
	return ""
}

// unexplained returns those of the terms that narrow a question.
func (v *verdict) unexplained(missing []string) []string {
	return slices.DeleteFunc(slices.Clone(missing), func(term string) bool { return v.lexicon.harmless[term] })
}

// capability is how a question asks what customers can do, rather than what is done.
var capability = regexp.MustCompile(`(?i)^\W*(?:(?:can|may|could|do|will) (?:we|customers?|clients?|end[- ]users?|users?|tenants?|the (?:customer|client|user|tenant)|our (?:\w+ )?(?:users|administrators|admins|team|staff|people))\b|(?:are|is) (?:we|customers?|clients?|users?|the (?:customer|client)|our \w+) (?:able|allowed|permitted|free)\b|is it possible for (?:us|customers|clients|users)\b)`)

// speaksOf reports whether a line of the claim holds one of the terms.
func (e *entry) speaksOf(terms []string) bool {
	return slices.ContainsFunc(terms, func(t string) bool { return e.vocabulary[t] })
}

// openQuestion begins a question that a claim answers only where it was written
// to: what, where, when and who ask for one thing, and a claim may tell another.
var openQuestion = regexp.MustCompile(`(?i)^\W*(?:please\s+|kindly\s+)*(?:(?:in|on|at|to|for|with|by|from|under|of|(?:could|can|would) you (?:please )?(?:tell us|say|describe|list|explain)|describe|list|state|explain|specify|indicate|provide (?:a|the|us a))\s+)?(list\b|enumerate\b|what\b|which\b|whom?\b|whose\b|(?:where|when) (?:is|are|was|were|do|does|did|has|have|can|could|will|would|should|may|must|in|within|geographically|exactly|precisely)\b)`)

// wantsFile begins a request for a document rather than a question.
var wantsFile = regexp.MustCompile(`(?i)^\W*(?:please\s+|kindly\s+|(?:can|could|would) you (?:please )?)*(?:provide|submit|share|attach|upload|send|supply|furnish|produce)(?:\s+us)?(?:\s+with)?[:,]?\s+(?:a copy|copies|your|current|latest|evidence|documentation|documents?|the (?:current|latest|document|policy|plan))\b|^\W*(?:please\s+|kindly\s+)*(?:provide|submit|share|attach|upload|send|supply|furnish|produce)\s[^.?]*\b(?:policy|policies|plan|plans|standard|report|certificate|procedures)[.\s]*$`)

// conditional begins a question whose first words are a condition: they name a
// claim without asking for it.
var conditional = regexp.MustCompile(`(?i)^\W*(?:if|where applicable|assuming|provided that|in case|in the event|when (?:using|you))\b`)

// elsewhere begins a question about something that it does not name: what "the
// process" is stands in the question before it.
var elsewhere = regexp.MustCompile(`(?i)^\W*(?:do|does|is|are|has|have|will) (?:(?:the|this|that|these|those|such) (?:process|policy|policies|procedures?|plans?|program|programme|agreements?|contracts?|reports?|reviews?|scope|documents?|standards?|controls?|above)|it|they|this|that|these|those)\s+(?:also\s+)?(?:include|cover|address|contain|specify|require|consider|provide|apply|extend|take)`)

// openWord returns the word by which a question asks openly; nothing for others.
func openWord(question string) string {
	if m := openQuestion.FindStringSubmatch(question); m != nil {
		word, _, _ := strings.Cut(strings.ToLower(m[1]), " ")
		return word
	}
	return ""
}

// each is a word by which a question, or a claim, speaks of all of a kind.
func each(raw string) bool {
	switch raw {
	case "all", "every", "each", "entire", "whole":
		return true
	}
	return false
}

// verb is where what "every" speaks of ends: "each organisation has one budget".
func verb(raw string) bool {
	switch raw {
	case "is", "are", "was", "were", "be", "been", "has", "have", "had", "do", "does", "did", "can", "will", "would", "must", "may", "should", "that", "which", "who":
		return true
	}
	return false
}

// kind is a word that says little, but not behind "every": all systems, all data.
func kind(raw string) bool {
	switch raw {
	case "data", "system", "systems", "service", "services", "application", "applications", "tool", "tools", "software", "environment", "environments", "platform", "platforms", "product", "products", "company", "organisation", "organization", "controls", "measures", "entities":
		return true
	}
	return false
}

// eachReach is how many terms behind "every" may be what it speaks of: "all
// internal production traffic".
const eachReach = 3

// quantity is what a text says of all of a kind: as terms, and as it stands there.
type quantity struct {
	terms []string
	words string
}

// quantified returns what a text says of all of a kind, as the terms that follow
// each such word, until the text goes on to something else.
func (t text) quantified() []quantity {
	var out []quantity
	for i, w := range t.words {
		if !each(w.raw) || t.holder[i] != "" {
			continue // within a form: "each customer" is a concept
		}
		if i+1 < len(t.words) && (t.words[i+1].raw == "other" || t.words[i+1].raw == "others") {
			continue // "apart from every other customer" is apart from another
		}
		var group []string
		k := i + 1
		for ; k < len(t.words) && k <= i+5 && len(group) < eachReach && !verb(t.words[k].raw); k++ {
			term := t.holder[k]
			if term == "" && kind(t.words[k].raw) {
				term = t.stems[k]
			}
			if term != "" && !slices.Contains(group, term) {
				group = append(group, term)
			}
		}
		if len(group) > 0 {
			out = append(out, quantity{group, t.own(i, k)})
		}
	}
	return out
}

// beyondEach returns what the question asks of all of a kind, and the claim does not.
func (h hit) beyondEach(q text) string {
	for _, all := range q.quantified() {
		if !slices.ContainsFunc(all.terms, func(t string) bool { return h.each[t] }) {
			return all.words
		}
	}
	return ""
}
