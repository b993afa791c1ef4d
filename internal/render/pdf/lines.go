package pdf

import (
	"fmt"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire"
)

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
	if linked {
		r.f.Link(column, y, room, float64(len(ids))*code.lead(), r.entries[target].link)
	}
	r.draw(column+5, code, ids)
	if len(ids) == 1 && v.Title != v.Check {
		x := column + 5 + r.measure(code, ids[0]) + 2
		st := style{sans, bodySize, ink}
		if title := r.clean(st, v.Title); r.measure(st, title) <= left+width-x {
			r.put(x, y-0.1, st, title)
		} else {
			r.text(column+5, room-5, st, v.Title)
		}
	}
	r.draw(column+5, small, lines)
	r.text(column+5, room-5, small, whyNot(v))
	if len(v.Failed) > 0 {
		r.text(column+5, room-5, style{sans, 8.3, red}, "Failed: "+some(v.Failed, 4))
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
		parts = append(parts, "POC "+v.POC)
	}
	if v.Digest != "" {
		parts = append(parts, "run "+short(v.Digest))
	}
	return strings.Join(parts, " · ")
}

// whyNot says why a check did not pass, and what to do to see it.
func whyNot(v questionnaire.Line) string {
	text := ""
	if v.Outcome != "pass" {
		text = v.Reason
	}
	if v.ToSee != "" {
		text = strings.TrimPrefix(strings.TrimSuffix(text, ".")+". To see it: "+v.ToSee, ". ")
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
		x, w, text := column+5, room-5, signedText(a)
		if a.Sample {
			tag := r.tag(x, r.y-0.2, questionnaire.SampleText, red) + 2
			x, w = x+tag, w-tag
		}
		r.text(x, w, st, text)
		r.y += 0.4
		x = column + 5
		if a.SHA256 != "" {
			r.text(x, room-5, style{sans, 8.3, muted}, "Artefact: "+a.Artefact)
			r.text(x, room-5, style{mono, 7.2, muted}, "SHA-256 "+a.SHA256)
		}
		r.y += 0.7
	}
	r.y += 0.6
}

// signedText says what was signed for, by whom and until when; SAMPLE is drawn
// before it.
func signedText(a questionnaire.Signed) string {
	if !a.Found || a.Statement == "" {
		return capital(strings.TrimLeft(strings.TrimPrefix(a.Text, questionnaire.SampleText), ": "))
	}
	text := fmt.Sprintf("%s. Signed by %s on %s, holds until %s.", strings.TrimSuffix(a.Statement, "."), a.Role, day(a.Date), day(a.Expires))
	if a.Reason != "" {
		text += " " + capital(strings.TrimSuffix(a.Reason, ".")) + "."
	}
	return text
}

// code writes lines of code on a tinted ground, over several pages if need be.
// What continues a line that was too long is set in.
func (r *report) code(x, w float64, text string) {
	st := style{mono, 7.8, ink}
	const pad, hang = 1.4, 4.0
	type piece struct {
		text   string
		indent float64
	}
	var pieces []piece
	for line := range strings.Lines(strings.Trim(text, "\n")) {
		indent := 0.0
		for _, part := range r.lines(st, line, w-2*pad-hang-2) {
			pieces = append(pieces, piece{part, indent})
			indent = hang
		}
	}
	from := r.page - 1 // the page whose ground has begun
	for i, p := range pieces {
		rest := len(pieces) - i
		need := st.lead()
		if i == 0 || rest == 2 {
			need = float64(min(rest, 2)) * st.lead()
		}
		r.keep(need + pad)
		y, h := r.y+pad/2, st.lead()+pad/2 // clear of the descenders above
		if r.page != from {
			y, h, from = r.y, st.lead()+pad, r.page
		}
		r.fill(x, y, w, h, paper)
		r.fill(x, y, 0.6, h, faint)
		r.put(x+2*pad+p.indent, r.y+pad/2, st, p.text)
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
