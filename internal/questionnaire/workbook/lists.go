package workbook

import (
	"sort"
	"strings"
)

// validation is one rule of a sheet, classic or of the extension of 2010 (x14).
type validation struct {
	kind    string // list, textLength, whole, custom ...; "" allows anything
	op      string
	stops   bool
	formula string
	second  string // the other end of between
	list    []string
}

// mostListed bounds a list: a validation over a whole column is no choice that a
// person makes.
const mostListed = 2_000

func (w *sheetReader) startRule() {
	w.rule = &validation{
		kind: w.attr("type"),
		op:   w.attr("operator"),
		// Without showErrorMessage Excel says nothing and takes any value.
		stops: w.flag("showErrorMessage", false) && (w.attr("errorStyle") == "" || w.attr("errorStyle") == "stop"),
	}
	w.formula.Reset()
	w.second.Reset()
	w.cover.Reset()
	w.cover.WriteString(w.attr("sqref"))
	w.says = w.prompt()
}

func (w *sheetReader) endRule() error {
	rule := *w.rule
	w.rule, w.into = nil, nil
	rule.formula = strings.TrimSpace(w.formula.String())
	rule.second = strings.TrimSpace(w.second.String())
	if w.says != "" {
		w.sheet.prompts = append(w.sheet.prompts, w.says)
		if err := w.add(&w.sheet.told, w.cover.String(), len(w.sheet.prompts)-1); err != nil {
			return err
		}
	}
	if rule.kind == "" || rule.kind == "none" {
		return nil
	}
	w.sheet.checks = append(w.sheet.checks, rule)
	return w.add(&w.sheet.rules, w.cover.String(), len(w.sheet.checks)-1)
}

// lists resolves the lists of a sheet, the i-th tab.
func (r *reader) lists(i int, s *Sheet) {
	known := map[string][]string{}
	for j := range s.checks {
		c := &s.checks[j]
		if c.kind != "list" {
			continue
		}
		list, done := known[c.formula]
		if !done {
			list = r.list(i, s, c.formula, 0)
			known[c.formula] = list
		}
		c.list = list
	}
}

// list is what a list formula allows: a literal, a range, or a name for one of
// these. Anything that would have to be calculated is nil.
func (r *reader) list(at int, s *Sheet, formula string, depth int) []string {
	formula = strings.TrimPrefix(strings.TrimSpace(formula), "=")
	if depth > 8 || formula == "" || r.work < 0 {
		return nil // names that name each other
	}
	if literal, ok := strings.CutPrefix(formula, `"`); ok {
		literal, ok = strings.CutSuffix(literal, `"`)
		if !ok || strings.Contains(strings.ReplaceAll(literal, `""`, ""), `"`) {
			return nil
		}
		return listed(strings.Split(strings.ReplaceAll(literal, `""`, `"`), ","))
	}
	sheet, ref := s, formula
	if i := strings.LastIndexByte(formula, '!'); i >= 0 {
		name := formula[:i]
		if strings.HasPrefix(name, "'") && strings.HasSuffix(name, "'") && len(name) > 2 {
			name = strings.ReplaceAll(name[1:len(name)-1], "''", "'")
		}
		ref = formula[i+1:]
		if sheet = r.sheetNamed(name); sheet == nil {
			return nil
		}
	}
	if a, ok := parseArea(ref); ok {
		return r.values(sheet, a)
	}
	if named, ok := r.book.named(at, formula); ok {
		return r.list(at, s, named, depth+1)
	}
	return nil
}

// sheetNamed finds a sheet as a formula names it: in any case.
func (r *reader) sheetNamed(name string) *Sheet {
	for _, s := range r.book.Sheets {
		if strings.EqualFold(s.Name, name) {
			return s
		}
	}
	return nil
}

// named is the formula of a defined name: the sheet's own before the workbook's.
func (b *Book) named(at int, name string) (formula string, ok bool) {
	if formula, ok = b.names[nameOn{at, strings.ToLower(name)}]; !ok {
		formula, ok = b.names[nameOn{-1, strings.ToLower(name)}]
	}
	return formula, ok
}

func (r *reader) values(s *Sheet, a area) []string {
	var out []string
	from := sort.Search(len(s.Rows), func(i int) bool { return s.Rows[i].Number >= a.r1 })
	for _, row := range s.Rows[from:] {
		if row.Number > a.r2 || r.work < 0 {
			break
		}
		r.work -= len(row.Cells)
		for _, c := range row.Cells {
			if a.holds(c.Col, c.Row) {
				out = append(out, c.Text)
			}
		}
		if len(out) > mostListed {
			return nil
		}
	}
	return listed(out)
}

// listed drops blanks around and between the items.
func listed(items []string) []string {
	out := []string{}
	for _, item := range items {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}
