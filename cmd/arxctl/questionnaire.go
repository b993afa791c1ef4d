package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/outline"
	"github.com/arxsec/arxctl/internal/seal"
)

func newQuestionnaire(s *streams) *cobra.Command {
	c := &cobra.Command{Use: "questionnaire", Short: "Look after questionnaires", Args: exactly(0, "a verb: new"),
		RunE: func(*cobra.Command, []string) error {
			return fail(exitUsage, "expected a verb; see: arxctl questionnaire --help")
		}}
	c.AddCommand(newQuestionnaireNew(s))
	return c
}

type questionnaireNewOptions struct {
	*fillOptions // reads and recognises a workbook
	id, target   string
}

func newQuestionnaireNew(s *streams) *cobra.Command {
	o := &questionnaireNewOptions{fillOptions: &fillOptions{streams: s, audience: string(questionnaire.Private)}}
	c := &cobra.Command{
		Use:   "new IN.xlsx",
		Short: "Draft the YAML of a new questionnaire from a workbook",
		Long: "Draft the YAML of a questionnaire from a buyer's workbook: every ID and section. Topics are left for your own words; the\n" +
			"buyer's text stands above each in a comment, with the claims that its words match. Nothing is answered by the draft: it\n" +
			"is refused until each topic is written, and arxctl controls lint names what is missing, and topics that were copied.",
		Example: "  mkdir mine && arxctl questionnaire new Acme.xlsx --out mine/acme.yaml\n  arxctl controls lint --questionnaires mine\n  arxctl render acme --questionnaires mine --run run.json",
		Args:    exactly(1, "one workbook"),
		RunE:    func(_ *cobra.Command, args []string) error { return o.draft(args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.id, "id", "", "the `ID` of the questionnaire (by default of the workbook's name)")
	f.StringVar(&o.target, "out", "", "the `FILE` to write, which must not be there (by default ID.yaml)")
	f.StringVar(&o.layout, "layout", "", "a `FILE` that says where questions and answers stand, for a workbook that is not recognised")
	f.StringVar(&o.content.controls, "controls", "", "a `DIR` of claims in place of the shipped ones")
	return c
}

var newID = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)

func (o *questionnaireNewOptions) draft(path string) error {
	if o.id == "" {
		o.id = outline.ID(path)
	}
	if !newID.MatchString(o.id) {
		return fail(exitUsage, "--id %s: expected lower-case words joined by hyphens, as acme-2026", o.id)
	}
	if o.target == "" {
		o.target = o.id + ".yaml"
	}
	if err := targets([]string{path, o.layout}, o.target); err != nil {
		return err
	}
	in, err := o.read(path)
	if err != nil {
		return err
	}
	lib, _, err := o.content.library()
	if err != nil {
		return err
	}
	m, err := match.New(lib, in.known)
	if err != nil {
		return fail(exitInternal, "%w", err)
	}
	text, n := outline.Draft(in.lay, o.id, path, m.Propose)
	switch err := seal.WriteNew(o.target, text, 0o600); {
	case errors.Is(err, fs.ErrExist):
		return fail(exitUsage, "%s: is there already; give another path with --out", o.target)
	case err != nil:
		return fail(exitInternal, "%w", err)
	}
	fmt.Fprintf(o.streams.out, "%s: %d questions to put into your own words\n", o.target, n)
	return nil
}
