package main

import (
	"bytes"
	"context"
	"testing"
)

// TestInterruptedBeforeWriting: whoever stops a verb because it was given the
// wrong run must not find what it wrote.
func TestInterruptedBeforeWriting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if err := unlessInterrupted(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	if got := codeOf(unlessInterrupted(ctx)); got != exitInterrupted {
		t.Errorf("exit code %d, want %d", got, exitInterrupted)
	}
	var out, errs bytes.Buffer
	if code := execute(ctx, []string{"explain", "tenancy.read"}, nil, &out, &errs); code != exitInterrupted {
		t.Errorf("a verb that only prints: exit code %d", code)
	}
}
