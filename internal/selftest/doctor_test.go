package selftest_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/sight"
	"github.com/arxsec/arxctl/internal/stack"
)

// TestDoctorOnTheReferenceStack finds every door open and every check able to look; with the doors dead, none that needs them.
func TestDoctorOnTheReferenceStack(t *testing.T) {
	b := bench(t)
	r := sight.Look(t.Context(), b.Config(), all.Checks(), stack.Options{})
	var text strings.Builder
	if r.Text(&text); r.Blind() || r.Possible() != len(all.Checks()) {
		t.Errorf("on a healthy stack:\n%s", text.String())
	}
	if err := b.Stack.KillDoors(t.Context()); err != nil {
		t.Fatal(err)
	}
	r = sight.Look(t.Context(), b.Config(), all.Checks(), stack.Options{})
	for _, c := range r.Checks {
		if c.Looks && !strings.HasPrefix(c.ID, "bootkey.") {
			t.Errorf("%s is said to look through dead doors", c.ID)
		}
	}
	if !r.Blind() {
		t.Error("dead doors are called good enough")
	}
}
