package fill_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// TestWhatHasToBeSaidBesideAYes: where the workbook has no place for it, a person
// decides; a plain Yes is typed, and what it says is in the list for people.
func TestWhatHasToBeSaidBesideAYes(t *testing.T) {
	with := func(change func(*questionnaire.Answer)) *questionnaire.Answer {
		a := answer(control.Proven)
		change(a)
		return a
	}
	for name, c := range map[string]struct {
		f   fill.Found
		why string
	}{
		"a draft":    {fill.Found{Answer: answer(control.Proven), Review: true}, "that this is a draft"},
		"a warning":  {fill.Found{Answer: with(func(a *questionnaire.Answer) { a.Evidence[0].Outcome = "warn" })}, "with which warnings"},
		"a part":     {fill.Found{Answer: with(func(a *questionnaire.Answer) { a.Evidence[0].Excluded = []string{"logs"} })}, "with which warnings"},
		"a sample":   {fill.Found{Answer: with(func(a *questionnaire.Answer) { a.Sample = true })}, "that it rests on a sample"},
		"plain":      {fill.Found{Answer: answer(control.Proven)}, ""},
		"signed":     {fill.Found{Answer: answer(control.Attested)}, ""},
		"two things": {fill.Found{Answer: with(func(a *questionnaire.Answer) { a.Sample = true }), Review: true}, "that it rests on a sample, which nobody signed, nor that this is a draft"},
		"a plan with a warning": {fill.Found{Answer: with(func(a *questionnaire.Answer) {
			*a, a.Evidence = *answer(control.Planned), []questionnaire.Line{{Outcome: "warn"}}
		})}, ""},
		"what is due": {fill.Found{Answer: answer(control.Planned)}, ""},
	} {
		for _, closed := range []func(*layout.Row){
			func(r *layout.Row) { r.Comment = workbook.Cell{} },
			func(r *layout.Row) { r.Comment.Ref = "refused" },
			func(r *layout.Row) { r.Comment.Locked = true },
			func(r *layout.Row) { r.Comment.Formula = true },
			func(r *layout.Row) { r.Comment.Unseen = "stands in a hidden column" },
		} {
			r := caiqRow()
			closed(&r)
			p, d := one(c.f, r, layout.Plain, fill.Options{Check: func(e workbook.Edit) error {
				if e.Ref == "refused" {
					return errors.New("the workbook takes no text of this length there")
				}
				return nil
			}})
			list := string(p.People(""))
			if c.why != "" && (d.What != fill.Held || len(p.Edits) > 0 || !strings.Contains(list, "so it cannot be said there "+c.why)) {
				t.Errorf("%s: %+v\n%s", name, d, list)
			}
			if c.why == "" && (d.What != fill.Filled || !strings.Contains(list, "what our answer says stands nowhere in the workbook") || !strings.Contains(list, d.Says)) {
				t.Errorf("%s: %+v\n%s", name, d, list)
			}
		}
		if _, d := one(c.f, caiqRow(), layout.Plain, fill.Options{}); d.What != fill.Filled || d.Unsaid != "" {
			t.Errorf("%s beside a comment: %+v", name, d)
		}
	}
}

// TestWhatNeedsAVariable: the row waits, with the variable's name and where it is
// given; what a role says in its place needs none.
func TestWhatNeedsAVariable(t *testing.T) {
	a := answer(control.Proven)
	a.Lacks = []string{"security-contact"}
	p, d := one(fill.Found{Answer: a}, caiqRow(), layout.CAIQ, fill.Options{Customer: "acme.yaml"})
	if d.What != fill.Held || len(p.Edits) != 0 || len(d.Lacks) != 1 || !strings.Contains(d.Why, "security-contact, which has no value: give it in acme.yaml, as variables: {security-contact: ...}") {
		t.Errorf("%+v", d)
	}
	open := answer(control.Unproven)
	open.Lacks = a.Lacks
	if _, d = one(fill.Found{Answer: open, Held: "it asks for a harm"}, caiqRow(), layout.CAIQ, fill.Options{}); d.What != fill.Held || d.Why != "it asks for a harm" || len(d.Lacks) != 0 {
		t.Errorf("with the variable a person would decide all the same: %+v", d)
	}
	a.Override = &questionnaire.Overridden{Owner: "CISO"}
	if _, d = one(fill.Found{Answer: a}, caiqRow(), layout.CAIQ, fill.Options{}); d.What != fill.Filled || len(d.Lacks) != 0 {
		t.Errorf("%+v", d)
	}
	a.Override, a.Lacks = nil, []string{"security-contact", "region"}
	if _, d = one(fill.Found{Answer: a}, caiqRow(), layout.CAIQ, fill.Options{}); !strings.Contains(d.Why, "security-contact and region, which has no value: give it in a file that --customer names, as variables: {security-contact: ..., region: ...}") {
		t.Errorf("%+v", d)
	}
	r := caiqRow()
	r.Answer.Text = "Yes"
	if _, d = one(fill.Found{Answer: a}, r, layout.CAIQ, fill.Options{}); d.What != fill.Kept || len(d.Lacks) != 0 {
		t.Errorf("an answer that stands there waits for nothing: %+v", d)
	}
}

