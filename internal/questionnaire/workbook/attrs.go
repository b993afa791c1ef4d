package workbook

import (
	"bytes"
	"strconv"
	"strings"
)

func (s *scanner) split(name []byte) {
	s.prefix, s.name = nil, name
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		s.prefix, s.name = name[:i], name[i+1:]
	}
}

// raw finds an attribute by its whole name, such as r or r:id, unescaped no.
func (s *scanner) raw(name string) (span, bool) {
	var found span
	ok := false
	s.each(func(n []byte, v span) bool {
		if string(n) == name {
			found, ok = v, true
		}
		return !ok
	})
	return found, ok
}

// each walks the attributes of the tag just read; value spans are relative to
// s.attrs and do not include the quotes.
func (s *scanner) each(f func(name []byte, value span) bool) {
	for q := skipSpace(s.attrs, 0); q < len(s.attrs); q = skipSpace(s.attrs, q) {
		n := nameEnd(s.attrs, q)
		v := skipSpace(s.attrs, skipSpace(s.attrs, n)+1)
		end := v + 1 + bytes.IndexByte(s.attrs[v+1:], s.attrs[v])
		if !f(s.attrs[q:n], span{v + 1, end}) {
			return
		}
		q = end + 1
	}
}

// attr is the value of an attribute, or "".
func (s *scanner) attr(name string) string {
	v, ok := s.raw(name)
	if !ok {
		return ""
	}
	return s.plain(s.attrs[v.start:v.end])
}

// relation is the value of the id attribute of another namespace: r:id,
// whatever its prefix is in this file; "" where there are two of them.
func (s *scanner) relation() string {
	id, n := "", 0
	s.each(func(name []byte, v span) bool {
		if i := bytes.IndexByte(name, ':'); i > 0 && string(name[i+1:]) == "id" {
			id = s.plain(s.attrs[v.start:v.end])
			n++
		}
		return true
	})
	if n > 1 {
		return ""
	}
	return id
}

// flag is a boolean attribute, as XML Schema spells them.
func (s *scanner) flag(name string, absent bool) bool {
	switch s.attr(name) {
	case "1", "true", "on":
		return true
	case "0", "false", "off":
		return false
	}
	return absent
}

// number is a whole attribute, or absent where it is missing or no number.
func (s *scanner) number(name string, absent int) int {
	v, ok := s.raw(name)
	if !ok {
		return absent
	}
	n, err := strconv.Atoi(string(s.attrs[v.start:v.end]))
	if err != nil {
		return absent
	}
	return n
}

// chars is the text of the text or CDATA token just read.
func (s *scanner) chars() string {
	if s.kind == cdata {
		return newlines(string(s.b[s.start+9 : s.end-3]))
	}
	return s.plain(s.b[s.start:s.end])
}

// plain replaces the five entities and character references.
func (s *scanner) plain(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 {
		return newlines(string(b))
	}
	var out strings.Builder
	for rest := newlines(string(b)); rest != ""; {
		i := strings.IndexByte(rest, '&')
		if i < 0 {
			out.WriteString(rest)
			break
		}
		out.WriteString(rest[:i])
		rest = rest[i+1:]
		name, after, ok := strings.Cut(rest, ";")
		if !ok {
			s.malformed("& without ;")
			return ""
		}
		r, ok := character(name)
		if !ok {
			s.fail("uses the entity &%s; which XML does not define: entities are not expanded here", clip(name))
			return ""
		}
		out.WriteRune(r)
		rest = after
	}
	return out.String()
}

func nameEnd(b []byte, p int) int {
	for p < len(b) {
		switch b[p] {
		case ' ', '\t', '\r', '\n', '>', '/', '=', '<', '"', '\'', '&':
			return p
		}
		p++
	}
	return p
}

func skipSpace(b []byte, p int) int {
	for p < len(b) && (b[p] == ' ' || b[p] == '\t' || b[p] == '\r' || b[p] == '\n') {
		p++
	}
	return p
}
