package poc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/arxsec/arxctl/internal/poc/postgres"
	"github.com/arxsec/arxctl/internal/scratch"
)

// lockFile, in the state directory, is locked while a stack is brought up, lives and is stopped. It is never removed:
// whoever waits for a lock on a removed file holds a lock that nobody else can see.
const lockFile = "lock"

// occupy takes the state directory for one supervisor and returns what gives it back, which may be called again. The
// kernel gives it back when we die, and no child of ours inherits it.
func occupy(stateDir string) (release func(), err error) {
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(stateDir, lockFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		f.Close()
		return nil, fmt.Errorf("a reference stack is up already in %s, or on its way up or down there; take it down first with: arxctl poc down", stateDir)
	case err != nil:
		f.Close()
		return nil, fmt.Errorf("lock %s, so that one stack at a time uses the directory: %w", path, err)
	}
	return func() {
		// Unlocked, not only closed: a process that we are just starting has the descriptor until it runs its program.
		if fd := f.Fd(); fd != ^uintptr(0) {
			_ = syscall.Flock(int(fd), syscall.LOCK_UN) // closing gives it back too
		}
		f.Close()
	}, nil
}

// PrivateDir returns a new temporary directory that is open to its owner alone. The caller removes it; when the caller
// was killed first, the next call does, and so does the next Up.
func PrivateDir() (string, error) { return newDir("private") }

// newDir makes a temporary directory of a kind, and removes those of processes that were killed.
func newDir(kind string) (string, error) {
	for _, left := range leftoverDirs() {
		if err := os.RemoveAll(left); err != nil {
			return "", fmt.Errorf("remove what a killed run left: %w", err)
		}
	}
	return scratch.Make(os.TempDir(), kind)
}

func leftoverDirs() []string {
	return slices.Concat(scratch.Leftovers(os.TempDir(), "poc"), scratch.Leftovers(os.TempDir(), "private"))
}

// Leftovers returns what killed reference stacks left: database clusters, and directories with secrets.
func Leftovers() []string { return append(postgres.Leftovers(), leftoverDirs()...) }

// Sweep stops and removes the Leftovers, and returns what is gone and an error for each that is not.
func Sweep() (removed []string, failed error) {
	removed = postgres.Sweep()
	for _, root := range postgres.Leftovers() {
		failed = errors.Join(failed, fmt.Errorf("%s: its server does not stop", root))
	}
	for _, dir := range leftoverDirs() {
		if err := os.RemoveAll(dir); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		removed = append(removed, dir)
	}
	return removed, failed
}
