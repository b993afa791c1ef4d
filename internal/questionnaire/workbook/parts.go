package workbook

import (
	"fmt"
	"strings"
)

// readStrings reads the shared strings: the text of each item, runs joined,
// phonetic guides left out. mixed are the items that hold a plain text and runs,
// or two plain texts, of which programs may show one.
func readStrings(p *pack, part string) (out []string, mixed map[int]bool, err error) {
	b, err := p.read(part)
	if err != nil {
		return nil, nil, err
	}
	mixed = map[int]bool{}
	var now strings.Builder
	s := scan(part, b, p.limits.Depth)
	guide, in, prefix := 0, false, ""
	plain, runs := 0, 0
	for s.next() {
		if s.kind == opening {
			switch {
			case s.depth() == 1:
				if prefix, err = s.ownRoot(); err != nil {
					return nil, nil, err
				}
			case !s.own(prefix):
				return nil, nil, s.foreign()
			}
		}
		switch {
		case s.kind == opening && s.is("si") && s.depth() == 2:
			now.Reset()
			plain, runs = 0, 0
			if s.empty {
				out = append(out, "")
			}
			if len(out) > p.limits.Strings {
				return nil, nil, fmt.Errorf("its part %s holds more than %d strings", quote(part), p.limits.Strings)
			}
		case s.kind == closing && s.is("si") && s.depth() == 2:
			if plain > 1 || plain > 0 && runs > 0 {
				mixed[len(out)] = true
			}
			out = append(out, newlines(fromXstring(now.String())))
		case s.is("rPh") && !s.empty && (s.kind == opening || s.kind == closing):
			guide += step(s.kind)
		case s.kind == opening && s.is("r") && s.depth() == 3:
			runs++
		case s.is("t") && s.depth() <= 4 && (s.kind == opening || s.kind == closing):
			if in = s.kind == opening && !s.empty; s.kind == opening && s.depth() == 3 {
				plain++
			}
		case (s.kind == text || s.kind == cdata) && in && guide == 0:
			now.WriteString(s.chars())
		}
	}
	return out, mixed, s.err
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
