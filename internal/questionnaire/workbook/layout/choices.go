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
	text = strings.TrimSpace(text)
	if m := asides.FindStringSubmatchIndex(text); m != nil && m[0] > 0 {
		in := strings.Fields(normal(text[m[2]:m[3]]))
		if !slices.ContainsFunc(in, func(w string) bool { return !filler(w) }) {
			text = text[:m[0]]
		}
	}
	return normal(text)
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
		"from", "the", "list", "drop", "down", "dropdown", "menu", "one", "of", "only", "answer")
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

// combined splits a header that names two things: Response and evidence.
var combined = regexp.MustCompile(`(?i)^(.+?)\s*(?:\band\b|\bwith\b|&|\+|/)\s*(.+)$`)

// anotherThing reports whether a header that has the word answer, or offers a yes
// and a no, is for something else: what the buyer writes about answers, or wants beside them.
func anotherThing(n string) bool {
	return slices.ContainsFunc(strings.Fields(n), func(w string) bool { return slices.Contains(otherWords(), w) })
}

func otherWords() []string {
	return []string{
		// whose it is
		"reviewer", "reviewers", "review", "reviewed", "analyst", "assessor", "assessors", "auditor", "auditors", "internal", "buyer", "buyers", "purchaser", "customer", "customers", "client", "clients", "csc", "tenant",
		// what the buyer holds answers against
		"guidance", "expected", "sample", "example", "examples", "model", "preferred", "ideal", "desired", "acceptable", "target", "benchmark", "key", "correct", "required", "recommended", "suggested", "default",
		"template", "mandatory", "critical", "criticality", "score", "scores", "scoring", "weight", "weighting", "rating", "points", "grade", "risk", "impact", "severity", "priority", "confidence", "validated",
		"verified", "approved", "accepted", "satisfactory", "adequate", "gap", "finding", "findings",
		// what kind of answer, from whom and by when
		"type", "options", "option", "possible", "allowed", "valid", "permitted", "format", "length", "limit", "method", "instructions", "help", "hint", "tips", "due", "deadline", "date", "owner", "owners",
		"person", "name", "contact", "respondent", "responder", "role", "team", "department", "by", "received", "id", "number", "no", "ref", "previous", "last", "prior", "original", "old",
		// what goes beside it
		"comment", "comments", "additional", "explanation", "explain", "notes", "note", "plan", "follow", "inquiries", "details", "detail", "justification", "justify", "rationale", "reason", "evidence", "attachment",
		"attachments", "attached", "document", "documents", "documentation", "link", "links", "url", "file", "files", "remediation", "applicable", "applicability", "scope", "if", "why", "how",
		// responses to something else
		"incident", "incidents", "emergency", "disaster", "breach", "time", "times",
	}
}
