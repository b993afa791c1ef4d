package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/all"
)

func newExplain(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:     "explain CHECK",
		Short:   "Say what a check looks at, what it proves and what it does not",
		Example: "  arxctl explain tenancy.read",
		Args:    exactly(1, "one check ID, as tenancy.read"),
		RunE: func(_ *cobra.Command, args []string) error {
			chosen, _, err := checks.Select(all.Checks(), args)
			if err != nil {
				return err
			}
			if len(chosen) == 0 {
				return fail(exitUsage, "there is no check %q; see: arxctl check --list", args[0])
			}
			for i, c := range chosen {
				if i > 0 {
					fmt.Fprintln(s.out)
				}
				explain(s.out, c)
			}
			return nil
		},
	}
}

// explain prints a check's documentation, which is its fields.
func explain(w io.Writer, c *checks.Check) {
	d := c.Doc()
	fmt.Fprintf(w, "%s (version %d)\n%s\n", d.ID, d.Version, d.Title)
	effects := "reads only"
	if len(d.Effects) > 0 {
		effects = strings.Join(d.Effects, ", ")
	}
	for _, f := range []struct{ name, text string }{
		{"Proves", d.Proves}, {"Does not prove", d.DoesNotProve}, {"Doors", strings.Join(d.Doors, ", ")}, {"Effects", effects},
		{"Leaves", d.Residue}, {"When it fails", d.Fix}, {"See it yourself", d.Reproduce}, {"POC section", d.POC}} {
		if f.text != "" {
			fmt.Fprintf(w, "\n%s\n  %s\n", f.name, strings.ReplaceAll(strings.TrimSpace(f.text), "\n", "\n  "))
		}
	}
}
