package render

import (
	"slices"

	"github.com/arxsec/arxctl/internal/evidence"
)

// Withheld is what stands in place of the title of a check whose record exists
// and is not shown.
const Withheld = "withheld from this audience"

// Absent says why a check has no record to show: there is none, or there is one
// that the reader of this copy is not shown. Of a record that is shown it says
// nothing.
func Absent(run *evidence.Run, id string) string {
	switch e, there := run.Find(id); {
	case there && e.Withheld == nil:
		return ""
	case there, slices.Contains(run.Withheld, id):
		return Withheld
	}
	return "this run has no record of it"
}
