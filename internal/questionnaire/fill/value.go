package fill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
)

// writing is what goes into the cells of one row.
type writing struct {
	value, owner, comment string
	unsaid                string   // why the comment is not written, or empty
	must                  []string // what the comment has to say beside the value
}

// newWriting is what our answer to a row would put there. What has to be said
// beside the value cannot be left out of the workbook.
func newWriting(f Found, o Options) writing {
	a := f.Answer
	w := writing{value: a.Value, owner: a.Ownership, comment: Comment(a, f.Note, o.Demonstration)}
	w.must = Must(a, f.Review, o.Demonstration)
	return w
}

// Must is what the comment beside an answer cannot leave unsaid. draft is true of
// an answer that was found by the words of the question.
func Must(a *questionnaire.Answer, draft bool, demonstration string) []string {
	var out []string
	warned := func(l questionnaire.Line) bool { return l.Outcome == string(evidence.Warn) || len(l.Excluded) > 0 }
	for _, m := range []struct {
		is   bool
		what string
	}{
		{demonstration != "", "that this is a demonstration"},
		{a.Sample, "that it rests on a sample, which nobody signed"},
		{a.Override != nil, "that this is an override and no evidence"},
		{a.Value == "NA", "why the question does not apply"},
		{draft, "that this is a draft, matched by its words"},
		{a.Value == "Yes" && slices.ContainsFunc(a.Evidence, warned), "with which warnings"},
	} {
		if m.is {
			out = append(out, m.what)
		}
	}
	return out
}

// fit settles the spelling of each value by the cell's own list, and returns why
// the row cannot be written, or nothing.
func (w *writing) fit(f layout.Family, sheet string, r layout.Row, o Options) string {
	if why := cmp.Or(closed(r.Answer), r.Answer.Unseen); why != "" {
		return fmt.Sprintf("the answer's cell %s %s", r.Answer.Ref, why)
	}
	if len(r.Answer.List) == 0 && r.Answer.ListStops && r.Answer.ListFrom != "" {
		return fmt.Sprintf("the cell %s takes what %s gives, which only a calculation tells", r.Answer.Ref, r.Answer.ListFrom)
	}
	spelled, ok := spell(w.value, r.Answer.List, f)
	if !ok {
		return fmt.Sprintf("the cell %s takes one of %s, and our answer is %s", r.Answer.Ref, strings.Join(r.Answer.List, ", "), w.value)
	}
	na := w.value == "NA"
	w.value = spelled
	if why := refusedBy(o, workbook.Edit{Sheet: sheet, Ref: r.Answer.Ref, Value: spelled}); why != "" {
		return why
	}
	if r.Comment.Masked {
		return fmt.Sprintf("the comment's cell %s has a number format that shows another text", r.Comment.Ref)
	}
	switch {
	case r.Comment.Ref == "":
		w.unsaid = "there is no column for comments"
	case cmp.Or(closed(r.Comment), r.Comment.Unseen) != "":
		w.unsaid = fmt.Sprintf("the comment's cell %s %s", r.Comment.Ref, cmp.Or(closed(r.Comment), r.Comment.Unseen))
	default:
		w.unsaid = refusedBy(o, workbook.Edit{Sheet: sheet, Ref: r.Comment.Ref, Value: w.comment, Append: true})
	}
	if w.unsaid != "" {
		if len(w.must) > 0 {
			return w.unsaid + ", so it cannot be said there " + strings.Join(w.must, ", nor ")
		}
		w.comment = ""
	}
	if why := w.fitOwner(r, na); why != "" || w.owner == "" {
		return why
	}
	return refusedBy(o, workbook.Edit{Sheet: sheet, Ref: r.Owner.Ref, Value: w.owner})
}

func refusedBy(o Options, e workbook.Edit) string {
	if o.Check == nil {
		return ""
	}
	if err := o.Check(e); err != nil {
		return err.Error()
	}
	return ""
}

// fitOwner: who owns a control is not said of one that does not apply. A legal
// owner that the list does not have is left out, with the rest of the row.
func (w *writing) fitOwner(r layout.Row, na bool) string {
	if r.Owner.Ref == "" || na || w.owner == "" || !typed.Prompt(r.Owner.Text, r.Owner.List...) || cmp.Or(closed(r.Owner), r.Owner.Unseen) != "" {
		w.owner = ""
		return ""
	}
	for _, v := range r.Owner.List {
		if strings.EqualFold(strings.TrimSpace(v), w.owner) {
			w.owner = v
			return ""
		}
	}
	if len(r.Owner.List) > 0 {
		return fmt.Sprintf("the cell %s takes one of %s, and the owner is %s", r.Owner.Ref, strings.Join(r.Owner.List, ", "), w.owner)
	}
	return ""
}

// closed says why a cell is not ours to write, or nothing.
func closed(c workbook.Cell) string {
	switch {
	case c.Formula:
		return "holds a formula"
	case c.Locked:
		return "is locked"
	case c.MergedInto != "" && c.MergedInto != c.Ref:
		return "is part of the merged cell " + c.MergedInto
	}
	return ""
}

// spell returns a value as the list of a cell spells it, or as the family does
// where there is no list.
func spell(value string, list []string, f layout.Family) (string, bool) {
	if len(list) == 0 {
		if value == "NA" && f != layout.CAIQ {
			return "N/A", true
		}
		return value, true
	}
	i := slices.IndexFunc(list, func(v string) bool { return typed.Only(v) == value })
	if i < 0 {
		return "", false
	}
	return list[i], true
}
