package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
)

// Difference is what differs in one part of two packages.
type Difference struct {
	Part string
	// Kind is added, removed, changed; recompressed where the part is the same
	// and its bytes in the zip are not; entry where only its date, extra field or
	// attributes are not; and order, once, where the parts follow one another
	// otherwise.
	Kind  string
	Sheet string // the tab, where the part is one
	Cells []CellChange
	// Hints are declarations that follow from the cells: the dimension of a sheet,
	// the spans of a row.
	Hints []string
	// Forgotten are formula cells that lost their stored value, to be calculated
	// again, and nothing else.
	Forgotten []string
	// Recalculates tells that the one change to the workbook part is the request
	// to calculate on load.
	Recalculates bool
	// Rest is every other change, in a phrase each.
	Rest []string
}

// CellChange is one cell in the two packages.
type CellChange struct{ Ref, Before, After string }

// Only tells that nothing differs but cells, the hints that follow from them,
// stored values to be calculated again, or the request to do so.
func (d Difference) Only() bool { return d.Kind == "changed" && len(d.Rest) == 0 }

// Compare holds two packages against each other part by part, and sheets cell by
// cell. Parts in neither list of differences are the same to the compressed
// byte.
func Compare(before, after []byte) ([]Difference, error) {
	l := DefaultLimits()
	x, errX := side(before, l)
	y, errY := side(after, l)
	if err := errors.Join(prefixed("before", errX), prefixed("after", errY)); err != nil {
		return nil, err
	}
	var out []Difference
	var inX, inY []string
	for _, f := range x.pack.zip.File {
		g := y.pack.parts[strings.ToLower(f.Name)]
		if g == nil {
			if !strings.HasSuffix(f.Name, "/") {
				out = append(out, Difference{Part: f.Name, Kind: "removed"})
			}
			continue
		}
		inX = append(inX, strings.ToLower(f.Name))
		d, err := x.part(y, f, g)
		if err != nil {
			return nil, err
		}
		if d != nil {
			out = append(out, *d)
		}
	}
	for _, g := range y.pack.zip.File {
		if x.pack.parts[strings.ToLower(g.Name)] != nil {
			inY = append(inY, strings.ToLower(g.Name))
		} else if !strings.HasSuffix(g.Name, "/") {
			out = append(out, Difference{Part: g.Name, Kind: "added"})
		}
	}
	if strings.Join(inX, "\n") != strings.Join(inY, "\n") {
		out = append(out, Difference{Kind: "order"})
	}
	if x.pack.zip.Comment != y.pack.zip.Comment {
		out = append(out, Difference{Kind: "entry", Rest: []string{"the comment of the zip"}})
	}
	return out, nil
}

func prefixed(which string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", which, err)
}

// compared is one of two packages.
type compared struct {
	pack *pack
	book *Book
}

func side(b []byte, l Limits) (compared, error) {
	book, err := l.read("", b)
	if err != nil {
		return compared{}, err
	}
	p, err := openPack(b, l)
	return compared{p, book}, err
}

func (x compared) part(y compared, f, g *zip.File) (*Difference, error) {
	d := &Difference{Part: f.Name}
	if !f.Modified.Equal(g.Modified) || f.ModifiedDate != g.ModifiedDate || f.ModifiedTime != g.ModifiedTime {
		d.Rest = append(d.Rest, "its date")
	}
	if !bytes.Equal(withoutZip64(f.Extra), withoutZip64(g.Extra)) || f.Comment != g.Comment || f.ExternalAttrs != g.ExternalAttrs || f.Name != g.Name {
		d.Rest = append(d.Rest, "its entry in the zip")
	}
	same, err := sameRaw(f, g)
	if err != nil {
		return nil, err
	}
	if same {
		if d.Kind = "entry"; len(d.Rest) > 0 {
			return d, nil
		}
		return nil, nil
	}
	if strings.HasSuffix(f.Name, "/") {
		return nil, nil
	}
	a, err := x.pack.read(f.Name)
	if err != nil {
		return nil, prefixed("before", err)
	}
	b, err := y.pack.read(g.Name)
	if err != nil {
		return nil, prefixed("after", err)
	}
	if bytes.Equal(a, b) {
		d.Kind = "recompressed"
		return d, nil
	}
	d.Kind = "changed"
	s, t := x.book.tabOf(f.Name), y.book.tabOf(f.Name)
	switch {
	case s != nil && t != nil && s.Cells && t.Cells:
		d.Sheet = s.Name
		return d, d.sheets(s, t, a, b)
	case strings.EqualFold(f.Name, x.book.workbook):
		wanted, err := calculateOnLoad(f.Name, a, x.pack.limits.Depth)
		if err == nil && bytes.Equal(wanted, b) {
			d.Recalculates = true
			return d, nil
		}
	}
	d.Rest = append(d.Rest, firstDifference(a, b))
	return d, nil
}

