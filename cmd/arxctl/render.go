package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	renderall "github.com/arxsec/arxctl/internal/render/all"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

type renderOptions struct {
	*streams
	content
	run, customer, asOf string
	audience, cutRun    string
	key                 string
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
		Long:    "Answer a questionnaire from a run. Questionnaires: " + shippedQuestionnaires() + ".\n\nFormats:\n" + strings.Join(formats, "\n"),
		Example: "  arxctl render sig-lite --run run.json --output md:sig-lite.md --output html:sig-lite.html\n  arxctl render soc2 --run run.json --output pdf:soc2-readiness.pdf",
		Args:    exactly(1, "one questionnaire, as sig-lite or caiq-4.0.3"),
		RunE:    func(c *cobra.Command, args []string) error { return o.render(c.Context(), args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.run, "run", "", "the run `FILE` that the answers rest on (required)")
	f.StringArrayVar(&o.outputs, "output", nil, "`FORMAT[:PATH]`; may be given several times (md to stdout by default)")
	f.StringVar(&o.content.controls, "controls", "", "a `DIR` of claims in place of the shipped ones")
	f.StringVar(&o.content.questionnaires, "questionnaires", "", "a `DIR` of questionnaires in place of the shipped ones")
	f.StringSliceVar(&o.content.attestations, "attestations", nil, "`FILE` or directory of attestations; arxctl ships none")
	f.BoolVar(&o.content.samples, "samples", false, "add sample attestations and variables, each printed as SAMPLE")
	f.StringVar(&o.customer, "customer", "", "`FILE` with the customer's variables, overrides and visibility")
	f.StringVar(&o.audience, "audience", string(questionnaire.Private), "who reads it: public, nda or private; evidence above `LEVEL`, by the customer's visibility, is held back and said to be")
	f.StringVar(&o.cutRun, "cut-run", "", "also write to this `FILE` the run without what is held back, for the reader to verify with")
	f.StringVar(&o.asOf, "as-of", "", "judge ages as of this `DATE` (YYYY-MM-DD; today, UTC, by default)")
	f.StringVar(&o.key, "key", "", "seal each file with this private key `FILE`: PATH"+seal.Suffix+"; see: arxctl keygen")
	return c
}

func (o *renderOptions) render(ctx context.Context, id string) error {
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
	audience := questionnaire.Level(o.audience)
	if !slices.Contains(questionnaire.Levels(), audience) {
		return fail(exitUsage, "--audience %s: expected public, nda or private", o.audience)
	}
	files := paths(outputs)
	if o.cutRun != "" {
		files = append(files, o.cutRun)
	}
	if err := targets([]string{o.run, o.run + seal.Suffix, o.customer, o.key}, append(files, sealsOf(files)...)...); err != nil {
		return err
	}
	if err := sealable(files...); err != nil {
		return err
	}
	key, err := signingKey(o.streams, o.key)
	if err != nil {
		return err
	}
	run, err := seal.Read(o.run)
	if err != nil {
		return err
	}
	if _, err := o.content.customerOf(o.customer); err != nil {
		return err
	}
	a, err := o.content.answer(id, o.customer, o.run, run, asOf, audience)
	if err != nil {
		return err
	}
	if err := unlessInterrupted(ctx); err != nil {
		return err
	}
	if o.cutRun != "" {
		if err := a.writeCut(o.cutRun); err != nil {
			return err
		}
	}
	for i, out := range outputs {
		if ctx.Err() != nil {
			return fail(exitInterrupted, "interrupted: written are %s; the others are not", cmp.Or(strings.Join(paths(outputs[:i]), ", "), "no outputs"))
		}
		if err := a.write(o.streams, out, key); err != nil {
			return err
		}
	}
	note(o.streams, "%s", countsLine(a.doc))
	return because(o.streams, answersCauses(a.doc)...)
}

// answered is a questionnaire's document, with all that it was built from.
type answered struct {
	doc    *questionnaire.Document
	inputs rendering.Inputs
	run    *seal.Run
	sealed []byte // the run's seal, or nil
}

// answer builds a questionnaire's document from the run in a file, and from the
// seal that lies beside it.
func (c content) answer(id, customerPath, runPath string, run *seal.Run, asOf time.Time, audience questionnaire.Level) (*answered, error) {
	q, err := c.find(id)
	if err != nil {
		return nil, err
	}
	return c.answerFile(q, customerPath, runPath, run, asOf, audience)
}

// answerFile is answer for a questionnaire that is given as a file.
func (c content) answerFile(q yamldoc.File, customerPath, runPath string, run *seal.Run, asOf time.Time, audience questionnaire.Level) (*answered, error) {
	sealed, err := seal.ReadBundle(runPath + seal.Suffix)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	keyID := ""
	if sealed != nil {
		// Whose key it is, the reader of the document decides; that it is this run's seal, we can tell.
		opened, err := seal.VerifyRun(runPath+seal.Suffix, sealed, run, nil)
		if err != nil {
			return nil, err
		}
		keyID = opened.Hint
	}
	if err := c.required(); err != nil {
		return nil, err
	}
	files := map[string][]yamldoc.File{}
	if files[rendering.Control], err = c.readControls(); err != nil {
		return nil, err
	}
	if files[rendering.Attestation], err = c.readAttestations(); err != nil {
		return nil, err
	}
	if files[rendering.Customer], err = c.readCustomer(customerPath); err != nil {
		return nil, err
	}
	files[rendering.Questionnaire] = []yamldoc.File{q}
	in := rendering.NewInputs("arxctl "+version, run, keyID, asOf, files)
	in.Open = c.open
	in, err = in.For(audience, run)
	if err != nil {
		return nil, err
	}
	doc, err := in.Document(run) // of the whole files: errors name their lines
	if err != nil || in.Open {   // of a buyer's workbook it is known later what of them it uses
		return &answered{doc, in, run, sealed}, err
	}
	if in, err = in.Lean(nil); err != nil {
		return nil, fail(exitInternal, "%w", err)
	}
	doc, err = in.Document(run)
	return &answered{doc, in, run, sealed}, err
}

// writeCut writes the run as the audience gets it, with its seal, which holds for it.
func (a *answered) writeCut(path string) error {
	cut, err := a.inputs.Cut(a.run)
	if err != nil {
		return fail(exitInternal, "--cut-run: %w", err)
	}
	if err := seal.WriteFile(path, cut.Bytes, 0o600); err != nil {
		return fail(exitInternal, "--cut-run: %w", err)
	}
	if a.sealed == nil {
		return unsealed(path)
	}
	return sealBeside(path, a.sealed)
}

// write renders into one output, and seals it where there is a key and a file.
func (a *answered) write(s *streams, out output, key *seal.PrivateKey) error {
	format, ok := renderall.Find(out.format)
	if !ok || !slices.Contains(format.Layouts, a.doc.Layout) {
		return fail(exitUsage, "--output %s: %s cannot be written as %s", out, a.doc.ID, out.format)
	}
	in, err := a.inputs.Render(a.doc, a.run, a.sealed)
	if err != nil {
		return fail(exitInternal, "%w", err)
	}
	var b bytes.Buffer
	if err := format.Render(&b, in); err != nil {
		return fail(exitInternal, "--output %s: %w", out, err)
	}
	if err := out.write(s, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }); err != nil {
		return err
	}
	if out.path == "" {
		return nil
	}
	if key == nil {
		return unsealed(out.path)
	}
	sealed, err := rendering.Sign(out.path, out.format, b.Bytes(), a.inputs, key)
	if err != nil {
		return fail(exitInternal, "%w", err)
	}
	return sealBeside(out.path, sealed)
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

// answersCauses are the reasons for another exit code than 0: contradicted
// answers, then what expired, then live requirements that were blind, and what
// waits for a customer variable.
func answersCauses(doc *questionnaire.Document) []cause {
	ids := func(list []questionnaire.Answer) []string {
		var out []string
		for _, a := range list {
			out = append(out, a.Question)
		}
		return out
	}
	return []cause{
		about(exitFailed, ids(doc.Contradicted()), "answer is contradicted by a check", "answers are contradicted by a check", ""),
		about(exitExpired, ids(doc.Expired()), "answer rests on something beyond its limit", "answers rest on something beyond its limit", ""),
		about(exitBlind, ids(doc.Blind()), "answer rests on a check that did not look or could not see", "answers rest on a check that did not look or could not see", ""),
		about(exitBlind, doc.Lacks, "customer variable has no value, and what needs it is not said", "customer variables have no value, and what needs them is not said", "; give it in a file that --customer names, under variables:"),
	}
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
