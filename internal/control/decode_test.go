package control_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

const whole = `controls:
  - id: a-claim
    claim: "It is so."
    state: implemented
    subject: product
    scope: poc
    requires: {checks: [x.y]}
    owner: CISO
    fresh: 14d
    refs:
      - {framework: soc2, id: CC6.1, part: true, reason: "because"}
`

func decode(body string) (*control.Library, error) {
	return control.Decode([]yamldoc.File{{Name: "controls/a.yaml", Body: []byte(body)}}, nil)
}

func TestDecodeReadsAControl(t *testing.T) {
	lib, err := decode(whole)
	if err != nil {
		t.Fatal(err)
	}
	c, ok := lib.Control("a-claim")
	if !ok || c.Fresh != 14 || !c.Refs[0].Part || c.At.Of("owner") != 8 || c.Refs[0].At.Line != 11 {
		t.Errorf("got %+v", c)
	}
}

// Each mistake is one a person makes; each error names file, line and field.
func TestDecodeNamesFileLineAndField(t *testing.T) {
	change := func(old, with string) string { return strings.Replace(whole, old, with, 1) }
	for name, c := range map[string]struct{ body, want string }{
		"unknown field":     {change("owner:", "ownr:"), "controls/a.yaml:8: controls[0].ownr: unknown field; expected the fields aliases, claim"},
		"missing field":     {change("    owner: CISO\n", ""), "controls/a.yaml:2: controls[0].owner: missing"},
		"given twice":       {change("    fresh: 14d\n", "    claim: again\n"), "controls/a.yaml:9: controls[0].claim: given twice; first on line 3"},
		"wrong state":       {change("implemented", "done"), `controls/a.yaml:4: controls[0].state: expected one of implemented, planned, not-applicable, got "done"`},
		"wrong framework":   {change("soc2", "soc3"), `controls/a.yaml:11: controls[0].refs[0].framework: expected one of soc2, hipaa, caiq-4.0.3, caiq-4.1.0, mvsp-3.0, got "soc3"`},
		"not a list":        {change("[x.y]", "x.y"), `controls/a.yaml:7: controls[0].requires.checks: expected a list, got "x.y"`},
		"not a flag":        {change("part: true", "part: yes"), `controls[0].refs[0].part: expected true or false, got "yes"`},
		"not days":          {change("14d", "2w"), `controls/a.yaml:9: controls[0].fresh: expected a number of days as 30d`},
		"a bad id":          {change("a-claim", "A claim"), `controls/a.yaml:2: controls[0].id: expected an id as tenant-isolation-rls, got "A claim"`},
		"text in an alias":  {change(`"It is so."`, "&x It is so"), "controls/a.yaml:3: controls[0].claim: anchors and aliases are not used"},
		"nothing":           {"", "controls/a.yaml: the file is empty; expected the field controls"},
		"a list, not a map": {"- a\n", "controls/a.yaml:1: expected the field controls, got a list"},
		"not YAML":          {"controls:\n  - id: [\n", "controls/a.yaml:"},
		"two documents":     {whole + "---\n" + whole, "controls/a.yaml:12: expected one YAML document"},
		"the same id twice": {whole + strings.TrimPrefix(whole, "controls:\n"), `controls/a.yaml:12: id: there are two controls "a-claim"; the first is at controls/a.yaml:2`},
	} {
		_, err := decode(c.body)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got\n%v\nwant\n%s", name, err, c.want)
		}
	}
}

func TestDecodeWantsWholeAttestations(t *testing.T) {
	_, err := control.Decode(nil, []yamldoc.File{{Name: "a.yaml", Body: []byte(`attestations:
  - id: one
    statement: it is so
    date: 2026-13-01
    expires: 2026-01-01
    artefact: {name: paper, sha256: ABC}
`)}})
	for _, want := range []string{"a.yaml:2: attestations[0].role: missing", "a.yaml:4: attestations[0].date: expected a date as 2026-09-01", "a.yaml:6: attestations[0].artefact: expected sha256 as 64"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got\n%v\nwant\n%s", err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(whole)
	f.Add("controls: [*a, {<<: 1}, &b [ ]]\n")
	f.Add("controls: {a: b}\n? [1]\n: 2\n")
	f.Fuzz(func(t *testing.T, body string) {
		lib, err := control.Decode([]yamldoc.File{{Name: "f", Body: []byte(body)}}, []yamldoc.File{{Name: "g", Body: []byte(body)}})
		if lib == nil {
			t.Fatal("no library")
		}
		if err != nil && !strings.HasPrefix(err.Error(), "f") && !strings.HasPrefix(err.Error(), "g") {
			t.Errorf("an error that does not name its file: %v", err)
		}
		control.Assess(lib, nil, today)
	})
}
