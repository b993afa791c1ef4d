package match

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

// Thresholds of a draft. They were set on the tuned half of the evaluation set;
// see arxctl match eval for what they give.
const (
	Threshold = 0.70          // the least score of a draft
	Far       = Threshold / 2 // what scores less is about something else
	nearEqual = 0.07          // candidates no further apart than this are near-equal
	softShare = 0.25          // weight of a word that many questions share
	bestShown = 3
)

// entry is one control as the index holds it.
type entry struct {
	control.Control
	vocabulary map[string]bool // every term that its claim, aliases and topics hold, and what they imply
	aliases    []alias         // all terms of one together name the claim
	counts     map[string]int  // how often each term stands there, for BM25
	length     int
	each       map[string]bool // what a line says of all of a kind
	words      map[string]bool // every word of a line as it stands there
}

// alias is one way in which buyers call a claim, as a set of terms.
type alias struct {
	terms  []string
	weight []float64 // of each term
	total  float64
	asks   string // the question word that it begins with, if it does
}

// index answers which controls share terms with a question.
type index struct {
	entries []entry
	weight  map[string]float64 // of a term, from how many controls share it; 1 for an unknown one
	df      map[string]int
	holders map[string][]int // the entries whose vocabulary holds a term
	mean    float64
}

func newIndex(k *knowledge, lib *control.Library, questionnaires []*questionnaire.Questionnaire) *index {
	x := &index{weight: map[string]float64{}, df: map[string]int{}, holders: map[string][]int{}}
	topics := topicsOf(questionnaires)
	for _, c := range lib.Controls {
		e := entry{Control: c, vocabulary: map[string]bool{}, counts: map[string]int{}, each: map[string]bool{}, words: map[string]bool{}}
		for _, line := range slices.Concat([]string{c.Claim}, c.Aliases, topics[c.ID]) {
			t := k.lexicon.read(line, false)
			for _, term := range t.all() {
				e.vocabulary[term] = true
			}
			for _, term := range t.terms {
				e.counts[term]++
				e.length++
			}
			for _, w := range t.words {
				e.words[w.raw] = true
			}
			for _, all := range t.quantified() {
				for _, term := range all.terms {
					e.each[term] = true
				}
			}
		}
		for _, a := range c.Aliases {
			terms := slices.Compact(slices.Sorted(slices.Values(k.lexicon.read(a, false).terms)))
			if len(terms) > 0 {
				e.aliases = append(e.aliases, alias{terms: terms, asks: openWord(a)})
			}
		}
		for term := range e.vocabulary {
			x.df[term]++
		}
		x.mean += float64(e.length) / float64(max(1, len(lib.Controls)))
		x.entries = append(x.entries, e)
	}
	n := float64(len(x.entries)) + 1
	for term, df := range x.df {
		w := math.Log(n/float64(df)) / math.Log(n)
		if strings.HasPrefix(term, "#") {
			w = max(w, 0.6)
		}
		x.weight[term] = max(w, 0.3)
	}
	for term := range k.lexicon.soft {
		x.weight[term] = softShare
	}
	for i := range x.entries {
		for term := range x.entries[i].vocabulary {
			x.holders[term] = append(x.holders[term], i)
		}
		for j := range x.entries[i].aliases {
			a := &x.entries[i].aliases[j]
			for _, term := range a.terms {
				a.weight = append(a.weight, x.weigh(term))
				a.total += x.weigh(term)
			}
		}
	}
	return x
}

// topicsOf returns, for each control, the topics of the questions that it
// decides alone: there the topic is another name of the claim.
func topicsOf(questionnaires []*questionnaire.Questionnaire) map[string][]string {
	out := map[string][]string{}
	for _, q := range questionnaires {
		if q.Layout != questionnaire.LayoutQuestionnaire {
			continue
		}
		for _, s := range q.Sections {
			for _, x := range s.Questions {
				if len(x.Decide) == 1 {
					out[x.Decide[0]] = append(out[x.Decide[0]], x.Topic)
				}
			}
		}
	}
	return out
}

