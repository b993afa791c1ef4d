package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/sig"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

type fillOptions struct {
	*streams
	content
	run, questionnaire, customer, asOf, layout, key string
	audience                                        string
	overwrite, writeNo, demo, explain               bool
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
			"The run is --run, or the one of the files run*.json in the current directory that ended last.",
		Example: "  arxctl fill CAIQ.xlsx --explain\n  arxctl fill CAIQ.xlsx --run run.json --attestations signed/\n  arxctl verify \"CAIQ (arxctl draft).xlsx\" --run run.json",
		Args:    exactly(1, "one workbook"),
		RunE:    func(_ *cobra.Command, args []string) error { return o.fill(args[0]) },
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
	f.StringVar(&o.audience, "audience", string(questionnaire.Private), "who reads it: public, nda or private; evidence above `LEVEL`, by the customer's visibility, is held back and said to be")
	f.StringVar(&o.asOf, "as-of", "", "judge ages as of this `DATE` (YYYY-MM-DD; today, UTC, by default)")
	f.StringVar(&o.key, "key", "", "seal the workbook with this private key `FILE`; see: arxctl keygen")
	return c
}

// arrived is the workbook as it came, and what was recognised in it.
type arrived struct {
	path  string
	bytes []byte
	book  *workbook.Book
	lay   *layout.Layout
	is    fill.Identified
	known []*questionnaire.Questionnaire
	q     *questionnaire.Questionnaire // nil: none that we know
}

func (o *fillOptions) fill(path string) error {
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
	if err := targets([]string{path, o.run, o.customer, o.key, o.layout}, draft, people, draft+seal.Suffix, draft+rendering.CellsSuffix); err != nil {
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
	if a.doc.Samples && !o.demo {
		return fail(exitUsage, "--attestations: some of them are samples, which nobody signed, and a buyer would read them as signed; only with --demo")
	}
	plan := fill.Decide(in.lay, find, fill.Options{Overwrite: o.overwrite, WriteNo: o.writeNo, Demonstration: a.doc.Demonstration, Check: in.book.Check})
	if err := o.write(in, a, plan, draft, people, key); err != nil {
		return err
	}
	o.report(plan, draft, people)
	for _, left := range in.lay.Left {
		if left.Why != "is hidden" {
			note(o.streams, "not looked at: sheet %s %s; give --layout if it asks something", left.Sheet, left.Why)
		}
	}
	return quit(fillCode(plan))
}

// answers builds the answers, and says how each row finds its own: by ID where
// that is enough, else by ID and words, or by words alone.
func (o *fillOptions) answers(in *arrived, run *seal.Run, asOf time.Time) (*answered, func(layout.Table, layout.Row) fill.Found, error) {
	if in.q != nil && fill.ByID(in.q) {
		a, err := o.content.answer(in.q.ID, o.customer, o.run, run, asOf, questionnaire.Level(o.audience))
		if err != nil {
			return nil, nil, err
		}
		return a, fill.NewSource(in.q, a.doc).Find, nil
	}
	if err := o.unheeded(in); err != nil {
		return nil, nil, err
	}
	drafts, err := o.drafts(in)
	if err != nil {
		return nil, nil, err
	}
	file, err := drafts.File()
	if err != nil {
		return nil, nil, fail(exitInternal, "%w", err)
	}
	a, err := o.content.answerFile(file, o.customer, o.run, run, asOf, questionnaire.Level(o.audience))
	if err != nil {
		return nil, nil, err
	}
	drafts.Answer(a.doc)
	return a, drafts.Find, nil
}

// unheeded refuses a customer's file that overrides or labels single questions of
// a questionnaire, where rows are answered by their words: it would not be heeded.
func (o *fillOptions) unheeded(in *arrived) error {
	files, err := o.content.readCustomer(o.customer)
	if err != nil || len(files) == 0 {
		return err
	}
	c, err := questionnaire.DecodeCustomer(files[0])
	if err != nil {
		return err
	}
	for _, x := range c.Overrides {
		return fail(exitUsage, "%s:%d: the override of %s %s is not heeded in a workbook that is answered by its words; answer that cell by hand, and fill with a file without overrides", files[0].Name, x.At.Of("question"), x.Questionnaire, x.Question)
	}
	if v := c.Visibility; len(v.Public.Questions)+len(v.NDA.Questions)+len(v.Private.Questions) > 0 {
		return fail(exitUsage, "%s: visibility.questions: labels of single questions are not heeded in a workbook that is answered by its words; label the controls or the checks behind them", files[0].Name)
	}
	return nil
}

func (o *fillOptions) drafts(in *arrived) (*fill.Drafts, error) {
	lib, _, err := o.content.library()
	if err != nil {
		return nil, err
	}
	m, err := match.New(lib, in.known)
	if err != nil {
		return nil, fail(exitInternal, "%w", err)
	}
	return fill.NewDrafts(in.lay, in.q, m.Propose), nil
}

// read reads the workbook and recognises it.
func (o *fillOptions) read(path string) (*arrived, error) {
	in := &arrived{path: path}
	var err error
	if in.bytes, err = seal.ReadAtMost(path, workbook.DefaultLimits().FileBytes); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fail(exitUsage, "%s: no such file; expected a buyer's workbook (.xlsx or .xlsm)", path)
		}
		return nil, fail(exitUsage, "%s: %w", path, err)
	}
	if in.book, err = workbook.Read(path, in.bytes); err != nil {
		return nil, fail(exitUsage, "%w", err)
	}
	if in.lay, err = o.recognise(in.book); err != nil {
		var nothing *layout.Nothing
		if errors.As(err, &nothing) {
			return nil, fail(exitNothing, "%s: %w", path, err)
		}
		return nil, fail(exitUsage, "%s: %w", path, err)
	}
	if in.known, err = o.content.decodeQuestionnaires(); err != nil {
		return nil, err
	}
	if in.is, err = fill.Identify(in.lay, in.known, o.questionnaire); err != nil {
		return nil, fail(exitUsage, "%s: %w", path, err)
	}
	for _, q := range in.known {
		if q.ID == in.is.ID {
			in.q = q
		}
	}
	return in, nil
}

