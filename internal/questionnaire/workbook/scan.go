package workbook

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// scanner walks the tokens of one XML part and knows where each begins and
// ends, so that a part can be patched and all its other bytes stay as they
// were. encoding/xml knows only where a token ends, copies every attribute and
// grows with what a stranger sends; this allocates nothing a token. It accepts
// less than XML 1.0: UTF-8 only, no document type, no entities but the five
// that XML itself defines. A fuzz test holds it against encoding/xml.
type scanner struct {
	part  string
	b     []byte
	pos   int
	limit int
	open  []span // names of the open elements
	root  bool   // the root element was seen
	err   error

	kind         tokenKind
	start, end   int    // of the token, in b
	prefix, name []byte // of an element
	attrs        []byte
	empty        bool // <name/>: no closing token follows
}

type span struct{ start, end int }

type tokenKind uint8

const (
	opening tokenKind = iota + 1
	closing
	text
	cdata
)

func scan(part string, b []byte, depth int) *scanner {
	s := &scanner{part: part, b: b, limit: depth}
	switch {
	case bytes.HasPrefix(b, []byte{0xEF, 0xBB, 0xBF}):
		s.pos = 3
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}), bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		s.fail("is in UTF-16; save the workbook again with Excel or LibreOffice, which write UTF-8")
	}
	if s.err == nil && !utf8.Valid(b) {
		s.fail("holds bytes that are not UTF-8")
	}
	return s
}

// depth is that of the opening or closing element just read; the root's is 1.
func (s *scanner) depth() int {
	if s.kind == opening && !s.empty {
		return len(s.open)
	}
	return len(s.open) + 1
}

func (s *scanner) is(name string) bool { return string(s.name) == name }

func (s *scanner) fail(format string, args ...any) bool {
	if s.err == nil {
		s.err = fmt.Errorf("the part %s %s", quote(s.part), fmt.Sprintf(format, args...))
	}
	return false
}

func (s *scanner) malformed(what string) bool {
	return s.fail("is not well-formed XML at byte %d: %s", s.pos, what)
}

// next reads a token; false at the end or at an error, which s.err holds.
func (s *scanner) next() bool {
	for s.err == nil {
		if s.pos >= len(s.b) {
			if len(s.open) > 0 {
				return s.malformed("it ends inside <" + string(s.b[s.open[len(s.open)-1].start:s.open[len(s.open)-1].end]) + ">")
			}
			if !s.root {
				return s.malformed("it has no element")
			}
			return false
		}
		s.start = s.pos
		if s.b[s.pos] != '<' {
			n := bytes.IndexByte(s.b[s.pos:], '<')
			if n < 0 {
				n = len(s.b) - s.pos
			}
			s.pos += n
			s.end = s.pos
			if len(s.open) == 0 {
				if len(bytes.TrimSpace(s.b[s.start:s.end])) > 0 {
					return s.malformed("text outside the document")
				}
				continue
			}
			s.content(text)
			return true
		}
		rest := s.b[s.pos:]
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			if !s.skipTo("-->", 4) {
				return false
			}
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			if len(s.open) == 0 {
				return s.malformed("CDATA outside the document")
			}
			if !s.skipTo("]]>", 9) {
				return false
			}
			s.content(cdata)
			return true
		case bytes.HasPrefix(rest, []byte("<?")):
			if !s.skipTo("?>", 2) {
				return false
			}
			if pi := strings.ToLower(string(s.b[s.start:min(s.end, s.start+200)])); strings.HasPrefix(pi, "<?xml ") {
				if at := strings.Index(pi, "encoding"); at >= 0 && !strings.Contains(pi[at:], "utf-8") && !strings.Contains(pi[at:], "ascii") {
					return s.fail("declares an encoding other than UTF-8; save the workbook again with Excel or LibreOffice")
				}
			}
		case bytes.HasPrefix(rest, []byte("<!")):
			return s.fail("declares a document type, which no workbook has: entities are not expanded here")
		case bytes.HasPrefix(rest, []byte("</")):
			return s.close()
		default:
			return s.openTag()
		}
	}
	return false
}