// all returns every term that a text holds: those that carry meaning, and every
// concept spoken of.
func (t text) all() []string {
	out := slices.Clone(t.terms)
	for c := range t.concepts {
		out = append(out, "#"+c)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (x *index) weigh(term string) float64 {
	if w, ok := x.weight[term]; ok {
		return w
	}
	return 1
}

// hit is how well one control fits a question.
type hit struct {
	*entry
	named    float64 // how much of its best alias stands in the question, 0 to 1
	covered  float64 // how much of the question its vocabulary explains, 0 to 1
	bm25     float64 // scaled so that the best of all is 1
	depth    float64 // weight of the best alias that is wholly there
	score    float64
	terms    []string
	missing  []string
	inverted bool
	asks     []string // the question words of the aliases that are wholly there
}

// search returns every control that shares a term with the question, best
// first. A control that the question names by a whole alias, and whose
// vocabulary leaves nothing of the question unexplained, scores 1.
func (x *index) search(q text) []hit {
	said := map[string]bool{}
	for _, term := range q.all() {
		said[term] = true
	}
	for _, s := range q.stems {
		said[s] = true
	}
	terms := slices.Compact(slices.Sorted(slices.Values(q.terms)))
	total := 0.0
	weights := make([]float64, len(terms))
	found := make([]bool, len(x.entries))
	for i, term := range terms {
		weights[i] = x.weigh(term)
		total += weights[i]
		for _, e := range x.holders[term] {
			found[e] = true
		}
	}
	var hits []hit
	top := 0.0
	for i := range x.entries {
		if !found[i] {
			continue
		}
		h := hit{entry: &x.entries[i]}
		explained := 0.0
		for j, term := range terms {
			if !h.vocabulary[term] {
				h.missing = append(h.missing, term)
				continue
			}
			h.terms = append(h.terms, term)
			explained += weights[j]
			h.bm25 += x.bm25(h.entry, term)
		}
		h.covered = explained / total
		for _, a := range h.aliases {
			have := 0.0
			for j, term := range a.terms {
				if said[term] {
					have += a.weight[j]
				}
			}
			h.named = max(h.named, have/a.total)
			if have == a.total {
				h.depth = max(h.depth, have)
				if a.asks != "" {
					h.asks = append(h.asks, a.asks)
				}
			}
		}
		top = max(top, h.bm25)
		hits = append(hits, h)
	}
	for i := range hits {
		h := &hits[i]
		if top > 0 { // 0 where claims only imply the words of the question
			h.bm25 /= top
		}
		h.score = h.covered * h.named * (0.9 + 0.1*h.bm25)
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.depth, a.depth), cmp.Compare(b.bm25, a.bm25), cmp.Compare(a.ID, b.ID))
	})
	return hits
}

// bm25 is the weight of one term in one control (Robertson and Zaragoza, 2009,
// with k1 = 1.2 and b = 0.5).
func (x *index) bm25(e *entry, term string) float64 {
	const k1, b = 1.2, 0.5
	n, df, tf := float64(len(x.entries)), float64(x.df[term]), float64(e.counts[term])
	idf := math.Log(1 + (n-df+0.5)/(df+0.5))
	return idf * tf * (k1 + 1) / (tf + k1*(1-b+b*float64(e.length)/x.mean))
}

// value is the short value that a claim gives when what it requires holds.
func value(c control.Control, inverted bool) string {
	switch {
	case c.State == control.StateNotApplicable && inverted, c.State == control.Implemented && inverted:
		return "No"
	case c.State == control.StatePlanned && inverted:
		return "" // not there yet: whether the harm is there, only a person can say
	case c.State == control.StatePlanned:
		return "No"
	case c.State == control.StateNotApplicable:
		return "NA"
	}
	return "Yes"
}
