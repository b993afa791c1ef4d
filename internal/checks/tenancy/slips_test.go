package tenancy_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/tenancy"
)

// Slips in arxctl.yaml are said, and not worked around.
func TestSlips(t *testing.T) {
	const both = `ALTER POLICY tenant ON visits USING (clinic_id = NULLIF(current_setting('app.clinic', true), '')::uuid AND current_setting('app.user', true) <> '');
		ALTER POLICY tenant ON patients USING (clinic_id = NULLIF(current_setting('app.clinic', true), '')::uuid AND current_setting('app.user', true) <> '')`
	for _, c := range []struct{ name, plant, from, to, want, says string }{
		{"as it should be", ``, ``, ``, "pass", ""},
		{"a setting that nothing reads", ``, `app.clinic`, `app.practice`, "inconclusive", "app.practice"},
		{"left out, found out", ``, "  tenant:\n    set: {app.clinic: \"{id}\"}\n", ``, "pass", ""},
		{"half of what the policies read", both, `set: {app.clinic: "{id}"}`, `set: {app.user: "ann"}`, "warn", "app.clinic"},
		{"a tenant that is nowhere", ``, idB, "dddddddd-0000-4000-8000-000000000004", "inconclusive", "dddddddd-0000-4000-8000-000000000004"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, scalar)
			if c.plant != "" {
				l.exec(c.plant)
			}
			yaml := scalarYAML
			if c.from != "" {
				yaml = strings.ReplaceAll(yaml, c.from, c.to)
			}
			e := judge(t, tenancy.Read, l.stack(yaml))
			wants(t, e, c.want)
			if !strings.Contains(e.Reason, c.says) {
				t.Errorf("the reason does not name %s: %s", c.says, e.Reason)
			}
		})
	}
}
