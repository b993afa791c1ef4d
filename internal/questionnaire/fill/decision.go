// Package fill decides what goes into which cell of a buyer's workbook: the
// right short value where evidence or a signature stands behind it, and nothing
// where nobody can stand behind it. It is pure: what it decides, the workbook
// package writes.
package fill

import (
	"fmt"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// What became of a question.
type What string

// Outcomes of a question.
const (
	Filled     What = "filled"
	Held       What = "needs your yes or no"
	Unanswered What = "unanswered"
	Kept       What = "already answered"
	NotRead    What = "not read" // counts among no questions: nobody knows whether it is one
)

// Decision is what was decided on one question.
type Decision struct {
	Sheet, Ref   string // the answer's cell
	Row          int
	ID, Question string

	What     What
	Status   control.Status // empty where nothing of ours is about the question
	Value    string         // written, as the cell's list spells it
	Why      string         // what is held or not written, and the reason
	Says     string         // what our answer says, for the person who decides
	Need     string         // what would let it be answered
	For      string         // role
	Now      string         // the answer that the cell holds already; a prompt is none
	Ours     bool           // arxctl wrote that answer before
	Comment  string         // what stands beside it already; a prompt is nothing
	Untrue   bool           // that answer is not so: a check, or our own plan, says otherwise
	Replaced string         // what was overwritten
	Unsaid   string         // filled, and why what we say to it stands nowhere in the workbook
	Override bool           // our answer is what a role says, and not what the evidence gives
	Inverted bool           // a Yes to it would be bad
	Review   bool           // filled, and to be read by a person before it is sent

	Lacks []string // held for want of these customer variables

	Blind, Expired, Contradicted bool // of the answer behind it, for the exit code
}

// Cell is one cell that is written.
type Cell struct {
	Sheet, Ref string
	Role       layout.Role
	Question   string // under which the document has it
	Inverted   bool
}

// Plan is what was decided on every question, and the edits that follow.
type Plan struct {
	Decisions []Decision
	Unread    []Decision // rows that look as if they asked something
	Edits     []workbook.Edit
	Cells     []Cell // one an edit
}

// Count returns how many questions have this outcome.
func (p *Plan) Count(w What) int {
	n := 0
	for _, d := range p.Decisions {
		if d.What == w {
			n++
		}
	}
	return n
}

// Headline is the first thing that a person reads: "41 filled, 6 need your yes
// or no, 233 unanswered".
func (p *Plan) Headline() string {
	held := string(Held)
	if p.Count(Held) != 1 {
		held = "need your yes or no"
	}
	text := fmt.Sprintf("%d filled, %d %s, %d unanswered", p.Count(Filled), p.Count(Held), held, p.Count(Unanswered))
	if n := p.Count(Kept); n > 0 {
		text += fmt.Sprintf(", %d already answered", n)
	}
	return text
}

// Found is the answer that a question has, and how it came by it.
type Found struct {
	Answer *questionnaire.Answer // nil: nothing of ours is about the question
	Why    string                // nothing of ours answers it, in one sentence; empty: the usual one
	Held   string                // a reason why a person decides whatever the answer is
	Spoken bool                  // held also where we have no value: a person may have spoken of it
	Note   string                // stands before the comment, as "Draft, matched by wording"
	Review bool
	// Inverted is true where what we claim holding means No.
	Inverted bool
	// Directed is why Yes may be the bad answer by what stands over the row, or beside it. Decide sets it.
	Directed string
	// Near is true where what we claim is near to the question, and Held or Why says
	// why it does not answer it. Beside are the controls that are as near where none
	// is chosen.
	Near   bool
	Beside []string
}
