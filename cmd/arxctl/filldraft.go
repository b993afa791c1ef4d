package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

// draftMark ends the name of a draft, before its extension.
const draftMark = " (arxctl draft)"

// draftNames are the files that are written for a workbook.
func draftNames(path string) (draft, people string) {
	ext := filepath.Ext(path)
	base := strings.TrimSuffix(path, ext)
	return base + draftMark + ext, base + " - for people.csv"
}

// write writes the draft, what says which cells are ours, and the list for people.
func (o *fillOptions) write(in *arrived, a *answered, plan *fill.Plan, draft, people string, key *seal.PrivateKey) error {
	out, err := in.book.Apply(plan.Edits)
	if err != nil {
		return fail(exitUsage, "%w", err)
	}
	again, err := workbook.Read(draft, out)
	if err != nil {
		return fail(exitInternal, "what was written cannot be read again: %w", err)
	}
	list := plan.People(a.doc.Demonstration)
	cells := sealedCells(plan)
	inputs, err := a.inputs.Lean(questionsOf(cells))
	if err != nil {
		return fail(exitInternal, "%w", err)
	}
	record, err := rendering.NewWorkbook(in.bytes, list, again, cells, in.lay)
	if err != nil {
		return fail(exitInternal, "%s: %w", draft, err)
	}
	for _, old := range []string{draft + seal.Suffix, draft + rendering.CellsSuffix} { // no new file beside what is said of an old one
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fail(exitInternal, "%w", err)
		}
	}
	if err := seal.WriteFile(draft, out, 0o644); err != nil {
		return fail(exitInternal, "%w", err)
	}
	if err := seal.WriteFile(people, list, 0o644); err != nil {
		return fail(exitInternal, "%w", err)
	}
	if key == nil {
		b, err := rendering.Unsigned(out, inputs, record)
		if err == nil {
			err = seal.WriteFile(draft+rendering.CellsSuffix, b, 0o644)
		}
		if err != nil {
			return fail(exitInternal, "%w", err)
		}
		return nil
	}
	sealed, err := rendering.SignWorkbook(draft, out, inputs, record, key)
	if err != nil {
		return fail(exitInternal, "%w", err)
	}
	return sealBeside(draft, sealed)
}

// questionsOf are the questions that have a cell of ours.
func questionsOf(cells []rendering.Cell) map[string]bool {
	out := map[string]bool{}
	for _, c := range cells {
		out[c.Question] = true
	}
	return out
}

func sealedCells(plan *fill.Plan) []rendering.Cell {
	var out []rendering.Cell
	for i, c := range plan.Cells {
		out = append(out, rendering.Cell{Sheet: c.Sheet, Ref: c.Ref, Role: string(c.Role), Question: c.Question, Inverted: c.Inverted, Wrote: plan.Edits[i].Value})
	}
	return out
}
