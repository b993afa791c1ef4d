//go:build !linux

package stack

import (
	"errors"
	"os"
)

// host tells whose process ids are meant.
func host() string { name, _ := os.Hostname(); return name }

// marked cannot tell: only Linux shows the environment of a process.
func marked(mark string) ([]int, error) {
	return nil, errors.New("this system does not show the environment of processes; look with ps -E for one with " + markVariable + "=" + mark)
}

// endProcesses has nothing to do after a run that was not killed: the launcher
// has stopped what it started.
func endProcesses(string) (int, error) { return 0, nil }
