package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/arxsec/arxctl/internal/seal"
)

// The exit codes of every verb.
const (
	exitOK          = 0
	exitFailed      = 1   // a check failed or an answer is contradicted
	exitUsage       = 2   // usage or configuration
	exitBlind       = 3   // something could not be looked at
	exitNothing     = 4   // nothing was selected or assessed
	exitBroken      = 5   // a seal, signature or digest does not verify
	exitExpired     = 6   // a waiver, attestation or evidence expired
	exitInternal    = 7   // arxctl itself failed
	exitInterrupted = 130 // SIGINT or SIGTERM
)

const exitTable = `Exit codes:
  0    all that was asked holds
  1    a check failed or an answer is contradicted
  2    usage or configuration
  3    something could not be looked at
  4    nothing was selected or assessed
  5    a seal, signature or digest does not verify
  6    a waiver, attestation or evidence expired
  7    arxctl itself failed (disk, output)
  130  interrupted
A warning is 0, or 1 with --strict.
`

// exitOrder is which code wins when several apply.
var exitOrder = [...]int{exitInterrupted, exitInternal, exitBroken, exitUsage, exitFailed, exitExpired, exitNothing, exitBlind, exitOK}

// worst returns the exit code that wins.
func worst(codes ...int) int {
	for _, c := range exitOrder {
		for _, x := range codes {
			if x == c {
				return c
			}
		}
	}
	return exitOK
}

// unlessInterrupted ends a verb that has written nothing yet, where it was interrupted.
func unlessInterrupted(ctx context.Context) error {
	if ctx.Err() != nil {
		return fail(exitInterrupted, "interrupted: nothing was written")
	}
	return nil
}

// exitError ends a verb with a code. A nil err means that all has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// quit ends a verb with a code and nothing more to say; nil for 0.
func quit(code int) error {
	if code == exitOK {
		return nil
	}
	return &exitError{code: code}
}

func fail(code int, format string, a ...any) error {
	return &exitError{code, fmt.Errorf(format, a...)}
}

// codeOf maps any error of a verb to its exit code.
func codeOf(err error) int {
	var e *exitError
	var broken *seal.Broken
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		return e.code
	case errors.As(err, &broken):
		return exitBroken
	}
	return exitUsage
}
