// Package ocsftest reads OCSF events apart from the writer: the attributes that
// version 1.5.0 lists for the class Compliance Finding and the objects in it,
// which of them are required, and what their numbers may be.
package ocsftest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Event is an event as a consumer sees it.
type Event map[string]any

// Get follows attributes; nil when one is missing.
func (e Event) Get(path ...string) any {
	var v any = map[string]any(e)
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

// attribute is what the schema says of one attribute.
type attribute struct {
	name     string
	kind     string // string, int, bool, time, strings, json, or an object's name; objects are written name[]
	required bool
	enum     []float64
}

func schema() map[string][]attribute {
	req := func(name, kind string, enum ...float64) attribute { return attribute{name, kind, true, enum} }
	opt := func(name, kind string, enum ...float64) attribute { return attribute{name, kind, false, enum} }
	compliance := []float64{0, 1, 2, 3, 99}
	return map[string][]attribute{
		"compliance_finding": {req("activity_id", "int", 0, 1, 2, 3, 99), opt("activity_name", "string"), req("category_uid", "int", 2), opt("category_name", "string"),
			req("class_uid", "int", 2003), opt("class_name", "string"), req("type_uid", "int"), opt("type_name", "string"), req("severity_id", "int", 0, 1, 2, 3, 4, 5, 6, 99), opt("severity", "string"),
			opt("status_id", "int", 0, 1, 2, 3, 4, 5, 6, 99), opt("status", "string"), opt("status_code", "string"), opt("status_detail", "string"), req("time", "time"), opt("start_time", "time"), opt("end_time", "time"),
			opt("message", "string"), opt("comment", "string"), req("metadata", "metadata"), req("finding_info", "finding_info"), req("compliance", "compliance"), opt("resources", "resource_details[]"),
			opt("evidences", "evidences[]"), opt("remediation", "remediation"), opt("unmapped", "json")},
		"metadata": {req("version", "string"), req("product", "product"), opt("uid", "string"), opt("correlation_uid", "string"), opt("log_name", "string"), opt("log_provider", "string"),
			opt("original_time", "string"), opt("labels", "strings")},
		"product":          {opt("name", "string"), opt("vendor_name", "string"), opt("version", "string"), opt("uid", "string")},
		"finding_info":     {req("uid", "string"), opt("title", "string"), opt("desc", "string"), opt("created_time", "time"), opt("last_seen_time", "time"), opt("types", "strings"), opt("analytic", "analytic")},
		"analytic":         {opt("name", "string"), opt("uid", "string"), req("type_id", "int", 0, 1, 2, 3, 4, 99), opt("type", "string"), opt("version", "string")},
		"compliance":       {opt("standards", "strings"), opt("control", "string"), opt("desc", "string"), opt("status_id", "int", compliance...), opt("status", "string"), opt("status_code", "string"), opt("status_details", "strings"), opt("checks", "check[]")},
		"check":            {opt("uid", "string"), opt("name", "string"), opt("desc", "string"), opt("version", "string"), opt("standards", "strings"), opt("status_id", "int", compliance...), opt("status", "string")},
		"resource_details": {opt("name", "string"), opt("uid", "string"), opt("type", "string")},
		"evidences":        {opt("uid", "string"), opt("name", "string"), req("data", "json")}, // at least one of many; data is the one we use
		"remediation":      {req("desc", "string")},
	}
}

// Read reads a file of one event a line, or says what is wrong with it.
func Read(b []byte) ([]Event, error) {
	var events []Event
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, len(b)+1)
	for n := 1; lines.Scan(); n++ {
		var e Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if err := object("compliance_finding", map[string]any(e)); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if want := e.Get("class_uid").(float64)*100 + e.Get("activity_id").(float64); e.Get("type_uid") != want {
			return nil, fmt.Errorf("line %d: type_uid %v, want %v", n, e.Get("type_uid"), want)
		}
		events = append(events, e)
	}
	return events, lines.Err()
}

func object(name string, v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%s is no object", name)
	}
	known := map[string]bool{}
	for _, a := range schema()[name] {
		known[a.name] = true
		x, there := m[a.name]
		if !there {
			if a.required {
				return fmt.Errorf("%s: %s is required", name, a.name)
			}
			continue
		}
		if err := a.holds(x); err != nil {
			return fmt.Errorf("%s.%s: %w", name, a.name, err)
		}
	}
	for k := range m {
		if !known[k] {
			return fmt.Errorf("%s has no attribute %s", name, k)
		}
	}
	if name == "product" || name == "resource_details" || name == "analytic" {
		if m["name"] == nil && m["uid"] == nil {
			return fmt.Errorf("%s has neither name nor uid", name)
		}
	}
	return nil
}

func (a attribute) holds(v any) error {
	ok := true
	switch a.kind {
	case "json":
	case "string":
		_, ok = v.(string)
	case "int", "time":
		var n float64
		n, ok = v.(float64)
		ok = ok && n == math.Trunc(n) && (a.kind != "time" || n > 1e12)
		if ok && len(a.enum) > 0 && !slices.Contains(a.enum, n) {
			return fmt.Errorf("%v is not one of %v", n, a.enum)
		}
	case "strings":
		list, is := v.([]any)
		ok = is
		for _, x := range list {
			_, is := x.(string)
			ok = ok && is
		}
	default:
		if name, many := bytes.CutSuffix([]byte(a.kind), []byte("[]")); many {
			list, is := v.([]any)
			if !is {
				return fmt.Errorf("%v is no list", v)
			}
			for _, x := range list {
				if err := object(string(name), x); err != nil {
					return err
				}
			}
			return nil
		}
		return object(a.kind, v)
	}
	if !ok {
		return fmt.Errorf("%v is no %s", v, a.kind)
	}
	return nil
}
