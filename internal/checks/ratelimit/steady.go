package ratelimit

import (
	"context"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
)

// pace is how much of a token comes back between two requests of a steady
// caller: as far above the half from which a limiter may round up as the sixth
// of a token that the gaps between two requests may come to differ on their way.
const pace = 2.0 / 3

// steady asks half as often again as the plan allows, evenly: a limiter that
// rounds the refill between two requests up, or loses it, shows here. It shows
// only to who keeps the pace, which a busy machine may not; then it asks again,
// and for longer, and at last hands over to a slower plan, if there is one.
func (d *door) steady(ctx context.Context, rec *checks.Recorder, u string, p plan, turn *relay) error {
	var back tally
	for try := range 3 {
		empty := d.dry(ctx, p)
		if empty.class() != denied {
			rec.Blind(u, "whether a steady caller gets more than the rate", d.cl.Via(empty.req), "it "+empty.told()+" where the budget should have been used up again")
			return nil
		}
		var err error
		if back, err = d.paced(ctx, p, empty, time.Duration(try+1)*1500*time.Millisecond); err != nil {
			return err
		}
		if back.total() > back.given() || back.gain() >= 2 {
			break
		}
	}
	if back.total() <= back.given() && back.gain() < 2 && turn.hand() {
		return nil
	}
	rec.Sight(u, "requests more than the rate that the steady caller's pace would have got out of a limiter that rounds up", back.via(d),
		evidence.AtLeast(2), strconv.Itoa(int(back.gain())))
	d.promised(rec, u, "to a caller who asks steadily half as often again as the rate", back)
	rec.Advice(u, "requests let through to a caller who asks steadily half as often again as the rate", back.via(d),
		evidence.AtLeast(int64(math.Floor(p.rate()*back.asking().Seconds())*0.7)-1), strconv.Itoa(back.total()))
	return nil
}

// relay is whose turn it is to be the steady caller: that of a plan without
// one before it, or of the one that another could not do it for.
type relay struct {
	after <-chan bool // whether it is handed over
	next  chan<- bool
}

func (r *relay) mine(ctx context.Context) bool {
	if r.after == nil {
		return true
	}
	select {
	case handed := <-r.after:
		return handed
	case <-ctx.Done():
		return false
	}
}

// hand gives the turn to the next and reports whether there is one.
func (r *relay) hand() bool {
	if r.next == nil {
		return false
	}
	r.next <- true
	r.next = nil
	return true
}

// done tells a next one that is still waiting that there is nothing to do.
func (r *relay) done() {
	if r.next != nil {
		r.next <- false
	}
}

// paced sends a request each step, whether or not the one before was answered:
// the pace is the caller's, however slow the answers are.
func (d *door) paced(ctx context.Context, p plan, empty shot, during time.Duration) (tally, error) {
	back := tally{p: p, accepted: make([]int, d.cl.Replicas()), denied: make([]int, d.cl.Replicas())}
	back.add(empty)
	step := time.Duration(pace / p.rate() * float64(time.Second))
	n := min(60, max(15, int(during/step)))
	var mu sync.Mutex
	var wg sync.WaitGroup
	defer wg.Wait() // also where the run is interrupted
	begun := time.Now()
	for i := range n {
		if err := sleep(ctx, time.Until(begun.Add(time.Duration(i)*step))); err != nil {
			return back, err
		}
		wg.Go(func() {
			s := d.fire(ctx, d.get(p.org, i%d.cl.Replicas()))
			mu.Lock()
			defer mu.Unlock()
			back.add(s)
		})
	}
	wg.Wait()
	back.last, back.overlap = time.Now(), overlap(back.shots)
	return back, nil
}

// sent are the moments at which requests left, in order, and answered those at
// which their answers came: they reached the limiter in between.
func (t *tally) sent() (sent, answered []time.Time) {
	for _, s := range t.shots {
		if !s.res.Sent.IsZero() {
			sent, answered = append(sent, s.res.Sent), append(answered, s.done)
		}
	}
	slices.SortFunc(sent, time.Time.Compare)
	slices.SortFunc(answered, time.Time.Compare)
	return sent, answered
}

// asking is the time from the first request to the last.
func (t *tally) asking() time.Duration {
	at, _ := t.sent()
	if len(at) == 0 {
		return 0
	}
	return at[len(at)-1].Sub(at[0])
}

// given is how many requests the plan's rate gives back in the time taken.
func (t *tally) given() int { return int(math.Floor(t.p.rate()*t.span().Seconds())) + 1 }

// gain is how many requests beyond what the rate gives the pace that was kept
// would get out of a limiter that rounds the refill between two requests: each
// gap of half a token to a whole one counts as one there, a shorter one as none.
// How the requests reached it nobody here knows; where neither they nor their
// answers came in heaps, they did not either.
func (t *tally) gain() float64 {
	sent, answered := t.sent()
	return min(t.rounded(sent), t.rounded(answered)) - float64(t.given())
}

// rounded is what a limiter that rounds gives back to requests at these moments.
func (t *tally) rounded(at []time.Time) float64 {
	tokens := 0.0
	for i := 1; i < len(at); i++ {
		tokens += math.Floor(t.p.rate()*at[i].Sub(at[i-1]).Seconds() + 0.5)
	}
	return tokens
}
