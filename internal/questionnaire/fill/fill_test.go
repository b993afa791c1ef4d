package fill_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// answer is an answer with a status, as the builder gives it.
func answer(s control.Status) *questionnaire.Answer {
	a := &questionnaire.Answer{Status: s, Sentence: "The sentence on what is " + string(s) + ".", Controls: []questionnaire.Decider{{ID: "c", Owner: "CTO"}}}
	switch s {
	case control.Proven, control.Attested:
		a.Value = "Yes"
	case control.Contradicted, control.Planned:
		a.Value = "No"
	case control.NotApplicable:
		a.Value = "NA"
	default:
		a.Gap = &questionnaire.Gap{Owner: "CISO", Need: "a look"}
	}
	if a.Value == "Yes" || a.Value == "No" {
		a.Ownership = "CSP-owned"
	}
	if s == control.Proven {
		a.Evidence = []questionnaire.Line{{Outcome: "pass", Text: "tenancy.read pass, 3 of 3 tables, run 5eed"}, {Outcome: "missing", Text: "no record"}}
	}
	return a
}

func open(ref string, list ...string) workbook.Cell {
	return workbook.Cell{Ref: ref, List: list, ListStops: len(list) > 0}
}

// one decides on one row.
func one(f fill.Found, r layout.Row, family layout.Family, o fill.Options) (*fill.Plan, fill.Decision) {
	l := &layout.Layout{Family: family, Tables: []layout.Table{{Sheet: "S", Rows: []layout.Row{r}}}}
	p := fill.Decide(l, func(layout.Table, layout.Row) fill.Found { return f }, o)
	return p, p.Decisions[0]
}

func caiqRow() layout.Row {
	return layout.Row{Number: 3, ID: "AIS-01.1", Question: "Is it?", Answer: open("C3", "Yes", "No", "NA"),
		Owner: open("D3", "CSP-owned", "CSC-owned"), Comment: open("E3")}
}

func TestEachStatusInACAIQRow(t *testing.T) {
	for _, c := range []struct {
		status       control.Status
		o            fill.Options
		value, owner string
		what         fill.What
	}{
		{control.Proven, fill.Options{}, "Yes", "CSP-owned", fill.Filled},
		{control.Attested, fill.Options{}, "Yes", "CSP-owned", fill.Filled},
		{control.Planned, fill.Options{}, "No", "CSP-owned", fill.Filled},
		{control.NotApplicable, fill.Options{}, "NA", "", fill.Filled},
		{control.Contradicted, fill.Options{}, "", "", fill.Held},
		{control.Contradicted, fill.Options{WriteNo: true}, "No", "CSP-owned", fill.Filled},
		{control.Unproven, fill.Options{}, "", "", fill.Unanswered},
		{control.Stale, fill.Options{}, "", "", fill.Unanswered},
		{control.Unanswered, fill.Options{}, "", "", fill.Unanswered},
	} {
		p, d := one(fill.Found{Answer: answer(c.status)}, caiqRow(), layout.CAIQ, c.o)
		got := map[string]string{}
		for _, e := range p.Edits {
			got[e.Ref] = e.Value
			if e.Append != (e.Ref == "E3") {
				t.Errorf("%s: %+v: a comment is added to, and nothing else is", c.status, e)
			}
		}
		if got["C3"] != c.value || got["D3"] != c.owner || d.What != c.what {
			t.Errorf("%s: %+v %+v, want %q, owner %q, %s", c.status, got, d, c.value, c.owner, c.what)
		}
		if (c.value == "") != (len(p.Edits) == 0) {
			t.Errorf("%s: %d edits where the value is %q", c.status, len(p.Edits), c.value)
		}
		if c.value != "" && !strings.Contains(got["E3"], "The sentence on what is "+string(c.status)) {
			t.Errorf("%s: comment %q", c.status, got["E3"])
		}
		if c.status == control.Proven && !strings.HasSuffix(got["E3"], "Evidence: tenancy.read pass, 3 of 3 tables, run 5eed.") {
			t.Errorf("comment %q has no line of evidence", got["E3"])
		}
	}
}

// TestNoEvidenceBesideAPlan: that a check passes already proves nothing of what is
// not in place.
func TestNoEvidenceBesideAPlan(t *testing.T) {
	a := answer(control.Planned)
	a.Evidence = answer(control.Proven).Evidence
	if got := fill.Comment(a, "", ""); got != a.Sentence {
		t.Errorf("%q", got)
	}
}

