package plpgsql

import (
	"slices"
	"strings"
)

// Verdict says what a trigger function does with a write.
type Verdict struct {
	Refuses bool // an exception on at least one path
	// Escapes are the conditions under which the write goes on; "always" when
	// there is no condition.
	Escapes []string
	// Swallows are the conditions under which a BEFORE ROW trigger returns NULL:
	// the write is dropped without an error.
	Swallows []string
}

// Always reports whether every path ends in an exception.
func (v Verdict) Always() bool { return v.Refuses && len(v.Escapes) == 0 && len(v.Swallows) == 0 }

// flow is what a list of statements can do.
type flow struct {
	falls  bool // runs to its end
	raises bool
	out    []exit
}

type exit struct {
	value string // null, or what is returned
	when  []string
}

// maxDepth bounds calls followed and blocks nested.
const maxDepth = 40

// Decide says what the function does with a write in this context. A body that
// runs to its end without RETURN ends in an error of its own (2F005), which
// refuses as well.
func (b *Body) Decide(c Context) Verdict {
	f := c.run([]stmt{b.top}, nil, 0)
	v := Verdict{Refuses: f.raises || f.falls}
	for _, e := range f.out {
		when := "always"
		if len(e.when) > 0 {
			when = strings.Join(e.when, " and ")
		}
		list := &v.Escapes
		if c.Before && c.Row && e.value == "null" {
			list = &v.Swallows
		}
		if !slices.Contains(*list, when) {
			*list = append(*list, when)
		}
	}
	return v
}

// When decides a trigger's WHEN clause, as pg_get_triggerdef spells it: always
// true of a changed row, never true, or undecided.
func (c Context) When(clause string) (always, never bool) {
	t := c.eval(lex(clause))
	return t == yes, t == no
}

func (c Context) run(list []stmt, when []string, depth int) flow {
	f := flow{falls: true}
	if depth > maxDepth {
		return flow{falls: true, out: []exit{{"", append(slices.Clone(when), "a body nested too deep to follow")}}}
	}
	for _, s := range list {
		g := c.one(s, when, depth+1)
		f.raises = f.raises || g.raises
		f.out = append(f.out, g.out...)
		if !g.falls {
			f.falls = false
			return f
		}
	}
	return f
}

func (c Context) one(s stmt, when []string, depth int) flow {
	switch s.kind {
	case raises:
		if isException(s.toks) {
			return flow{raises: true}
		}
	case returns:
		if c.calls(s.toks, depth) {
			return flow{raises: true}
		}
		v := "row"
		if t := strip(s.toks); len(t) == 1 && t[0].is("null") || len(t) == 1 && c.nullRecord(t[0]) {
			v = "null"
		}
		return flow{out: []exit{{v, slices.Clone(when)}}}
	case branch:
		return c.branches(s, when, depth)
	case loop:
		g := c.run(s.body, append(slices.Clone(when), "inside a loop"), depth)
		g.falls = true
		return g
	case block:
		return c.guarded(s, when, depth)
	case other:
		if c.calls(s.toks, depth) {
			return flow{raises: true}
		}
	}
	return flow{falls: true}
}

// nullRecord: RETURN NEW in a DELETE trigger returns NULL, which drops the write.
func (c Context) nullRecord(t token) bool { return t.is("new") && c.Row && c.Op == "DELETE" }

func (c Context) branches(s stmt, when []string, depth int) flow {
	var f flow
	path := slices.Clone(when)
	for _, a := range s.arms {
		t := yes
		if a.cond != nil {
			t = c.eval(a.cond)
		}
		if t == no {
			continue
		}
		inner := slices.Clone(path)
		if t == unknown {
			inner = append(inner, text(a.cond))
		}
		g := c.run(a.body, inner, depth)
		f.falls, f.raises, f.out = f.falls || g.falls, f.raises || g.raises, append(f.out, g.out...)
		if t == yes {
			return f
		}
		path = append(path, "not ("+text(a.cond)+")")
	}
	if s.caseElse {
		f.raises = true // case_not_found
	} else {
		f.falls = true
	}
	return f
}

// guarded follows a block: an exception inside may be caught by its handlers.
func (c Context) guarded(s stmt, when []string, depth int) flow {
	f := c.run(s.body, when, depth)
	if !f.raises {
		return f
	}
	for _, h := range s.handlers {
		if !catches(h.cond) {
			continue
		}
		g := c.run(h.body, append(slices.Clone(when), "its own exception is caught (WHEN "+text(h.cond)+")"), depth)
		f.raises = g.raises
		f.falls = f.falls || g.falls
		f.out = append(f.out, g.out...)
		return f
	}
	return f
}

// catches reports whether a handler's condition may hold for what RAISE raises.
// Conditions of PostgreSQL's own that RAISE does not use by default are left out.
func catches(cond []token) bool {
	for _, t := range cond {
		switch strings.ToLower(t.text) {
		case "others", "raise_exception", "sqlstate", "p0001":
			return true
		}
	}
	return false
}

// isException reports whether RAISE raises an error: with level EXCEPTION,
// without a level, or bare, inside a handler.
func isException(toks []token) bool {
	if len(toks) == 0 {
		return true
	}
	switch toks[0].text {
	case "debug", "log", "info", "notice", "warning":
		return toks[0].literal
	}
	return true
}

// calls reports whether the statement calls a function that always raises.
func (c Context) calls(toks []token, depth int) bool {
	if c.Lookup == nil || depth > maxDepth/2 {
		return false
	}
	for i := 0; i+1 < len(toks); i++ {
		if !word(toks[i]) || !toks[i+1].is("(") {
			continue
		}
		bodies := c.Lookup(toks[i].text)
		if len(bodies) == 0 {
			continue
		}
		all := true
		for _, b := range bodies {
			f := c.run([]stmt{b.top}, nil, depth+10)
			all = all && f.raises && !f.falls && len(f.out) == 0
		}
		if all {
			return true
		}
	}
	return false
}
