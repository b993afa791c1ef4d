package bootkey

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Refusal is the check that a bad encryption key keeps the application from starting.
var Refusal = &checks.Check{
	ID:      "bootkey.refusal",
	Version: 1,
	Title:   "A bad encryption key keeps the application from starting in staging and production",
	Proves: "For every declared spelling of the staging and production environments, a fresh process of the application was started with a key " +
		"that is unset, empty, blank, the development key in many writings, too short, too long or undecodable; further spellings of one environment " +
		"get a key of each kind instead of all. Each one exited with an error " +
		"before it accepted a connection, named the variable that holds the key, and printed neither the key nor an encoding of it. " +
		"In the same environment a fresh random key boots and answers, so the refusals are about the key and nothing else.",
	DoesNotProve: "That the running deployment holds a strong key: that is read from the secret store, which this check never touches. " +
		"A listener that opens for less than a millisecond between two looks at the port is missed, unless it shows when the port is already taken. " +
		"Keys of the right length that are weak in other ways than equal bytes are not tried.",
	Fix: "Validate the key first thing in the program, before any listener or worker starts: trim it, refuse it when empty, when it or its " +
		"decoded bytes equal the development key in any case or encoding, and when it does not decode to the exact length; exit non-zero with a " +
		"message that names the variable and never the value. Normalise the environment's name (trim, lower case) before comparing.",
	Doors:     []stack.Door{stack.DoorBoot},
	Effects:   checks.LaunchesProcess,
	Reproduce: `arxctl check --only bootkey.refusal -c "$ARXCTL_CONFIG"`,
	POC:       "§4",
	Timeout:   4 * time.Minute,
	Run:       refusal,
}

// refused is what a bad key must lead to.
const refused = "exited non-zero before listening, naming the variable"

// maxHung bounds how many processes of one spelling may sit out their time.
const maxHung = 3

// room is one spelling with its control: what a strong key did there.
type room struct {
	spelling
	key  key
	ran  stack.Launched
	got  string
	hung *atomic.Int32
}

