// Package oscaltest reads OSCAL assessment results apart from the writer: against
// NIST's schema where a checkout has it beside it, and always for what a schema
// cannot say: that ids are unique, version 5, and lead somewhere.
package oscaltest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaPath = "shared/schemas/oscal_assessment-results_schema.json"

// Schema returns NIST's schema, from shared/schemas beside the repository or
// above it. Where it is not there the test is skipped, and says what is missing.
func Schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	s, err := Load()
	switch {
	case errors.Is(err, ErrMissing):
		t.Skipf("SKIPPED: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	return s
}

// ErrMissing says that there is no schema to validate against.
var ErrMissing = errors.New("not validated against NIST's schema: there is no " + schemaPath + " beside this repository or above it")

// Load returns NIST's schema, or ErrMissing.
func Load() (*jsonschema.Schema, error) {
	_, here, _, _ := runtime.Caller(0)
	for dir := filepath.Dir(here); ; dir = filepath.Dir(dir) {
		f, err := os.Open(filepath.Join(dir, schemaPath))
		if errors.Is(err, os.ErrNotExist) {
			if dir == filepath.Dir(dir) {
				return nil, ErrMissing
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		doc, err := jsonschema.UnmarshalJSON(f)
		if err != nil {
			return nil, err
		}
		unnamed(doc)
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource("oscal-ar.json", doc); err != nil {
			return nil, err
		}
		return c.Compile("oscal-ar.json")
	}
}

// unnamed drops the $id of each definition: NIST writes JSON pointers there, which
// draft 7 allows in $ref only. The references lead to the same places without.
func unnamed(v any) {
	switch x := v.(type) {
	case map[string]any:
		if id, ok := x["$id"].(string); ok && strings.HasPrefix(id, "#/") {
			delete(x, "$id")
		}
		for _, y := range x {
			unnamed(y)
		}
	case []any:
		for _, y := range x {
			unnamed(y)
		}
	}
}

// File is what the tests look at.
type File struct {
	AR struct {
		UUID     string
		ImportAP struct{ Href string } `json:"import-ap"`
		Metadata struct {
			OSCAL string `json:"oscal-version"`
		}
		Results []struct {
			Reviewed struct {
				Selections []struct {
					Include []struct {
						ID string `json:"control-id"`
					} `json:"include-controls"`
				} `json:"control-selections"`
			} `json:"reviewed-controls"`
			Observations []Observation
			Risks        []struct{ UUID, Title, Description, Status, Deadline string }
			Findings     []Finding
			Remarks      string
		}
	} `json:"assessment-results"`
}

// Observation is an observation.
type Observation struct {
	UUID, Title, Description, Collected, Expires, Remarks string
	Methods, Types                                        []string
	Props                                                 []struct{ Name, Value string }
	Evidence                                              []struct{ Href, Description string } `json:"relevant-evidence"`
}

// Finding is a finding.
type Finding struct {
	UUID, Title, Description, Remarks string
	Target                            struct {
		ID     string `json:"target-id"`
		Status struct{ State, Reason, Remarks string }
	}
	Risks []struct {
		UUID string `json:"risk-uuid"`
	} `json:"related-risks"`
}

// Finding returns the finding about a check.
func (f File) Finding(check string) (Finding, bool) {
	for _, x := range f.AR.Results[0].Findings {
		if x.Target.ID == check+"-objective" {
			return x, true
		}
	}
	return Finding{}, false
}

// Read reads a file and holds its references.
func Read(b []byte) (File, error) {
	var f File
	if err := json.Unmarshal(b, &f); err != nil {
		return f, err
	}
	var tree any
	if err := json.Unmarshal(b, &tree); err != nil {
		return f, err
	}
	ids, refs := map[string]bool{}, []string{}
	err := walk(tree, func(key, value string) error {
		switch {
		case key == "uuid":
			if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(value) {
				return fmt.Errorf("%q is no UUID version 5", value)
			}
			if ids[value] {
				return fmt.Errorf("%s names two things", value)
			}
			ids[value] = true
		case strings.HasSuffix(key, "-uuid"):
			refs = append(refs, value)
		case key == "href" && strings.HasPrefix(value, "#"):
			refs = append(refs, value[1:])
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	for _, r := range refs {
		if !ids[r] {
			return f, fmt.Errorf("%s leads nowhere", r)
		}
	}
	if len(f.AR.Results) != 1 {
		return f, fmt.Errorf("%d results", len(f.AR.Results))
	}
	return f, nil
}

func walk(v any, see func(key, value string) error) error {
	switch x := v.(type) {
	case map[string]any:
		for k, y := range x {
			if s, ok := y.(string); ok {
				if err := see(k, s); err != nil {
					return err
				}
			}
			if err := walk(y, see); err != nil {
				return err
			}
		}
	case []any:
		for _, y := range x {
			if err := walk(y, see); err != nil {
				return err
			}
		}
	}
	return nil
}
