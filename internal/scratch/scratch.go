// Package scratch makes files and directories that can be told from the leftovers of a killed run: their names carry the
// process id and start time of whoever made them. Nothing else is ever taken for a leftover.
package scratch

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Make returns a new directory in parent, open to its owner alone. kind must not hold a digit or a dash.
func Make(parent, kind string) (string, error) {
	dir, err := os.MkdirTemp(parent, prefix(kind))
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// Create returns a new file in parent, open to its owner alone. kind must not hold a digit or a dash.
func Create(parent, kind string) (*os.File, error) { return os.CreateTemp(parent, prefix(kind)) }

func prefix(kind string) string {
	ticks, _ := Started(os.Getpid())
	return fmt.Sprintf("arxctl-%s-%d-%s-", kind, os.Getpid(), ticks)
}

// Leftovers returns the directories of a kind in parent whose maker is gone, and which are ours to remove.
func Leftovers(parent, kind string) []string { return abandoned(parent, kind, os.ModeDir) }

// LeftoverFiles is Leftovers for files.
func LeftoverFiles(parent, kind string) []string { return abandoned(parent, kind, 0) }

func abandoned(parent, kind string, is os.FileMode) []string {
	prefix := "arxctl-" + kind + "-"
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil // a place that cannot be read holds nothing that we could remove
	}
	var left []string
	for _, entry := range entries {
		name, ok := strings.CutPrefix(entry.Name(), prefix)
		path := filepath.Join(parent, entry.Name())
		if ok && entry.Type() == is && makerGone(name) && ours(path, is) {
			left = append(left, path)
		}
	}
	return left
}

func makerGone(name string) bool {
	parts := strings.SplitN(name, "-", 3)
	if len(parts) != 3 {
		return false // not a name that we make
	}
	pid, err := strconv.Atoi(parts[0])
	if err != nil {
		return false
	}
	ticks, alive := Started(pid)
	return !alive || ticks != parts[1]
}

func ours(path string, is os.FileMode) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != is {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (os.Getuid() == 0 || int(stat.Uid) == os.Getuid())
}

// Started returns when process pid began, in clock ticks since boot on Linux (proc(5), stat field 22) and "0"
// elsewhere, and whether it exists. Together with the pid it names one process even after the number is used again.
func Started(pid int) (ticks string, alive bool) {
	if pid <= 0 {
		return "", false
	}
	return started(pid)
}
