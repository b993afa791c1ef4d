package plpgsql

import (
	"errors"
	"fmt"
	"slices"
)

// kind of a statement.
type kind int

const (
	other kind = iota
	returns
	raises
	branch // IF and CASE
	loop
	block
)

type arm struct {
	cond []token // nil: ELSE
	body []stmt
}

type stmt struct {
	kind     kind
	toks     []token // other, returns, raises: what follows the keyword
	arms     []arm   // branch
	hasElse  bool    // branch
	body     []stmt  // loop, block
	handlers []arm   // block: EXCEPTION WHEN cond THEN
	caseElse bool    // branch from CASE: without ELSE it raises case_not_found
}

// Body is a parsed function body.
type Body struct {
	top  stmt
	toks []token
}

// Parse reads the body of a PL/pgSQL function, as pg_proc.prosrc holds it.
func Parse(src string) (*Body, error) {
	p := &parser{toks: lex(src)}
	top, err := p.block()
	if err != nil {
		return nil, err
	}
	return &Body{top: top, toks: p.toks}, nil
}

type parser struct {
	toks []token
	i    int
}

var errEnd = errors.New("plpgsql: the body ends too early")

func (p *parser) peek() token {
	if p.i < len(p.toks) {
		return p.toks[p.i]
	}
	return token{text: "\x00"}
}

func (p *parser) accept(words ...string) bool {
	for j, w := range words {
		if p.i+j >= len(p.toks) || !p.toks[p.i+j].is(w) {
			return false
		}
	}
	p.i += len(words)
	return true
}

func (p *parser) label() {
	if p.accept("<<") {
		for p.i < len(p.toks) && !p.accept(">>") {
			p.i++
		}
	}
}

func (p *parser) block() (stmt, error) {
	for p.accept("#") { // #variable_conflict use_column
		p.i += 2
	}
	p.label()
	if p.accept("declare") {
		for !p.peek().is("begin") {
			if p.i >= len(p.toks) {
				return stmt{}, errEnd
			}
			p.i++
		}
	}
	if !p.accept("begin") {
		return stmt{}, fmt.Errorf("plpgsql: expected BEGIN, found %q", p.peek().text)
	}
	b := stmt{kind: block}
	var err error
	if b.body, err = p.list("end", "exception"); err != nil {
		return b, err
	}
	if p.accept("exception") {
		for p.accept("when") {
			cond, err := p.until("then")
			if err != nil {
				return b, err
			}
			body, err := p.list("when", "end")
			if err != nil {
				return b, err
			}
			b.handlers = append(b.handlers, arm{cond, body})
		}
	}
	return b, p.finish()
}

// finish reads END [IF|LOOP|CASE] [label] [;].
func (p *parser) finish(words ...string) error {
	if !p.accept("end") {
		return fmt.Errorf("plpgsql: expected END, found %q", p.peek().text)
	}
	for _, w := range words {
		p.accept(w)
	}
	if word(p.peek()) {
		p.i++
	}
	p.accept(";")
	return nil
}

// list reads statements until one starts with a stop word.
func (p *parser) list(stop ...string) ([]stmt, error) {
	var out []stmt
	for {
		if p.i >= len(p.toks) {
			return out, errEnd
		}
		if t := p.peek(); slices.ContainsFunc(stop, t.is) {
			return out, nil
		}
		s, err := p.stmt()
		if err != nil {
			return out, err
		}
		out = append(out, s)
	}
}

func (p *parser) stmt() (stmt, error) {
	if t := p.peek(); t.is("begin") || t.is("declare") || t.is("<<") {
		save := p.i
		p.label()
		if t := p.peek(); t.is("begin") || t.is("declare") {
			p.i = save
			return p.block()
		}
	}
	switch {
	case p.accept("if"):
		return p.ifStmt()
	case p.accept("case"):
		return p.caseStmt()
	case p.peek().is("loop") || p.peek().is("while") || p.peek().is("for") || p.peek().is("foreach"):
		if _, err := p.until("loop"); err != nil {
			return stmt{}, err
		}
		body, err := p.list("end")
		if err != nil {
			return stmt{}, err
		}
		return stmt{kind: loop, body: body}, p.finish("loop")
	case p.accept("return"):
		toks, err := p.until(";")
		return stmt{kind: returns, toks: toks}, err
	case p.accept("raise"):
		toks, err := p.until(";")
		return stmt{kind: raises, toks: toks}, err
	}
	toks, err := p.until(";")
	return stmt{toks: toks}, err
}

func (p *parser) ifStmt() (stmt, error) {
	s := stmt{kind: branch}
	for {
		cond, err := p.until("then")
		if err != nil {
			return s, err
		}
		body, err := p.list("elsif", "elseif", "else", "end")
		if err != nil {
			return s, err
		}
		s.arms = append(s.arms, arm{cond, body})
		if p.accept("elsif") || p.accept("elseif") {
			continue
		}
		if p.accept("else") {
			if body, err = p.list("end"); err != nil {
				return s, err
			}
			s.arms, s.hasElse = append(s.arms, arm{nil, body}), true
		}
		return s, p.finish("if")
	}
}

// caseStmt turns CASE x WHEN a, b THEN into the condition x IN (a, b).
func (p *parser) caseStmt() (stmt, error) {
	s := stmt{kind: branch, caseElse: true}
	var subject []token
	if !p.peek().is("when") {
		var err error
		if subject, err = p.until("when"); err != nil {
			return s, err
		}
		p.i--
	}
	for p.accept("when") {
		cond, err := p.until("then")
		if err != nil {
			return s, err
		}
		if subject != nil {
			cond = slices.Concat(subject, []token{{text: "in"}, {text: "("}}, cond, []token{{text: ")"}})
		}
		body, err := p.list("when", "else", "end")
		if err != nil {
			return s, err
		}
		s.arms = append(s.arms, arm{cond, body})
	}
	if p.accept("else") {
		body, err := p.list("end")
		if err != nil {
			return s, err
		}
		s.arms, s.hasElse = append(s.arms, arm{nil, body}), true
	}
	return s, p.finish("case")
}

// until returns the tokens before the stop word, which it consumes. CASE
// expressions and parentheses inside are skipped whole.
func (p *parser) until(stop string) ([]token, error) {
	start, depth, cases := p.i, 0, 0
	for ; p.i < len(p.toks); p.i++ {
		t := p.toks[p.i]
		switch {
		case depth == 0 && cases == 0 && t.is(stop):
			p.i++
			return p.toks[start : p.i-1], nil
		case t.is("(") || t.is("["):
			depth++
		case t.is(")") || t.is("]"):
			depth--
		case t.is("case"):
			cases++
		case t.is("end") && cases > 0:
			cases--
		}
	}
	return nil, errEnd
}
