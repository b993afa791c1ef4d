package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the transcripts anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"arxctl": main})
}

// TestScripts runs the transcripts of testdata/script: what a person types, what
// they read, and the exit code.
func TestScripts(t *testing.T) {
	cache := os.Getenv("ARXCTL_CACHE")
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			dir = os.TempDir()
		}
		cache = filepath.Join(dir, "arxctl")
	}
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			// One prepared data directory for all scripts; no colour, no CI.
			e.Setenv("ARXCTL_CACHE", cache)
			e.Setenv("NO_COLOR", "1")
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			e.Setenv("CI", "")
			e.Setenv("GITHUB_ACTIONS", "")
			e.Setenv("GITLAB_CI", "")
			e.Setenv("REPO", repo)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "craft": craft, "aged": aged, "valid": valid, "book": book, "cell": cell, "differ": differ, "edit": edit, "retype": retype, "payload": payload},
	})
}

// exits runs a command and wants this exit code: exits 2 arxctl check -c none.yaml
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG...")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("exits: %v", err)
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// TestWorstExitCodeWins holds the order of the exit-code table.
func TestWorstExitCodeWins(t *testing.T) {
	order := []int{130, 7, 5, 2, 1, 6, 4, 3, 0}
	for i, high := range order {
		for _, low := range order[i:] {
			if got := worst(low, high); got != high {
				t.Errorf("worst(%d, %d) = %d, want %d", low, high, got, high)
			}
		}
	}
	if worst() != 0 {
		t.Error("nothing is not 0")
	}
}
