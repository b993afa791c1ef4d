package match

import (
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/controls"
	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

func shippedControls(t testing.TB) *control.Library {
	t.Helper()
	files, err := yamldoc.Files(controls.FS, "controls")
	if err != nil {
		t.Fatal(err)
	}
	lib, err := control.Decode(files, nil)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func shippedKnowledge(t testing.TB) *knowledge {
	t.Helper()
	k, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestEachRuleRefusesItsExampleAndNoMore holds each near miss and each topic
// against its own two questions, and against the controls that there are.
func TestEachRuleRefusesItsExampleAndNoMore(t *testing.T) {
	k, lib := shippedKnowledge(t), shippedControls(t)
	if len(k.rules) < 40 {
		t.Fatalf("only %d rules were read", len(k.rules))
	}
	ids := map[string]bool{}
	for _, r := range k.rules {
		if ids[r.ID] {
			t.Errorf("there are two rules %s", r.ID)
		}
		ids[r.ID] = true
		for _, id := range slices.Concat(r.Forbids, r.Spares) {
			if _, ok := lib.Control(id); !ok && id != everything {
				t.Errorf("%s:%d: rule %s speaks of %s, which is no control", r.At.File, r.At.Of("forbids"), r.ID, id)
			}
		}
		if !strings.HasSuffix(r.Reason, ".") {
			t.Errorf("rule %s: its reason is no sentence: %q", r.ID, r.Reason)
		}
		if r.Refuses == "" || r.Allows == "" {
			t.Errorf("rule %s has no pair of questions", r.ID)
			continue
		}
		if !r.fires(k.lexicon.read(r.Refuses, true)) {
			t.Errorf("rule %s does not refuse %q", r.ID, r.Refuses)
		}
		if r.fires(k.lexicon.read(r.Allows, true)) {
			t.Errorf("rule %s refuses %q", r.ID, r.Allows)
		}
		forbidden := 0
		for _, c := range lib.Controls {
			if !r.forbids(c.ID, c.Subject) {
				continue
			}
			forbidden++
			if _, refused := Refuse(c.ID, r.Refuses); !refused {
				t.Errorf("Refuse(%s, %q) lets it through, though rule %s forbids it", c.ID, r.Refuses, r.ID)
			}
		}
		if forbidden == 0 {
			t.Errorf("rule %s forbids no control of ours", r.ID)
		}
	}
}

// TestRefuseTells wants the traps that are known from practice to be refused
// with their reason, and the plain question beside each to pass.
func TestRefuseTells(t *testing.T) {
	for _, c := range []struct {
		control, question string
		want              string // part of the reason; empty: not refused
	}{
		{"restore-drills-quarterly", "Is your business continuity plan tested at least annually?", "continuity"},
		{"restore-drills-quarterly", "Are restores from backup tested every quarter?", ""},
		{"mfa-claim-honoured", "Do your employees use 2FA?", "staff"},
		{"mfa-claim-honoured", "Can our users be required to use 2FA?", ""},
		{"rate-limit-per-tenant", "How do you mitigate DDoS attacks?", "flood"},
		{"vendor-breach-notice", "Will you inform us of a data breach within 24 hours?", "contract"},
		{"application-encryption", "Is disk encryption enabled on all laptops?", "devices"},
		{"application-encryption", "Are sensitive fields encrypted at rest?", ""},
		{"soc2-type-i", "Is a SOC 2 Type 2 report available?", "period"},
		{"tenant-isolation-rls", "Is each tenant given a dedicated instance?", "row"},
		{"a-control-of-somebody", "Is there CCTV in the server room?", "Physical"},
	} {
		reason, refused := Refuse(c.control, c.question)
		if refused != (c.want != "") || !strings.Contains(reason, c.want) {
			t.Errorf("Refuse(%s, %q) = %q, %v; want %q", c.control, c.question, reason, refused, c.want)
		}
	}
}

// TestPolarityExamples holds each harm against its own two questions.
// A word that is spelt right is not read as another that it resembles: that would let a rule about generators, developers
// or access speak of questions that name none, and hold answers that nothing speaks against.
func TestARightWordIsNotMended(t *testing.T) {
	for _, c := range [][2]string{
		{"audit-record-complete", "Is an audit trail generated, with the facts that security needs?"},
		{"tenant-isolation-rls", "Is the service developed so that one tenant stays apart from another?"},
		{"audit-record-complete", "Is a record of each action employed to trace what was done?"},
		{"conduct-policies", "Is a policy on acceptable use in writing, approved, communicated and applied?"},
	} {
		if reason, refused := Refuse(c[0], c[1]); refused {
			t.Errorf("%s for %q: %s", c[0], c[1], reason)
		}
	}
	for _, c := range [][2]string{
		{"audit-record-complete", "Is there a backup generater at each site?"}, // spelt wrong, and meant
		{"tenant-isolation-rls", "Are developers kept from reading a tenant's rows?"},
		{"conduct-policies", "Is the policy on acceptable use communicated to staff?"},
	} {
		if _, refused := Refuse(c[0], c[1]); !refused {
			t.Errorf("%s is not refused for %q", c[0], c[1])
		}
	}
}

func TestPolarityExamples(t *testing.T) {
	k, lib := shippedKnowledge(t), shippedControls(t)
	for _, h := range k.polarity {
		if got, ok := k.harmOf(k.lexicon.read(h.Bad, true)); !ok || got.ID != h.ID {
			t.Errorf("harm %s is not seen in %q (%s is)", h.ID, h.Bad, got.ID)
		}
		if got, ok := k.harmOf(k.lexicon.read(h.Good, true)); ok {
			t.Errorf("harm %s is seen in %q", got.ID, h.Good)
		}
		for _, id := range h.Inverts {
			if _, ok := lib.Control(id); !ok {
				t.Errorf("harm %s inverts %s, which is no control", h.ID, id)
			}
		}
	}
}
