package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/gate/report"
	"github.com/arxsec/arxctl/internal/seal"
)

type diffOptions struct {
	*streams
	outputs []string
}

func newDiff(s *streams) *cobra.Command {
	o := &diffOptions{streams: s}
	c := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Say what changed from one run to a later one",
		Long: "Say what changed from one run to a later one: new failures, what is no longer looked at, units that left a population,\n" +
			"and what each check says of itself. Losing sight is as loud as failing: exit 1 for a new failure, 3 when something is\n" +
			"no longer looked at or coverage shrank, 0 when nothing is worse.",
		Example: "  arxctl diff yesterday.json today.json\n  arxctl diff yesterday.json today.json --output md:diff.md",
		Args:    exactly(2, "two run files, the earlier one first"),
		RunE:    func(_ *cobra.Command, args []string) error { return o.run(args[0], args[1]) },
	}
	c.Flags().StringArrayVar(&o.outputs, "output", []string{"text"}, "`FORMAT[:PATH]`: text, md or json; may be given several times")
	return c
}

func (o *diffOptions) run(before, after string) error {
	outputs, err := parseOutputs(o.outputs, []string{"text", "md", "json"})
	if err != nil {
		return err
	}
	if err := targets([]string{before, after}, paths(outputs)...); err != nil {
		return err
	}
	x, err := seal.Read(before)
	if err != nil {
		return err
	}
	y, err := seal.Read(after)
	if err != nil {
		return err
	}
	noteWithheld(o.streams, before, x)
	noteWithheld(o.streams, after, y)
	d := gate.Diff(&x.Run, &y.Run)
	err = writeAll(o.streams, outputs, func(w io.Writer, format string) error {
		switch format {
		case "json":
			return report.JSON(w, d)
		case "md":
			return report.DiffMarkdown(w, d)
		}
		return report.DiffText(w, d)
	})
	if err != nil {
		return err
	}
	codes := []int{exitOK}
	if d.Failed() {
		codes = append(codes, exitFailed)
	}
	if d.LostSight() {
		codes = append(codes, exitBlind)
	}
	if d.Nothing() {
		codes = append(codes, exitNothing)
	}
	return quit(worst(codes...))
}
