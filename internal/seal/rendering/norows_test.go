package rendering_test

import (
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

// A person's layout may name a sheet below whose headers nothing is asked: fill had panicked there.
func TestATableWithoutRowsIsNoRange(t *testing.T) {
	b, err := workbook.Read("b.xlsx", workbooktest.Book{Sheets: []workbooktest.Sheet{{Name: "S"}}}.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	w, err := rendering.NewWorkbook(nil, nil, b, nil, &layout.Layout{Tables: []layout.Table{{Sheet: "S"}}})
	if err != nil || len(w.Answers) != 0 {
		t.Errorf("%+v %v", w, err)
	}
}
