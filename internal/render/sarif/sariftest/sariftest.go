// Package sariftest reads SARIF 2.1.0 apart from the writer: strictly into the
// types of a library that others wrote, and against the schema of OASIS, which
// that library carries in its source.
package sariftest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Reader reads logs.
type Reader struct{ schema *jsonschema.Schema }

// New returns a reader. Where the library's source cannot be found it skips the
// test and says so: without the schema nothing was validated.
func New(t testing.TB) *Reader {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil || len(out) == 0 {
		t.Skipf("SKIPPED, not validated: the source of github.com/owenrumney/go-sarif/v3, which carries the SARIF schema, is not in the module cache: %v", err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(out)), "pkg/report/v210/sarif/schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && len(lit.Value) > len(text) {
			text = lit.Value
		}
		return true
	})
	if text, err = strconv.Unquote(text); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if id, _ := doc.(map[string]any)["id"].(string); !strings.Contains(id, "/sarif-schema-2.1.0.json") {
		t.Fatalf("the schema found calls itself %q", id)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return &Reader{schema}
}

// Read reads a log, or says what is wrong with it: a property that SARIF does not
// know, or one that breaks the schema.
func (r *Reader) Read(b []byte) (*sarif.Report, error) {
	var report sarif.Report
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&report); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, errors.New("something follows the log")
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return &report, r.schema.Validate(doc)
}
