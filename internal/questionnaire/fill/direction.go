package fill

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

var (
	// instructs says when a cell is to say yes: "tick yes where".
	instructs = regexp.MustCompile(`(?i)\b(?:(?:answer|say|enter|select|choose|mark|tick|check|respond|put|write|type)(?:\s+(?:with|an?|the))*\s+["'\x{201c}\x{2018}]?(?:yes|y|x)["'\x{201d}\x{2019}]?|tick(?:\s+(?:the|box|cell|it|here|only))*)\s*,?\s*(?:only\s+)?\b(?:if|where|when|whenever|for|against|what|those)\b(.*)`)
	// refuses says when a cell is to say no: where what we claim is so, Yes is the other answer.
	refuses = regexp.MustCompile(`(?i)\b(?:answer|say|enter|select|choose|mark|respond|put|write|type)(?:\s+(?:with|an?|the))*\s+["'\x{201c}\x{2018}]?(?:no|n)["'\x{201d}\x{2019}]?\s*,?\s*(?:only\s+)?(?:if|where|when|whenever)\s+(?:(?:you|it|the|this|they|your|control|statement|requirement|is|are|has|have|been|fully|already)\s+)*(?:comply|complies|compliant|conforms?|met|meets?|in place|holds?|true|implemented|fulfil\w*|satisf\w*)\b`)
	// turnedBy makes Yes the bad answer: "where it is not in place". What else is said
	// of one, as "if you handle health data", is how to read a question.
	turnedBy = regexp.MustCompile(`(?i)\b(?:not|no|never|lacks?|lacking|missing|absent|fails?|failed|gaps?|weakness(?:es)?|exceptions?|deviat\w+|issues?|problems?|findings?|shortcomings?|deficien\w+|non-?\s?complian\w+|concerns?|risks?|vulnerable|exposed|outstanding|cannot|without|isn.?t|doesn.?t|aren.?t|don.?t|won.?t)\b`)
	// denies says of what is listed that it is not so. Where it is a condition, as in
	// "if it is not in place, explain", it says what to write beside an answer.
	denies    = regexp.MustCompile(`(?i)\b(?:do|does|is|are|was|were)(?:\s+not|n.t)\s+(?:hold|true|in place|met|implemented|the case|complied|compliant|done|fulfilled|satisfied|available|supported|covered)\b|\b(?:yes|y|x|tick|ticked)\s*(?:=|means|stands for|:)\s*(?:not\b|no\b|non|an?\s+(?:weak|gap|exception|problem|fail|risk|deviation)|weak|gap|bad|exception|problem|fail|miss|deviation)|\b(?:yes|y)\s*(?:=|means|stands for)\s*(?:[\w']+\s+){1,4}(?:not|never|lacks?|missing|absent)\b`)
	condition = regexp.MustCompile(`(?i)\b(?:if|when|where|should|in case|explain|comments?|describe|leave)\b`)
	// faults are headings of what is wrong.
	faults = regexp.MustCompile(`(?i)^\W*(?:\d[\d.]*\W+)?(?:(?:known|open|list of|which of (?:the following|these|our|your)|any|all|your|our|security|control|main|current)\s+)*` + wrong + `(?:\s*(?:,|/|&|\band\b|\bor\b)\s*` + wrong + `)*(?:\s*\(?(?:yes\s*/\s*no|y\s*/\s*n)\)?)?\W*$`)
)

const wrong = `(?:weakness(?:es)?|exceptions?|deficienc(?:y|ies)|gaps?|deviations?|shortcomings?|non-?\s?conformit(?:y|ies)|non-?\s?compliances?|problems?|red flags?|failures?)`

// directed says why Yes may not be the good answer to a row, by what stands over
// it; empty where nothing there says so.
func directed(t layout.Table, r layout.Row) string {
	if r.Stem != "" && turnedBy.MatchString(r.Stem) {
		return fmt.Sprintf("it finishes %q, by which Yes may be the bad answer: a person reads both", clip(r.Stem, 80))
	}
	for _, text := range slices.Concat([]string{t.Sheet}, t.Above, r.Under, []string{r.Stem, r.Section, t.Columns[layout.Question].Header, t.Columns[layout.Answer].Header}) {
		if turns(text) {
			return fmt.Sprintf("%q stands over it, by which Yes may be the bad answer: a person reads it", clip(strings.Join(strings.Fields(text), " "), 80))
		}
	}
	return ""
}

// Around says, of a row of a workbook that was sent, why Yes may have been the bad
// answer, and why its own words may not be all that was asked, by what stands over
// and beside it; empty where nothing says so. Hidden since is not hidden then.
func Around(t layout.Table, r layout.Row) (turned, doubt string) {
	turned, doubt = cmp.Or(directed(t, r), turnedAside(r)), narrowedAside(r)
	if r.Answer.Unseen == "" && len(r.Beside) == 0 {
		doubt = cmp.Or(r.Doubt, doubt)
	}
	return turned, doubt
}

// Finishes says that a row is the rest of a question further up, where its own words
// alone were matched; empty for others.
func Finishes(r layout.Row, matched bool) string { return finishes(r, Found{Review: matched}) }

// finishes says that a row is the rest of a question further up, where only its own
// words were read: "audit log" below "which of these are kept for ten years:".
func finishes(r layout.Row, f Found) string {
	if r.Stem == "" || !f.Review || strings.HasSuffix(strings.TrimSpace(r.Question), "?") {
		return ""
	}
	return fmt.Sprintf("it finishes %q, and only its own words were read: a person reads both", clip(r.Stem, 80))
}

func turns(text string) bool {
	if faults.MatchString(text) || refuses.MatchString(text) || denies.MatchString(text) && !condition.MatchString(text) {
		return true
	}
	for _, m := range instructs.FindAllStringSubmatch(text, -1) {
		when, _, _ := strings.Cut(m[1], ",")
		when, _, _ = strings.Cut(when, ";")
		if turnedBy.MatchString(when) {
			return true
		}
	}
	return false
}
