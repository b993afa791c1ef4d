package xlsx

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

// looks are the styles. No status is told by colour alone: each has its word and
// a mark, and the colours are light enough to read in print.
type looks struct {
	title, demo, note, head, text, link, bold int
	status                                    map[control.Status]int
}

func (b *book) styles() error {
	var failed error
	style := func(s excelize.Style) int {
		s.Font.Family, s.Border = "Calibri", thin()
		if s.Alignment == nil {
			s.Alignment = &excelize.Alignment{Vertical: "top", WrapText: true}
		}
		id, err := b.NewStyle(&s)
		if err != nil {
			failed = err
		}
		return id
	}
	flat := func(f excelize.Font) int {
		id, err := b.NewStyle(&excelize.Style{Font: &f, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
		if err != nil {
			failed = err
		}
		return id
	}
	fill := func(color string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
	}
	b.look = looks{
		title: flat(excelize.Font{Family: "Calibri", Size: 14, Bold: true}),
		demo:  flat(excelize.Font{Family: "Calibri", Size: 11, Bold: true, Color: "9C0006"}),
		note:  flat(excelize.Font{Family: "Calibri", Size: 10, Color: "404040"}),
		head:  style(excelize.Style{Font: &excelize.Font{Size: 11, Bold: true, Color: "FFFFFF"}, Fill: fill("1F3864")}),
		text:  style(excelize.Style{Font: &excelize.Font{Size: 10}}),
		bold:  style(excelize.Style{Font: &excelize.Font{Size: 10, Bold: true}}),
		link:  style(excelize.Style{Font: &excelize.Font{Size: 10, Color: "0563C1", Underline: "single"}}),
	}
	b.look.status = map[control.Status]int{}
	colors := map[control.Status]string{control.Proven: "D9EAD3", control.Attested: "DDEBF7", control.Planned: "FFF2CC", control.Contradicted: "F8CBAD",
		control.Stale: "FCE4D6", control.Unproven: "EDEDED", control.NotApplicable: "F2F2F2", control.Unanswered: "FFFFFF"}
	for _, s := range control.Statuses() { // in order: a style's number is its place
		b.look.status[s] = style(excelize.Style{Font: &excelize.Font{Size: 10, Bold: true}, Fill: fill(colors[s])})
	}
	return failed
}

func thin() []excelize.Border {
	var list []excelize.Border
	for _, side := range []string{"left", "right", "top", "bottom"} {
		list = append(list, excelize.Border{Type: side, Color: "BFBFBF", Style: 1})
	}
	return list
}

// column is a heading and its width in characters.
type column struct {
	name  string
	width float64
}

// begin writes what every sheet has: its title, what it is and of what, on paper
// too, and the frozen row of column names.
func (b *book) begin(sheet, says string, columns []column) error {
	if i, err := b.GetSheetIndex(sheet); err != nil || i < 0 {
		if _, err := b.NewSheet(sheet); err != nil {
			return err
		}
	}
	style, line := b.look.note, says
	if b.doc.Demonstration != "" {
		style, line = b.look.demo, b.doc.Demonstration+". "+says
	}
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = c.name
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := b.SetColWidth(sheet, letter, letter, c.width); err != nil {
			return err
		}
	}
	for i, x := range []struct {
		text  string
		style int
		high  float64
	}{{b.doc.Title, b.look.title, 19}, {line, style, 15}} {
		if err := b.across(sheet, i+1, columns, x.text, x.style, x.high); err != nil {
			return err
		}
	}
	for i, name := range head {
		if err := b.put(sheet, i+1, headRow, name, b.look.head); err != nil {
			return err
		}
	}
	if err := b.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: headRow, TopLeftCell: fmt.Sprintf("A%d", headRow+1), ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return nil
}

// across writes a text over the width of the table, and not past it: what stands
// beside a table is not printed with it, and not seen.
func (b *book) across(sheet string, row int, columns []column, text string, style int, high float64) error {
	last, err := excelize.CoordinatesToCellName(len(columns), row)
	if err != nil {
		return err
	}
	wide := 0.0
	for _, c := range columns {
		wide += c.width * 0.75 // letters of these lines are larger, and bold
	}
	if err := b.put(sheet, 1, row, text, style); err != nil {
		return err
	}
	if err := b.MergeCell(sheet, fmt.Sprintf("A%d", row), last); err != nil {
		return err
	}
	lines := 1 + utf8.RuneCountInString(render.Cell(text))/int(wide)
	return b.SetRowHeight(sheet, row, min(float64(lines)*high+3, 409))
}

// end closes a sheet at its last row, with a filter over its columns if asked.
func (b *book) end(sheet string, columns []column, last int, filter bool) error {
	letter, err := excelize.ColumnNumberToName(len(columns))
	if err != nil {
		return err
	}
	if err := b.SetSheetDimension(sheet, fmt.Sprintf("A1:%s%d", letter, last)); err != nil {
		return err
	}
	if filter {
		if err := b.AutoFilter(sheet, fmt.Sprintf("A%d:%s%d", headRow, letter, max(last, headRow+1)), nil); err != nil {
			return err
		}
	}
	return b.paper(sheet) // last: a filter replaces the sheet's properties
}

// tall gives a row the height that its longest cell needs, in points: programs
// other than Excel do not all find it out themselves. 409 is the most (Excel
// specifications and limits).
func (b *book) tall(sheet string, row int, columns []column, texts []string) error {
	most := 1
	for i, text := range texts {
		lines := 0
		for _, line := range strings.Split(render.Cell(text), "\n") {
			lines += 1 + utf8.RuneCountInString(line)*10/int(columns[i].width*11)
		}
		most = max(most, lines)
	}
	return b.SetRowHeight(sheet, row, min(float64(most)*13.8+3, 409))
}

// paper sets a sheet for print: landscape, as wide as a page, the head on each.
func (b *book) paper(sheet string) error {
	landscape, wide, any, fit := "landscape", 1, 0, true
	if err := b.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &landscape, FitToWidth: &wide, FitToHeight: &any}); err != nil {
		return err
	}
	if err := b.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	foot := "&L" + ampersands(cut(b.doc.Demonstration, 80)) + "&Rrun " + ampersands(cut(b.doc.RunDigest, 12)) + ", &P of &N"
	if err := b.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: foot}); err != nil {
		return err
	}
	return b.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("%s!$1:$%d", sheet, headRow), Scope: sheet})
}

