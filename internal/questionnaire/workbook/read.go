package workbook

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// Read opens a workbook from its bytes, within DefaultLimits. Every error is one
// sentence that begins with name and says what to do; b is never changed.
func Read(name string, b []byte) (*Book, error) { return DefaultLimits().Read(name, b) }

// Read is Read within other limits.
func (l Limits) Read(name string, b []byte) (*Book, error) {
	book, err := l.read(name, b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return book, nil
}

func (l Limits) read(name string, b []byte) (*Book, error) {
	p, err := openPack(b, l)
	if err != nil {
		return nil, err
	}
	book := &Book{Name: name, raw: b, limits: l, names: map[nameOn]string{}}
	types, err := p.partTypes()
	if err != nil {
		return nil, err
	}
	if book.workbook, err = findWorkbook(p, types); err != nil {
		return nil, err
	}
	for key := range p.parts {
		if strings.HasPrefix(key, "_xmlsignatures/") && strings.HasSuffix(key, ".xml") {
			book.Signed = true
		}
		if path.Base(key) == "vbaproject.bin" {
			book.Macros = true
		}
	}
	rels, err := p.relations(book.workbook)
	if err != nil {
		return nil, err
	}
	r := &reader{pack: p, book: book, types: types, styles: &styles{}, work: l.Work}
	for _, kind := range []string{"sharedStrings", "styles"} {
		if err := once(rels, kind, book.workbook); err != nil {
			return nil, err
		}
	}
	for _, rel := range rels {
		if rel.external {
			continue
		}
		switch rel.kind {
		case "sharedStrings":
			book.shared = rel.target
			if r.strings, r.mixed, err = readStrings(p, rel.target); err != nil {
				return nil, err
			}
		case "styles":
			if r.styles, err = readStyles(p, rel.target); err != nil {
				return nil, err
			}
		}
	}
	if err := r.workbook(rels); err != nil {
		return nil, err
	}
	for _, s := range book.Sheets {
		if s.Cells {
			if err := r.sheet(s); err != nil {
				return nil, err
			}
		}
	}
	return book, r.finish()
}

// findWorkbook follows the package's own relationship to the workbook.
func findWorkbook(p *pack, types func(string) string) (string, error) {
	root, err := p.relations("")
	if err == nil {
		err = once(root, "officeDocument", "the package")
	}
	if err != nil {
		return "", err
	}
	for _, rel := range root {
		if rel.kind != "officeDocument" || rel.external {
			continue
		}
		if p.parts[strings.ToLower(rel.target)] == nil {
			return "", fmt.Errorf("its relationships name the workbook %s, which is not in it: the file is damaged; save it again with Excel or LibreOffice", quote(rel.target))
		}
		switch t := types(rel.target); {
		case strings.Contains(t, "spreadsheetml.") && strings.HasSuffix(t, ".main+xml"), strings.HasPrefix(t, "application/vnd.ms-excel.") && strings.HasSuffix(t, ".main+xml"):
			return rel.target, nil
		case strings.Contains(t, "sheet.binary"):
			return "", errors.New("it is a binary workbook (.xlsb); save it as .xlsx and try again")
		case strings.Contains(t, "wordprocessingml"):
			return "", errors.New("it is a Word document, not a workbook")
		case strings.Contains(t, "presentationml"):
			return "", errors.New("it is a presentation, not a workbook")
		default:
			return "", fmt.Errorf("its part %s has the content type %s, not that of a workbook; save it again with Excel or LibreOffice", quote(rel.target), quote(t))
		}
	}
	return "", errors.New("it is a zip without a workbook: its relationships name none (_rels/.rels, type officeDocument)")
}

// once refuses relationships that name two parts for what there is one of:
// programs may read different ones.
func once(rels map[string]relation, kind, of string) error {
	n := 0
	for _, rel := range rels {
		if rel.kind == kind && !rel.external {
			n++
		}
	}
	if n > 1 {
		return fmt.Errorf("the relationships of %s name %d parts as its %s, so programs may read different ones; save it again with Excel or LibreOffice", of, n, kind)
	}
	return nil
}

// reader carries what is known of the workbook while its sheets are read.
type reader struct {
	pack     *pack
	book     *Book
	types    func(string) string
	strings  []string
	mixed    map[int]bool // those that programs may read differently
	styles   *styles
	cells    int
	from1904 bool // dates count from 1904, as they did on a Macintosh
	work     int
}

// nameOn is a defined name, in lower case, and the index of the tab it holds on;
// -1 for all.
type nameOn struct {
	sheet int
	name  string
}

// workbook reads the list of sheets and the defined names.
func (r *reader) workbook(rels map[string]relation) error {
	b, err := r.pack.read(r.book.workbook)
	if err != nil {
		return err
	}
	seen := map[string]string{}
	s := scan(r.book.workbook, b, r.pack.limits.Depth)
	var name *nameOn
	prefix, list := "", 0 // within the list of sheets: 1; after it: 2
	for s.next() {
		switch {
		case s.kind == opening && s.depth() == 1 && !s.is("workbook"):
			return fmt.Errorf("its part %s is <%s> and not <workbook>", quote(s.part), clip(string(s.name)))
		case s.kind == opening && s.depth() == 1:
			if prefix, err = s.ownRoot(); err != nil {
				return err
			}
		case s.kind == opening && s.is("sheets") && s.depth() == 2 && string(s.prefix) == prefix:
			if list++; list > 1 {
				return errors.New("it lists its sheets twice, so programs may show different ones; save it again with Excel or LibreOffice")
			}
			if s.empty {
				list++
			}
		case s.kind == opening && s.is("sheets"):
			return errors.New("it lists its sheets in another place too, so programs may show different ones; save it again with Excel or LibreOffice")
		case s.kind == closing && s.is("sheets") && s.depth() == 2:
			list++
		case s.kind == opening && s.is("workbookPr") && s.depth() == 2:
			r.from1904 = s.flag("date1904", false)
		case s.kind == opening && s.is("sheet") && s.depth() == 3 && list == 1:
			sheet, err := r.tab(s, rels)
			if err != nil {
				return err
			}
			if other, twice := seen[strings.ToLower(sheet.part)]; twice {
				return fmt.Errorf("its sheets %s and %s are the same part; save it again with Excel or LibreOffice", quote(other), quote(sheet.Name))
			}
			seen[strings.ToLower(sheet.part)] = sheet.Name
			if r.book.Sheets = append(r.book.Sheets, sheet); len(r.book.Sheets) > r.pack.limits.Sheets {
				return fmt.Errorf("it has more than %d sheets", r.pack.limits.Sheets)
			}
		case s.kind == opening && s.is("definedName") && s.depth() == 3 && !s.empty:
			if len(r.book.names) >= r.pack.limits.Names {
				return fmt.Errorf("it has more than %d defined names", r.pack.limits.Names)
			}
			name = &nameOn{s.number("localSheetId", -1), strings.ToLower(s.attr("name"))}
			r.book.names[*name] = ""
		case s.kind == closing:
			name = nil
		case (s.kind == text || s.kind == cdata) && name != nil:
			r.book.names[*name] += s.chars()
		}
	}
	if s.err == nil && len(r.book.Sheets) == 0 {
		return errors.New("it has no sheets")
	}
	return s.err
}

func (r *reader) tab(s *scanner, rels map[string]relation) (*Sheet, error) {
	sheet := &Sheet{Name: fromXstring(s.attr("name")), Hidden: s.attr("state") == "hidden" || s.attr("state") == "veryHidden", book: r.book, styles: r.styles}
	for _, other := range r.book.Sheets {
		if strings.EqualFold(other.Name, sheet.Name) {
			return nil, fmt.Errorf("it has two sheets named %s", quote(sheet.Name))
		}
	}
	rel, ok := rels[s.relation()]
	switch {
	case !ok || rel.external || r.pack.parts[strings.ToLower(rel.target)] == nil:
		return nil, fmt.Errorf("its sheet %s has no part: the relationship %s of %s leads nowhere in the file; save it again with Excel or LibreOffice", quote(sheet.Name), quote(s.relation()), quote(s.part))
	case strings.EqualFold(rel.target, r.book.workbook) || strings.EqualFold(rel.target, r.book.shared):
		return nil, fmt.Errorf("its sheet %s leads back to %s, in a circle; save it again with Excel or LibreOffice", quote(sheet.Name), quote(rel.target))
	}
	sheet.part, sheet.Cells = rel.target, rel.kind == "worksheet"
	if t := r.types(rel.target); sheet.Cells && !strings.HasSuffix(t, "worksheet+xml") {
		return nil, fmt.Errorf("its sheet %s has the content type %s, not that of a worksheet; save it again with Excel or LibreOffice", quote(sheet.Name), quote(t))
	}
	return sheet, nil
}

// finish resolves lists, which may lie on sheets read later, and describes every
// cell.
func (r *reader) finish() error {
	for i, s := range r.book.Sheets {
		r.lists(i, s)
	}
	for _, s := range r.book.Sheets {
		if r.work < 0 {
			return fmt.Errorf("the lists of its validations take too long to look through, on sheet %s", quote(s.Name))
		}
		for i := range s.Rows {
			for j := range s.Rows[i].Cells {
				if r.work -= s.describe(&s.Rows[i].Cells[j]); r.work < 0 {
					return fmt.Errorf("its sheet %s has too many overlapping merges or validations to look through", quote(s.Name))
				}
			}
		}
	}
	return nil
}
