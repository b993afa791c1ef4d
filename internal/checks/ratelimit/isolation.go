package ratelimit

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// asks is how many requests of the other organisation are sent to each replica.
const asks = 2

// Isolation is the check that one organisation cannot use up another's budget.
var Isolation = &checks.Check{
	ID:      "ratelimit.isolation",
	Version: 1,
	Title:   "An organisation that uses up its budget takes nothing from another",
	Proves: "While one probe organisation was refused with 429 on every replica, before and after, another one was served on every replica: " +
		"budgets are kept by organisation, not by address, by plan or for the service as a whole.",
	DoesNotProve: "That one organisation's load does not slow another down: latency under load is not what this measures.",
	Fix:          "Key the bucket by the organisation that the token belongs to, and by nothing that several organisations share (client address, plan, route).",
	Doors:        []stack.Door{stack.DoorAPI},
	Effects:      checks.SendsLoad,
	Reproduce:    `arxctl check --only ratelimit.isolation -c "$ARXCTL_CONFIG"`,
	POC:          "§5",
	Timeout:      3 * time.Minute,
	Run:          isolation,
}

func isolation(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	d, why, err := open(st, maxBudgetRequests)
	if err != nil {
		return err
	}
	defer d.cl.Close()
	for i := range d.cl.Replicas() {
		rec.Population("replicas", replica(i))
	}
	if why != "" {
		rec.Blind(replica(0), "whether another organisation is served", d.cl.Via(d.get(d.plans[0].org, 0)), why)
		return nil
	}
	// The bystander is the second organisation of the lowest tier where there are two, else of the next.
	tier := spare(lowest(d.plans))
	others := tier
	if len(tier) < 2 {
		others = slices.DeleteFunc(slices.Clone(d.plans), func(p plan) bool { return p.org == tier[0].org })
	}
	if len(others) == 0 {
		rec.Blind(replica(0), "whether another organisation is served", d.cl.Via(d.get(tier[0].org, 0)), "arxctl.yaml names one probe organisation with a budget; to see this: add a second to api.orgs")
		return nil
	}
	// Neither budget need be whole: one must be used up, the other not yet.
	other, release, err := d.borrow(ctx, others)
	if err != nil {
		return err
	}
	defer release()
	served := d.until(ctx, d.get(other.org, 0), accepted, shot{}, 3*time.Second)
	victim, giveBack, err := d.borrow(ctx, slices.DeleteFunc(slices.Clone(tier), func(p plan) bool { return p.org == other.org }))
	if err != nil {
		return err
	}
	defer giveBack()
	t := d.spend(ctx, d.volley(victim, 6, 3))
	for i := range d.cl.Replicas() {
		u := replica(i)
		if why := t.strange(); why != "" {
			rec.Blind(u, "the first organisation is refused", t.via(d), why)
			continue
		}
		before := d.until(ctx, d.get(victim.org, i), denied, shot{}, time.Second)
		got, odd := d.ask(ctx, other, i)
		if got < asks && odd == "" {
			got, odd, err = d.askLater(ctx, victim, other, i)
			if err != nil {
				return err
			}
		}
		after := d.until(ctx, d.get(victim.org, i), denied, shot{}, time.Second)
		via := d.cl.Via(d.get(other.org, i))
		rec.Sight(u, other.String()+" is served before the other's budget is used up", via, evidence.Equals("answered 2xx"), words(served))
		rec.Sight(u, victim.String()+" is refused before", d.cl.Via(d.get(victim.org, i)), evidence.Equals("answered 429"), words(before))
		rec.Sight(u, victim.String()+" is refused after", d.cl.Via(d.get(victim.org, i)), evidence.Equals("answered 429"), words(after))
		if odd != "" {
			rec.Blind(u, other.String()+" is served meanwhile", via, "it "+odd+"; to see this: make api.limit.path answer 2xx to this organisation")
			continue
		}
		rec.Claim(u, "requests of "+other.String()+" served meanwhile, of "+strconv.Itoa(asks), via, evidence.Equals(strconv.Itoa(asks)), strconv.Itoa(got))
	}
	return nil
}

// ask sends the other organisation's requests and counts those served; odd says
// what else came.
func (d *door) ask(ctx context.Context, other plan, i int) (got int, odd string) {
	for range asks {
		s := d.fire(ctx, d.get(other.org, i))
		switch s.class() {
		case accepted:
			got++
		case denied:
		default:
			odd = s.told()
		}
	}
	return got, odd
}

// askLater gives a budget that an earlier run left nearly empty the time to
// fill a little, while the victim drinks up whatever comes back to it: a bucket
// of its own then serves, a shared one still refuses.
func (d *door) askLater(ctx context.Context, victim, other plan, i int) (int, string, error) {
	span := time.Duration(float64(asks+1)/other.rate()*float64(time.Second)) + 500*time.Millisecond
	for end := time.Now().Add(min(span, 6*time.Second)); time.Now().Before(end); {
		d.until(ctx, d.get(victim.org, i), denied, shot{}, time.Second)
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return 0, "", err
		}
	}
	d.until(ctx, d.get(victim.org, i), denied, shot{}, time.Second)
	got, odd := d.ask(ctx, other, i)
	return got, odd, nil
}

// maxTries bounds how often one request is repeated.
const maxTries = 200

// until repeats a request until it is answered as wanted or the time is over:
// a token may come back at any moment, and elsewhere another may take one.
func (d *door) until(ctx context.Context, r stack.Request, want class, s shot, limit time.Duration) shot {
	end := time.Now().Add(limit)
	for tries := 0; s.done.IsZero() || s.class() != want && s.class() != broken && tries < maxTries && time.Now().Before(end); tries++ {
		if !s.done.IsZero() && want == accepted && sleep(ctx, 20*time.Millisecond) != nil {
			return s
		}
		if s = d.fire(ctx, r); s.err != nil {
			return s
		}
	}
	return s
}

// words is an answer as the sights want it: the class where it is one of the two.
func words(s shot) string {
	if s.class() == accepted {
		return "answered 2xx"
	}
	return s.told()
}
