package rendering_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

// TestTheCustomersFileIsCutToWhatIsUsed: what nothing in the document needs does
// not travel with it, and the document is the same without.
func TestTheCustomersFileIsCutToWhatIsUsed(t *testing.T) {
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	doc, err := s.inputs.Document(s.run)
	if err != nil {
		t.Fatal(err)
	}
	var asked questionnaire.Answer // a value of whose a role may put another
	for _, a := range doc.Answers() {
		if a.Value == "Yes" {
			asked = a
		}
	}
	one := func(of, question, more string) string {
		return "- questionnaire: " + of + "\n  question: " + question + "\n  value: Yes\n" + more +
			"  reason: as said on the call\n  owner: CISO\n  expires: 2030-01-31 # until they pay\n"
	}
	body := "# they pay late\nvariables:\n  never-used: a secret\n  used-once: the annex\noverrides:\n" +
		one(doc.ID, asked.Question, "  sentence: As in the annex.\n") + one("other", "X.1", "") + "visibility:\n  default: public\n"
	for _, x := range []struct {
		what       string
		audience   questionnaire.Level
		open       bool
		body       string
		typed      map[string]bool
		has, lacks []string
	}{
		{"a document for the house", "", false, body, nil, []string{"As in the annex", "as said on the call", "default: public", "used-once"}, []string{"X.1", "never-used", "a secret", "pay"}},
		{"a workbook for the house", "", true, body, nil, []string{"As in the annex", "as said on the call"}, []string{"X.1", "pay"}},
		{"a workbook under NDA", questionnaire.NDA, true, body, nil, []string{"As in the annex", "CISO", "2030-01-31"}, []string{"as said on the call", "X.1", "pay"}},
		{"a workbook whose comment says the reason", questionnaire.NDA, true, strings.Replace(body, "  sentence: As in the annex.\n", "", 1), nil, []string{"as said on the call"}, []string{"X.1"}},
		{"a workbook in which the answer was not typed", questionnaire.NDA, true, body, map[string]bool{}, []string{"default: public"}, []string{"As in", "as said on the call", "CISO", "overrides"}},
		{"a workbook in which another answer was typed", questionnaire.NDA, true, body, map[string]bool{"X.1": true}, []string{"default: public"}, []string{"As in", "as said on the call", "CISO"}},
		{"a workbook in which the answer was typed", questionnaire.NDA, true, body, map[string]bool{asked.Question: true}, []string{"As in the annex", "CISO"}, []string{"X.1"}},
		{"an override that no longer counts", questionnaire.NDA, true, strings.NewReplacer("  sentence: As in the annex.\n", "", "2030-01-31", "2026-10-31").Replace(body), nil, []string{"CISO"}, []string{"as said on the call"}},
		{"an override on its last day", questionnaire.NDA, true, strings.NewReplacer("  sentence: As in the annex.\n", "", "2030-01-31", "2026-11-01").Replace(body), nil, []string{"as said on the call"}, nil},
		{"nothing that is used", questionnaire.NDA, true, "variables:\n  never-used: a secret\n", nil, nil, []string{"variables", "secret"}},
		{"nothing but notes", questionnaire.NDA, true, "# they pay late\n{}\n", nil, nil, []string{"pay"}},
		{"a document under NDA, which prints the reasons", questionnaire.NDA, false, body, nil, []string{"as said on the call"}, []string{"X.1"}},
	} {
		in := s.inputs
		in.Audience, in.Open, in.Withheld = x.audience, x.open, nil
		in.Files = nil
		for _, f := range s.inputs.Files {
			if f.Role == rendering.Control {
				f.Content += "# [used-once]\n"
				f.SHA256 = sum([]byte(f.Content))
			}
			if f.Role != rendering.Customer {
				in.Files = append(in.Files, f)
			}
		}
		in.Files = append(in.Files, rendering.File{Role: rendering.Customer, Name: "acme.yaml", SHA256: sum([]byte(x.body)), Content: x.body})
		lean, err := in.Lean(x.typed)
		if err != nil {
			t.Fatal(err)
		}
		left := ""
		for _, f := range lean.Files {
			if f.Role == rendering.Customer {
				left += f.Content
				if strings.TrimSpace(f.Content) == "" || strings.TrimSpace(f.Content) == "{}" {
					t.Errorf("%s carries an empty file", x.what)
				}
			}
		}
		for _, want := range x.has {
			if !strings.Contains(left, want) {
				t.Errorf("%s lacks %q:\n%s", x.what, want, left)
			}
		}
		for _, no := range x.lacks {
			if strings.Contains(left, no) {
				t.Errorf("%s carries %q:\n%s", x.what, no, left)
			}
		}
		if x.typed != nil {
			continue
		}
		if before, after := sentences(t, in, s), sentences(t, lean, s); before != after {
			t.Errorf("%s is another without what was cut:\n%s\n%s", x.what, before, after)
		}
	}
}

// sentences is every answer as its reader has it.
func sentences(t *testing.T, in rendering.Inputs, s *sent) string {
	t.Helper()
	doc, err := in.Document(s.run)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, a := range doc.Answers() {
		out = append(out, a.Question, a.Value, a.Sentence)
		if !in.Open {
			out = append(out, a.Details...)
		}
	}
	b, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
