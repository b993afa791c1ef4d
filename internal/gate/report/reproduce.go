package report

import (
	"io"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
)

// ReproductionText writes how a run came out again, for a terminal: what differs
// first, with both sides' observations under each other.
func ReproductionText(w io.Writer, r *gate.Reproduction) error { return reproductionPage(r).text(w) }

// ReproductionMarkdown writes the same for a code host.
func ReproductionMarkdown(w io.Writer, r *gate.Reproduction) error {
	return reproductionPage(r).markdown(w)
}

// shownObservations bounds how many observations of one unit are put on each side.
const shownObservations = 3

func reproductionPage(r *gate.Reproduction) *page {
	p := &page{title: "A run, reproduced", end: r.Summary()}
	p.put(block{mark: "THEIRS", head: sideLine(r.Theirs)})
	p.put(block{mark: "YOURS", head: sideLine(r.Yours)})
	for _, result := range []string{gate.Different, gate.CouldNotLook, gate.Same} {
		for _, c := range r.Checks {
			if c.Result == result {
				p.put(reproducedBlock(c))
			}
		}
	}
	if len(r.OtherDoors) > 0 {
		p.put(block{mark: "LEFT OUT", head: strings.Join(r.OtherDoors, ", ") + ": these need other doors"})
	}
	return p
}

func reproducedBlock(c gate.Reproduced) block {
	b := block{mark: strings.ToUpper(c.Result), head: strings.TrimSpace(c.Check + "  " + c.Title)}
	if c.Result == gate.Same {
		b.head += " (" + c.Why + ")"
	} else {
		b.add("because", "%s", c.Why)
	}
	if c.Result == gate.Different {
		b.add("theirs", "%s: %s", c.Theirs, c.TheirReason)
		b.add("yours", "%s: %s", c.Yours, c.YourReason)
	}
	for i, u := range c.Units {
		if i == shownUnits {
			b.add("and", "%d more units", len(c.Units)-i)
			break
		}
		b.add("unit", "%s: %s in the run, %s on your stack", u.Unit, orNot(u.Theirs), orNot(u.Yours))
		seen(&b, "theirs", u.TheirSeen, u.YourSeen)
		seen(&b, "yours", u.YourSeen, u.TheirSeen)
	}
	if c.Result != gate.CouldNotLook {
		b.units("only in theirs", c.OnlyTheirs)
		b.units("only in yours", c.OnlyYours)
	}
	return b
}

func orNot(state string) string {
	if state == "" {
		return "no such unit"
	}
	return state
}

// seen adds the observations of one side that the other side does not have just
// so, those that did not hold first.
func seen(b *block, label string, list, other []evidence.Observation) {
	n := 0
	for _, o := range list {
		alike := slices.ContainsFunc(other, func(x evidence.Observation) bool { return x.What == o.What && x.Met() == o.Met() })
		if alike || n == shownObservations {
			continue
		}
		n++
		got := orNothing(o.Got)
		if o.Blind != "" {
			got = "could not be seen: " + o.Blind
		}
		b.add(label, "%s: wanted %s, got %s", o.What, o.Want, got)
		b.add("via", "%s", o.Via)
	}
}
