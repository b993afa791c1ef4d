package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/gate"
)

// DiffText writes a difference for a terminal: who was looked at first, then
// what got worse, then the rest.
func DiffText(w io.Writer, d *gate.Difference) error { return diffPage(d).text(w) }

// DiffMarkdown writes a difference for a code host.
func DiffMarkdown(w io.Writer, d *gate.Difference) error { return diffPage(d).markdown(w) }

func diffPage(d *gate.Difference) *page {
	p := &page{title: "What changed between two runs", end: d.Summary()}
	p.put(block{mark: "BEFORE", head: sideLine(d.Before)})
	p.put(block{mark: "AFTER", head: sideLine(d.After)})
	if d.OtherStack {
		p.put(block{mark: "ANOTHER STACK", head: "the two runs are of different systems: what follows compares them all the same, and is no change of one system"})
	}
	if d.Backwards {
		p.put(block{mark: "BACKWARDS", head: "the second run ended before the first one: are they the wrong way round?"})
	}
	if len(d.Identity) > 0 {
		b := block{mark: "NOT THE SAME", head: "what was looked at, or what looked"}
		for _, c := range d.Identity {
			b.add(c.Field, "%s -> %s", orNothing(c.Before), orNothing(c.After))
		}
		p.put(b)
	}
	p.turns("NEW FAILURE", d.NewFailures)
	p.turns("NEWLY BLIND", d.NewlyBlind)
	p.coverage("COVERAGE SHRANK", "gone", "left out", d.Shrunk)
	p.turns("NEW WARNING", d.Warned)
	p.turns("OTHERWISE", d.Otherwise)
	p.turns("FIXED", d.Fixed)
	p.turns("SIGHT REGAINED", d.SightRegained)
	p.turns("WARNING GONE", d.Unwarned)
	p.coverage("COVERAGE GREW", "new", "no longer left out", d.Grew)
	if len(d.Added) > 0 {
		p.put(block{mark: "CHECKS ADDED", head: strings.Join(d.Added, ", ")})
	}
	if len(d.Removed) > 0 {
		p.put(block{mark: "CHECKS REMOVED", head: strings.Join(d.Removed, ", ")})
	}
	var b *block
	for _, c := range d.Documentation {
		if b == nil || b.head != c.Check {
			if b != nil {
				p.put(*b)
			}
			b = &block{mark: "DOCUMENTATION", head: c.Check}
		}
		b.add(c.Field, "%s -> %s", orNothing(c.Before), orNothing(c.After))
	}
	if b != nil {
		p.put(*b)
	}
	return p
}

func sideLine(s gate.Side) string {
	line := fmt.Sprintf("%s (%s, %s), build %s, %d records, %d of them looked, ended %s", orNothing(s.Stack.Name), orNothing(s.Stack.Kind), orNothing(s.Stack.Environment),
		orNothing(s.Stack.Build), s.Records, s.Seen, s.Ended.UTC().Format(time.RFC3339))
	if !s.Complete {
		line += "; INTERRUPTED before every check had ended"
	}
	return line
}

func (p *page) turns(mark string, list []gate.Turn) {
	for _, t := range list {
		b := block{mark: mark, head: t.Check + "  " + t.Title}
		b.add("outcome", "%s -> %s", t.Before, t.After)
		if t.OtherQuestion {
			b.add("but", "not the same question: the check's version differs, see DOCUMENTATION")
		}
		b.units("units", t.Units)
		b.add("because", "%s", t.Reason)
		p.put(b)
	}
}

func (p *page) coverage(mark, gone, excluded string, list []gate.Coverage) {
	for _, c := range list {
		b := block{mark: mark, head: c.Check}
		b.add("counted", "%d -> %d %s", c.Before, c.After, c.Unit)
		b.units(gone, c.Gone)
		for _, name := range slices.Sorted(maps.Keys(c.Excluded)) {
			text := name
			if reason := c.Excluded[name]; reason != "" {
				text += " (" + reason + ")"
			}
			b.add(excluded, "%s", text)
		}
		p.put(b)
	}
}
