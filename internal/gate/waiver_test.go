package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
)

func TestWaiversExcuseFailingUnitsAndNothingElse(t *testing.T) {
	const good, old = ", expires: 2026-12-31", ", expires: 2026-11-20"
	w := func(unit, expires string) string { return "check: tenancy.read, unit: '" + unit + "'" + expires }
	lost := with(record("tenancy.read", "!a", "b"), func(e *evidence.Evidence) { e.Error = "connection lost"; *e = judged(*e) })
	outside := with(record("tenancy.read", "a"), func(e *evidence.Evidence) {
		e.Observations = append(e.Observations, evidence.Observation{Unit: "stranger", What: "may log in", Want: evidence.Absent(), Got: "yes", Kind: evidence.Claim})
		*e = judged(*e)
	})
	noSight := with(record("tenancy.read", "!a", "b"), func(e *evidence.Evidence) { e.Observations = e.Observations[1:]; *e = judged(*e) })
	unmetSight := with(record("tenancy.read", "!a", "b"), func(e *evidence.Evidence) { e.Observations[0].Got = "0"; *e = judged(*e) })
	for _, tc := range []struct {
		name    string
		record  evidence.Evidence
		waivers []string
		policy  string
		want    string
	}{
		{"the failing unit", record("tenancy.read", "!a", "b"), []string{w("a", good)}, "", "green"},
		{"all units", record("tenancy.read", "!a", "!b"), []string{w("*", good)}, "", "green"},
		{"each of two", record("tenancy.read", "!a", "!b"), []string{w("a", good), w("b", good)}, "", "green"},
		{"one of two", record("tenancy.read", "!a", "!b"), []string{w("a", good)}, "", "1 require.deterministic tenancy.read [b]"},
		{"blind behind it", record("tenancy.read", "!a", "?b"), []string{w("*", good)}, "", "3 require.deterministic tenancy.read"},
		{"blind in the same unit", with(record("tenancy.read", "!a"), func(e *evidence.Evidence) {
			e.Observations = append(e.Observations, evidence.Observation{Unit: "a", What: "rows written", Blind: "timeout", Kind: evidence.Claim, Want: evidence.Absent()})
			*e = judged(*e)
		}), []string{w("*", good)}, "", "3 require.deterministic tenancy.read"},
		{"an error behind it", lost, []string{w("a", good)}, "", "3 require.deterministic tenancy.read"},
		{"a sight unmet behind it", unmetSight, []string{w("a", good)}, "", "3 require.deterministic tenancy.read"},
		{"a harm seen without a sight", noSight, []string{w("a", good)}, "", "green"},
		{"a unit beside the population", outside, []string{w("stranger", good)}, "", "green"},
		{"a warning where pass is wanted", record("tenancy.read", "~a", "b"), []string{w("a", good)}, "require: {checks: {tenancy.read: pass}}", "green"},
		{"a unit left out where pass is wanted", record("tenancy.read", "-a", "b"), []string{w("a", good)}, "require: {checks: {tenancy.read: pass}}", "green"},
		{"the last unit left out", with(record("tenancy.read", "!b", "-a"), func(e *evidence.Evidence) { e.Population.Excluded["b"] = "too"; *e = judged(*e) }), []string{w("*", good)}, "", "3 require.deterministic tenancy.read"},
		{"a failure, but a warning stays where pass is wanted", record("tenancy.read", "!a", "~b"), []string{w("a", good)}, "require: {checks: {tenancy.read: pass}}", "1 require.checks.tenancy.read tenancy.read"},
		{"expired", record("tenancy.read", "!a"), []string{w("a", old)}, "", "1 require.deterministic tenancy.read [a]\n6 waivers waivers.yaml:2: waiver of tenancy.read in a, owner Head of Engineering, ticket T-1"},
		{"inconclusive", record("tenancy.read", "?a"), []string{w("a", good)}, "", "2 waivers waivers.yaml:2: waiver of tenancy.read in a, owner Head of Engineering, ticket T-1\n4 nothing assessed is never green the run\n3 require.deterministic tenancy.read"},
		{"a unit that is well", record("tenancy.read", "!a", "b"), []string{w("*", good), w("b", good)}, "", "2 waivers waivers.yaml:3: waiver of tenancy.read in b, owner Head of Engineering, ticket T-1"},
		{"a unit that is not there", record("tenancy.read", "a"), []string{w("z", good)}, "", "2 waivers waivers.yaml:2: waiver of tenancy.read in z, owner Head of Engineering, ticket T-1"},
		{"a check that passes", record("tenancy.read", "a"), []string{w("*", good)}, "", "2 waivers waivers.yaml:2: waiver of tenancy.read in *, owner Head of Engineering, ticket T-1"},
		{"a check that does not exist", record("tenancy.read", "a"), []string{"check: tenancy.reed, unit: a" + good}, "", "2 waivers waivers.yaml:2: waiver of tenancy.reed in a, owner Head of Engineering, ticket T-1"},
		{"expired, and nothing to excuse", record("tenancy.read", "a"), []string{w("a", old)}, "", "2 waivers waivers.yaml:2: waiver of tenancy.read in a, owner Head of Engineering, ticket T-1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.policy == "" {
				tc.policy = "require: {deterministic: warn}"
			}
			if got := verdict(t, gate.Input{Policy: policyOf(t, tc.policy), Run: run(tc.record), Waivers: waiversOf(t, tc.waivers...)}); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

// TestNoWaiverMakesBlindnessGreen tries every state of three units under every
// choice of waivers: green needs each failing unit waived and each unit seen.
func TestNoWaiverMakesBlindnessGreen(t *testing.T) {
	states, names, greens := []string{"", "!", "?", "-", "~"}, []string{"a", "b", "c"}, 0
	for n := range len(states) * len(states) * len(states) * 16 {
		how := []string{states[n%5], states[n/5%5], states[n/25%5]}
		mask := n / 125
		e := record("tenancy.read", how[0]+"a", how[1]+"b", how[2]+"c")
		var lines []string
		for i, u := range append(names, "*") {
			if mask&(1<<i) != 0 {
				lines = append(lines, "check: tenancy.read, unit: '"+u+"', expires: 2026-12-31")
			}
		}
		want := true
		for i := range names {
			waived := mask&(1<<i) != 0 || mask&8 != 0
			want = want && (how[i] == "" || how[i] != "?" && waived)
		}
		want = want && strings.Join(how, "") != "---" // nobody was looked at
		in := gate.Input{Policy: policyOf(t, "require: {checks: {tenancy.read: pass}}"), Run: run(e), AsOf: now}
		if len(lines) > 0 {
			in.Waivers = waiversOf(t, lines...)
		}
		v, err := gate.Evaluate(in)
		if err != nil {
			t.Fatal(err)
		}
		// A waiver that matches nothing is red for its own reason.
		got := true
		for _, b := range v.Breaches {
			got = got && b.Rule == "waivers" && b.Code == 2
		}
		if got != want {
			t.Errorf("units %q, waivers %v: holds %t, want %t\n%+v", how, lines, got, want, v.Breaches)
		}
		if v.Green {
			greens++
		}
	}
	if greens < 20 {
		t.Errorf("only %d were green: the rule would hold for nothing", greens)
	}
}

func TestAWaivedFailureStaysVisible(t *testing.T) {
	r := run(record("tenancy.read", "!a", "!b"))
	v, err := gate.Evaluate(gate.Input{Policy: policyOf(t, "require: {deterministic: pass}"), AsOf: now, Run: r,
		Waivers: waiversOf(t, "check: tenancy.read, unit: a, expires: 2026-12-31", "check: tenancy.read, unit: b, expires: 2026-12-01T12:00:00Z")})
	if err != nil {
		t.Fatal(err)
	}
	if !v.Green || len(v.Waived) != 2 || v.Waived[0].Units[0] != "a" || v.Waived[1].Waiver.Source != "waivers.yaml:3" || v.Waivers[0].State != gate.InForce || !strings.Contains(v.Summary, "1 waived") {
		t.Errorf("%+v", v)
	}
	if r.Records[0].Outcome != evidence.Fail || len(evidence.RefutedUnits(r.Records[0].Observations)) != 2 {
		t.Errorf("the waiver changed the run: %s", r.Records[0].Reason)
	}
}

func TestAWaiverHoldsUntilItsMoment(t *testing.T) {
	for expires, want := range map[string]bool{"2026-11-21": true, "2026-11-20": false, "2026-11-21T11:00:00Z": false, "2026-11-21T11:00:01Z": true} {
		v, err := gate.Evaluate(gate.Input{Policy: policyOf(t, "require: {deterministic: pass}"), AsOf: now, Run: run(record("tenancy.read", "!a")), Waivers: waiversOf(t, "check: tenancy.read, unit: a, expires: "+expires)})
		if err != nil || v.Green != want {
			t.Errorf("%s, as of %s: green %t, want %t (%v)", expires, now.Format(time.RFC3339), v.Green, want, err)
		}
	}
}

func TestBaseline(t *testing.T) {
	earlier := func(records ...evidence.Evidence) *evidence.Run {
		r := run(records...)
		r.Ended = ended.Add(-time.Hour)
		return r
	}
	before := earlier(record("tenancy.read", "a", "b"), load(record("ratelimit.budget", "a", "b")))
	for _, tc := range []struct {
		name, policy string
		before       *evidence.Run
		after        evidence.Evidence
		waivers      []string
		want         string
	}{
		{"the same", "", before, record("ratelimit.budget", "a", "b"), nil, "green"},
		{"a new failure that nothing else requires", "", before, record("ratelimit.budget", "!a", "b"), nil, "1 no_new_failures ratelimit.budget [a]"},
		{"waived", "", before, record("ratelimit.budget", "!a", "b"), []string{"check: ratelimit.budget, unit: a, expires: 2026-12-31"}, "green"},
		{"lost sight", "", before, record("ratelimit.budget", "?a", "b"), nil, "3 no_lost_sight ratelimit.budget [a]"},
		{"shrunk", "", before, record("ratelimit.budget", "a"), nil, "3 no_shrunk_coverage ratelimit.budget [b]"},
		{"left out", "", before, record("ratelimit.budget", "a", "-b"), nil, "3 no_shrunk_coverage ratelimit.budget [b]"},
		{"shrunk, where only failures count", "\nbaseline: {no_new_failures: true}", before, record("ratelimit.budget", "a"), nil, "green"},
		{"failing, where only coverage counts", "\nbaseline: {no_shrunk_coverage: true}", before, record("ratelimit.budget", "!a", "b"), nil, "green"},
		{"a baseline that saw nothing", "", earlier(notRun("tenancy.read", "no door")), record("ratelimit.budget", "a", "b"), nil, "3 baseline the baseline"},
		{"a baseline from later", "", func() *evidence.Run { r := earlier(before.Records...); r.Ended = ended.Add(time.Minute); return r }(), record("ratelimit.budget", "a", "b"), nil, "3 baseline the baseline"},
		{"of another stack", "", func() *evidence.Run { r := earlier(before.Records...); r.Stack.Environment = "disposable"; return r }(), record("ratelimit.budget", "a", "b"), nil, "3 baseline the baseline"},
		{"a forged baseline", "", earlier(record("tenancy.read", "a", "b"), with(record("ratelimit.budget", "a"), func(e *evidence.Evidence) { e.Outcome = evidence.Fail })), record("ratelimit.budget", "a"), nil, "5 records judge to what they say the baseline, record ratelimit.budget"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := gate.Input{Policy: policyOf(t, "require: {deterministic: pass}"+tc.policy), Run: run(record("tenancy.read", "a", "b"), load(tc.after)), Baseline: tc.before}
			if tc.waivers != nil {
				in.Waivers = waiversOf(t, tc.waivers...)
			}
			if got := verdict(t, in); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestPolicyMistakes(t *testing.T) {
	for body, want := range map[string]string{
		"version: 1\nname: x\n":                                                       "policy.yaml:1: require: requires nothing",
		"version: 1\nname: x\nrequire: {}\n":                                          "policy.yaml:3: require: requires nothing",
		"version: 1\nname: x\nrequire:\n":                                             "policy.yaml:3: require: ",
		"version: 1\nname: x\nrequire:\n  deterministic: []\n":                        "policy.yaml:4: require.deterministic: expected at least one value",
		"version: 2\nname: x\nrequire: {deterministic: warn}\n":                       "policy.yaml:1: version: expected 1, got \"2\"",
		"version: 1\nrequire: {deterministic: warn}\n":                                "name: missing",
		"version: 1\nname: x\nrequire:\n  deterministic: fail\n":                      "policy.yaml:4: require.deterministic: expected one of pass, warn, not-applicable, got \"fail\"",
		"version: 1\nname: x\nrequire:\n  checks: {a.b: not-run}\n":                   "policy.yaml:4: require.checks.a.b: expected one of pass",
		"version: 1\nname: x\nrequire:\n  checks: {'[': pass}\n":                      "policy.yaml:4: require.checks.[: not a valid pattern",
		"version: 1\nname: x\nrequire:\n  checks:\n    a.b: pass\n    a.b: warn\n":    "policy.yaml:6: require.checks.a.b: given twice; first on line 5",
		"version: 1\nname: x\nrequire:\n  checks: [a.b]\n":                            "policy.yaml:4: require.checks: expected names with values, got a list",
		"version: 1\nname: x\nrequire:\n  controls: {a: contradicted}\n":              "policy.yaml:4: require.controls.a: expected one of proven",
		"version: 1\nname: x\nrequire:\n  questions: {E.1.4: proven}\n":               "policy.yaml:4: require.questions.E.1.4: expected a questionnaire and a question",
		"version: 1\nname: x\nrequire: {deterministic: warn}\nmax_age: yesterday\n":   "policy.yaml:4: max_age: expected a length of time as 24h or 7d",
		"version: 1\nname: x\nrequire: {deterministic: warn}\nmax_age: -1h\n":         "policy.yaml:4: max_age: expected",
		"version: 1\nname: x\nrequire: {deterministic: warn}\nsigned_by: []\n":        "policy.yaml:4: signed_by: names nobody",
		"version: 1\nname: x\nrequire: {deterministic: warn}\nbaseline: {}\n":         "policy.yaml:4: baseline: holds no rule",
		"version: 1\nname: x\nrequire: {deterministic: warn}\nstack: {}\n":            "policy.yaml:4: stack: names nothing",
		"version: 1\nname: x\nrequire: {deterministic: warn}\nclosed_doors: [cellar]": "policy.yaml:4: closed_doors[0]: expected one of db",
		"version: 1\nname: x\nrequire: {deterministic: warn}\nwaiver: w.yaml\n":       "policy.yaml:4: waiver: unknown field",
		"":                      "policy.yaml: the file is empty",
		"version: 1\n---\nx: 1": "expected one YAML document",
		"# only a comment\n":    "policy.yaml: ",
		"---\n":                 "expected the fields",
		"null\n":                "policy.yaml:1: expected the fields",
	} {
		_, err := gate.DecodePolicy(yamldoc.File{Name: "policy.yaml", Body: []byte(body)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q\ngot  %v\nwant %s", body, err, want)
		}
	}
}

func TestWaiverMistakes(t *testing.T) {
	const rest = "reason: r, owner: o, ticket: t, approved_by: a"
	for body, want := range map[string]string{
		"waivers:\n  - {check: c, unit: u, " + rest + "}\n":                                                                                  "waivers.yaml:2: waivers[0].expires: missing",
		"waivers:\n  - {check: c, unit: u, reason: r, owner: o, ticket: t, expires: 2026-12-31}\n":                                           "waivers.yaml:2: waivers[0].approved_by: missing",
		"waivers:\n  - {check: c, unit: u, expires: soon, " + rest + "}\n":                                                                   "waivers[0].expires: expected a day as 2026-12-31",
		"waivers:\n  - {check: c, unit: u, expires: '2026-12-31T00:00:00+01:00', " + rest + "}\n":                                            "expected a moment in UTC",
		"waivers:\n  - {check: c, unit: u, expires: 2027-11-23, " + rest + "}\n":                                                             "is more than 366 days after 2026-11-21",
		"waivers:\n  - {check: c, unit: u, expires: 2026-12-31, " + rest + ", until: x}\n":                                                   "waivers.yaml:2: waivers[0].until: unknown field",
		"waivers:\n  - {check: c, unit: u, expires: 2026-12-31, " + rest + "}\n  - {check: c, unit: u, expires: 2026-12-30, " + rest + "}\n": "waivers.yaml:3: waivers[1].unit: u of c is waived twice; first at waivers.yaml:2",
		"waivers:\n  - {check: c, unit: '', expires: 2026-12-31, " + rest + "}\n":                                                            "waivers.yaml:2: waivers[0].unit: ",
		"- {check: c}\n": "waivers.yaml:1: ",
		"{}\n":           "waivers: missing; expected a list of waivers",
	} {
		_, err := gate.DecodeWaivers(yamldoc.File{Name: "waivers.yaml", Body: []byte(body)}, now)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q\ngot  %v\nwant %s", body, err, want)
		}
	}
	if list, err := gate.DecodeWaivers(yamldoc.File{Name: "waivers.yaml", Body: []byte("waivers: []\n")}, now); err != nil || len(list) != 0 {
		t.Errorf("none at all, and said so: %v %v", list, err)
	}
}

func FuzzDecodePolicy(f *testing.F) {
	f.Add([]byte("version: 1\nname: x\nrequire: {deterministic: warn, checks: {'tenancy.*': [pass, warn]}, questions: {sig-lite/E.*: proven}}\nmax_age: 7d\nclosed_doors: [boot]\n"))
	f.Add([]byte("version: 1\nname: x\nrequire: {checks: &a {b: *a}}\n"))
	f.Add([]byte("require: []\nrequire: {}\n"))
	in := gate.Input{Run: run(record("tenancy.read", "!a")), AsOf: now}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := gate.DecodePolicy(yamldoc.File{Name: "policy.yaml", Body: b})
		if err != nil {
			for _, x := range yamldoc.Of(err) {
				if x.File == "" || x.Message == "" {
					t.Errorf("an error without a place or a text: %+v", x)
				}
			}
			return
		}
		in.Policy = p
		if v, err := gate.Evaluate(in); err == nil && v.Green {
			t.Errorf("green over a failing check that alone is in the run:\n%s", b)
		}
	})
}

func FuzzDecodeWaivers(f *testing.F) {
	f.Add([]byte("waivers:\n  - {check: tenancy.read, unit: '*', reason: r, owner: o, ticket: t, approved_by: a, expires: 2026-12-31}\n"))
	f.Add([]byte("waivers: [{}]\n"))
	policy, blindRun := gate.DefaultPolicy(), run(record("tenancy.read", "!a", "?b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := gate.DecodeWaivers(yamldoc.File{Name: "waivers.yaml", Body: b}, now)
		if err != nil {
			return
		}
		if v, err := gate.Evaluate(gate.Input{Policy: policy, Run: blindRun, AsOf: now, Waivers: list}); err != nil || v.Green {
			t.Errorf("green over what could not be seen: %v\n%s", err, b)
		}
	})
}
