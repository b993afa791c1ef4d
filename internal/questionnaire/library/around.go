package library

import (
	"cmp"

	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// around takes into account what stood over and beside the question when the answer
// was sent. Below "Known weaknesses" a Yes says the contrary of what we claim, and a
// No may be false: neither verdict stands then without a reader. Where more was asked
// than the question's own words, what is false stays so, and nothing else is agreed to.
func (h *Held) around(r layout.Row, today Today) {
	switch why := cmp.Or(h.Draft.Turned, h.Draft.Doubt, fill.Finishes(r, today.Matched)); h.Verdict {
	case Stands, Better, Differs, False:
		if why != "" && (h.Verdict != False || h.Draft.Turned != "") {
			h.Verdict, h.Why, h.Around = Read, why, true
		}
	}
}
