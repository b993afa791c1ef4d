package layout

import (
	"fmt"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
)

// unseen says why a reader does not see what stands in a cell, or nothing. Where the
// cell is one of a merge, what counts is its own row and column.
func (r *reader) unseen(c workbook.Cell) string {
	hidden, known := r.dark[c.Col]
	if !known {
		if hidden = r.sheet.HidesColumn(c.Col); r.dark == nil {
			r.dark = map[int]bool{}
		}
		r.dark[c.Col] = hidden
	}
	switch {
	case r.sheet.Hidden:
		return "stands on a hidden sheet"
	case hidden:
		return "stands in a hidden column, or one without width"
	case r.hidden:
		return "stands in a hidden row, or one without height"
	case c.Masked:
		return "has a number format that shows another text"
	}
	return ""
}

// doubt says why nobody can tell what a row asks from what the file holds, or
// nothing: programs show another text, a formula gives another one when it is
// calculated, or no reader sees it.
func (r *reader) doubt(asked workbook.Cell, id string) string {
	unseen, question := asked.Unseen, r.anchor(asked)
	if unseen == "" {
		unseen = r.unseen(question)
	}
	switch {
	case question.Odd != "":
		return fmt.Sprintf("its question in %s %s: programs may show another one", question.Ref, question.Odd)
	case unseen != "":
		return fmt.Sprintf("its question in %s %s", question.Ref, unseen)
	case question.Formula && !r.sheet.Settled(question, r.taken):
		return fmt.Sprintf("its question in %s is a formula whose stored text may be old: what it asks, a calculation tells", question.Ref)
	}
	numbered := r.anchor(r.at(ID))
	switch {
	case numbered.Odd != "":
		return fmt.Sprintf("its ID in %s %s: programs may show another one", numbered.Ref, numbered.Odd)
	case numbered.Formula && strings.Trim(id, "0123456789") != "" && !r.sheet.Settled(numbered, r.taken): // a mere count names no question of ours
		return fmt.Sprintf("its ID in %s is a formula whose stored text may be old", numbered.Ref)
	}
	return ""
}

// anchor is the cell whose text shows at a place: the first of its merge.
func (r *reader) anchor(c workbook.Cell) workbook.Cell {
	if c.MergedInto == "" {
		return c
	}
	return r.sheet.Cell(c.MergedInto)
}

// taken reports whether a cell is one that people, or we, may type an answer into:
// what is looked up by it may be another text then.
func (r *reader) taken(on *workbook.Sheet, c workbook.Cell) bool {
	if len(c.List) > 0 || c.ListFrom != "" {
		return true
	}
	for _, role := range []Role{Answer, Comment, Owner} {
		if on == r.sheet && c.Col == r.Columns[role].Col {
			return true
		}
	}
	return false
}
