package control_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
)

var (
	collected = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	today     = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
)

func day(s string) yamldoc.Date {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return yamldoc.Date{Time: t}
}

// record is the evidence of a check over two units, judged as the runner would.
func record(id string, change func(*evidence.Evidence)) evidence.Evidence {
	e := evidence.Evidence{Check: evidence.Doc{ID: id, Title: "Check " + id}, Started: collected, Ended: collected,
		Population: evidence.Population{Unit: "tables", Expected: []string{"a", "b"}}}
	for _, u := range e.Population.Expected {
		e.Observations = append(e.Observations,
			evidence.Observation{Unit: u, What: "own rows", Want: evidence.AtLeast(1), Got: "1", Kind: evidence.Sight},
			evidence.Observation{Unit: u, What: "foreign rows", Want: evidence.AtMost(0), Got: "0", Kind: evidence.Claim})
	}
	if change != nil {
		change(&e)
	}
	if e.Outcome == "" {
		e.Outcome, e.Reason = evidence.Judge(e.Observations, e.Population, nil)
	}
	return e
}

func refuted(e *evidence.Evidence) { e.Observations[1].Got = "7" }
func blind(e *evidence.Evidence)   { e.Observations[1].Blind = "timeout; to see this: raise the limit" }
func warned(e *evidence.Evidence) {
	e.Observations = append(e.Observations, evidence.Observation{Unit: "a", What: "version", Want: evidence.Equals("new"), Got: "old", Kind: evidence.Advice})
}
func excluded(e *evidence.Evidence) {
	e.Population.Excluded = map[string]string{"b": "cannot be seeded"}
}

func run(records ...evidence.Evidence) *evidence.Run {
	return &evidence.Run{Stack: evidence.Stack{Kind: "vendor", Environment: "shared", Build: "7"}, Started: collected, Ended: collected, Complete: true, Records: records}
}

func one(c control.Control) *control.Library {
	c.ID = "it"
	if c.State == "" {
		c.State = control.Implemented
	}
	if c.Subject == "" {
		c.Subject = control.Product
	}
	if c.Scope == "" {
		c.Scope = control.POC
	}
	attest := func(id, date, expires string) control.Attestation {
		return control.Attestation{ID: id, Statement: "it is so", Role: "CISO", Date: day(date), Expires: day(expires),
			Artefact: control.Artefact{Name: "paper", SHA256: strings.Repeat("ab", 32)}}
	}
	return &control.Library{Controls: []control.Control{c}, Attestations: []control.Attestation{
		attest("good", "2026-09-01", "2027-09-01"), attest("lapsed", "2025-01-01", "2026-01-01"), attest("yesterday", "2026-01-01", "2026-11-20"), attest("last-day", "2026-01-01", "2026-11-21"), attest("future", "2026-12-01", "2027-12-01")}}
}

func requires(checks, attestations, awaits string) control.Requires {
	f := strings.Fields
	return control.Requires{Checks: f(checks), Attestations: f(attestations), Awaits: f(awaits)}
}

