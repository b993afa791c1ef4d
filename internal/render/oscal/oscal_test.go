package oscal_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/golden"
	"github.com/arxsec/arxctl/internal/render/oscal"
	"github.com/arxsec/arxctl/internal/render/oscal/oscaltest"
	"github.com/arxsec/arxctl/internal/render/runtest"
)

func written(t *testing.T, in render.RunInput) []byte {
	t.Helper()
	return runtest.Written(t, oscal.Format(), in)
}

func read(t *testing.T, in render.RunInput) oscaltest.File {
	t.Helper()
	f, err := oscaltest.Read(written(t, in))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestGolden(t *testing.T) {
	got := written(t, runtest.Input())
	golden.Equal(t, "every-outcome.json", got)
}

func TestSchemaHolds(t *testing.T) {
	schema := oscaltest.Schema(t)
	for name, in := range map[string]render.RunInput{"whole": runtest.Input(), "bare": {Run: runtest.Run("5")}, "empty": runtest.Empty()} {
		b := written(t, in)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		doc, err = jsonschema.UnmarshalJSON(bytes.NewReader(bytes.Replace(b, []byte(`"state": "not-satisfied"`), []byte(`"state": "perhaps"`), 1)))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(doc) == nil {
			t.Errorf("%s: the schema accepts a state that OSCAL does not know", name)
		}
	}
}

func TestSatisfiedOrNotWithReason(t *testing.T) {
	f := read(t, runtest.Input())
	for check, want := range map[string]string{"auditlog.guard": "not-satisfied/other", "bootkey.refusal": "satisfied/pass", "ratelimit.budget": "not-satisfied/other",
		"tenancy.pool": "not-satisfied/other", "tenancy.read": "not-satisfied/fail", "tenancy.server": "satisfied/pass", "tenancy.write": "not-satisfied/fail"} {
		x, ok := f.Finding(check)
		if got := x.Target.Status.State + "/" + x.Target.Status.Reason; !ok || got != want || x.Target.Status.Remarks == "" {
			t.Errorf("%s is %s (%q), want %s", check, got, x.Target.Status.Remarks, want)
		}
	}
	if x, ok := f.Finding("auditlog.chain"); ok {
		t.Errorf("a check that does not apply is %s", x.Target.Status.State)
	}
	if f.AR.Metadata.OSCAL != "1.2.1" {
		t.Errorf("oscal-version %s", f.AR.Metadata.OSCAL)
	}
	for _, c := range f.AR.Results[0].Reviewed.Selections[0].Include {
		if c.ID == "ratelimit.budget" {
			t.Error("a check that did not run is listed as reviewed")
		}
	}
}

func TestFailingUnitIsAnObservationWithItsEvidence(t *testing.T) {
	for _, o := range read(t, runtest.Input()).AR.Results[0].Observations {
		if !strings.HasPrefix(o.Title, "public.runs: rows of B") {
			continue
		}
		for _, s := range []string{"Object: public.runs", "Want: 0", "Got: 5", "SELECT count(*) FROM public.runs"} {
			if !strings.Contains(o.Evidence[0].Description, s) {
				t.Errorf("the evidence does not say %q: %s", s, o.Evidence[0].Description)
			}
		}
		if !strings.Contains(o.Remarks, "Enable row security on public.runs.") || o.Collected != "2026-11-21T09:00:00.120Z" || o.Expires != "2026-12-21T09:00:00.120Z" || o.Methods[0] != "EXAMINE" {
			t.Errorf("observation %+v", o)
		}
		return
	}
	t.Error("no observation of public.runs")
}

func TestMethodFollowsWhatACheckDoes(t *testing.T) {
	in := render.RunInput{Run: runtest.Run("5")}
	in.Run.Records[2].Check.Effects = []string{"rolled back"}
	for _, o := range read(t, in).AR.Results[0].Observations {
		want := "EXAMINE"
		if o.Props[0].Value == "bootkey.refusal" {
			want = "TEST"
		}
		if len(o.Methods) != 1 || o.Methods[0] != want {
			t.Errorf("%s: %v", o.Props[0].Value, o.Methods)
		}
	}
}

func TestWaivedIsAnApprovedDeviationAndNotSatisfied(t *testing.T) {
	f := read(t, runtest.Input())
	status := map[string]string{}
	for _, r := range f.AR.Results[0].Risks {
		status[strings.SplitN(r.Title, ":", 2)[0]] = r.Status + " " + r.Deadline
		if strings.HasPrefix(r.Title, "tenancy.read") && !strings.Contains(r.Description, "expired 2026\\-11\\-20") && !strings.Contains(r.Description, "expired 2026-11-20") {
			t.Errorf("the expired waiver is not mentioned: %s", r.Description)
		}
	}
	want := map[string]string{"auditlog.guard": "open ", "tenancy.pool": "open ", "tenancy.read": "open ", "tenancy.write": "deviation-approved 2026-12-21T09:00:00.000Z"}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Error(diff)
	}
}

func TestSameRunSameIDs(t *testing.T) {
	if !bytes.Equal(written(t, runtest.Input()), written(t, runtest.Input())) {
		t.Error("the same input gave other bytes")
	}
	other := runtest.Input()
	other.Digest = runtest.KeyID()
	if read(t, runtest.Input()).AR.UUID == read(t, other).AR.UUID {
		t.Error("two runs share an id")
	}
}

func TestNothingAssessedIsNotSatisfied(t *testing.T) {
	for name, in := range map[string]render.RunInput{"not run": runtest.Empty(), "no check": {Run: runtest.Run("")}} {
		if name == "no check" {
			in.Run.Records = nil
		}
		if x, ok := read(t, in).Finding(render.NothingAssessed); !ok || x.Target.Status.State != "not-satisfied" {
			t.Errorf("%s: %+v", name, x)
		}
	}
}
