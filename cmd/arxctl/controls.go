package main

import (
	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/outline"
)

func newControls(s *streams) *cobra.Command {
	c := &cobra.Command{Use: "controls", Short: "Look after the claims", Args: exactly(0, "a verb: lint"),
		RunE: func(*cobra.Command, []string) error {
			return fail(exitUsage, "expected a verb; see: arxctl controls --help")
		}}
	c.AddCommand(newControlsLint(s))
	return c
}

func newControlsLint(s *streams) *cobra.Command {
	var from content
	var asOf string
	c := &cobra.Command{
		Use:   "lint",
		Short: "Find what is wrong with claims, attestations and questionnaires, with file and line",
		Args:  exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			at, err := asOfDate(asOf)
			if err != nil {
				return err
			}
			lib, files, err := from.library()
			found := yamldoc.Of(err)
			if lib == nil {
				return err
			}
			qFiles, err := from.readQuestionnaires()
			if err != nil {
				return err
			}
			var list []*questionnaire.Questionnaire
			for _, f := range qFiles {
				q, err := questionnaire.Decode(f)
				found = append(found, yamldoc.Of(err)...)
				found = append(found, outline.Copied(f)...)
				if q != nil {
					list = append(list, q)
				}
			}
			var known []string
			for _, c := range all.Checks() {
				known = append(known, c.ID)
			}
			found = append(found, questionnaire.Lint(lib, list, known, at)...)
			if from.questionnaires == "" {
				found = append(found, questionnaire.LintWhole(lib, list)...)
			}
			found = found.Sorted()
			for _, f := range found {
				note(s, "%s", f.Error())
			}
			if len(found) > 0 {
				return fail(exitUsage, "controls lint: %d findings", len(found))
			}
			note(s, "controls lint: %d controls, %d attestations, %d questionnaires in %d files: nothing wrong", len(lib.Controls), len(lib.Attestations), len(list), len(files)+len(qFiles))
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&from.controls, "controls", "", "a `DIR` of claims in place of the shipped ones")
	f.StringVar(&from.questionnaires, "questionnaires", "", "a `DIR` of questionnaires in place of the shipped ones")
	f.StringSliceVar(&from.attestations, "attestations", nil, "`FILE` or directory of attestations")
	f.BoolVar(&from.samples, "samples", false, "lint the sample attestations too")
	f.StringVar(&asOf, "as-of", "", "judge expiry as of this `DATE` (today, UTC, by default)")
	return c
}
