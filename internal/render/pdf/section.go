package pdf

import (
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire"
)

// An answer is set in two columns: what kind of thing, and the thing itself.
const (
	labelWidth = 26.0
	column     = left + labelWidth
	room       = width - labelWidth
)

const bodySize = 9.0

// section writes a heading and an answer for each of its questions.
func (r *report) section(section questionnaire.Section) {
	title := section.Title
	if section.ID != "" && section.ID != title {
		title = section.ID + "  " + title
	}
	need := flowing
	if !r.begun { // the answers begin apart from the exceptions
		need, r.begun = fresh, true
	}
	r.chapter(section.ID, section.Title, title, need)
	if len(section.Answers) == 0 {
		r.text(left, width, style{sans, 10, muted}, "This section asks nothing.")
	}
	for i, a := range section.Answers {
		r.answer(section, a, i > 0)
	}
}

// answer writes one answer; apart draws a line between it and what stands
// above it on the page.
func (r *report) answer(section questionnaire.Section, a questionnaire.Answer, apart bool) {
	l := statusLook(a.Status)
	title, body := style{bold, 11, ink}, style{sans, 9.5, ink}
	w := width - r.badgeWidth(l) - 4
	if a.Sample {
		w -= 18
	}
	heads := r.lines(title, a.Question+"  "+a.Topic, w)
	sentence := r.lines(body, a.Sentence, room)
	height := float64(len(heads))*title.lead() + float64(min(len(sentence), 4)+1)*body.lead() + 12
	if len(a.Controls) == 0 && a.Gap != nil {
		height += 10 // short enough to stay whole
	}
	r.separate(height, apart) // the head stays with what it says
	r.arrive(r.answers[answerKey(section, a)])

	y := r.y
	r.badge(left+width-r.badgeWidth(l), y, l)
	if a.Sample {
		r.sampleBefore(l, y)
	}
	page := r.page
	r.draw(left, title, heads)
	if r.page == page {
		r.y = max(r.y, y+badgeHeight)
	}
	r.text(left, width, style{sans, 8.5, muted}, meta(a))
	r.y += 1.2

	r.value(a.Value)
	y, page = r.y, r.page
	r.draw(column, body, sentence)
	if r.page == page {
		r.y = max(r.y, y+9)
	}
	r.y += 1.2
	r.list("Details", unsaid(a))
	r.deciders(a.Controls)
	r.evidence(a)
	r.attested(a.Attested)
	r.gap(a.Gap)
	r.mentioned(a.Mentioned)
	r.list("Does not prove", a.DoesNotProve)
	r.see(a.See)
}

// separate makes sure that h millimetres follow on one page, and draws a line
// above them where something stands there already.
func (r *report) separate(h float64, apart bool) {
	const above, below = 2.2, 3.4
	if !apart {
		r.keep(h)
		return
	}
	r.keep(h + above + below)
	if r.y > top {
		r.rule(left, r.y+above, width, faint)
		r.y += above + below
	}
}

// value writes the short value into the left column.
func (r *report) value(v string) {
	r.label("Answer")
	if v == "" {
		r.put(left, r.y+4.2, style{sans, 8.5, muted}, "left blank")
		return
	}
	st := style{bold, 10.5, ink}
	r.put(left, r.y+4, st, r.fit(st, v, labelWidth-3))
}

// sampleBefore draws SAMPLE to the left of the badge of a look.
func (r *report) sampleBefore(l look, y float64) {
	const tagWidth = 14.5
	r.tag(left+width-r.badgeWidth(l)-tagWidth-2, y+0.3, questionnaire.SampleText, red)
}

// meta is the line below the title: citation, requirement, walk-through.
func meta(a questionnaire.Answer) string {
	var parts []string
	if a.Citation != "" {
		parts = append(parts, a.Citation)
	}
	if a.Requirement != "" {
		parts = append(parts, capital(a.Requirement))
	}
	if a.POC != "" {
		parts = append(parts, "POC "+a.POC)
	}
	return strings.Join(parts, " · ")
}

// label writes the name of what follows into the left column, and keeps it
// with the first two lines of that.
func (r *report) label(text string) {
	r.keep(12)
	st := style{bold, 8, muted}
	for i, line := range r.lines(st, text, labelWidth-3) {
		r.put(left, r.y+0.35+float64(i)*st.lead(), st, line)
	}
}

