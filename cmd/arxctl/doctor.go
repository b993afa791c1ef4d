package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/sight"
	"github.com/arxsec/arxctl/internal/stack"
)

type doctorOptions struct {
	*streams
	config, output string
	only, doors    []string
	allowExec      bool
}

func newDoctor(s *streams) *cobra.Command {
	o := &doctorOptions{streams: s}
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what each door lets us see, and print the lines that are missing",
		Long: "Look through every door of arxctl.yaml, reading only: what each login may see and what not, which checks can look and\n" +
			"which are blind and why, and the CREATE ROLE and GRANT lines that would mend it, to paste into psql. The lines give\n" +
			"each login what it needs and nothing more. Exit 3 says that something cannot be seen.",
		Example: "  arxctl doctor -c arxctl.yaml\n  arxctl doctor --doors db --output json",
		Args:    exactly(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	f := c.Flags()
	f.StringVarP(&o.config, "config", "c", "arxctl.yaml", "the stack's `FILE`")
	f.StringVar(&o.output, "output", "text", "`FORMAT[:PATH]`: text or json")
	f.StringSliceVar(&o.only, "only", nil, "ask for these checks only: IDs, families or globs")
	f.StringSliceVar(&o.doors, "doors", nil, "ask for checks only that need no other doors than these: db, api, boot, redis")
	f.BoolVar(&o.allowExec, "allow-exec", false, "as arxctl check would be given it")
	return c
}

func (o *doctorOptions) run(ctx context.Context) error {
	list, err := (&checkOptions{streams: o.streams, only: o.only, doors: o.doors}).selected()
	if err != nil {
		return err
	}
	outputs, err := parseOutputs([]string{o.output}, []string{"text", "json"})
	if err != nil {
		return err
	}
	if err := targets([]string{o.config}, paths(outputs)...); err != nil {
		return err
	}
	cfg, err := stack.Load(o.config)
	if err != nil {
		return err
	}
	r := sight.Look(ctx, cfg, slices.SortedFunc(slices.Values(list), func(x, y *checks.Check) int { return strings.Compare(x.ID, y.ID) }), stack.Options{AllowExec: o.allowExec})
	err = outputs[0].write(o.streams, func(w io.Writer) error {
		if outputs[0].format == "json" {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(r)
		}
		var b bytes.Buffer
		r.Text(&b)
		// Names of a stack are in it: what could move a terminal's cursor is taken out.
		for line := range strings.Lines(b.String()) {
			fmt.Fprintln(w, strings.TrimRight(strings.Map(printable, strings.TrimSuffix(line, "\n")), " "))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if r.Blind() {
		return quit(exitBlind)
	}
	return nil
}
