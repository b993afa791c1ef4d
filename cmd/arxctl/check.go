package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/stack"
)

type checkOptions struct {
	*streams
	config              string
	only, doors         []string
	questions, sections []string
	outputs             []string
	runPath, since, key string
	signer              *seal.PrivateKey // nil: unsigned
	list, strict        bool
	allowExec, full     bool
}

func newCheck(s *streams) *cobra.Command {
	o := &checkOptions{streams: s}
	c := &cobra.Command{
		Use:   "check",
		Short: "Run live checks against a stack",
		Long: "Run live checks against the stack that arxctl.yaml describes, and show what was seen.\n" +
			"With nothing selected by a flag, every check runs. A check whose door is not configured is not run, and counts as\n" +
			"not looked at (exit 3), unless the door is declared closed (api: {none: REASON}) or left out with --doors.\n\n" +
			"Formats of --output, of which several may be given:\n" + runFormatHelp(),
		Example: "  arxctl check -c arxctl.yaml --run run.json\n  arxctl check --only 'tenancy.*' --doors db --output pretty --output junit:junit.xml --output sarif:arxctl.sarif\n  arxctl check --question E.1.4",
		Args:    exactly(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	f := c.Flags()
	f.StringVarP(&o.config, "config", "c", "arxctl.yaml", "the stack's `FILE`")
	f.StringSliceVar(&o.only, "only", nil, "run only these checks: IDs, families or globs")
	f.StringSliceVar(&o.doors, "doors", nil, "run only checks that need no other doors than these: db, api, boot, redis")
	f.StringSliceVar(&o.questions, "question", nil, "run only what these SIG-Lite questions rest on, as E.1.4")
	f.StringSliceVar(&o.sections, "section", nil, "run only what these SIG-Lite sections rest on, as E")
	f.StringArrayVar(&o.outputs, "output", []string{"pretty"}, "`FORMAT[:PATH]`, one of the formats above; may be given several times")
	f.StringVar(&o.runPath, "run", "", "write the run to this `FILE`")
	f.StringVar(&o.key, "key", "", "sign the run with this private key `FILE`: RUN"+seal.Suffix+"; see: arxctl keygen")
	f.StringVar(&o.since, "since", "", "an earlier run `FILE` whose chain heads must still be there")
	f.BoolVar(&o.list, "list", false, "list the checks and end")
	f.BoolVar(&o.strict, "strict", false, "a warning is exit 1")
	f.BoolVar(&o.allowExec, "allow-exec", false, "allow the boot door to start a vendor's application")
	f.BoolVar(&o.full, "full", false, "also what is slow or heavy, as the highest plan's whole budget")
	return c
}

func (o *checkOptions) run(ctx context.Context) error {
	chosen, err := o.selected()
	if err != nil {
		return err
	}
	if o.list {
		return listChecks(o.out, chosen)
	}
	outputs, err := parseOutputs(o.outputs, runFormats())
	if err != nil {
		return err
	}
	if err := targets([]string{o.config, o.since, o.key}, slices.Concat(paths(outputs), []string{o.runPath}, sealsOf([]string{o.runPath}))...); err != nil {
		return err
	}
	if err := sealable(o.runPath); err != nil {
		return err
	}
	if o.key != "" && o.runPath == "" {
		return fail(exitUsage, "--key %s: there is nothing to sign without --run FILE", o.key)
	}
	if o.signer, err = signingKey(o.streams, o.key); err != nil { // before the run: a wrong passphrase costs nothing
		return err
	}
	cfg, err := stack.Load(o.config)
	if err != nil {
		return err
	}
	opts := stack.Options{AllowExec: o.allowExec, Full: o.full}
	if o.since != "" {
		if opts.Since, err = earlier(o.since, chosen); err != nil {
			return err
		}
	}
	return o.report(ctx, cfg, examine(ctx, o.streams, cfg, opts, chosen), outputs)
}

// examine runs checks against a stack, after what an earlier run left was taken
// away, and says what this one left.
func examine(ctx context.Context, s *streams, cfg *stack.Config, opts stack.Options, list []*checks.Check) *evidence.Run {
	tidy(ctx, s, cfg)
	opts.Journal = stack.NewJournal(os.LookupEnv)
	run := collect(ctx, s, stack.Open(cfg, opts), list)
	if err := opts.Journal.Close(); err != nil {
		note(s, "something was left behind: %v; see: arxctl cleanup", err)
	}
	return run
}

// chainCheck is the check that compares with the run given with --since.
const chainCheck = "auditlog.chain"

// earlier reads the run of --since and refuses one that there is nothing to
// compare with: a comparison of nothing would always hold.
func earlier(path string, chosen []*checks.Check) (*evidence.Run, error) {
	run, err := seal.Read(path)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(chosen, func(c *checks.Check) bool { return c.ID == chainCheck }) {
		return nil, fail(exitUsage, "--since: only %s compares with an earlier run, and it is not selected", chainCheck)
	}
	e, _ := run.Find(chainCheck)
	for k := range e.Facts {
		if strings.HasPrefix(k, "head:") {
			return &run.Run, nil
		}
	}
	return nil, fail(exitUsage, "--since %s: this run holds no chain heads to compare with; expected one in which %s had looked", path, chainCheck)
}

// selected applies --only, --question, --section and --doors to the list.
func (o *checkOptions) selected() ([]*checks.Check, error) {
	list := all.Checks()
	if err := checks.Validate(list); err != nil {
		return nil, fail(exitInternal, "%w", err)
	}
	patterns := slices.Clone(o.only)
	if len(o.questions)+len(o.sections) > 0 {
		ids, err := checksBehind(o.questions, o.sections)
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 {
			return nil, fail(exitNothing, "no live check decides %s", strings.Join(append(o.questions, o.sections...), ", "))
		}
		patterns = append(patterns, ids...)
	}
	if len(patterns) > 0 {
		chosen, unmatched, err := checks.Select(list, patterns)
		if err != nil {
			return nil, err
		}
		if len(chosen) == 0 {
			return nil, fail(exitNothing, "--only %s: no check has that ID, family or pattern; see: arxctl check --list", strings.Join(patterns, ","))
		}
		if len(unmatched) > 0 {
			return nil, fail(exitUsage, "--only %s: no check has that ID, family or pattern; see: arxctl check --list", strings.Join(unmatched, ","))
		}
		list = chosen
	}
	if len(o.doors) == 0 {
		return list, nil
	}
	if err := knownDoors(o.doors); err != nil {
		return nil, err
	}
	var through []*checks.Check
	for _, c := range list {
		if within(c.Doc().Doors, o.doors) {
			through = append(through, c)
		}
	}
	if len(through) == 0 {
		return nil, fail(exitNothing, "--doors %s: none of the selected checks needs these doors only", strings.Join(o.doors, ","))
	}
	return through, nil
}

// knownDoors refuses a door that there is not.
func knownDoors(doors []string) error {
	known := []stack.Door{stack.DoorDB, stack.DoorRedis, stack.DoorAPI, stack.DoorBoot, stack.DoorRepo, stack.DoorInbox}
	for _, d := range doors {
		if !slices.Contains(known, stack.Door(d)) {
			return fail(exitUsage, "--doors %s: expected db, api, boot, redis, repo or inbox", d)
		}
	}
	return nil
}

// within reports whether a check needs no other doors than these.
func within(needed, doors []string) bool {
	return !slices.ContainsFunc(needed, func(d string) bool { return !slices.Contains(doors, d) })
}

// collect runs the checks and puts their evidence together.
func collect(ctx context.Context, s *streams, st *stack.Stack, list []*checks.Check) *evidence.Run {
	l := newLive(s, list)
	run := &evidence.Run{Tool: "arxctl " + version, Config: st.Config.SHA256(), Source: here(), Started: time.Now().UTC().Truncate(time.Millisecond)}
	identity := make(chan evidence.Stack, 1)
	go func() { identity <- st.Identity(ctx) }()
	r := &checks.Runner{Listen: l.listen}
	run.Records, run.Complete = r.Run(ctx, st, list)
	run.Stack = <-identity
	l.close()
	run.Ended = time.Now().UTC().Truncate(time.Millisecond)
	return run
}

// report writes the run and every output, and ends with the run's exit code.
// What was seen is written even when the run was interrupted.
func (o *checkOptions) report(ctx context.Context, cfg *stack.Config, run *evidence.Run, outputs []output) error {
	digest := ""
	var failed []error
	if o.runPath != "" {
		sealed, err := storeRun(o.runPath, run, o.signer)
		if err != nil {
			failed = append(failed, fail(exitInternal, "--run %w", err))
		} else {
			digest = sealed.Digest
		}
	}
	in := render.RunInput{Run: run, Digest: digest, KeyID: keyID(o.signer), Config: cfg.Path(), RunPath: o.runPath}
	failed = append(failed, writeRun(o.streams, outputs, in))
	if err := errors.Join(failed...); err != nil {
		return fail(worst(exitInternal, interruptedBy(ctx)), "%w", err)
	}
	return quit(worst(runCode(cfg, run, o.strict), interruptedBy(ctx)))
}

func interruptedBy(ctx context.Context) int {
	if ctx.Err() != nil {
		return exitInterrupted
	}
	return exitOK
}

// runCode is the exit code of a run: see the table in exit.go.
func runCode(cfg *stack.Config, run *evidence.Run, strict bool) int {
	codes := []int{exitOK}
	assessed := 0
	for _, e := range run.Records {
		switch e.Outcome {
		case evidence.Fail:
			codes = append(codes, exitFailed)
		case evidence.Warn:
			if strict {
				codes = append(codes, exitFailed)
			}
		case evidence.Inconclusive:
			codes = append(codes, exitBlind)
		case evidence.NotRun:
			if !closedOnPurpose(cfg, e) {
				codes = append(codes, exitBlind)
			}
			continue
		case evidence.NotApplicable:
			continue
		case evidence.Pass:
		default:
			codes = append(codes, exitInternal)
		}
		assessed++
	}
	if assessed == 0 {
		codes = append(codes, exitNothing)
	}
	return worst(codes...)
}

// closedOnPurpose reports whether a check did not run because arxctl.yaml
// declares a door that it needs as closed, with a reason.
func closedOnPurpose(cfg *stack.Config, e evidence.Evidence) bool {
	return slices.ContainsFunc(e.Check.Doors, func(d string) bool { return cfg.Closed(stack.Door(d)) != "" })
}

func listChecks(w io.Writer, list []*checks.Check) error {
	for _, c := range list {
		doors := make([]string, len(c.Doors))
		for i, d := range c.Doors {
			doors[i] = string(d)
		}
		effects := strings.Join(c.Effects.Names(), ", ")
		if effects == "" {
			effects = "reads only"
		}
		if _, err := fmt.Fprintf(w, "%-30s %-8s %-34s %s\n", c.ID, strings.Join(doors, ","), effects, c.Title); err != nil {
			return fail(exitInternal, "cannot write to stdout: %w", err)
		}
	}
	return nil
}