func TestStatusOfEachOutcome(t *testing.T) {
	notRun := evidence.Evidence{Check: evidence.Doc{ID: "x"}, Outcome: evidence.NotRun, Reason: "the db door is not configured; to see this: add db: to arxctl.yaml"}
	closed := evidence.Evidence{Check: evidence.Doc{ID: "x", Doors: []string{"boot"}}, Outcome: evidence.NotRun, Reason: "the boot door is closed: no access"}
	production := run(record("x", nil))
	production.Stack.Environment = "production"
	old := run(record("x", nil))
	old.Ended = today.AddDate(0, 0, -31)
	edge := run(record("x", nil))
	edge.Ended = today.AddDate(0, 0, -30)
	later := run(record("x", nil))
	later.Ended = today.AddDate(0, 0, 1)
	forged := record("x", refuted)
	forged.Outcome, forged.Reason = evidence.Pass, "2 of 2 tables"
	cut := run()
	cut.Withheld = []string{"x"}
	for name, c := range map[string]struct {
		control control.Control
		run     *evidence.Run
		want    control.Status
		why     string // what Why must hold
		blind   bool
	}{
		"passed":                       {control.Control{Requires: requires("x", "", "")}, run(record("x", nil)), control.Proven, "shown by 1 check", false},
		"warned":                       {control.Control{Requires: requires("x", "", "")}, run(record("x", warned)), control.Proven, "", false},
		"failed":                       {control.Control{Requires: requires("x", "", "")}, run(record("x", refuted)), control.Contradicted, "wanted at most 0, got 7", false},
		"failed, though attested":      {control.Control{Requires: requires("x", "good", "")}, run(record("x", refuted)), control.Contradicted, "", false},
		"failed, recorded as pass":     {control.Control{Requires: requires("x", "", "")}, run(forged), control.Contradicted, "recorded as pass", false},
		"inconclusive":                 {control.Control{Requires: requires("x", "", "")}, run(record("x", blind)), control.Unproven, "timeout", true},
		"partial population":           {control.Control{Requires: requires("x", "", "")}, run(record("x", excluded)), control.Unproven, "only 1 of 2 tables", true},
		"not run":                      {control.Control{Requires: requires("x", "", "")}, run(notRun), control.Unproven, "not configured", true},
		"door closed by declaration":   {control.Control{Requires: requires("x", "", "")}, run(closed), control.Unproven, "closed", false},
		"no record":                    {control.Control{Requires: requires("x", "", "")}, run(), control.Unproven, "no record", true},
		"two records, one failed":      {control.Control{Requires: requires("x", "", "")}, run(record("x", nil), record("x", refuted)), control.Contradicted, "", false},
		"one of two missing":           {control.Control{Requires: requires("x y", "", "")}, run(record("x", nil)), control.Unproven, "", true},
		"awaits":                       {control.Control{Requires: requires("x", "", "more")}, run(record("x", nil)), control.Unproven, "more", false},
		"nothing required":             {control.Control{}, run(), control.Unproven, "nothing is required", false},
		"stale run":                    {control.Control{Requires: requires("x", "", "")}, old, control.Stale, "more than 30 days", false},
		"stale run, longer limit":      {control.Control{Fresh: 60, Requires: requires("x", "", "")}, old, control.Proven, "", false},
		"run on its last fresh day":    {control.Control{Requires: requires("x", "", "")}, edge, control.Proven, "", false},
		"run after the as-of date":     {control.Control{Requires: requires("x", "", "")}, later, control.Unproven, "after the as-of date", true},
		"attested":                     {control.Control{Subject: control.Company, Requires: requires("", "good", "")}, run(), control.Attested, "attested by CISO on 2026-09-01", false},
		"attested on its last day":     {control.Control{Requires: requires("", "last-day", "")}, run(), control.Attested, "", false},
		"attested until yesterday":     {control.Control{Requires: requires("", "yesterday", "")}, run(), control.Stale, "expired on 2026-11-20", false},
		"attestation expired":          {control.Control{Requires: requires("", "lapsed", "")}, run(), control.Stale, "expired on 2026-01-01", false},
		"attestation of the future":    {control.Control{Requires: requires("", "future", "")}, run(), control.Unproven, "after the as-of date", false},
		"attestation missing":          {control.Control{Requires: requires("", "nobody", "")}, run(), control.Unproven, "nobody", false},
		"passed and attested":          {control.Control{Requires: requires("x", "good", "")}, run(record("x", nil)), control.Attested, "", false},
		"company, checks only":         {control.Control{Subject: control.Company, Requires: requires("x", "", "")}, run(record("x", nil)), control.Unproven, "about the company", false},
		"company, stale checks only":   {control.Control{Subject: control.Company, Requires: requires("x", "", "")}, old, control.Unproven, "about the company", false},
		"production claim, POC run":    {control.Control{Scope: control.Production, Requires: requires("x", "", "")}, run(record("x", nil)), control.Unproven, "about production", true},
		"production claim, production": {control.Control{Scope: control.Production, Requires: requires("x", "", "")}, production, control.Proven, "", false},
		"planned, though it passes":    {control.Control{State: control.StatePlanned, Target: "FY26", Requires: requires("x", "", "")}, run(record("x", nil)), control.Planned, "FY26", false},
		"not applicable":               {control.Control{State: control.StateNotApplicable, Reason: "no cards"}, run(), control.NotApplicable, "no cards", false},
		"not applicable, shown to be":  {control.Control{State: control.StateNotApplicable, Reason: "no cards", Requires: requires("x", "", "")}, run(record("x", refuted)), control.Contradicted, "", false},
		"withheld":                     {control.Control{Requires: requires("x", "good", "")}, cut, control.Unproven, "was withheld from this file", true},
		"not applicable, withheld":     {control.Control{State: control.StateNotApplicable, Reason: "no cards", Requires: requires("x", "", "")}, cut, control.Unproven, "was withheld from this file", true},
		"not applicable, no reason":    {control.Control{State: control.StateNotApplicable}, run(), control.Unproven, "without a reason", false},
	} {
		t.Run(name, func(t *testing.T) {
			a, ok := control.Assess(one(c.control), c.run, today).Find("it")
			if !ok {
				t.Fatal("the control was not assessed")
			}
			if a.Status != c.want || !strings.Contains(a.Why, c.why) || (len(a.BlindOn) > 0) != c.blind {
				t.Errorf("got %s (%s), blind on %v; want %s (...%s...), blind %v", a.Status, a.Why, a.BlindOn, c.want, c.why, c.blind)
			}
			if a.Status == control.Stale && !a.Expired {
				t.Errorf("%s, expired %v", a.Status, a.Expired)
			}
			if a.Status == control.Stale && (a.Last == "" || a.LastOn.IsZero()) {
				t.Error("the last value and its date are lost")
			}
		})
	}
}

