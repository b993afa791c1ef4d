package layout

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
)

// file is a layout as a person writes it, for a workbook that Detect does not
// recognise or reads in several ways.
type file struct {
	Questionnaire string     `yaml:"questionnaire"` // as caiq-4.0.3; optional
	Sheets        []sheet    `yaml:"sheets"`
	At            yamldoc.At `yaml:"-"`
}

type sheet struct {
	Sheet    string     `yaml:"sheet"`
	First    string     `yaml:"first_row"`
	Last     string     `yaml:"last_row"`
	Section  string     `yaml:"section"`
	ID       string     `yaml:"id"`
	Question string     `yaml:"question"`
	Answer   string     `yaml:"answer"`
	Comment  string     `yaml:"comment"`
	Owner    string     `yaml:"owner"`
	At       yamldoc.At `yaml:"-"`
}

// maxRow is the last row that a sheet can have (ECMA-376, by way of every
// application that reads it).
const maxRow = 1 << 20

// Given lays a workbook out as a person's file says. Errors are
// yamldoc.Findings, with file and line.
func Given(f yamldoc.File, b *workbook.Book) (*Layout, error) {
	var in file
	found := yamldoc.Of(yamldoc.Decode(f.Name, f.Body, &in))
	l := &Layout{Given: true, Questionnaire: in.Questionnaire}
	if len(found) == 0 && len(in.Sheets) == 0 {
		found = append(found, yamldoc.Finding{File: f.Name, Line: in.At.Of("sheets"), Field: "sheets", Message: "missing; expected at least one sheet with its columns"})
	}
	for i, s := range in.Sheets {
		t, left, wrong := s.table(f.Name, fmt.Sprintf("sheets[%d]", i), b)
		found = append(found, wrong...)
		if len(wrong) == 0 {
			l.Tables = append(l.Tables, t)
			l.Titles = append(l.Titles, t.Sheet)
			l.LeftRows = append(l.LeftRows, left...)
		}
	}
	if err := found.Err(); err != nil {
		return nil, err
	}
	l.recogniseFamily()
	if l.Questions() == 0 {
		return nil, &Nothing{Left: []Left{{Sheet: in.Sheets[0].Sheet, Why: "no row from first_row on has text in the question's column"}}}
	}
	return l, nil
}

func (s sheet) table(file, field string, b *workbook.Book) (Table, []LeftRow, yamldoc.Findings) {
	var found yamldoc.Findings
	bad := func(key, format string, a ...any) {
		found = append(found, yamldoc.Finding{File: file, Line: s.At.Of(key), Field: field + "." + key, Message: fmt.Sprintf(format, a...)})
	}
	number := func(key, text string, missing int) int {
		if text == "" {
			return missing
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxRow {
			bad(key, "expected a row number from 1 to %d, got %q", maxRow, text)
		}
		return n
	}
	t := Table{Sheet: s.Sheet, Columns: map[Role]Column{}}
	for _, c := range []struct {
		role   Role
		letter string
	}{{Section, s.Section}, {ID, s.ID}, {Question, s.Question}, {Answer, s.Answer}, {Comment, s.Comment}, {Owner, s.Owner}} {
		switch {
		case c.letter == "" && (c.role == Question || c.role == Answer):
			bad(string(c.role), "missing; expected a column as C")
		case c.letter == "":
		case columnNumber(c.letter) == 0:
			bad(string(c.role), "expected a column as C, got %q", c.letter)
		case t.holds(columnNumber(c.letter)):
			bad(string(c.role), "column %s has a role already", c.letter)
		default:
			t.Columns[c.role] = Column{Col: columnNumber(c.letter), Letter: c.letter}
		}
	}
	first, last := number("first_row", s.First, 1), number("last_row", s.Last, maxRow)
	if first > last {
		bad("last_row", "expected a row from first_row (%d) on, got %d", first, last)
	}
	var names []string
	for _, x := range b.Sheets {
		if x.Name == s.Sheet && len(found) == 0 {
			left := t.all(t.lines(x, between(x, first, last+1)))
			return t, left, nil
		}
		if x.Name == s.Sheet {
			return t, nil, found
		}
		names = append(names, strconv.Quote(x.Name))
	}
	bad("sheet", "there is no sheet %q in the workbook; expected one of %s", s.Sheet, strings.Join(names, ", "))
	return t, nil, found
}

// columnNumber is the number of a column, A being 1; 0 for what is none.
func columnNumber(letters string) int {
	col, row, ok := workbook.ParseRef(letters + "1")
	if !ok || row != 1 || workbook.ColumnName(col) != letters {
		return 0
	}
	return col
}
