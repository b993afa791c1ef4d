// Package typed reads what people type into the answer's cell of a workbook, and
// tells it from the prompts that a buyer leaves there for them.
package typed

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Only is the short value that a text is, and nothing beside it: Yes, No, NA, or
// empty. A text that says more than that is none of them.
func Only(s string) string {
	switch strings.ToLower(strings.Trim(strings.TrimSpace(s), ".")) {
	case "yes", "y":
		return "Yes"
	case "no", "n":
		return "No"
	case "na", "n/a", "n.a", "not applicable":
		return "NA"
	}
	return ""
}

// Value is the short value that an answer gives as people type it: "Yes", "y",
// "Yes - see below", "N/A". Anything else is empty, also a No that goes on
// without a stop: "No exceptions" claims the contrary.
func Value(answer string) string {
	if v := Only(answer); v != "" {
		return v
	}
	if Prompt(answer) {
		return ""
	}
	s := strings.ToLower(strings.TrimSpace(answer))
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'“‘«*(", r) })
	for _, p := range phrases() {
		if rest, ok := strings.CutPrefix(s, p.text); ok && !goesOn(rest) {
			return p.value
		}
	}
	word, rest := s, ""
	if i := strings.IndexFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '/' && !strings.ContainsRune(ticks, r)
	}); i >= 0 {
		word, rest = s[:i], s[i:]
	}
	if word != "n/a" {
		word, _, _ = strings.Cut(word, "/") // Yes/Partial claims what Yes claims
	}
	switch word {
	case "yes", "y", "true", "compliant", "implemented", "fully", "supported", "confirmed", "✓", "✔", "☑", "✅":
		return "Yes"
	case "no", "n", "false":
		if line, _, _ := strings.Cut(rest, "\n"); goesOn(strings.TrimLeftFunc(line, unicode.IsSpace)) {
			return ""
		}
		return "No"
	case "na", "n/a":
		return "NA"
	}
	return ""
}

// ticks are letters of an answer, though no letters.
const ticks = "✓✔☑✅"

type phrase struct{ text, value string }

// phrases are short values of more than one word.
func phrases() []phrase {
	return []phrase{
		{"not applicable", "NA"}, {"n.a", "NA"}, {"not compliant", "No"}, {"non-compliant", "No"}, {"noncompliant", "No"}, {"not implemented", "No"}, {"not in place", "No"},
		{"not yet", "No"}, {"not supported", "No"}, {"in place", "Yes"},
	}
}

// goesOn reports whether a text begins with a letter or a digit.
func goesOn(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return rest != "" && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// Prompt reports whether a text asks for an answer and is none: "Please select",
// "TBD", "--". A cell that holds one is empty to whoever answers. choices are the
// values that the cell's own list offers: the first of these may be a prompt in
// the buyer's own words.
func Prompt(text string, choices ...string) bool {
	s := plain(text)
	if s == "" {
		return strings.TrimSpace(text) == "" || strings.Trim(strings.TrimSpace(text), blanks) == ""
	}
	if slices.Contains(prompts(), s) {
		return true
	}
	return len(choices) > 0 && s == plain(choices[0]) && slices.ContainsFunc(openings(), func(o string) bool { return strings.HasPrefix(s, o+" ") })
}

// blanks are what people draw where an answer will stand.
const blanks = "-–—−_.…·•?*:;,/\\|<>[](){}\u00a0 \t"

// plain is a text as prompts are compared: small letters, single spaces, without
// the marks around it.
func plain(text string) string {
	return strings.Join(strings.Fields(strings.Trim(strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, text)), blanks)), " ")
}

// openings are how the first value of a list begins where it is a prompt.
func openings() []string {
	return []string{"select", "please select", "choose", "please choose", "pick", "please pick", "click", "please enter", "please answer", "drop down", "dropdown", "use the"}
}

// prompts are the texts that stand in an answer's cell before it has an answer,
// as plain gives them. None of them is a value that a vendor could mean: "n/a",
// "none", "unknown" and "pending" are answers.
func prompts() []string {
	return []string{
		"select", "select one", "select an item", "select an answer", "select an option", "select a response", "select a value", "select answer", "select option", "select response",
		"select value", "select from list", "select from the list", "select from drop down", "select from dropdown", "select from drop-down", "select yes or no", "select yes/no",
		"please select", "please select one", "please select an item", "please select an answer", "please select an option", "please select a response", "please select a value",
		"please select from list", "please select from the list", "please select yes or no", "please select yes/no",
		"choose", "choose one", "choose an item", "choose an answer", "choose an option", "choose a response", "choose a value", "choose from list", "choose from the list", "choose yes or no",
		"please choose", "please choose one", "please choose an item", "please choose an option", "please choose an answer", "pick one", "please pick one",
		"answer", "answer here", "your answer", "your answer here", "enter answer", "enter answer here", "enter your answer", "enter your answer here", "enter response", "enter response here",
		"enter your response", "enter your response here", "enter text", "enter text here", "insert answer", "insert answer here", "insert response", "type here", "type your answer",
		"type your answer here", "please answer", "please enter", "please complete", "please respond", "please fill in", "fill in", "to fill in", "response", "response here", "your response",
		"your response here", "vendor response", "vendor to complete", "supplier to complete", "vendor answer", "supplier response", "click here to enter text", "click or tap here to enter text",
		"click to select", "click here to select",
		"yes/no", "yes / no", "yes or no", "y/n", "y / n", "yes/no/na", "yes/no/n/a", "yes / no / na", "yes / no / n/a", "yes, no or na", "yes, no or n/a", "yes, no, na", "yes, no, n/a", "y/n/na", "y/n/n/a",
		"tbd", "tbc", "tba", "tbf", "t.b.d", "t.b.c", "t.b.a", "to be completed", "to be confirmed", "to be determined", "to be defined", "to be decided", "to be answered", "to be advised",
		"to be filled", "to be filled in", "to be provided", "to do", "todo", "fixme", "xxx", "n/k", "not answered", "not yet answered", "unanswered", "no answer", "no answer yet", "blank", "leave blank", "empty",
	}
}
