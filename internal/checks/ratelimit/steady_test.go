package ratelimit

import (
	"slices"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/stack"
)

// TestPaceThatShowsNothing: requests that left too late, or in heaps, would get
// no more out of a limiter that rounds up than out of one that does not.
func TestPaceThatShowsNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		gaps  []time.Duration
		shows bool
	}{
		"even":      {slices.Repeat([]time.Duration{55 * time.Millisecond}, 20), true},
		"too slow":  {slices.Repeat([]time.Duration{130 * time.Millisecond}, 20), false},
		"in heaps":  {slices.Repeat([]time.Duration{300 * time.Millisecond, 0, 0, 0, 0}, 5), false},
		"too few":   {[]time.Duration{55 * time.Millisecond, 55 * time.Millisecond}, false},
		"too often": {slices.Repeat([]time.Duration{20 * time.Millisecond}, 60), false},
	} {
		at := time.Unix(1000, 0)
		back := tally{p: plan{rpm: 600, per: time.Minute}, accepted: make([]int, 1), denied: make([]int, 1)}
		back.add(shot{res: stack.Response{Sent: at}})
		for _, g := range tc.gaps {
			at = at.Add(g)
			back.add(shot{res: stack.Response{Sent: at}})
		}
		back.last = at.Add(5 * time.Millisecond)
		if got := back.gain() >= 2; got != tc.shows {
			t.Errorf("%s: a gain of %.0f over %s, shows %v, want %v", name, back.gain(), back.span(), got, tc.shows)
		}
	}
}
