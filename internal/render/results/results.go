// Package results writes a run as plain JSON for machines: outcomes, counts and
// every observation. It is not the run file: it carries no salts and no index,
// only the run digest where there is one.
package results

import (
	"encoding/json"
	"io"

	"github.com/arxsec/arxctl/internal/evidence"
)

// Schema names the layout.
const Schema = "arxctl.results/v1"

type document struct {
	Schema string                   `json:"schema"`
	Tool   string                   `json:"tool"`
	Digest string                   `json:"run_digest,omitempty"`
	Signed bool                     `json:"signed"`
	Stack  evidence.Stack           `json:"stack"`
	Start  string                   `json:"started"`
	End    string                   `json:"ended"`
	Whole  bool                     `json:"complete"`
	Counts map[evidence.Outcome]int `json:"counts"`
	Checks []check                  `json:"checks"`
}

type check struct {
	ID      string           `json:"id"`
	Family  string           `json:"family"`
	Outcome evidence.Outcome `json:"outcome"`
	Reason  string           `json:"reason"`
	Good    int              `json:"units_good"`
	Units   int              `json:"units"`
	Failed  []string         `json:"failed_units"`
	evidence.Evidence
}

// Write writes the run. digest is the run digest, or empty when no run file was
// written.
func Write(w io.Writer, run *evidence.Run, digest string) error {
	d := document{Schema: Schema, Tool: run.Tool, Digest: digest, Stack: run.Stack, Whole: run.Complete,
		Start: run.Started.UTC().Format("2006-01-02T15:04:05Z"), End: run.Ended.UTC().Format("2006-01-02T15:04:05Z"),
		Counts: map[evidence.Outcome]int{}, Checks: []check{}}
	for _, o := range []evidence.Outcome{evidence.Pass, evidence.Warn, evidence.Fail, evidence.Inconclusive, evidence.NotApplicable, evidence.NotRun} {
		d.Counts[o] = 0
	}
	for _, e := range run.Records {
		d.Counts[e.Outcome]++
		failed := evidence.RefutedUnits(e.Observations)
		if failed == nil {
			failed = []string{}
		}
		d.Checks = append(d.Checks, check{ID: e.Check.ID, Family: e.Family(), Outcome: e.Outcome, Reason: e.Reason,
			Good: e.Good(), Units: len(e.Population.Expected), Failed: failed, Evidence: e})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(d)
}
