package control_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
)

func assessed(t *testing.T, c control.Control, r *evidence.Run) control.Assessment {
	t.Helper()
	a, ok := control.Assess(one(c), r, today).Find("it")
	if !ok {
		t.Fatal("the control was not assessed")
	}
	return a
}

// A record that was kept from an old run is no fresher for standing in a new one, and an old run is no fresher for what
// was put into it later.
func TestAgeCountsFromTheEarlierEnd(t *testing.T) {
	ago := func(days int) time.Time { return today.AddDate(0, 0, -days) }
	for name, c := range map[string]struct {
		record, run time.Time
		want        control.Status
		why         string
		when        time.Time
	}{
		"both fresh":                  {ago(2), ago(1), control.Proven, "shown by 1 check on 2026-11-19", ago(2)},
		"old record in a fresh run":   {ago(31), ago(1), control.Stale, "shown on 2026-10-21", ago(31)},
		"fresh record in an old run":  {ago(1), ago(31), control.Stale, "shown on 2026-10-21", ago(31)},
		"record on its last day":      {ago(30), ago(1), control.Proven, "", ago(30)},
		"record without a time":       {time.Time{}, ago(1), control.Unproven, "no time", time.Time{}},
		"run without a time":          {ago(1), time.Time{}, control.Proven, "", ago(1)},
		"old record, run without":     {ago(31), time.Time{}, control.Stale, "shown on 2026-10-21", ago(31)},
		"neither has a time":          {time.Time{}, time.Time{}, control.Unproven, "no time", time.Time{}},
		"record of tomorrow":          {ago(-1), ago(1), control.Unproven, "collected on 2026-11-22, after the as-of date", ago(1)},
		"run of tomorrow":             {ago(1), ago(-1), control.Unproven, "collected on 2026-11-22, after the as-of date", ago(1)},
		"record of tomorrow, no run":  {ago(-1), time.Time{}, control.Unproven, "after the as-of date", ago(-1)},
		"no time in a run of the day": {time.Time{}, ago(0), control.Unproven, "no time", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(record("x", func(e *evidence.Evidence) { e.Ended = c.record }))
			r.Ended = c.run
			a := assessed(t, control.Control{Requires: requires("x", "", "")}, r)
			if a.Status != c.want || !strings.Contains(a.Why, c.why) || !a.Support[0].When.Equal(c.when) {
				t.Errorf("got %s (%s) of %s; want %s (...%s...) of %s", a.Status, a.Why, a.Support[0].When, c.want, c.why, c.when)
			}
			if a.Status == control.Stale && !a.LastOn.Equal(c.when) {
				t.Errorf("last shown on %s, want %s", a.LastOn, c.when)
			}
		})
	}
}

// What a stack says never passes for a door that was taken out by declaration.
func TestOnlyNotRunClosesADoor(t *testing.T) {
	said := "the boot door is closed: no access"
	for name, c := range map[string]struct {
		record evidence.Evidence
		blind  bool
	}{
		"not run":     {evidence.Evidence{Check: evidence.Doc{ID: "x", Doors: []string{"boot"}}, Outcome: evidence.NotRun, Reason: said}, false},
		"could not":   {record("x", func(e *evidence.Evidence) { e.Observations[1].Blind = "the server said: " + said }), true},
		"error":       {record("x", func(e *evidence.Evidence) { e.Error = said; e.Outcome, e.Reason = evidence.Inconclusive, said }), true},
		"none at all": {record("x", func(e *evidence.Evidence) { e.Outcome, e.Reason = evidence.NotApplicable, said }), true},
	} {
		a := assessed(t, control.Control{Requires: requires("x", "", "")}, run(c.record))
		if got := len(a.BlindOn) > 0; a.Status != control.Unproven || got != c.blind {
			t.Errorf("%s: %s (%s), blind %v; want blind %v", name, a.Status, a.Why, got, c.blind)
		}
	}
}

// The last value is that of what went stale, not of what is still in force beside it.
func TestLastValueIsOfWhatWentStale(t *testing.T) {
	old := collected.AddDate(0, -2, 0)
	aged := run(record("x", func(e *evidence.Evidence) { e.Ended = old }), record("y", func(e *evidence.Evidence) { e.Ended = old.AddDate(0, 0, -1) }), record("z", nil))
	for name, c := range map[string]struct {
		requires control.Requires
		last     control.Status
		on       time.Time
	}{
		"stale check":                           {requires("x", "", ""), control.Proven, old},
		"stale check, valid attestation":        {requires("x", "good", ""), control.Proven, old},
		"earliest of two, one fresh":            {requires("x y z", "good", ""), control.Proven, old.AddDate(0, 0, -1)},
		"fresh check, expired attestation":      {requires("z", "lapsed", ""), control.Attested, day("2025-01-01").Time},
		"both stale":                            {requires("x", "yesterday", ""), control.Attested, day("2026-01-01").Time},
		"one attestation expired, one in force": {requires("", "good yesterday", ""), control.Attested, day("2026-01-01").Time},
		"two expired":                           {requires("", "yesterday lapsed", ""), control.Attested, day("2025-01-01").Time},
	} {
		a := assessed(t, control.Control{Requires: c.requires}, aged)
		if a.Status != control.Stale || a.Last != c.last || !a.LastOn.Equal(c.on) {
			t.Errorf("%s: %s, last %s on %s; want stale, last %s on %s", name, a.Status, a.Last, a.LastOn, c.last, c.on)
		}
	}
}

// k of n counts units that were seen, whatever else was claimed of the others.
func TestClaimsWithoutSightAreNotSeen(t *testing.T) {
	e := evidence.Evidence{Check: evidence.Doc{ID: "x"}, Started: collected, Ended: collected,
		Population: evidence.Population{Unit: "tables", Expected: []string{"a", "b", "c", "d", "e"}}}
	for _, u := range e.Population.Expected {
		e.Observations = append(e.Observations, evidence.Observation{Unit: u, What: "foreign rows", Want: evidence.AtMost(0), Got: "0", Kind: evidence.Claim})
	}
	e.Observations = append(e.Observations, evidence.Observation{Unit: "c", What: "own rows", Want: evidence.AtLeast(1), Got: "1", Kind: evidence.Sight})
	e.Outcome, e.Reason = evidence.Pass, "5 of 5 tables"
	a := assessed(t, control.Control{Requires: requires("x", "", "")}, run(e))
	if s := a.Support[0]; a.Status != control.Unproven || s.Outcome != "inconclusive" || s.Good != 1 || s.Counted != 5 {
		t.Errorf("%s: %s, could see %d of %d; want unproven: inconclusive, 1 of 5", a.Status, s.Outcome, s.Good, s.Counted)
	}
}

func TestRefutedUnitsOutsideThePopulationAreTold(t *testing.T) {
	e := record("x", func(e *evidence.Evidence) {
		e.Population.Excluded = map[string]string{"b": "cannot be seeded"}
		e.Observations[3].Got = "4"
		e.Observations = append(e.Observations, evidence.Observation{Unit: "elsewhere", What: "foreign rows", Want: evidence.AtMost(0), Got: "2", Kind: evidence.Claim})
	})
	s := assessed(t, control.Control{Requires: requires("x", "", "")}, run(e)).Support[0]
	if !slices.Equal(s.Failed, []string{"b", "elsewhere"}) || !slices.Equal(s.Outside, s.Failed) || s.Counted != 1 {
		t.Errorf("failed %v, outside %v, of %d; want both outside, of 1", s.Failed, s.Outside, s.Counted)
	}
}
