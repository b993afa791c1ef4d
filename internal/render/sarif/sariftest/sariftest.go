// Package sariftest reads SARIF 2.1.0 apart from the writer: strictly into the
// types of a library that others wrote, and against the schema of OASIS, which
// that library carries in its source.
package sariftest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"runtime"
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
	r, err := Load()
	switch {
	case errors.Is(err, ErrMissing):
		t.Skipf("SKIPPED: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	return r
}

// ErrMissing says that there is no schema to validate against.
var ErrMissing = errors.New("not validated: the source of github.com/owenrumney/go-sarif/v3, which carries the SARIF schema, is not in the module cache")

// Load returns a reader, or ErrMissing.
func Load() (*Reader, error) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3")
	_, here, _, _ := runtime.Caller(0)
	cmd.Dir = filepath.Dir(here) // a script runs elsewhere
	out, err := cmd.Output()
	if err != nil || len(bytes.TrimSpace(out)) == 0 {
		return nil, errors.Join(ErrMissing, err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(out)), "pkg/report/v210/sarif/schema.go"), nil, 0)
	if err != nil {
		return nil, err
	}
	text := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && len(lit.Value) > len(text) {
			text = lit.Value
		}
		return true
	})
	if text, err = strconv.Unquote(text); err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	if id, _ := doc.(map[string]any)["id"].(string); !strings.Contains(id, "/sarif-schema-2.1.0.json") {
		return nil, fmt.Errorf("the schema found calls itself %q", id)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", doc); err != nil {
		return nil, err
	}
	schema, err := c.Compile("sarif.json")
	return &Reader{schema}, err
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
