package postgres

import (
	"os"
	"syscall"
)

// fileOwner returns a function after which the calling thread makes files in the name of the account that the server runs
// as (setfsuid(2)): one system call a thread instead of a chown a file.
func fileOwner() (func() error, error) {
	if os.Getuid() != 0 {
		return func() error { return nil }, nil
	}
	uid, gid, err := account()
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := syscall.Setfsgid(gid); err != nil {
			return err
		}
		return syscall.Setfsuid(uid)
	}, nil
}
