package ratelimit

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// longest is how long Recovery waits for a budget to come back, --full aside.
const longest = 3 * time.Second

// Recovery is the check that a used budget comes back at the stated rate.
var Recovery = &checks.Check{
	ID:      "ratelimit.recovery",
	Version: 3,
	Title:   "A used-up budget comes back evenly, at the plan's rate",
	Proves: "After a probe organisation's budget was used up, what it was let do in the following seconds was no more than the plan's rate gives back in that time, " +
		"both when it kept silent meanwhile and when it asked steadily, half as often again as the rate. " +
		"A budget refilled each second instead of each minute, or handed out anew at the turn of the clock's minute, would have let through more.",
	DoesNotProve: "The rate over hours, since the wait is about two seconds (a third of the window with --full): a bucket that is forgotten after a longer silence is not seen. A window that begins on the minute is recognised by nothing coming back " +
		"while Retry-After points at the turn of the minute; where there is no Retry-After, only a run with --full waits for the turn and sees what it lets through.",
	Fix:       "Refill the bucket continuously: add rate times the time passed at each request, up to the capacity. Let Retry-After be the seconds until one request is free, rounded up.",
	Doors:     []stack.Door{stack.DoorAPI},
	Effects:   checks.SendsLoad,
	Reproduce: `arxctl check --only ratelimit.recovery -c "$ARXCTL_CONFIG"`,
	POC:       "§5",
	Timeout:   4 * time.Minute,
	Run:       recovery,
}

