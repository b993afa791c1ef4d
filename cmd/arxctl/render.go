package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
	renderall "github.com/arxsec/arxctl/internal/render/all"
	"github.com/arxsec/arxctl/internal/seal"
)

type renderOptions struct {
	*streams
	content
	run, customer, asOf string
	outputs             []string
}

func newRender(s *streams) *cobra.Command {
	o := &renderOptions{streams: s}
	var formats []string
	for _, f := range renderall.Formats() {
		formats = append(formats, fmt.Sprintf("  %-5s %s", f.Name, f.Describe))
	}
	c := &cobra.Command{
		Use:     "render QUESTIONNAIRE",
		Short:   "Answer a questionnaire from a run",
		Long:    "Answer a questionnaire from a run. Questionnaires: sig-lite, soc2, hipaa.\n\nFormats:\n" + strings.Join(formats, "\n"),
		Example: "  arxctl render sig-lite --run run.json --output md:sig-lite.md --output html:sig-lite.html\n  arxctl render soc2 --run run.json --output pdf:soc2-readiness.pdf",
		Args:    exactly(1, "one questionnaire: sig-lite, soc2 or hipaa"),
		RunE:    func(_ *cobra.Command, args []string) error { return o.render(args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.run, "run", "", "the run `FILE` that the answers rest on (required)")
	f.StringArrayVar(&o.outputs, "output", nil, "`FORMAT[:PATH]`; may be given several times (md to stdout by default)")
	f.StringVar(&o.content.controls, "controls", "", "a `DIR` of claims in place of the shipped ones")
	f.StringVar(&o.content.questionnaires, "questionnaires", "", "a `DIR` of questionnaires in place of the shipped ones")
	f.StringSliceVar(&o.content.attestations, "attestations", nil, "`FILE` or directory of attestations; arxctl ships none")
	f.BoolVar(&o.content.samples, "samples", false, "add sample attestations and variables, each printed as SAMPLE")
	f.StringVar(&o.customer, "customer", "", "`FILE` with the customer's variables")
	f.StringVar(&o.asOf, "as-of", "", "judge ages as of this `DATE` (YYYY-MM-DD; today, UTC, by default)")
	return c
}

func (o *renderOptions) render(id string) error {
	if o.run == "" {
		return fail(exitUsage, "--run: expected the run that the answers rest on; make one with: arxctl check --run run.json")
	}
	asOf, err := asOfDate(o.asOf)
	if err != nil {
		return err
	}
	if len(o.outputs) == 0 {
		o.outputs = []string{"md"}
	}
	outputs, err := parseOutputs(o.outputs, renderall.Names())
	if err != nil {
		return err
	}
	if err := targets([]string{o.run, o.customer}, paths(outputs)...); err != nil {
		return err
	}
	run, err := seal.Read(o.run)
	if err != nil {
		return err
	}
	doc, inputs, err := o.content.answer(id, o.customer, run, asOf)
	if err != nil {
		return err
	}
	for _, out := range outputs {
		format, _ := renderall.Find(out.format)
		if !slices.Contains(format.Layouts, doc.Layout) {
			return fail(exitUsage, "--output %s: %s cannot be written as %s", out, id, out.format)
		}
		in := render.Input{Doc: doc, Run: &run.Run, RunDigest: run.Digest, RunFile: run.Bytes, InputsJSON: inputs}
		if err := out.write(o.streams, func(w io.Writer) error { return format.Render(w, in) }); err != nil {
			return err
		}
	}
	note(o.streams, "%s", countsLine(doc))
	return quit(answersCode(doc))
}

// answer builds a questionnaire's document, and the record of what it was built
// from: digests of every input, so that a reader can build it again.
func (c content) answer(id, customerPath string, run *seal.Run, asOf time.Time) (*questionnaire.Document, []byte, error) {
	lib, libFiles, err := c.library()
	if err != nil {
		return nil, nil, err
	}
	q, qFile, err := c.questionnaire(id)
	if err != nil {
		return nil, nil, err
	}
	customer, customerFiles, err := c.customer(customerPath)
	if err != nil {
		return nil, nil, err
	}
	doc, err := questionnaire.Build(q, control.Assess(lib, &run.Run, asOf), questionnaire.RunInfo{Run: &run.Run, Digest: run.Digest}, customer, asOf)
	if err != nil {
		return nil, nil, err
	}
	inputs, err := json.MarshalIndent(map[string]string{
		"run": run.Digest, "controls_and_attestations": digestOf(libFiles...), "questionnaire": digestOf(qFile),
		"customer": digestOf(customerFiles...), "as_of": asOf.Format(time.DateOnly), "arxctl": version,
	}, "", "  ")
	return doc, inputs, err
}

func asOfDate(text string) (time.Time, error) {
	if text == "" {
		return time.Now().UTC().Truncate(24 * time.Hour), nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fail(exitUsage, "--as-of %s: expected a date as 2026-11-21", text)
	}
	return t, nil
}

// answersCode is the exit code of a rendering: contradicted answers, then what
// expired, then live requirements that were blind.
func answersCode(doc *questionnaire.Document) int {
	codes := []int{exitOK}
	if len(doc.Contradicted()) > 0 {
		codes = append(codes, exitFailed)
	}
	if len(doc.Expired()) > 0 {
		codes = append(codes, exitExpired)
	}
	if len(doc.Blind()) > 0 {
		codes = append(codes, exitBlind)
	}
	return worst(codes...)
}

// countsLine says what came out: "sig-lite: 50 questions: 5 proven, 3 attested".
func countsLine(doc *questionnaire.Document) string {
	var parts []string
	total := 0
	for _, c := range doc.Counts {
		total += c.N
		if c.N > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.N, c.Status))
		}
	}
	unit := "questions"
	if doc.Layout == questionnaire.LayoutReport {
		unit = "criteria"
	}
	return fmt.Sprintf("%s: %d %s: %s", doc.ID, total, unit, strings.Join(parts, ", "))
}
