package match

import "testing"

// BenchmarkPropose300 proposes for 300 questions over all shipped controls.
func BenchmarkPropose300(b *testing.B) {
	m := shippedMatcher(b)
	cases, err := ShippedCases()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, c := range cases[:300] {
			m.Propose(c.Section, c.Question)
		}
	}
}
