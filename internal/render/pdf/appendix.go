package pdf

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/render"
)

// Limits on what the appendix prints of one check; the attached run has all.
const (
	maxObservations = 5
	maxVia          = 600
	maxText         = 600
	maxUnits        = 12
	maxFacts        = 6
)

// notVerifiable lists what no proof of concept can show.
func (r *report) notVerifiable() {
	if len(r.doc.NotVerifiable) == 0 {
		return
	}
	r.chapter("", titleCannotShow, titleCannotShow, brief)
	r.text(left, width, style{sans, 9.5, muted}, "No run against a stack can settle these, whatever its outcome.")
	r.y += 3
	for _, n := range r.doc.NotVerifiable {
		what, instead := style{bold, 9.5, ink}, style{sans, 9.5, ink}
		lines := r.lines(what, n.What, width)
		r.keep(float64(min(len(lines), 3))*what.lead() + 2*instead.lead())
		r.draw(left, what, lines)
		if n.Instead != "" {
			r.text(left, width, instead, "Instead: "+n.Instead)
		}
		r.y += 2.6
	}
}

// appendix shows every check that an answer rests on as it was recorded.
func (r *report) appendix() {
	r.chapter("", titleChecks, titleChecks, fresh)
	if len(r.doc.Checks) == 0 {
		r.text(left, width, style{sans, 10, muted}, "No answer rests on a check.")
	}
	for i, id := range r.doc.Checks {
		var found *evidence.Evidence
		if r.run != nil {
			if e, ok := r.run.Find(id); ok {
				found = &e
			}
		}
		r.check(id, found, i > 0)
	}
}

func (r *report) check(id string, e *evidence.Evidence, apart bool) {
	at := r.checks[id]
	l := *r.entries[at].look
	title := style{bold, 11, ink}
	heads := r.lines(title, strings.TrimSpace(id+"  "+r.entries[at].title), width-r.badgeWidth(l)-4)
	r.separate(float64(len(heads))*title.lead()+22, apart)
	r.arrive(at)
	y := r.y
	r.badge(left+width-r.badgeWidth(l), y, l)
	page := r.page
	r.draw(left, title, heads)
	if r.page == page {
		r.y = max(r.y, y+badgeHeight)
	}
	r.y += 1.2
	switch {
	case e == nil && r.entries[at].title == render.Withheld:
		r.text(left, width, style{sans, bodySize, ink}, "The record of this check was withheld from this audience. To see it: ask whoever sent this for the whole run")
		return
	case e == nil:
		r.text(left, width, style{sans, bodySize, ink}, "The run has no record of this check. To have one: arxctl check --only "+id)
		return
	}
	r.part("Outcome", e.Reason)
	if e.Withheld != nil {
		return
	}
	r.part("Error", e.Error)
	r.part("Population", population(e.Population))
	r.part("Proves", e.Check.Proves)
	r.part("Does not prove", e.Check.DoesNotProve)
	r.part("Recorded", recorded(e))
	r.observations(e)
	r.part("Leaves behind", strings.Join(e.Residue, "; "))
	if e.Outcome != evidence.Pass {
		r.part("Fix", e.Check.Fix)
	}
	r.facts(e.Facts)
	if e.Check.Reproduce != "" {
		r.label("See it yourself")
		r.code(column, room, cutTo(e.Check.Reproduce, 2*maxText))
		r.y += 1
	}
}

func (r *report) part(label, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	r.label(label)
	r.text(column, room, style{sans, bodySize, ink}, cutTo(text, maxText))
	r.y += 1
}

func population(p evidence.Population) string {
	unit := p.Unit
	if unit == "" {
		unit = "units"
	}
	text := fmt.Sprintf("%d %s, %d to look at", len(p.Expected), unit, evidence.Counted(p))
	if len(p.Expected) > 0 {
		text += ": " + some(p.Expected, maxUnits)
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(p.Excluded)) {
		out = append(out, name+" ("+p.Excluded[name]+")")
	}
	if len(out) > 0 {
		text += ". Left out: " + some(out, maxUnits)
	}
	return text + "."
}

func recorded(e *evidence.Evidence) string {
	text := fmt.Sprintf("version %d of the check, %s", e.Check.Version, minute(e.Started))
	switch took := e.Ended.Sub(e.Started); {
	case took >= time.Second:
		text += fmt.Sprintf(", took %.1f s", took.Seconds())
	case took > 0:
		text += fmt.Sprintf(", took %d ms", took.Milliseconds())
	}
	if len(e.Check.Doors) > 0 {
		text += "; doors: " + strings.Join(e.Check.Doors, ", ")
	}
	if len(e.Check.Effects) > 0 {
		text += "; effects: " + strings.Join(e.Check.Effects, ", ")
	}
	return text
}

