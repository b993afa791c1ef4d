package workbook

import (
	"bytes"
	"fmt"
	"strconv"
)

// main are the namespaces of SpreadsheetML: ECMA-376 and ISO/IEC 29500 Strict.
func isMain(ns string) bool {
	return ns == "http://schemas.openxmlformats.org/spreadsheetml/2006/main" || ns == "http://purl.oclc.org/ooxml/spreadsheetml/main"
}

// declared is the attribute that gives a prefix its namespace.
func declared(prefix string) string {
	if prefix == "" {
		return "xmlns"
	}
	return "xmlns:" + prefix
}

// own reports whether the element just read is SpreadsheetML, as what stands
// among the cells or the texts of a part has to be: what is not, programs skip,
// choose from or read, each its own way, and no program writes it there.
func (s *scanner) own(prefix string) bool {
	if bytes.Contains(s.attrs, []byte("xmlns")) {
		if v, ok := s.raw(declared(prefix)); ok && !isMain(string(s.attrs[v.start:v.end])) {
			return false
		}
	}
	if string(s.prefix) == prefix {
		return true
	}
	switch string(s.name) {
	case "row", "c", "v", "f", "is", "si", "t", "r", "AlternateContent":
		return false
	}
	return true
}

// foreign is the error about an element that is not our own.
func (s *scanner) foreign() error {
	return fmt.Errorf("its part %s holds, at byte %d, an element <%s> of another namespace among its cells or texts, which programs read differently; save it again with Excel or LibreOffice", quote(s.part), s.start, clip(string(s.name)))
}

// ownRoot is the prefix of a root element, whose namespace has to be that of
// SpreadsheetML.
func (s *scanner) ownRoot() (string, error) {
	prefix := string(s.prefix)
	if ns := s.attr(declared(prefix)); !isMain(ns) {
		return "", fmt.Errorf("its part %s is <%s> of the namespace %s, not of a workbook's", quote(s.part), clip(string(s.name)), quote(ns))
	}
	return prefix, nil
}

func (w *sheetReader) root() (err error) {
	if !w.is("worksheet") {
		return fmt.Errorf("its part %s is <%s> and not <worksheet>", quote(w.sheet.part), clip(string(w.name)))
	}
	w.prefix, err = w.ownRoot()
	return err
}

func (w *sheetReader) startData() error {
	if !w.own(w.prefix) {
		return w.foreign()
	}
	if w.done {
		return fmt.Errorf("its sheet %s holds its cells twice, so programs may read different ones; save it again with Excel or LibreOffice", quote(w.sheet.Name))
	}
	w.done, w.data = true, !w.empty
	return nil
}

// column notes the style of columns, and whether a reader sees them.
func (w *sheetReader) column() {
	a := area{c1: w.number("min", 1), r1: 1, c2: w.number("max", maxCol), r2: maxRow, what: w.number("style", 0)}
	if a.what > 0 {
		w.sheet.columns = append(w.sheet.columns, a)
	}
	_, stated := w.raw("width")
	if w.flag("hidden", false) || w.thin("width", 0.5) || !stated && w.sheet.narrow {
		w.sheet.unseen = append(w.sheet.unseen, a)
	} else if w.sheet.narrow {
		w.sheet.seen = append(w.sheet.seen, a)
	}
}

// thin reports whether an attribute states a width or a height at which nothing
// can be read: in characters and in points.
func (w *sheetReader) thin(attr string, least float64) bool {
	n, err := strconv.ParseFloat(w.attr(attr), 64)
	return err == nil && n < least
}

// Hides reports whether the cell is one that a reader does not see: its column or
// its row is hidden, or has no width or height. Formats that hide a text, white
// on white, are not looked at.
func (s *Sheet) Hides(col, row int) bool {
	r := s.row(row)
	return r != nil && r.Hidden || s.HidesColumn(col)
}

// HidesColumn is Hides of a whole column.
func (s *Sheet) HidesColumn(col int) bool {
	for _, a := range s.unseen {
		if a.holds(col, 1) {
			return true
		}
	}
	for _, a := range s.seen {
		if a.holds(col, 1) {
			return false
		}
	}
	return s.narrow
}
