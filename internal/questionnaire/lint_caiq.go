package questionnaire

import (
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
)

// Owners are the values that CAIQ allows for who owns a control under its model
// of shared responsibility (column D of the workbook), spelled as it spells
// them. The cell stays blank where the answer is NA.
func Owners() []string {
	return []string{"CSP-owned", "CSC-owned", "3rd-party outsourced", "Shared CSP and CSC", "Shared CSP and 3rd-party"}
}

func caiq(framework string) bool { return strings.HasPrefix(framework, "caiq-") }

// saidToBeGap reports whether the file itself says that nothing decides a
// question, as decide: []. Of a published list or a buyer's own questions most
// may lie outside what a product can show. In the SIG-Lite, all of which is
// claimed, a question without a control was forgotten.
func saidToBeGap(q *Questionnaire, x Question) bool {
	_, said := x.At.Fields["decide"]
	return said && !strings.HasPrefix(q.Framework, "sig")
}

// ownership holds ssrm to where it means something: a question of CAIQ that is
// answered with Yes or No.
func (l *linter) ownership(q *Questionnaire, x Question) {
	switch {
	case x.SSRM != "" && !caiq(q.Framework):
		l.bad(x.At, "ssrm", "question %s says who owns the control; only CAIQ asks that, and this is %s", x.ID, q.Framework)
	case x.SSRM != "" && l.notApplicable(x):
		l.bad(x.At, "ssrm", "question %s is answered NA, so its ownership stays blank", x.ID)
	case x.SSRM == "" && caiq(q.Framework) && len(x.Decide) > 0 && !l.notApplicable(x):
		l.bad(x.At, "ssrm", "question %s is decided, so it needs an owner; expected one of %s", x.ID, strings.Join(Owners(), ", "))
	}
}

// notApplicable reports whether every deciding control says that it does not
// apply.
func (l *linter) notApplicable(x Question) bool {
	return len(x.Decide) > 0 && !slices.ContainsFunc(x.Decide, func(id string) bool {
		c, ok := l.lib.Control(id)
		return !ok || c.State != control.StateNotApplicable
	})
}

// wording refuses the text of questionnaires that nobody may ship: their own
// wording is read from the file that the user brings.
func (l *linter) wording(q *Questionnaire, x Question) {
	if x.Text != "" && (caiq(q.Framework) || q.Framework == "soc2" || strings.HasPrefix(q.Framework, "sig") || strings.HasPrefix(q.Framework, "pci")) {
		l.bad(x.At, "text", "question %s carries the wording of %s, whose licence does not allow it; keep the topic in your own words", x.ID, q.Framework)
	}
}
