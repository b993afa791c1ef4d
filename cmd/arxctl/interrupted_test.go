package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
	"github.com/arxsec/arxctl/internal/seal"
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

// TestInterruptedVerbsWriteNothing: neither the draft nor the list for people, and
// no document.
func TestInterruptedVerbsWriteNothing(t *testing.T) {
	dir := t.TempDir()
	run, in := filepath.Join(dir, "run.json"), filepath.Join(dir, "in.xlsx")
	if err := os.WriteFile(in, workbooktest.Plain(3).Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC().Add(-time.Hour)
	seen := crafted("tenancy.read", []string{"one"})
	seen.Started, seen.Ended = at, at
	if _, err := seal.Write(run, evidence.Run{Tool: "arxctl test", Stack: evidence.Stack{Name: "Acme", Kind: "vendor"}, Started: at, Ended: at, Complete: true,
		Records: []evidence.Evidence{seen}}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"fill", in, "--run", run, "--cut-run", filepath.Join(dir, "cut.json")},
		{"render", "soc2", "--run", run, "--samples", "--output", "md:" + filepath.Join(dir, "out.md"), "--cut-run", filepath.Join(dir, "cut.json")},
	} {
		var out, errs bytes.Buffer
		code := execute(ctx, args, nil, &out, &errs)
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if code != exitInterrupted || len(left) != 2 || !bytes.Contains(errs.Bytes(), []byte("interrupted: nothing was written")) {
			t.Errorf("%s: exit code %d, files %v: %s", args[0], code, left, errs.String())
		}
	}
}
