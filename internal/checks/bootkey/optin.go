package bootkey

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// OptIn is the check that no further variable brings the development key back.
var OptIn = &checks.Check{
	ID:      "bootkey.optin",
	Version: 1,
	Title:   "No flag brings the development key back in staging or production",
	Proves: "In staging and production, with no key and with the development key, a fresh process was started with each declared opt-in variable, " +
		"with a bundle of the names that applications commonly use for this (allow, insecure, debug, skip, test), bare and with this application's own prefix, " +
		"and with the other variables that name an environment saying development. None of them came up.",
	DoesNotProve: "Anything about a flag whose name is neither declared nor in the bundle, or one that is a command-line argument or a line in a configuration file.",
	Fix: "Remove the override, or compile it out of release builds. If developers need it, tie it to the development environment: the check of the key must " +
		"look at the environment's name alone.",
	Doors:     []stack.Door{stack.DoorBoot},
	Effects:   checks.LaunchesProcess,
	Reproduce: `arxctl check --only bootkey.optin -c "$ARXCTL_CONFIG"`,
	POC:       "§4",
	Timeout:   4 * time.Minute,
	Run:       optIn,
}

// values are how flags are commonly switched on.
func values() []string { return []string{"true", "1", "yes"} }

// flagNames are stems of common opt-ins; each is tried bare and with the
// application's prefix.
func flagNames() []string {
	return []string{
		"ALLOW_DEV_KEY", "ALLOW_DEV_KEYS", "ALLOW_DEVELOPMENT_KEY", "ALLOW_DEFAULT_KEY", "ALLOW_INSECURE", "ALLOW_INSECURE_KEY", "ALLOW_WEAK_KEY",
		"ALLOW_SENTINEL", "ALLOW_SENTINEL_KEY", "ALLOW_UNSAFE", "ALLOW_EMPTY_KEY", "ALLOW_MISSING_KEY", "INSECURE", "INSECURE_KEY", "INSECURE_MODE",
		"UNSAFE", "DEV", "DEV_MODE", "DEVELOPMENT", "DEBUG", "DEMO", "DEMO_MODE", "TEST", "TESTING", "TEST_MODE", "LOCAL", "CI", "SKIP_KEY_CHECK",
		"SKIP_KEY_VALIDATION", "SKIP_ENCRYPTION_CHECK", "SKIP_VALIDATION", "SKIP_CHECKS", "DISABLE_KEY_CHECK", "DISABLE_ENCRYPTION", "NO_KEY_CHECK",
		"NO_ENCRYPTION", "IGNORE_KEY_CHECK", "USE_DEV_KEY", "USE_DEFAULT_KEY", "FORCE_START",
	}
}

// bundle is one set of variables that is tried at once.
type bundle struct {
	name string
	set  map[string]string
}

// bundles returns the undeclared variables to try: the common flags at once for
// each way of switching them on, and the usual names of an environment.
func bundles(b *stack.Boot) []bundle {
	var prefix string
	if head, _, ok := strings.Cut(b.Key, "_"); ok {
		prefix = head + "_"
	}
	var list []bundle
	for _, v := range values() {
		set := map[string]string{}
		for _, n := range flagNames() {
			set[n], set[prefix+n] = v, v
		}
		for _, suffix := range []string{"_OPTIONAL", "_ALLOW_DEV", "_ALLOW_SENTINEL", "_ALLOW_INSECURE", "_CHECK_DISABLED", "_SKIP_CHECK"} {
			set[b.Key+suffix] = v
		}
		list = append(list, bundle{"all common flags at " + v, set})
	}
	set := map[string]string{}
	for _, n := range []string{"ENV", "ENVIRONMENT", "APP_ENV", "NODE_ENV", "GO_ENV", "RAILS_ENV", "RACK_ENV", "DJANGO_ENV", "FLASK_ENV", "ASPNETCORE_ENVIRONMENT", "STAGE", "PROFILE", "MODE"} {
		set[n], set[prefix+n] = "development", "development"
	}
	list = append(list, bundle{"every other environment name at development", set})
	for i := range list {
		// These are the judged process's own: changing them changes the question.
		for _, own := range append([]string{b.Environment, b.Key, b.Listen}, slices.Collect(maps.Keys(b.Env))...) {
			delete(list[i].set, own)
		}
	}
	return list
}

func optIn(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	l, err := st.Launcher()
	if err != nil {
		return err
	}
	b := st.Boot
	var tries []bundle
	for _, f := range b.OptIn {
		for _, v := range values() {
			tries = append(tries, bundle{f + "=" + v, map[string]string{f: v}})
		}
	}
	tries = append(tries, bundles(b)...)
	environments := firsts(b)
	for _, sp := range environments {
		for _, t := range tries {
			rec.Population("flags in an environment", sp.String()+" with "+t.name)
		}
	}
	if ok, why := st.MayExec(); !ok {
		rec.Blind(environments[0].String()+" with "+tries[0].name, "whether it brings the development key back", via(b, start{env: &environments[0].value, key: core(b)[0], more: tries[0].set}), why)
		return nil
	}
	rooms, err := controls(ctx, l, b, environments)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, r := range rooms {
		for _, t := range tries {
			g.Go(func() error { return r.flagged(ctx, l, b, rec, t) })
		}
	}
	return g.Wait()
}

// flagged tries one bundle with each of the core keys. Where it comes up, the
// flags are tried one by one to name the one that did it; where a bundle dies
// without a word about the key, one by one as well, since one flag may have
// broken the start that another would have opened. Where not even a strong key
// boots, that would be some thousand starts which show nothing.
func (r room) flagged(ctx context.Context, l *stack.Launcher, b *stack.Boot, rec *checks.Recorder, t bundle) error {
	u := r.String() + " with " + t.name
	rec.Sight(u, "a strong key boots in the same environment", r.via(b), evidence.Equals(boots), r.got)
	for _, k := range core(b) {
		s := start{env: &r.value, key: k, more: t.set, limit: patience(b, r.ran.After)}
		out, err := launch(ctx, l, b, s)
		if err != nil {
			return err
		}
		got := down(out)
		if len(t.set) > 1 && (got != stayedDown || r.got == boots && !names(b, out.Output)) {
			culprits, err := r.oneByOne(ctx, l, b, t, k)
			if err != nil {
				return err
			}
			if len(culprits) > 0 {
				got = "came up with " + strings.Join(culprits, ", ")
			}
		}
		how := via(b, s)
		if len(t.set) > 1 {
			how = via(b, start{env: s.env, key: k}) + " with " + strings.Join(slices.Sorted(maps.Keys(t.set)), ", ")
		}
		if !out.Listened && !out.Exited && !strings.HasPrefix(got, "came up") {
			rec.Blind(u, "does not come up with "+k.name, how, "it was "+got+": a flag may make it wait for something; to see this: start it by hand with these variables")
			continue
		}
		rec.Claim(u, "does not come up with "+k.name, how, evidence.Equals(stayedDown), got)
	}
	return nil
}

func (r room) oneByOne(ctx context.Context, l *stack.Launcher, b *stack.Boot, t bundle, k key) ([]string, error) {
	var culprits []string
	for _, name := range slices.Sorted(maps.Keys(t.set)) {
		out, err := launch(ctx, l, b, start{env: &r.value, key: k, more: map[string]string{name: t.set[name]}, limit: patience(b, r.ran.After)})
		if err != nil {
			return nil, err
		}
		if out.Listened {
			culprits = append(culprits, name+"="+t.set[name])
			break // one is enough to name; the next run finds the next
		}
	}
	return culprits, nil
}
