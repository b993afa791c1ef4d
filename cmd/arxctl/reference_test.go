package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/poc/faults"
)

// TestReferenceIsUpToDate holds docs/checks.md to what the checks say of
// themselves; write it anew with: go test ./cmd/arxctl -run Reference -update
func TestReferenceIsUpToDate(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("# Checks\n\nGenerated from the checks themselves; `arxctl explain ID` prints the same. The faults are those that a test plants in the\nreference stack, and that the check must notice.\n")
	for _, c := range all.Checks() {
		fmt.Fprintf(&b, "\n## %s\n\n", c.ID)
		var text bytes.Buffer
		explain(&text, c)
		_, body, _ := strings.Cut(text.String(), "\n")
		fmt.Fprintf(&b, "```text\n%s```\n", body)
		for _, f := range faults.All() {
			for _, id := range f.Catches {
				if id == c.ID {
					fmt.Fprintf(&b, "- %s (%s): %s\n", f.ID, f.Expect, f.Title)
				}
			}
		}
	}
	const path = "../../docs/checks.md"
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(have, b.Bytes()) {
		t.Errorf("docs/checks.md is not what the checks say (%v); write it anew with: go test ./cmd/arxctl -run Reference -update", err)
	}
}
