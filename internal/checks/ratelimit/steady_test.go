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
		late  []time.Duration // of the answers, in turn
		shows bool
	}{
		"even":             {slices.Repeat([]time.Duration{67 * time.Millisecond}, 20), nil, true},
		"far":              {slices.Repeat([]time.Duration{67 * time.Millisecond}, 20), []time.Duration{130 * time.Millisecond}, true},
		"uneven":           {slices.Repeat([]time.Duration{67 * time.Millisecond}, 20), []time.Duration{10 * time.Millisecond, 15 * time.Millisecond, 20 * time.Millisecond}, true},
		"answers in heaps": {slices.Repeat([]time.Duration{67 * time.Millisecond}, 20), []time.Duration{200 * time.Millisecond, 133 * time.Millisecond, 66 * time.Millisecond, 0}, false},
		"too slow":         {slices.Repeat([]time.Duration{130 * time.Millisecond}, 20), nil, false},
		"in heaps":         {slices.Repeat([]time.Duration{300 * time.Millisecond, 0, 0, 0, 0}, 5), nil, false},
		"too few":          {[]time.Duration{55 * time.Millisecond, 55 * time.Millisecond}, nil, false},
		"too often":        {slices.Repeat([]time.Duration{20 * time.Millisecond}, 60), nil, false},
	} {
		at := time.Unix(1000, 0)
		back := tally{p: plan{rpm: 600, per: time.Minute}, accepted: make([]int, 1), denied: make([]int, 1)}
		late := func(i int) time.Duration {
			if tc.late == nil {
				return 5 * time.Millisecond
			}
			return tc.late[i%len(tc.late)]
		}
		back.add(shot{res: stack.Response{Sent: at}, done: at.Add(late(0))})
		for i, g := range tc.gaps {
			at = at.Add(g)
			back.add(shot{res: stack.Response{Sent: at}, done: at.Add(late(i + 1))})
			back.last = at.Add(late(i + 1))
		}
		if got := back.gain() >= 2; got != tc.shows {
			t.Errorf("%s: a gain of %.0f over %s, shows %v, want %v", name, back.gain(), back.span(), got, tc.shows)
		}
	}
}
