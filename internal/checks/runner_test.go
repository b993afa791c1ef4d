package checks_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

func open(t *testing.T, yaml string) *stack.Stack {
	t.Helper()
	cfg, err := stack.Parse("arxctl.yaml", []byte(yaml), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return stack.Open(cfg, stack.Options{})
}

const apiOnly = "version: 1\nenvironment: shared\napi: {replicas: ['http://127.0.0.1:1']}\n"

// probe is a check that passes after running f.
func probe(id string, f func(context.Context, *checks.Recorder) error) *checks.Check {
	return &checks.Check{ID: id, Version: 1, Title: "t", Proves: "p", DoesNotProve: "d", Fix: "f", Reproduce: "r", Doors: []stack.Door{stack.DoorAPI},
		Run: func(ctx context.Context, _ *stack.Stack, rec *checks.Recorder) error {
			rec.Population("things", "x")
			rec.Sight("x", "own", "look", evidence.Equals("1"), "1")
			rec.Claim("x", "harm", "look", evidence.Equals("0"), "0")
			if f != nil {
				return f(ctx, rec)
			}
			return nil
		}}
}

func outcomes(records []evidence.Evidence) map[string]evidence.Outcome {
	m := map[string]evidence.Outcome{}
	for _, e := range records {
		m[e.Check.ID] = e.Outcome
	}
	return m
}

func TestRunGoesOnWhenOneCannotLook(t *testing.T) {
	r := &checks.Runner{}
	slow := probe("a.slow", func(ctx context.Context, _ *checks.Recorder) error { <-ctx.Done(); return ctx.Err() })
	slow.Timeout = 50 * time.Millisecond
	db := probe("a.door", nil)
	db.Doors = []stack.Door{stack.DoorDB}
	records, complete := r.Run(t.Context(), open(t, apiOnly), []*checks.Check{
		probe("b.good", nil), slow, db,
		probe("a.error", func(context.Context, *checks.Recorder) error { return errors.New("no connection") }),
		probe("a.panic", func(context.Context, *checks.Recorder) error { panic("a slip") }),
	})
	want := map[string]evidence.Outcome{"b.good": evidence.Pass, "a.slow": evidence.Inconclusive, "a.door": evidence.NotRun, "a.error": evidence.Inconclusive, "a.panic": evidence.Inconclusive}
	got := outcomes(records)
	for id, o := range want {
		if got[id] != o {
			t.Errorf("%s: %s, want %s", id, got[id], o)
		}
	}
	if !complete {
		t.Error("the run is marked as interrupted")
	}
	if !slices.IsSortedFunc(records, func(x, y evidence.Evidence) int { return strings.Compare(x.Check.ID, y.Check.ID) }) {
		t.Error("records are not ordered by ID")
	}
	for _, e := range records {
		if e.Check.ID == "a.door" && !strings.Contains(e.Reason, "the db door is not configured; to see this: add db:") {
			t.Errorf("a.door: %s", e.Reason)
		}
		if e.Check.ID == "a.slow" && !strings.Contains(e.Reason, "not finished within 50ms") {
			t.Errorf("a.slow: %s", e.Reason)
		}
		if err := e.Rejudge(); err != nil {
			t.Error(err)
		}
	}
}

// TestExclusiveNeverOverlaps runs checks that share probe organisations and
// watches that no two hold one at the same time, while others do overlap.
func TestExclusiveNeverOverlaps(t *testing.T) {
	var busy [2]atomic.Int32
	var list []*checks.Check
	for i := range 12 {
		org := i % 2
		c := probe("x."+strings.Repeat("a", i+1), func(context.Context, *checks.Recorder) error {
			defer busy[org].Add(-1)
			if busy[org].Add(1) > 1 {
				return errors.New("two checks hold the same organisation")
			}
			for range 1000 {
				_ = time.Now()
			}
			return nil
		})
		c.Exclusive = [][]string{{"low-1"}, {"low-2", "b"}}[org]
		list = append(list, c)
	}
	records, _ := (&checks.Runner{Parallel: 12}).Run(t.Context(), open(t, apiOnly), list)
	for _, e := range records {
		if e.Outcome != evidence.Pass {
			t.Errorf("%s: %s (%s)", e.Check.ID, e.Outcome, e.Reason)
		}
	}
}

func TestChecksOverlap(t *testing.T) {
	var both sync.WaitGroup
	both.Add(2)
	meet := func(ctx context.Context, _ *checks.Recorder) error {
		both.Done()
		met := make(chan struct{})
		go func() { both.Wait(); close(met) }()
		select {
		case <-met:
			return nil
		case <-ctx.Done():
			return errors.New("the other check never ran beside this one")
		}
	}
	records, _ := (&checks.Runner{}).Run(t.Context(), open(t, apiOnly), []*checks.Check{probe("a.a", meet), probe("b.b", meet)})
	for _, e := range records {
		if e.Outcome != evidence.Pass {
			t.Errorf("%s: %s", e.Check.ID, e.Reason)
		}
	}
}

func TestInterruptedRunKeepsWhatItSaw(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan struct{})
	list := []*checks.Check{
		probe("a.first", func(context.Context, *checks.Recorder) error { close(first); return nil }),
		probe("b.second", func(c context.Context, _ *checks.Recorder) error { <-first; cancel(); <-c.Done(); return nil }),
	}
	late := probe("c.late", nil)
	late.Effects = checks.Irreversible | checks.LeavesRows
	late.Residue = "nothing"
	records, complete := (&checks.Runner{}).Run(ctx, open(t, apiOnly), append(list, late))
	if complete {
		t.Error("an interrupted run calls itself complete")
	}
	got := outcomes(records)
	if got["a.first"] == evidence.NotRun || got["b.second"] != evidence.Inconclusive || got["c.late"] != evidence.NotRun {
		t.Errorf("outcomes %v; want first judged, second inconclusive, late not-run", got)
	}
}

