package faults

// blindBootkey holds faults written by someone who had not read the checks.
func blindBootkey() []Fault {
	refusal := []string{"bootkey.refusal"}
	return []Fault{
		{ID: "bootkey-whitespace", Title: "A key of nothing but white space boots, with a key of 32 zero bytes", Ref: "CWE-1188",
			Switches: []string{"bk-whitespace"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-truncates", Title: "Whatever is longer than 32 bytes is cut to 32 and boots", Ref: "CWE-1284; bcrypt's limit of 72 bytes",
			Switches: []string{"bk-truncates"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-prints-part", Title: "The refusal prints the first two thirds of the key", Ref: "CWE-532",
			Switches: []string{"bk-prints-part"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-logs-configuration", Title: "The configuration, key included, is on stdout before the refusal", Ref: "CWE-532",
			Switches: []string{"bk-stdout"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-waits-for-key", Title: "Without a key the process neither listens nor ends", Ref: "CWE-835",
			Switches: []string{"bk-waits"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-no-trim", Title: "A space around the environment's name makes it development", Ref: "CWE-1287; a carriage return from an .env file",
			Switches: []string{"bk-no-trim"}, Catches: refusal, Expect: "fail"},
		{ID: "bootkey-optin-staging", Title: "In staging a second variable stands in for an unset key", Ref: "OpenWA#325",
			Switches: []string{"bk-opt-in-staging"}, Catches: []string{"bootkey.optin"}, Expect: "fail"},
	}
}
