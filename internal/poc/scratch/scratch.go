// Package scratch makes directories that can be told from the leftovers of a killed run: their names carry the process id
// and start time of whoever made them.
package scratch

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/arxsec/arxctl/internal/poc/child"
)

// Make returns a new directory in parent, open to its owner alone. kind must not hold a digit or a dash.
func Make(parent, kind string) (string, error) {
	ticks, _ := child.Started(os.Getpid())
	dir, err := os.MkdirTemp(parent, fmt.Sprintf("arxctl-%s-%d-%s-", kind, os.Getpid(), ticks))
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// Leftovers returns the directories of a kind in parent whose maker is gone, and which are ours to remove.
func Leftovers(parent, kind string) []string {
	prefix := "arxctl-" + kind + "-"
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil // a place that cannot be read holds nothing that we could remove
	}
	var left []string
	for _, entry := range entries {
		name, ok := strings.CutPrefix(entry.Name(), prefix)
		path := filepath.Join(parent, entry.Name())
		if ok && entry.IsDir() && abandoned(name) && ours(path) {
			left = append(left, path)
		}
	}
	return left
}

func abandoned(name string) bool {
	parts := strings.SplitN(name, "-", 3)
	if len(parts) != 3 {
		return false // not a name that we make
	}
	pid, err := strconv.Atoi(parts[0])
	if err != nil {
		return false
	}
	ticks, alive := child.Started(pid)
	return !alive || ticks != parts[1]
}

func ours(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (os.Getuid() == 0 || int(stat.Uid) == os.Getuid())
}
