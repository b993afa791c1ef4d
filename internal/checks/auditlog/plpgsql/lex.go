// Package plpgsql reads the body of a PL/pgSQL trigger function far enough to
// say whether a write can get past it: on which path it raises, and on which it
// returns. It follows PostgreSQL's manual, chapter "PL/pgSQL", sections
// "Control Structures", "Errors and Messages" and "Trigger Functions".
package plpgsql

import (
	"strings"
	"unicode"
)

// token is one word, text literal or symbol. Words are lower case, as
// PostgreSQL folds them; a literal keeps its text without quotes.
type token struct {
	text    string
	literal bool // a text constant
	quoted  bool // a quoted identifier
}

// is reports whether the token is this bare word or symbol.
func (t token) is(s string) bool { return !t.literal && !t.quoted && t.text == s }

// lex splits source into tokens, without comments.
func lex(src string) []token {
	var out []token
	r := []rune(src)
	for i := 0; i < len(r); {
		c := r[i]
		switch {
		case unicode.IsSpace(c):
			i++
		case c == '-' && at(r, i+1) == '-':
			for i < len(r) && r[i] != '\n' {
				i++
			}
		case c == '/' && at(r, i+1) == '*':
			i = skipComment(r, i)
		case c == '\'':
			text, next := quotedText(r, i, '\'', false)
			out, i = append(out, token{text: text, literal: true}), next
		case (c == 'e' || c == 'E') && at(r, i+1) == '\'':
			text, next := quotedText(r, i+1, '\'', true)
			out, i = append(out, token{text: text, literal: true}), next
		case c == '"':
			text, next := quotedText(r, i, '"', false)
			out, i = append(out, token{text: text, quoted: true}), next
		case c == '$' && dollarTag(r, i) != "":
			tag := dollarTag(r, i)
			rest := string(r[i+len([]rune(tag)):])
			body, _, _ := strings.Cut(rest, tag)
			out = append(out, token{text: body, literal: true})
			i += 2*len([]rune(tag)) + len([]rune(body))
		case unicode.IsLetter(c) || c == '_':
			j := i
			for j < len(r) && (unicode.IsLetter(r[j]) || unicode.IsDigit(r[j]) || r[j] == '_' || r[j] == '$') {
				j++
			}
			out, i = append(out, token{text: strings.ToLower(string(r[i:j]))}), j
		case unicode.IsDigit(c):
			j := i
			for j < len(r) && (unicode.IsDigit(r[j]) || r[j] == '.' && unicode.IsDigit(at(r, j+1))) {
				j++
			}
			out, i = append(out, token{text: string(r[i:j])}), j
		default:
			n := 1
			switch two := string(c) + string(at(r, i+1)); two {
			case "<>", "!=", ":=", "::", "<<", ">>", "<=", ">=", "||", "->":
				n = 2
			}
			out, i = append(out, token{text: string(r[i:min(i+n, len(r))])}), i+n
		}
	}
	return out
}

func at(r []rune, i int) rune {
	if i < len(r) {
		return r[i]
	}
	return 0
}

// skipComment returns the position after a block comment, which may nest.
func skipComment(r []rune, i int) int {
	depth := 0
	for i < len(r) {
		switch {
		case r[i] == '/' && at(r, i+1) == '*':
			depth, i = depth+1, i+2
		case r[i] == '*' && at(r, i+1) == '/':
			depth, i = depth-1, i+2
			if depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return i
}

func quotedText(r []rune, i int, q rune, backslash bool) (string, int) {
	var b strings.Builder
	for i++; i < len(r); i++ {
		switch {
		case backslash && r[i] == '\\' && i+1 < len(r):
			i++
			b.WriteRune(r[i])
		case r[i] == q && at(r, i+1) == q:
			b.WriteRune(q)
			i++
		case r[i] == q:
			return b.String(), i + 1
		default:
			b.WriteRune(r[i])
		}
	}
	return b.String(), i
}

// dollarTag returns the $tag$ that starts at i, or "".
func dollarTag(r []rune, i int) string {
	j := i + 1
	for j < len(r) && (unicode.IsLetter(r[j]) || r[j] == '_' || j > i+1 && unicode.IsDigit(r[j])) {
		j++
	}
	if at(r, j) != '$' {
		return ""
	}
	return string(r[i : j+1])
}

// text joins tokens for a person.
func text(toks []token) string {
	var b strings.Builder
	for i, t := range toks {
		s := t.text
		switch {
		case t.literal:
			s = "'" + s + "'"
		case t.quoted:
			s = `"` + s + `"`
		}
		if i > 0 && !tight(toks[i-1], t) {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return b.String()
}

func tight(a, b token) bool {
	for _, s := range []string{".", "(", "::"} {
		if a.is(s) {
			return true
		}
	}
	for _, s := range []string{".", "(", ")", ",", "::", "["} {
		if b.is(s) {
			return !(b.is("(") && !word(a))
		}
	}
	return false
}

func word(t token) bool {
	return t.quoted || !t.literal && t.text != "" && (unicode.IsLetter([]rune(t.text)[0]) || t.text[0] == '_')
}