func TestValuesObeyTheCell(t *testing.T) {
	row := func(change func(*layout.Row)) layout.Row {
		r := caiqRow()
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		status control.Status
		row    layout.Row
		family layout.Family
		value  string
		why    string
	}{
		"spelled as the list does": {control.Proven, row(func(r *layout.Row) { r.Answer.List = []string{"YES", "NO"} }), layout.Plain, "YES", ""},
		"N/A of a list":            {control.NotApplicable, row(func(r *layout.Row) { r.Answer.List = []string{"Yes", "No", "N/A"} }), layout.SIG, "N/A", ""},
		"N/A without a list":       {control.NotApplicable, row(func(r *layout.Row) { r.Answer.List = nil }), layout.SIG, "N/A", ""},
		"no such value":            {control.Proven, row(func(r *layout.Row) { r.Answer.List = []string{"Compliant", "Not compliant"} }), layout.Plain, "", "takes one of Compliant, Not compliant, and our answer is Yes"},
		"a list of something else": {control.NotApplicable, row(func(r *layout.Row) { r.Answer.List = []string{"Yes", "No"} }), layout.Plain, "", "our answer is NA"},
		"a list nobody can read": {control.Proven, row(func(r *layout.Row) {
			r.Answer.List, r.Answer.ListFrom, r.Answer.ListStops = nil, "OFFSET(A1,0,0)", true
		}), layout.Plain, "", "OFFSET(A1,0,0)"},
		"a formula":                  {control.Proven, row(func(r *layout.Row) { r.Answer.Formula = true }), layout.Plain, "", "C3 holds a formula"},
		"locked":                     {control.Proven, row(func(r *layout.Row) { r.Answer.Locked = true }), layout.Plain, "", "C3 is locked"},
		"an answer nobody sees":      {control.Proven, row(func(r *layout.Row) { r.Answer.Unseen = "stands in a hidden row" }), layout.Plain, "", "C3 stands in a hidden row"},
		"a comment shown as another": {control.Proven, row(func(r *layout.Row) { r.Comment.Masked = true }), layout.Plain, "", "E3 has a number format that shows another text"},
		"an owner nobody sees":       {control.Proven, row(func(r *layout.Row) { r.Owner.Unseen = "stands in a hidden column" }), layout.CAIQ, "Yes", ""},
		"an owner's cell, locked":    {control.Proven, row(func(r *layout.Row) { r.Owner.Locked = true }), layout.CAIQ, "Yes", ""},
		"merged":                     {control.Proven, row(func(r *layout.Row) { r.Answer.MergedInto = "B3" }), layout.Plain, "", "merged cell B3"},
		"NA wants its explanation":   {control.NotApplicable, row(func(r *layout.Row) { r.Comment = workbook.Cell{} }), layout.Plain, "", "why the question does not apply"},
		"Yes without a comment":      {control.Proven, row(func(r *layout.Row) { r.Comment = workbook.Cell{} }), layout.Plain, "Yes", ""},
		"Yes, locked comment":        {control.Proven, row(func(r *layout.Row) { r.Comment.Locked = true }), layout.Plain, "Yes", ""},
		"an owner no list has":       {control.Proven, row(func(r *layout.Row) { r.Owner.List = []string{"CSC-owned"} }), layout.CAIQ, "", "the owner is CSP-owned"},
		"an owner that stands there": {control.Proven, row(func(r *layout.Row) { r.Owner.Text = "CSC-owned" }), layout.CAIQ, "Yes", ""},
	} {
		p, d := one(fill.Found{Answer: answer(c.status)}, c.row, c.family, fill.Options{})
		if d.Value != c.value || !strings.Contains(d.Why, c.why) || c.value == "" && (d.What != fill.Held || len(p.Edits) > 0) {
			t.Errorf("%s: %+v, want %q, %q", name, d, c.value, c.why)
		}
		for _, e := range p.Edits {
			if e.Ref == "" || e.Ref == "D3" && (c.row.Owner.Text+c.row.Owner.Unseen != "" || c.row.Owner.Locked) || e.Ref == "E3" && c.row.Comment.Locked {
				t.Errorf("%s: wrote %+v", name, e)
			}
		}
	}
}

func TestAnAnswerThatIsThereStays(t *testing.T) {
	r := caiqRow()
	r.Answer.Text = "No"
	p, d := one(fill.Found{Answer: answer(control.Proven)}, r, layout.CAIQ, fill.Options{})
	if d.What != fill.Kept || len(p.Edits) > 0 || p.Headline() != "0 filled, 0 need your yes or no, 0 unanswered, 1 already answered" {
		t.Errorf("%+v %s", d, p.Headline())
	}
	p, d = one(fill.Found{Answer: answer(control.Proven)}, r, layout.CAIQ, fill.Options{Overwrite: true})
	if d.What != fill.Filled || d.Replaced != "No" || p.Edits[0].Value != "Yes" || len(p.ForPeople()) != 1 {
		t.Errorf("%+v", d)
	}
	// Where we have no answer of our own, nothing is overwritten.
	if p, d = one(fill.Found{Answer: answer(control.Unproven)}, r, layout.CAIQ, fill.Options{Overwrite: true}); d.What != fill.Kept || len(p.Edits) > 0 {
		t.Errorf("%+v", d)
	}
	// A Yes that is no longer so is never left without a word.
	r.Answer.Text = "Yes"
	if _, d = one(fill.Found{Answer: answer(control.Contradicted)}, r, layout.CAIQ, fill.Options{WriteNo: true}); d.What != fill.Held || !strings.Contains(d.Why, `says "Yes" already, and a check shows otherwise`) {
		t.Errorf("%+v", d)
	}
}

