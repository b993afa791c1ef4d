package ratelimit

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// parallel is how many requests are under way at once; seen how many of them
// must have been for the check to count.
const (
	parallel = 32
	seen     = 16
)

// Concurrency is the check that requests that meet do not share one token.
var Concurrency = &checks.Check{
	ID:      "ratelimit.concurrency",
	Version: 1,
	Title:   "The budget holds when many requests arrive at the same moment",
	Proves: "A probe organisation on the lowest plan sent more than its budget with at least sixteen requests under way at once, over every replica. " +
		"No more were let through than the capacity and the stated refill allow, so reading and taking from the bucket is one step: " +
		"a limiter that reads, computes and writes back separately lets many requests through on one token.",
	DoesNotProve: "That no interleaving exists: a race that needs a rarer timing than thirty-two requests under way at once can be missed by one burst.",
	Fix:          "Take from the bucket in one atomic step: a Lua script or function in Redis, or a single UPDATE ... RETURNING, never a read followed by a write.",
	Doors:        []stack.Door{stack.DoorAPI},
	Effects:      checks.SendsLoad,
	Reproduce:    `arxctl check --only ratelimit.concurrency -c "$ARXCTL_CONFIG"`,
	POC:          "§5",
	Timeout:      3 * time.Minute,
	Run:          concurrency,
}

func concurrency(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	d, why, err := open(st, maxBudgetRequests)
	if err != nil {
		return err
	}
	defer d.cl.Close()
	d.population(rec)
	if why != "" {
		rec.Blind(replica(0), "whether the budget holds under concurrency", d.cl.Via(d.get(d.plans[0].org, 0)), why)
		return nil
	}
	d.warm(ctx)
	t, err := d.exhaust(ctx, lowest(d.plans), parallel, 8)
	if err != nil {
		return err
	}
	d.judge(rec, t)
	for i := range d.cl.Replicas() {
		if len(t.odd) == 0 {
			rec.Sight(replica(i), "requests under way at one moment", t.via(d), evidence.AtLeast(seen), strconv.Itoa(t.overlap))
		}
	}
	return nil
}

// warm opens the connections of the burst beforehand, with requests that carry
// no token and so draw from nobody's budget; else dialling would space them out.
func (d *door) warm(ctx context.Context) {
	var wg sync.WaitGroup
	for i := range parallel {
		wg.Go(func() {
			d.fire(ctx, stack.Request{Replica: i % d.cl.Replicas(), Method: http.MethodGet, Path: d.st.API.Limit.Path})
		})
	}
	wg.Wait()
}
