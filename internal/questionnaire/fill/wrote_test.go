package fill_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// TestWhatArxctlWroteBefore stays where it is the same today; a Yes of ours that we
// would not write today is a person's, and --overwrite takes our old words away.
func TestWhatArxctlWroteBefore(t *testing.T) {
	lapsed := "Acceptable use: in force. Evidence: acceptable-use; signed by CISO, SHA-256 f6cff4aef474."
	for _, c := range []struct {
		status  control.Status
		says    string
		comment string
		wrote   bool // what lies beside the workbook says so
		held    string
	}{
		{control.Proven, "Yes", "", true, ""},
		{control.Proven, "Yes", lapsed, false, ""},
		{control.Unproven, "Yes", "", true, "arxctl wrote that before, and would not write it today: not shown"},
		{control.Unproven, "Yes", lapsed, false, "would not write it today"},
		{control.Unproven, "Yes", "Draft, matched by its wording with x; to be read", false, "would not write it today"},
		{control.Unproven, "Yes", questionnaire.DemonstrationText + ". Draft, matched by its wording with x; to be read by a person before it is sent. All are.", false, "would not write it today"},
		{control.Unproven, "Yes", questionnaire.DemonstrationText + ". All are.", false, "would not write it today"},
		{control.Unproven, "Yes", "As agreed.\nDraft, matched by its wording with x; to be read", false, "would not write it today"},
		{control.Proven, "No", "Planned for FY26: not in place.", false, "our answer is Yes"},
		{control.Proven, "No", "Planned, without a date: not in place; 1 of 2 claims stands.", false, "our answer is Yes"},
		{control.Proven, "No", "Planned, not in place (in progress, no date given).", false, "our answer is Yes"},
		{control.Proven, "No", "Planned for spring, not in place yet", false, "-"}, // a person's
		{control.Unproven, "Yes", "A draft; the demonstration is on Monday", false, "-"},
		{control.Unproven, "Yes", "All are. Evidence: tenancy.read pass, run 5eed5eed.", false, "would not write it today"},
		{control.Unproven, "Yes", "Agreed. (Override by CISO until 2026-12-31, not evidence.)", false, "would not write it today"},
		{control.Contradicted, "Yes", "", true, "already, and a check shows otherwise"},
		{control.Proven, "No", "", true, "our answer is Yes"},
		{control.Proven, "", lapsed, true, "-"},                       // somebody took it out
		{control.Unproven, "Yes", "We said so last year", false, "-"}, // a person's
	} {
		r := caiqRow()
		r.Answer.Text, r.Comment.Text = c.says, c.comment
		o := fill.Options{}
		if c.wrote {
			o.Wrote = map[string]bool{"S!" + r.Answer.Ref: true}
		}
		p, d := one(fill.Found{Answer: answer(c.status)}, r, layout.CAIQ, o)
		switch {
		case c.held == "-" && (d.Ours || d.What != fill.Kept && c.says != ""),
			c.held == "" && (!d.Ours || d.What != fill.Kept || !strings.Contains(d.Why, "our answer of before")),
			len(c.held) > 1 && (!d.Ours || d.What != fill.Held || !strings.Contains(d.Why, c.held) || !strings.Contains(string(p.People("")), c.held)):
			t.Errorf("%+v: %+v", c, d)
		}
	}
	r := caiqRow()
	r.Answer.Text, r.Comment.Text = "Yes", "Old words of ours."
	for whole, more := range map[bool]bool{true: false, false: true} {
		o := fill.Options{Overwrite: true, Wrote: map[string]bool{"S!" + r.Answer.Ref: true, "S!" + r.Comment.Ref: whole}}
		p, _ := one(fill.Found{Answer: answer(control.Proven)}, r, layout.CAIQ, o)
		i := slices.IndexFunc(p.Cells, func(c fill.Cell) bool { return c.Role == layout.Comment })
		if i < 0 || p.Edits[i].Append != more {
			t.Errorf("%v: %+v", whole, p.Edits)
		}
	}
}
