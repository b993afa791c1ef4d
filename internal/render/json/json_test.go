package json_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/arxsec/arxctl/docs/schemas"
	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/golden"
	answers "github.com/arxsec/arxctl/internal/render/json"
)

func rendered(t *testing.T, d *questionnaire.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := answers.Format().Render(&b, render.Input{Doc: d, Run: questionnairetest.Run(), RunDigest: questionnairetest.Digest()}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func published(t *testing.T) []byte {
	t.Helper()
	b, err := schemas.Files.ReadFile("arxctl.answers.v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(published(t)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("answers.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("answers.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t *testing.T, b []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return schema(t).Validate(doc)
}

func TestGolden(t *testing.T) {
	got := rendered(t, questionnairetest.Document())
	golden.Equal(t, "every-status.json", got)
	if !bytes.Equal(got, rendered(t, questionnairetest.Document())) {
		t.Error("the same input gave other bytes")
	}
}

func TestPublishedSchemaHolds(t *testing.T) {
	if err := valid(t, rendered(t, questionnairetest.Document())); err != nil {
		t.Errorf("the format breaks its own schema: %v", err)
	}
	if err := valid(t, rendered(t, &questionnaire.Document{Layout: "report", Counts: questionnairetest.Document().Counts})); err != nil {
		t.Errorf("an empty document breaks the schema: %v", err)
	}
}

// A Yes without proof or signature must not pass for a valid file.
func TestSchemaRefusesAnUnbackedYes(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(rendered(t, questionnairetest.Document()), &doc); err != nil {
		t.Fatal(err)
	}
	for _, x := range doc["answers"].([]any) {
		if a := x.(map[string]any); a["status"] == "unproven" {
			a["value"] = "Yes"
		}
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if valid(t, b) == nil {
		t.Error("the schema accepts an unproven Yes")
	}
}

func TestSchemaListsEveryStatus(t *testing.T) {
	var s struct {
		Defs struct {
			Status struct{ Enum []control.Status }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(published(t), &s); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Defs.Status.Enum, control.Statuses()) {
		t.Errorf("schema has %v, the code %v", s.Defs.Status.Enum, control.Statuses())
	}
}
