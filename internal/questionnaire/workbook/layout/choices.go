package layout

import (
	"regexp"
	"slices"
	"strings"
)

// asides are the brackets at the end of a header: Response (required).
var asides = regexp.MustCompile(`[(\[]([^()\[\]]*)[)\]][\s:*]*$`)

// plainTitle is a header in normal, without a bracket at its end that only says how
// the column is filled in: "Answer (select from list)".
func plainTitle(text string) string {
	if before, in := bracket(text); !slices.ContainsFunc(strings.Fields(in), func(w string) bool { return !filler(w) }) {
		text = before
	}
	return normal(text)
}

// bracket is a text without the bracket at its end, and that in normal.
func bracket(text string) (before, in string) {
	text = strings.TrimSpace(text)
	m := asides.FindStringSubmatchIndex(text)
	if m == nil {
		return text, ""
	}
	return text[:m[0]], normal(text[m[2]:m[3]])
}

func filler(w string) bool {
	return oneOf(w, "required", "mandatory", "optional", "free", "text", "please", "complete", "fill", "in", "out", "select", "choose", "pick", "from", "the", "list", "a", "an", "one", "of",
		"drop", "down", "dropdown", "menu", "only", "or", "and", "below", "here", "max", "characters", "words", "english", "all", "column", "this", "cell")
}

// choices takes the values that a header offers off it: "response yes no na" names
// the column "response", and the values say that a yes or a no is wanted in it.
func choices(n string) (name string, offered bool) {
	f := strings.Fields(n)
	start := len(f)
	for start > 0 && choice(f[start-1]) {
		start--
	}
	for start < len(f) && !opensChoices(f[start]) { // "applicable y n": the values begin with y
		start++
	}
	if bothWays(f[start:]) {
		return strings.Join(f[:start], " "), true
	}
	end := 0
	for end < len(f) && choice(f[end]) {
		end++
	}
	if end > 0 && opensChoices(f[0]) && bothWays(f[:end]) {
		name = strings.Join(f[end:], " ")
		if strings.HasPrefix(name, "if ") { // Yes/No (if No, say why)
			name = ""
		}
		return name, true
	}
	return n, false
}

func choice(w string) bool {
	return opensChoices(w) || oneOf(w, "na", "a", "or", "and", "&", "non", "not", "applicable", "partial", "partially", "partly", "unknown", "other", "planned", "tbd", "noncompliant", "nc", "pc", "p",
		"from", "the", "list", "drop", "down", "dropdown", "menu", "one", "of", "only", "answer", "respond", "indicate", "specify")
}

// opensChoices are the words that values to choose from begin with.
func opensChoices(w string) bool {
	return oneOf(w, "yes", "no", "y", "n", "true", "false", "compliant", "fully", "c", "select", "choose", "pick", "please", "tick", "enter")
}

// bothWays reports whether among the values are one that affirms and one that denies.
func bothWays(f []string) bool {
	has := func(w ...string) bool {
		return slices.ContainsFunc(f, func(x string) bool { return slices.Contains(w, x) })
	}
	return has("yes") && has("no") || has("y") && has("n") || has("true") && has("false") || has("compliant") && has("non", "not", "noncompliant", "partially") || has("c") && has("nc")
}

// affirms reports whether what a header says of the control is that it is there, so
// that Yes is good: Implemented, Do you comply. Exception and Gap say otherwise, and
// of other words nobody knows.
func affirms(name string) bool {
	found := false
	for _, w := range strings.Fields(name) {
		switch {
		case oneOf(w, "implemented", "met", "meets", "meet", "comply", "complies", "compliant", "compliance", "complied", "conforms", "conform", "conformity", "supported", "supports", "support", "available", "exist", "exists",
			"present", "place", "fulfilled", "fulfil", "achieved", "provided", "satisfied"):
			found = true
		case !oneOf(w, "is", "are", "it", "this", "the", "does", "do", "you", "your", "we", "has", "have", "been", "be", "can", "to", "with", "at", "in", "and", "fully", "currently", "already", "control", "controls", "requirement",
			"requirements", "standard", "vendor", "supplier", "provider", "bidder", "company", "organisation", "organization", "product", "solution", "service", "system", "feature"):
			return false
		}
	}
	return found
}

// turned reports whether a header says that a yes is bad: "Yes = not in place".
var turned = regexp.MustCompile(`(?i)\by(?:es)?\b["'”’)]*\s*(?:=|:|-|–|\bmeans?\b|\bis\b|->|→|\bwhere\b|\bif\b)\s*["'“‘(]*\s*(?:it |this |there )?(?:is |are |does |do )?(?:no\b|not\b|non|gap|fail|bad|issue|risk|weak|absent|missing|exception|deviat)`)

// combined splits a header that names two things: Response and evidence.
var combined = regexp.MustCompile(`(?i)^(.+?)\s*(?:\band\b|\bwith\b|&|\+|/)\s*(.+)$`)

// anotherThing reports whether a header that has the word answer, or offers a yes
// and a no, is for something else: what the buyer writes about answers, or wants beside them.
func anotherThing(n string) bool {
	return hasOne(n, otherWords())
}

func hasOne(n string, list []string) bool {
	return slices.ContainsFunc(strings.Fields(n), func(w string) bool { return slices.Contains(list, w) })
}

func otherWords() []string { return slices.Concat(buyersWords(), besideWords()) }

// besideWords are of what stands beside an answer, or instead of all of them.
func besideWords() []string {
	return []string{
		"comment", "comments", "additional", "explanation", "explain", "notes", "note", "plan", "follow", "inquiries", "details", "detail", "justification", "justify", "rationale", "reason", "evidence", "attachment",
		"attachments", "attached", "document", "documents", "documentation", "link", "links", "url", "file", "files", "remediation", "applicable", "applicability", "scope", "if", "why", "how",
		"required", "mandatory", "no", "yes", "not", "format", "length", "limit", "options", "option", "possible", "valid", "allowed", "time", "times", "by",
	}
}

// buyersWords are of what is no answer of a vendor's at all.
func buyersWords() []string {
	return []string{
		// whose it is
		"reviewer", "reviewers", "review", "reviewed", "analyst", "assessor", "assessors", "auditor", "auditors", "internal", "buyer", "buyers", "purchaser", "customer", "customers", "client", "clients", "csc", "tenant",
		// what the buyer holds answers against
		"guidance", "expected", "sample", "example", "examples", "model", "preferred", "ideal", "desired", "acceptable", "target", "benchmark", "key", "correct", "recommended", "suggested", "default",
		"template", "critical", "criticality", "score", "scores", "scoring", "weight", "weighting", "rating", "points", "grade", "risk", "impact", "severity", "priority", "confidence", "validated",
		"verified", "approved", "accepted", "satisfactory", "adequate", "gap", "gaps", "finding", "findings", "exception",
		"exceptions", "deviation", "deviations", "negative", "non", "noncompliant", "compensating", "escalate", "waiver", "issue", "issues",
		// what kind of answer, from whom and by when
		"type", "permitted", "method", "instructions", "help", "hint", "tips", "due", "deadline", "date", "owner", "owners",
		"person", "name", "contact", "respondent", "responder", "role", "team", "department", "received", "id", "number", "ref", "previous", "last", "prior", "original", "old",
		// responses to something else
		"incident", "incidents", "emergency", "disaster", "breach",
	}
}
