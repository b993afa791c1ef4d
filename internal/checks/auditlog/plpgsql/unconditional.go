package plpgsql

import (
	"slices"
	"strings"
)

// witnesses are words by which a body learns something that its caller cannot
// choose: the time, and who calls.
var witnesses = []string{"now", "clock_timestamp", "current_timestamp", "current_date", "localtimestamp", "transaction_timestamp", "statement_timestamp", "timeofday",
	"age", "session_user", "current_user", "user", "pg_has_role"}

// Unconditional reports whether the source goes on whatever it is given: it has
// no condition, or none that rests on the time, the caller or stored rows. That
// a name is well formed, or that there is such a relation, decides nothing.
func Unconditional(src string) bool {
	toks := lex(src)
	for _, t := range slices.Clone(toks) { // SQL that is built as text
		if t.literal && strings.Contains(t.text, " ") {
			toks = append(toks, lex(t.text)...)
		}
	}
	var decides, knows bool
	for i, t := range toks {
		next := func(n int) token {
			if i+n < len(toks) && i+n >= 0 {
				return toks[i+n]
			}
			return token{}
		}
		switch {
		case t.is("if") && next(1).is("exists") && !next(2).is("("), t.is("if") && next(1).is("not") && next(2).is("exists") && !next(3).is("("):
			// DROP ... IF EXISTS name
		case t.is("if"), t.is("case"):
			decides = decides || !next(-1).is("end")
		case t.is("elsif"), t.is("elseif"), t.is("while"), t.is("where"), t.is("assert"), t.is("having"), t.is("exit"), t.is("continue"):
			decides = true
		case t.is("current_setting"): // a setting with a dot is for anybody to set
			knows = knows || next(2).literal && !strings.Contains(next(2).text, ".")
		case slices.ContainsFunc(witnesses, t.is):
			knows = true
		case t.is("from") && word(next(1)):
			from := next(1).text
			knows = knows || !strings.HasPrefix(from, "pg_") && from != "information_schema" && from != "unnest" && from != "generate_series"
		}
	}
	return !decides || !knows
}
