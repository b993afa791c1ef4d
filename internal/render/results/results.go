// Package results writes a run as plain JSON for machines: outcomes, counts,
// every observation, what a policy says of it and what a baseline held. It is
// not the run file: it carries no salts and no index, only the run digest where
// there is one. Its shape is published as docs/schemas/arxctl.results.v1.schema.json.
package results

import (
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/render"
)

// Schema names the layout.
const Schema = "arxctl.results/v1"

// Format returns the format.
func Format() render.RunFormat {
	return render.RunFormat{Name: "json", Describe: "every observation, with a published schema", Render: write}
}

type document struct {
	Schema   string                   `json:"schema"`
	Tool     string                   `json:"tool"`
	Digest   string                   `json:"run_digest,omitempty"`
	Signed   bool                     `json:"signed"`
	KeyID    string                   `json:"key_id,omitempty"`
	Vouched  string                   `json:"signature"`
	Demo     string                   `json:"demonstration,omitempty"`
	Stack    evidence.Stack           `json:"stack"`
	Config   string                   `json:"config_sha256,omitempty"`
	Source   *evidence.Source         `json:"source,omitempty"`
	Start    string                   `json:"started"`
	End      string                   `json:"ended"`
	Whole    bool                     `json:"complete"`
	Assessed int                      `json:"assessed"`
	Error    string                   `json:"error,omitempty"`
	Counts   map[evidence.Outcome]int `json:"counts"`
	Verdict  *gate.Verdict            `json:"verdict,omitempty"`
	Baseline *baseline                `json:"baseline,omitempty"`
	Withheld []string                 `json:"withheld,omitempty"` // checks whose records the run file does not show
	Checks   []check                  `json:"checks"`
}

// baseline is what an earlier run held that this one is compared with.
type baseline struct {
	Tool  string   `json:"tool"`
	Start string   `json:"started"`
	End   string   `json:"ended"`
	Gone  []string `json:"checks_gone"` // checks that it holds and this run does not
}

type check struct {
	ID       string           `json:"id"`
	Family   string           `json:"family"`
	Outcome  evidence.Outcome `json:"outcome"`
	Reason   string           `json:"reason"`
	Good     int              `json:"units_good"`
	Units    int              `json:"units"`
	Failed   []string         `json:"failed_units"`
	Waived   bool             `json:"waived"`
	Troubles []trouble        `json:"troubles"`
	Before   *before          `json:"before,omitempty"`
	Command  string           `json:"command"`
	evidence.Evidence
}

// trouble is one reason why a check did not simply pass.
type trouble struct {
	Kind   render.TroubleKind `json:"kind"`
	Object string             `json:"object"`
	What   string             `json:"what"`
	Want   string             `json:"want"`
	Got    string             `json:"got"`
	Via    string             `json:"via"`
	Fix    string             `json:"fix"`
	Waiver *gate.Waiver       `json:"waiver,omitempty"`
}

// before is what the baseline holds of a check.
type before struct {
	State   string           `json:"state"` // new, unchanged or changed
	Outcome evidence.Outcome `json:"outcome,omitempty"`
	Reason  string           `json:"reason,omitempty"`
	Failed  []string         `json:"failed_units"`
}

func write(w io.Writer, in render.RunInput) error {
	run := in.Run
	if run == nil {
		return errors.New("json: there is no run to write")
	}
	d := document{Schema: Schema, Tool: run.Tool, Digest: in.Digest, Signed: in.KeyID != "", KeyID: in.KeyID, Vouched: in.Signature(), Demo: in.Demonstration(),
		Stack: run.Stack, Config: run.Config, Source: run.Source, Whole: run.Complete, Start: stamp(run.Started), End: stamp(run.Ended),
		Assessed: render.Assessed(run), Error: render.Nothing(run), Counts: map[evidence.Outcome]int{}, Verdict: verdict(in.Verdict), Withheld: in.Withheld, Checks: []check{}}
	for _, o := range []evidence.Outcome{evidence.Pass, evidence.Warn, evidence.Fail, evidence.Inconclusive, evidence.NotApplicable, evidence.NotRun} {
		d.Counts[o] = 0
	}
	if b := in.Before; b != nil {
		d.Baseline = &baseline{Tool: b.Tool, Start: stamp(b.Started), End: stamp(b.Ended), Gone: []string{}}
		for _, e := range b.Records {
			if _, still := run.Find(e.Check.ID); !still {
				d.Baseline.Gone = append(d.Baseline.Gone, e.Check.ID)
			}
		}
	}
	for _, e := range run.Records {
		d.Counts[e.Outcome]++
		c := check{ID: e.Check.ID, Family: e.Family(), Outcome: e.Outcome, Reason: e.Reason, Good: e.Good(), Units: len(e.Population.Expected),
			Failed: list(evidence.RefutedUnits(e.Observations)), Waived: in.Waiver(e) != nil, Troubles: []trouble{}, Before: beforeOf(in, e), Command: in.Command(e), Evidence: e}
		for _, t := range in.Troubles(e) {
			c.Troubles = append(c.Troubles, trouble{t.Kind, t.Unit, t.What, t.Want, t.Got, t.Via, t.Fix, t.Waiver})
		}
		d.Checks = append(d.Checks, c)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(d)
}

func beforeOf(in render.RunInput, e evidence.Evidence) *before {
	if in.Before == nil {
		return nil
	}
	was, ok := in.Was(e.Check.ID)
	if !ok {
		return &before{State: "new", Failed: []string{}}
	}
	b := &before{State: "changed", Outcome: was.Outcome, Reason: was.Reason, Failed: list(evidence.RefutedUnits(was.Observations))}
	if was.Outcome == e.Outcome && was.Reason == e.Reason && render.SameTroubles(in.Troubles(was), in.Troubles(e)) {
		b.State = "unchanged"
	}
	return b
}

// verdict is the verdict with its lists as lists, where none is null.
func verdict(v *gate.Verdict) *gate.Verdict {
	if v == nil {
		return nil
	}
	out := *v
	out.Breaches, out.Waived, out.Exempted = breaches(v.Breaches), breaches(v.Waived), breaches(v.Exempted)
	out.Waivers, out.Unrequired = append([]gate.Waiver{}, v.Waivers...), list(v.Unrequired)
	return &out
}

func breaches(list []gate.Breach) []gate.Breach {
	out := append([]gate.Breach{}, list...)
	for i := range out {
		out[i].Units = append([]string{}, out[i].Units...)
	}
	return out
}

func list(s []string) []string { return append([]string{}, s...) }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