func TestSupportCountsUnits(t *testing.T) {
	a, _ := control.Assess(one(control.Control{Requires: requires("x y", "", "")}), run(record("x", refuted), record("y", blind)), today).Find("it")
	x, y := a.Support[0], a.Support[1]
	if x.Good != 1 || x.Counted != 2 || !slices.Equal(x.Failed, []string{"a"}) {
		t.Errorf("failed check: %d of %d, failed %v; want 1 of 2, [a]", x.Good, x.Counted, x.Failed)
	}
	if y.Good != 1 || y.ToSee != "raise the limit" || strings.Contains(y.Reason, "to see this") {
		t.Errorf("blind check: %d good, to see %q, reason %q", y.Good, y.ToSee, y.Reason)
	}
}

// Weakest wins whatever the order, and one more requirement never makes a
// status better.
func TestWeakestWinsInEveryOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	spoil := []func(*evidence.Evidence){nil, warned, refuted, blind, excluded}
	rank := func(s control.Status) int { return slices.Index(control.Statuses(), s) }
	for range 500 {
		var records []evidence.Evidence
		var req control.Requires
		for i := range 1 + rng.IntN(4) {
			id := string(rune('p' + i))
			req.Checks = append(req.Checks, id)
			if n := rng.IntN(len(spoil) + 1); n < len(spoil) {
				records = append(records, record(id, spoil[n]))
			}
		}
		all := []string{"good", "lapsed", "future", "nobody"}
		req.Attestations = all[rng.IntN(len(all)):][:rng.IntN(2)]
		status := func() control.Status {
			a, _ := control.Assess(one(control.Control{Requires: req}), run(records...), today).Find("it")
			return a.Status
		}
		first := status()
		rng.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		rng.Shuffle(len(req.Checks), func(i, j int) { req.Checks[i], req.Checks[j] = req.Checks[j], req.Checks[i] })
		if got := status(); got != first {
			t.Fatalf("another order gave %s, not %s", got, first)
		}
		for _, e := range records {
			if slices.Contains([]evidence.Outcome{evidence.Fail, evidence.Inconclusive}, e.Outcome) && rank(first) >= rank(control.Stale) {
				t.Fatalf("%s though %s came out %s", first, e.Check.ID, e.Outcome)
			}
		}
		req.Awaits = []string{"more"}
		if got := status(); rank(got) > rank(first) {
			t.Fatalf("one more requirement made %s out of %s", got, first)
		}
	}
}