// observations counts all of them and prints those that are not as wanted.
func (r *report) observations(e *evidence.Evidence) {
	if len(e.Observations) == 0 {
		return
	}
	var bad []evidence.Observation
	kinds := map[evidence.Kind][2]int{}
	for _, o := range e.Observations {
		k := kinds[o.Kind]
		k[1]++
		if o.Met() {
			k[0]++
		} else {
			bad = append(bad, o)
		}
		kinds[o.Kind] = k
	}
	var parts []string
	for _, k := range []evidence.Kind{evidence.Claim, evidence.Sight, evidence.Advice} {
		if n := kinds[k]; n[1] > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s as wanted", n[0], count(n[1], string(k), plural(k))))
		}
	}
	r.part("Observations", strings.Join(parts, ", "))
	// A claim refuted says more than what was only out of sight.
	slices.SortStableFunc(bad, func(a, b evidence.Observation) int { return rank(a) - rank(b) })
	for i, o := range bad {
		if i == maxObservations {
			r.text(column, room, style{sans, bodySize, muted}, fmt.Sprintf("%d more are in the attached run.", len(bad)-i))
			r.y += 1
			break
		}
		before := ""
		if i > 0 {
			before = bad[i-1].Fix
		}
		r.observation(o, before)
	}
}

func plural(k evidence.Kind) string {
	if k == evidence.Advice {
		return "pieces of advice"
	}
	return string(k) + "s"
}

func rank(o evidence.Observation) int {
	switch {
	case o.Refutes():
		return 0
	case o.Kind == evidence.Advice:
		return 2
	}
	return 1
}

// observation writes one that is not as wanted; before is the fix that was
// printed last, which is not said twice in a row.
func (r *report) observation(o evidence.Observation, before string) {
	head, st := style{bold, 8.8, ink}, style{sans, 8.8, ink}
	l := look{mark: cross, color: red}
	switch rank(o) {
	case 1:
		l = look{mark: query, color: amber}
	case 2:
		l = look{mark: bang, color: amber}
	}
	lines := r.lines(head, o.Unit+": "+o.What, room-5)
	r.keep(float64(min(len(lines), 3))*head.lead() + 2*st.lead())
	r.drawMark(column, r.y+0.6, 3.1, l)
	r.draw(column+5, head, lines)
	got := "got " + shown(o.Got)
	if o.Blind != "" {
		got = "could not be seen: " + o.Blind
	}
	if o.SQLState != "" {
		got += " (SQLSTATE " + o.SQLState + ")"
	}
	r.text(column+5, room-5, st, cutTo("wanted "+o.Want.String()+", "+got, maxText))
	if strings.TrimSpace(o.Via) != "" {
		r.code(column+5, room-5, cutTo(o.Via, maxVia))
	}
	if o.Fix != "" && o.Fix != before {
		r.text(column+5, room-5, st, cutTo("Fix: "+o.Fix, maxText))
	}
	r.y += 1.4
}

func shown(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func (r *report) facts(facts map[string]string) {
	if len(facts) == 0 {
		return
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		list = append(list, name+" = "+facts[name])
	}
	more := ""
	if n := len(list) - maxFacts; n > 0 {
		list, more = list[:maxFacts], fmt.Sprintf("%d more are in the attached run.", n)
	}
	r.label("Facts")
	r.code(column, room, cutTo(strings.Join(list, "\n"), 2*maxText))
	r.text(column, room, style{sans, bodySize, muted}, more)
	r.y += 1
}

// attached says which files this document carries, and how to take them out.
func (r *report) attached() {
	r.chapter("", titleAttached, titleAttached, brief)
	st := style{sans, 9.5, ink}
	files := r.attachments()
	if len(files) == 0 {
		r.text(left, width, st, "None: neither the run nor the inputs were given when this was rendered.")
	}
	for _, f := range files {
		r.keep(20)
		r.text(left, width, style{bold, 10, ink}, f.Filename)
		r.text(left, width, st, f.Description+", "+count(len(f.Content), "byte", "bytes")+".")
		r.text(left, width, style{mono, 8, muted}, fmt.Sprintf("SHA-256 %x", sha256.Sum256(f.Content)))
		r.y += 3
	}
	if len(files) > 0 {
		r.text(left, width, st, "A viewer shows them as attachments; so do these commands, with the name of this file. The last one renders it again from them and compares every byte:")
		r.y += 1
		r.code(left, width, "pdfdetach -list FILE.pdf\npdfdetach -saveall FILE.pdf\narxctl verify FILE.pdf --key PUBLIC-KEY")
		r.y += 3
	}
	if r.replaced > 0 {
		r.text(left, width, st, fmt.Sprintf("%s could not be printed in the typefaces of this document: a small square (%c) stands for each. The attached run has them as they were.",
			count(r.replaced, "character", "characters"), placeholder))
	}
}

// cutTo shortens text to about n characters and says how many it left out.
func cutTo(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n+n/4 { // a few more cost less than saying that they are missing
		return text
	}
	return fmt.Sprintf("%s … (%d more characters in the attached run)", string(runes[:n]), len(runes)-n)
}
