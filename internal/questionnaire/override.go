package questionnaire

import (
	"fmt"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

// overrides takes those of this questionnaire, and those of the questions of
// another that stand in it. One of a question that this questionnaire does not
// have would be waited for in vain, so it is an error.
func (b *builder) overrides(customer Customer) {
	b.override = map[string]Override{}
	for _, o := range customer.Overrides {
		if o.Questionnaire == b.q.ID && !b.q.has(o.Question) {
			b.refuse(o, "question", "%s has no question %q", b.q.ID, o.Question)
			continue
		}
		for _, s := range b.q.Sections {
			for _, x := range s.Questions {
				if o.of(b.q.ID, x) {
					b.override[x.ID] = o
				}
			}
		}
	}
}

// of reports whether an override is of this question.
func (o Override) of(questionnaire string, x Question) bool {
	return o.Questionnaire == questionnaire && o.Question == x.ID || x.As == o.Questionnaire+" "+o.Question
}

// In returns the IDs of the questions of a questionnaire that an override is of.
func (o Override) In(q *Questionnaire) []string {
	var out []string
	for _, s := range q.Sections {
		for _, x := range s.Questions {
			if o.of(q.ID, x) {
				out = append(out, x.ID)
			}
		}
	}
	return out
}

func (b *builder) refuse(o Override, field, format string, a ...any) {
	b.vars.found = append(b.vars.found, yamldoc.Finding{File: o.At.File, Line: o.At.Of(field), Field: "overrides." + field, Message: fmt.Sprintf(format, a...)})
}

// apply puts an override in the place of what the evidence gives, and says so.
// The status stays: what a role says for one customer is no evidence. What a
// check contradicts, and what is planned, is never talked into being there.
func (b *builder) apply(o Override, ans *Answer) {
	until := o.Expires.Format(time.DateOnly)
	if b.asOf.UTC().Truncate(24 * time.Hour).After(o.Expires.Time) {
		add(&ans.Details, fmt.Sprintf("Override expired: %s said otherwise until %s (%s); it no longer counts, and this is what the evidence gives", o.Owner, until, o.Reason))
		ans.Expired = true
		return
	}
	if ans.Status == control.Contradicted || ans.Status == control.Planned {
		if o.Value != "" && o.Value != "No" {
			b.refuse(o, "value", "%s is %s, and no override turns that into %s: %s; mend it and run the checks again, or remove the override",
				ans.Question, ans.Status, o.Value, bare(ans.Sentence))
			return
		}
		if !opensWithNo(o.Sentence) {
			b.refuse(o, "sentence", "%s is %s, so the sentence has to begin with No: %s", ans.Question, ans.Status, bare(ans.Sentence))
			return
		}
	}
	ans.Override = &Overridden{Reason: o.Reason, Owner: o.Owner, Expires: o.Expires.Time, Value: ans.Value, Sentence: ans.Sentence, Valued: o.Value != ""}
	if o.Value != "" {
		ans.Value = o.Value
	}
	who := fmt.Sprintf("(Override by %s until %s, not evidence.)", o.Owner, until)
	what := bare(o.Sentence)
	if what == "" {
		what = fmt.Sprintf("%s: %s", ans.Value, bare(o.Reason))
	}
	ans.Sentence = bare(clip(what, MaxWords-words(who))) + ". " + who
	notes := ans.Details
	ans.Details = []string{
		fmt.Sprintf("Override by %s, until %s: %s", o.Owner, until, bare(o.Reason)),
		fmt.Sprintf("From evidence, without the override: %s, %s: %s", ans.Status, orElse(ans.Override.Value, "left blank"), ans.Override.Sentence),
	}
	for _, n := range notes {
		add(&ans.Details, n)
	}
}

// opensWithNo reports whether a sentence says No before it says anything else;
// without a sentence the composed one does.
func opensWithNo(sentence string) bool {
	if sentence == "" {
		return true
	}
	first, _, _ := strings.Cut(sentence, " ")
	return strings.EqualFold(strings.TrimRight(first, ".,:;"), "no")
}
