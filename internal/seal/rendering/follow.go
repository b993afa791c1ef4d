package rendering

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
	"github.com/arxsec/arxctl/internal/seal"
)

// follower builds the answers of a filled workbook again.
type follower struct {
	doc     *questionnaire.Document
	answers map[string]questionnaire.Answer
	notes   map[string]string // by question: what a comment that was matched by its words begins with
	byID    bool
	beside  map[place]Text // ID of a row, by sheet and row number
	said    map[place]bool // rows that have a comment of ours
	book    *workbook.Book
	tool    string
}

// again builds the answers from the run and the inputs, and holds each cell that
// is ours against them: the short value, and every word of the comment, so that
// what marks a demonstration, a sample, a draft or an override cannot be left out.
func (f filled) again(run *seal.Run, book *workbook.Book) (int, error) {
	x, err := f.follow(run, book)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, c := range f.Workbook.Cells {
		if err := x.cell(c); err != nil {
			return n, err
		}
		if c.Role == string(layout.Answer) {
			n++
		}
	}
	return n, nil
}

func (f filled) follow(run *seal.Run, book *workbook.Book) (*follower, error) {
	doc, err := f.Inputs.Document(run)
	if err != nil {
		return nil, err
	}
	from, err := f.Inputs.decode()
	if err != nil {
		return nil, err
	}
	q := from.questionnaire
	x := &follower{doc: doc, answers: map[string]questionnaire.Answer{}, notes: map[string]string{}, byID: fill.ByID(q),
		said: map[place]bool{}, book: book, tool: f.Inputs.Tool}
	for _, a := range doc.Answers() {
		x.answers[a.Question] = a
	}
	for _, s := range q.Sections {
		for _, one := range s.Questions {
			if q.ID == questionnaire.OwnWords && one.As == "" {
				x.notes[one.ID] = fill.Draft(one.Decide)
			}
		}
	}
	if f.Workbook.Beside != nil {
		x.beside = map[place]Text{}
	}
	for _, b := range f.Workbook.Beside {
		for _, t := range b.Texts {
			if t.Role == string(layout.ID) {
				x.beside[rowOf(b.Sheet, t.Ref)] = t
			}
		}
	}
	for _, c := range f.Workbook.Cells {
		if c.Role == string(layout.Comment) {
			x.said[rowOf(c.Sheet, c.Ref)] = true
		}
	}
	return x, nil
}

func rowOf(sheet, ref string) place {
	return place{sheet, strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
}

// cell holds one cell against the answer that it has by the run and the inputs.
func (x *follower) cell(c Cell) error {
	a, ok := x.answers[c.Question]
	if !ok {
		return fmt.Errorf("%s!%s: the inputs have no question %s", c.Sheet, c.Ref, c.Question)
	}
	if why := x.elsewhere(c); why != "" {
		return fmt.Errorf("%s!%s answers %s by what lies beside the workbook, and %s", c.Sheet, c.Ref, c.Question, why)
	}
	text := x.book.Sheet(c.Sheet).Cell(c.Ref).Text
	switch layout.Role(c.Role) {
	case layout.Answer:
		if c.Inverted && a.Value == "Yes" {
			a.Value = "No"
		}
		if c.Inverted && x.notes[c.Question] == "" {
			return fmt.Errorf("%s!%s is marked as a question to which a Yes would be bad, and only one that was found by its words can be", c.Sheet, c.Ref)
		}
		if typed.Only(text) != a.Value {
			return fmt.Errorf("%s!%s says %q, and its run and its inputs give %q", c.Sheet, c.Ref, text, a.Value)
		}
		if must := fill.Must(&a, x.notes[c.Question] != "", x.doc.Demonstration); len(must) > 0 && !x.says(c, a) {
			return fmt.Errorf("%s!%s stands without a comment of ours, which has to say %s", c.Sheet, c.Ref, strings.Join(must, ", and "))
		}
	case layout.Comment:
		want := x.comment(a)
		if text != want && !strings.HasSuffix(text, "\n"+want) {
			return fmt.Errorf("%s!%s does not say what its run and its inputs give, as %s says it: %s", c.Sheet, c.Ref, x.tool, want)
		}
	case layout.Owner:
		if !strings.EqualFold(strings.TrimSpace(text), a.Ownership) {
			return fmt.Errorf("%s!%s says %q, and its inputs give %q", c.Sheet, c.Ref, text, a.Ownership)
		}
	default:
		return fmt.Errorf("%s!%s: unknown role %q", c.Sheet, c.Ref, c.Role)
	}
	return nil
}

// elsewhere says why a cell does not stand where the question is asked: beside its
// ID, where IDs decide, else in the row that the question was read from.
func (x *follower) elsewhere(c Cell) string {
	if x.byID {
		t, ok := x.beside[rowOf(c.Sheet, c.Ref)]
		switch {
		case x.beside == nil:
			return ""
		case !ok:
			return "stands beside no ID that was recorded"
		}
		if id := strings.TrimSpace(visible(x.book.Sheet(c.Sheet), t.Ref).Text); id != c.Question {
			return fmt.Sprintf("stands beside %q", id)
		}
		return ""
	}
	sheet, ref, ok := fill.CellOf(c.Question)
	if ok && rowOf(sheet, ref) != rowOf(c.Sheet, c.Ref) {
		return "stands in another row"
	}
	return ""
}

func (x *follower) comment(a questionnaire.Answer) string {
	return workbook.Clean(fill.Comment(&a, x.notes[a.Question], x.doc.Demonstration))
}

// says reports whether the row of an answer has a comment of ours, or one that said
// all of ours before it was filled in.
func (x *follower) says(c Cell, a questionnaire.Answer) bool {
	if x.said[rowOf(c.Sheet, c.Ref)] {
		return true
	}
	s := x.book.Sheet(c.Sheet)
	here := s.Cell(c.Ref)
	return slices.ContainsFunc(s.Rows, func(r workbook.Row) bool {
		return r.Number == here.Row && slices.ContainsFunc(r.Cells, func(one workbook.Cell) bool { return strings.Contains(one.Text, x.comment(a)) })
	})
}
