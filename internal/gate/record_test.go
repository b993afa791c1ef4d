package gate_test

import (
	"errors"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
)

var ended = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// record is the evidence of a check, judged as the runner would. A unit is well,
// or what its first letter says: ! refuted, ? blind, - left out, ~ warned.
func record(id string, units ...string) evidence.Evidence {
	e := evidence.Evidence{Check: doc(id), Started: ended.Add(-time.Minute), Ended: ended, Population: evidence.Population{Unit: "tables", Excluded: map[string]string{}}}
	for _, u := range units {
		how := u[0]
		switch how {
		case '!', '?', '-', '~':
			u = u[1:]
		}
		e.Population.Expected = append(e.Population.Expected, u)
		sight := evidence.Observation{Unit: u, What: "own rows", Via: "SELECT 1", Want: evidence.AtLeast(1), Got: "1", Kind: evidence.Sight}
		claim := evidence.Observation{Unit: u, What: "foreign rows", Via: "SELECT 2", Want: evidence.AtMost(0), Got: "0", Kind: evidence.Claim}
		switch how {
		case '!':
			claim.Got = "7"
		case '?':
			claim.Blind = "timeout (57014); to see this: raise the limit"
		case '-':
			e.Population.Excluded[u] = "a lookup table"
			continue
		case '~':
			e.Observations = append(e.Observations, evidence.Observation{Unit: u, What: "version", Want: evidence.Equals("new"), Got: "old", Kind: evidence.Advice})
		}
		e.Observations = append(e.Observations, sight, claim)
	}
	return judged(e)
}

func judged(e evidence.Evidence) evidence.Evidence {
	var err error
	if e.Error != "" {
		err = errors.New(e.Error)
	}
	e.Outcome, e.Reason = evidence.Judge(e.Observations, e.Population, err)
	return e
}

func doc(id string) evidence.Doc {
	return evidence.Doc{ID: id, Version: 1, Title: "Check " + id, Proves: "it", DoesNotProve: "more", Fix: "mend it", Reproduce: "psql -c 'SELECT 2'", Doors: []string{"db"}}
}

func notRun(id, reason string) evidence.Evidence {
	return evidence.Evidence{Check: doc(id), Outcome: evidence.NotRun, Reason: reason, Started: ended, Ended: ended}
}

// absent is a record that shows that there is nothing to check.
func absent(id string) evidence.Evidence {
	return evidence.Evidence{Check: doc(id), Outcome: evidence.NotApplicable, Reason: "there is none", Started: ended, Ended: ended,
		Observations: []evidence.Observation{{Unit: "catalogue", What: "chains", Want: evidence.Absent(), Kind: evidence.Sight}}}
}

func with(e evidence.Evidence, change func(*evidence.Evidence)) evidence.Evidence {
	change(&e)
	return e
}

func run(records ...evidence.Evidence) *evidence.Run {
	return &evidence.Run{Tool: "arxctl 1", Stack: evidence.Stack{Name: "Acme", Kind: "vendor", Environment: "shared", Build: "7", Identity: map[string]string{"db.server": "PostgreSQL 15"}},
		Started: ended.Add(-2 * time.Minute), Ended: ended, Complete: true, Records: records}
}
