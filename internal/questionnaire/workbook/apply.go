package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Edit is a text for one cell. It stays a text whatever it begins with: a value
// such as =1+1 is shown and never calculated. An empty Value clears the cell.
type Edit struct {
	Sheet, Ref, Value string
	Append            bool // on a new line after what the cell holds, which stays, with its formats
}

// Apply writes the edits and gives the new package. Where the workbook holds
// formulas it asks, in the workbook part, for all to be calculated on load, and
// takes away the stored values of those that may depend on a cell written: no
// program shows a stale one. Every other part is the same, byte for byte. It writes all edits or, if
// one may not be written, none: the error names every such cell and why. Without
// edits it gives the bytes that were read. The book itself does not change.
func (b *Book) Apply(edits []Edit) ([]byte, error) {
	if len(edits) == 0 {
		return slices.Clone(b.raw), nil
	}
	if b.Signed {
		return nil, fmt.Errorf("%s: it carries a digital signature, which any change would break; ask its sender for a copy without one", b.Name)
	}
	writes, err := b.plan(edits)
	if err != nil {
		return nil, err
	}
	p, err := openPack(b.raw, b.limits)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name, err)
	}
	p.kept = map[string][]byte{}
	stale, err := b.stale(p, writes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name, err)
	}
	changed := map[string][]byte{}
	for _, s := range b.Sheets {
		if len(writes[s]) == 0 && len(stale[s]) == 0 {
			continue
		}
		was, err := p.read(s.part)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.Name, err)
		}
		is, err := s.patch(p, was, writes[s], stale[s])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.Name, err)
		}
		if !bytes.Equal(was, is) { // a part that stays as it is stays compressed as it is
			changed[strings.ToLower(s.part)] = is
		}
	}
	if b.Formulas > 0 {
		was, err := p.read(b.workbook)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.Name, err)
		}
		is, err := calculateOnLoad(b.workbook, was, b.limits.Depth)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.Name, err)
		}
		if !bytes.Equal(was, is) {
			changed[strings.ToLower(b.workbook)] = is
		}
	}
	return p.replace(changed)
}

// write is an edit that may be written, at its cell.
type write struct {
	cell  Cell
	value string // cleaned; what is added where add
	add   bool
}

// plan checks every edit and groups them by sheet, in the order of the cells.
func (b *Book) plan(edits []Edit) (map[*Sheet][]write, error) {
	out := map[*Sheet][]write{}
	seen := map[*Sheet]map[string]bool{}
	var refused []error
	for _, e := range edits {
		s, w, err := b.check(e)
		if err == nil && seen[s][w.cell.Ref] {
			err = fmt.Errorf("cell %s!%s is written twice", e.Sheet, w.cell.Ref)
		}
		if err != nil {
			refused = append(refused, fmt.Errorf("%s: %w", b.Name, err))
			continue
		}
		if seen[s] == nil {
			seen[s] = map[string]bool{}
		}
		seen[s][w.cell.Ref] = true
		out[s] = append(out[s], w)
	}
	for s := range maps.Keys(out) {
		slices.SortFunc(out[s], func(x, y write) int {
			if x.cell.Row != y.cell.Row {
				return x.cell.Row - y.cell.Row
			}
			return x.cell.Col - y.cell.Col
		})
	}
	return out, errors.Join(refused...)
}

// Check says why an edit may not be written; nil where Apply would write it.
func (b *Book) Check(e Edit) error {
	_, _, err := b.check(e)
	return err
}

func (b *Book) check(e Edit) (*Sheet, write, error) {
	s := b.Sheet(e.Sheet)
	if s == nil {
		return nil, write{}, fmt.Errorf("there is no sheet %s", quote(e.Sheet))
	}
	if !s.Cells {
		return nil, write{}, fmt.Errorf("the sheet %s has no cells: it is a chart or a dialog", quote(e.Sheet))
	}
	c := s.Cell(e.Ref)
	if c.Ref == "" || strings.Contains(e.Ref, "$") {
		return nil, write{}, fmt.Errorf("%s is no cell of sheet %s: a cell is named as D14", quote(e.Ref), quote(e.Sheet))
	}
	w := write{cell: c, value: Clean(e.Value), add: e.Append && c.Text != ""}
	whole := w.value
	if w.add {
		whole = c.Text + "\n" + w.value
	}
	if why := s.refuse(c, whole); why != "" {
		return nil, write{}, fmt.Errorf("cell %s!%s %s", s.Name, c.Ref, why)
	}
	return s, w, nil
}

// refuse is the reason why a cell may not hold a value, or "".
func (s *Sheet) refuse(c Cell, value string) string {
	switch {
	case c.Formula:
		return "holds a formula, which is never written over"
	case c.MergedInto != "":
		return "is covered by a merge; write to its first cell, " + c.MergedInto
	case s.Protected && c.Locked:
		return "is locked, and the sheet is protected"
	case s.twice[c.Ref]:
		return "is in the file twice; save the workbook again with Excel or LibreOffice"
	}
	if _, ok, _ := s.headers.find(c.Col, c.Row); ok {
		return "is the header of a table, which names its column"
	}
	if n := Units(value); n > maxText {
		return fmt.Sprintf("would hold %d characters; a cell holds %d", n, maxText)
	}
	if r, ok, _ := s.rules.find(c.Col, c.Row); ok && value != "" {
		return s.checks[r.what].refuse(value)
	}
	return ""
}

// refuse is the reason why a validation that stops would not take a text.
func (v validation) refuse(value string) string {
	switch {
	case !v.stops:
		return ""
	case v.kind == "list" && v.list == nil:
		return fmt.Sprintf("takes only a value of a list that must be calculated (%s); fill it by hand", clip(v.formula))
	case v.kind == "list":
		if slices.Contains(v.list, value) {
			return ""
		}
		return fmt.Sprintf("takes one of %s, not %s", quoted(v.list), quote(value))
	case v.kind == "textLength":
		if ok, known := v.compare(Units(value)); !known {
			return fmt.Sprintf("limits the length of its text by a calculation (%s); fill it by hand", clip(v.formula))
		} else if !ok {
			return fmt.Sprintf("takes a text whose length is %s, not of %d characters", v.bounds(), Units(value))
		}
		return ""
	case v.kind == "custom":
		return fmt.Sprintf("takes only what its formula allows (%s); fill it by hand", clip(v.formula))
	}
	return fmt.Sprintf("takes only a %s value, not a text; fill it by hand", v.kind)
}

func quoted(list []string) string {
	var out []string
	for i, v := range list {
		if i == 12 {
			out = append(out, fmt.Sprintf("%d more", len(list)-i))
			break
		}
		out = append(out, quote(v))
	}
	return strings.Join(out, ", ")
}
