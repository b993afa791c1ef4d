package fill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
)

// Options is what a person asked for.
type Options struct {
	Overwrite     bool   // also cells with an answer in them
	WriteNo       bool   // a contradicted answer is written as No
	Demonstration string // words that every comment begins with, or empty
	// Check says why an edit cannot be written, as the workbook sees it; nil asks nobody.
	Check func(workbook.Edit) error
	// Assessed is what every claim comes to; a row that none of them decides may be near to one.
	Assessed control.Assessments
	// Wrote are the cells that arxctl wrote into the workbook before, by sheet!cell,
	// each with whether nothing but our words stands in it.
	Wrote map[string]bool
	// Customer is the file that gives the customer's variables, or empty.
	Customer string
}

// wanted says where variables are given.
func (o Options) wanted(variables []string) string {
	file := o.Customer
	if file == "" {
		file = "a file that --customer names"
	}
	return fmt.Sprintf("give it in %s, as variables: {%s: ...}", file, strings.Join(variables, ": ..., "))
}

// Decide decides on every question of a layout. find gives the answer of a row.
func Decide(l *layout.Layout, find func(layout.Table, layout.Row) Found, o Options) *Plan {
	p := &Plan{}
	for _, t := range l.Tables {
		for _, r := range t.Rows {
			p.row(l, t, r, find(t, r), o)
		}
	}
	for _, u := range l.Unread {
		for _, r := range u.Rows {
			p.Unread = append(p.Unread, Decision{Sheet: u.Sheet, Ref: fmt.Sprintf("row %d", r.Row), Row: r.Row, Question: r.Text,
				What: NotRead, Why: "it looks as if it asked something, and stands where no question was recognised (" + u.Why + ")", For: "not assigned"})
		}
	}
	return p
}

func (p *Plan) row(l *layout.Layout, t layout.Table, r layout.Row, f Found, o Options) {
	f.Directed = directed(t, r)
	if f.Answer != nil { // advice beside a question of which nothing is ours is not worth a reader
		f.Directed = cmp.Or(f.Directed, turnedAside(r))
		f.Held = cmp.Or(f.Held, r.Doubt, f.Directed, narrowedAside(r))
	}
	f.Held = cmp.Or(f.Held, r.Doubt, f.Directed, finishes(r, f))
	d := Decision{Sheet: t.Sheet, Ref: r.Answer.Ref, Row: r.Number, ID: r.ID, Question: r.Question, Now: strings.TrimSpace(r.Answer.Text),
		What: Unanswered, For: "not assigned", Review: f.Review, Inverted: f.Inverted}
	if typed.Prompt(d.Now, r.Answer.List...) {
		d.Now = ""
	}
	if d.Comment = strings.TrimSpace(r.Comment.Text); typed.Prompt(d.Comment) {
		d.Comment = ""
	}
	d.Ours = d.Now != "" && ours(t.Sheet, r, o)
	if f.Answer == nil {
		d.Why = cmp.Or(f.Why, "nothing that we claim is about this")
		d.hold(f.Held)
		d.keep(f, o)
		p.Decisions = append(p.Decisions, d)
		return
	}
	a := f.Answer
	d.Status, d.Says, d.For = a.Status, a.Sentence, forWhom(a)
	d.Contradicted, d.Blind, d.Expired = a.Status == control.Contradicted, a.Blind, a.Expired
	d.Override = a.Override != nil
	if a.Gap != nil {
		d.Need = a.Gap.Need
	}
	w := newWriting(f, o)
	switch {
	case f.Held != "" && (a.Value != "" || len(a.Lacks) > 0 || f.Spoken):
		d.hold(f.Held)
	case a.Status == control.Contradicted && !o.WriteNo && a.Override == nil:
		d.hold("a check shows otherwise than we claim; a No is never typed into a buyer's file by itself (--write-no does)" + d.beside())
	case a.Status == control.Contradicted && d.Comment != "" && typed.Value(d.Comment) != a.Value && a.Override == nil:
		d.hold("a check shows otherwise than we claim, and " + a.Value + " is typed beside no other words" + d.beside())
	case len(a.Lacks) > 0 && a.Override == nil: // what a role says needs no variable
		d.Lacks = a.Lacks
		d.hold("what we say to it needs the customer variable " + strings.Join(a.Lacks, " and ") + ", which has no value: " + o.wanted(a.Lacks))
	case a.Value == "":
		d.Why = blank(a.Status)
	case opposes(d.Comment, a.Value):
		d.hold(fmt.Sprintf("the comment beside it says %q already, and our answer is %s", clip(d.Comment, 40), a.Value))
	default:
		if why := w.fit(l.Family, t.Sheet, r, o); why != "" {
			d.hold(why)
			break
		}
		d.What, d.Value, d.Unsaid = Filled, w.value, w.unsaid
	}
	d.keep(f, o)
	if d.What == Filled {
		if d.Now != "" {
			d.Replaced = d.Now
		}
		p.write(t.Sheet, r, w, f, o)
	}
	p.Decisions = append(p.Decisions, d)
}