// ampersands are codes in a footer (ECMA-376 part 1, 18.3.1.46); a double one is itself.
func ampersands(s string) string { return strings.ReplaceAll(render.Plain(s), "&", "&&") }

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// put writes one cell as text: no text of ours is a formula.
func (b *book) put(sheet string, col, row int, text string, style int) error {
	cell, err := excelize.CoordinatesToCellName(col, row)
	if err != nil {
		return err
	}
	if text != "" {
		if err := b.SetCellStr(sheet, cell, render.Cell(text)); err != nil {
			return err
		}
	}
	return b.SetCellStyle(sheet, cell, cell, style)
}

// link writes a cell that leads to another one of this workbook.
func (b *book) link(sheet string, col, row int, text, to string) error {
	if err := b.put(sheet, col, row, text, b.look.link); err != nil {
		return err
	}
	cell, err := excelize.CoordinatesToCellName(col, row)
	if err != nil {
		return err
	}
	return b.SetCellHyperLink(sheet, cell, to, "Location")
}

// allow limits a column's cells to a list of values.
func (b *book) allow(sheet, letter string, last int, values []string, title, says string) error {
	v := excelize.NewDataValidation(true)
	v.SetSqref(fmt.Sprintf("%s%d:%[1]s%[3]d", letter, headRow+1, max(last, headRow+1)))
	if err := v.SetDropList(values); err != nil {
		return err
	}
	v.SetError(excelize.DataValidationErrorStyleStop, title, says)
	return b.AddDataValidation(sheet, v)
}

func statusText(s control.Status) string { return render.Mark(s) + " " + string(s) }

// says is the second line of each sheet.
func (b *book) says() string {
	d := b.doc
	text := fmt.Sprintf("Stack %s, build %s, environment %s; run %s; as of %s", orUnknown(d.Stack.Name), orUnknown(d.Stack.Build), orUnknown(d.Stack.Environment),
		orUnknown(cut(d.RunDigest, 12)), d.AsOf.UTC().Format("2006-01-02"))
	if d.KeyID == "" {
		text += "; UNSIGNED"
	}
	if d.Samples {
		text += "; some attestations are a " + questionnaire.SampleText
	}
	if x := render.AudienceText(d); x != "" {
		text += "; for " + x
	}
	return text
}

func orUnknown(s string) string {
	if strings.TrimSpace(s) == "" {
		return "unknown"
	}
	return s
}
