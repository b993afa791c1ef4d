package evidence_test

import (
	"encoding/json"
	"errors"
	"math/rand"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/evidence"
)

func claim(unit, got string) evidence.Observation {
	return evidence.Observation{Unit: unit, What: "foreign rows", Via: "SELECT", Kind: evidence.Claim, Want: evidence.Equals("0"), Got: got}
}

func sight(unit, got string) evidence.Observation {
	return evidence.Observation{Unit: unit, What: "own rows", Via: "SELECT", Kind: evidence.Sight, Want: evidence.AtLeast(1), Got: got}
}

func advice(unit, got string) evidence.Observation {
	return evidence.Observation{Unit: unit, What: "version", Via: "SHOW", Kind: evidence.Advice, Want: evidence.Equals("new"), Got: got}
}

func blind(o evidence.Observation) evidence.Observation {
	o.Blind = "statement timed out (57014)"
	return o
}

func TestJudge(t *testing.T) {
	two := evidence.Population{Unit: "tables", Expected: []string{"a", "b"}}
	good := []evidence.Observation{sight("a", "3"), claim("a", "0"), sight("b", "1"), claim("b", "0")}
	with := func(more ...evidence.Observation) []evidence.Observation {
		return append(append([]evidence.Observation{}, good...), more...)
	}
	for _, tc := range []struct {
		name   string
		seen   []evidence.Observation
		pop    evidence.Population
		err    error
		want   evidence.Outcome
		reason string
	}{
		{"all seen", good, two, nil, evidence.Pass, "2 of 2 tables"},
		{"nothing at all", nil, evidence.Population{}, nil, evidence.Inconclusive, "nothing to look at"},
		{"a population and no looking", nil, two, nil, evidence.Inconclusive, "2 of 2 tables not looked at: a, b"},
		{"a refuted claim", with(claim("b", "5")), two, nil, evidence.Fail, "b: foreign rows: wanted 0, got 5"},
		{"a refuted claim beats an error", with(claim("b", "5")), two, errors.New("lost"), evidence.Fail, "got 5"},
		{"a refuted claim beats blindness", with(claim("b", "5"), blind(claim("a", ""))), two, nil, evidence.Fail, "got 5"},
		{"a refuted claim outside the population", with(claim("c", "5")), two, nil, evidence.Fail, "c: foreign rows"},
		{"an error", good, two, errors.New("no connection"), evidence.Inconclusive, "could not look: no connection"},
		{"a blind claim", with(blind(claim("a", "5"))), two, nil, evidence.Inconclusive, "57014"},
		{"blind advice", with(blind(advice("a", ""))), two, nil, evidence.Inconclusive, "57014"},
		{"a sight unmet", with(sight("a", "0")), two, nil, evidence.Inconclusive, "would not have been seen"},
		{"a unit without claim", []evidence.Observation{sight("a", "3"), claim("a", "0"), sight("b", "1")}, two, nil, evidence.Inconclusive, "1 of 2 tables not looked at: b"},
		{"a unit without sight", []evidence.Observation{sight("a", "3"), claim("a", "0"), claim("b", "0")}, two, nil, evidence.Inconclusive, "not looked at: b"},
		{"a unit that is not in the population", with(sight("c", "1"), claim("c", "0")), two, nil, evidence.Inconclusive, "c was looked at but is not"},
		{"everything excluded", nil, evidence.Population{Unit: "tables", Expected: []string{"a"}, Excluded: map[string]string{"a": "shared"}}, nil, evidence.Inconclusive, "nothing to look at"},
		{"one excluded", good[:2], evidence.Population{Unit: "tables", Expected: []string{"a", "b"}, Excluded: map[string]string{"b": "lookup table"}}, nil, evidence.Warn, "left out: b (lookup table)"},
		{"advice unmet", with(advice("server", "old")), two, nil, evidence.Warn, "wanted new, got old"},
		{"a matcher that cannot be evaluated", with(evidence.Observation{Unit: "a", Kind: evidence.Claim, Want: evidence.Matcher{Op: "roughly"}}), two, nil, evidence.Inconclusive, "unknown op"},
		{"a matcher with the wrong value", with(evidence.Observation{Unit: "a", Kind: evidence.Claim, Want: evidence.Matcher{Op: "at-most", Value: "x"}}), two, nil, evidence.Inconclusive, "expected an integer"},
		{"an unknown kind", with(evidence.Observation{Unit: "a", Kind: "guess", Want: evidence.Equals("")}), two, nil, evidence.Inconclusive, "unknown kind"},
		{"a number that is none", with(evidence.Observation{Unit: "a", Kind: evidence.Claim, Want: evidence.AtMost(3), Got: "many"}), two, nil, evidence.Fail, "got many"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, reason := evidence.Judge(tc.seen, tc.pop, tc.err)
			if got != tc.want || !strings.Contains(reason, tc.reason) {
				t.Errorf("Judge = %s (%s), want %s (... %s ...)", got, reason, tc.want, tc.reason)
			}
		})
	}
}

