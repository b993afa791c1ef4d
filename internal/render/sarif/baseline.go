package sarif

import (
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/render"
)

// beforeInput is the baseline as an input of its own, with the waivers of now:
// only then do its results differ where the stack does.
func beforeInput(in render.RunInput) render.RunInput {
	before := render.RunInput{Run: in.Before, Config: in.Config}
	if in.Verdict != nil {
		before.Verdict = &gate.Verdict{Green: true, Waivers: in.Verdict.Waivers}
	}
	return before
}

// compared gives each result its state against the baseline (3.27.24) and adds
// those that the baseline alone holds, as absent. Results are the same when they
// are about the same check, unit and thing; the same ones are updated when what
// was wanted, what came or what it means has changed.
func compared(now, before []result) []result {
	was := map[string]result{}
	for _, r := range before {
		was[r.Partial[fingerprint]] = r
	}
	held := map[string]bool{}
	for i := range now {
		key := now[i].Partial[fingerprint]
		held[key] = true
		switch old, ok := was[key]; {
		case !ok:
			now[i].Baseline = "new"
		case same(now[i], old):
			now[i].Baseline = "unchanged"
		default:
			now[i].Baseline = "updated"
			now[i].Properties["before"] = map[string]any{"kind": old.Kind, "outcome": old.Properties["outcome"], "reason": old.Properties["reason"], "got": old.Properties["got"]}
		}
	}
	for _, r := range before {
		if !held[r.Partial[fingerprint]] {
			r.Baseline = "absent"
			now = append(now, r)
		}
	}
	return now
}

func same(a, b result) bool {
	for _, k := range []string{"want", "got", "checkVersion"} {
		if a.Properties[k] != b.Properties[k] {
			return false
		}
	}
	if a.Kind == "pass" && b.Kind == "pass" {
		return true // how many units there were is not a finding
	}
	outcome := func(r result) any {
		if r.Properties["object"] == nil {
			return r.Properties["reason"] // it names no unit: the reason is all it says
		}
		return evidence.Outcome("")
	}
	return a.Kind == b.Kind && a.Level == b.Level && outcome(a) == outcome(b)
}
