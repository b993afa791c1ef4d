package plpgsql

import (
	"slices"
	"strings"
)

// truth is PostgreSQL's three-valued logic, with unknown for what cannot be
// decided from the source.
type truth int

const (
	unknown truth = iota
	yes
	no
)

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

// Context is the write that a trigger meets.
type Context struct {
	Op     string   // UPDATE, DELETE, TRUNCATE or INSERT
	Row    bool     // FOR EACH ROW
	Before bool     // BEFORE, as against AFTER
	Name   string   // TG_NAME
	Schema string   // TG_TABLE_SCHEMA
	Table  string   // TG_TABLE_NAME
	Args   []string // TG_ARGV
	// Columns are those that an UPDATE can change.
	Columns []string
	// Lookup finds the bodies of functions of this name, for calls out of the trigger.
	Lookup func(name string) []*Body
}

// eval decides a condition for a write that changes the row.
func (c Context) eval(toks []token) truth {
	toks = strip(toks)
	if len(toks) == 0 {
		return unknown
	}
	if parts := split(toks, "or"); len(parts) > 1 {
		if c.coversAllColumns(parts) {
			return yes
		}
		return c.any(parts)
	}
	if parts := split(toks, "and"); len(parts) > 1 {
		out := yes
		for _, p := range parts {
			switch c.eval(p) {
			case no:
				return no
			case unknown:
				out = unknown
			}
		}
		return out
	}
	if toks[0].is("not") {
		return c.eval(toks[1:]).not()
	}
	return c.atom(toks)
}

func (c Context) any(parts [][]token) truth {
	out := no
	for _, p := range parts {
		switch c.eval(p) {
		case yes:
			return yes
		case unknown:
			out = unknown
		}
	}
	return out
}

// coversAllColumns recognises OLD.a IS DISTINCT FROM NEW.a OR ..., over every
// column: true of any UPDATE that changes the row.
func (c Context) coversAllColumns(parts [][]token) bool {
	if c.Op != "UPDATE" || len(c.Columns) == 0 {
		return false
	}
	seen := map[string]bool{}
	for _, p := range parts {
		l, r, ok := cut(strip(p), "is", "distinct", "from")
		if !ok {
			return false
		}
		l, r = strip(l), strip(r)
		if len(l) == 3 && len(r) == 3 && l[1].is(".") && r[1].is(".") && l[2].text == r[2].text && sides(l[:1], r[:1]) {
			seen[l[2].text] = true
		}
	}
	return !slices.ContainsFunc(c.Columns, func(col string) bool { return !seen[col] })
}

func (c Context) atom(toks []token) truth {
	switch {
	case len(toks) == 1 && toks[0].is("true"):
		return yes
	case len(toks) == 1 && toks[0].is("false"):
		return no
	}
	if l, r, ok := cut(toks, "is", "not", "distinct", "from"); ok {
		return c.changed(l, r).not()
	}
	if l, r, ok := cut(toks, "is", "distinct", "from"); ok {
		return c.changed(l, r)
	}
	if l, r, ok := cut(toks, "is", "not", "null"); ok && len(r) == 0 {
		if c.null(l) == yes {
			return no
		}
		return unknown
	}
	if l, r, ok := cut(toks, "is", "null"); ok && len(r) == 0 {
		return c.null(l)
	}
	if l, r, ok := cut(toks, "not", "in"); ok {
		return c.in(l, r).not()
	}
	if l, r, ok := cut(toks, "in"); ok {
		return c.in(l, r)
	}
	for _, op := range []string{"<>", "!="} {
		if l, r, ok := cut(toks, op); ok {
			return c.equal(l, r).not()
		}
	}
	if l, r, ok := cut(toks, "="); ok {
		if r := strip(r); len(r) > 1 && r[0].is("any") {
			return c.in(l, r[1:])
		}
		return c.equal(l, r)
	}
	return unknown
}

func (c Context) changed(l, r []token) truth {
	if c.Op == "UPDATE" && c.Row && sides(record(l), record(r)) {
		return yes
	}
	return c.equal(l, r).not()
}

func (c Context) equal(l, r []token) truth {
	if c.Op == "UPDATE" && c.Row && sides(record(l), record(r)) {
		return no
	}
	a, okA := c.constant(l)
	b, okB := c.constant(r)
	switch {
	case !okA || !okB:
		return unknown
	case a == b:
		return yes
	}
	return no
}

// null says whether OLD or NEW as a whole is null for this write: there is no
// NEW row for DELETE, and neither for a statement trigger.
func (c Context) null(toks []token) truth {
	r := record(toks)
	if len(r) != 1 || !r[0].is("old") && !r[0].is("new") {
		return unknown
	}
	if !c.Row || r[0].is("new") && c.Op == "DELETE" || r[0].is("old") && c.Op == "INSERT" {
		return yes
	}
	return no
}

