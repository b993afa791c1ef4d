package markdown

import (
	"strings"
	"unicode"
)

// special are the characters that could open a construct anywhere in a line.
const special = "\\`*_[]<>|~&$#!{}"

// esc makes text from a stack or a YAML file plain text in GitHub's Markdown:
// one line, no markup, no HTML, no table cell, no automatic link.
func esc(s string) string {
	s = clean(s)
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i, r := range s {
		rest := s[i:]
		switch {
		case strings.ContainsRune(special, r),
			r == ':' && strings.HasPrefix(rest, "://"),
			r == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"),
			i == 0 && strings.ContainsRune("-+=", r),
			(r == '.' || r == ')') && allDigits(s[:i]):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// clean puts text on one line and drops what a reader cannot see: control
// characters, and those that turn the direction of text around.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// fence returns a command as a fenced block that nothing in it can close.
func fence(command string) string {
	lines := strings.Split(strings.ReplaceAll(command, "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.Map(func(r rune) rune {
			if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				return -1
			}
			return r
		}, l)
	}
	body := strings.Trim(strings.Join(lines, "\n"), "\n")
	ticks := "```"
	for strings.Contains(body, ticks) {
		ticks += "`"
	}
	return ticks + "sh\n" + body + "\n" + ticks + "\n"
}

// code returns text as an inline code span, in a table too.
func code(s string) string {
	s = strings.ReplaceAll(clean(s), "|", "¦")
	if s == "" {
		return "-"
	}
	ticks := "`"
	for strings.Contains(s, ticks) {
		ticks += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return ticks + s + ticks
}

func allDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}
