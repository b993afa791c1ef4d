package child

import "syscall"

func tie(attr *syscall.SysProcAttr, onDeath syscall.Signal) {
	attr.Setpgid = true
	attr.Pdeathsig = onDeath
}
