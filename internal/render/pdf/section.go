package pdf

import (
	"fmt"
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
	r.newPage()
	for i, e := range r.entries {
		if e.level == 0 && e.page == 0 && e.id == section.ID && e.title == section.Title {
			r.arrive(i)
			break
		}
	}
	title := section.Title
	if section.ID != "" && section.ID != title {
		title = section.ID + "  " + title
	}
	r.heading(title)
	if len(section.Answers) == 0 {
		r.text(left, width, style{sans, 10, muted}, "This section asks nothing.")
	}
	for i, a := range section.Answers {
		if i > 0 {
			r.skip(2.2)
			if r.y > top {
				r.rule(left, r.y, width, faint)
			}
			r.skip(3.4)
		}
		r.answer(section, a)
	}
}

func (r *report) answer(section questionnaire.Section, a questionnaire.Answer) {
	l := statusLook(a.Status)
	title, body := style{bold, 11, ink}, style{sans, 9.5, ink}
	w := width - r.badgeWidth(l) - 4
	if a.Sample {
		w -= 18
	}
	heads := r.lines(title, a.Question+"  "+a.Topic, w)
	value := a.Value
	if value == "" {
		value = "Left blank"
	}
	sentence := r.lines(body, a.Sentence, room)
	height := float64(len(heads))*title.lead() + float64(min(len(sentence), 4)+1)*body.lead() + 12
	r.keep(height) // the head stays with what it says
	r.arrive(r.answers[answerKey(section, a)])

	y := r.y
	r.badge(left+width-r.badgeWidth(l), y, l)
	if a.Sample {
		r.tag(left+w+2, y+0.3, questionnaire.SampleText, red)
	}
	for _, line := range heads {
		r.put(left, r.y, title, line)
		r.y += title.lead()
	}
	r.y = max(r.y, y+badgeHeight)
	r.text(left, width, style{sans, 8.5, muted}, meta(a))
	r.y += 1.2

	r.label("Answer")
	r.text(column, room, style{bold, 9.5, ink}, value)
	r.draw(column, body, sentence)
	r.y += 1.2
	r.list("Beside it", a.Details)
	r.deciders(a.Controls)
	r.evidence(a)
	r.attested(a.Attested)
	r.gap(a.Gap)
	r.mentioned(a.Mentioned)
	r.list("Does not prove", a.DoesNotProve)
	r.see(a.See)
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
		parts = append(parts, "walk-through "+a.POC)
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
		r.claim(m.ID, m.Claim, statusLook(m.Status), m.Why, string(m.Scope), "")
		r.y += 0.8
	}
	r.y += 0.6
}

// claim writes a control: its claim behind the shape of its status, and below
// in small print the status in words, why, and where it holds.
func (r *report) claim(id, text string, l look, why, scope, owner string) {
	st, small := style{sans, bodySize, ink}, style{sans, 8.3, muted}
	lines := r.lines(st, text, room-5)
	if len(lines) == 0 {
		lines = r.lines(st, id, room-5)
	}
	r.keep(float64(min(len(lines), 3))*st.lead() + small.lead())
	r.drawMark(column, r.y+0.7, 3.1, l)
	r.draw(column+5, st, lines)
	says := l.word
	if why != "" {
		says += ": " + strings.TrimSuffix(why, ".")
	}
	if scope == "production" {
		says += ". About production"
	}
	if owner != "" {
		says += ". Owner: " + owner
	}
	r.text(column+5, room-5, small, says+". ["+id+"]")
}

// evidence writes one block a required check: outcome, check, k of n, when.
func (r *report) evidence(a questionnaire.Answer) {
	if len(a.Evidence) == 0 {
		return
	}
	r.label("Evidence")
	for _, v := range a.Evidence {
		r.line(v)
	}
	r.y += 1
}

