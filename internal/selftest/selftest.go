// Package selftest plants each fault in a reference stack of its own, runs the
// checks that must notice, and tells what caught it: the proof that a green tick
// could have been red.
package selftest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/poc"
	"github.com/arxsec/arxctl/internal/poc/faults"
	"github.com/arxsec/arxctl/internal/stack"
)

// Bench is one reference stack that faults are tried on, one after another.
type Bench struct {
	Stack *poc.Stack
	dir   string
	cfg   *stack.Config
	list  []*checks.Check
}

// NewBench brings a reference stack up and reads its arxctl.yaml. Close it.
func NewBench(ctx context.Context, opts poc.Options, list []*checks.Check) (*Bench, error) {
	st, err := poc.Up(ctx, opts)
	if err != nil {
		return nil, err
	}
	b := &Bench{Stack: st, list: list}
	if b.dir, err = os.MkdirTemp("", "arxctl-bench-"); err == nil {
		var path string
		if path, err = st.WriteConfig(b.dir); err == nil {
			b.cfg, err = stack.Load(path)
		}
	}
	if err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// Close stops the stack and removes what it left.
func (b *Bench) Close() error {
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
	return b.Stack.Down(context.Background())
}

// Config returns the arxctl.yaml of the stack, as a check sees it.
func (b *Bench) Config() *stack.Config { return b.cfg }

// Look runs the checks that match the patterns (all of them when there are none).
func (b *Bench) Look(ctx context.Context, patterns ...string) (evidence.Run, error) {
	list := b.list
	if len(patterns) > 0 {
		chosen, unmatched, err := checks.Select(b.list, patterns)
		if err != nil {
			return evidence.Run{}, err
		}
		if len(unmatched) > 0 {
			return evidence.Run{}, fmt.Errorf("there is no check %s", strings.Join(unmatched, ", "))
		}
		list = chosen
	}
	st := stack.Open(b.cfg, stack.Options{})
	run := evidence.Run{Tool: "selftest"}
	run.Records, run.Complete = (&checks.Runner{}).Run(ctx, st, list)
	return run, nil
}

// Tried is what became of one fault.
type Tried struct {
	Fault faults.Fault
	Seen  map[string]evidence.Outcome // by check ID, those that the fault names
	Why   map[string]string           // the reasons
	Run   evidence.Run                // all that was recorded
}

// Missed returns "" when at least one of the checks that the fault names gave the
// outcome that it expects, else what each of them gave instead.
func (t Tried) Missed() string {
	if len(t.Fault.Catches) == 0 {
		return "the fault names no check that must notice it"
	}
	var missed []string
	caught := false
	for _, id := range t.Fault.Catches {
		if string(t.Seen[id]) == t.Fault.Expect {
			caught = true
			continue
		}
		missed = append(missed, fmt.Sprintf("%s is %s (%s)", id, t.Seen[id], t.Why[id]))
	}
	if caught {
		return ""
	}
	return strings.Join(missed, "; ")
}

// Try plants the fault, runs the checks that it names, and clears the stack.
func (b *Bench) Try(ctx context.Context, f faults.Fault) (t Tried, err error) {
	t = Tried{Fault: f, Seen: map[string]evidence.Outcome{}, Why: map[string]string{}}
	defer func() {
		if cerr := b.Stack.Clear(context.WithoutCancel(ctx)); cerr != nil && err == nil {
			err = fmt.Errorf("clearing %s: %w", f.ID, cerr)
		}
	}()
	if err := b.Stack.Plant(ctx, f); err != nil {
		return t, err
	}
	run, err := b.Look(ctx, slices.Clone(f.Catches)...)
	if err != nil {
		return t, fmt.Errorf("fault %s: %w", f.ID, err)
	}
	t.Run = run
	for _, e := range run.Records {
		t.Seen[e.Check.ID], t.Why[e.Check.ID] = e.Outcome, e.Reason
	}
	return t, nil
}