func sameRaw(f, g *zip.File) (bool, error) {
	if f.Method != g.Method || f.CRC32 != g.CRC32 || f.CompressedSize64 != g.CompressedSize64 {
		return false, nil
	}
	a, errA := f.OpenRaw()
	b, errB := g.OpenRaw()
	if err := errors.Join(errA, errB); err != nil {
		return false, err
	}
	x, errA := io.ReadAll(a)
	y, errB := io.ReadAll(b)
	return bytes.Equal(x, y), errors.Join(errA, errB)
}

func (b *Book) tabOf(part string) *Sheet {
	for _, s := range b.Sheets {
		if strings.EqualFold(s.part, part) {
			return s
		}
	}
	return nil
}

// sheets compares two versions of a sheet: the cells one by one, and all that is
// not a cell byte for byte.
func (d *Difference) sheets(s, t *Sheet, a, b []byte) error {
	x, err := locate(s.part, a, s.book.limits.Depth, nil)
	if err != nil {
		return err
	}
	y, err := locate(t.part, b, t.book.limits.Depth, nil)
	if err != nil {
		return err
	}
	old, now := x.byRef(), y.byRef()
	forgotten := x.forgotten()
	for ref := range now {
		if _, ok := old[ref]; !ok {
			old[ref] = ""
		}
	}
	for ref, was := range old {
		is := now[ref]
		if was == is {
			continue
		}
		p, q := s.Cell(ref), t.Cell(ref)
		if p.Formula && forgotten[ref] == is {
			d.Forgotten = append(d.Forgotten, ref)
			continue
		}
		if p.Formula || q.Formula {
			d.Rest = append(d.Rest, "the formula cell "+ref)
		}
		if p.style != q.style {
			d.Rest = append(d.Rest, "the format of cell "+ref)
		}
		d.Cells = append(d.Cells, CellChange{ref, p.Text, q.Text})
	}
	sort.Strings(d.Rest)
	sort.Strings(d.Forgotten)
	sort.Slice(d.Cells, func(i, j int) bool {
		c1, r1, _ := ParseRef(d.Cells[i].Ref)
		c2, r2, _ := ParseRef(d.Cells[j].Ref)
		return r1 < r2 || r1 == r2 && c1 < c2
	})
	if p, q := string(a[x.dimension.start:x.dimension.end]), string(b[y.dimension.start:y.dimension.end]); p != q {
		d.Hints = append(d.Hints, fmt.Sprintf("dimension %s became %s", p, q))
	}
	for _, r := range x.rows {
		for _, i := range y.byNumber[r.number] {
			if q := y.rows[i]; q.spansText != r.spansText {
				d.Hints = append(d.Hints, fmt.Sprintf("spans %s of row %d became %s", r.spansText, r.number, q.spansText))
			}
		}
	}
	if p, q := x.withoutCells(y), y.withoutCells(x); !bytes.Equal(p, q) {
		d.Rest = append(d.Rest, firstDifference(p, q))
	}
	return nil
}

// byRef is the bytes of every cell, by its reference.
func (at *sheetPlaces) byRef() map[string]string {
	out := map[string]string{}
	for _, r := range at.rows {
		for _, c := range r.cells {
			out[Ref(c.col, r.number)] += string(at.xml[c.start:c.end])
		}
	}
	return out
}

// forgotten is the bytes of every cell without its stored value, by reference.
func (at *sheetPlaces) forgotten() map[string]string {
	out := map[string]string{}
	for _, r := range at.rows {
		for _, c := range r.cells {
			if c.stored.end > 0 {
				out[Ref(c.col, r.number)] = "<" + at.prefix + "c" + c.untyped + ">" + string(at.xml[c.tag:c.stored.start]) + string(at.xml[c.stored.end:c.end])
			}
		}
	}
	return out
}

// withoutCells is the bytes of a sheet but for its cells, the hints that follow
// from them, and rows that the other version does not have.
func (at *sheetPlaces) withoutCells(other *sheetPlaces) []byte {
	var cut []splice
	drop := func(from, to int) {
		if to > from {
			cut = append(cut, splice{from, to, ""})
		}
	}
	drop(at.dimension.start, at.dimension.end)
	if at.data.empty {
		cut = append(cut, at.expand(at.data, "sheetData", ""))
	}
	for _, r := range at.rows {
		if len(other.byNumber[r.number]) == 0 && len(r.cells) > 0 {
			drop(r.start, r.after)
			continue
		}
		drop(r.spans.start, r.spans.end)
		for _, c := range r.cells {
			drop(c.start, c.end)
		}
		if r.empty {
			cut = append(cut, at.expand(r, "row", ""))
		}
	}
	return splices(at.xml, cut)
}

func firstDifference(a, b []byte) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	show := func(x []byte) string { return quote(string(x[max(0, min(i-20, len(x))):min(len(x), i+40)])) }
	return fmt.Sprintf("from byte %d: %s became %s", i, show(a), show(b))
}
