package selftest_test

import "testing"

// openForeign lists what is known not to be as it should: said loudly in the log of every run, never passed over.
func openForeign() map[string]string {
	return map[string]string{
		"unseeded/healthy":                     "no row is made up for a range that may not be empty",
		"unseeded/empty-true":                  "no row is made up for a range that may not be empty",
		"narrow/blind-clean-up":                "a DELETE by a role that may not read is not weighed",
		"logins/healthy":                       "a function is not tried where tenants log in apart",
		"logins/impersonate":                   "a login's name is not tried as the value of other settings",
		"global/is-not-distinct":               "rows without tenant that appear without a tenant are not counted",
		"children/healthy":                     "a serial column that holds the ids by chance is taken for the tenant's",
		"arrays/healthy":                       "a bad value does not reach a setting that holds an array",
		"many/rule":                            "rewrite rules are not looked at",
		"partitions/partition-truncate":        "TRUNCATE is looked at on the parent alone",
		"global/third-party-update":            "writes are tried on the two tenants' rows alone",
		"session/token-column":                 "a table of which only another column may be read is passed over",
		"audit_statement/notice":               "a table whose guard never refuses is not found as an audit table",
		"dead/empty database":                  "the role is judged with nothing that it could reach",
		"dead/no tenant tables":                "the role is judged with nothing that it could reach",
		"dead/wrong setting":                   "a setting that does not work is replaced by the one in the policies",
		"dead/empty database and nothing said": "the role is judged with nothing that it could reach",
		"dead/tenants that do not exist":       "rows are made up for tenants that are nowhere",
	}
}

// complain fails the test, unless the case is on the list of open ones.
func complain(t *testing.T, name, format string, args ...any) {
	t.Helper()
	if why, known := openForeign()[name]; known {
		t.Logf("OPEN %s (%s): "+format, append([]any{name, why}, args...)...)
		return
	}
	t.Errorf("%s: "+format, append([]any{name}, args...)...)
}
