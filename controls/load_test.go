package controls_test

import (
	"bytes"
	"embed"
	"io/fs"
	"testing"
	"time"

	"github.com/arxsec/arxctl/controls"
	"github.com/arxsec/arxctl/templates"
	"github.com/arxsec/arxctl/testdata"
	"gopkg.in/yaml.v3"
)

type control struct {
	ID       string `yaml:"id"`
	Claim    string `yaml:"claim"`
	State    string `yaml:"state"`
	Subject  string `yaml:"subject"`
	Scope    string `yaml:"scope"`
	Requires struct {
		Checks       []string `yaml:"checks"`
		Attestations []string `yaml:"attestations"`
		Awaits       []string `yaml:"awaits"`
	} `yaml:"requires"`
	Owner        string `yaml:"owner"`
	Target       string `yaml:"target"`
	Reason       string `yaml:"reason"`
	Fresh        string `yaml:"fresh"`
	DoesNotProve string `yaml:"does_not_prove"`
	Refs         []struct {
		Framework string `yaml:"framework"`
		ID        string `yaml:"id"`
		Part      bool   `yaml:"part"`
		Reason    string `yaml:"reason"`
	} `yaml:"refs"`
	POC     string   `yaml:"poc"`
	Aliases []string `yaml:"aliases"`
}

type sample struct {
	ID        string    `yaml:"id"`
	Statement string    `yaml:"statement"`
	Role      string    `yaml:"role"`
	Date      time.Time `yaml:"date"`
	Expires   time.Time `yaml:"expires"`
	Artefact  struct {
		Name   string `yaml:"name"`
		SHA256 string `yaml:"sha256"`
	} `yaml:"artefact"`
	Sample bool `yaml:"sample"`
}

type question struct {
	ID             string   `yaml:"id"`
	Topic          string   `yaml:"topic"`
	Decide         []string `yaml:"decide"`
	Mention        []string `yaml:"mention"`
	POC            string   `yaml:"poc"`
	Requirement    string   `yaml:"requirement"`
	Citation       string   `yaml:"citation"`
	SuggestedOwner string   `yaml:"suggested_owner"`
	SSRM           string   `yaml:"ssrm"`
	Text           string   `yaml:"text"`
}

type questionnaire struct {
	ID        string `yaml:"id"`
	Title     string `yaml:"title"`
	Framework string `yaml:"framework"`
	Layout    string `yaml:"layout"`
	Notice    string `yaml:"notice"`
	Sections  []struct {
		ID        string     `yaml:"id"`
		Title     string     `yaml:"title"`
		Questions []question `yaml:"questions"`
	} `yaml:"sections"`
	NotVerifiable []struct {
		What    string `yaml:"what"`
		Instead string `yaml:"instead"`
	} `yaml:"not_verifiable"`
	Variables []struct {
		Name    string `yaml:"name"`
		What    string `yaml:"what"`
		Example string `yaml:"example"`
	} `yaml:"variables"`
}

func (q questionnaire) all() []question {
	var out []question
	for _, s := range q.Sections {
		out = append(out, s.Questions...)
	}
	return out
}

// referred are the questionnaires whose questions a control refers to: what decides one and what is only mentioned
// follows from the references.
func referred() []string { return []string{"soc2", "hipaa", "caiq-4.0.3", "caiq-4.1.0", "mvsp-3.0"} }

// everyQuestionnaire is what arxctl ships.
func everyQuestionnaire() []string { return append([]string{"sig-lite"}, referred()...) }

func loadControls(t *testing.T) []control {
	t.Helper()
	var out []control
	for _, name := range yamlFiles(t, controls.FS) {
		var file struct {
			Controls []control `yaml:"controls"`
		}
		decode(t, controls.FS, name, &file)
		if len(file.Controls) == 0 {
			t.Errorf("%s holds no control", name)
		}
		out = append(out, file.Controls...)
	}
	return out
}

func loadSamples(t *testing.T) []sample {
	t.Helper()
	var file struct {
		Attestations []sample `yaml:"attestations"`
	}
	decode(t, testdata.Attestations, "attestations/sample.yaml", &file)
	return file.Attestations
}

func loadQuestionnaire(t *testing.T, id string) questionnaire {
	t.Helper()
	var q questionnaire
	decode(t, templates.Questionnaires, "questionnaires/"+id+".yaml", &q)
	if q.ID != id || q.Framework != id {
		t.Errorf("questionnaire %s calls itself %s, framework %s", id, q.ID, q.Framework)
	}
	return q
}

// decode is strict: a field that the schema does not know is an error with its line.
func decode(t *testing.T, from embed.FS, name string, into any) {
	t.Helper()
	data, err := from.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func yamlFiles(t *testing.T, from embed.FS) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// eachScalar calls f with every string in every shipped YAML file.
func eachScalar(t *testing.T, f func(file string, line int, text string)) {
	t.Helper()
	for _, from := range []embed.FS{controls.FS, templates.Questionnaires, testdata.Attestations, testdata.Customers} {
		for _, name := range yamlFiles(t, from) {
			var root yaml.Node
			data, err := from.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := yaml.Unmarshal(data, &root); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			walk(&root, func(n *yaml.Node) { f(name, n.Line, n.Value) })
		}
	}
}

func walk(n *yaml.Node, f func(*yaml.Node)) {
	if n.Kind == yaml.ScalarNode {
		f(n)
	}
	for _, c := range n.Content {
		walk(c, f)
	}
}
