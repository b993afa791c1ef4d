//go:build !linux

package child

import (
	"errors"
	"syscall"
)

func tie(attr *syscall.SysProcAttr, _ syscall.Signal) { attr.Setpgid = true }

func started(pid int) (string, bool) {
	err := syscall.Kill(pid, 0)
	return "0", err == nil || errors.Is(err, syscall.EPERM)
}
