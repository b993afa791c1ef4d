// Package junittest reads JUnit XML as a strict consumer would: the rules of the
// schema of Jenkins' xUnit plugin (junit-10.xsd), written down apart from the
// writer, and the counts counted again.
package junittest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// File is what was read.
type File struct {
	Tests, Failures, Errors, Skipped int
	Cases                            []Case
}

// Case is one test case: passed, failure, error or skipped.
type Case struct{ Class, Name, State, Message, Text, Out string }

// Case returns the case of a check.
func (f File) Case(id string) (Case, bool) {
	for _, c := range f.Cases {
		if c.Name == id || strings.HasPrefix(c.Name, id+":") {
			return c, true
		}
	}
	return Case{}, false
}

// rule is what an element may hold.
type rule struct {
	children, attrs, required []string
	text                      bool
}

func rules() map[string]rule {
	problem := rule{attrs: []string{"message", "type"}, text: true}
	return map[string]rule{
		"testsuites": {children: []string{"testsuite"}, attrs: []string{"name", "time", "tests", "failures", "disabled", "errors"}},
		"testsuite": {children: []string{"testsuite", "properties", "testcase", "system-out", "system-err"}, required: []string{"name", "tests", "failures", "errors"},
			attrs: []string{"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "group", "url", "version"}},
		"properties": {children: []string{"property"}},
		"property":   {attrs: []string{"name", "value"}, required: []string{"name", "value"}},
		"testcase": {children: []string{"skipped", "error", "failure", "system-out", "system-err", "properties"},
			attrs: []string{"name", "classname", "time", "status", "assertions", "class", "file", "line", "group"}, required: []string{"name"}},
		"skipped": problem, "error": problem, "failure": problem, "system-out": {text: true}, "system-err": {text: true},
	}
}

type element struct {
	name     string
	attrs    map[string]string
	children []*element
	text     strings.Builder
}

// Read reads a file, or says which rule it breaks.
func Read(b []byte) (File, error) {
	root, err := parse(b)
	if err != nil {
		return File{}, err
	}
	if root.name != "testsuites" {
		return File{}, fmt.Errorf("root is %s, expected testsuites", root.name)
	}
	f := File{}
	for _, s := range root.children {
		var n File
		for _, c := range s.children {
			if c.name == "testcase" {
				n.add(c)
			}
		}
		if err := n.holds(s); err != nil {
			return f, fmt.Errorf("suite %q: %w", s.attrs["name"], err)
		}
		f.Tests, f.Failures, f.Errors, f.Skipped = f.Tests+n.Tests, f.Failures+n.Failures, f.Errors+n.Errors, f.Skipped+n.Skipped
		f.Cases = append(f.Cases, n.Cases...)
	}
	return f, f.holds(root)
}

func (f *File) add(e *element) {
	c := Case{Class: e.attrs["classname"], Name: e.attrs["name"], State: "passed"}
	for _, x := range e.children {
		switch x.name {
		case "failure", "error", "skipped":
			c.State, c.Message, c.Text = x.name, x.attrs["message"], x.text.String()
		case "system-out":
			c.Out = x.text.String()
		}
	}
	f.Tests++
	switch c.State {
	case "failure":
		f.Failures++
	case "error":
		f.Errors++
	case "skipped":
		f.Skipped++
	}
	f.Cases = append(f.Cases, c)
}

// holds compares the counts of an element with what was counted.
func (f *File) holds(e *element) error {
	for name, n := range map[string]int{"tests": f.Tests, "failures": f.Failures, "errors": f.Errors, "skipped": f.Skipped} {
		if v, ok := e.attrs[name]; ok && v != strconv.Itoa(n) {
			return fmt.Errorf("%s=%q, counted %d", name, v, n)
		}
	}
	return nil
}

func parse(b []byte) (*element, error) {
	var stack []*element
	var root *element
	known := rules()
	dec := xml.NewDecoder(bytes.NewReader(b))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch x := tok.(type) {
		case xml.StartElement:
			e := &element{name: x.Name.Local, attrs: map[string]string{}}
			r, ok := known[e.name]
			if !ok {
				return nil, fmt.Errorf("unknown element %s", e.name)
			}
			for _, a := range x.Attr {
				if !has(r.attrs, a.Name.Local) {
					return nil, fmt.Errorf("%s: unknown attribute %s", e.name, a.Name.Local)
				}
				e.attrs[a.Name.Local] = a.Value
			}
			for _, name := range r.required {
				if _, ok := e.attrs[name]; !ok {
					return nil, fmt.Errorf("%s: attribute %s is required", e.name, name)
				}
			}
			if t, ok := e.attrs["time"]; ok && !regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?$`).MatchString(t) {
				return nil, fmt.Errorf("%s: time %q", e.name, t)
			}
			if len(stack) == 0 {
				if root != nil {
					return nil, errors.New("two roots")
				}
				root = e
			} else {
				up := stack[len(stack)-1]
				if !has(known[up.name].children, e.name) {
					return nil, fmt.Errorf("%s inside %s", e.name, up.name)
				}
				up.children = append(up.children, e)
			}
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) == 0 {
				continue
			}
			up := stack[len(stack)-1]
			if !known[up.name].text && strings.TrimSpace(string(x)) != "" {
				return nil, fmt.Errorf("text inside %s", up.name)
			}
			up.text.Write(x)
		case xml.Comment, xml.Directive:
			return nil, errors.New("a comment or a directive")
		}
	}
	if root == nil {
		return nil, errors.New("no root")
	}
	return root, nil
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
