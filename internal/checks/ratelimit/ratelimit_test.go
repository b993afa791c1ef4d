package ratelimit_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/ratelimit"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

func look(t *testing.T, c *checks.Check, st *stack.Stack) evidence.Evidence {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	rec := checks.NewRecorder(st.Scrub)
	return rec.Judged(c.Doc(), c.Run(ctx, st, rec))
}

func want(t *testing.T, e evidence.Evidence, outcome evidence.Outcome, words string) {
	t.Helper()
	if e.Outcome != outcome {
		t.Fatalf("%s: outcome %s, want %s: %s", e.Check.ID, e.Outcome, outcome, e.Reason)
	}
	if !strings.Contains(e.Reason, words) {
		t.Errorf("%s: reason does not say %q: %s", e.Check.ID, words, e.Reason)
	}
}

func TestDocumentationIsComplete(t *testing.T) {
	if err := checks.Validate(ratelimit.All()); err != nil {
		t.Fatal(err)
	}
}

// Every check at once on one service, as a run has it.
func TestLegitimateServicesPass(t *testing.T) {
	for _, traits := range []string{"", "burst", "no-retry-after", "no-headers", "draft-headers", "retry-date", "clock-skew", "spa", "redirects", "lenient-router", "opaque-list"} {
		t.Run(traits, func(t *testing.T) {
			st := serveStack(t, traits)
			var wg sync.WaitGroup
			for _, c := range ratelimit.All() {
				wg.Go(func() {
					if e := look(t, c, st); e.Outcome != evidence.Pass {
						t.Errorf("%s: outcome %s, want pass: %s", c.ID, e.Outcome, e.Reason)
					}
				})
			}
			wg.Wait()
		})
	}
}

// A service that answers more slowly than tokens come back lets every single request through; one that requests reach in
// heaps, as they do on a busy machine, shows its rate on a slower plan.
func TestRecoveryIsSeenFromAfar(t *testing.T) {
	for _, traits := range []string{"far", "in-heaps"} {
		t.Run(traits, func(t *testing.T) {
			t.Parallel()
			want(t, look(t, ratelimit.Recovery, serveStack(t, traits)), evidence.Pass, "")
		})
	}
}

// Where the fastest plan cannot be asked steadily and nothing comes back on the slowest, nobody was a steady caller.
func TestNobodyAsksSteadily(t *testing.T) {
	t.Parallel()
	want(t, look(t, ratelimit.Recovery, serveStack(t, "in-heaps,quarter-rate")), evidence.Inconclusive, "steady caller")
}

func TestDefectsAreCaught(t *testing.T) {
	for _, tc := range []struct {
		traits  string
		check   *checks.Check
		outcome evidence.Outcome
		words   string
	}{
		{"memory", ratelimit.Budget, evidence.Fail, "all replicas together"},           // RL-01
		{"off-replica-2", ratelimit.Budget, evidence.Fail, "all replicas together"},    // RL-01
		{"not-atomic", ratelimit.Concurrency, evidence.Fail, "all replicas together"},  // RL-02
		{"key-per-token", ratelimit.Bypass, evidence.Fail, ""},                         // RL-04
		{"fail-open,redis-dead", ratelimit.Budget, evidence.Fail, "replicas together"}, // RL-05
		{"redis-dead", ratelimit.Budget, evidence.Inconclusive, "answered 503"},        // N-04
		{"redis-dead", ratelimit.Bypass, evidence.Inconclusive, "answered 503"},        // N-04
		{"redis-dead", ratelimit.Isolation, evidence.Inconclusive, "answered 503"},     // N-04
		{"redis-dead", ratelimit.Tiers, evidence.Inconclusive, "answered 503"},         // N-04
		{"redis-dead", ratelimit.Effects, evidence.Inconclusive, "503"},                // N-04
		{"redis-dead", ratelimit.Recovery, evidence.Inconclusive, "answered 503"},      // N-04
		{"per-second", ratelimit.Recovery, evidence.Fail, "let through"},               // RL-07
		{"double-rate", ratelimit.Recovery, evidence.Fail, "let through"},              // RL-07
		{"no-refill", ratelimit.Recovery, evidence.Warn, ""},                           // RL-08
		{"half-rate", ratelimit.Recovery, evidence.Warn, "rate gives back"},            // RL-08
		{"forgets", ratelimit.Recovery, evidence.Fail, "while nothing was sent"},
		{"rounds-up", ratelimit.Recovery, evidence.Fail, "requests let through"}, // to the steady caller; where it takes long to use the budget up, then already
		{"far,rounds-up", ratelimit.Recovery, evidence.Fail, "requests let through"},
		{"in-heaps,rounds-up", ratelimit.Recovery, evidence.Fail, "requests let through"},
		{"get-only", ratelimit.Bypass, evidence.Fail, ""},                                 // RL-10
		{"head-free", ratelimit.Bypass, evidence.Fail, "HEAD"},                            // RL-10
		{"delete-free", ratelimit.Bypass, evidence.Fail, "DELETE of an object"},           // RL-10
		{"write-free-replica-2", ratelimit.Bypass, evidence.Fail, "the declared write"},   // RL-10
		{"method-key", ratelimit.Bypass, evidence.Fail, "HEAD"},                           // RL-10
		{"exact-path", ratelimit.Bypass, evidence.Fail, "path:"},                          // RL-11
		{"query-key", ratelimit.Bypass, evidence.Fail, "path:"},                           // RL-11
		{"fixed-window", ratelimit.Recovery, evidence.Fail, ""},                           // RL-13
		{"one-tier", ratelimit.Tiers, evidence.Fail, "let through for"},                   // RL-14
		{"lowest-for-all", ratelimit.Tiers, evidence.Fail, "1200 a minute"},               // RL-14
		{"lowest-for-all,no-headers", ratelimit.Tiers, evidence.Fail, "refills at about"}, // RL-14
		{"internal-header", ratelimit.Bypass, evidence.Fail, "X-Internal"},                // RL-16
		{"own-header", ratelimit.Bypass, evidence.Fail, "X-Acme-Batch"},                   // RL-16
		{"probe-agent", ratelimit.Bypass, evidence.Fail, "kube-probe"},                    // RL-16
		{"forwarded-for", ratelimit.Bypass, evidence.Fail, "X-Forwarded-For"},             // RL-16
		{"agent-key", ratelimit.Bypass, evidence.Fail, "User-Agent"},                      // RL-16
		{"retry-zero", ratelimit.Recovery, evidence.Warn, "Retry-After says (0)"},         // RL-17
		{"retry-negative", ratelimit.Recovery, evidence.Warn, "Retry-After"},              // RL-17
		{"retry-epoch", ratelimit.Recovery, evidence.Warn, "whole window"},                // RL-17
		{"shared-by-all", ratelimit.Isolation, evidence.Fail, "served meanwhile"},
		{"after-effects", ratelimit.Effects, evidence.Fail, "refused writes"},
		{"after-effects,opaque-list", ratelimit.Effects, evidence.Fail, "rows added"},
		{"twice", ratelimit.Effects, evidence.Fail, "twice"},
		{"paged", ratelimit.Effects, evidence.Inconclusive, "pages"},
		{"replica-dead", ratelimit.Budget, evidence.Inconclusive, "replica 2"},
		{"replica-dead", ratelimit.Concurrency, evidence.Inconclusive, "replica 2"},
		{"replica-dead", ratelimit.Isolation, evidence.Inconclusive, ""},
		{"replica-dead", ratelimit.Tiers, evidence.Inconclusive, ""},
	} {
		t.Run(tc.traits+" "+tc.check.ID, func(t *testing.T) {
			t.Parallel()
			want(t, look(t, tc.check, serveStack(t, tc.traits)), tc.outcome, tc.words)
		})
	}
}

