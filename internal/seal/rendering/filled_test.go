package rendering_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

// fillIn writes a text for one question of the sent document into a workbook, and
// seals that, as whoever holds the key can.
func (s *sent) fillIn(t *testing.T, question, text string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	source := workbooktest.Plain(3).Bytes()
	in, err := workbook.Read("in.xlsx", source)
	must(err)
	edits := []workbook.Edit{{Sheet: "Sheet1", Ref: "C2", Value: text}}
	cells := []rendering.Cell{{Sheet: "Sheet1", Ref: "C2", Role: "answer", Question: question, Wrote: text}}
	doc, err := s.inputs.Document(s.run)
	must(err)
	for _, a := range doc.Answers() {
		if a.Question == question {
			words := fill.Comment(&a, "", "")
			edits = append(edits, workbook.Edit{Sheet: "Sheet1", Ref: "D2", Value: words, Append: true})
			cells = append(cells, rendering.Cell{Sheet: "Sheet1", Ref: "D2", Role: "comment", Question: question, Wrote: words})
		}
	}
	s.doc, err = in.Apply(edits)
	must(err)
	out, err := workbook.Read("out.xlsx", s.doc)
	must(err)
	lay, err := layout.Detect(out)
	must(err)
	w, err := rendering.NewWorkbook(source, nil, out, cells, lay)
	must(err)
	s.path = filepath.Join(s.dir, "out.xlsx")
	sealed, err := rendering.SignWorkbook(s.path, s.doc, s.inputs, w, s.key)
	must(err)
	s.write(t, s.path, s.doc)
	s.write(t, s.path+seal.Suffix, sealed)
}

// TestNoCellSaysMoreThanItsRun has the holder of the key seal answers that the
// run does not give: a seal says who filled a workbook in, and the run decides
// what may stand there.
func TestNoCellSaysMoreThanItsRun(t *testing.T) {
	s := send(t, "json")
	doc, err := s.inputs.Document(s.run)
	if err != nil {
		t.Fatal(err)
	}
	agreed, refused := 0, 0
	for _, a := range doc.Answers() {
		for _, text := range []string{"Yes", "No", "N/A"} {
			if (agreed > 2 && text == a.Value) || (refused > 8 && text != a.Value) {
				continue
			}
			s.fillIn(t, a.Question, text)
			r, err := rendering.Verify(s.path, s.doc, s.options(s.key.Public))
			var broken *seal.Broken
			switch {
			case strings.ReplaceAll(text, "/", "") == a.Value:
				if err != nil || r.Cells.Again != 1 || r.Cells.Unchanged != 2 || len(r.Unseen) > 0 {
					t.Errorf("%s %s (%s): %+v %v", a.Question, text, a.Value, r, err)
				}
				agreed++
			case !errors.As(err, &broken) || !strings.Contains(err.Error(), "its run and its inputs give"):
				t.Errorf("%s is %q by its run and %q in the workbook: %+v %v", a.Question, a.Value, text, r, err)
			default:
				refused++
			}
		}
	}
	if agreed == 0 || refused == 0 {
		t.Fatalf("%d agreed, %d were refused: one side was not tried", agreed, refused)
	}
}

func TestFilledWorkbooksThatAreNotWhatTheySay(t *testing.T) {
	s := send(t, "json")
	s.fillIn(t, "no such question", "Yes")
	refused := func(what, want string) {
		t.Helper()
		var broken *seal.Broken
		if r, err := rendering.Verify(s.path, s.doc, s.options(s.key.Public)); !errors.As(err, &broken) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v %v, want %q", what, r, err, want)
		}
	}
	refused("a question of nobody's", "the inputs have no question")
	whole := s.doc
	s.doc = whole[:len(whole)/2]
	refused("half a workbook", "out.xlsx")
	s.doc = []byte("PK\x03\x04 and no zip")
	refused("no workbook", "out.xlsx")
	s.doc = workbooktest.Plain(3).Bytes()
	refused("the workbook as it arrived", "1 of 1 cells that arxctl wrote were edited")
	if err := os.Remove(s.path + seal.Suffix); err != nil {
		t.Fatal(err)
	}
	refused("without a seal, with a key", "is not signed, and a key was given")
	s.write(t, s.path+rendering.CellsSuffix, []byte(`{"schema":"arxctl.filled/v9"}`+"\n"))
	var broken *seal.Broken
	if _, err := rendering.Verify(s.path, s.doc, s.options()); !errors.As(err, &broken) {
		t.Errorf("another schema: %v", err)
	}
	// What was never written by us is said to be worked in.
	worked, err := rendering.Worked(s.path, filepath.Join(s.dir, "none.csv"))
	if err != nil || len(worked) != 1 || worked[0] != s.path {
		t.Errorf("%v %v", worked, err)
	}
}

// TestWhichSealIsMissingIsSaid: a key was given, the document has its seal, and the
// run that it rests on has none.
func TestWhichSealIsMissingIsSaid(t *testing.T) {
	for format, want := range map[string]string{
		"pdf": "the run that it carries has no seal, and a key was given",
		"md":  "the run that it rests on (theirs.json) is not signed, and a key was given: there is no seal theirs.json.sigstore.json",
	} {
		s := sendTo(t, format, questionnaire.Private, allPrivate)
		s.runSeal, s.inputs.RunKeyID = nil, ""
		s.render(t, format)
		o := rendering.Options{Keys: []seal.PublicKey{s.key.Public}}
		if err := o.Add("theirs.json", s.run); err != nil {
			t.Fatal(err)
		}
		var broken *seal.Broken
		if _, err := rendering.Verify(s.path, s.doc, o); !errors.As(err, &broken) || !strings.HasPrefix(err.Error(), s.path+": "+want) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// TestWhichKeyTheRunIsSealedWith: what a document or a filled workbook says of
// that is held against the seal of the run.
func TestWhichKeyTheRunIsSealedWith(t *testing.T) {
	for _, filled := range []bool{false, true} {
		s := sendTo(t, "json", questionnaire.Private, allPrivate)
		write := func() {
			if s.render(t, "json"); filled {
				s.fillAll(t, questions(true), true)
			}
		}
		write()
		o := s.options(s.key.Public)
		o.Seals, o.Keys = nil, nil
		if r, err := rendering.Verify(s.path, s.doc, o); err != nil || !strings.Contains(strings.Join(r.Unseen, "\n"), "it says that its run is sealed with key "+s.key.Public.ID()+", and that seal is not here: put it beside the run") {
			t.Errorf("%s without the seal: %+v %v", s.path, r, err)
		}
		s.inputs.RunKeyID = strings.Repeat("5eed", 16)
		write()
		var broken *seal.Broken
		if r, err := rendering.Verify(s.path, s.doc, s.options(s.key.Public)); !errors.As(err, &broken) || !strings.Contains(err.Error(), "it says that its run is sealed with key 5eed5eed5eed5eed, and the seal of the run says") {
			t.Errorf("%s with another key: %+v %v", s.path, r, err)
		}
		s.inputs.RunKeyID = ""
		write()
		if r, err := rendering.Verify(s.path, s.doc, s.options(s.key.Public)); err != nil || len(r.Unseen) > 0 {
			t.Errorf("%s of a run that was sealed later: %+v %v", s.path, r, err)
		}
	}
}
