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

// Sequence is the columns and short text constants of one statement, in the
// order of their appearance: what a hash may have been computed over.
type Sequence struct {
	Columns  []string
	Literals []string
}

// Sequences returns one for each statement of the source that uses at least
// two of these columns.
func Sequences(src string, columns []string) []Sequence {
	var out []Sequence
	var s Sequence
	flush := func() {
		if len(s.Columns) >= 2 {
			out = append(out, s)
		}
		s = Sequence{}
	}
	toks := lex(src)
	for i, t := range toks {
		switch {
		case t.is(";"), t.is(":="): // what stands left of an assignment is no part of it
			flush()
		case t.literal:
			if !slices.Contains(s.Literals, t.text) {
				s.Literals = append(s.Literals, t.text)
			}
		case word(t) && slices.Contains(columns, t.text) && !(i+1 < len(toks) && (toks[i+1].is(".") || toks[i+1].is("("))):
			s.Columns = append(s.Columns, t.text)
		}
	}
	flush()
	return out
}

// Follows returns the column by which the source finds the row before (ORDER BY
// x DESC) and the one that starts a chain of its own (WHERE x = NEW.x), each ""
// where the source does not say.
func Follows(src string, columns []string) (order, per string) {
	toks := lex(src)
	is := func(i int) bool { return i < len(toks) && word(toks[i]) && slices.Contains(columns, toks[i].text) }
	for i := range toks {
		if order == "" && i+2 < len(toks) && toks[i].is("order") && toks[i+1].is("by") {
			j := i + 2
			for j+2 < len(toks) && toks[j+1].is(".") {
				j += 2
			}
			if is(j) {
				order = toks[j].text
			}
		}
		if per == "" && i+4 < len(toks) && is(i) && toks[i+1].is("=") && toks[i+2].is("new") && toks[i+3].is(".") && toks[i+4].text == toks[i].text {
			per = toks[i].text
		}
		if per == "" && i+4 < len(toks) && toks[i].is("new") && toks[i+1].is(".") && is(i+2) && toks[i+3].is("=") && is(i+4) && toks[i+4].text == toks[i+2].text {
			per = toks[i+2].text
		}
	}
	return order, per
}

// Assigns reports whether the source sets this column of the new row whatever
// it held: NEW.name := value, not one that only fills in what was missing.
func Assigns(src, name string) bool {
	toks := lex(src)
	depth := 0 // inside IF, CASE or a loop the column may stay as it was
	for i := 0; i+3 < len(toks); i++ {
		if t := toks[i]; t.is("if") || t.is("case") || t.is("loop") {
			if i > 0 && toks[i-1].is("end") {
				depth--
			} else {
				depth++
			}
		}
		if depth > 0 || !toks[i].is("new") || !toks[i+1].is(".") || toks[i+2].text != name || !toks[i+3].is(":=") && !toks[i+3].is("=") {
			continue
		}
		if i > 0 && !toks[i-1].is(";") && !toks[i-1].is("begin") && !toks[i-1].is("then") && !toks[i-1].is("else") {
			continue // a comparison
		}
		keeps := false
		for j := i + 4; j+2 < len(toks) && !toks[j].is(";"); j++ {
			keeps = keeps || toks[j].is("new") && toks[j+2].text == name
		}
		if !keeps {
			return true
		}
	}
	return false
}
