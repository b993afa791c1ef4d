package library_test

import (
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/library"
)

// TestValueAsPeopleTypeIt: a Yes that is not read as one is a Yes that nobody is
// told of when it has become false.
func TestValueAsPeopleTypeIt(t *testing.T) {
	for text, want := range map[string]string{
		"Yes": "Yes", "y": "Yes", "Yes*": "Yes", "\"Yes\"": "Yes", "Yes/Partial": "Yes", "Yes\u00a0- see annex": "Yes", "✓": "Yes",
		"Compliant": "Yes", "Fully implemented": "Yes", "Yes;x": "Yes",
		"No": "No", "no.": "No", "No - see below": "No", "No tenant sees another": "", "n.a.": "NA", "N/A": "NA", "n/a - out of scope": "NA", "not applicable": "NA",
		"We do, by row security": "", "Yesterday": "", "Nothing": "", "Partially": "", "": "",
	} {
		if got := library.Value(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
