package pdf

import (
	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

// exceptions comes before everything that went well: what the evidence
// contradicts, what is stale, and what live checks should have shown and did
// not.
func (r *report) exceptions() {
	r.chapter("", titleExceptions, titleExceptions, fresh)
	groups := []struct {
		title, says string
		in          func(questionnaire.Answer) bool
	}{
		{"Contradicted", "The evidence shows otherwise.", func(a questionnaire.Answer) bool {
			return a.Status == control.Contradicted
		}},
		{"Stale", "Shown or signed once, but beyond its limit now.", func(a questionnaire.Answer) bool {
			return a.Status == control.Stale
		}},
		{"Unproven, though live checks should show it", "Something could not be seen, or was not looked at.", func(a questionnaire.Answer) bool {
			return a.Status == control.Unproven && a.Blind
		}},
	}
	found := false
	for _, g := range groups {
		first := true
		for _, section := range r.doc.Sections {
			for _, a := range section.Answers {
				if !g.in(a) {
					continue
				}
				if first {
					r.skip(3)
					r.keep(34)
					r.text(left, width, style{bold, 12, ink}, g.title)
					r.text(left, width, style{sans, 9, muted}, g.says)
					r.y += 2
				}
				first, found = false, true
				r.exception(section, a)
			}
		}
	}
	if !found {
		r.text(left, width, style{sans, 10, ink}, "None: no answer is contradicted or stale, and every answer that live checks decide was looked at.")
	}
	r.otherUnproven()
}

func (r *report) exception(section questionnaire.Section, a questionnaire.Answer) {
	e := r.entries[r.answers[answerKey(section, a)]]
	l := statusLook(a.Status)
	title := style{bold, 9.5, link}
	w := width - r.badgeWidth(l) - 4
	if a.Sample {
		w -= 18
	}
	heads := first(4, r.lines(title, a.Question+"  "+a.Topic, w-4)) // whole in its section
	body := style{sans, 9, ink}
	lines := r.lines(body, a.Sentence, width-4)
	r.keep(float64(len(heads))*title.lead() + float64(min(len(lines), 4))*body.lead() + 3)
	y := r.y
	r.badge(left+width-r.badgeWidth(l), y-0.2, l)
	if a.Sample {
		r.sampleBefore(l, y-0.2)
	}
	page := r.page
	r.f.Link(left, y, w, title.lead()*float64(len(heads)), e.link)
	r.draw(left, title, heads)
	if r.page == page {
		r.y = max(r.y, y+badgeHeight+0.4)
	}
	r.draw(left, body, lines)
	for _, v := range a.Evidence {
		if v.Outcome == "pass" {
			continue
		}
		text := v.Check + ": " + outcomeLook(v.Outcome).word
		if v.Reason != "" {
			text += ", " + cutTo(v.Reason, 300)
		}
		if v.ToSee != "" {
			text += ". To see it: " + v.ToSee
		}
		r.bullet(left+2, width-2, style{sans, 8.5, muted}, text)
	}
	r.y += 1.6
	r.rule(left, r.y, width, faint)
	r.y += 2.4
}

// otherUnproven counts what no live check could have shown, so that a short
// list of exceptions is not taken for a long list of proofs.
func (r *report) otherUnproven() {
	n := 0
	for _, section := range r.doc.Sections {
		for _, a := range section.Answers {
			if a.Status == control.Unproven && !a.Blind {
				n++
			}
		}
	}
	if n == 0 {
		return
	}
	r.skip(2)
	r.text(left, width, style{sans, 9.5, ink}, count(n, "more answer is", "more answers are")+
		" unproven and not listed here: what they need beside the checks, if any looks at them, has not been brought. Each says what it waits for.")
}

// bullet writes text behind a small dot.
func (r *report) bullet(x, w float64, st style, text string) {
	lines := r.lines(st, text, w-3.5)
	if len(lines) == 0 {
		return
	}
	r.keep(float64(min(len(lines), 2)) * st.lead())
	r.f.SetFillColor(st.color.parts())
	r.f.Circle(x+0.9, r.y+st.lead()*0.42, 0.45, "F")
	r.draw(x+3.5, st, lines)
}
