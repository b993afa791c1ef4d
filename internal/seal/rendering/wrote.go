package rendering

import (
	"errors"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/seal"
)

// Wrote returns the cells of a workbook that arxctl wrote and nobody changed
// since, as what lies beside it says; false of one in which others' words stand
// before ours. Nothing where nothing lies there, or it is not about this workbook.
// Nobody is vouched for: it tells whose words are looked at, not whether they hold.
func Wrote(path string, book *workbook.Book) (whole map[string]bool, err error) {
	var w Workbook
	own, err := beside(path)
	switch {
	case err != nil:
		return nil, nil // no seal of ours
	case own != nil:
		_, p, err := openPredicate(path+seal.Suffix, own, nil, func(string) error { return nil })
		if err != nil || p.Workbook == nil {
			return nil, nil
		}
		w = *p.Workbook
	default:
		f, err := unsignedBeside(path, Options{})
		var broken *seal.Broken
		if errors.As(err, &broken) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		w = f.Workbook
	}
	whole = map[string]bool{}
	for _, c := range w.Cells {
		if _, held := c.held(book.Sheet(c.Sheet)); held {
			whole[c.Sheet+"!"+c.Ref] = c.Ours == ""
		}
	}
	return whole, nil
}
