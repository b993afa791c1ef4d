package render

import (
	"strings"
	"unicode"
)

// Plain puts text from a stack or a file on one line and drops what a reader
// cannot see: control characters, and those that turn the direction of text.
func Plain(s string) string { return strings.Join(strings.Fields(PlainLines(s)), " ") }

// PlainLines is Plain for commands: line ends and tabs stay.
func PlainLines(s string) string {
	if !strings.ContainsFunc(s, unseen) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unseen(r) {
			return -1
		}
		return r
	}, s)
}

func unseen(r rune) bool {
	if r < 0x7f {
		return r < ' ' && r != '\n' && r != '\t'
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar
}