func TestDemonstrationIsInEveryComment(t *testing.T) {
	o := fill.Options{Demonstration: questionnaire.DemonstrationText}
	p, _ := one(fill.Found{Answer: answer(control.Proven), Note: "Draft"}, caiqRow(), layout.CAIQ, o)
	if last := p.Edits[len(p.Edits)-1]; !strings.HasPrefix(last.Value, questionnaire.DemonstrationText+". Draft. ") {
		t.Errorf("%+v", last)
	}
	r := caiqRow()
	r.Comment = workbook.Cell{}
	if p, d := one(fill.Found{Answer: answer(control.Proven)}, r, layout.CAIQ, o); d.What != fill.Held || len(p.Edits) > 0 {
		t.Errorf("an answer from the reference stack with nowhere to say so: %+v", d)
	}
	p, _ = one(fill.Found{}, caiqRow(), layout.CAIQ, o)
	if csv := string(p.People(o.Demonstration)); !strings.Contains(csv, questionnaire.DemonstrationText) {
		t.Errorf("%s", csv)
	}
}

// TestPeople reads the list for people back: by owner, what is contradicted
// first, and no field that a spreadsheet would calculate.
func TestPeople(t *testing.T) {
	unseen := answer(control.Unproven)
	unseen.Gap = nil
	rows := []struct {
		f        fill.Found
		question string
	}{
		{fill.Found{Answer: answer(control.Unproven)}, "=cmd|' /C calc'!A0"},
		{fill.Found{Held: "words \"differ\",\nbadly"}, " \t@SUM(A1)"},
		{fill.Found{Answer: answer(control.Planned), Held: "for a person", Review: true}, "-1"},
		{fill.Found{Answer: answer(control.Contradicted)}, "Is it?"},
		{fill.Found{Answer: answer(control.Proven)}, "Filled?"},
		{fill.Found{Answer: unseen}, "Unseen?"},
		{fill.Found{Answer: answer(control.Proven), Review: true}, "Draft?"},
	}
	l := &layout.Layout{Tables: []layout.Table{{Sheet: "+S"}}}
	for i, r := range rows {
		l.Tables[0].Rows = append(l.Tables[0].Rows, layout.Row{Number: i + 2, Question: r.question, Answer: open(workbook.Ref(2, i+2)), Comment: open(workbook.Ref(3, i+2))})
	}
	p := fill.Decide(l, func(_ layout.Table, r layout.Row) fill.Found { return rows[r.Number-2].f }, fill.Options{})
	if got := p.Headline(); got != "2 filled, 3 need your yes or no, 2 unanswered" {
		t.Error(got)
	}
	text, ok := strings.CutPrefix(string(p.People("")), "\ufeff")
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !ok || len(records) != 7 {
		t.Fatalf("%v\n%s", err, text)
	}
	var order []string
	for _, r := range records[1:] {
		order = append(order, r[0]+": "+r[4])
		for _, field := range r {
			if f := strings.TrimSpace(field); f != "" && strings.ContainsAny(f[:1], "=+-@") {
				t.Errorf("a spreadsheet calculates %q", field)
			}
		}
	}
	if got, want := strings.Join(order, ", "), "CISO: B2, CTO: B5, CTO: B4, CTO: B8, CTO: B7, not assigned: B3"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if strings.Contains(text, "Filled?") {
		t.Error("what is filled and needs nobody is in the list for people")
	}
	if strings.Count(text, "filled as a draft: read it before it is sent") != 1 {
		t.Errorf("one of them is a draft\n%s", text)
	}
}

// TestADoubtfulRowIsForAPerson: where one cell takes the answer of two questions, a
// Yes that is true of one would be read as one to both.
func TestADoubtfulRowIsForAPerson(t *testing.T) {
	r := caiqRow()
	r.Doubt = "the cell C3 takes one answer for several questions"
	for _, s := range []control.Status{control.Proven, control.Planned, control.Contradicted} {
		if p, d := one(fill.Found{Answer: answer(s)}, r, layout.CAIQ, fill.Options{WriteNo: true}); d.What != fill.Held || d.Why != r.Doubt || len(p.Edits) != 0 {
			t.Errorf("%s: %+v %+v", s, d, p.Edits)
		}
	}
	if p, d := one(fill.Found{}, r, layout.CAIQ, fill.Options{}); d.What != fill.Held || len(p.Edits) != 0 || p.Headline() != "0 filled, 1 needs your yes or no, 0 unanswered" {
		t.Errorf("%+v", d)
	}
}

// TestWhatWasNotReadIsOnTheList: people read the list, and not what was printed.
func TestWhatWasNotReadIsOnTheList(t *testing.T) {
	l := &layout.Layout{Unread: []layout.Unread{{Sheet: "S", Why: "outside", Rows: []layout.UnreadRow{{Row: 7, Text: "=Is it?"}}}}}
	p := fill.Decide(l, nil, fill.Options{})
	if csv := string(p.People("")); !strings.Contains(csv, "not read,") || !strings.Contains(csv, "S,row 7,,'=Is it?") || p.Count(fill.NotRead) != 0 {
		t.Errorf("%s", csv)
	}
}
