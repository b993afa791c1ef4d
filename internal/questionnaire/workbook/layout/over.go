package layout

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
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
// that reach to it, and the question that it finishes. A question that
// stops in the middle, and the row that goes on with it, are a person's.
func (t *Table) over(lines []line) {
	at := map[int]int{}
	for i, r := range t.Rows {
		at[r.Number] = i
	}
	var up headings
	var group []heading // that stand one below the other, with no question since
	var open line       // the last stem
	var texts []string
	next, after := make([]string, len(lines)), "" // the number of the next question
	for k, l := range slices.Backward(lines) {
		next[k] = after
		if _, row := at[l.Number]; row {
			after = l.number()
		}
	}
	for k, l := range lines {
		i, row := at[l.Number]
		h, heads := l.heading(t, row, next[k])
		if !row {
			if heads {
				group = together(group, h)
			}
			open = line{}
			if asks(l.text) && stem.MatchString(l.text) {
				open = l
			}
			continue
		}
		r := &t.Rows[i]
		if heads {
			group = together(group, h)
			r.Under = up.past(l).add(group).texts()
			r.Under = r.Under[:len(r.Under)-1]
		}
		if now := up.past(l); len(group) > 0 && !heads || len(now) != len(up) {
			if up = now; !heads {
				up, group = up.add(group), nil
			}
			texts = up.texts()
		}
		if !heads {
			r.Under = texts
		}
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
