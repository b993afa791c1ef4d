package evidence_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/evidence"
)

// TestPatternsOfStrangersAreBounded: what would take long to compile is not
// compiled, and is never met; what checks use is.
func TestPatternsOfStrangersAreBounded(t *testing.T) {
	for _, pattern := range []string{strings.Repeat("a", 300), `a{65}`, `(a{9}){9}`, `((a{5}b){5,}){5}`, `a{2000}`} {
		if met, err := evidence.Matches(pattern).Met("a"); err == nil || met {
			t.Errorf("%.20q: met %v, want an error", pattern, met)
		}
	}
	for pattern, got := range map[string]string{`^[0-9]{5,6}$`: "15000", `^(2\d\d|403)$`: "204", `(ab){8}`: strings.Repeat("ab", 8)} {
		if met, err := evidence.Matches(pattern).Met(got); err != nil || !met {
			t.Errorf("%q on %q: %v %v", pattern, got, met, err)
		}
	}
}
