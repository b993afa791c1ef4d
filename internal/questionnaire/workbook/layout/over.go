package layout

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

var (
	// stem ends a question that the rows below it finish: "do the following hold:".
	stem = regexp.MustCompile(`(?i)[:\x{2026}]\s*$|\.\.\.\s*$|\b(?:the|of the|any of the|which of these|any of these) (?:following|these)\b|\b(?:which|any|all|some) of (?:these|those|the following|the below)\b`)
	// broken ends a text that the row below it goes on with.
	broken = regexp.MustCompile(`(?i)(?:,|\b(?:and|or|and/or|that|which|with|without|unless|except))\s*$`)
)

// over tells each row what stands over it among the rows of its table: the headings
// that were left out just above, and the question that it finishes. A question that
// stops in the middle, and the row that goes on with it, are a person's.
func (t *Table) over(lines []line) {
	at := map[int]int{}
	for i, r := range t.Rows {
		at[r.Number] = i
	}
	var headings []string
	var open line // the last stem
	asked := false
	for k, l := range lines {
		i, row := at[l.Number]
		if !row {
			if asked {
				headings, asked = nil, false
			}
			for _, text := range []string{l.text, l.Question} {
				if text != "" {
					headings = append(headings, text)
				}
			}
			open = line{}
			if asks(l.text) && stem.MatchString(l.text) {
				open = l
			}
			continue
		}
		asked = true
		r := &t.Rows[i]
		r.Under = headings
		switch {
		case open.text != "" && open.below(l):
			r.Stem = cmp.Or(open.Question, open.text)
		case stem.MatchString(l.Question):
			open = l
		default:
			open = line{}
		}
		if k == 0 || lines[k-1].Number+1 != l.Number {
			continue
		}
		if j, before := at[lines[k-1].Number]; before && t.Rows[j].goesOn(*r) {
			why := fmt.Sprintf("the question of row %d goes on in row %d: a person reads both", t.Rows[j].Number, r.Number)
			for _, one := range []*Row{&t.Rows[j], r} {
				if one.Doubt == "" {
					one.Doubt = why
				}
			}
		}
	}
}

// below reports whether a row is one of those that a question leads to: it has no
// number, or one below that of the question.
func (l line) below(next line) bool {
	own := strings.TrimRight(l.ID, ".)")
	switch rest, under := strings.CutPrefix(next.ID, own); {
	case !next.numbered():
		return own != "" || !next.asks // where nothing has a number, the next whole question is another
	case own == "" || !under || rest == "":
		return own == "" && !l.numbered()
	default:
		return !unicode.IsDigit(rune(rest[0]))
	}
}

// goesOn reports whether the row right below finishes what this one asks.
func (r Row) goesOn(next Row) bool {
	if r.Question == "" || next.Question == "" {
		return false
	}
	first := []rune(next.Question)[0]
	return broken.MatchString(r.Question) || r.ID != "" && next.ID == "" && unicode.IsLower(first)
}
