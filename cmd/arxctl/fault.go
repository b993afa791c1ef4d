package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/poc"
	"github.com/arxsec/arxctl/internal/poc/faults"
)

func newFault(o *pocOptions) *cobra.Command {
	c := &cobra.Command{Use: "fault", Short: "Break the reference stack on purpose, and mend it", Args: exactly(0, "a verb: list, plant or clear"),
		RunE: func(*cobra.Command, []string) error {
			return fail(exitUsage, "expected a verb; see: arxctl poc fault --help")
		}}
	list := &cobra.Command{Use: "list", Short: "List the faults: what each expects, and the checks that must catch it", Args: exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			for _, f := range faults.All() {
				fmt.Fprintf(o.out, "%-34s %-12s %s\n%-34s %-12s caught by %s\n", f.ID, f.Expect, f.Title, "", "", strings.Join(f.Catches, ", "))
			}
			return nil
		}}
	plant := &cobra.Command{Use: "plant ID", Short: "Give the running reference stack a fault", Args: exactly(1, "one fault ID; see: arxctl poc fault list"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, ok := faults.Find(args[0])
			if !ok {
				return fail(exitUsage, "there is no fault %q; see: arxctl poc fault list", args[0])
			}
			client, err := poc.Dial(o.state())
			if err != nil {
				return err
			}
			if err := client.Plant(cmd.Context(), f.ID); err != nil {
				return err
			}
			note(o.streams, "planted %s: %s; %s must now be %s", f.ID, f.Title, strings.Join(f.Catches, ", "), f.Expect)
			return nil
		}}
	mend := &cobra.Command{Use: "clear", Short: "Take all faults away", Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := poc.Dial(o.state())
			if err != nil {
				return err
			}
			return client.Clear(cmd.Context())
		}}
	c.AddCommand(list, plant, mend)
	return c
}
