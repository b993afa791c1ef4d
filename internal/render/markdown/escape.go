package markdown

import (
	"strings"

	"github.com/arxsec/arxctl/internal/render"
)

// special are the characters that could open a construct anywhere in a line.
const special = "\\`*_[]<>|~&$#!{}"

// Escape makes text from a stack or a YAML file plain text in GitHub's Markdown:
// one line, no markup, no HTML, no table cell, no automatic link.
func Escape(s string) string {
	s = render.Plain(s)
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

// Fence returns a command as a fenced block that nothing in it can close.
func Fence(command string) string {
	body := strings.Trim(render.PlainLines(command), "\n")
	ticks := "```"
	for strings.Contains(body, ticks) {
		ticks += "`"
	}
	return ticks + "sh\n" + body + "\n" + ticks + "\n"
}

// Code returns text as an inline code span, in a table too.
func Code(s string) string {
	s = strings.ReplaceAll(render.Plain(s), "|", "¦")
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