// TestEveryQuestionIsCounted: whatever the answers and the cells are, the
// headline adds up to the questions, what is filled has its edit, what is not has
// none, and whoever has to look at something finds it in the list.
func TestEveryQuestionIsCounted(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 4))
		chance := func(n int) bool { return r.IntN(n) == 0 }
		l := &layout.Layout{Family: []layout.Family{layout.CAIQ, layout.Plain, layout.SIG}[r.IntN(3)], Tables: make([]layout.Table, 1+r.IntN(3))}
		found := map[string]fill.Found{}
		for i := range l.Tables {
			l.Tables[i].Sheet = fmt.Sprint("S", i)
			for n := range r.IntN(20) {
				row := caiqRow()
				row.Number, row.Answer.Ref, row.Owner.Ref, row.Comment.Ref = n+2, workbook.Ref(3, n+2), workbook.Ref(4, n+2), workbook.Ref(5, n+2)
				row.Answer.Text = []string{"", "", "Yes", "No", "Please select", "N/A - none", "In words"}[r.IntN(7)]
				row.Answer.Locked, row.Answer.Formula, row.Comment.Locked = chance(9), chance(9), chance(5)
				if chance(5) {
					row.Comment = workbook.Cell{}
				}
				l.Tables[i].Rows = append(l.Tables[i].Rows, row)
				f := fill.Found{Review: chance(3), Inverted: chance(4)}
				if !chance(5) {
					f.Answer = answer(control.Statuses()[r.IntN(len(control.Statuses()))])
				}
				if chance(4) {
					f.Held, f.Spoken = "a reason", chance(2)
				}
				if f.Answer != nil && chance(5) {
					f.Answer.Lacks = []string{"x"}
				}
				if f.Answer != nil && chance(6) {
					f.Answer.Override = &questionnaire.Overridden{}
				}
				found[l.Tables[i].Sheet+row.Answer.Ref] = f
			}
		}
		o := fill.Options{Overwrite: chance(2), WriteNo: chance(3)}
		if chance(4) {
			o.Demonstration = questionnaire.DemonstrationText
		}
		p := fill.Decide(l, func(t layout.Table, r layout.Row) fill.Found { return found[t.Sheet+r.Answer.Ref] }, o)
		if n := p.Count(fill.Filled) + p.Count(fill.Held) + p.Count(fill.Unanswered) + p.Count(fill.Kept); n != l.Questions() || len(p.Decisions) != n {
			t.Fatalf("seed %d: %s for %d questions", seed, p.Headline(), l.Questions())
		}
		var sum, k int
		for _, part := range strings.Split(p.Headline(), ", ") {
			if _, err := fmt.Sscanf(part, "%d", &k); err != nil {
				t.Fatalf("seed %d: %q", seed, part)
			}
			sum += k
		}
		if sum != l.Questions() {
			t.Fatalf("seed %d: %s is not %d", seed, p.Headline(), l.Questions())
		}
		wrote, listed := map[string]string{}, map[string]bool{}
		for _, e := range p.Edits {
			if _, twice := wrote[e.Sheet+e.Ref]; twice {
				t.Fatalf("seed %d: %s!%s is written twice", seed, e.Sheet, e.Ref)
			}
			wrote[e.Sheet+e.Ref] = e.Value
		}
		for _, d := range p.ForPeople() {
			listed[d.Sheet+d.Ref] = true
		}
		for _, d := range p.Decisions {
			if value, yes := wrote[d.Sheet+d.Ref]; yes != (d.What == fill.Filled) || value != d.Value {
				t.Fatalf("seed %d: %+v wrote %q", seed, d, value)
			}
			if (d.What == fill.Held || d.What == fill.Unanswered) && (!listed[d.Sheet+d.Ref] || d.Why == "") || d.Untrue && d.What != fill.Held {
				t.Fatalf("seed %d: nobody is told of %+v", seed, d)
			}
		}
	}
}