func TestWhatCannotBeSeenIsSaid(t *testing.T) {
	for name, tc := range map[string]struct {
		check   *checks.Check
		change  func(*stack.Config)
		outcome evidence.Outcome
		words   string
	}{
		"one replica":   {ratelimit.Budget, func(c *stack.Config) { c.API.Replicas = c.API.Replicas[:1] }, evidence.Warn, "names one replica"},
		"production":    {ratelimit.Budget, func(c *stack.Config) { c.Environment = stack.Production }, evidence.Inconclusive, "production allows"},
		"no limit path": {ratelimit.Budget, func(c *stack.Config) { c.API.Limit = nil }, evidence.Inconclusive, "api.limit.path"},
		"no write":      {ratelimit.Effects, func(c *stack.Config) { c.API.Limit.Write = nil }, evidence.Inconclusive, "api.limit.write"},
		"no second key": {ratelimit.Bypass, func(c *stack.Config) {
			for n, o := range c.API.Orgs {
				o.Second = nil
				c.API.Orgs[n] = o
			}
		}, evidence.Inconclusive, "second key"},
		"one tier": {ratelimit.Tiers, func(c *stack.Config) { delete(c.API.Orgs, "large-1"); delete(c.API.Orgs, "medium-1") }, evidence.Warn, "one plan"},
		"a vendor": {ratelimit.Tiers, func(c *stack.Config) { c.Kind = "vendor" }, evidence.Warn, "--full"},
		"bad token": {ratelimit.Budget, func(c *stack.Config) {
			for n, o := range c.API.Orgs {
				o.Tokens = map[string]stack.Secret{"owner": stack.NewSecret("expired")}
				c.API.Orgs[n] = o
			}
		}, evidence.Inconclusive, "answered 401"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want(t, look(t, tc.check, serveStack(t, "", tc.change)), tc.outcome, tc.words)
		})
	}
}

// A second run within the minute finds budgets that are used up: it must not
// take that for a defect, nor for proof.
func TestASecondRunAtOnceIsNeverWrong(t *testing.T) {
	for _, traits := range []string{"", "no-headers"} {
		t.Run(traits, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && traits == "" {
				t.Skip("SKIPPED: make soak tries the limiter that says what remains, too")
			}
			st := serveStack(t, traits, func(c *stack.Config) {
				for n := range c.API.Orgs {
					if strings.HasPrefix(n, "small") && n > "small-1" {
						delete(c.API.Orgs, n)
					}
				}
			})
			list := []*checks.Check{ratelimit.Budget, ratelimit.Isolation, ratelimit.Effects, ratelimit.Tiers, ratelimit.Bypass}
			for _, c := range list {
				if e := look(t, c, st); e.Outcome == evidence.Fail {
					t.Errorf("%s: %s", c.ID, e.Reason)
				}
			}
			// All at the same moment, as a run does: none may spend what another is measuring.
			var wg sync.WaitGroup
			for _, c := range list {
				wg.Go(func() {
					if e := look(t, c, st); e.Outcome == evidence.Fail {
						t.Errorf("%s beside the others: %s", c.ID, e.Reason)
					}
				})
			}
			wg.Wait()
		})
	}
}
