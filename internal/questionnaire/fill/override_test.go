package fill_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// TestARoleMaySayNoWhereACheckDoes: it was decided by a person, who knows what
// stands beside it.
func TestARoleMaySayNoWhereACheckDoes(t *testing.T) {
	a := answer(control.Contradicted)
	a.Sentence, a.Override = "No: mended in spring. (Override by CISO until 2026-12-31, not evidence.)", &questionnaire.Overridden{Owner: "CISO"}
	for _, comment := range []string{"", "All tenants are isolated."} {
		r := caiqRow()
		r.Comment.Text = comment
		if _, d := one(fill.Found{Answer: a}, r, layout.CAIQ, fill.Options{}); d.What != fill.Filled || d.Value != "No" {
			t.Errorf("beside %q: %+v", comment, d)
		}
	}
}

// An override is typed only where the cell beside it says that it is one.
func TestOverrideIsNeverTypedWithoutSayingSo(t *testing.T) {
	a := answer(control.Unproven)
	a.Value, a.Sentence, a.Override = "Yes", "Yes: agreed. (Override by CISO until 2026-12-31, not evidence.)", &questionnaire.Overridden{Owner: "CISO"}
	p, d := one(fill.Found{Answer: a}, caiqRow(), layout.CAIQ, fill.Options{})
	said := false
	for _, e := range p.Edits {
		said = said || strings.Contains(e.Value, "Override by CISO")
	}
	if list := string(p.People("")); !strings.Contains(list, "filled by an override: what a role says, and no evidence") || !strings.Contains(list, "Override by CISO") {
		t.Errorf("%s", list)
	}
	if d.What != fill.Filled || d.Value != "Yes" || !said {
		t.Errorf("%+v %+v", d, p.Edits)
	}
	for name, change := range map[string]func(*layout.Row){
		"no column for comments": func(r *layout.Row) { r.Comment = workbook.Cell{} },
		"is locked":              func(r *layout.Row) { r.Comment.Locked = true },
	} {
		r := caiqRow()
		change(&r)
		if p, d := one(fill.Found{Answer: a}, r, layout.CAIQ, fill.Options{}); d.What != fill.Held || len(p.Edits) > 0 || !strings.Contains(d.Why, name) || strings.Contains(string(p.People("")), "filled by") {
			t.Errorf("%s: %+v %+v", name, d, p.Edits)
		}
	}
}
