package postgres

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// copyTree copies a directory of files, two at a time, since most of the time goes into making many small ones. owner,
// when not nil, is called for each thing made.
func copyTree(from, to string, owner func(string) error) error {
	var work errgroup.Group
	work.SetLimit(2)
	walk := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if entry.IsDir() {
			if err := os.MkdirAll(target, 0o700); err != nil || owner == nil {
				return err
			}
			return owner(target)
		}
		work.Go(func() error { return copyFile(path, target, owner) })
		return nil
	})
	if err := work.Wait(); err != nil {
		return err
	}
	return walk
}

func copyFile(from, to string, owner func(string) error) error {
	body, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, body, 0o600); err != nil || owner == nil {
		return err
	}
	return owner(to)
}

// lock takes an exclusive lock on a file and returns what gives it back. The kernel drops it when we die.
func lock(ctx context.Context, path string) (func(), error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if err != syscall.EWOULDBLOCK && err != syscall.EINTR {
			f.Close()
			return nil, err
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}
