package faults

func ratelimit() []Fault {
	list := func(ids ...string) []string { return ids }
	return []Fault{
		{ID: "ratelimit-memory", Title: "Each replica counts for itself", Ref: "replicate/go#14", Switches: list("rl-memory"), Catches: list("ratelimit.budget"), Expect: "fail"},
		{ID: "ratelimit-not-atomic", Title: "Read, compute and write are three commands", Ref: "boulder#7780", Switches: list("rl-not-atomic"), Catches: list("ratelimit.concurrency"), Expect: "fail"},
		{ID: "ratelimit-key-per-token", Title: "Each API key has a budget of its own", Ref: "OWASP API4:2023", Switches: list("rl-key-per-token"), Catches: list("ratelimit.bypass"), Expect: "fail"},
		{ID: "ratelimit-redis-dead-open", Title: "Without Redis everything is let through", Ref: "go-micro-example#64", Switches: list("rl-fail-open"), RedisDead: true, Catches: list("ratelimit.budget"), Expect: "fail"},
		{ID: "ratelimit-per-second", Title: "The budget of a minute refills each second", Ref: "CWE-682", Switches: list("rl-per-second"), Catches: list("ratelimit.recovery", "ratelimit.budget"), Expect: "fail"},
		{ID: "ratelimit-no-refill", Title: "A used budget never comes back", Ref: "CWE-682", Switches: list("rl-no-refill"), Catches: list("ratelimit.recovery"), Expect: "warn"},
		{ID: "ratelimit-get-only", Title: "Only GET is limited", Ref: "OWASP API4:2023", Switches: list("rl-get-only"), Catches: list("ratelimit.bypass"), Expect: "fail"},
		{ID: "ratelimit-exact-path", Title: "Another spelling of the path is not limited", Ref: "CWE-706", Switches: list("rl-exact-path"), Catches: list("ratelimit.bypass"), Expect: "fail"},
		{ID: "ratelimit-fixed-window", Title: "Windows begin on the minute: twice the budget across the boundary", Ref: "token bucket against fixed window", Switches: list("rl-fixed-window"), Catches: list("ratelimit.recovery"), Expect: "fail"},
		{ID: "ratelimit-one-tier", Title: "Every plan has the same budget", Ref: "stale plan cache", Switches: list("rl-one-tier"), Catches: list("ratelimit.tiers", "ratelimit.budget"), Expect: "fail"},
		{ID: "ratelimit-lowest-for-all", Title: "The highest plan has the lowest budget", Ref: "stale plan cache", Switches: list("rl-low-tier-for-all"), Catches: list("ratelimit.tiers"), Expect: "fail"},
		{ID: "ratelimit-internal-header", Title: "A header of the client skips the limiter", Ref: "CWE-290", Switches: list("rl-internal-header"), Catches: list("ratelimit.bypass"), Expect: "fail"},
		{ID: "ratelimit-forwarded-for", Title: "The client's X-Forwarded-For chooses the bucket", Ref: "CWE-348", Switches: list("rl-forwarded-for"), Catches: list("ratelimit.bypass"), Expect: "fail"},
		{ID: "ratelimit-query-key", Title: "A changed query string is a new bucket", Ref: "CWE-706", Switches: list("rl-query-key"), Catches: list("ratelimit.bypass"), Expect: "fail"},
		{ID: "ratelimit-retry-zero", Title: "Retry-After says 0 while the next request is refused", Ref: "RFC 9110, section 10.2.3", Switches: list("rl-retry-zero"), Catches: list("ratelimit.recovery"), Expect: "warn"},
		{ID: "ratelimit-shared-by-all", Title: "All organisations share one budget", Ref: "CWE-653", Switches: list("rl-shared-by-all"), Catches: list("ratelimit.isolation"), Expect: "fail"},
		{ID: "ratelimit-off-replica-2", Title: "One replica of two does not limit", Ref: "OWASP API4:2023", Switches: list("rl-off-replica-2"), Catches: list("ratelimit.budget"), Expect: "fail"},
		{ID: "ratelimit-after-effects", Title: "Refused requests have been carried out already", Ref: "CWE-696", Switches: list("rl-after-effects"), Catches: list("ratelimit.effects"), Expect: "fail"},
	}
}