func (r *report) list(label string, items []string) {
	if len(items) == 0 {
		return
	}
	r.label(label)
	for _, text := range items {
		r.bullet(column, room, style{sans, bodySize, ink}, text)
	}
	r.y += 1.2
}

func (r *report) deciders(controls []questionnaire.Decider) {
	if len(controls) == 0 {
		return
	}
	r.label("Decided by")
	for _, c := range controls {
		r.claim(c.ID, c.Claim, statusLook(c.Status), c.Why, string(c.Scope), c.Owner)
		for _, ref := range c.Refs {
			says := "Supports " + ref.ID
			if ref.Part {
				says += " in part"
			}
			if ref.Reason != "" {
				says += ": " + ref.Reason
			}
			r.text(column+5, room-5, style{sans, 8.3, muted}, says)
		}
		r.y += 0.8
	}
	r.y += 0.6
}

func (r *report) mentioned(mentions []questionnaire.Mention) {
	if len(mentions) == 0 {
		return
	}
	r.label("Mentioned, not deciding")
	for _, m := range mentions {
		why := m.Why
		if m.Part != "" {
			why = strings.TrimSuffix(why, ".") + "; in part: " + m.Part
		}
		r.claim(m.ID, m.Claim, statusLook(m.Status), why, string(m.Scope), "")
		r.y += 0.8
	}
	r.y += 0.6
}

// claim writes a control: its claim behind the shape of its status, and below
// in small print the status in words, why, and where it holds.
func (r *report) claim(id, text string, l look, why, scope, owner string) {
	st, small := style{sans, bodySize, ink}, style{sans, 8.3, muted}
	lines := r.lines(st, capital(text), room-5)
	if len(lines) == 0 {
		lines = r.lines(st, id, room-5)
	}
	r.keep(float64(min(len(lines), 3))*st.lead() + small.lead())
	r.drawMark(column, r.y+0.7, 3.1, l)
	r.draw(column+5, st, lines)
	says := l.word
	why = strings.TrimSuffix(why, ".")
	switch {
	case strings.HasPrefix(strings.ToLower(why), strings.ToLower(l.word)):
		says = capital(why)
	case why != "":
		says += ": " + why
	}
	if scope == "production" {
		says += ". About production"
	}
	if owner != "" {
		says += ". Owner: " + owner
	}
	r.text(column+5, room-5, small, says+". ["+id+"]")
}

func (r *report) gap(g *questionnaire.Gap) {
	if g == nil {
		return
	}
	text := capital(g.Need)
	if g.Owner != "" {
		text = strings.TrimSuffix(text, ".") + ". Suggested owner: " + g.Owner + "."
	}
	r.label("Missing")
	r.text(column, room, style{sans, bodySize, ink}, text)
	r.y += 1.2
}

// see prints each command once, in a type where every character counts.
func (r *report) see(commands []questionnaire.See) {
	var printed []string
	for _, c := range commands {
		text := strings.Trim(c.Command, "\n")
		if strings.TrimSpace(text) != "" && !slices.Contains(printed, text) {
			printed = append(printed, text)
		}
	}
	if len(printed) == 0 {
		return
	}
	r.label("See it yourself")
	r.text(column, room, style{sans, 8.3, muted}, `After eval "$(arxctl env)" in a shell:`)
	r.y += 0.5
	var block []string // commands of one line stand together
	for i, text := range printed {
		block = append(block, text)
		if i+1 < len(printed) && !strings.Contains(text+printed[i+1], "\n") {
			continue
		}
		r.code(column, room, strings.Join(block, "\n"))
		r.y += 1
		block = nil
	}
}

// unsaid leaves out the details that stand with a deciding control or a line
// of evidence anyway.
func unsaid(a questionnaire.Answer) []string {
	var out []string
	for _, text := range a.Details {
		core := strings.TrimPrefix(text, "Awaits: ")
		said := slices.ContainsFunc(a.Controls, func(c questionnaire.Decider) bool { return strings.Contains(c.Why, core) })
		below := slices.ContainsFunc(a.Evidence, func(v questionnaire.Line) bool { return text == "To see "+v.Check+": "+v.ToSee })
		if !said && !below {
			out = append(out, text)
		}
	}
	return out
}