func (c Context) in(l, list []token) truth {
	list = strip(list)
	if len(list) > 0 && list[0].is("array") {
		list = list[1:]
	}
	if n := len(list); n > 1 && list[0].is("[") && list[n-1].is("]") {
		list = list[1 : n-1]
	}
	out := no
	for _, item := range split(list, ",") {
		switch c.equal(l, item) {
		case yes:
			return yes
		case unknown:
			out = unknown
		}
	}
	return out
}

// constant returns the value of a literal or a TG_ variable.
func (c Context) constant(toks []token) (string, bool) {
	toks = strip(toks)
	if len(toks) == 4 && (toks[0].is("upper") || toks[0].is("lower")) && toks[1].is("(") {
		v, ok := c.constant(toks[2:3])
		if toks[0].is("upper") {
			return strings.ToUpper(v), ok
		}
		return strings.ToLower(v), ok
	}
	if len(toks) == 4 && toks[0].is("tg_argv") {
		for i, a := range c.Args {
			if toks[2].text == string(rune('0'+i)) {
				return a, true
			}
		}
		return "", false
	}
	if len(toks) != 1 {
		return "", false
	}
	t := toks[0]
	if t.literal {
		return t.text, true
	}
	switch t.text {
	case "tg_op":
		return c.Op, true
	case "tg_level":
		return map[bool]string{true: "ROW", false: "STATEMENT"}[c.Row], true
	case "tg_when":
		return map[bool]string{true: "BEFORE", false: "AFTER"}[c.Before], true
	case "tg_name":
		return c.Name, true
	case "tg_table_name", "tg_relname":
		return c.Table, true
	case "tg_table_schema":
		return c.Schema, true
	}
	return "", false
}

// record reduces OLD, OLD.*, ROW(OLD.*), (OLD.*)::type and to_jsonb(OLD) to old.
func record(toks []token) []token {
	toks = strip(toks)
	for len(toks) > 3 && (toks[0].is("row") || toks[0].is("to_jsonb") || toks[0].is("to_json") || toks[0].is("row_to_json") || toks[0].is("hstore")) {
		toks = strip(toks[1:])
	}
	if len(toks) == 3 && toks[1].is(".") && toks[2].is("*") {
		toks = toks[:1]
	}
	return toks
}

func sides(l, r []token) bool {
	return len(l) == 1 && len(r) == 1 && (l[0].is("old") && r[0].is("new") || l[0].is("new") && r[0].is("old"))
}

// strip takes off casts at the end and parentheses around the whole.
func strip(toks []token) []token {
	for {
		if i := castAt(toks); i > 0 {
			toks = toks[:i]
			continue
		}
		if n := len(toks); n > 1 && toks[0].is("(") && closes(toks, 0) == n-1 {
			toks = toks[1 : n-1]
			continue
		}
		return toks
	}
}

// castAt returns the position of a trailing ::type, or 0.
func castAt(toks []token) int {
	if n := len(toks); n < 3 || !word(toks[n-1]) && !toks[n-1].is("]") {
		return 0
	}
	for i := len(toks) - 2; i > 0; i-- {
		switch t := toks[i]; {
		case t.is("::"):
			return i
		case !word(t) && !t.is(".") && !t.is("["):
			return 0
		case t.is("and") || t.is("or") || t.is("not") || t.is("is") || t.is("from") || t.is("in"):
			return 0
		}
	}
	return 0
}

func closes(toks []token, open int) int {
	depth := 0
	for i := open; i < len(toks); i++ {
		switch {
		case toks[i].is("(") || toks[i].is("["):
			depth++
		case toks[i].is(")") || toks[i].is("]"):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// split cuts at a word outside parentheses and CASE expressions.
func split(toks []token, sep string) [][]token {
	var out [][]token
	start := 0
	for i := 0; i < len(toks); i++ {
		switch {
		case toks[i].is("(") || toks[i].is("["):
			if j := closes(toks, i); j > 0 {
				i = j
			}
		case toks[i].is("case") || toks[i].is("between"):
			return [][]token{toks} // an AND may belong to it: undecided as a whole
		case toks[i].is(sep):
			out, start = append(out, toks[start:i]), i+1
		}
	}
	return append(out, toks[start:])
}

// cut splits once at a sequence of words outside parentheses.
func cut(toks []token, seq ...string) (l, r []token, ok bool) {
	for i := 0; i+len(seq) <= len(toks); i++ {
		if toks[i].is("(") || toks[i].is("[") {
			if j := closes(toks, i); j > 0 {
				i = j
				continue
			}
		}
		match := true
		for j, s := range seq {
			match = match && toks[i+j].is(s)
		}
		if match {
			return toks[:i], toks[i+len(seq):], true
		}
	}
	return nil, nil, false
}