func (o *fillOptions) recognise(b *workbook.Book) (*layout.Layout, error) {
	if o.layout == "" {
		return layout.Detect(b)
	}
	files, err := filesAt(o.layout)
	if err != nil {
		return nil, err
	}
	return layout.Given(files[0], b)
}

// tell says what was recognised, and how much could be answered.
func (o *fillOptions) tell(in *arrived) error {
	for line := range strings.Lines(in.lay.Explain()) {
		fmt.Fprintln(o.out, render.Plain(strings.TrimRight(line, "\n"))) // text of the workbook is in it
	}
	if in.lay.Family == layout.SIG {
		generations, err := sigGenerations()
		if err != nil {
			return err
		}
		fmt.Fprintln(o.out, render.Plain(sig.Tell(generations, in.lay.IDs())))
	}
	if in.q == nil {
		fmt.Fprintln(o.out, "questionnaire: none that we know; each question is matched by its words")
	} else {
		fmt.Fprintf(o.out, "questionnaire: %s; %s\n", in.q.ID, render.Plain(strings.Join(in.is.Why, "; ")))
	}
	if in.q != nil && fill.ByID(in.q) {
		fmt.Fprint(o.out, fill.Cover(in.lay, in.q).Text())
		return nil
	}
	drafts, err := o.drafts(in)
	if err != nil {
		return err
	}
	fmt.Fprint(o.out, drafts.Cover().Text())
	return nil
}

// findRun reads the run that was named, or the newest here, and says which it is.
func (o *fillOptions) findRun() (*seal.Run, error) {
	var run *seal.Run
	var err error
	if o.run != "" {
		run, err = seal.Read(o.run)
	} else {
		var left []string
		o.run, run, left, err = seal.Newest(".")
		for _, l := range left {
			note(o.streams, "left out: %s", l)
		}
		if err == nil && run == nil {
			err = fail(exitUsage, "--run: there is no run*.json here that the answers could rest on; make one with: arxctl check --run run.json")
		}
	}
	if err != nil {
		return nil, err
	}
	note(o.streams, "run %s: made %s ago (%s) on %s, environment %s, build %s", o.run, age(time.Since(run.Ended)),
		run.Ended.UTC().Format("2006-01-02 15:04 UTC"), named(run.Stack.Name), named(run.Stack.Environment), named(run.Stack.Build))
	if run.Stack.Kind != "vendor" && !o.demo {
		return nil, fail(exitUsage, "%s: its evidence is from the reference stack, not from the vendor's system, and a buyer is not to take it for that; run the checks on your own stack, or give --demo", o.run)
	}
	return run, nil
}

// age is how long ago something was, in the largest unit that fits.
func age(d time.Duration) string {
	for _, u := range []struct {
		d    time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int(d / u.d); n == 1 {
			return "1 " + u.name
		} else if n > 1 {
			return fmt.Sprintf("%d %ss", n, u.name)
		}
	}
	return "less than a minute"
}

// report says what came out: the counts first, then what was replaced, then what
// evidence contradicts.
func (o *fillOptions) report(plan *fill.Plan, draft, people string) {
	fmt.Fprintln(o.out, plan.Headline())
	for _, d := range plan.Decisions {
		if d.Replaced != "" {
			fmt.Fprintln(o.out, render.Plain(fmt.Sprintf("replaced %s!%s: %q by %q", d.Sheet, d.Ref, clipped(d.Replaced, 60), d.Value)))
		}
	}
	for _, d := range plan.Decisions {
		if d.Contradicted {
			fmt.Fprintln(o.out, render.Plain(fmt.Sprintf("contradicted %s!%s %s: %s", d.Sheet, d.Ref, d.ID, d.Says)))
		}
	}
	note(o.streams, "written: %s, %s", draft, people)
}

// fillCode is the exit code: what is contradicted among the questions of this
// workbook, what expired, nothing filled, what could not be looked at.
func fillCode(plan *fill.Plan) int {
	codes := []int{exitOK}
	for _, d := range plan.Decisions {
		if d.Contradicted {
			codes = append(codes, exitFailed)
		}
		if d.Expired {
			codes = append(codes, exitExpired)
		}
		if d.Blind {
			codes = append(codes, exitBlind)
		}
	}
	if plan.Count(fill.Filled) == 0 {
		codes = append(codes, exitNothing)
	}
	return worst(codes...)
}
