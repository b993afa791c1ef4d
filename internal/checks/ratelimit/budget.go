package ratelimit

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// maxBudgetRequests bounds what Budget and Concurrency send: the lowest plan is meant, not a load test.
const maxBudgetRequests = 1500

// Budget is the check that the replicas share one budget.
var Budget = &checks.Check{
	ID:      "ratelimit.budget",
	Version: 1,
	Title:   "One budget of requests holds over all replicas together",
	Proves: "A probe organisation on the lowest plan sent more than its budget, spread evenly over every replica. All replicas together let through " +
		"no more than the plan's capacity, plus what the stated rate gave back in the time the burst took, and each replica refused with 429 once the budget was used up. " +
		"A limit counted in each process, or missing on one of them, would have let through more.",
	DoesNotProve: "What happens behind a load balancer whose replicas arxctl.yaml does not list, or while the shared store is failing: " +
		"a store that is down during the check makes it inconclusive or fails it, depending on what is let through.",
	Fix: "Keep the bucket in a store that all replicas share, keyed by organisation, and take from it in one atomic step (a Lua script in Redis). " +
		"Decide what a dead store means and refuse by default.",
	Doors:     []stack.Door{stack.DoorAPI},
	Effects:   checks.SendsLoad,
	Reproduce: `arxctl check --only ratelimit.budget -c "$ARXCTL_CONFIG"`,
	POC:       "§5",
	Timeout:   3 * time.Minute,
	Run:       budget,
}

func budget(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	d, why, err := open(st, maxBudgetRequests)
	if err != nil {
		return err
	}
	defer d.cl.Close()
	d.population(rec)
	if why != "" {
		rec.Blind(replica(0), "whether the budget holds", d.cl.Via(d.get(d.plans[0].org, 0)), why)
		return nil
	}
	t, err := d.exhaust(ctx, lowest(d.plans), 6, 3)
	if err != nil {
		return err
	}
	d.judge(rec, t)
	return nil
}

// exhaust leases an organisation of a tier and spends its budget, a little
// over. A budget that was not whole is tried again on another organisation.
func (d *door) exhaust(ctx context.Context, tier []plan, parallel, enough int) (tally, error) {
	var t tally
	for range min(3, len(tier)) {
		p, first, release, err := d.lease(ctx, tier)
		if err != nil {
			return t, err
		}
		t = d.spend(ctx, d.volley(p, parallel, enough), first)
		release()
		if ctx.Err() != nil {
			return t, ctx.Err()
		}
		if t.total() >= whole(p) || len(t.odd) > 0 {
			return t, nil
		}
	}
	return t, nil
}

// volley is the plain one: the counted GET, until all deny or the promise is broken by half.
func (d *door) volley(p plan, parallel, enough int) volley {
	return volley{p: p, most: 2*p.burst + 40, parallel: parallel, enough: enough, slack: max(10, min(p.burst/2, 200)),
		request: func(_, replica int) stack.Request { return d.get(p.org, replica) }}
}

// wait is how long a used-up budget needs to be whole again.
func (t *tally) wait() time.Duration {
	return time.Duration(float64(t.p.burst) / t.p.rate() * float64(time.Second)).Round(time.Second)
}

func replica(i int) string { return "replica " + strconv.Itoa(i+1) }

// population are the replicas; a budget shared by one alone is only half the promise.
func (d *door) population(rec *checks.Recorder) {
	for i := range d.cl.Replicas() {
		rec.Population("replicas", replica(i))
	}
	if d.cl.Replicas() == 1 {
		rec.Population("replicas", replica(1))
		rec.Exclude(replica(1), "arxctl.yaml names one replica, so that two share the budget was not seen; to see this: list every replica's own URL in api.replicas")
	}
}

// judge reports a tally, replica by replica: that the burst could have seen a
// broken promise, and that it did not.
func (d *door) judge(rec *checks.Recorder, t tally) {
	via := t.via(d)
	for i := range d.cl.Replicas() {
		u := replica(i)
		rec.Claim(u, fmt.Sprintf("requests let through by all replicas together for %s, capacity %d", t.p, t.p.burst), via, evidence.AtMost(int64(t.allowance())), strconv.Itoa(t.total()))
		if why := t.strange(); why != "" {
			rec.Blind(u, "every request is either let through or refused with 429", via, why)
			continue
		}
		if t.total() < whole(t.p) && slices.Min(t.denied) > 0 {
			rec.Blind(u, "the budget was whole when the burst began", via, fmt.Sprintf("only %d of %d were let through; to see this: wait %s, or add organisations to the pool in api.orgs",
				t.total(), t.p.burst, t.wait()))
			continue
		}
		rec.Sight(u, "requests that this replica let through before the budget was used up", via, evidence.AtLeast(1), strconv.Itoa(t.accepted[i]))
		rec.Sight(u, "requests that this replica refused with 429 afterwards", via, evidence.AtLeast(1), strconv.Itoa(t.denied[i]))
	}
}
