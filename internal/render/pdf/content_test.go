package pdf

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/controls"
	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/templates"
	"github.com/arxsec/arxctl/testdata"
)

// shipped renders every questionnaire that the binary carries from a run.
func shipped(t *testing.T, pick func(check string) (evidence.Evidence, bool)) map[*questionnaire.Document]render.Input {
	t.Helper()
	files := func(list []yamldoc.File, err error) []yamldoc.File {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	lib, err := control.Decode(files(yamldoc.Files(controls.FS, "controls")), files(yamldoc.Files(testdata.Attestations, "testdata")))
	if err != nil {
		t.Fatal(err)
	}
	customer, err := questionnaire.DecodeCustomer(files(yamldoc.Files(testdata.Customers, "testdata"))[0])
	if err != nil {
		t.Fatal(err)
	}
	r := questionnairetest.Run()
	r.Records = nil
	seen := map[string]bool{}
	for _, c := range lib.Controls {
		for _, id := range c.Requires.Checks {
			if e, ok := pick(id); ok && !seen[id] {
				r.Records = append(r.Records, e)
			}
			seen[id] = true
		}
	}
	inputs := map[*questionnaire.Document]render.Input{}
	for _, f := range files(yamldoc.Files(templates.Questionnaires, "templates")) {
		q, err := questionnaire.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := questionnaire.Build(q, control.Assess(lib, r, questionnairetest.AsOf()), questionnaire.RunInfo{Run: r, Digest: digest}, customer, questionnairetest.AsOf())
		if err != nil {
			t.Fatal(err)
		}
		inputs[d] = render.Input{Doc: d, Run: r, RunDigest: digest, RunFile: []byte("{}")}
	}
	return inputs
}

// TestShippedContent renders all that is shipped, from a run where one check
// failed and one could not see, and from a run without records.
func TestShippedContent(t *testing.T) {
	mixed := func(id string) (evidence.Evidence, bool) {
		return questionnairetest.Record(id, "tenant tables", []string{"agents", "orders"}, func(o *evidence.Observation) {
			switch {
			case id == "tenancy.write" && o.Kind == evidence.Claim:
				o.Got = "9"
			case id == "ratelimit.budget":
				o.Blind = "the connection was refused"
			}
		}), true
	}
	nothing := func(string) (evidence.Evidence, bool) { return evidence.Evidence{}, false }
	for name, pick := range map[string]func(string) (evidence.Evidence, bool){"mixed": mixed, "nothing": nothing} {
		for d, in := range shipped(t, pick) {
			out := rendered(t, in)
			if dir := os.Getenv("PDF_KEEP"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, name+"-"+FileName(d)), out, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			inFrame(t, d.ID, out)
			if n := bytes.Count(out, []byte("/Type /Page\n")); n < 8 || n > 90 {
				t.Errorf("%s (%s): %d pages", d.ID, name, n)
			}
			text := read(t, out)
			for _, s := range d.Sections {
				for _, a := range s.Answers {
					if !strings.Contains(text, a.Question+" "+strings.Join(strings.Fields(a.Topic), " ")) {
						t.Errorf("%s (%s): no section for %s", d.ID, name, a.Question)
					}
					if !strings.Contains(text, strings.Join(strings.Fields(a.Sentence), " ")) {
						t.Errorf("%s (%s), %s: no %q", d.ID, name, a.Question, a.Sentence)
					}
				}
			}
		}
	}
}