func recovery(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	d, why, err := open(st, 3*maxBudgetRequests)
	if err != nil {
		return err
	}
	defer d.cl.Close()
	tiers := [][]plan{spare(lowest(d.plans))}
	if m := near(d.plans, 600); m[0].rpm != tiers[0][0].rpm && m[0].rpm <= 1200 {
		tiers = append(tiers, m) // a faster plan shows a smaller error of the rate
	}
	for _, tier := range tiers {
		rec.Population("plans", named(tier))
	}
	if why != "" {
		rec.Blind(named(tiers[0]), "whether the budget comes back at the plan's rate", d.cl.Via(d.get(tiers[0][0].org, 0)), why)
		return nil
	}
	// The fastest plan shows most of a steady caller in the least time; where a busy machine does not keep its pace,
	// the slowest does.
	slow, fast := &relay{}, &relay{}
	if len(tiers) == 2 {
		handed := make(chan bool, 1)
		slow.after, fast.next = handed, handed
	}
	errs := make([]error, len(tiers))
	var wg sync.WaitGroup
	for i, tier := range tiers {
		r := fast
		if i == 0 && len(tiers) == 2 {
			r = slow
		}
		wg.Go(func() {
			defer r.done()
			errs[i] = d.recover(ctx, rec, tier, r)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func named(tier []plan) string { return fmt.Sprintf("%d requests a minute", tier[0].rpm) }

// recover uses up a budget, leaves it alone, and counts what is let through then.
func (d *door) recover(ctx context.Context, rec *checks.Recorder, tier []plan, turn *relay) error {
	p, release, err := d.borrow(ctx, tier)
	if err != nil {
		return err
	}
	defer release()
	u := named(tier)
	spent := d.spend(ctx, d.volley(p, 8, 3))
	via := fmt.Sprintf("after %d requests: %s", len(spent.shots), d.cl.Via(d.get(p.org, 0)))
	if why := spent.strange(); why != "" {
		rec.Blind(u, "every request is either let through or refused with 429", via, why)
		return nil
	}
	rec.Claim(u, "requests let through until the budget was used up", spent.via(d), evidence.AtMost(int64(spent.allowance())), strconv.Itoa(spent.total()))
	empty := d.dry(ctx, p)
	rec.Sight(u, "the budget is used up", via, evidence.Equals("answered 429"), words(empty))
	if empty.class() != denied {
		return nil
	}
	span := time.Duration(math.Max(2.2, 2/p.rate()) * float64(time.Second))
	if span > longest && !d.st.Full {
		rec.Blind(u, "whether the budget comes back at the plan's rate", via, fmt.Sprintf("one request comes back in %s, longer than this waits; to see this: add --full, or an organisation on a larger plan",
			time.Duration(float64(time.Second)/p.rate()).Round(time.Second)))
		return nil
	}
	if d.st.Full {
		span = max(span, p.per/3) // a bucket that is forgotten when idle may take that long to be
	}
	// No request at all meanwhile: a limiter may forget who has been silent.
	if err := sleep(ctx, time.Until(empty.done.Add(span))); err != nil {
		return err
	}
	back := d.returned(ctx, p, empty)
	d.promised(rec, u, "while nothing was sent", back)
	rec.Advice(u, "requests let through by then, as the plan's rate gives back", back.via(d), evidence.AtLeast(int64(math.Floor(p.rate()*span.Seconds()))-1), strconv.Itoa(back.total()))
	if err := d.evenly(ctx, rec, u, p, empty, back); err != nil {
		return err
	}
	switch {
	case !turn.mine(ctx):
	case back.total() > 0:
		if err := d.steady(ctx, rec, u, p, turn); err != nil {
			return err
		}
	case turn.after != nil: // it was handed over, and nobody else will ask
		rec.Blind(u, "whether a steady caller gets more than the rate", d.cl.Via(d.get(p.org, 0)),
			"the pace could not be kept on the faster plan, and on this one nothing came back to ask for")
	}
	return d.asTold(ctx, rec, u, p)
}

// promised claims that what came back is no more than the rate gives.
func (d *door) promised(rec *checks.Recorder, u, when string, back tally) {
	rec.Claim(u, fmt.Sprintf("requests let through in the %s after the budget was used up, %s", back.span().Round(100*time.Millisecond), when), back.via(d),
		evidence.AtMost(int64(back.given())), strconv.Itoa(back.total()))
	if why := back.strange(); why != "" {
		rec.Blind(u, "every request is either let through or refused with 429", back.via(d), why)
	}
}

// returned counts what a budget gives after it was empty; its time begins
// there, so that its span is what the refill had.
func (d *door) returned(ctx context.Context, p plan, empty shot) tally {
	v := d.volley(p, 4, 2)
	v.most = int(2*p.rate()*time.Since(empty.res.Sent).Seconds()) + 20
	back := d.spend(ctx, v, empty)
	back.last = time.Now()
	return back
}

// dry returns a request that was refused, after which only the refill counts.
// Where answers come more slowly than tokens come back, it asks side by side.
func (d *door) dry(ctx context.Context, p plan) shot {
	s := d.until(ctx, d.get(p.org, 0), denied, shot{}, 300*time.Millisecond)
	for range 3 {
		if s.class() == denied || s.class() == broken {
			break
		}
		v := d.volley(p, parallel, 1)
		v.most = 4 * parallel
		// On its own, a request may take longer than a token takes to come back: the last refusal of many tells as well.
		if last, ok := d.spend(ctx, v).lastDenied(); ok {
			return last
		}
		s = d.fire(ctx, d.get(p.org, 0))
	}
	return s
}

// asTold follows Retry-After, where it is given and short: a client that does
// as it is told must be served.
func (d *door) asTold(ctx context.Context, rec *checks.Recorder, u string, p plan) error {
	empty := d.dry(ctx, p)
	via := d.cl.Via(empty.req)
	text := empty.res.Header.Get("Retry-After")
	wait, given, ok := retryAfter(empty.res.Header, empty.done)
	if !given {
		return nil
	}
	if !ok {
		rec.Advice(u, "Retry-After is a number of seconds or an HTTP date", via, evidence.Matches(`^(\d+|[A-Z][a-z]{2}, .* GMT)$`), text)
		return nil
	}
	rec.Advice(u, "seconds in Retry-After are not beyond a whole window", via, evidence.AtMost(int64(p.per.Seconds())+1), strconv.Itoa(int(wait.Seconds())))
	wait = max(0, wait)
	if _, err := strconv.Atoi(text); err != nil {
		wait += time.Second // a date has no fractions
	}
	if wait > longest {
		return nil
	}
	if err := sleep(ctx, wait+30*time.Millisecond); err != nil {
		return err
	}
	s := d.fire(ctx, d.get(p.org, 0))
	rec.Advice(u, "a client that waits as Retry-After says ("+text+") is served", via, evidence.Equals("answered 2xx"), words(s))
	return nil
}

// soon is how long evenly waits for the turn that Retry-After points at.
const soon = 6 * time.Second

// evenly recognises a window that begins on the clock: nothing comes back until
// its turn, then everything at once, which lets through twice the budget there.
func (d *door) evenly(ctx context.Context, rec *checks.Recorder, u string, p plan, empty shot, back tally) error {
	const what, even = "the budget comes back evenly, not all at once at the turn of a window", "evenly"
	wait, given, ok := retryAfter(empty.res.Header, empty.done)
	at := empty.done.Add(wait)
	turn := at.Round(p.per)
	pointed := given && ok && wait <= p.per+time.Second && at.Sub(turn).Abs() <= 1500*time.Millisecond
	if !pointed {
		turn = time.Now().Truncate(p.per).Add(p.per)
	}
	switch {
	case back.total() > 0:
		rec.Claim(u, what, back.via(d), evidence.Equals(even), even)
	case d.st.Full && p.per <= 2*time.Minute, pointed && time.Until(turn) <= soon:
		// A slow refill may point at the turn by chance: what comes back then tells.
		if err := sleep(ctx, time.Until(turn)+300*time.Millisecond); err != nil {
			return err
		}
		after := d.returned(ctx, p, empty)
		got := even
		if after.total() > int(p.rate()*time.Since(empty.res.Sent).Seconds())+10 {
			got = fmt.Sprintf("nothing for %s, then %d at once at the turn of the window", turn.Sub(empty.res.Sent).Round(time.Second), after.total())
		}
		rec.Claim(u, what, after.via(d), evidence.Equals(even), got)
	case pointed:
		rec.Claim(u, what, back.via(d), evidence.Equals(even), fmt.Sprintf("nothing came back in %s, and Retry-After (%s) points at the turn of the clock's window, %s",
			back.span().Round(100*time.Millisecond), empty.res.Header.Get("Retry-After"), turn.UTC().Format("15:04:05")))
	}
	return nil
}
