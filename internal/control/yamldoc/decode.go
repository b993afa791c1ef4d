package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

var (
	atType   = reflect.TypeFor[At]()
	dateType = reflect.TypeFor[Date]()
	daysType = reflect.TypeFor[Days]()
	pairType = reflect.TypeFor[[]Pair]()
	textType = reflect.TypeFor[Texts]()
)

// Decode fills the struct that into points to from one YAML document. It
// returns Findings: every field that is unknown, given twice or of the wrong
// kind, with file and line; what could be decoded is decoded all the same.
// Anchors, aliases and merge keys are refused: a reader must see each value
// where it stands. Beyond mostFindings nothing more is looked at.
func Decode(file string, b []byte, into any) error {
	d := &decoder{file: file}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return Findings{{File: file, Message: "the file is empty; expected " + fieldsOf(reflect.TypeOf(into).Elem())}}
		}
		return Findings{syntax(file, err)}
	}
	var more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		if err != nil {
			return Findings{syntax(file, err)}
		}
		return Findings{{File: file, Line: more.Line, Message: "expected one YAML document, found another after ---"}}
	}
	if len(doc.Content) == 1 {
		d.value(doc.Content[0], reflect.ValueOf(into).Elem(), "")
	}
	return d.found.Err()
}

// mostFindings is how many findings of one file are reported: a person mends no
// more at once, and a file of a million mistakes must not cost a million reports.
const mostFindings = 100

type decoder struct {
	file  string
	found Findings
}

func (d *decoder) full() bool { return len(d.found) > mostFindings }

func (d *decoder) bad(n *yaml.Node, field, format string, a ...any) {
	switch {
	case d.full():
		return
	case len(d.found) == mostFindings:
		field, format, a = "", "there is more; mend the first %d findings of this file, and look again", []any{mostFindings}
	}
	d.found = append(d.found, Finding{File: d.file, Line: n.Line, Field: field, Message: fmt.Sprintf(format, a...)})
}

func (d *decoder) value(n *yaml.Node, v reflect.Value, field string) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		d.bad(n, field, "anchors and aliases are not used in this file; write the value out")
		return
	}
	switch v.Type() {
	case dateType:
		if s, ok := d.scalar(n, field, "a date as 2026-09-01"); ok {
			t, err := time.Parse(time.DateOnly, s)
			if err != nil {
				d.bad(n, field, "expected a date as 2026-09-01, got %q", s)
				return
			}
			v.Set(reflect.ValueOf(Date{t}))
		}
		return
	case daysType:
		if s, ok := d.scalar(n, field, "a number of days as 30d"); ok {
			days, found := strings.CutSuffix(s, "d")
			k, err := strconv.Atoi(days)
			if !found || err != nil || k < 1 || k > 3660 {
				d.bad(n, field, "expected a number of days as 30d (1d to 3660d), got %q", s)
				return
			}
			v.SetInt(int64(k))
		}
		return
	}
	switch v.Type() {
	case pairType:
		v.Set(reflect.ValueOf(d.pairs(n, field)))
		return
	case textType:
		v.Set(reflect.ValueOf(d.texts(n, field)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.block(n, v, field)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			d.bad(n, field, "expected a list, got %s", shape(n))
			return
		}
		list := reflect.MakeSlice(v.Type(), 0, len(n.Content))
		for i, item := range n.Content {
			if d.full() {
				break
			}
			x, before := reflect.New(v.Type().Elem()).Elem(), len(d.found)
			d.value(item, x, fmt.Sprintf("%s[%d]", field, i))
			if item.Kind == yaml.MappingNode && item.Anchor == "" || len(d.found) == before {
				list = reflect.Append(list, x) // what is no item at all was reported, and is left out
			}
		}
		v.Set(list)
	case reflect.Map:
		d.table(n, v, field)
	case reflect.Bool:
		if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
			d.bad(n, field, "expected true or false, got %s", shape(n))
			return
		}
		v.SetBool(n.Value == "true")
	case reflect.String:
		if s, ok := d.scalar(n, field, "text"); ok {
			v.SetString(s)
		}
	default:
		d.bad(n, field, "cannot be decoded into %s", v.Type())
	}
}

// scalar returns text as it was written: 1.10 stays 1.10 and No stays No.
func (d *decoder) scalar(n *yaml.Node, field, want string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" {
		d.bad(n, field, "expected %s, got %s", want, shape(n))
		return "", false
	}
	return strings.TrimSpace(n.Value), true
}

