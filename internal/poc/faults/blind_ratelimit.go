package faults

// blindRatelimit holds faults written by someone who had not read the checks.
func blindRatelimit() []Fault {
	list := func(ids ...string) []string { return ids }
	return []Fault{
		{ID: "ratelimit-key-per-method", Title: "Each method has a budget of its own", Ref: "OWASP API4:2023",
			Switches: list("rl-key-per-method"), Catches: list("ratelimit.bypass"), Expect: "fail"},
		{ID: "ratelimit-key-per-plan", Title: "Organisations on one plan share its budget", Ref: "CWE-653",
			Switches: list("rl-key-per-plan"), Catches: list("ratelimit.isolation"), Expect: "fail"},
		{ID: "ratelimit-expires-early", Title: "Two idle seconds and the whole budget is back: the key expires before it could be full", Ref: "Redis manual, EXPIRE",
			Switches: list("rl-expires-early"), Catches: list("ratelimit.recovery"), Expect: "fail"},
		{ID: "ratelimit-rounds-up", Title: "Half a request of refill counts as one: a steady caller has twice the budget", Ref: "CWE-682",
			Switches: list("rl-rounds"), Catches: list("ratelimit.recovery", "ratelimit.budget"), Expect: "fail"},
		{ID: "ratelimit-soft-for-highest", Title: "The highest plan is counted and told, and never refused", Ref: "OWASP API4:2023",
			Switches: list("rl-soft-for-highest"), Catches: list("ratelimit.tiers"), Expect: "fail"},
		{ID: "ratelimit-watch-open", Title: "A request whose optimistic transaction lost is let through", Ref: "Redis manual, Transactions, WATCH",
			Switches: list("rl-watch-open"), Catches: list("ratelimit.concurrency"), Expect: "fail"},
		{ID: "ratelimit-replica-clock", Title: "Replicas use their own clocks, 30 seconds apart, and each change of replica refills", Ref: "Redis manual, TIME",
			Switches: list("rl-replica-clock"), Catches: list("ratelimit.budget", "ratelimit.concurrency"), Expect: "fail"},
	}
}
