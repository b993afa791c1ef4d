package ratelimit

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/arxsec/arxctl/internal/stack"
)

// class is what an answer means to a limiter's budget.
type class int

const (
	accepted class = iota // 2xx: the request was carried out
	denied                // 429: the budget is used up (RFC 6585 §4)
	unserved              // 3xx and 4xx: nobody carried it out
	broken                // 5xx or no answer: says nothing about the budget
)

// shot is one request and what came of it.
type shot struct {
	req  stack.Request
	res  stack.Response
	err  error
	done time.Time
}

func (s shot) class() class {
	switch {
	case s.err != nil || s.res.Status >= 500:
		return broken
	case s.res.Status == http.StatusTooManyRequests:
		return denied
	case s.res.Status >= 200 && s.res.Status < 300:
		return accepted
	}
	return unserved
}

// told is the answer in words.
func (s shot) told() string {
	if s.err != nil {
		return s.err.Error()
	}
	return "answered " + strconv.Itoa(s.res.Status)
}

func (d *door) fire(ctx context.Context, r stack.Request) shot {
	res, err := d.cl.Do(ctx, r)
	return shot{req: r, res: res, err: err, done: res.Sent.Add(res.Elapsed)}
}

// volley says how to spend a budget: up to most requests, parallel at a time,
// round the replicas. It ends early once every replica has denied enough, once
// the promise is broken beyond doubt, or once too little is answered to go on.
type volley struct {
	p        plan
	most     int
	parallel int
	enough   int // denials of each replica after which there is no more to learn
	// slack is by how many accepted requests the promise must be broken before
	// stopping, so that the report can say how far.
	slack   int
	request func(i, replica int) stack.Request
}

// tally is what a volley saw.
type tally struct {
	p        plan
	shots    []shot
	accepted []int // by replica
	denied   []int
	odd      []shot // neither accepted nor denied
	first    time.Time
	last     time.Time // end of the last accepted request
	overlap  int       // most requests under way at one moment
}

