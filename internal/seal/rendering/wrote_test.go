package rendering_test

import (
	"maps"
	"os"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

// TestWroteTellsOurCellsFromOthers: by the seal or by the file beside a workbook;
// what a person typed over is theirs, and without either nothing is ours.
func TestWroteTellsOurCellsFromOthers(t *testing.T) {
	s := send(t, "json")
	doc, err := s.inputs.Document(s.run)
	if err != nil {
		t.Fatal(err)
	}
	s.fillIn(t, doc.Answers()[0].Question, "Yes")
	wrote := func(what string, want map[string]bool) {
		t.Helper()
		book, err := workbook.Read(s.path, s.doc)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := rendering.Wrote(s.path, book); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v %v, want %v", what, got, err, want)
		}
	}
	wrote("sealed", map[string]bool{"Sheet1!C2": true, "Sheet1!D2": true})
	book, err := workbook.Read(s.path, s.doc)
	if err != nil {
		t.Fatal(err)
	}
	if s.doc, err = book.Apply([]workbook.Edit{{Sheet: "Sheet1", Ref: "C2", Value: "No"}}); err != nil {
		t.Fatal(err)
	}
	wrote("typed over", map[string]bool{"Sheet1!D2": true})
	s.write(t, s.path+seal.Suffix, []byte("{"))
	wrote("a seal that is none", nil)
	if err := os.Remove(s.path + seal.Suffix); err != nil {
		t.Fatal(err)
	}
	wrote("nothing beside it", nil)
	s.write(t, s.path+rendering.CellsSuffix, []byte(`{"schema":"arxctl.filled/v9"}`+"\n"))
	wrote("another schema", nil)
}
