package fill

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// Heed takes a customer's file into account before File is called: the labels of
// single questions count, and a row that has the number of an overridden question
// and other words is a person's. What it returns are the rows that are questions
// of the questionnaire, by its IDs.
func (d *Drafts) Heed(c questionnaire.Customer) (asked map[string]bool) {
	for _, n := range c.Questions() {
		x, ok := d.byID[n.Question]
		if n.Questionnaire != d.id || !ok {
			continue
		}
		if !n.Override && !slices.ContainsFunc(d.file.Kin, func(k draftKin) bool { return k.As == n.Name() }) {
			d.file.Kin = append(d.file.Kin, draftKin{n.Name(), slices.Concat(x.Decide, x.Mention)})
		}
		for k, row := range d.rows {
			if n.Override && row.stray == n.Question {
				row.held = fmt.Sprintf("its number is that of %s, which %s overrides, and its words are not those (%s)", n.Name(), n.File, x.Topic)
				d.rows[k] = row
			}
		}
	}
	asked = map[string]bool{}
	for _, row := range d.rows {
		asked[row.id] = true // of none where its words do not agree
	}
	return asked
}

// Asked is what Heed returns, for a workbook whose questions are found by their IDs alone.
func Asked(l *layout.Layout) map[string]bool {
	asked := map[string]bool{}
	for _, id := range l.IDs() {
		asked[id] = true
	}
	return asked
}

// NotAbout says, in a line each, which overrides and labels of a customer's file
// are not about a workbook. q is what it was recognised as, or nil.
func NotAbout(c questionnaire.Customer, q *questionnaire.Questionnaire, asked map[string]bool) []string {
	is, this := "which is none of our questionnaires", ""
	if q != nil {
		is, this = "which is "+q.ID, q.ID
	}
	var of []string
	lines, file := map[string][]string{}, ""
	var out []string
	for _, n := range c.Questions() {
		switch {
		case n.Questionnaire == this && n.Override && !asked[n.Question]:
			out = append(out, fmt.Sprintf("%s: the override of %s is not used: no row of this workbook is that question, by its ID and its words", n.Where(), n.Name()))
		case n.Questionnaire != this:
			if file = n.File; !slices.Contains(of, n.Questionnaire) {
				of = append(of, n.Questionnaire)
			}
			if line := fmt.Sprint(n.Line); !slices.Contains(lines[n.Questionnaire], line) {
				lines[n.Questionnaire] = append(lines[n.Questionnaire], line)
			}
		}
	}
	for _, id := range of {
		at, more := lines[id], ""
		if len(at) > 5 {
			at, more = at[:5], fmt.Sprintf(" and %d more", len(at)-5)
		}
		out = append(out, fmt.Sprintf("%s:%s: what it says of questions of %s is not about this workbook, %s%s", file, at[0], id, is, also(at[1:], more)))
	}
	return out
}

func also(lines []string, more string) string {
	if len(lines) == 0 {
		return ""
	}
	return fmt.Sprintf(" (also line %s%s)", strings.Join(lines, ", "), more)
}

// overridden lifts what keeps a control from answering a question where a role
// gave the value for it: that is no word of the control. How the question is put
// is still a person's to read, since the override was made for ours.
func (f *Found) overridden() {
	if o := f.Answer.Override; o != nil && o.Valued {
		f.Held = ""
	}
}
