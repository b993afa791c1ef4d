package main

import (
	"bytes"
	"errors"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/arxsec/arxctl/docs/schemas"
	"github.com/arxsec/arxctl/internal/render/github/githubtest"
	"github.com/arxsec/arxctl/internal/render/junit/junittest"
	"github.com/arxsec/arxctl/internal/render/ocsf/ocsftest"
	"github.com/arxsec/arxctl/internal/render/oscal/oscaltest"
	"github.com/arxsec/arxctl/internal/render/sarif/sariftest"
)

// valid reads a file apart from its writer, by schema or by the format's rules:
// valid sarif out.sarif. A schema that is not here is named in the log.
func valid(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: valid FORMAT FILE")
	}
	b := []byte(ts.ReadFile(args[1]))
	var err error
	switch args[0] {
	case "json":
		err = validJSON(b, "arxctl.results.v1.schema.json")
	case "answers":
		err = validJSON(b, "arxctl.answers.v1.schema.json")
	case "verified":
		err = validJSON(b, "arxctl.verified.v1.schema.json")
	case "run":
		err = validJSON(b, "arxctl.run.v1.schema.json")
	case "junit":
		_, err = junittest.Read(b)
	case "ocsf":
		_, err = ocsftest.Read(b)
	case "github":
		_, err = githubtest.Read(b)
	case "sarif":
		var r *sariftest.Reader
		if r, err = sariftest.Load(); err == nil {
			_, err = r.Read(b)
		}
	case "oscal":
		if _, err = oscaltest.Read(b); err == nil {
			var schema *jsonschema.Schema
			if schema, err = oscaltest.Load(); err == nil {
				err = against(schema, b)
			}
		}
	default:
		ts.Fatalf("valid: unknown format %s", args[0])
	}
	switch {
	case errors.Is(err, sariftest.ErrMissing), errors.Is(err, oscaltest.ErrMissing):
		ts.Logf("SKIPPED for %s: %v", args[1], err)
	case err != nil && !neg:
		ts.Fatalf("%s is no valid %s: %v", args[1], args[0], err)
	case err == nil && neg:
		ts.Fatalf("%s is valid %s, and should not be", args[1], args[0])
	}
}

// validJSON holds a file against a schema that we publish.
func validJSON(b []byte, name string) error {
	published, err := schemas.Files.ReadFile(name)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(published))
	if err != nil {
		return err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, doc); err != nil {
		return err
	}
	schema, err := c.Compile(name)
	if err != nil {
		return err
	}
	return against(schema, b)
}

func against(schema *jsonschema.Schema, b []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	return schema.Validate(doc)
}