// TestNothingPassesByDefault removes, changes or blinds any one part of passing
// evidence: what is left must never be better than it was.
func TestNothingPassesByDefault(t *testing.T) {
	pop := evidence.Population{Unit: "tables", Expected: []string{"a", "b", "c"}}
	var whole []evidence.Observation
	for _, u := range pop.Expected {
		whole = append(whole, sight(u, "2"), claim(u, "0"))
	}
	if o, reason := evidence.Judge(whole, pop, nil); o != evidence.Pass {
		t.Fatalf("the whole is %s (%s)", o, reason)
	}
	for i := range whole {
		without := append(append([]evidence.Observation{}, whole[:i]...), whole[i+1:]...)
		if o, _ := evidence.Judge(without, pop, nil); o != evidence.Inconclusive {
			t.Errorf("without observation %d: %s, want inconclusive", i, o)
		}
		dim := append([]evidence.Observation{}, whole...)
		dim[i] = blind(dim[i])
		if o, _ := evidence.Judge(dim, pop, nil); o != evidence.Inconclusive {
			t.Errorf("with observation %d blind: %s, want inconclusive", i, o)
		}
		bad := append([]evidence.Observation{}, whole...)
		bad[i].Got = "-1"
		if o, _ := evidence.Judge(bad, pop, nil); o == evidence.Pass || o == evidence.Warn {
			t.Errorf("with observation %d unmet: %s", i, o)
		}
	}
}

// TestJudgeIgnoresOrder shuffles: the outcome must not depend on which of two
// goroutines of a check reported first.
func TestJudgeIgnoresOrder(t *testing.T) {
	pop := evidence.Population{Unit: "tables", Expected: []string{"a", "b"}}
	seen := []evidence.Observation{sight("a", "2"), claim("a", "0"), sight("b", "2"), claim("b", "4"), blind(claim("a", "")), advice("a", "old")}
	for range 200 {
		rand.Shuffle(len(seen), func(i, j int) { seen[i], seen[j] = seen[j], seen[i] })
		if o, reason := evidence.Judge(seen, pop, errors.New("x")); o != evidence.Fail {
			t.Fatalf("%s (%s) in order %v", o, reason, seen)
		}
	}
}

// TestMatchersSurviveStorage judges each matcher before and after JSON.
func TestMatchersSurviveStorage(t *testing.T) {
	for _, tc := range []struct {
		m       evidence.Matcher
		met, no string
		text    string
	}{
		{evidence.Equals("0"), "0", "00", "0"},
		{evidence.OneOf("401", "403"), "403", "200", "one of 401, 403"},
		{evidence.AtMost(60), "60", "61", "at most 60"},
		{evidence.AtLeast(1), "1", "0", "at least 1"},
		{evidence.Between(60, 62), "61", "63", "between 60 and 62"},
		{evidence.Absent(), "", " ", "nothing"},
		{evidence.Matches("^[0-9a-f]{4}$"), "12ab", "12aB", "text matching ^[0-9a-f]{4}$"},
		{evidence.AtMost(1 << 53), "9007199254740992", "9007199254740993", "at most 9007199254740992"},
	} {
		b, err := json.Marshal(tc.m)
		if err != nil {
			t.Fatal(err)
		}
		var stored evidence.Matcher
		if err := json.Unmarshal(b, &stored); err != nil {
			t.Fatal(err)
		}
		for _, m := range []evidence.Matcher{tc.m, stored} {
			if ok, err := m.Met(tc.met); !ok || err != nil {
				t.Errorf("%s on %q: %v, %v; want met", m, tc.met, ok, err)
			}
			if ok, err := m.Met(tc.no); ok || err != nil {
				t.Errorf("%s on %q: %v, %v; want unmet", m, tc.no, ok, err)
			}
			if m.String() != tc.text {
				t.Errorf("String = %q, want %q", m, tc.text)
			}
		}
	}
}

func TestRejudgeRefusesAnotherOutcome(t *testing.T) {
	e := evidence.Evidence{Check: evidence.Doc{ID: "tenancy.read"}, Population: evidence.Population{Unit: "tables", Expected: []string{"a"}}}
	e.Observations = []evidence.Observation{sight("a", "1"), claim("a", "3")}
	e.Outcome, e.Reason = evidence.Judge(e.Observations, e.Population, nil)
	if err := e.Rejudge(); err != nil {
		t.Errorf("as judged: %v", err)
	}
	for _, lie := range []evidence.Outcome{evidence.Pass, evidence.Warn, evidence.Inconclusive, evidence.NotRun, evidence.NotApplicable, "splendid"} {
		e.Outcome = lie
		if err := e.Rejudge(); err == nil {
			t.Errorf("a failing record stored as %s was accepted", lie)
		}
	}
}

// TestGoodCountsOnlyWhatWasSeen wants k in "k of n" to leave out every unit that
// was not looked at, could not be seen, was excluded, or failed.
func TestGoodCountsOnlyWhatWasSeen(t *testing.T) {
	e := evidence.Evidence{Population: evidence.Population{Unit: "tables", Expected: []string{"a", "b", "c", "d", "e", "f"}, Excluded: map[string]string{"f": "shared"}}}
	e.Observations = []evidence.Observation{
		sight("a", "1"), claim("a", "0"), advice("a", "old"), // well
		sight("b", "1"), claim("b", "2"), // failed
		sight("c", "1"), blind(claim("c", "0")), claim("c", "0"), // partly blind
		sight("d", "0"), claim("d", "0"), // nothing would have been seen
		sight("f", "1"), claim("f", "0"), // excluded; e was not looked at
	}
	if got := e.Good(); got != 1 {
		t.Errorf("Good = %d, want 1 (a alone)", got)
	}
}
