package workbook

import (
	"strconv"
	"strings"
)

// sharedItems is the shared strings as they are written, for texts that are
// added to and must keep their runs.
type sharedItems struct {
	xml    []byte
	prefix string
	items  []span
}

func readItems(p *pack, part string) (*sharedItems, error) {
	b, err := p.read(part)
	if err != nil {
		return nil, err
	}
	out := &sharedItems{xml: b}
	s := scan(part, b, p.limits.Depth)
	from := 0
	for s.next() {
		switch {
		case s.kind == opening && s.depth() == 1:
			if len(s.prefix) > 0 {
				out.prefix = string(s.prefix) + ":"
			}
		case s.kind == opening && s.depth() == 2 && s.is("si"):
			if from = s.end; s.empty {
				out.items = append(out.items, span{from, from})
			}
		case s.kind == closing && s.depth() == 2 && s.is("si"):
			out.items = append(out.items, span{from, s.start})
		}
	}
	return out, s.err
}

// runs is what a cell's text consists of, as written, where it has formats of
// its own; "" for a plain text. Where the two parts give the elements different
// prefixes the text is kept and its formats are not.
func (at *sheetPlaces) runs(old cellPlace, shared *sharedItems) string {
	content := old.inline
	if old.kind == "s" && shared != nil && shared.prefix == at.prefix {
		if i, err := strconv.Atoi(strings.TrimSpace(old.value)); err == nil && i >= 0 && i < len(shared.items) {
			content = string(shared.xml[shared.items[i].start:shared.items[i].end])
		}
	}
	if !strings.Contains(content, "<"+at.prefix+"r>") && !strings.Contains(content, "<"+at.prefix+"r ") {
		return ""
	}
	return content
}

// addRun puts a run after the others and before the phonetic guides, which the
// schema wants last (CT_Rst).
func addRun(runs, run string) string {
	s := scan("", []byte("<x>"+runs+"</x>"), 64)
	for s.next() {
		if s.kind == opening && (s.is("rPh") || s.is("phoneticPr")) {
			at := s.start - len("<x>")
			return runs[:at] + run + runs[at:]
		}
	}
	return runs + run
}
