package match

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A question asks several things when it has several question marks, or when a
// new verb or question word follows its "and". What stands before, without a
// question mark, is context of what follows.
var (
	marks = regexp.MustCompile(`\?+["')]*\s+`)
	joins = regexp.MustCompile(`(?i)[,;]?\s+(?:and|or)\s+((?:also\s+)?(?:do|does|did|is|are|was|were|can|could|will|would|has|have|how|what|which|who|when|where|why|if|whether|may|must|should)(?:\s|\W*$))`)
	// backward words point to what was said before, so a part that has one is
	// read together with the part before it.
	backward = regexp.MustCompile(`(?i)\b(it|its|they|them|their|these|those|this|that|such|same|each|afterwards|one)\b`)
)

// maxParts is how many things one question may ask; beyond that a person reads it.
const maxParts = 8

// clauses returns the parts of a question, in order; one when it has no parts.
func clauses(question string) []string {
	var out []string
	for _, sentence := range marks.Split(strings.TrimSpace(question), -1) {
		if len(out) > 0 && strings.HasPrefix(sentence, "(") { // an aside on what was asked
			out[len(out)-1] += " " + sentence
			continue
		}
		last := 0
		begin := len(out)
		for _, m := range joins.FindAllStringSubmatchIndex(sentence, -1) {
			out = append(out, strings.TrimSpace(sentence[last:m[0]]))
			last = m[2]
		}
		out = append(out, strings.TrimSpace(sentence[last:]))
		for i := max(begin, 1); i < len(out); i++ {
			if backward.MatchString(out[i]) {
				out[i] = out[i-1] + " " + out[i]
			}
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// coordination shows that a question may name two things in one breath.
var coordination = regexp.MustCompile(`(?i)\band\b|&|\+|/|,|\bas well as\b|\bplus\b|\bboth\b`)

// pair answers a question that names two things in one breath, "at rest and in
// transit": two controls, each named by a whole alias of its own words, that
// together leave nothing unexplained.
func (v *verdict) pair(question string, q text, open []hit) (answer, bool) {
	if !coordination.MatchString(question) {
		return answer{}, false
	}
	var named []hit
	for _, h := range open {
		if h.named == 1 {
			named = append(named, h)
		}
	}
	named = named[:min(len(named), 8)]
	var best [2]hit
	most := 0.0
	for i, a := range named {
		for _, b := range named[i+1:] {
			// Each explains what the other leaves, and has an alias there.
			if !v.brings(b, a.missing, q) || !v.brings(a, b.missing, q) {
				continue
			}
			if c := v.together(a, b, q); c > most+1e-9 {
				most, best = c, [2]hit{a, b}
			}
		}
	}
	if most < pairThreshold || v.beyondBoth(best, question, q) {
		return answer{}, false
	}
	out := answer{}
	values := map[string]bool{}
	for _, h := range best {
		with := unique(append([]string{h.ID}, v.beside([]string{h.ID})...))
		out.controls = append(out.controls, with...)
		out.parts = append(out.parts, Part{Text: strings.Join(q.said(h.terms), " "), Controls: with, Reason: fmt.Sprintf("%s matches its part", h.ID)})
		out.value = value(h.Control, false)
		values[out.value] = true
	}
	out.controls = unique(out.controls)
	out.reason = "it names two things, and each has a claim; both must hold"
	if len(values) > 1 {
		out.value = ""
		out.reason += "; they differ, so the value is left to a person"
	}
	return out, true
}

// beyondBoth reports whether the question narrows what it asks by something that
// neither of two claims holds.
func (v *verdict) beyondBoth(two [2]hit, question string, q text) bool {
	a, b := two[0], two[1]
	a.missing = slices.DeleteFunc(slices.Clone(a.missing), func(term string) bool { return b.vocabulary[term] })
	b.missing = nil
	a.asks = slices.Concat(a.asks, b.asks)
	b.asks = a.asks
	return v.bounded(a, question, q) != "" || v.bounded(b, question, q) != ""
}

// pairThreshold is how much of the question two controls must explain together.
const pairThreshold = 0.85

// brings reports whether a whole alias of the control stands in the question by
// words that the other leaves unexplained.
func (v *verdict) brings(h hit, missing []string, q text) bool {
	for _, alias := range h.aliases {
		all, fresh := true, false
		for _, term := range alias.terms {
			all = all && (q.concepts[strings.TrimPrefix(term, "#")] || slices.Contains(q.terms, term) || slices.Contains(q.stems, term))
			fresh = fresh || slices.Contains(missing, term) && v.weigh(term) > softShare
		}
		if all && fresh {
			return true
		}
	}
	return false
}

// together is the share of the question that two controls explain.
func (v *verdict) together(a, b hit, q text) float64 {
	have, want := 0.0, 0.0
	for _, term := range unique(q.terms) {
		w := v.weigh(term)
		want += w
		if a.vocabulary[term] || b.vocabulary[term] {
			have += w
		}
	}
	return have / want
}

// wordy begins a question that asks for words: a value would not answer it.
var wordy = regexp.MustCompile(`(?i)^\W*(?:please\s+|kindly\s+|could you\s+|can you\s+|would you\s+)*(describe|explain|detail|outline|elaborate|how|what|which|who|list|provide an overview|give an overview)\b`)

func wantsWords(question string) bool { return wordy.MatchString(question) }
