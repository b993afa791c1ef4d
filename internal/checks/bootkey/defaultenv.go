package bootkey

import (
	"context"
	"fmt"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// DefaultEnvironment is the check that a forgotten environment name does not
// mean development.
var DefaultEnvironment = &checks.Check{
	ID:      "bootkey.default-environment",
	Version: 1,
	Title:   "A process that was not told its environment does not fall back to development keys",
	Proves: "A fresh process was started without the variable that names the environment, with it empty, and with it blank, each time " +
		"without a key and with the development key. It did not come up, so a forgotten variable in a release does not quietly run on a key that everyone knows.",
	DoesNotProve: "How the deployed manifests set the variable. The promise is about staging and production by name, so a process that does come " +
		"up here weakens the answer and does not refute it.",
	Fix:       "Treat an absent, empty or unknown environment name as production when checking the key, or refuse to start without one.",
	Doors:     []stack.Door{stack.DoorBoot},
	Effects:   checks.LaunchesProcess,
	Reproduce: `arxctl check --only bootkey.default-environment -c "$ARXCTL_CONFIG"`,
	POC:       "§4",
	Timeout:   2 * time.Minute,
	Run:       defaultEnvironment,
}

func defaultEnvironment(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	l, err := st.Launcher()
	if err != nil {
		return err
	}
	empty, blank := "", "  "
	cases := []struct {
		name string
		env  *string
	}{{"no environment name", nil}, {"an empty environment name", &empty}, {"a blank environment name", &blank}}
	for _, c := range cases {
		for _, k := range core(st.Boot) {
			rec.Population("starts without an environment name", c.name+": "+k.name)
		}
	}
	first := firsts(st.Boot)
	if len(first) == 0 {
		return fmt.Errorf("boot.environments: expected at least one name of production or staging")
	}
	if ok, why := st.MayExec(); !ok {
		rec.Blind(cases[0].name+": unset", "whether it comes up", via(st.Boot, start{key: core(st.Boot)[0]}), why)
		return nil
	}
	// The control is a named environment: without a name, refusing a strong key is sound too.
	rooms, err := controls(ctx, l, st.Boot, first[:1])
	if err != nil {
		return err
	}
	r := rooms[0]
	for _, c := range cases {
		for _, k := range core(st.Boot) {
			s := start{env: c.env, key: k, limit: patience(st.Boot, r.ran.After)}
			out, err := launch(ctx, l, st.Boot, s)
			if err != nil {
				return err
			}
			u, how := c.name+": "+k.name, via(st.Boot, s)
			rec.Sight(u, "a strong key boots in "+r.String(), r.via(st.Boot), evidence.Equals(boots), r.got)
			rec.Claim(u, "the output does not hold the key", how, evidence.Absent(), k.leaked(out.Output))
			rec.Advice(u, "does not come up", how, evidence.Equals(stayedDown), down(out))
		}
	}
	return nil
}

// stayedDown is what a start must come to where only coming up is the harm.
const stayedDown = "exited non-zero before listening"

// down puts into words whether a process came up.
func down(out stack.Launched) string {
	switch {
	case out.Listened:
		return fmt.Sprintf("listened after %s", out.After.Round(time.Millisecond))
	case !out.Exited:
		return fmt.Sprintf("still running, not listening, after %s", out.After.Round(time.Millisecond))
	case out.Signal == "" && out.Code != 0:
		return stayedDown
	}
	return ended(out) + " before listening"
}
