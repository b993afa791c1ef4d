package pdf

import (
	"strconv"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

const (
	titleExceptions = "Exceptions"
	titleCannotShow = "What a POC cannot show"
	titleChecks     = "Appendix: checks"
	titleAttached   = "Appendix: attached files"
)

// Columns of the contents.
const (
	statusColumn = 152.0
	pageColumn   = left + width
)

// plan lists the entries of the contents before any of them is written, so
// that text that comes earlier can link to text that comes later.
func (r *report) plan() {
	r.addEntry(entry{title: titleExceptions})
	for _, section := range r.doc.Sections {
		r.addEntry(entry{id: section.ID, title: section.Title})
		for _, a := range section.Answers {
			l := statusLook(a.Status)
			r.answers[answerKey(section, a)] = len(r.entries)
			r.addEntry(entry{level: 1, id: a.Question, title: a.Topic, look: &l, sample: a.Sample})
		}
	}
	if len(r.doc.NotVerifiable) > 0 {
		r.addEntry(entry{title: titleCannotShow})
	}
	r.addEntry(entry{title: titleChecks})
	for _, id := range r.doc.Checks {
		r.checks[id] = len(r.entries)
		l := outcomeLook("missing")
		title := ""
		if r.run != nil {
			if e, ok := r.run.Find(id); ok {
				l, title = outcomeLook(string(e.Outcome)), e.Check.Title
			}
			if absent := render.Absent(r.run, id); absent == render.Withheld {
				title = absent
			}
		}
		r.addEntry(entry{level: 1, id: id, title: title, look: &l, check: true})
	}
	r.addEntry(entry{title: titleAttached})
}

func answerKey(s questionnaire.Section, a questionnaire.Answer) string {
	return s.ID + "\x00" + a.Question
}

func (r *report) addEntry(e entry) {
	e.link = r.f.AddLink()
	r.entries = append(r.entries, e)
}

// arrive records that the entry begins here: its page, link and bookmark.
func (r *report) arrive(i int) {
	e := &r.entries[i]
	e.page = r.page
	y := max(r.y-2, 0)
	r.f.SetLink(e.link, y, r.page)
	text := e.title
	if e.id != "" && e.id != e.title {
		text = e.id + "  " + text
	}
	if e.look != nil && e.look.word != "" {
		text += " (" + e.look.word + ")"
	}
	r.f.SetFont(sans.family(), "", 9) // a bookmark takes its encoding from the typeface in use
	r.current = style{}
	r.f.Bookmark(r.clean(style{face: sans}, text), e.level, y)
}

// Room that has to be left on a page for a chapter to begin there; fresh
// always begins a page.
const (
	fresh   = pageHeight
	flowing = 70.0
	brief   = 55.0
)

// chapter writes a heading and arrives at the entry with this id and title.
func (r *report) chapter(id, title, text string, need float64) {
	if need == fresh {
		r.newPage() // also from an empty page: that one belongs to the contents
	} else {
		r.skip(9)
		r.keep(need)
	}
	for i, e := range r.entries {
		if e.level == 0 && e.page == 0 && e.id == id && e.title == title {
			r.arrive(i)
			break
		}
	}
	r.heading(text)
}

func (r *report) heading(title string) {
	st := style{bold, 17, ink}
	r.text(left, width, st, title)
	r.y += 3
}

// idWidths returns the width of the column of question IDs, and of check IDs.
func (r *report) idWidths() map[bool]float64 {
	widths := map[bool]float64{}
	for _, e := range r.entries {
		if e.level == 1 {
			w := r.measure(style{face: bold, size: 8.5}, e.id) + 3
			widths[e.check] = min(max(widths[e.check], w), 46)
		}
	}
	return widths
}

// row is one entry as the contents print it.
type row struct {
	id, title []string
	height    float64
}

func (r *report) row(e entry, idWidths map[bool]float64) row {
	if e.level == 0 {
		st := style{bold, 10, ink}
		title := e.title
		if e.id != "" && e.id != e.title {
			title = e.id + "  " + title
		}
		lines := first(3, r.lines(st, title, pageColumn-left-14))
		return row{title: lines, height: float64(len(lines))*st.lead() + 3.4}
	}
	st := style{sans, 8.5, ink}
	x := left + 5 + idWidths[e.check]
	title := first(4, r.lines(st, e.title, statusColumn-3-x)) // whole in its section
	id := first(4, r.lines(style{bold, 8.5, ink}, e.id, idWidths[e.check]-2))
	return row{id: id, title: title, height: float64(max(len(id), len(title), 1))*st.lead() + 0.7}
}

// reserveContents leaves as many pages empty as the contents will take.
func (r *report) reserveContents() {
	r.newPage()
	r.first = r.page
	r.f.SetFont(sans.family(), "", 9)
	r.f.Bookmark("Contents", 0, 0)
	room := bottom - top - 12
	used, idWidths, before := room+1, r.idWidths(), r.replaced
	for i, e := range r.entries {
		h := r.row(e, idWidths).height
		need := h
		if e.level == 0 && i+1 < len(r.entries) {
			need += r.row(r.entries[i+1], idWidths).height // a chapter stays with its first entry
		}
		if used+need > room {
			if r.rows != nil {
				r.newPage()
			}
			r.rows, used = append(r.rows, nil), 0
		}
		last := len(r.rows) - 1
		r.rows[last] = append(r.rows[last], i)
		used += h
	}
	r.replaced = before
}

// fillContents writes the contents, now that every page number is known.
func (r *report) fillContents() {
	idWidths, before := r.idWidths(), r.replaced
	for n, indexes := range r.rows {
		r.turnTo(r.first + n)
		if n == 0 {
			r.heading("Contents")
		} else {
			r.heading("Contents, continued")
		}
		for _, i := range indexes {
			r.contentsRow(r.entries[i], idWidths)
		}
	}
	r.replaced = before
}

func (r *report) contentsRow(e entry, idWidths map[bool]float64) {
	c := r.row(e, idWidths)
	number := strconv.Itoa(e.page)
	if e.level == 0 {
		r.y += 2.4
		st := style{bold, 10, ink}
		r.right(pageColumn, r.y, st, number)
		r.f.Link(left, r.y, width, c.height-2.4, e.link)
		r.draw(left, st, c.title)
		r.y += 1
		return
	}
	st, y := style{sans, 8.5, ink}, r.y
	r.drawMark(left, y+0.6, 3, *e.look)
	word := r.fit(st, e.look.word, 24)
	r.put(statusColumn, y, style{sans, 8.5, e.look.color}, word)
	if e.sample {
		r.put(statusColumn+r.measure(st, word)+1.5, y+0.5, style{bold, 6.5, red}, questionnaire.SampleText)
	}
	r.right(pageColumn, y, st, number)
	for k, line := range c.id {
		r.put(left+5, y+float64(k)*st.lead(), style{bold, 8.5, ink}, line)
	}
	for k, line := range c.title {
		r.put(left+5+idWidths[e.check], y+float64(k)*st.lead(), st, line)
	}
	r.f.Link(left, y, width, c.height, e.link)
	r.y += c.height
}

// tally counts the answers of a status.
func (r *report) tally(s control.Status) int {
	n := 0
	for _, section := range r.doc.Sections {
		for _, a := range section.Answers {
			if a.Status == s {
				n++
			}
		}
	}
	return n
}