func refusal(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	l, err := st.Launcher()
	if err != nil {
		return err
	}
	declare := func(sp spelling, keys []key) {
		for _, k := range keys {
			if !k.advice {
				rec.Population("starts with a bad key", unit(sp, k))
			}
		}
		rec.Population("starts with a bad key", strongUnit(sp))
	}
	all := spellings(st.Boot)
	for _, sp := range all {
		if !sp.derived && !sp.alias {
			declare(sp, each(st.Boot, sp))
		}
	}
	keys := core(st.Boot)
	if ok, why := st.MayExec(); !ok {
		rec.Blind(unit(all[0], keys[0]), "whether a bad key keeps the application from starting", via(st.Boot, start{env: &all[0].value, key: keys[0]}), why)
		return nil
	}
	if !st.Boot.Sentinel.IsSet() {
		rec.Blind(unit(all[0], keys[0]), "whether the development key is refused", via(st.Boot, start{env: &all[0].value, key: keys[0]}),
			"arxctl.yaml does not say what the development key is; to see this: set boot.sentinel")
	}
	rooms, err := controls(ctx, l, st.Boot, all)
	if err != nil {
		return err
	}
	var jobs []*job
	for _, r := range rooms {
		tried := each(st.Boot, r.spelling)
		switch {
		case r.derived && r.got == boots:
			tried = core(st.Boot)
			declare(r.spelling, tried)
		case r.alias && r.got == boots:
			tried = core(st.Boot)
		case r.derived, r.alias:
			continue // no environment here has that name
		}
		if !r.alias {
			r.strong(rec, st.Boot)
		}
		for _, k := range tried {
			jobs = append(jobs, &job{room: r, start: start{env: &r.value, key: k, limit: patience(st.Boot, r.ran.After)}})
		}
		if r.got == boots && slices.Contains(firsts(st.Boot), r.spelling) {
			for _, k := range core(st.Boot) {
				jobs = append(jobs, &job{room: r, start: start{env: &r.value, key: k, limit: patience(st.Boot, r.ran.After), occupied: true}})
			}
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, j := range jobs {
		g.Go(func() error { return j.run(ctx, l, st.Boot) })
	}
	err = g.Wait()
	for _, j := range jobs { // in the order of the list, whatever the order of the ends
		if j.done {
			j.report(rec, st.Boot)
		}
	}
	return err
}

// job is one start with a bad key and what became of it.
type job struct {
	room
	start
	out     stack.Launched
	skipped bool
	done    bool
}

func (j *job) run(ctx context.Context, l *stack.Launcher, b *stack.Boot) (err error) {
	if j.skipped = j.hung.Load() >= maxHung; !j.skipped {
		if j.out, err = launch(ctx, l, b, j.start); err != nil {
			return err
		}
		if !j.out.Exited && !j.out.Listened {
			j.hung.Add(1)
		}
	}
	j.done = true
	return nil
}

func unit(sp spelling, k key) string    { return sp.String() + ": " + k.name }
func strongUnit(sp spelling) string     { return sp.String() + ": a strong key" }
func (r room) via(b *stack.Boot) string { return via(b, start{env: &r.value, key: r.key}) }

// controls starts a strong key in every spelling.
func controls(ctx context.Context, l *stack.Launcher, b *stack.Boot, all []spelling) ([]room, error) {
	rooms := make([]room, len(all))
	g, ctx := errgroup.WithContext(ctx)
	for i, sp := range all {
		rooms[i] = room{spelling: sp, key: strong(b), hung: &atomic.Int32{}}
		g.Go(func() error {
			r := &rooms[i]
			var err error
			if r.ran, err = launch(ctx, l, b, start{env: &sp.value, key: r.key, ready: true}); err != nil {
				return err
			}
			r.got = control(b, r.key, r.ran, nil)
			return nil
		})
	}
	return rooms, g.Wait()
}

// strong reports the control as a unit of its own: a sound key is not printed either.
func (r room) strong(rec *checks.Recorder, b *stack.Boot) {
	u := strongUnit(r.spelling)
	rec.Sight(u, "a strong key boots", r.via(b), evidence.Equals(boots), r.got)
	rec.Claim(u, "the output does not hold the key", r.via(b), evidence.Absent(), r.key.leaked(r.ran.Output))
	if r.ran.Escaped {
		rec.Blind(u, "the process is gone afterwards", r.via(b), "something still listens on "+r.ran.Addr+" after its process group was ended; to see this: start the application in the foreground in boot.command")
	}
}

// report says what one bad key led to.
func (j *job) report(rec *checks.Recorder, b *stack.Boot) {
	r, s, out := j.room, j.start, j.out
	u, how, got := unit(r.spelling, s.key), via(b, s), r.told(b, s, out)
	switch {
	case j.skipped:
		rec.Blind(u, "refuses to start", how, "not tried, since earlier starts in this environment sat out their time")
		return
	case s.occupied:
		r.taken(rec, b, s, out, got)
		return
	}
	if r.alias || s.key.advice {
		what := "refuses to start"
		if r.alias {
			what = "refuses to start under a name that is not declared"
			got = strings.Replace(got, withoutName(b), refused, 1) // naming it is the promise for declared names
		}
		rec.Advice(u, what, how, evidence.Equals(refused), got)
		return
	}
	rec.Sight(u, "a strong key boots in the same environment", r.via(b), evidence.Equals(boots), r.got)
	if r.got != boots && !out.Listened && got != refused {
		rec.Blind(u, "refuses to start", how, "it "+got+"; a strong key does not boot here either, so the key is not shown to be the reason; to see this: make boot.command boot with a strong key")
	} else {
		rec.Claim(u, "refuses to start", how, evidence.Equals(refused), got)
	}
	rec.Claim(u, "the output does not hold the key", how, evidence.Absent(), s.key.leaked(out.Output))
}

func withoutName(b *stack.Boot) string {
	return "exited non-zero before listening, without naming " + b.Key
}

// told puts into words what became of a process with a bad key.
func (r room) told(b *stack.Boot, s start, out stack.Launched) string {
	switch {
	case out.Listened:
		return fmt.Sprintf("listened after %s", out.After.Round(time.Millisecond))
	case !out.Exited && s.occupied:
		return fmt.Sprintf("still running after %s with its port taken", out.After.Round(time.Millisecond))
	case !out.Exited:
		return fmt.Sprintf("still running, not listening, after %s, where a strong key listened after %s", out.After.Round(time.Millisecond), r.ran.After.Round(time.Millisecond))
	case out.Signal != "" || out.Code == 0:
		return ended(out) + " before listening, saying: " + said(out.Output, s.key)
	case !names(b, out.Output):
		return withoutName(b) + ", saying: " + said(out.Output, s.key)
	}
	return refused
}

// taken reports a bad key that was given while we held the port: a process that
// listens first and looks at its key later fails on the port and shows itself.
func (r room) taken(rec *checks.Recorder, b *stack.Boot, s start, out stack.Launched, got string) {
	see := rec.Claim
	if strings.HasPrefix(got, withoutName(b)) && !speaksOfPort(out) {
		see = rec.Advice // it may have failed on anything; the free port has its own claim
	}
	see(unit(r.spelling, s.key), "looks at the key before it takes its port", via(b, s), evidence.Equals(refused), got)
}

func speaksOfPort(out stack.Launched) bool {
	text := strings.ToLower(out.Output)
	for _, w := range []string{"in use", "eaddrinuse", "bind", "listen", out.Addr} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
