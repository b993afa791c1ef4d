package fill_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// TestWhatStandsBesideAQuestionInAnotherColumn may narrow it or turn it round: its own words alone had been answered Yes.
func TestWhatStandsBesideAQuestionInAnotherColumn(t *testing.T) {
	const turned, narrowed = "may be the bad answer", "not its own words alone"
	for _, c := range []struct{ header, text, held string }{
		{"Details", "Answer only for the unauthenticated login endpoint", narrowed},
		{"Details", "Please answer only for the login endpoint.", narrowed},
		{"Details", "including in backups held by third parties, for 10 years", narrowed},
		{"Details", "Unless the customer runs it", narrowed},
		{"Details", "All endpoints except the public ones", narrowed},
		{"Details", "Where multi-factor login is used", narrowed},
		{"Details", "This is about accounts that are not managed", narrowed},
		{"Details", "Login endpoint only", narrowed},
		{"Buyer's words", "Applies only to staging", narrowed},
		{"", "Only the export API", narrowed},
		{"Scope", "Login endpoint", narrowed},
		{"Applies to", "Backups", narrowed},
		{"Exclusions", "The public API", narrowed},
		{"Guidance", "Describe the process. Answer \"yes\" only if administrators are covered too.", narrowed},
		{"Guidance", "Yes means that you do NOT have it", turned},
		{"Guidance", "Tick yes where you deviate", turned},
		{"Reference", "Answer yes if the statement does NOT hold", turned},
		{"Expected answer", "No", turned},
		{"Guidance", "Are there any known unpatched vulnerabilities", turned},

		{"Guidance", "If yes, please describe how. If not, explain why.", ""},
		{"Guidance", "Please attach the summary only.", ""},
		{"Guidance", "Answer in English only", ""},
		{"Guidance", "Answer only Yes or No", ""},
		{"Guidance", "Provide a link, where applicable.", ""},
		{"Guidance", "Do not include personal data.", ""},
		{"Guidance", "This includes end users and administrators.", ""},
		{"Guidance", "Refer to the regulation for supplemental guidance in this section.", ""},
		{"Expected answer", "Yes", ""},
		{"Scope", "All", ""},
		{"Exclusions", "None", ""},
		{"CCM Control Specification", "Permit only what was authorised, unless it is documented.", ""},
		{"CCM Control Title", "Approved ports only", ""},
		{"ISO 27001 mapping", "A.8.3, A.8.5 (only in part)", ""},
		{"Reason for question", "Only tenants that are isolated are safe.", ""},
		{"Theme", "access control", ""},
		{"Review status", "Not yet reviewed", ""},
		{"", "End table data", ""},
	} {
		rows := []workbooktest.Row{
			{R: 1, Cells: cells(1, "No.", "Question", c.header, "Answer", "Comments")},
			{R: 2, Cells: cells(2, "1", "Are tenants isolated from each other?", c.text)},
			{R: 3, Cells: cells(3, "2", "Is the audit log append-only?")},
		}
		l := recognised(t, rows)
		for _, draft := range []bool{true, false} {
			p := fill.Decide(l, func(layout.Table, layout.Row) fill.Found {
				return fill.Found{Answer: answer(control.Proven), Review: draft}
			}, fill.Options{})
			d := p.Decisions[0]
			if c.held == "" && d.What != fill.Filled || c.held != "" && (d.What != fill.Held || !strings.Contains(d.Why, c.held)) {
				t.Errorf("%s: %q, draft %v: %s (%s)", c.header, c.text, draft, d.What, d.Why)
			}
			if p.Decisions[1].What != fill.Filled {
				t.Errorf("%s: %q: the row below is %s (%s)", c.header, c.text, p.Decisions[1].What, p.Decisions[1].Why)
			}
		}
	}
}
