package questionnaire

import (
	"slices"

	"github.com/arxsec/arxctl/internal/control"
)

// byCriterion are the frameworks whose criteria a control may decide only with
// a whole reference to the criterion.
func byCriterion(framework string) bool { return slices.Contains(control.Frameworks(), framework) }

func (l *linter) questionnaire(q *Questionnaire) {
	own := map[string]bool{}
	for _, v := range q.Variables {
		if own[v.Name] {
			l.bad(v.At, "name", "the variable %s is declared twice", v.Name)
		}
		own[v.Name] = true
	}
	used := map[string]bool{}
	use := func(text string, report func(name string)) {
		for _, name := range placeholders(text) {
			used[name] = true
			if !own[name] {
				report(name)
			}
		}
	}
	use(q.Title+" "+q.Notice, func(name string) { l.bad(q.At, "notice", "the variable [%s] is not declared under variables", name) })
	for _, n := range q.NotVerifiable {
		use(n.What+" "+n.Instead, func(name string) {
			l.bad(q.At, "not_verifiable", "the variable [%s] is not declared under variables", name)
		})
	}
	for _, s := range q.Sections {
		for _, x := range s.Questions {
			use(s.Title+" "+x.Topic, func(name string) {
				l.bad(x.At, "topic", "question %s uses the variable [%s], which is not declared under variables", x.ID, name)
			})
			l.question(q, x, use)
		}
	}
	for _, v := range q.Variables {
		if !used[v.Name] && !l.elsewhere(v.Name) {
			l.bad(v.At, "name", "no question uses the variable %s", v.Name)
		}
	}
}

// elsewhere reports whether a claim of the library uses the variable: a
// questionnaire may declare it for a control that it does not show today.
func (l *linter) elsewhere(name string) bool {
	return slices.ContainsFunc(l.lib.Controls, func(c control.Control) bool {
		return slices.Contains(placeholders(c.Claim+" "+c.DoesNotProve+" "+c.Reason), name)
	})
}

func (l *linter) question(q *Questionnaire, x Question, use func(string, func(string))) {
	if len(x.Decide)+len(x.Mention) == 0 && q.Layout == LayoutQuestionnaire && !saidToBeGap(q, x) {
		l.bad(x.At, "decide", "question %s is mapped to no control: expected decide or mention, or decide: [] where nothing of ours does", x.ID)
	}
	l.wording(q, x)
	l.ownership(q, x)
	if len(x.Decide) == 0 && x.SuggestedOwner == "" {
		l.bad(x.At, "suggested_owner", "nothing decides question %s, so it needs a suggested owner", x.ID)
	}
	for field, list := range map[string][]string{"decide": x.Decide, "mention": x.Mention} {
		twice(list, func(id string) { l.bad(x.At, field, "question %s names the control %s twice", x.ID, id) })
		for _, id := range list {
			c, ok := l.lib.Control(id)
			if !ok {
				l.bad(x.At, field, "question %s names the control %s, which does not exist", x.ID, id)
				continue
			}
			use(c.Claim+" "+c.DoesNotProve+" "+c.Reason, func(name string) {
				l.bad(x.At, field, "question %s shows the control %s, whose variable [%s] is not declared under variables", x.ID, id, name)
			})
			if field == "decide" && byCriterion(q.Framework) {
				l.supports(q, x, c)
			}
		}
	}
	for _, id := range x.Decide {
		if slices.Contains(x.Mention, id) {
			l.bad(x.At, "mention", "question %s both decides by and mentions the control %s", x.ID, id)
		}
	}
}

// supports wants a whole reference from a deciding control to its criterion: a
// part may be mentioned, it may not decide.
func (l *linter) supports(q *Questionnaire, x Question, c control.Control) {
	for _, r := range c.Refs {
		if r.Framework == q.Framework && r.ID == x.ID {
			if r.Part {
				l.bad(x.At, "decide", "question %s is decided by the control %s, which supports it in part only; mention it instead", x.ID, c.ID)
			}
			return
		}
	}
	l.bad(x.At, "decide", "question %s is decided by the control %s, which has no reference to %s %s", x.ID, c.ID, q.Framework, x.ID)
}
