package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

type fillOptions struct {
	*streams
	content
	run, questionnaire, customer, asOf, layout, key string
	audience, cutRun                                string
	overwrite, writeNo, demo, explain               bool
	sent                                            bool // the workbook is one that was sent
}

func newFill(s *streams) *cobra.Command {
	o := &fillOptions{streams: s}
	c := &cobra.Command{
		Use:   "fill IN.xlsx",
		Short: "Fill in a buyer's workbook, in place, as far as evidence goes",
		Long: "Fill in a buyer's workbook. IN.xlsx stays as it is; written are\n\n" +
			"  IN (arxctl draft).xlsx   the same workbook with the answers that evidence or a signature stands behind: the short value\n" +
			"                           as the cell's own list spells it, and beside it the sentence and the line of evidence\n" +
			"  IN - for people.csv      what people decide, by owner: what was held or is not answered, and why\n\n" +
			"Neither is replaced once somebody has worked in it. A formula, a locked cell and a cell with an answer are never written. What a check contradicts is held for a person.\n" +
			"Rows and sheets that look as if they asked something and could not be read are named, with exit code 3.\n" +
			"It leaves the house, so evidence that the customer's file labels private is held back, and its place says so (--audience).\n" +
			"The run is --run, or the one of the files run*.json in the current directory that ended last.",
		Example: "  arxctl fill CAIQ.xlsx --explain\n  arxctl fill CAIQ.xlsx --run run.json --attestations signed/\n  arxctl verify \"CAIQ (arxctl draft).xlsx\" --run run.json",
		Args:    exactly(1, "one workbook"),
		RunE:    func(c *cobra.Command, args []string) error { return o.fill(c.Context(), args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.run, "run", "", "the run `FILE` that the answers rest on (by default the newest run*.json here)")
	f.StringVar(&o.questionnaire, "questionnaire", "", "the `ID` of the questionnaire that the workbook is, as caiq-4.0.3; refused where the workbook says another")
	f.StringVar(&o.layout, "layout", "", "a `FILE` that says where questions and answers stand, for a workbook that is not recognised (docs/fill.md)")
	f.BoolVar(&o.explain, "explain", false, "say what is recognised and how much of it could be answered, and write nothing")
	f.BoolVar(&o.overwrite, "overwrite", false, "replace answers that are there already, and list them")
	f.BoolVar(&o.writeNo, "write-no", false, "write a No where a check contradicts the answer, rather than hold it for a person")
	f.BoolVar(&o.demo, "demo", false, "take evidence from the reference stack; every comment then says so")
	f.BoolVar(&o.content.samples, "samples", false, "with --demo: add sample attestations and variables, each printed as SAMPLE")
	f.StringVar(&o.customer, "customer", "", "`FILE` with the customer's variables")
	f.StringSliceVar(&o.content.attestations, "attestations", nil, "`FILE` or directory of attestations; arxctl ships none")
	f.StringVar(&o.content.controls, "controls", "", "a `DIR` of claims in place of the shipped ones")
	f.StringVar(&o.content.questionnaires, "questionnaires", "", "a `DIR` of questionnaires in place of the shipped ones")
	f.StringVar(&o.audience, "audience", string(questionnaire.NDA), "who reads it: public, nda or private; evidence above `LEVEL`, by the customer's visibility, is held back and said to be")
	f.StringVar(&o.cutRun, "cut-run", "", "also write to this `FILE` the run without what is held back, for the buyer to verify with")
	f.StringVar(&o.asOf, "as-of", "", "judge ages as of this `DATE` (YYYY-MM-DD; today, UTC, by default)")
	f.StringVar(&o.key, "key", "", "seal the workbook with this private key `FILE`; see: arxctl keygen")
	return c
}

func (o *fillOptions) fill(ctx context.Context, path string) error {
	asOf, err := asOfDate(o.asOf)
	if err != nil {
		return err
	}
	if o.content.samples && !o.demo {
		return fail(exitUsage, "--samples: nobody signed them, and a buyer would read them as signed; only with --demo")
	}
	if !slices.Contains(questionnaire.Levels(), questionnaire.Level(o.audience)) {
		return fail(exitUsage, "--audience %s: expected public, nda or private", o.audience)
	}
	in, err := o.read(path)
	if err != nil {
		return err
	}
	if o.explain {
		return o.tell(in)
	}
	draft, people := draftNames(path)
	written := []string{draft, people, draft + seal.Suffix, draft + rendering.CellsSuffix}
	if o.cutRun != "" {
		written = append(written, o.cutRun, o.cutRun+seal.Suffix)
	}
	if err := targets([]string{path, o.run, o.customer, o.key, o.layout}, written...); err != nil {
		return err
	}
	if err := sealable(draft); err != nil {
		return err
	}
	worked, err := rendering.Worked(draft, people)
	if err != nil {
		return fail(exitUsage, "%w", err)
	}
	if len(worked) > 0 {
		return fail(exitUsage, "%s: is there, and not as arxctl wrote it: somebody's work would be lost; move it away or give it another name", strings.Join(worked, ", "))
	}
	key, err := signingKey(o.streams, o.key)
	if err != nil {
		return err
	}
	run, err := o.findRun()
	if err != nil {
		return err
	}
	a, find, err := o.answers(in, run, asOf)
	if err != nil {
		return err
	}
	claims, _, err := o.content.library()
	if err != nil {
		return err
	}
	wrote, err := rendering.Wrote(path, in.book)
	if err != nil {
		return fail(exitUsage, "%w", err)
	}
	plan := fill.Decide(in.lay, find, fill.Options{Overwrite: o.overwrite, WriteNo: o.writeNo, Demonstration: a.doc.Demonstration, Check: in.book.Check,
		Assessed: control.Assess(claims, &run.Run, asOf), Customer: o.customer, Wrote: wrote})
	if err := unlessInterrupted(ctx); err != nil {
		return err
	}
	if err := o.write(in, a, plan, draft, people, key); err != nil {
		return err
	}
	if o.cutRun != "" {
		if err := a.writeCut(o.cutRun); err != nil {
			return err
		}
	}
	o.report(plan, draft, people)
	o.again(plan, path)
	if held := a.doc.HeldBack(); len(held) > 0 {
		note(o.streams, "for readers %s: the evidence of %s is held back, and its place says so; --audience private holds nothing back", a.doc.Audience.Words(), some(held, 8))
	}
	left := o.unlooked(in.lay)
	return because(o.streams, append(fillCauses(plan, people), left...)...)
}

// report says what came out: the counts first, then what was replaced, then what
// evidence contradicts, and answers in the workbook that a plan of ours does.
func (o *fillOptions) report(plan *fill.Plan, draft, people string) {
	fmt.Fprintln(o.out, plan.Headline())
	for _, d := range plan.Decisions {
		if d.Replaced != "" {
			fmt.Fprintln(o.out, render.Plain(fmt.Sprintf("replaced %s!%s: %q by %q", d.Sheet, d.Ref, clipped(d.Replaced, 60), d.Value)))
		}
	}
	for _, d := range plan.Decisions {
		what, now := "contradicted", ""
		switch {
		case d.Now != "":
			now = fmt.Sprintf("; the cell says %q", clipped(d.Now, 60))
		case d.Comment != "":
			now = fmt.Sprintf("; the comment beside it says %q", clipped(d.Comment, 60))
		}
		if d.Untrue && d.Inverted {
			now += ", where a Yes would be bad"
		}
		if !d.Contradicted {
			what = "not so"
		}
		if d.Contradicted || d.Untrue {
			fmt.Fprintln(o.out, render.Plain(fmt.Sprintf("%s %s!%s %s: %s%s", what, d.Sheet, d.Ref, d.ID, d.Says, now)))
		}
	}
	note(o.streams, "written: %s, %s", draft, people)
}

// again says what becomes of a workbook that arxctl filled in before.
func (o *fillOptions) again(plan *fill.Plan, path string) {
	n := 0
	for _, d := range plan.Decisions {
		if d.Ours {
			n++
		}
	}
	switch {
	case n > 0:
		note(o.streams, "%s: arxctl wrote %s in it before: they stay where they are the same today, and are listed for a person where they are not; --overwrite writes anew what we can answer. Fill in the workbook that arrived to begin again",
			path, counted(n, "answer", "answers"))
	case strings.Contains(filepath.Base(path), draftMark):
		note(o.streams, "%s: its name is that of a draft, and no answer in it was recognised as ours: each counts as a person's. Fill in the workbook that arrived to begin again", path)
	}
}

// fillCauses are the reasons for another exit code than 0: what is contradicted
// among the questions of this workbook, or stands in it and is not so, what
// expired, nothing filled, what could not be looked at.
func fillCauses(plan *fill.Plan, people string) []cause {
	of := func(is func(fill.Decision) bool) []string {
		var at []string
		for _, d := range plan.Decisions {
			if is(d) {
				at = append(at, cmp.Or(d.ID, d.Sheet+"!"+d.Ref))
			}
		}
		return at
	}
	see := "; see " + people
	var lacks []string
	for _, d := range plan.Decisions {
		lacks = append(lacks, d.Lacks...)
	}
	slices.Sort(lacks)
	waits := "for the customer variable " + strings.Join(slices.Compact(lacks), ", ") + ", which has no value"
	causes := []cause{
		about(exitFailed, of(func(d fill.Decision) bool { return d.Contradicted }), "answer is contradicted by a check", "answers are contradicted by a check", see),
		about(exitFailed, of(func(d fill.Decision) bool { return d.Untrue && !d.Contradicted }), "answer stands in the workbook and is not so", "answers stand in the workbook and are not so", see),
		about(exitExpired, of(func(d fill.Decision) bool { return d.Expired }), "answer rests on something beyond its limit", "answers rest on something beyond its limit", see),
		about(exitBlind, of(func(d fill.Decision) bool { return d.Blind }), "answer rests on a check that did not look or could not see", "answers rest on a check that did not look or could not see", see),
		about(exitBlind, of(func(d fill.Decision) bool { return len(d.Lacks) > 0 }), "answer waits "+waits, "answers wait "+waits, see),
	}
	if plan.Count(fill.Filled) == 0 {
		causes = append(causes, cause{exitNothing, "no answer was filled in" + see})
	}
	return causes
}
