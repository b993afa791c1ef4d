package questionnaire

import (
	"fmt"
	"strings"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

// Named is a place in a customer's file that names a single question.
type Named struct {
	Questionnaire, Question string
	Override                bool // else a label
	File                    string
	Line                    int
	field                   string
}

// Name is the question as a label names it, as "sig-lite E.1.4".
func (n Named) Name() string { return n.Questionnaire + " " + n.Question }

// Where is file and line, for a note.
func (n Named) Where() string { return fmt.Sprintf("%s:%d", n.File, n.Line) }

// Questions returns every place that names a single question: overrides in their
// order, then labels, the widest audience first.
func (c Customer) Questions() []Named {
	var out []Named
	for i, o := range c.Overrides {
		out = append(out, Named{o.Questionnaire, o.Question, true, o.At.File, o.At.Of("question"), fmt.Sprintf("overrides[%d].question", i)})
	}
	for _, level := range Levels() {
		l := c.Visibility.labels()[level]
		for _, name := range l.Questions {
			of, id, _ := strings.Cut(strings.Join(strings.Fields(name), " "), " ")
			out = append(out, Named{of, id, false, l.At.File, l.At.Of("questions"), fmt.Sprintf("visibility.%s.questions", level)})
		}
	}
	return out
}

// Unknown is yamldoc.Findings where a customer's file names a question that none
// of these questionnaires has: nothing would ever come of it. A cell of a buyer's
// workbook is not named here: the next workbook asks something else in that cell.
func (c Customer) Unknown(known []*Questionnaire) error {
	var found yamldoc.Findings
	var ids []string
	has := map[string]*Questionnaire{}
	for _, q := range known {
		if has[q.ID] == nil { // the first of an ID counts
			ids, has[q.ID] = append(ids, q.ID), q
		}
	}
	for _, n := range c.Questions() {
		bad := func(format string, a ...any) {
			found = append(found, yamldoc.Finding{File: n.File, Line: n.Line, Field: n.field, Message: fmt.Sprintf(format, a...)})
		}
		q, ok := has[n.Questionnaire]
		switch {
		case n.Questionnaire == OwnWords && n.Override:
			bad("a cell of one workbook is not overridden, since the next one asks something else in it: answer %s by hand", n.Question)
		case n.Questionnaire == OwnWords:
			bad("a cell of one workbook is not labelled, since the next one asks something else in it: label the controls or the checks behind %s", n.Question)
		case !ok:
			bad("there is no questionnaire %q; expected one of %s", n.Questionnaire, strings.Join(ids, ", "))
		case !q.has(n.Question):
			bad("%s has no question %q", q.ID, n.Question)
		}
	}
	return found.Err()
}
