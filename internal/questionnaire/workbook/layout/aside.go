package layout

import (
	"slices"
	"strings"
	"unicode"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
)

// Aside is words of a row in a column that has no role, as Guidance or Details:
// they may say what the question is about, or which answer is the good one.
type Aside struct {
	Ref, Header, Text string
}

// mostAsides bounds how many columns beside a question are read: a workbook with
// references to many standards has some thirty. A row with more is a person's.
const mostAsides = 60

// heads are the headers of every column, above the first of some rows where a
// person named no header row.
func (r *reader) heads(rows []workbook.Row) map[int]string {
	out := map[int]string{}
	at := r.Header
	if at == 0 && len(rows) > 0 {
		at = rows[0].Number - 1
	}
	for _, row := range between(r.sheet, at, at+1) {
		for _, c := range row.Cells {
			if text := r.down(c, 0); text != "" && len(out) <= mostAsides {
				out[c.Col] = text
			}
		}
	}
	return out
}

// down is what a cell shows, or the one that it is merged with from further up in
// its column: below a row, what stands over it being the header.
func (r *reader) down(c workbook.Cell, below int) string {
	if col, row, ok := workbook.ParseRef(c.MergedInto); ok && col == c.Col && row > below {
		c = r.sheet.Cell(c.MergedInto)
	}
	return shown(c)
}

// asides reads the columns without a role. A column for comments that stands left
// of the answers is where the buyer writes.
func (r *reader) asides(row workbook.Row) []Aside {
	var out []Aside
	cells := slices.Clone(row.Cells)
	for col := range r.titles {
		if _, there := r.cells[col]; !there {
			cells = append(cells, r.sheet.Cell(workbook.Ref(col, row.Number)))
		}
	}
	slices.SortFunc(cells, func(a, b workbook.Cell) int { return a.Col - b.Col })
	for _, c := range cells {
		theirs := c.Col == r.Columns[Comment].Col && c.Col < r.Columns[Answer].Col
		beside := slices.ContainsFunc(r.Beside, func(b Column) bool { return b.Col == c.Col })
		text := r.down(c, r.Header)
		if r.holds(c.Col) && !theirs || beside || len(out) > mostAsides || !strings.ContainsFunc(text, unicode.IsLetter) {
			continue
		}
		out = append(out, Aside{workbook.Ref(c.Col, row.Number), r.titles[c.Col], text})
	}
	return out
}
