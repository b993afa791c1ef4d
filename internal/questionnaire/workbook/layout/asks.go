package layout

import (
	"regexp"
	"slices"
	"strings"
)

// numbering is what may stand before the words of a question: 1., 2.3), Z-1:, Q4, (a).
var numbering = regexp.MustCompile(`^\s*(?:\(?[A-Za-z&]{0,5}[-. ]?\d[\d.\-]*[a-z]?\)?[.):\]]*\s+|\(?[A-Za-z]{1,3}[.)]\s+|[-•*–]\s+)`)

// letter is what numbers the parts of a question: a, b), (iv).
var letter = regexp.MustCompile(`^\(?(?:[A-Za-z]|[ivx]{1,5}|[IVX]{1,5})[.):]{0,2}$`)

// words are the words of a text in lower case, without its numbering.
func words(text string) []string {
	return strings.Fields(normal(strings.TrimPrefix(text, numbering.FindString(text))))
}

// asks reports whether a text reads as a question, or asks for words: by the mark
// at its end, or by the word that it begins with.
func asks(text string) bool { return queries(text) || requests(text) }

// queries reports whether a text reads as a question.
func queries(text string) bool {
	bare := strings.TrimRight(text, " \t\r\n*)]\"'”’")
	if strings.HasSuffix(bare, "?") || strings.HasSuffix(bare, "？") {
		return !strings.Contains(bare, "@") || strings.Contains(bare, " ") // an address with a mark is a doubt
	}
	w := words(text)
	if len(w) < 3 {
		return false
	}
	shut, open := oneOf(w[0], closed()...),
		oneOf(w[0], "what", "which", "who", "whom", "whose", "when", "where", "why", "how")
	switch {
	case (shut || open) && strings.Contains(text, "?"): // Do you log? Please describe.
		return true
	case oneOf(w[0], "has", "have"): // "Have a policy" is an order
		return oneOf(w[1], "you", "your")
	case shut:
		return oneOf(w[1], "you", "your", "the", "there", "any", "all", "each", "it", "this", "a", "an", "customer", "customers", "users", "data") && !oneOf(w[2], "not", "be")
	case open:
		return oneOf(w[1], "do", "does", "did", "is", "are", "was", "were", "has", "have", "can", "will", "would", "many", "often", "long", "type", "types", "kind") && toYou(w)
	}
	return false
}

// toYou reports whether words speak to whoever fills in the form.
func toYou(w []string) bool { return slices.Contains(w, "you") || slices.Contains(w, "your") }

// requests reports whether a text asks for words in the manner of an order.
func requests(text string) bool {
	w := words(text)
	for len(w) > 1 && oneOf(w[0], "please", "kindly", "briefly") {
		w = w[1:]
	}
	if len(w) < 2 {
		return false
	}
	if oneOf(w[0], "list", "name", "state", "detail", "identify", "outline") { // nouns too: a header "Name (fr)"
		return len(w) > 2 && oneOf(w[1], "the", "your", "all", "any", "each", "every", "how", "what", "which", "who", "where", "whether", "a", "an", "those")
	}
	return oneOf(w[0], "describe", "define", "explain", "provide", "specify", "indicate", "confirm", "attach", "summarise", "summarize")
}

// states reports whether a text says that something is so, or of somebody what he
// does, as a statement that is to be agreed to. A heading has no such verb: "Access
// control", "How data is protected", "Controls that are in place".
func states(text string) bool {
	w := words(text)
	if len(w) < 3 || notices.MatchString(text) || aboutTheForm(text) {
		return false
	}
	for i, x := range w[:len(w)-1] {
		switch {
		case oneOf(x, "what", "which", "who", "whom", "whose", "when", "where", "why", "how", "that", "if", "whether", "while", "because", "comments", "remarks"):
			return false
		case i == 0 && oneOf(x, "we", "you", "they", "it"),
			i > 0 && oneOf(x, "is", "are", "was", "were", "has", "have", "had", "does", "do", "did", "can", "cannot", "could", "may", "might", "must", "shall", "should", "will", "would",
				"isn", "aren", "doesn", "don", "requires", "supports", "enforces", "provides", "encrypts", "prevents", "allows", "keeps", "undergoes", "ensures", "protects", "maintains", "performs", "uses"):
			return true
		}
	}
	return false
}

// aboutTheForm reports whether a text speaks of the workbook itself, or in the
// voice of who fills it in: that is an instruction or its list of frequent
// questions, and asks the vendor nothing. What is asked with do, is or have asks
// the vendor, unless it names the form.
func aboutTheForm(text string) bool {
	w := words(text)
	for i, x := range w {
		switch {
		case oneOf(x, "question", "questions", "workbook", "worksheet", "worksheets", "spreadsheet", "i"):
			return true
		case oneOf(w[0], closed()...):
		case oneOf(x, "response", "responses") && i > 0 && oneOf(w[i-1], "incident", "breach", "emergency", "disaster", "crisis", "vulnerability"):
		case oneOf(x, "questionnaire", "questionnaires", "sheet", "sheets", "tab", "tabs", "column", "columns", "cell", "cells", "caiq", "sig", "hecvat", "vsaq", "faq",
			"instructions", "answer", "answers", "response", "responses"):
			return true
		}
	}
	return false
}

// closed are the words that questions for a yes or a no begin with.
func closed() []string {
	return []string{"do", "does", "did", "is", "are", "was", "were", "can", "could", "will", "would", "has", "have"}
}

// notices begin a text that tells and does not ask.
var notices = regexp.MustCompile(`(?i)^\s*(?:©|\(c\)\s|copyright\b|note\s*:|notes\s*:|note that\b|nb\s*:|instructions?\s*(?::|$|for\b|to\b)|please (?:answer|complete|fill|refer|see|note|read|use|select|respond)\b|thank|this section\b|this (?:sheet|tab)\b|the following\b|for (?:office|internal) use\b|confidential\b)|^\s*(?:end of(?:\s+\S+){1,3}|(?:grand |sub)?-?total(?:\s+\S+){0,2}|scores?(?:\s+\S+){0,2}|end)\s*[:.]?\s*$`)

func oneOf(s string, list ...string) bool { return slices.Contains(list, s) }

// short is no more than a heading has.
func short(text string) bool { return len(words(text)) <= 8 }
