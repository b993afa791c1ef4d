package ocsf_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/golden"
	"github.com/arxsec/arxctl/internal/render/ocsf"
	"github.com/arxsec/arxctl/internal/render/ocsf/ocsftest"
	"github.com/arxsec/arxctl/internal/render/runtest"
)

func written(t *testing.T, in render.RunInput) []byte {
	t.Helper()
	return runtest.Written(t, ocsf.Format(), in)
}

// read returns the events by check.
func read(t *testing.T, in render.RunInput) map[string]ocsftest.Event {
	t.Helper()
	events, err := ocsftest.Read(written(t, in))
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]ocsftest.Event{}
	for _, e := range events {
		by[e.Get("compliance", "control").(string)] = e
	}
	if len(by) != len(events) {
		t.Errorf("%d events about %d checks", len(events), len(by))
	}
	return by
}

func TestGolden(t *testing.T) {
	got := written(t, runtest.Input())
	golden.Equal(t, "every-outcome.jsonl", got)
}

func TestReaderRefuses(t *testing.T) {
	whole := written(t, runtest.Input())
	for name, spoil := range map[string][2]string{"a missing required attribute": {`"severity_id":1,`, ""}, "an attribute that the class lacks": {`"severity_id":1,`, `"severity_id":1,"score":3,`},
		"a type that does not follow": {`"type_uid":200302`, `"type_uid":200301`}, "seconds for milliseconds": {`"time":1795251600120`, `"time":1795251600`}} {
		broken := bytes.Replace(whole, []byte(spoil[0]), []byte(spoil[1]), 1)
		if bytes.Equal(broken, whole) {
			t.Fatalf("%s: nothing was spoilt", name)
		}
		if _, err := ocsftest.Read(broken); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestOutcomesSeverityAndStatus(t *testing.T) {
	events := read(t, runtest.Input())
	type line struct{ severity, compliance, status, activity float64 }
	want := map[string]line{"auditlog.chain": {1, 99, 1, 2}, "auditlog.guard": {3, 2, 1, 2}, "bootkey.refusal": {1, 1, 1, 2}, "ratelimit.budget": {2, 2, 1, 2}, "tenancy.pool": {3, 2, 1, 2},
		"tenancy.read": {4, 3, 1, 2}, "tenancy.server": {2, 99, 1, 2}, "tenancy.write": {4, 3, 3, 2}, "tenancy.gone": {2, 2, 1, 2}}
	got := map[string]line{}
	for id, e := range events {
		got[id] = line{e.Get("severity_id").(float64), e.Get("compliance", "status_id").(float64), e.Get("status_id").(float64), e.Get("activity_id").(float64)}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(line{})); diff != "" {
		t.Error(diff)
	}
	if events["tenancy.write"].Get("comment") == nil || events["tenancy.read"].Get("comment") != nil {
		t.Error("the comment does not follow the waiver in force")
	}
}

func TestMendedIsClosedAndResolved(t *testing.T) {
	in := runtest.Input()
	in.Run, in.Before = in.Before, in.Run
	e := read(t, in)["tenancy.read"]
	if e.Get("activity_id") != 3.0 || e.Get("status") != "Resolved" || e.Get("type_uid") != 200303.0 {
		t.Errorf("activity %v, status %v", e.Get("activity_id"), e.Get("status"))
	}
}

func TestFailureCarriesItsEvidence(t *testing.T) {
	e := read(t, runtest.Input())["tenancy.read"]
	data := e.Get("evidences").([]any)[0].(map[string]any)["data"]
	want := map[string]any{"kind": "refuted", "object": "public.runs", "what": "rows of B that A can read", "want": "0", "got": "5", "via": "SELECT count(*) FROM public.runs",
		"fix": "Enable row security on public.runs.", "layer": string(evidence.LayerRowSecurity)}
	if diff := cmp.Diff(any(want), data); diff != "" {
		t.Error(diff)
	}
	if e.Get("remediation", "desc") != "Mend tenancy.read at the root." || e.Get("resources").([]any)[0].(map[string]any)["name"] != "public.runs" {
		t.Errorf("remediation %v, resources %v", e.Get("remediation"), e.Get("resources"))
	}
}

func TestFindingIsTheSameFromRunToRun(t *testing.T) {
	other := runtest.Input()
	other.Digest, other.Run = runtest.KeyID(), runtest.Run("9")
	a, b := read(t, runtest.Input())["tenancy.read"], read(t, other)["tenancy.read"]
	if a.Get("finding_info", "uid") != b.Get("finding_info", "uid") || a.Get("metadata", "uid") == b.Get("metadata", "uid") {
		t.Errorf("finding %v and %v, event %v and %v", a.Get("finding_info", "uid"), b.Get("finding_info", "uid"), a.Get("metadata", "uid"), b.Get("metadata", "uid"))
	}
}

func TestNothingAssessedFails(t *testing.T) {
	in := runtest.Empty()
	in.Run.Records = nil
	if e := read(t, in)[render.NothingAssessed]; e.Get("compliance", "status") != "Fail" || e.Get("severity") != "High" {
		t.Errorf("nothing assessed reads as %v", e)
	}
}