func (d *decoder) block(n *yaml.Node, v reflect.Value, field string) {
	if n.Kind != yaml.MappingNode {
		d.bad(n, field, "expected %s, got %s", fieldsOf(v.Type()), shape(n))
		return
	}
	at := At{File: d.file, Line: n.Line, Fields: map[string]int{}}
	for i := 0; i+1 < len(n.Content) && !d.full(); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		name := join(field, key.Value)
		if _, twice := at.Fields[key.Value]; twice {
			d.bad(key, name, "given twice; first on line %d", at.Fields[key.Value])
			continue
		}
		at.Fields[key.Value] = key.Line
		f, ok := fieldNamed(v, key.Value)
		if !ok || key.Kind != yaml.ScalarNode {
			d.bad(key, name, "unknown field; expected %s", fieldsOf(v.Type()))
			continue
		}
		d.value(val, f, name)
	}
	for i := range v.NumField() {
		if v.Type().Field(i).Type == atType {
			v.Field(i).Set(reflect.ValueOf(at))
		}
	}
}

// table decodes a map of text to text; the keys are the writer's own.
func (d *decoder) table(n *yaml.Node, v reflect.Value, field string) {
	if n.Kind != yaml.MappingNode {
		d.bad(n, field, "expected names with values, got %s", shape(n))
		return
	}
	out, lines := reflect.MakeMap(v.Type()), map[string]int{}
	for i := 0; i+1 < len(n.Content) && !d.full(); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			d.bad(key, field, "expected a name, got %s", shape(key))
			continue
		}
		if first, twice := lines[key.Value]; twice {
			d.bad(key, join(field, key.Value), "given twice; first on line %d", first)
			continue
		}
		lines[key.Value] = key.Line
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(val, item, join(field, key.Value))
		out.SetMapIndex(reflect.ValueOf(key.Value), item)
	}
	v.Set(out)
}

// pairs decodes a table whose values are one text or a list of texts.
func (d *decoder) pairs(n *yaml.Node, field string) []Pair {
	if n.Kind != yaml.MappingNode {
		d.bad(n, field, "expected names with values, got %s", shape(n))
		return nil
	}
	var out []Pair
	for i := 0; i+1 < len(n.Content) && !d.full(); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		name, ok := d.scalar(key, field, "a name")
		if !ok {
			continue
		}
		if j := slices.IndexFunc(out, func(p Pair) bool { return p.Name == name }); j >= 0 {
			d.bad(key, join(field, name), "given twice; first on line %d", out[j].Line)
			continue
		}
		out = append(out, Pair{Name: name, Values: d.texts(val, join(field, name)), File: d.file, Line: key.Line})
	}
	return out
}

// texts decodes one text, or a list of them.
func (d *decoder) texts(n *yaml.Node, field string) Texts {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode && n.Anchor == "" {
		items = n.Content
		if len(items) == 0 {
			d.bad(n, field, "expected at least one value")
		}
	}
	var out Texts
	for _, item := range items {
		if d.full() {
			break
		}
		var s string
		d.value(item, reflect.ValueOf(&s).Elem(), field)
		out = append(out, s)
	}
	return out
}

func fieldNamed(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if tag := v.Type().Field(i).Tag.Get("yaml"); tag == name && tag != "-" {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func fieldsOf(t reflect.Type) string {
	var names []string
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("yaml"); tag != "" && tag != "-" {
			names = append(names, tag)
		}
	}
	slices.Sort(names)
	if len(names) == 1 {
		return "the field " + names[0]
	}
	return "the fields " + strings.Join(names, ", ")
}

func shape(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a block of fields"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.AliasNode:
		return "an alias"
	case n.Tag == "!!null" || strings.TrimSpace(n.Value) == "":
		return "nothing"
	case len(n.Value) > 60:
		return strconv.Quote(n.Value[:60] + "...")
	}
	return strconv.Quote(n.Value)
}

func join(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}

var syntaxLine = regexp.MustCompile(`line (\d+): `)

func syntax(file string, err error) Finding {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	f := Finding{File: file, Message: "not valid YAML: " + text}
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		f.Line, _ = strconv.Atoi(m[1])
		f.Message = "not valid YAML: " + strings.Replace(text, m[0], "", 1)
	}
	return f
}
