package pdf

import (
	"strings"
	"unicode"
)

// placeholder stands for a character that the embedded typefaces cannot draw
// as it is meant: emoji, ideographs, right-to-left scripts.
const placeholder = '\u25a1'

// dropped reports whether r is left out without a trace: control characters,
// and the invisible marks that reorder or join what stands around them.
func dropped(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r)
}

// rightToLeft reports whether r belongs to a script written from right to
// left. The typefaces have some of them, but we would draw them backwards.
func rightToLeft(r rune) bool {
	return r >= 0x0590 && r <= 0x08ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfeff
}

// clean makes a line of text drawable with m and returns it with the number of
// characters that a placeholder stands for. Line breaks count as white space.
func (m *metrics) clean(s string) (string, int) {
	plain := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			plain = false
			break
		}
	}
	if plain {
		return s, 0
	}
	var b strings.Builder
	replaced := 0
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		case dropped(r):
		case !m.has(r) || rightToLeft(r):
			b.WriteRune(placeholder)
			replaced++
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), replaced
}

// length returns the width of s in thousandths of the type size.
func (m *metrics) length(s string) int {
	n := 0
	for _, r := range s {
		n += m.width(r)
	}
	return n
}

// wrapWords breaks a paragraph into lines of at most limit thousandths of the
// type size, at white space where it can and inside a word where it must.
func (m *metrics) wrapWords(s string, limit int) []string {
	var lines []string
	line, used := "", 0
	space := m.width(' ')
	for _, word := range strings.Fields(s) {
		w := m.length(word)
		if line != "" && used+space+w <= limit {
			line, used = line+" "+word, used+space+w
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		pieces := []string{word}
		if w > limit {
			pieces = m.breakWord(word, limit)
			w = m.length(pieces[len(pieces)-1])
		}
		lines = append(lines, pieces[:len(pieces)-1]...)
		line, used = pieces[len(pieces)-1], w
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// wrapCode breaks one line of code, keeping its spaces, into lines of at most
// limit thousandths of the type size. It prefers to break after a space.
func (m *metrics) wrapCode(s string, limit int) []string {
	return m.cut(strings.TrimRight(s, " "), limit, " ")
}

// breakWord breaks a word that is longer than a line, after punctuation where
// there is some in the second half of the line.
func (m *metrics) breakWord(s string, limit int) []string {
	return m.cut(s, limit, "/.,-_?&=():;@")
}

func (m *metrics) cut(s string, limit int, after string) []string {
	var lines []string
	for {
		used, end, good := 0, len(s), 0
		for i, r := range s {
			if used += m.width(r); used > limit && i > 0 {
				end = i
				break
			}
			if strings.ContainsRune(after, r) {
				good = i + len(string(r))
			}
		}
		if end == len(s) {
			return append(lines, s)
		}
		if good > end/2 && good <= end {
			end = good
		}
		lines = append(lines, s[:end])
		s = s[end:]
	}
}
