package layout

import (
	"cmp"
	"slices"
	"strings"
)

// heading is a text that stands over the rows below it, and how it stands there.
type heading struct {
	text   string
	number string
	form
	row     bool // it counts as a question, too
	leading bool // the next question is numbered below it
	note    bool // an instruction, or what was not read: it ends no heading, and has no rank
}

// form is what headings of one rank have in common.
type form struct {
	col, style                 int
	across, numbered, lettered bool
}

// mostOver bounds how many headings a row stands under.
const mostOver = 64

// heading is what a line puts over those below it, or nothing: a short text that
// asks nothing. row tells that the line is a question too: it is a heading besides
// only where what follows may be below it. next is the number of the next question.
func (l line) heading(t *Table, row bool, next string) (heading, bool) {
	h := heading{text: cmp.Or(l.Question, l.text), number: l.number(), row: row}
	if h.text == l.ID && l.text != "" {
		h.text = l.text
	}
	h.form = form{l.col, l.style, l.across, h.number != "", l.lettered()}
	h.note = !short(h.text) || l.states || asks(h.text) || l.aside != "" || notices.MatchString(h.text) || l.Answer.Formula || l.col > t.Columns[Question].Col
	h.leading = h.number != "" && h.leads(next)
	switch {
	case strings.Trim(h.text, "0123456789.-# ") == "":
		return heading{}, false
	case !row:
		return h, true
	case h.note || l.answered() || l.offers() && !h.lettered && h.number == "":
		return heading{}, false
	case h.number != "":
		return h, h.leading
	}
	return h, true
}

// leads reports whether a number is one below that of the heading.
func (h heading) leads(number string) bool {
	return strings.HasPrefix(number, h.number+".") || strings.HasPrefix(number, h.number+"-")
}

// ends reports whether a heading further up reaches no further than this one: this
// one is of a higher rank. Where nobody can tell, the other goes on.
func (h heading) ends(up heading) bool {
	switch {
	case up.note || h.note:
		return false
	case h.across != up.across:
		return h.across
	case h.col != up.col:
		return h.col < up.col
	}
	return h.number != "" && up.number != "" && !up.leads(h.number)
}

// together puts a heading below those that no question stands under yet. Of topics
// that count as questions, one may be over the next.
func together(group []heading, h heading) []heading {
	alike := func(x heading) bool { return x.row && x.form == h.form }
	if first := slices.IndexFunc(group, alike); h.row && first >= 0 && slices.ContainsFunc(group[first+1:], alike) {
		group = slices.Delete(group, first, first+1)
	}
	if group = append(group, h); len(group) > mostOver {
		group = slices.Delete(group, mostOver/2, mostOver/2+1)
	}
	return group
}

// headings are those over a row, the outermost first.
type headings []heading

// add puts headings that stand one below the other under those that they do not
// end. Of headings that look the same, one takes the place of the last before it,
// and two, one below the other, that of the last two: "Known weaknesses", and right below
// it "Logs", are two ranks, and "Keys" further down is another "Logs".
func (over headings) add(group []heading) headings {
	end := len(over)
	for _, h := range group {
		if h.note {
			continue
		}
		n := 0
		for _, x := range group {
			if !x.note && x.form == h.form {
				n++
			}
		}
		for i := len(over) - 1; i >= 0; i-- {
			alike := !over[i].note && over[i].form == h.form && !(h.number != "" && over[i].leads(h.number))
			if alike {
				n--
			}
			if alike && n >= 0 || h.ends(over[i]) {
				end = min(end, i)
			}
		}
	}
	over = append(slices.Clone(over[:end]), group...)
	if n := len(over) - mostOver; n > 0 {
		over = slices.Delete(over, mostOver/2, mostOver/2+n)
	}
	return over
}

// past takes away what a question ends: a number over those below it is over no others.
func (over headings) past(l line) headings {
	number := l.number()
	if number == "" {
		return over
	}
	other := func(h heading) bool { return h.leading && !h.leads(number) }
	if !slices.ContainsFunc(over, other) {
		return over
	}
	return slices.DeleteFunc(slices.Clone(over), other)
}

func (over headings) texts() []string {
	var out []string
	for _, h := range over {
		out = append(out, h.text)
	}
	return out
}
