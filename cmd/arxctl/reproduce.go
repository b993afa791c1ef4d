package main

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/gate/report"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/stack"
)

type reproduceOptions struct {
	*streams
	config, runPath string
	doors, outputs  []string
	allowExec, full bool
}

func newReproduce(s *streams) *cobra.Command {
	o := &reproduceOptions{streams: s}
	c := &cobra.Command{
		Use:   "reproduce RUN",
		Short: "Run the checks of somebody's run on your own stack, and compare",
		Long: "Run the checks of somebody's run, at the same versions, on your own stack, and compare: of each check whether it came out\n" +
			"the same, different, or could not look, with the observations of both sides. Nothing in RUN is executed: it says which of\n" +
			"your arxctl's own checks to run. Exit 0 when all are the same, 1 when one differs, 3 when one could not be looked at.\n" +
			"It does not verify who made RUN; for that: arxctl verify RUN --key PUB.",
		Example: "  arxctl reproduce run.json --config mine.yaml\n  arxctl reproduce run.json --config mine.yaml --doors api --output md:reproduced.md",
		Args:    exactly(1, "the run file to reproduce"),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	f := c.Flags()
	f.StringVarP(&o.config, "config", "c", "arxctl.yaml", "your stack's `FILE`")
	f.StringSliceVar(&o.doors, "doors", nil, "reproduce only checks that need no other doors than these: db, api, boot, redis")
	f.StringVar(&o.runPath, "run", "", "write your own run to this `FILE`")
	f.StringArrayVar(&o.outputs, "output", []string{"text"}, "`FORMAT[:PATH]`: text, md or json; may be given several times")
	f.BoolVar(&o.allowExec, "allow-exec", false, "allow the boot door to start a vendor's application")
	f.BoolVar(&o.full, "full", false, "also what is slow or heavy, as the highest plan's whole budget")
	return c
}

func (o *reproduceOptions) run(ctx context.Context, path string) error {
	outputs, err := parseOutputs(o.outputs, []string{"text", "md", "json"})
	if err != nil {
		return err
	}
	if err := targets([]string{path, o.config}, append(paths(outputs), o.runPath)...); err != nil {
		return err
	}
	theirs, err := seal.Read(path)
	if err != nil {
		return err
	}
	if err := knownDoors(o.doors); err != nil {
		return err
	}
	cfg, err := stack.Load(o.config)
	if err != nil {
		return err
	}
	list := all.Checks()
	if err := checks.Validate(list); err != nil {
		return fail(exitInternal, "%w", err)
	}
	var shipped []evidence.Doc
	for _, c := range list {
		shipped = append(shipped, c.Doc())
	}
	// A run has one question a record: those behind other doors are not asked.
	held, others := theirs.Run, []string{}
	held.Records = nil
	var ids []string
	for _, e := range theirs.Records {
		if len(o.doors) > 0 && !within(e.Check.Doors, o.doors) {
			others = append(others, e.Check.ID)
			continue
		}
		held.Records = append(held.Records, e)
		if gate.Reproducible(e, shipped) == "" {
			ids = append(ids, e.Check.ID)
		}
	}
	chosen := slices.DeleteFunc(list, func(c *checks.Check) bool { return !slices.Contains(ids, c.ID) })
	mine := &evidence.Run{Complete: true}
	if len(chosen) > 0 {
		mine = examine(ctx, o.streams, cfg, stack.Options{AllowExec: o.allowExec, Full: o.full}, chosen)
	}
	r := gate.Reproduce(&held, mine, theirs.Withheld, shipped)
	r.OtherDoors = others
	return o.report(ctx, r, mine, outputs)
}

// report writes the reader's own run, then how it compares.
func (o *reproduceOptions) report(ctx context.Context, r *gate.Reproduction, mine *evidence.Run, outputs []output) error {
	if o.runPath != "" && len(mine.Records) > 0 {
		if _, err := storeRun(o.runPath, mine, nil); err != nil {
			return err
		}
	}
	err := writeAll(o.streams, outputs, func(w io.Writer, format string) error {
		switch format {
		case "json":
			return report.JSON(w, r)
		case "md":
			return report.ReproductionMarkdown(w, r)
		}
		return report.ReproductionText(w, r)
	})
	if err != nil {
		return err
	}
	codes := []int{interruptedBy(ctx)}
	if r.Different > 0 {
		codes = append(codes, exitFailed)
	}
	if r.CouldNotLook > 0 {
		codes = append(codes, exitBlind)
	}
	if r.Nothing() {
		codes = append(codes, exitNothing)
	}
	return quit(worst(codes...))
}
