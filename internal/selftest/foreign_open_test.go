package selftest_test

import "testing"

// openForeign lists what is known not to be as it should: said loudly in the log of every run, never passed over.
func openForeign() map[string]string {
	return map[string]string{}
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
