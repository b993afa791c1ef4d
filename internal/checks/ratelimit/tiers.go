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

// maxTierRequests bounds what Tiers sends in all.
const maxTierRequests = 20000

// Tiers is the check that the lowest and the highest plan get what they were promised.
var Tiers = &checks.Check{
	ID:      "ratelimit.tiers",
	Version: 1,
	Title:   "The lowest and the highest plan each get their own budget",
	Proves: "A probe organisation on the lowest plan and one on the highest each sent a little more than their budget, spread over every replica. " +
		"Each was let through as many requests as its own plan says, no fewer and no more than the refill during the burst explains.",
	DoesNotProve: "The plans in between, and that an upgrade or a downgrade takes effect at once. On a vendor's stack the burst on the highest plan is sent with --full only.",
	Fix:          "Read the plan of the organisation at each decision, or drop the cached plan when it changes; never fall back to a default budget in silence.",
	Doors:        []stack.Door{stack.DoorAPI},
	Effects:      checks.SendsLoad,
	Reproduce:    `arxctl check --only ratelimit.tiers -c "$ARXCTL_CONFIG"`,
	POC:          "§5",
	Timeout:      4 * time.Minute,
	Run:          tiers,
}

func tiers(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	d, why, err := open(st, maxTierRequests)
	if err != nil {
		return err
	}
	defer d.cl.Close()
	ends := [][]plan{lowest(d.plans)}
	if high := highest(d.plans); high[0].rpm != ends[0][0].rpm {
		ends = append(ends, high)
	}
	for _, tier := range ends {
		rec.Population("plans", named(tier))
	}
	if len(ends) == 1 {
		rec.Population("plans", "another plan")
		rec.Exclude("another plan", "arxctl.yaml names organisations of one plan, so that plans differ was not seen; to see this: add organisations of the lowest and the highest plan to api.orgs")
	}
	if why != "" {
		rec.Blind(named(ends[0]), "whether the plan gets its budget", d.cl.Via(d.get(ends[0][0].org, 0)), why)
		return nil
	}
	errs := make([]error, len(ends))
	var wg sync.WaitGroup
	for i, tier := range ends {
		if i > 0 && tier[0].burst > 1000 && st.Kind != "reference" && !st.Full {
			rec.Exclude(named(tier), fmt.Sprintf("a burst of %d requests is sent to a vendor's stack with --full only", tier[0].burst))
			d.says(ctx, rec, tier)
			continue
		}
		wg.Go(func() { errs[i] = d.tier(ctx, rec, tier) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// says compares what the limiter states of a plan that is not burst at.
func (d *door) says(ctx context.Context, rec *checks.Recorder, tier []plan) {
	s := d.fire(ctx, d.get(tier[0].org, 0))
	if n, ok := stated(s.res.Header); ok {
		rec.Advice(named(tier), "the limit that the limiter states", d.cl.Via(s.req), evidence.Equals(strconv.Itoa(tier[0].rpm)), strconv.Itoa(n))
	}
}

// tier spends one plan's budget and compares both ways.
func (d *door) tier(ctx context.Context, rec *checks.Recorder, tier []plan) error {
	p, first, release, err := d.lease(ctx, tier)
	if err != nil {
		return err
	}
	defer release() // not before the refill was measured: another check would spend it
	t, err := d.exhaustTier(ctx, p, first)
	if err != nil {
		return err
	}
	u, via := named(tier), t.via(d)
	most := int64(t.allowance())
	what := fmt.Sprintf("requests let through for %s", t.p)
	if why := t.strange(); why != "" {
		rec.Claim(u, what, via, evidence.AtMost(most), strconv.Itoa(t.total()))
		rec.Blind(u, "every request is either let through or refused with 429", via, why)
		return nil
	}
	refused := 0
	for _, n := range t.denied {
		refused += n
	}
	rec.Sight(u, "requests let through at first", via, evidence.AtLeast(1), strconv.Itoa(t.total()))
	rec.Sight(u, "requests refused with 429 afterwards", via, evidence.AtLeast(1), strconv.Itoa(refused))
	if t.total() >= whole(t.p) {
		rec.Claim(u, what, via, evidence.Between(int64(whole(t.p)), most), strconv.Itoa(t.total()))
		return nil
	}
	// Fewer: the budget was not whole, or it is another plan's. Its refill tells.
	pace, err := d.pace(ctx, t.p)
	if err != nil {
		return err
	}
	if pace >= 0.6*t.p.rate() {
		rec.Blind(u, what, via, fmt.Sprintf("only %d, but it refills at the plan's rate: its budget was not whole; to see this: wait %s, or add organisations to the pool in api.orgs", t.total(), t.wait()))
		return nil
	}
	rec.Claim(u, fmt.Sprintf("%s, which then refills at about %.0f a minute", what, pace*60), via, evidence.Between(int64(whole(t.p)), most), strconv.Itoa(t.total()))
	return nil
}

// exhaustTier is exhaust with few requests beyond the promise: for a large plan
// half of it again would be a load test.
func (d *door) exhaustTier(ctx context.Context, p plan, first shot) (tally, error) {
	v := d.volley(p, 24, 2)
	v.slack = max(10, p.burst/50)
	t := d.spend(ctx, v, first)
	return t, ctx.Err()
}

// pace measures how many requests a second come back to a used-up budget.
func (d *door) pace(ctx context.Context, p plan) (float64, error) {
	empty := d.dry(ctx, p)
	span := time.Duration(math.Min(math.Max(1.5, 2/p.rate()), longest.Seconds()) * float64(time.Second))
	if err := sleep(ctx, span); err != nil {
		return 0, err
	}
	back := d.returned(ctx, p, empty)
	return float64(back.total()) / back.span().Seconds(), nil
}
