package rendering

import (
	"fmt"
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
		beside: map[place]Text{}, said: map[place]bool{}, book: book, tool: f.Inputs.Tool}
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
		want := a.Value
		if c.Inverted && want == "Yes" && a.Override == nil {
			want = "No"
		}
		if typed.Only(text) != want {
			return fmt.Errorf("%s!%s says %q, and its run and its inputs give %q", c.Sheet, c.Ref, text, want)
		}
		if must := x.must(a); must != "" && !x.said[rowOf(c.Sheet, c.Ref)] {
			return fmt.Errorf("%s!%s stands without a comment of ours, which has to say %s", c.Sheet, c.Ref, must)
		}
	case layout.Comment:
		want := workbook.Clean(fill.Comment(&a, x.notes[c.Question], x.doc.Demonstration))
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
		if !ok {
			return "" // not recorded: said to be
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

// must is what cannot be left unsaid beside an answer, or nothing.
func (x *follower) must(a questionnaire.Answer) string {
	switch {
	case x.doc.Demonstration != "":
		return "that this is a demonstration"
	case a.Sample:
		return "that it rests on a sample, which nobody signed"
	case a.Override != nil:
		return "that this is an override and no evidence"
	case x.notes[a.Question] != "":
		return "that this is a draft, matched by its words"
	case a.Value == "NA":
		return "why the question does not apply"
	}
	return ""
}
