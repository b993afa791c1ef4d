package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/library"
)

// TestExitCodesOfAnswers: each thing that is wrong with one answer of a workbook
// decides how the verb ends, whatever the others are.
func TestExitCodesOfAnswers(t *testing.T) {
	good := fill.Decision{What: fill.Filled}
	for want, list := range map[int][]fill.Decision{
		exitOK:      {{}},
		exitFailed:  {{Contradicted: true}, {Untrue: true}, {Contradicted: true, Expired: true, Blind: true}},
		exitExpired: {{Expired: true}, {Expired: true, Blind: true}},
		exitBlind:   {{Blind: true}, {Lacks: []string{"x"}}},
	} {
		for _, d := range list {
			if got := codeAmong(fillCauses(&fill.Plan{Decisions: []fill.Decision{good, d}}, "")); got != want {
				t.Errorf("fill, %+v: %d, want %d", d, got, want)
			}
		}
	}
	if got := codeAmong(fillCauses(&fill.Plan{Decisions: []fill.Decision{{}}}, "")); got != exitNothing {
		t.Errorf("nothing filled: %d", got)
	}
	for want, list := range map[int][]library.Held{
		exitOK:      {{}, {Verdict: library.Unsupported}},
		exitFailed:  {{Verdict: library.False}, {Verdict: library.False, Expired: true, Blind: true}},
		exitExpired: {{Expired: true}, {Expired: true, Blind: true}},
		exitBlind:   {{Blind: true}, {Verdict: library.Read}},
	} {
		for _, h := range list {
			if got := codeAmong(importCauses([]library.Held{{}, h})); got != want {
				t.Errorf("import, %+v: %d, want %d", h, got, want)
			}
		}
	}
	if got := codeAmong(importCauses([]library.Held{{Verdict: library.Unsupported}})); got != exitNothing {
		t.Errorf("nothing held against anything: %d", got)
	}
}

// TestSamplesThatNoClaimRequiresAreNotMistyped: whoever takes samples beside claims
// of their own did not write them.
func TestSamplesThatNoClaimRequiresAreNotMistyped(t *testing.T) {
	dir := t.TempDir()
	claim := "controls:\n  - {id: rows, claim: Rows stay apart., state: implemented, subject: product, scope: poc, requires: {checks: [tenancy.read]}, owner: CISO, does_not_prove: x}\n"
	if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte(claim), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (content{controls: dir, samples: true}).required(); err != nil {
		t.Error(err)
	}
	signed := filepath.Join(t.TempDir(), "signed.yaml")
	if err := os.WriteFile(signed, []byte("attestations:\n  - {id: row, statement: So., role: CISO, date: 2026-10-01, expires: 2027-10-01, artefact: {name: A, sha256: f6cff4aef474ab3e16158126aa9d0d0d21faf1738c558c472e3e0b5c945bfc53}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (content{controls: dir, attestations: []string{signed}}).required(); err == nil {
		t.Error("an attestation that no claim requires was taken")
	}
}