func TestProductionAllowsNeitherLoadNorRows(t *testing.T) {
	load := probe("a.load", func(context.Context, *checks.Recorder) error { t.Error("load was sent in production"); return nil })
	load.Effects = checks.SendsLoad
	launch := probe("a.launch", func(context.Context, *checks.Recorder) error {
		t.Error("a process was launched in production")
		return nil
	})
	launch.Effects = checks.LaunchesProcess
	yaml := strings.Replace(apiOnly, "environment: shared\n", "", 1)
	records, _ := (&checks.Runner{}).Run(t.Context(), open(t, yaml), []*checks.Check{load, launch})
	for _, e := range records {
		if e.Outcome != evidence.NotRun || !strings.Contains(e.Reason, "production") {
			t.Errorf("%s: %s (%s)", e.Check.ID, e.Outcome, e.Reason)
		}
	}
}

func TestSelect(t *testing.T) {
	list := []*checks.Check{probe("tenancy.read", nil), probe("tenancy.write", nil), probe("auditlog.row", nil)}
	for _, tc := range []struct {
		patterns, want, unmatched string
	}{
		{"tenancy.read", "tenancy.read", ""},
		{"tenancy", "tenancy.read tenancy.write", ""},
		{"*.r*", "tenancy.read auditlog.row", ""},
		{"ten", "", "ten"},
		{"tenancy.read,nosuch.*", "tenancy.read", "nosuch.*"},
	} {
		chosen, unmatched, err := checks.Select(list, strings.Split(tc.patterns, ","))
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, c := range chosen {
			ids = append(ids, c.ID)
		}
		if strings.Join(ids, " ") != tc.want || strings.Join(unmatched, " ") != tc.unmatched {
			t.Errorf("%s: chose %v, unmatched %v", tc.patterns, ids, unmatched)
		}
	}
	if _, _, err := checks.Select(list, []string{"[tenancy"}); err == nil || !strings.Contains(err.Error(), "not a valid pattern") {
		t.Errorf("a broken pattern: %v", err)
	}
}