// spend sends a volley. seed are shots that were already drawn from the budget.
func (d *door) spend(ctx context.Context, v volley, seed ...shot) tally {
	replicas := d.cl.Replicas()
	t := tally{p: v.p, accepted: make([]int, replicas), denied: make([]int, replicas)}
	for _, s := range seed {
		t.add(s)
	}
	var mu sync.Mutex
	next := 0
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next >= v.most || t.over(v) || ctx.Err() != nil {
			return 0, false
		}
		next++
		return next - 1, true
	}
	var wg sync.WaitGroup
	for range max(1, v.parallel) {
		wg.Go(func() {
			for {
				i, more := take()
				if !more {
					return
				}
				s := d.fire(ctx, v.request(i, i%replicas))
				mu.Lock()
				t.add(s)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	t.overlap = overlap(t.shots)
	return t
}

func (t *tally) add(s shot) {
	t.shots = append(t.shots, s)
	if !s.res.Sent.IsZero() && (t.first.IsZero() || s.res.Sent.Before(t.first)) {
		t.first = s.res.Sent
	}
	switch s.class() {
	case accepted:
		t.accepted[s.req.Replica]++
		if s.done.After(t.last) {
			t.last = s.done
		}
	case denied:
		t.denied[s.req.Replica]++
	default:
		t.odd = append(t.odd, s)
	}
}

// lastDenied is the refusal that came last, if nothing that was sent after it was let through.
func (t tally) lastDenied() (s shot, ok bool) {
	for _, other := range t.shots {
		if other.class() == denied && other.done.After(s.done) {
			s = other
		}
	}
	for _, other := range t.shots {
		if other.class() == accepted && other.res.Sent.After(s.done) {
			return s, false
		}
	}
	return s, !s.done.IsZero()
}

// over reports whether more requests would teach nothing.
func (t *tally) over(v volley) bool {
	if len(t.odd) >= 5 {
		return true
	}
	if v.slack > 0 && t.total() > t.allowance()+v.slack {
		return true
	}
	return slices.Min(t.denied) >= v.enough
}

func (t *tally) total() int {
	n := 0
	for _, a := range t.accepted {
		n += a
	}
	return n
}

func (t *tally) span() time.Duration {
	if t.last.IsZero() || t.first.IsZero() {
		return 0
	}
	return t.last.Sub(t.first)
}

// allowance is how many requests the promise lets through in the time taken.
func (t *tally) allowance() int { return t.p.most(t.span()) }

// via says what was sent, for a person to repeat.
func (t *tally) via(d *door) string {
	return fmt.Sprintf("%d times in %s, in turn to %d replicas, at most %d at once: %s",
		len(t.shots), t.span().Round(time.Millisecond), d.cl.Replicas(), max(1, t.overlap), d.cl.Via(d.get(t.p.org, 0)))
}

// strange gives the reason when some answers were neither accepted nor denied.
func (t *tally) strange() string {
	if len(t.odd) == 0 {
		return ""
	}
	s := t.odd[0]
	hint := "to see this: give a token and an api.limit.path that are served"
	if s.class() == broken {
		hint = "to see this: bring the replica, and what its limiter counts in, back and run again"
	}
	return fmt.Sprintf("%d of %d requests were neither accepted nor denied: replica %d %s; %s", len(t.odd), len(t.shots), s.req.Replica+1, s.told(), hint)
}

// overlap is the most requests that were under way at one moment.
func overlap(shots []shot) int {
	type edge struct {
		at   time.Time
		step int
	}
	var edges []edge
	for _, s := range shots {
		if !s.res.Sent.IsZero() && s.done.After(s.res.Sent) {
			edges = append(edges, edge{s.res.Sent, 1}, edge{s.done, -1})
		}
	}
	slices.SortFunc(edges, func(x, y edge) int {
		if c := x.at.Compare(y.at); c != 0 {
			return c
		}
		return x.step - y.step
	})
	now, most := 0, 0
	for _, e := range edges {
		now += e.step
		most = max(most, now)
	}
	return most
}

// remaining reads what a limiter says is left, from the names in use: the
// X-RateLimit ones, and RateLimit as the IETF drafts spell it
// (draft-ietf-httpapi-ratelimit-headers, both its forms).
func remaining(h http.Header) (int, bool) {
	for _, name := range []string{"X-RateLimit-Remaining", "RateLimit-Remaining", "X-Rate-Limit-Remaining"} {
		if n, err := strconv.Atoi(strings.TrimSpace(h.Get(name))); err == nil && n >= 0 {
			return n, true
		}
	}
	return field(h, "RateLimit", "remaining", "r")
}

// stated reads the limit that a limiter says it applies.
func stated(h http.Header) (int, bool) {
	for _, name := range []string{"X-RateLimit-Limit", "RateLimit-Limit", "X-Rate-Limit-Limit"} {
		head, _, _ := strings.Cut(h.Get(name), ",")
		if n, err := strconv.Atoi(strings.TrimSpace(head)); err == nil && n > 0 {
			return n, true
		}
	}
	if n, ok := field(h, "RateLimit-Policy", "q"); ok {
		return n, ok
	}
	return field(h, "RateLimit", "limit")
}

func field(h http.Header, name string, keys ...string) (int, bool) {
	for _, part := range strings.FieldsFunc(h.Get(name), func(r rune) bool { return r == ',' || r == ';' }) {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil && n >= 0 && slices.Contains(keys, strings.ToLower(k)) {
			return n, true
		}
	}
	return 0, false
}

// retryAfter reads Retry-After as seconds from now (RFC 9110 §10.2.3: seconds
// or an HTTP-date). given is false when there is none, ok when it is neither.
func retryAfter(h http.Header, now time.Time) (wait time.Duration, given, ok bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0, false, true
	}
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(math.Min(float64(n), 1e9)) * time.Second, true, n >= 0
	}
	if at, err := http.ParseTime(text); err == nil {
		return at.Sub(now), true, true
	}
	return 0, true, false
}
