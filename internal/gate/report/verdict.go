package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/render"
)

// VerdictText writes a verdict for a terminal or a log: one line when it is
// green; else each breach with object, want, got, fix and a command to paste.
func VerdictText(w io.Writer, v *gate.Verdict) error {
	if v.Green {
		line := "GREEN " + v.Summary
		for _, b := range v.Waived {
			line += fmt.Sprintf("; waived until %s: %s in %s (%s)", until(b.Waiver), b.Check, some(b.Units), b.Waiver.Ticket)
		}
		for _, b := range v.Exempted {
			line += fmt.Sprintf("; exempted: %s (%s)", b.Check, b.Got)
		}
		_, err := fmt.Fprintln(w, render.Plain(line))
		return err
	}
	p := &page{end: "RED " + v.Summary}
	for _, b := range v.Breaches {
		x := block{mark: mark(b.Code), head: b.Object}
		x.add("rule", "%s", b.Rule)
		x.add("want", "%s", b.Want)
		x.add("got", "%s", b.Got)
		x.units("units", b.Units)
		x.add("fix", "%s", b.Fix)
		x.add("command", "%s", b.Command)
		p.put(x)
	}
	for _, b := range v.Waived {
		x := block{mark: "WAIVED", head: b.Object}
		x.units("units", b.Units)
		x.add("got", "%s", b.Got)
		x.add("until", "%s, %s, owner %s, approved by %s, ticket %s (%s)", until(b.Waiver), b.Waiver.Reason, b.Waiver.Owner, b.Waiver.ApprovedBy, b.Waiver.Ticket, b.Waiver.Source)
		p.put(x)
	}
	var ids []string
	for _, b := range v.Exempted {
		ids = append(ids, b.Check)
	}
	if len(ids) > 0 {
		p.put(block{mark: "EXEMPTED", head: strings.Join(ids, ", ")})
	}
	return p.text(w)
}

func until(w *gate.Waiver) string { return w.Expires.UTC().Format(time.RFC3339) }

// mark says in a word or two what a code means.
func mark(code int) string {
	switch code {
	case 1:
		return "FAIL"
	case 2:
		return "WAIVES NOTHING"
	case 3:
		return "NOT LOOKED AT"
	case 4:
		return "NOTHING ASSESSED"
	case 6:
		return "EXPIRED"
	}
	return "NOT SOUND"
}
