// Package ratelimit proves that the request budget of an organisation's plan
// holds: over all replicas together, under concurrency, whatever the spelling
// of the request. It spends the budgets of probe organisations, within bounds.
package ratelimit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/stack"
)

// All lists the checks of this family.
func All() []*checks.Check {
	return []*checks.Check{Budget, Concurrency, Isolation, Effects, Recovery, Bypass, Tiers}
}

// plan is the budget that a probe organisation was promised.
type plan struct {
	org   string
	rpm   int
	burst int           // capacity: what may come at once
	per   time.Duration // the window that rpm counts in
}

// rate is the promised refill in requests a second.
func (p plan) rate() float64 { return float64(p.rpm) / p.per.Seconds() }

// most is how many requests a full budget may let through in a span: its
// capacity, what came back meanwhile, and one that was half back.
func (p plan) most(span time.Duration) int {
	return p.burst + int(math.Floor(p.rate()*span.Seconds())) + 1
}

func (p plan) String() string { return fmt.Sprintf("%s (%d a minute)", p.org, p.rpm) }

// plans returns the probe organisations with a known budget, smallest first.
// The organisations whose objects other families look at come last of their
// size, so that their budgets stay whole where there is a pool.
func plans(st *stack.Stack) []plan {
	var list []plan
	for _, name := range slices.Sorted(maps.Keys(st.API.Orgs)) {
		o := st.API.Orgs[name]
		if o.RPM <= 0 || len(o.Tokens) == 0 {
			continue
		}
		p := plan{org: name, rpm: o.RPM, burst: o.Burst, per: window(st)}
		if p.burst <= 0 {
			p.burst = o.RPM
		}
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(x, y plan) int {
		return cmp.Or(cmp.Compare(x.rpm, y.rpm), cmp.Compare(unpooled(x), unpooled(y)))
	})
	return list
}

// unpooled is 0 for an organisation of a pool (low-1), 1 for one that other
// families look into (a).
func unpooled(p plan) int {
	if strings.Contains(p.org, "-") {
		return 0
	}
	return 1
}

// spare returns the last half of a pool that is large enough: what checks use
// that need no whole budget, so that those of the others stay whole for a
// second run within the minute.
func spare(tier []plan) []plan {
	pool := slices.DeleteFunc(slices.Clone(tier), func(p plan) bool { return unpooled(p) == 1 })
	if len(pool) < 4 {
		return tier
	}
	return pool[len(pool)/2:]
}

func window(st *stack.Stack) time.Duration {
	if st.API.Limit != nil && st.API.Limit.Window > 0 {
		return st.API.Limit.Window
	}
	return time.Minute
}

// near returns the plans of the size closest to rpm: all of one tier.
func near(list []plan, rpm int) []plan {
	if len(list) == 0 {
		return nil
	}
	best := slices.MinFunc(list, func(x, y plan) int {
		return cmp.Compare(distance(x.rpm, rpm), distance(y.rpm, rpm))
	})
	return slices.DeleteFunc(slices.Clone(list), func(p plan) bool { return p.rpm != best.rpm })
}

func distance(a, b int) float64 { return math.Abs(math.Log(float64(a) / float64(b))) }

// lowest and highest return the tiers at the ends.
func lowest(list []plan) []plan { return near(list, 1) }

func highest(list []plan) []plan { return near(list, math.MaxInt32) }

// door is what each check opens first: a client within its budget of requests,
// the plans, and the request that is counted.
type door struct {
	st    *stack.Stack
	cl    *stack.Client
	plans []plan
}

// open prepares the api door. why is not empty when load may not be sent.
func open(st *stack.Stack, budget int) (d *door, why string, err error) {
	if st.API == nil {
		return nil, "", errors.New("arxctl.yaml has no api door; to see this: add api.replicas and api.orgs")
	}
	if st.API.Limit == nil || st.API.Limit.Path == "" {
		return nil, "", errors.New("arxctl.yaml does not say what to measure; to see this: set api.limit.path to a cheap GET that counts against the budget")
	}
	d = &door{st: st, plans: plans(st)}
	if len(d.plans) == 0 {
		return nil, "", errors.New("arxctl.yaml names no probe organisation with a budget; to see this: set rpm and tokens of organisations in api.orgs, as low-1 and high-1")
	}
	if d.cl, err = st.HTTP(budget); err != nil {
		return nil, "", err
	}
	if ok, reason := st.MayLoad(); !ok {
		return d, reason, nil
	}
	return d, "", nil
}

// get is the counted request of an organisation on a replica.
func (d *door) get(org string, replica int) stack.Request {
	return stack.Request{Replica: replica, Org: org, Role: d.role(org), Method: http.MethodGet, Path: d.st.API.Limit.Path}
}

// role is the declared one where the organisation has a token of it.
func (d *door) role(org string) string {
	if _, ok := d.st.API.Orgs[org].Tokens[d.st.API.Limit.Role]; ok {
		return d.st.API.Limit.Role
	}
	return ""
}

// lease takes an organisation of a tier whose budget looks whole, spending one
// request on looking: first is its answer. Where the service does not say what
// remains the budget is taken to be whole, and where none is, the fullest is
// taken: what a burst lets through then tells. --full waits for it to fill.
func (d *door) lease(ctx context.Context, tier []plan) (p plan, first shot, release func(), err error) {
	rest, fullest, most := slices.Clone(tier), tier[0], -1
	for len(rest) > 0 {
		if p, release, err = d.borrow(ctx, rest); err != nil {
			return p, first, nil, err
		}
		first = d.fire(ctx, d.get(p.org, 0))
		n, known := remaining(first.res.Header)
		if !known || n >= whole(p)-1 {
			return p, first, release, nil
		}
		release()
		if n > most {
			fullest, most = p, n
		}
		rest = slices.DeleteFunc(rest, func(q plan) bool { return q == p })
	}
	if p, release, err = d.borrow(ctx, []plan{fullest}); err != nil {
		return p, first, nil, err
	}
	if d.st.Full && p.per <= 2*time.Minute {
		if err := sleep(ctx, p.per+time.Second); err != nil {
			release()
			return p, first, nil, err
		}
	}
	return p, d.fire(ctx, d.get(p.org, 0)), release, nil
}

// borrow leases an organisation of a list as it is.
func (d *door) borrow(ctx context.Context, list []plan) (plan, func(), error) {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.org
	}
	name, release, err := d.st.Lease(ctx, names)
	if err != nil {
		return plan{}, nil, err
	}
	return list[slices.Index(names, name)], release, nil
}

// whole is how much must be there for a budget to count as untouched.
func whole(p plan) int { return p.burst - max(1, p.burst/20) }

// sleep waits, or returns early with the reason.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
