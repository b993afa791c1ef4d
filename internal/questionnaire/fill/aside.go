package fill

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
)

var (
	// aboutAnother are headers of columns that say where a question comes from, what it
	// weighs or who handles it, and not what it asks.
	aboutAnother = regexp.MustCompile(`(?i)\b(?:ccm|cis|csa|iso|iec|nist|soc|pci|dss|hipaa|gdpr|cobit|bsi|titles?|specifications?|mapp(?:ing|ings|ed)|ref|refs|references?|frameworks?|standards?|weight\w*|scor\w+|points|risks?|severity|priority|critical\w*|importance|types?|ids?|owners?|review\w*|analysts?|assessors?|auditors?|reasons?|rationale|purpose|why|follow.?up|dates?|status|versions?|maturity|evidence|remediation|tags?|keywords?)\b`)
	// aboutQuestion are headers of columns that go on with the question.
	aboutQuestion = regexp.MustCompile(`(?i)^\s*$|\b(?:details?|guid\w+|clarif\w+|descri\w+|explan\w+|notes?|remarks?|context|instructions?|help|hints?|info\w*|questions?|comments?)\b`)
	// scopes are headers of columns that say of what a question is asked.
	scopes = regexp.MustCompile(`(?i)^\W*(?:(?:in|out of|question|answer)\s+)?(?:scop(?:e|ed|ing)|appl(?:ies|icable|y)\s+(?:to|for|in)|only\s+(?:for|in|if|where)|(?:valid|asked)\s+for|limit(?:ed to|ations?)|exclu(?:des?|ding|sions?)|except(?:ions?)?|restrictions?|conditions?|(?:systems?|assets?|environments?)(?:\s+in\s+scope)?)\W*$`)
	// everything leaves a question as wide as it is.
	everything = regexp.MustCompile(`(?i)^\W*(?:all|any|both|every\w*|entire|whole|full|global|general|org\w*(?:.wide)?|company(?:.wide)?|enterprise|product|service|vendor|supplier|x|y|yes|n|no|n/?a|none|core|lite|detail)\W*(?:(?:systems?|assets?|environments?|services?|products?|vendors?|suppliers?)\W*)?$`)
	// wanted are headers that say which answer the buyer holds for the good one.
	wanted = regexp.MustCompile(`(?i)\b(?:expected|preferred|ideal|desired|correct|acceptable|compliant|target|good|best|required)\b`)
	// narrows leaves of a question less than its words ask; alone it does so in any length.
	narrows = regexp.MustCompile(`(?i)\b(?:only|solely|exclusively|except\w*|excluding|excludes?|excluded|unless|other than|apart from|rather than|instead of|limited to|restricted to|confined to|out of scope|does not include|not including)\b`)
	// where is a condition: what is asked is asked of that alone.
	where = regexp.MustCompile(`(?i)\b(?:where|whenever|just (?:for|the|those|in))\b|^\W*(?:when|if|for|in case|outside)\b`)
	// itself speaks of the answer or of the question: what narrows there is no advice on the form.
	itself = regexp.MustCompile(`(?i)\b(?:answer|answers|respond|response|reply|yes|consider|count|counts|applies|apply|refers?|relates?|question|scope|asks|asked)\b[^.;]*?\b(?:only|solely|exclusively|except\w*|excluding|unless|just)\b|\b(?:only|solely|exclusively)\b[^.;]*?\b(?:answer|respond|consider|applies|apply|for|where|when|counts?|scope)\b`)
	// advice tells how a form is filled in, or what to write beside an answer.
	advice = regexp.MustCompile(`(?i)^\W*(?:please\b|describe|provide|attach|explain|list|state|specify|summari[sz]e|share|ensure|make sure|include|refer|see|select|choose|give|indicate|add|upload|note|documentation|do not (?:include|attach|enter|share|paste|leave)|if (?:yes|no|not|so|any|available|applicable|you|your|needed|required|partially|unsure|the answer)\b|(?:where|if|when) (?:applicable|available|possible|relevant|appropriate|needed|necessary)\b|for (?:example|each|instance|more|further|reference)\b|e\.?g\b|i\.?e\b|examples?\b)`)
	// ofTheForm is what may be answered only so, whatever is asked.
	ofTheForm = regexp.MustCompile(`(?i)\b(?:only\s+(?:(?:with|use|a|an|the|one|in)\s+)*(?:yes|no|y|n|english|list|word|value|option|dropdown|drop-down|column|cell)(?:\s*(?:/|,|or|and)\s*(?:yes|no|y|n|n/?a))*|(?:yes|no|y|n|n/?a|english|list|dropdown)\s+only)\b|\b(?:where|if|when) (?:applicable|available|possible|relevant|appropriate|needed|necessary)\b`)
	sentence  = regexp.MustCompile(`[.;!?](?:\s+|$)|[\r\n]+`)
)

// turnedAside says why Yes may not be the good answer to a row, by what stands
// beside it in another column; empty where nothing there says so.
func turnedAside(r layout.Row) string {
	for _, a := range r.Asides {
		if turns(a.Text) || wanted.MatchString(a.Header) && typed.Only(a.Text) == "No" || harms(a) {
			return fmt.Sprintf("%q stands beside it in %s, by which Yes may be the bad answer: a person reads it", oneLine(a.Text), a.Ref)
		}
	}
	return ""
}

// narrowedAside says why a row may ask something else than its own words do, by
// what stands beside it in another column. In doubt it does: what only tells how
// the form is filled in, or where a question comes from, does not.
func narrowedAside(r layout.Row) string {
	for _, a := range r.Asides {
		if narrowed(a) {
			return fmt.Sprintf("%q stands beside it in %s, and what it asks is not its own words alone: a person reads both", oneLine(a.Text), a.Ref)
		}
	}
	return ""
}

func narrowed(a layout.Aside) bool {
	if scopes.MatchString(a.Header) {
		return !everything.MatchString(a.Text)
	}
	if aboutAnother.MatchString(a.Header) {
		return false
	}
	goesOn := aboutQuestion.MatchString(a.Header)
	if first := []rune(a.Text)[0]; goesOn && unicode.IsLower(first) && len(strings.Fields(a.Text)) > 2 && !advice.MatchString(a.Text) {
		return true // the rest of the question: "including in backups"
	}
	for _, s := range sentence.Split(a.Text, -1) {
		s = ofTheForm.ReplaceAllString(s, "")
		short := len(strings.Fields(s)) < 3
		switch {
		case itself.MatchString(s):
			return true
		case advice.MatchString(s):
		case narrows.MatchString(s), !short && where.MatchString(s), !short && goesOn && match.Turned(s) != "":
			return true
		}
	}
	return false
}

// harms reports whether words beside a question ask for something bad. Advice asks nothing.
func harms(a layout.Aside) bool {
	if aboutAnother.MatchString(a.Header) {
		return false
	}
	for _, s := range sentence.Split(a.Text, -1) {
		if len(strings.Fields(s)) > 2 && !advice.MatchString(s) && match.Harm(s) != "" {
			return true
		}
	}
	return false
}

func oneLine(text string) string { return clip(strings.Join(strings.Fields(text), " "), 80) }