func TestValidateRefusesUndocumentedChecks(t *testing.T) {
	good := probe("tenancy.read", nil)
	if err := checks.Validate([]*checks.Check{good}); err != nil {
		t.Fatal(err)
	}
	bad := *good
	bad.DoesNotProve = " "
	leaves := *good
	leaves.ID, leaves.Effects = "tenancy.leaves", checks.LeavesRows
	for want, list := range map[string][]*checks.Check{
		"DoesNotProve is empty":              {&bad},
		"Residue and LeavesRows go together": {&leaves},
		"there are two checks with it":       {good, good},
	} {
		if err := checks.Validate(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestRecorderScrubsAndBounds(t *testing.T) {
	rec := checks.NewRecorder(func(s string) string { return strings.ReplaceAll(s, "hunter22", "[redacted]") })
	rec.Population("things", "hunter22")
	rec.Claim("hunter22", "hunter22", "psql hunter22", evidence.Absent(), strings.Repeat("ü", 5000)+"hunter22")
	rec.Blind("x", "y", "z", "password hunter22 refused")
	rec.Residue("row %s", "hunter22")
	rec.Fact("hunter22", "hunter22")
	e := rec.Judged(evidence.Doc{ID: "a.b"}, errors.New("dial hunter22"))
	for _, o := range e.Observations {
		if len(o.Got) > 2100 {
			t.Errorf("got holds %d bytes", len(o.Got))
		}
	}
	if text := strings.Join([]string{e.Reason, e.Error, e.Observations[0].Via, e.Observations[1].Blind, e.Residue[0], e.Population.Expected[0], e.Facts["[redacted]"]}, " "); strings.Contains(text, "hunter22") {
		t.Errorf("the secret got through: %s", text)
	}
}

// TestACheckThatDoesNotStop goes on reporting after its time: what was judged
// must not change, and its organisation must not be handed to the next check.
func TestACheckThatDoesNotStop(t *testing.T) {
	quit, ended := make(chan struct{}), make(chan struct{})
	runaway := probe("a.runaway", func(ctx context.Context, rec *checks.Recorder) error {
		defer close(ended)
		<-ctx.Done()
		for i := 0; ; i++ {
			rec.Fact(strings.Repeat("x", i%50), "v")
			rec.Exclude(strings.Repeat("y", i%50), "r")
			rec.Claim("x", "w", "v", evidence.Equals("1"), "2")
			select {
			case <-quit:
				return nil
			default:
			}
		}
	})
	runaway.Timeout, runaway.Exclusive = 10*time.Millisecond, []string{"low-1"}
	records, _ := (&checks.Runner{Grace: time.Millisecond}).Run(t.Context(), open(t, apiOnly), []*checks.Check{runaway})
	for range 10 {
		if _, err := json.Marshal(records); err != nil {
			t.Fatal(err)
		}
	}
	close(quit)
	<-ended
	if !strings.Contains(records[0].Error, "not finished within") {
		t.Errorf("%s: %s (%s)", records[0].Check.ID, records[0].Outcome, records[0].Error)
	}
}

func TestNotApplicableNeverHidesBlindness(t *testing.T) {
	for name, see := range map[string]func(*checks.Recorder){
		"blind":      func(r *checks.Recorder) { r.Blind("x", "y", "z", "no connection") },
		"no sight":   func(r *checks.Recorder) { r.Sight("x", "y", "z", evidence.Equals("1"), "0") },
		"refuted":    func(r *checks.Recorder) { r.Claim("x", "y", "z", evidence.Equals("1"), "0") },
		"advice":     func(r *checks.Recorder) { r.Advice("x", "y", "z", evidence.Equals("1"), "1") },
		"not a word": func(*checks.Recorder) {},
	} {
		rec := checks.NewRecorder(nil)
		see(rec)
		rec.NotApplicable("there is no such thing")
		e := rec.Judged(evidence.Doc{ID: "a.b"}, nil)
		if e.Outcome == evidence.NotApplicable {
			t.Errorf("%s: judged as not-applicable", name)
		}
		e.Outcome, e.Reason = evidence.NotApplicable, "there is no such thing"
		if e.Rejudge() == nil {
			t.Errorf("%s: stored as not-applicable, and accepted", name)
		}
	}
}

// TestScrubbingChangesNoOutcome uses passwords that are words and numbers of the
// report itself.
func TestScrubbingChangesNoOutcome(t *testing.T) {
	scrub := strings.NewReplacer("nothing", "[redacted]", "5000", "[redacted]", "hunter22", "[redacted]").Replace
	for _, tc := range []struct {
		want evidence.Matcher
		got  string
		met  bool
	}{
		{evidence.Equals("nothing"), "nothing", true},
		{evidence.OneOf("nothing", "403"), "nothing", true},
		{evidence.Equals("nothing"), "hunter22", false},
		{evidence.Absent(), "hunter22", false},
		{evidence.AtMost(60), "5000", false},
		{evidence.AtLeast(60), "5000", false}, // blind rather than a guess
		{evidence.Matches("^[^0-9]*$"), "hunter22", false},
	} {
		rec := checks.NewRecorder(scrub)
		rec.Claim("x", "y", "z", tc.want, tc.got)
		o := rec.Observations()[0]
		if o.Met() != tc.met || strings.Contains(o.Got, "hunter22") {
			t.Errorf("want %s, got %q: met %v (%q, blind %q), want %v", tc.want, tc.got, o.Met(), o.Got, o.Blind, tc.met)
		}
	}
}
