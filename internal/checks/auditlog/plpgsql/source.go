package plpgsql

import (
	"slices"
	"strings"
)

// Calls returns the names of functions that the source calls, without schema.
func Calls(src string) []string {
	toks := lex(src)
	var out []string
	for i := 0; i+1 < len(toks); i++ {
		if word(toks[i]) && toks[i+1].is("(") && !slices.Contains(out, toks[i].text) {
			out = append(out, toks[i].text)
		}
	}
	return out
}

// Unqualified returns the called names that no schema precedes.
func Unqualified(src string) []string {
	toks := lex(src)
	var out []string
	for i := 0; i+1 < len(toks); i++ {
		if word(toks[i]) && toks[i+1].is("(") && (i == 0 || !toks[i-1].is(".")) && !slices.Contains(out, toks[i].text) {
			out = append(out, toks[i].text)
		}
	}
	return out
}

// Settings returns the run-time parameters that the source reads with
// current_setting, in order of appearance.
func Settings(src string) []string {
	toks := lex(src)
	var out []string
	for i := 0; i+2 < len(toks); i++ {
		if toks[i].is("current_setting") && toks[i+1].is("(") && toks[i+2].literal && !slices.Contains(out, toks[i+2].text) {
			out = append(out, toks[i+2].text)
		}
	}
	return out
}

// Literals returns the text constants of the source that are short enough to
// be a value that it compares with.
func Literals(src string) []string {
	var out []string
	for _, t := range lex(src) {
		if t.literal && t.text != "" && len(t.text) <= 64 && !strings.ContainsAny(t.text, "%\n") && !slices.Contains(out, t.text) {
			out = append(out, t.text)
		}
	}
	return out
}

// Mentions reports whether the source, without its comments, has this word.
func Mentions(src, name string) bool {
	for _, t := range lex(src) {
		if strings.EqualFold(t.text, name) || t.literal && strings.Contains(strings.ToLower(t.text), strings.ToLower(name)) {
			return true
		}
	}
	return false
}

// SessionOnly reports whether a condition reads the session and nothing of the
// row: what tells a back door from a rule about the data.
func SessionOnly(cond string) bool {
	for _, t := range lex(cond) {
		if t.is("old") || t.is("new") {
			return false
		}
	}
	return true
}
