package match

import "testing"

// TestHarmIsWhatTheWordsSay: each way of asking in which Yes is bad is known by the
// question that stands beside it; of those that only may mislead nobody is told
// that a Yes is bad.
func TestHarmIsWhatTheWordsSay(t *testing.T) {
	k, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	unclear := 0
	for _, h := range k.polarity {
		if h.Unclear {
			unclear++
		}
		if got := Harm(h.Bad); (got == "") != h.Unclear {
			t.Errorf("%s: %q: %q", h.ID, h.Bad, got)
		}
		if got := Harm(h.Good); got == h.Reason {
			t.Errorf("%s: %q is taken for a harm", h.ID, h.Good)
		}
	}
	if unclear == 0 || Harm("") != "" {
		t.Errorf("%d are unclear, and nothing is %q", unclear, Harm(""))
	}
	if Harm("Do you only store passwords in plain text?") == "" {
		t.Error("what misleads hides the harm")
	}
}