// content is a token without name and attributes.
func (s *scanner) content(k tokenKind) {
	s.kind, s.prefix, s.name, s.attrs, s.empty = k, nil, nil, nil, false
}

func (s *scanner) skipTo(end string, skip int) bool {
	n := bytes.Index(s.b[s.pos+skip:], []byte(end))
	if n < 0 {
		return s.malformed("no " + end)
	}
	s.pos += skip + n + len(end)
	s.end = s.pos
	return true
}

func (s *scanner) close() bool {
	n := bytes.IndexByte(s.b[s.pos:], '>')
	if n < 0 {
		return s.malformed("a closing tag without >")
	}
	name := bytes.TrimRight(s.b[s.pos+2:s.pos+n], " \t\r\n")
	if len(s.open) == 0 {
		return s.malformed("</" + clip(string(name)) + "> closes nothing")
	}
	top := s.open[len(s.open)-1]
	if want := s.b[top.start:top.end]; !bytes.Equal(want, name) {
		return s.malformed("<" + clip(string(want)) + "> is closed by </" + clip(string(name)) + ">")
	}
	s.open = s.open[:len(s.open)-1]
	s.pos += n + 1
	s.end = s.pos
	s.kind, s.empty, s.attrs = closing, false, nil
	s.split(name)
	return true
}

func (s *scanner) openTag() bool {
	p := s.pos + 1
	q := nameEnd(s.b, p)
	if q == p {
		return s.malformed("< without a name")
	}
	name := span{p, q}
	if c := bytes.IndexByte(s.b[p:q], ':'); c == 0 || c > 0 && (c == q-p-1 || bytes.IndexByte(s.b[p+c+1:q], ':') >= 0) {
		return s.malformed("a name with a colon that ends no prefix")
	}
	if len(s.open) == 0 {
		if s.root {
			return s.malformed("a second root element")
		}
		s.root = true
	}
	from := q
	var named [8]span // attributes seen: XML has each once, and readers that do not look take the first or the last
	count := 0
	for {
		p = q
		q = skipSpace(s.b, q)
		if q >= len(s.b) {
			return s.malformed("a tag without >")
		}
		if s.b[q] == '>' || s.b[q] == '/' {
			break
		}
		if q == p {
			return s.malformed("attributes without a space between")
		}
		n := nameEnd(s.b, q)
		eq := skipSpace(s.b, n)
		if n == q || eq >= len(s.b) || s.b[eq] != '=' {
			return s.malformed("an attribute without a value")
		}
		for _, x := range named[:min(count, len(named))] {
			if x.end-x.start == n-q && bytes.Equal(s.b[x.start:x.end], s.b[q:n]) {
				return s.malformed("an attribute that is there twice")
			}
		}
		named[count%len(named)] = span{q, n}
		count++
		v := skipSpace(s.b, eq+1)
		if v >= len(s.b) || s.b[v] != '"' && s.b[v] != '\'' {
			return s.malformed("an attribute value without quotes")
		}
		end := bytes.IndexByte(s.b[v+1:], s.b[v])
		if end < 0 || bytes.IndexByte(s.b[v+1:v+1+end], '<') >= 0 {
			return s.malformed("an attribute value without end")
		}
		q = v + 1 + end + 1
	}
	s.attrs = s.b[from:q]
	s.empty = s.b[q] == '/'
	if s.empty {
		q++
		if q >= len(s.b) || s.b[q] != '>' {
			return s.malformed("/ without >")
		}
	} else {
		if len(s.open) >= s.limit {
			return s.fail("nests elements deeper than %d", s.limit)
		}
		s.open = append(s.open, name)
	}
	s.pos = q + 1
	s.end = s.pos
	s.kind = opening
	s.split(s.b[name.start:name.end])
	return true
}
