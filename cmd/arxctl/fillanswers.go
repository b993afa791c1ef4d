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
	c := o.content
	c.open = true
	customer, err := o.content.customerOf(o.customer)
	if err != nil {
		return nil, nil, err
	}
	if in.q != nil && fill.ByID(in.q) {
		o.notAbout(customer, in, fill.Asked(in.lay))
		a, err := c.answer(in.q.ID, o.customer, o.run, run, asOf, questionnaire.Level(o.audience))
		if err != nil {
			return nil, nil, err
		}
		propose, err := o.proposer(in)
		if err != nil {
			return nil, nil, err
		}
		return a, fill.NewSource(in.q, a.doc, propose).Find, nil
	}
	drafts, err := o.drafts(in)
	if err != nil {
		return nil, nil, err
	}
	o.notAbout(customer, in, drafts.Heed(customer))
	file, err := drafts.File()
	if err != nil {
		return nil, nil, fail(exitInternal, "%w", err)
	}
	a, err := c.answerFile(file, o.customer, o.run, run, asOf, questionnaire.Level(o.audience))
	if err != nil {
		return nil, nil, err
	}
	drafts.Answer(a.doc)
	return a, drafts.Find, nil
}

func (o *fillOptions) notAbout(c questionnaire.Customer, in *arrived, asked map[string]bool) {
	for _, line := range fill.NotAbout(c, in.q, asked) {
		note(o.streams, "%s", line)
	}
}

func (o *fillOptions) drafts(in *arrived) (*fill.Drafts, error) {
	propose, err := o.proposer(in)
	if err != nil {
		return nil, err
	}
	return fill.NewDrafts(in.lay, in.q, propose), nil
}

// proposer finds by the words of a question what of the library answers it.
func (o *fillOptions) proposer(in *arrived) (fill.Propose, error) {
	lib, _, err := o.content.library()
	if err != nil {
		return nil, err
	}
	m, err := match.New(lib, in.known)
	if err != nil {
		return nil, fail(exitInternal, "%w", err)
	}
	return m.Propose, nil
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
