// Command arxctl answers security questionnaires with proof.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/arxsec/arxctl/internal/poc"
)

// replicaArgs is how the reference stack runs one replica of its API.
var replicaArgs = []string{"poc", "serve"}

func main() { os.Exit(run()) }

// run is main with a return value, so that deferred clean-up happens on every
// path out.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once, should cleaning up hang.
	context.AfterFunc(ctx, stop)
	// A reader that goes away (| head) is a write error, not the end of the
	// process: what was seen is still written and what was started is stopped.
	// Caught rather than ignored, because an ignored signal is inherited.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	if slices.Equal(os.Args[1:], replicaArgs) {
		// A replica starts, or refuses to, many times in a run: no command line is built for it.
		if err := poc.ServeMain(ctx); err != nil {
			fmt.Fprintf(os.Stderr, "arxctl: %v\n", err)
			return exitFailed
		}
		return exitOK
	}
	return execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}
