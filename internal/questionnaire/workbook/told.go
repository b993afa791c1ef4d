package workbook

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A reader sees more words on a sheet than its cells hold: what a validation says
// to whoever comes to a cell, and what is printed above and below (ECMA-376 part 1,
// 18.3.1.32 and 18.3.1.46).

// prompt is the texts that a validation shows, or "".
func (w *sheetReader) prompt() string {
	var out []string
	for _, x := range []struct{ flag, title, text string }{{"showInputMessage", "promptTitle", "prompt"}, {"showErrorMessage", "errorTitle", "error"}} {
		title, text := w.attr(x.title), w.attr(x.text)
		if w.flag(x.flag, false) && strings.TrimSpace(title+text) != "" {
			out = append(out, x.text+": "+evened(title)+": "+evened(text))
		}
	}
	return strings.Join(out, "\n")
}

// Prompts returns the texts that the validations of a sheet show, each once, in
// alphabetical order.
func (s *Sheet) Prompts() []string {
	out := slices.Clone(s.prompts)
	slices.Sort(out)
	return slices.Compact(out)
}

// Prompt is what a validation says to whoever comes to a cell, or "".
func (s *Sheet) Prompt(ref string) string {
	if col, row, ok := ParseRef(ref); ok {
		if a, ok, _ := s.told.find(col, row); ok {
			return s.prompts[a.what]
		}
	}
	return ""
}

// print begins a header or a footer that is shown.
func (w *sheetReader) print(depth int) {
	switch {
	case depth == 2 && w.is("headerFooter"):
		w.first, w.even = w.flag("differentFirst", false), w.flag("differentOddEven", false)
	case depth != 3 || w.empty:
	case w.is("oddHeader"), w.is("oddFooter"), w.first && (w.is("firstHeader") || w.is("firstFooter")), w.even && (w.is("evenHeader") || w.is("evenFooter")):
		w.printed.Reset()
		w.into = &w.printed
	}
}

// layoutCode is what places and forms the words of a header: regions, font, size,
// colour, and the switches of bold and the like.
var layoutCode = regexp.MustCompile(`(?i)&(?:"[^"]*"|K[0-9A-F+-]{6}|[0-9]+|[LCRBIUESXYOH])`)

func (w *sheetReader) endPrint() {
	if words := evened(layoutCode.ReplaceAllString(w.printed.String(), " ")); words != "" {
		w.sheet.printed = append(w.sheet.printed, string(w.name)+": "+words)
	}
}

// Printed returns the words of the headers and footers that are printed, without
// what forms them, in the order of the file.
func (s *Sheet) Printed() []string { return s.printed }

// PrintArea is the part of the sheet that is printed, or "": all of it.
func (s *Sheet) PrintArea() string {
	i := slices.Index(s.book.Sheets, s)
	return strings.ToUpper(strings.NewReplacer("$", "", "'", "", " ", "").Replace(s.book.names[nameOn{i, "_xlnm.print_area"}]))
}

func evened(s string) string { return strings.Join(strings.Fields(s), " ") }

// stray is an error where cells stand outside of the sheet's cells, or what forms
// them is offered in two ways: each program reads what it takes for the sheet's.
func (w *sheetReader) stray(depth int) error {
	if w.choice == 0 && !w.empty && w.is("AlternateContent") {
		w.choice = depth
	}
	own := string(w.scanner.prefix) == w.prefix
	switch string(w.name) {
	case "sheetData":
		if depth == 2 && own && w.choice == 0 {
			return nil
		}
	case "c":
		if w.data {
			return nil
		}
	case "cols", "sheetFormatPr", "mergeCells", "dataValidations", "headerFooter", "sheetProtection":
		if w.choice == 0 {
			return nil
		}
	default:
		return nil
	}
	return fmt.Errorf("its sheet %s holds, at byte %d, <%s> beside its own, so programs may read different cells; save it again with Excel or LibreOffice", quote(w.sheet.Name), w.start, clip(string(w.name)))
}
