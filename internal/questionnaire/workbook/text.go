package workbook

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// quote shows a name out of a stranger's file, on one line and not too long.
func quote(s string) string { return strconv.Quote(clip(s)) }

func clip(s string) string {
	if utf8.RuneCountInString(s) <= 80 {
		return s
	}
	return string([]rune(s)[:80]) + "…"
}

func newlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// character is what an entity reference stands for, by its name without & and ;.
func character(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, base := name, 10
	if !strings.HasPrefix(digits, "#") {
		return 0, false
	}
	if digits = digits[1:]; strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !inXML(rune(n)) {
		return 0, false
	}
	return rune(n), true
}

// inXML is the production Char of XML 1.0.
func inXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// fromXstring undoes the _xHHHH_ escapes of ST_Xstring (ECMA-376 part 1,
// 22.9.2.19), in which Excel writes characters that XML cannot hold.
func fromXstring(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		if n, ok := xescape(s[i:]); ok {
			if n != 0 && !utf16.IsSurrogate(n) {
				out.WriteRune(n)
			}
			i += 7
			continue
		}
		out.WriteByte(s[i])
		i++
	}
	return newlines(out.String())
}

func xescape(s string) (rune, bool) {
	if len(s) < 7 || s[0] != '_' || s[1] != 'x' || s[6] != '_' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil && !strings.ContainsAny(s[2:6], "+-_")
}

// Clean is a value as a cell can hold it: line ends as \n, and without the
// characters that XML cannot carry. Apply cleans every value itself; what Read
// gives back afterwards is Clean(value).
func Clean(s string) string {
	s = newlines(strings.ToValidUTF8(s, ""))
	return strings.Map(func(r rune) rune {
		if !inXML(r) || r == '\uFFFD' {
			return -1
		}
		return r
	}, s)
}

// Units is the length of a text as Excel counts it: UTF-16 code units.
func Units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// toXML writes a cleaned value as the content of an element. A text that only
// looks like an escape of ST_Xstring has its underscore escaped, as Excel does.
func toXML(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if _, ok := xescape(s[i:]); ok {
			out.WriteString("_x005F")
		}
		switch s[i] {
		case '<':
			out.WriteString("&lt;")
		case '>':
			out.WriteString("&gt;")
		case '&':
			out.WriteString("&amp;")
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

// numberText shows a stored number as a cell of the format General does: 15
// significant digits, so that the ID 1.1 is not read as 1.1000000000000001.
func numberText(s string) string {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || len(s) < 2 {
		return s
	}
	short := strconv.FormatFloat(f, 'g', 15, 64)
	if strings.ContainsAny(short, "eEnN") {
		if whole := fmt.Sprintf("%.0f", f); len(whole) <= 15 && f == float64(int64(f)) {
			return whole
		}
		return s
	}
	if strings.Contains(short, ".") {
		short = strings.TrimRight(strings.TrimRight(short, "0"), ".")
	}
	return short
}
