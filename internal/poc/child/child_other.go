//go:build !linux

package child

import "syscall"

func tie(attr *syscall.SysProcAttr, _ syscall.Signal) { attr.Setpgid = true }
