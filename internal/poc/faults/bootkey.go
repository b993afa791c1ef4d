package faults

func bootkey() []Fault {
	refusal := []string{"bootkey.refusal"}
	return []Fault{
		{ID: "bootkey-no-check", Title: "Any key boots", Ref: "qbreader#549", Switches: []string{"bk-no-check"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-unset-only", Title: "Only an unset key is refused", Ref: "soft-track#37", Switches: []string{"bk-unset-only"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-case-sensitive", Title: "Only the exact word production is production", Ref: "CWE-178", Switches: []string{"bk-case-sensitive"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-production-only", Title: "Staging boots with any key", Ref: "conductai#171", Switches: []string{"bk-production-only"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-exact-sentinel", Title: "The development key in another spelling boots", Ref: "CWE-178", Switches: []string{"bk-exact-sentinel"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-default-development", Title: "No environment name means development", Ref: "MeetOnMemory#2626", Switches: []string{"bk-default-development"}, Catches: []string{"bootkey.default-environment"}, Expect: "warn"},
		{ID: "bootkey-no-length", Title: "A key of any length boots", Ref: "SkillsSphere#1271", Switches: []string{"bk-no-length"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-zero-key", Title: "A key of 32 zero bytes boots", Ref: "SkillsSphere#1271", Switches: []string{"bk-zero-key"}, Catches: refusal, Expect: "warn"},
		{ID: "bootkey-lazy", Title: "The key is looked at when it is first used", Ref: "ODPF#236", Switches: []string{"bk-lazy"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-opt-in", Title: "A second variable lets the development key into production", Ref: "OpenWA#325", Switches: []string{"bk-opt-in"}, Catches: []string{"bootkey.optin"}, Expect: "fail"},
		{ID: "bootkey-prints-key", Title: "The refusal prints the key", Ref: "CWE-532", Switches: []string{"bk-prints-key"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-listens-first", Title: "The port is open before the key is refused", Ref: "CWE-696", Switches: []string{"bk-listens-first"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-exit-zero", Title: "The refusal ends with exit code 0", Ref: "CWE-393", Switches: []string{"bk-exit-zero"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-unnamed", Title: "The refusal does not say which variable", Ref: "CWE-756", Switches: []string{"bk-unnamed"}, Catches: refusal, Expect: "fail"},
	}
}
