package render

import (
	"fmt"
	"slices"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
)

// Waiver returns the waiver that excuses a check whole, as the gate has it: the
// check was looked at, every unit that failed has a waiver in force, nothing was
// unseen, and the gate names no breach of it. Of several it is the one that ends
// first; nil when something is not excused.
func (in RunInput) Waiver(e evidence.Evidence) *gate.Waiver {
	if in.Verdict == nil || e.Outcome != evidence.Fail && e.Outcome != evidence.Warn {
		return nil
	}
	for _, b := range in.Verdict.Breaches {
		if b.Check == e.Check.ID && (b.Code == 1 || b.Code == 3) {
			return nil
		}
	}
	var first *gate.Waiver
	for _, t := range in.Troubles(e) {
		if t.Kind == Weak && e.Outcome == evidence.Fail {
			continue
		}
		if t.Waiver == nil {
			return nil
		}
		if first == nil || t.Waiver.Expires.Before(first.Expires) {
			first = t.Waiver
		}
	}
	return first
}

func (in RunInput) waiverOf(check, unit string) *gate.Waiver {
	if in.Verdict == nil {
		return nil
	}
	for _, b := range in.Verdict.Waived {
		if b.Check == check && b.Waiver != nil && slices.Contains(b.Units, unit) {
			return b.Waiver
		}
	}
	for i, w := range in.Verdict.Waivers {
		if w.Check == check && w.State == gate.InForce && covers(w, unit) {
			return &in.Verdict.Waivers[i]
		}
	}
	return nil
}

func covers(w gate.Waiver, unit string) bool { return w.Unit == "*" || w.Unit == unit }

// Lapsed returns the waivers of a check that have expired and excuse nothing.
func (in RunInput) Lapsed(check string) []gate.Waiver {
	var list []gate.Waiver
	if in.Verdict != nil {
		for _, w := range in.Verdict.Waivers {
			if w.Check == check && w.State == gate.Expired {
				list = append(list, w)
			}
		}
	}
	return list
}

// WaiverText says who accepted what until when, in one line.
func WaiverText(w gate.Waiver) string {
	until := "waived until "
	if w.State == gate.Expired {
		until = "no longer waived: the waiver expired "
	}
	return fmt.Sprintf("%s%s: %s (owner %s, approved by %s, ticket %s, for %s %s)", until, w.Expires.UTC().Format("2006-01-02 15:04 UTC"),
		w.Reason, orUnknown(w.Owner), orUnknown(w.ApprovedBy), orUnknown(w.Ticket), w.Check, w.Unit)
}
