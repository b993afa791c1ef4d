package sarif_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/golden"
	"github.com/arxsec/arxctl/internal/render/runtest"
	"github.com/arxsec/arxctl/internal/render/sarif"
	"github.com/arxsec/arxctl/internal/render/sarif/sariftest"
)

func written(t *testing.T, in render.RunInput) []byte {
	t.Helper()
	return runtest.Written(t, sarif.Format(), in)
}

func TestGolden(t *testing.T) {
	got := written(t, runtest.Input())
	golden.Equal(t, "every-outcome.sarif", got)
}

func TestSchemaHolds(t *testing.T) {
	reader := sariftest.New(t)
	for name, in := range map[string]render.RunInput{"whole": runtest.Input(), "bare": {Run: runtest.Run("5")}, "empty": runtest.Empty()} {
		if _, err := reader.Read(written(t, in)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := bytes.Replace(written(t, runtest.Input()), []byte(`"kind": "open"`), []byte(`"kind": "perhaps"`), 1)
	if _, err := reader.Read(broken); err == nil {
		t.Error("the reader accepts a kind that SARIF does not know")
	}
	broken = bytes.Replace(written(t, runtest.Input()), []byte(`"ruleIndex"`), []byte(`"rulesIndex"`), 1)
	if _, err := reader.Read(broken); err == nil {
		t.Error("the reader accepts a property that SARIF does not know")
	}
}

type doc struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []struct {
					ID   string
					Help struct{ Text, Markdown string }
				}
			}
		}
		Invocations []struct {
			ExecutionSuccessful        bool
			ToolExecutionNotifications []struct {
				Level          string
				Message        struct{ Text string }
				AssociatedRule struct{ ID string }
			}
		}
		Results []res
	}
}

type res struct {
	RuleID, Kind, Level, BaselineState string
	RuleIndex                          int
	Message                            struct{ Text string }
	PartialFingerprints                map[string]string
	Suppressions                       *[]struct{ Kind, Status, Justification string }
	Properties                         map[string]any
	Locations                          []struct {
		PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
	}
}

func read(t *testing.T, in render.RunInput) doc {
	t.Helper()
	var d doc
	if err := json.Unmarshal(written(t, in), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// find returns the results of a rule with a state against the baseline.
func (d doc) find(rule, state string) []res {
	var list []res
	for _, r := range d.Runs[0].Results {
		if r.RuleID == rule && r.BaselineState == state {
			list = append(list, r)
		}
	}
	return list
}

func TestKindsLevelsAndNotifications(t *testing.T) {
	d := read(t, render.RunInput{Run: runtest.Run("5"), Config: "/home/somebody/arx ctl.yaml"})
	want := map[string][]string{"auditlog.chain": {"notApplicable/none"}, "auditlog.guard": {"open/none", "open/none"}, "bootkey.refusal": {"pass/none"}, "ratelimit.budget": {"open/none"},
		"tenancy.pool": {"open/none", "open/none"}, "tenancy.read": {"fail/error"}, "tenancy.server": {"fail/warning", "fail/warning"}, "tenancy.write": {"fail/error"}}
	got := map[string][]string{}
	for _, r := range d.Runs[0].Results {
		got[r.RuleID] = append(got[r.RuleID], r.Kind+"/"+r.Level)
		if d.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("%s points at rule %d, which is another", r.RuleID, r.RuleIndex)
		}
		if r.Suppressions != nil || r.BaselineState != "" {
			t.Errorf("%s: suppressions or baseline state without a verdict or a baseline", r.RuleID)
		}
		if uri := r.Locations[0].PhysicalLocation.ArtifactLocation.URI; uri != "arx%20ctl.yaml" {
			t.Errorf("%s is located in %q", r.RuleID, uri)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	inv := d.Runs[0].Invocations[0]
	levels := map[string]string{}
	for _, n := range inv.ToolExecutionNotifications {
		levels[n.AssociatedRule.ID] = n.Level
	}
	if diff := cmp.Diff(map[string]string{"auditlog.guard": "error", "tenancy.pool": "error", "ratelimit.budget": "warning"}, levels); diff != "" || inv.ExecutionSuccessful {
		t.Errorf("successful %v; %s", inv.ExecutionSuccessful, diff)
	}
	for _, r := range d.Runs[0].Tool.Driver.Rules {
		if !strings.Contains(r.Help.Text, "Fix: Mend "+r.ID) || !strings.Contains(r.Help.Markdown, "```sh\n") {
			t.Errorf("%s: help %+v", r.ID, r.Help)
		}
	}
}

func TestFailureCarriesItsEvidence(t *testing.T) {
	r := read(t, render.RunInput{Run: runtest.Run("5")}).find("tenancy.read", "")[0]
	for k, v := range map[string]string{"object": "public.runs", "want": "0", "got": "5", "via": "SELECT count(*) FROM public.runs", "fix": "Enable row security on public.runs."} {
		if r.Properties[k] != v || !strings.Contains(r.Message.Text, v) {
			t.Errorf("%s: property %v, message %q", k, r.Properties[k], r.Message.Text)
		}
	}
}

func TestWaiversSuppressAndExpiredOnesDoNot(t *testing.T) {
	d := read(t, runtest.Input())
	for _, r := range d.Runs[0].Results {
		if r.Suppressions == nil {
			t.Fatalf("%s has no suppressions though some result has (3.27.23)", r.RuleID)
		}
		if n := len(*r.Suppressions); n > 0 != (r.RuleID == "tenancy.write") {
			t.Errorf("%s: %d suppressions", r.RuleID, n)
		}
	}
	s := (*d.find("tenancy.write", "unchanged")[0].Suppressions)[0]
	if s.Kind != "external" || s.Status != "accepted" || !strings.Contains(s.Justification, "SEC-7") {
		t.Errorf("suppression %+v", s)
	}
	if text := d.find("tenancy.read", "new")[0].Message.Text; !strings.Contains(text, "the waiver expired 2026-11-20") {
		t.Errorf("an expired waiver is not mentioned: %s", text)
	}
}

func TestBaselineStates(t *testing.T) {
	in := runtest.Input()
	d := read(t, in)
	for _, want := range [][2]string{{"tenancy.read", "new"}, {"tenancy.read", "absent"}, {"tenancy.write", "unchanged"}, {"tenancy.gone", "absent"}, {"bootkey.refusal", "unchanged"}, {"tenancy.server", "unchanged"}} {
		if len(d.find(want[0], want[1])) == 0 {
			t.Errorf("no result of %s is %s", want[0], want[1])
		}
	}
	in.Before = runtest.Run("4")
	d = read(t, in)
	updated := d.find("tenancy.read", "updated")
	if len(updated) != 1 || updated[0].Properties["before"].(map[string]any)["got"] != "4" {
		t.Errorf("a failure that got worse: %+v", updated)
	}
	again := read(t, render.RunInput{Run: runtest.Run("6")})
	if diff := cmp.Diff(updated[0].PartialFingerprints, again.find("tenancy.read", "")[0].PartialFingerprints); diff != "" {
		t.Errorf("the fingerprint moves with what came: %s", diff)
	}
}

func TestNothingAssessedIsAnError(t *testing.T) {
	d := read(t, runtest.Empty())
	if r := d.find(render.NothingAssessed, ""); len(r) != 1 || r[0].Level != "error" || d.Runs[0].Invocations[0].ExecutionSuccessful {
		t.Errorf("nothing assessed reads as %+v", d.Runs[0])
	}
}