func (r *report) line(v questionnaire.Line) {
	l := outcomeLook(v.Outcome)
	code, small := style{mono, 8.3, ink}, style{sans, 8.3, muted}
	target, linked := r.checks[v.Check]
	if linked {
		code.color = link
	}
	lines := r.lines(small, lineText(v, l), room-5)
	ids := r.lines(code, v.Check, room-5)
	r.keep(float64(len(ids))*code.lead() + float64(min(len(lines), 2))*small.lead())
	r.drawMark(column, r.y+0.5, 3.1, l)
	y := r.y
	r.draw(column+5, code, ids)
	if linked {
		r.f.Link(column, y, room, r.y-y, r.entries[target].link)
	}
	if len(ids) == 1 {
		x := column + 5 + r.measure(code, ids[0]) + 2
		st := style{sans, bodySize, ink}
		if title := r.clean(st, v.Title); r.measure(st, title) <= left+width-x {
			r.put(x, y-0.1, st, title)
		} else {
			r.text(column+5, room-5, st, v.Title)
		}
	}
	r.draw(column+5, small, lines)
	if len(v.Failed) > 0 {
		r.text(column+5, room-5, style{sans, 8.3, red}, "Failed: "+some(v.Failed, 8))
	}
	if len(v.Excluded) > 0 {
		r.text(column+5, room-5, small, "Left out: "+some(v.Excluded, 4))
	}
	r.y += 0.7
}

// lineText is the small print of a line of evidence.
func lineText(v questionnaire.Line, l look) string {
	parts := []string{l.word}
	if v.Counted > 0 || v.Good > 0 {
		unit := v.Unit
		if unit == "" {
			unit = "units"
		}
		parts = append(parts, fmt.Sprintf("%d of %d %s", v.Good, v.Counted, unit))
	}
	if !v.When.IsZero() {
		parts = append(parts, minute(v.When))
	}
	if v.POC != "" {
		parts = append(parts, "walk-through "+v.POC)
	}
	if v.Digest != "" {
		parts = append(parts, "run "+short(v.Digest))
	}
	text := strings.Join(parts, " · ")
	if v.Reason != "" && v.Outcome != "pass" {
		text += ". " + strings.TrimSuffix(v.Reason, ".") + "."
	}
	if v.ToSee != "" {
		text += " To see it: " + v.ToSee
	}
	return text
}

func (r *report) attested(signed []questionnaire.Signed) {
	if len(signed) == 0 {
		return
	}
	r.label("Attested")
	for _, a := range signed {
		st := style{sans, bodySize, ink}
		r.keep(2 * st.lead())
		r.drawMark(column, r.y+0.7, 3.1, statusLook(a.Status))
		x := column + 5
		text := a.Text
		if a.Sample {
			w := r.tag(x, r.y, questionnaire.SampleText, red)
			r.y += badgeHeight
			_ = w
		}
		r.text(x, room-5, st, text)
		if a.SHA256 != "" {
			r.text(x, room-5, style{sans, 8.3, muted}, "Artefact: "+a.Artefact)
			r.text(x, room-5, style{mono, 7.2, muted}, "SHA-256 "+a.SHA256)
		}
		r.y += 0.7
	}
	r.y += 0.6
}

func (r *report) gap(g *questionnaire.Gap) {
	if g == nil {
		return
	}
	text := g.Need
	if g.Owner != "" {
		text = strings.TrimSuffix(text, ".") + ". Suggested owner: " + g.Owner + "."
	}
	r.label("Missing")
	r.text(column, room, style{sans, bodySize, ink}, text)
	r.y += 1.2
}

// see prints each command once, in a type where every character counts.
func (r *report) see(commands []questionnaire.See) {
	printed := map[string]bool{}
	for _, c := range commands {
		if strings.TrimSpace(c.Command) == "" || printed[c.Command] {
			continue
		}
		if len(printed) == 0 {
			r.label("See it yourself")
			r.text(column, room, style{sans, 8.3, muted}, `After eval "$(arxctl env)" in a shell:`)
			r.y += 0.5
		}
		printed[c.Command] = true
		r.code(column, room, c.Command)
		r.y += 1
	}
}

// code writes lines of code on a tinted ground, over several pages if need be.
func (r *report) code(x, w float64, text string) {
	st := style{mono, 7.8, ink}
	const pad = 1.4
	lines := r.lines(st, text, w-2*pad-2)
	for i, line := range lines {
		need := st.lead()
		if i == 0 || len(lines)-i == 2 {
			need = float64(min(len(lines)-i, 2)) * st.lead()
		}
		r.keep(need + pad)
		r.fill(x, r.y, w, st.lead()+pad, paper)
		r.fill(x, r.y, 0.6, st.lead()+pad, faint)
		r.put(x+2*pad, r.y+pad/2, st, line)
		r.y += st.lead()
	}
	r.y += pad
}

// some lists the first n of many.
func some(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}
