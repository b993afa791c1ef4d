//go:build !linux

package stack

import "syscall"

func groupOfItsOwn() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// whose takes whoever listens for the process that was started; only Linux tells.
func whose(string, int) owner { return own }
