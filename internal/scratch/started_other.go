//go:build !linux

package scratch

import (
	"errors"
	"syscall"
)

func started(pid int) (string, bool) {
	err := syscall.Kill(pid, 0)
	return "0", err == nil || errors.Is(err, syscall.EPERM)
}
