package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/seal"
)

// answers builds the answers, and says how each row finds its own: by ID where
// that is enough, else by ID and words, or by words alone. A sample that nobody
// signed stands behind none of them.
func (o *fillOptions) answers(in *arrived, run *seal.Run, asOf time.Time) (*answered, func(layout.Table, layout.Row) fill.Found, error) {
	a, find, err := o.found(in, run, asOf)
	if err == nil && a.doc.Samples && !o.demo {
		err = fail(exitUsage, "--attestations: some of them are samples, which nobody signed, and a buyer would read them as signed; only with --demo")
	}
	return a, find, err
}

func (o *fillOptions) found(in *arrived, run *seal.Run, asOf time.Time) (*answered, func(layout.Table, layout.Row) fill.Found, error) {
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

// errNoRun is that there is nothing that answers could rest on.
var errNoRun = errors.New("--run: there is no run*.json here that the answers could rest on; make one with: arxctl check --run run.json")

// findRun reads the run that was named, or the newest here, and says which it is.
// Where a run that cannot be read may be newer than that, it is an error.
func (o *fillOptions) findRun() (*seal.Run, error) {
	var run *seal.Run
	var err error
	if o.run != "" {
		run, err = seal.Read(o.run)
	} else {
		var left []string
		o.run, run, left, err = seal.Newest(".")
		if err == nil && run == nil {
			err = errNoRun
		}
		if err != nil {
			return nil, fail(exitUsage, "%w", err)
		}
		for _, l := range left {
			note(o.streams, "left out: %s", l)
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
