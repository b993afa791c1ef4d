package checks

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// defaultGrace is how long an interrupted or timed-out check may clean up before
// the run goes on without it.
const defaultGrace = 8 * time.Second

// Event tells a listener how a run goes on. Evidence is set once the check has
// ended; Unit names what is being looked at before that.
type Event struct {
	Check    *Check
	Started  bool
	Unit     string
	Evidence *evidence.Evidence
}

// Runner runs checks against one stack.
type Runner struct {
	// Parallel is how many checks run at once; 8 by default. Most of a check is
	// waiting for the stack.
	Parallel int
	// Listen is told of every event, from one goroutine at a time. May be nil.
	Listen func(Event)
	// Grace is how long a check may clean up after its time; 8 seconds when 0.
	Grace time.Duration

	mu sync.Mutex
}

// Select returns the checks that match at least one of the patterns, in the
// order of the list: an ID, a family, or a glob as path.Match has it. The
// second result names the patterns that matched nothing.
func Select(list []*Check, patterns []string) (chosen []*Check, unmatched []string, err error) {
	matched := make([]bool, len(patterns))
	for _, c := range list {
		in := false
		for i, p := range patterns {
			ok, err := path.Match(p, c.ID)
			if err != nil {
				return nil, nil, fmt.Errorf("--only %s: not a valid pattern; expected an ID, a family, or a glob as tenancy.*", p)
			}
			if ok || p == c.Family() {
				matched[i], in = true, true
			}
		}
		if in {
			chosen = append(chosen, c)
		}
	}
	for i, p := range patterns {
		if !matched[i] {
			unmatched = append(unmatched, p)
		}
	}
	return chosen, unmatched, nil
}

// Run runs the checks, in parallel where their Effects and Exclusive allow, and
// returns one evidence for each, ordered by ID. It goes on when a check cannot
// look. complete is false when ctx ended before every check had.
func (r *Runner) Run(ctx context.Context, st *stack.Stack, list []*Check) (records []evidence.Evidence, complete bool) {
	n := r.Parallel
	if n <= 0 {
		n = 8
	}
	slots := make(chan struct{}, n)
	held := newExclusions()
	results := make([]evidence.Evidence, len(list))
	// What cannot be undone goes last and alone, when all else has been seen.
	var gentle, harsh []int
	for i, c := range list {
		if c.Effects&Irreversible != 0 {
			harsh = append(harsh, i)
		} else {
			gentle = append(gentle, i)
		}
	}
	// The heaviest start first, so that the rest hides under them.
	slices.SortStableFunc(gentle, func(x, y int) int { return weight(list[y]) - weight(list[x]) })
	var wg sync.WaitGroup
	one := func(i int) {
		defer wg.Done()
		c := list[i]
		release, err := held.acquire(ctx, c.Exclusive)
		if err == nil {
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			case <-ctx.Done():
				release()
				err = ctx.Err()
			}
		}
		if err != nil {
			results[i] = notRun(c, "interrupted before it started")
		} else {
			results[i] = r.one(ctx, st, c, release)
		}
		r.tell(Event{Check: c, Evidence: &results[i]})
	}
	for _, i := range gentle {
		wg.Add(1)
		go one(i)
	}
	wg.Wait()
	for _, i := range harsh {
		wg.Add(1)
		one(i)
	}
	slices.SortFunc(results, func(x, y evidence.Evidence) int { return strings.Compare(x.Check.ID, y.Check.ID) })
	return results, ctx.Err() == nil
}

// one runs one check to its evidence, and releases what it alone may use when it
// has really ended, which may be after its time.
func (r *Runner) one(ctx context.Context, st *stack.Stack, c *Check, release func()) evidence.Evidence {
	if reason := WhyNot(st, c); reason != "" {
		release()
		return notRun(c, reason)
	}
	limit := c.Timeout
	if limit == 0 {
		limit = time.Minute
	}
	r.tell(Event{Check: c, Started: true})
	rec := NewRecorder(st.Scrub)
	rec.progress = func(unit string) { r.tell(Event{Check: c, Unit: unit}) }
	started := time.Now().UTC()
	cctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer release()
		done <- guarded(cctx, st, c, rec)
	}()
	var err error
	select {
	case err = <-done:
	case <-cctx.Done():
		select {
		case err = <-done:
		case <-time.After(cmp.Or(r.Grace, defaultGrace)):
			err = fmt.Errorf("the check did not stop when told to")
		}
	}
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("interrupted before it ended")
	case cctx.Err() != nil:
		err = fmt.Errorf("not finished within %s", limit)
	}
	e := rec.Judged(c.Doc(), st.Advise(err))
	e.Started, e.Ended = started, time.Now().UTC()
	return e
}

// guarded turns a panic of a check into a check that could not look.
func guarded(ctx context.Context, st *stack.Stack, c *Check, rec *Recorder) (err error) {
	defer func() {
		if p := recover(); p != nil {
			where := ""
			for _, line := range strings.Split(string(debug.Stack()), "\n") {
				if strings.Contains(line, "internal/checks/"+c.Family()) {
					where = " in " + path.Base(strings.TrimSpace(strings.Split(line, " +")[0]))
					break
				}
			}
			err = fmt.Errorf("the check itself failed%s: %v; this is a defect of arxctl", where, p)
		}
	}()
	return c.Run(ctx, st, rec)
}

// WhyNot says why a check cannot be run against this stack at all, or "".
func WhyNot(st *stack.Stack, c *Check) string {
	for _, d := range c.Doors {
		if st.Has(d) {
			continue
		}
		if why := st.Closed(d); why != "" {
			return evidence.ClosedDoor(string(d), why)
		}
		return fmt.Sprintf("the %s door is not configured; to see this: add %s: to %s", d, d, st.Path())
	}
	if c.Effects&LaunchesProcess != 0 {
		if ok, why := st.MayExec(); !ok {
			return why
		}
	}
	if c.Effects&(SendsLoad|LeavesRows|Irreversible) != 0 {
		if ok, why := st.MayLoad(); !ok {
			return why
		}
	}
	return ""
}

func notRun(c *Check, reason string) evidence.Evidence {
	now := time.Now().UTC()
	return evidence.Evidence{Check: c.Doc(), Outcome: evidence.NotRun, Reason: evidence.Advise(reason), Started: now, Ended: now}
}

func (r *Runner) tell(e Event) {
	if r.Listen == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Listen(e)
}

func weight(c *Check) int {
	w := 0
	if c.Effects&SendsLoad != 0 {
		w += 2
	}
	if c.Effects&LaunchesProcess != 0 {
		w++
	}
	return w
}

// exclusions lets one check at a time use each name. All of a check's names are
// taken at once, so that two checks cannot wait for each other.
type exclusions struct {
	mu   sync.Mutex
	busy map[string]bool
	free chan struct{} // closed and replaced whenever names are released
}

func newExclusions() *exclusions {
	return &exclusions{busy: map[string]bool{}, free: make(chan struct{})}
}

func (x *exclusions) acquire(ctx context.Context, names []string) (release func(), err error) {
	for {
		x.mu.Lock()
		if !slices.ContainsFunc(names, func(n string) bool { return x.busy[n] }) {
			for _, n := range names {
				x.busy[n] = true
			}
			x.mu.Unlock()
			return func() { x.release(names) }, ctx.Err()
		}
		wait := x.free
		x.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (x *exclusions) release(names []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, n := range names {
		delete(x.busy, n)
	}
	close(x.free)
	x.free = make(chan struct{})
}
