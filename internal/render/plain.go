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

// Inert keeps a line for a log from being a command to the CI system that reads
// the log: GitHub's runner obeys a line that begins with two colons, whatever
// space is before them, and it, Azure's and TeamCity's obey ##word[ (actions/runner,
// ActionCommand). Nothing else of the line changes.
func Inert(line string) string {
	if rest := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(rest, "::") {
		line = line[:len(line)-len(rest)] + "| " + rest
	}
	for i := 0; ; i++ { // one on: of three signs the last two count too
		at := strings.Index(line[i:], "##")
		if at < 0 {
			return line
		}
		i += at
		word := line[i+2:]
		if end := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }); end >= 0 && word[end] == '[' {
			line = line[:i+2] + " " + word
		}
	}
}
