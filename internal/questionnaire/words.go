package questionnaire

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxWords is the longest sentence that a buyer is given.
const MaxWords = 35

// words counts what stands between white space.
func words(s string) int { return len(strings.Fields(s)) }

// clip returns the text on one line with at most n words; what was cut is
// marked.
func clip(s string, n int) string {
	f := strings.Fields(s)
	if len(f) <= n {
		return strings.Join(f, " ")
	}
	return strings.TrimRight(strings.Join(f[:n], " "), ",;:.") + "..."
}

// fitting returns the first text that keeps within MaxWords; the last one is
// cut if it must be.
func fitting(texts ...string) string {
	for _, s := range texts {
		if words(s) <= MaxWords && !pathLike.MatchString(s) {
			return capital(strings.Join(strings.Fields(s), " "))
		}
	}
	return capital(clip(texts[len(texts)-1], MaxWords))
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

var slashes = regexp.MustCompile(`[/\\]+`)

// unnamed is what is left of a text in which nothing can be read.
const unnamed = "unnamed"

// name makes text from a stack fit for a sentence: one line, few words, and
// nothing that reads as a path. The whole text stands elsewhere.
func name(s string, n int) string {
	s = strings.Trim(slashes.ReplaceAllString(clip(s, n), "-"), "-. ")
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "..."
	}
	if s == "" {
		return unnamed
	}
	if pathLike.MatchString(s) {
		return strings.ReplaceAll(s, ".", "-")
	}
	return s
}

// bare returns a claim without its final full stop, to be continued.
func bare(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }
