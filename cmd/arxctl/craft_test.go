package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/seal"
)

// craft writes a run file from a few lines, so that transcripts about runs need
// no stack: craft run.json run.txt. Every record is judged by evidence.Judge.
//
//	name Acme | kind vendor | environment shared | build 7 | ended 2026-11-21T10:00:00Z | incomplete
//	check ID[@VERSION] UNIT...   a unit is well; !refuted ?blind -left-out ~warned
//	notrun ID REASON...
//	absent ID                    shows that there is nothing to check
//	shipped UNIT...              every check that arxctl ships and that has no line of its own
func craft(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: craft RUN.json LINES.txt")
	}
	run := evidence.Run{Tool: "arxctl crafted", Complete: true, Stack: evidence.Stack{Name: "Acme", Kind: "vendor", Environment: "shared", Build: "7"}, Ended: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
	have := map[string]bool{}
	add := func(e evidence.Evidence) {
		have[e.Check.ID] = true
		run.Records = append(run.Records, e)
	}
	for _, line := range strings.Split(ts.ReadFile(args[1]), "\n") {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		rest := strings.Join(f[1:], " ")
		var err error
		switch f[0] {
		case "name":
			run.Stack.Name = rest
		case "kind":
			run.Stack.Kind = rest
		case "environment":
			run.Stack.Environment = rest
		case "build":
			run.Stack.Build = rest
		case "ended":
			run.Ended, err = time.Parse(time.RFC3339, rest)
		case "incomplete":
			run.Complete = false
		case "check":
			add(crafted(f[1], f[2:]))
		case "notrun":
			e := crafted(f[1], nil)
			e.Outcome, e.Reason, e.Population, e.Observations = evidence.NotRun, strings.Join(f[2:], " "), evidence.Population{}, nil
			add(e)
		case "absent":
			e := crafted(f[1], nil)
			e.Observations = []evidence.Observation{{Unit: "catalogue", What: "things to check", Via: "SELECT", Want: evidence.Absent(), Kind: evidence.Sight}}
			e.Outcome, e.Reason = evidence.NotApplicable, "there is none here"
			add(e)
		case "shipped":
			for _, c := range all.Checks() {
				if !have[c.ID] {
					add(crafted(c.ID, f[1:]))
				}
			}
		default:
			err = fmt.Errorf("unknown word %q", f[0])
		}
		if err != nil {
			ts.Fatalf("%s: %v", args[1], err)
		}
	}
	run.Started = run.Ended.Add(-time.Minute)
	for i := range run.Records {
		run.Records[i].Started, run.Records[i].Ended = run.Started, run.Ended
	}
	if _, err := seal.Write(ts.MkAbs(args[0]), run); err != nil {
		ts.Fatalf("%v", err)
	}
}

// crafted is one record, with the documentation of the check when arxctl ships it.
func crafted(id string, units []string) evidence.Evidence {
	id, version, given := strings.Cut(id, "@")
	e := evidence.Evidence{Check: evidence.Doc{ID: id, Version: 1, Title: "Check " + id, Fix: "mend it", Reproduce: "psql", Doors: []string{"db"}}}
	for _, c := range all.Checks() {
		if c.ID == id {
			e.Check = c.Doc()
		}
	}
	if given {
		fmt.Sscan(version, &e.Check.Version)
	}
	e.Population = evidence.Population{Unit: "units", Excluded: map[string]string{}}
	for _, u := range units {
		name := strings.TrimLeft(u, "!?-~")
		e.Population.Expected = append(e.Population.Expected, name)
		claim := evidence.Observation{Unit: name, What: "harm", Via: "SELECT harm", Want: evidence.AtMost(0), Got: "0", Kind: evidence.Claim}
		switch u[0] {
		case '!':
			claim.Got = "7"
		case '?':
			claim.Blind = "timeout; to see this: raise the limit"
		case '-':
			e.Population.Excluded[name] = "by declaration"
			continue
		case '~':
			e.Observations = append(e.Observations, evidence.Observation{Unit: name, What: "version", Via: "SHOW", Want: evidence.Equals("new"), Got: "old", Kind: evidence.Advice})
		}
		e.Observations = append(e.Observations, claim, evidence.Observation{Unit: name, What: "own rows", Via: "SELECT own", Want: evidence.AtLeast(1), Got: "1", Kind: evidence.Sight})
	}
	e.Outcome, e.Reason = evidence.Judge(e.Observations, e.Population, nil)
	return e
}

// aged gives a file the time of a day long before any run: aged FILE.
func aged(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: aged FILE")
	}
	when := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	ts.Check(os.Chtimes(ts.MkAbs(args[0]), when, when))
}
