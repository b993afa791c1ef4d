//go:build !linux

package postgres

import (
	"errors"
	"os"
)

func fileOwner() (func() error, error) {
	if os.Getuid() == 0 {
		return nil, errors.New("PostgreSQL does not run as root; run as another user")
	}
	return func() error { return nil }, nil
}
