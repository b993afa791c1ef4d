package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/poc"
	"github.com/arxsec/arxctl/internal/scratch"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/stack"
)

type cleanupOptions struct {
	*streams
	config         string
	dryRun, forget bool
}

func newCleanup(s *streams) *cobra.Command {
	o := &cleanupOptions{streams: s}
	c := &cobra.Command{
		Use:   "cleanup",
		Short: "Remove what earlier runs left on stacks and on this machine",
		Long: "Remove what earlier runs left: objects that they made in probe organisations, processes of the application, reference\n" +
			"stacks, and half-written files in this directory and beside arxctl.yaml. Only what the clean-up journal lists and what\n" +
			"carries a mark of arxctl is touched, and nothing of a run that still goes on. Audit rows are append-only and stay.\n" +
			"Exit 0 when nothing is left, 3 when something could not be removed.",
		Example: "  arxctl cleanup --dry-run\n  arxctl cleanup -c arxctl.yaml",
		Args:    exactly(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	f := c.Flags()
	f.StringVarP(&o.config, "config", "c", "", "the stack's `FILE`, where it is another than its run used")
	f.BoolVar(&o.dryRun, "dry-run", false, "say what is left, and leave it")
	f.BoolVar(&o.forget, "forget", false, "drop from the journal what cannot be removed, as of a stack that no longer exists")
	return c
}

// cleanupTime bounds the whole: a rate limit may refuse requests for a while.
const cleanupTime = 2 * time.Minute

func (o *cleanupOptions) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, cleanupTime)
	defer cancel()
	dir, err := stack.JournalDir(os.LookupEnv)
	if err != nil {
		return fail(exitUsage, "%w", err)
	}
	job := stack.Cleanup{Dir: dir, DryRun: o.dryRun, Forget: o.forget}
	places := []string{"."}
	if o.config != "" {
		if job.Config, err = stack.Load(o.config); err != nil {
			return err
		}
		places = append(places, filepath.Dir(o.config))
	}
	left, err := job.Run(ctx)
	if err != nil {
		return fail(exitUsage, "%w", err)
	}
	remain := 0
	for _, l := range append(left, o.machine(places)...) {
		if l.Why == "" {
			fmt.Fprintf(o.out, "removed  %s\n", l.What)
			continue
		}
		remain++
		fmt.Fprintf(o.out, "left     %s: %s\n", l.What, l.Why)
	}
	if remain > 0 {
		return quit(exitBlind)
	}
	return nil
}

// machine removes what lies on this machine without a journal: names tell whose it is.
func (o *cleanupOptions) machine(places []string) []stack.Leftover {
	var pending []string
	for _, place := range places {
		if abs, err := filepath.Abs(place); err == nil {
			pending = append(pending, scratch.Leftovers(abs, seal.Pending)...)
		}
	}
	if o.dryRun {
		var all []stack.Leftover
		for _, path := range append(poc.Leftovers(), pending...) {
			all = append(all, stack.Leftover{What: path, Why: "left, as --dry-run asks"})
		}
		return all
	}
	removed, err := poc.Sweep()
	var all []stack.Leftover
	for _, path := range pending {
		if rerr := os.RemoveAll(path); rerr != nil {
			err = errors.Join(err, rerr)
			continue
		}
		removed = append(removed, path)
	}
	for _, path := range removed {
		all = append(all, stack.Leftover{What: path})
	}
	if err != nil {
		all = append(all, stack.Leftover{What: "files", Why: err.Error()})
	}
	return all
}

// tidyTime bounds what a run spends on what an earlier one left.
const tidyTime = 5 * time.Second

// tidy removes what an earlier run left on this stack, and says so.
func tidy(ctx context.Context, s *streams, cfg *stack.Config) {
	dir, err := stack.JournalDir(os.LookupEnv)
	if err != nil {
		return // there is no journal to go by; the first creation says so
	}
	ctx, cancel := context.WithTimeout(ctx, tidyTime)
	defer cancel()
	left, err := (&stack.Cleanup{Dir: dir, Config: cfg, OnlyHere: true}).Run(ctx)
	if err != nil {
		note(s, "what an earlier run left cannot be told: %v", err)
	}
	for _, l := range left {
		if l.Why == "" {
			note(s, "removed what an earlier run left: %s", l.What)
		} else {
			note(s, "an earlier run left %s: %s; see: arxctl cleanup", l.What, l.Why)
		}
	}
}
