package questionnaire

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
)

func evidenceLine(s control.Support, digest string) Line {
	if len(digest) > 12 {
		digest = digest[:12]
	}
	return Line{Check: s.Check, Title: s.Title, Outcome: s.Outcome, Good: s.Good, Counted: s.Counted, Unit: s.Unit,
		Failed: s.Failed, Excluded: s.Excluded, When: s.When, Digest: digest, Reason: s.Reason, ToSee: s.ToSee, DoesNotProve: s.DoesNotProve, Held: s.Held}
}

// text is the line for a person: check, outcome, k of n, when, walk-through
// section, run.
func (l Line) text() string {
	parts := []string{l.Check + " " + l.Outcome}
	if l.Counted > 0 && l.Outcome != control.Missing && l.Outcome != "not-run" && l.Outcome != "not-applicable" {
		parts = append(parts, fmt.Sprintf("%d of %d %s", l.Good, l.Counted, orElse(l.Unit, "units")))
	}
	if len(l.Excluded) > 0 {
		parts = append(parts, fmt.Sprintf("%d left out", len(l.Excluded)))
	}
	if l.Held != "" {
		parts = append(parts, l.Held)
	}
	if !l.When.IsZero() {
		parts = append(parts, l.When.UTC().Format("2006-01-02 15:04 UTC"))
	}
	if l.POC != "" {
		parts = append(parts, "POC "+l.POC)
	}
	if l.Digest != "" {
		parts = append(parts, "run "+l.Digest)
	}
	return strings.Join(parts, ", ")
}

func signedLine(s control.Signed) string {
	if !s.Found {
		return s.Reason
	}
	short := s.SHA256
	if len(short) > 12 {
		short = short[:12]
	}
	text := fmt.Sprintf("%s; signed by %s on %s, holds until %s; %s, SHA-256 %s", bare(s.Statement), s.Role, date(s.Date), date(s.Expires), s.Artefact, short)
	if s.Status != control.Attested {
		text += " (" + s.Reason + ")"
	}
	if s.Sample {
		return SampleText + ": " + text
	}
	return text
}

// summarise fills in what is said of the document as a whole.
func (d *Document) summarise() {
	n := map[control.Status]int{}
	for _, a := range d.Answers() {
		n[a.Status]++
		d.Samples = d.Samples || a.Sample || slices.ContainsFunc(a.Mentioned, func(m Mention) bool { return m.Sample })
		for _, l := range a.Evidence {
			if !slices.Contains(d.Checks, l.Check) {
				d.Checks = append(d.Checks, l.Check)
			}
		}
	}
	slices.Sort(d.Checks)
	for _, s := range control.Statuses() {
		d.Counts = append(d.Counts, Count{s, n[s]})
	}
}

// HeldBack names the checks and the attestations that an answer rests on and the
// audience is not shown, sorted.
func (d *Document) HeldBack() []string {
	var out []string
	for _, a := range d.Answers() {
		for _, l := range a.Evidence {
			if _, held := d.Held.Checks[l.Check]; held {
				out = append(out, l.Check)
			}
		}
		for _, s := range a.Attested {
			if _, held := d.Held.Attestations[s.ID]; held && s.Found {
				out = append(out, s.ID)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Answers returns every answer in the order of the questionnaire.
func (d *Document) Answers() []Answer {
	var out []Answer
	for _, s := range d.Sections {
		out = append(out, s.Answers...)
	}
	return out
}

// Contradicted returns the answers that a required check showed to be untrue.
func (d *Document) Contradicted() []Answer {
	return d.only(func(a Answer) bool { return a.Status == control.Contradicted })
}

// Blind returns the answers with a required check that could not see, did not
// run or left no record. A door that was closed by declaration is not counted.
func (d *Document) Blind() []Answer { return d.only(func(a Answer) bool { return a.Blind }) }

// Expired returns the answers that rest on a run or an attestation beyond its
// limit, or to which an override applied that has expired.
func (d *Document) Expired() []Answer { return d.only(func(a Answer) bool { return a.Expired }) }

// Exceptions returns what a reader should see first: answers contradicted,
// stale, or unproven because a required check could not see.
func (d *Document) Exceptions() []Answer {
	var out []Answer
	out = append(out, d.Contradicted()...)
	out = append(out, d.only(func(a Answer) bool { return a.Status == control.Stale })...)
	return append(out, d.only(func(a Answer) bool { return a.Status == control.Unproven && a.Blind })...)
}

// Count returns how many answers have the status.
func (d *Document) Count(s control.Status) int {
	for _, c := range d.Counts {
		if c.Status == s {
			return c.N
		}
	}
	return 0
}

func (d *Document) only(keep func(Answer) bool) []Answer {
	var out []Answer
	for _, a := range d.Answers() {
		if keep(a) {
			out = append(out, a)
		}
	}
	return out
}
