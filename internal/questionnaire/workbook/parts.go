package workbook

import (
	"fmt"
	"strings"
)

// readStrings reads the shared strings: the text of each item, runs joined,
// phonetic guides left out.
func readStrings(p *pack, part string) ([]string, error) {
	b, err := p.read(part)
	if err != nil {
		return nil, err
	}
	var out []string
	var now strings.Builder
	s := scan(part, b, p.limits.Depth)
	guide, in := 0, false
	for s.next() {
		switch {
		case s.kind == opening && s.is("si") && s.depth() == 2:
			now.Reset()
			if s.empty {
				out = append(out, "")
			}
			if len(out) > p.limits.Strings {
				return nil, fmt.Errorf("its part %s holds more than %d strings", quote(part), p.limits.Strings)
			}
		case s.kind == closing && s.is("si") && s.depth() == 2:
			out = append(out, newlines(fromXstring(now.String())))
		case s.is("rPh") && !s.empty && (s.kind == opening || s.kind == closing):
			guide += step(s.kind)
		case s.is("t") && !s.empty && (s.kind == opening || s.kind == closing):
			in = s.kind == opening
		case (s.kind == text || s.kind == cdata) && in && guide == 0:
			now.WriteString(s.chars())
		}
	}
	return out, s.err
}

func step(k tokenKind) int {
	if k == opening {
		return 1
	}
	return -1
}

// styles knows of each cell format whether it locks, and how it shows a number.
type styles struct {
	unlocked []bool
	numbers  []format
}

// locked is what the format says; a cell is locked unless its format says not.
func (s *styles) locked(style int) bool {
	return style < 0 || style >= len(s.unlocked) || !s.unlocked[style]
}

func (s *styles) number(style int) format {
	if style < 0 || style >= len(s.numbers) {
		return format{}
	}
	return s.numbers[style]
}

func readStyles(p *pack, part string) (*styles, error) {
	b, err := p.read(part)
	if err != nil {
		return nil, err
	}
	out, codes := &styles{}, map[int]format{}
	s := scan(part, b, p.limits.Depth)
	in := false
	for s.next() {
		switch {
		case s.is("cellXfs") && s.depth() == 2 && !s.empty:
			in = s.kind == opening
		case s.kind == opening && s.is("numFmt") && s.depth() == 3:
			codes[s.number("numFmtId", 0)] = formatOf(s.attr("formatCode"))
		case s.kind != opening || !in:
		case s.is("xf") && s.depth() == 3:
			id := s.number("numFmtId", 0)
			f, own := codes[id]
			if !own {
				f = builtIn(id)
			}
			out.unlocked, out.numbers = append(out.unlocked, false), append(out.numbers, f)
		case s.is("protection") && s.depth() == 4 && len(out.unlocked) > 0:
			out.unlocked[len(out.unlocked)-1] = !s.flag("locked", true)
		}
	}
	return out, s.err
}
