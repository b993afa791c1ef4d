package workbook

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// FuzzScan holds the scanner against encoding/xml: where both take a document,
// both see the same elements, attributes and text.
func FuzzScan(f *testing.F) {
	for _, s := range []string{
		`<?xml version="1.0" encoding="UTF-8"?>` + "\r\n" + `<a b="c" d='e &amp; &#x41;'><x:f/>text &lt;<![CDATA[<raw>]]><!-- no --></a>`,
		`<a ><b/ ></a >`, `<a b=c/>`, `<a><a/></a>`, "\xEF\xBB\xBF<a/>", `<a>]]></a>`, `<a/><b/>`, `<a>&b;</a>`, `<!DOCTYPE a><a/>`, "<a>\r\n\r</a>", "<:a/>", "<a:/>", "<a:b:c/>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		ours, err := tokens(doc)
		if err != nil {
			return
		}
		theirs, err := reference(doc)
		if err != nil {
			return
		}
		if ours != theirs {
			t.Errorf("%q\nours:         %s\nencoding/xml: %s", doc, ours, theirs)
		}
	})
}

func tokens(doc string) (string, error) {
	s := scan("x", []byte(doc), 64)
	var out strings.Builder
	for s.next() {
		name := string(s.name)
		if len(s.prefix) > 0 {
			name = string(s.prefix) + ":" + name
		}
		switch s.kind {
		case opening:
			fmt.Fprintf(&out, "<%s", name)
			s.each(func(n []byte, v span) bool {
				fmt.Fprintf(&out, " %s=%q", n, s.plain(s.attrs[v.start:v.end]))
				return true
			})
			if out.WriteString(">"); s.empty {
				fmt.Fprintf(&out, "</%s>", name)
			}
		case closing:
			fmt.Fprintf(&out, "</%s>", name)
		default:
			out.WriteString(s.chars())
		}
	}
	return out.String(), s.err
}

func reference(doc string) (string, error) {
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(doc, "\uFEFF")))
	var out strings.Builder
	full := func(n xml.Name) string {
		if n.Space != "" {
			return n.Space + ":" + n.Local
		}
		return n.Local
	}
	depth := 0
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return out.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch x := t.(type) {
		case xml.StartElement:
			depth++
			fmt.Fprintf(&out, "<%s", full(x.Name))
			for _, a := range x.Attr {
				fmt.Fprintf(&out, " %s=%q", full(a.Name), a.Value)
			}
			out.WriteString(">")
		case xml.EndElement:
			depth--
			fmt.Fprintf(&out, "</%s>", full(x.Name))
		case xml.CharData:
			if depth > 0 {
				out.Write(x)
			}
		}
	}
}
