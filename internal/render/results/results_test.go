package results_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/arxsec/arxctl/docs/schemas"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/results"
	"github.com/arxsec/arxctl/internal/render/runtest"
)

func written(t *testing.T, in render.RunInput) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := results.Format().Render(&b, in); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// valid holds a file against the schema as it is published.
func valid(t *testing.T, b []byte) error {
	t.Helper()
	published, err := schemas.Files.ReadFile("arxctl.results.v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(published))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("results.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("results.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Validate(doc)
}

type doc struct {
	Signed   bool           `json:"signed"`
	Vouched  string         `json:"signature"`
	Assessed int            `json:"assessed"`
	Error    string         `json:"error"`
	Counts   map[string]int `json:"counts"`
	Baseline struct {
		Gone []string `json:"checks_gone"`
	} `json:"baseline"`
	Checks []struct {
		ID           string            `json:"id"`
		Outcome      string            `json:"outcome"`
		Waived       bool              `json:"waived"`
		Observations []json.RawMessage `json:"observations"`
		Troubles     []struct{ Kind, Object, Want, Got, Via, Fix string }
		Before       *struct{ State, Outcome string }
	} `json:"checks"`
}

func read(t *testing.T, b []byte) doc {
	t.Helper()
	var d doc
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPublishedSchemaHolds(t *testing.T) {
	for name, in := range map[string]render.RunInput{"whole": runtest.Input(), "bare": {Run: runtest.Run("5")}, "empty": runtest.Empty()} {
		if err := valid(t, written(t, in)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The schema is of use only when it refuses: an unsigned run that claims to be
// signed, a failure that names no unit, a field that nobody knows.
func TestPublishedSchemaRefuses(t *testing.T) {
	for name, spoil := range map[string]func(map[string]any){
		"signed without a key":      func(d map[string]any) { delete(d, "key_id") },
		"unsigned that says so not": func(d map[string]any) { d["signed"] = false },
		"nothing assessed, silent":  func(d map[string]any) { d["assessed"] = 0 },
		"unknown field":             func(d map[string]any) { d["score"] = 10 },
		"unknown outcome":           func(d map[string]any) { d["checks"].([]any)[0].(map[string]any)["outcome"] = "fine" },
		"failure without units": func(d map[string]any) {
			for _, c := range d["checks"].([]any) {
				c.(map[string]any)["failed_units"] = []any{}
			}
		},
	} {
		var d map[string]any
		if err := json.Unmarshal(written(t, runtest.Input()), &d); err != nil {
			t.Fatal(err)
		}
		spoil(d)
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if valid(t, b) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestEveryObservationIsKept(t *testing.T) {
	d := read(t, written(t, runtest.Input()))
	for o, n := range map[string]int{"pass": 1, "warn": 1, "fail": 2, "inconclusive": 2, "not-applicable": 1, "not-run": 1} {
		if d.Counts[o] != n {
			t.Errorf("counts[%s] = %d, want %d", o, d.Counts[o], n)
		}
	}
	for i, c := range d.Checks {
		want := runtest.Run("5").Records[i]
		if c.Outcome != string(want.Outcome) || len(c.Observations) != len(want.Observations) {
			t.Errorf("%s: %s with %d observations, want %s with %d", c.ID, c.Outcome, len(c.Observations), want.Outcome, len(want.Observations))
		}
		if waived := c.ID == "tenancy.write"; c.Waived != waived {
			t.Errorf("%s: waived %v", c.ID, c.Waived)
		}
		if state := map[string]string{"tenancy.read": "changed"}[c.ID]; state != "" && c.Before.State != state || c.ID == "bootkey.refusal" && c.Before.State != "unchanged" {
			t.Errorf("%s: %s since the baseline", c.ID, c.Before.State)
		}
	}
	if len(d.Baseline.Gone) != 1 || d.Baseline.Gone[0] != "tenancy.gone" {
		t.Errorf("gone since the baseline: %v", d.Baseline.Gone)
	}
}

func TestUnsignedSaysSo(t *testing.T) {
	if d := read(t, written(t, render.RunInput{Run: runtest.Run("5")})); d.Signed || d.Vouched != "UNSIGNED: nobody vouches for this run with a signature" {
		t.Errorf("signed %v, %q", d.Signed, d.Vouched)
	}
	if d := read(t, written(t, runtest.Empty())); d.Error == "" || d.Assessed != 0 {
		t.Errorf("nothing assessed, and the file says %q", d.Error)
	}
}