// beside repeats what the comment says already.
func (d *Decision) beside() string {
	if d.Comment == "" {
		return ""
	}
	return fmt.Sprintf("; the comment beside it says %q already", clip(d.Comment, 200))
}

// opposes reports whether a comment that stands there already begins with another
// value than ours: the two would be read together.
func opposes(comment, value string) bool {
	said := typed.Value(comment)
	return said != "" && said != value
}

func (d *Decision) hold(why string) {
	if why != "" {
		d.What, d.Why = Held, why
	}
}

// blank says why a status has no short value.
func blank(s control.Status) string {
	switch s {
	case control.Stale:
		return "what was shown or signed is beyond its limit"
	case control.Unproven:
		return "not shown: something that the answer rests on was not looked at, or is missing"
	}
	return "no control of ours decides this"
}

func forWhom(a *questionnaire.Answer) string {
	if a.Gap != nil && a.Gap.Owner != "" {
		return a.Gap.Owner
	}
	return cmp.Or(a.Owner(), "not assigned")
}

// write adds the edits of one row.
func (p *Plan) write(sheet string, r layout.Row, w writing, f Found, o Options) {
	add := func(role layout.Role, ref, value string, more bool) {
		p.Edits = append(p.Edits, workbook.Edit{Sheet: sheet, Ref: ref, Value: value, Append: more})
		p.Cells = append(p.Cells, Cell{sheet, ref, role, f.Answer.Question, f.Inverted})
	}
	add(layout.Answer, r.Answer.Ref, w.value, false)
	if w.owner != "" {
		add(layout.Owner, r.Owner.Ref, w.owner, false)
	}
	if w.comment != "" && !strings.Contains(r.Comment.Text, w.comment) {
		add(layout.Comment, r.Comment.Ref, w.comment, !o.Wrote[sheet+"!"+r.Comment.Ref]) // what we said before goes
	}
}

// ForPeople returns what people have to look at: what is held, what is
// unanswered, what was filled and wants a reader, and what stood there already
// and could not be seen, or no longer is fresh, today; by owner, and for each
// what evidence contradicts first.
func (p *Plan) ForPeople() []Decision {
	var out []Decision
	for _, d := range p.Decisions {
		if d.What == Held || d.What == Unanswered || d.What == Filled && (d.Review || d.Override || d.Unsaid != "") || d.What == Kept && (d.Blind || d.Expired) || d.Replaced != "" {
			out = append(out, d)
		}
	}
	urgency := func(d Decision) int {
		switch {
		case d.Contradicted:
			return 0
		case d.What == Held:
			return 1
		case d.What == Filled:
			return 2
		}
		return 3
	}
	slices.SortStableFunc(out, func(a, b Decision) int {
		return cmp.Or(strings.Compare(a.For, b.For), urgency(a)-urgency(b))
	})
	return append(out, p.Unread...)
}
