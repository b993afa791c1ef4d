package bootkey_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/bootkey"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// door returns a stack whose boot door starts this test binary with traits.
func door(t *testing.T, traits string, change ...func(*stack.Config)) *stack.Stack {
	t.Helper()
	c := &stack.Config{Version: 1, Name: "acme", Kind: "vendor", Environment: stack.Disposable, Boot: &stack.Boot{
		Command: []string{os.Args[0]}, Env: map[string]stack.Secret{"TARGET": stack.NewSecret("plain," + traits), "ACME_ADDR": stack.NewSecret("{listen}")},
		Listen: "ACME_ADDR", Ready: "/ready", Key: "ACME_MASTER_KEY", KeyBytes: 32, Encoding: "base64", Sentinel: stack.NewSecret(sentinel),
		Environment: "ACME_STAGE_NAME", Environments: map[string][]string{"production": {"production"}, "staging": {"staging"}},
		OptIn: []string{"ACME_ALLOW_DEV_KEY"}, Timeout: 10 * time.Second,
	}}
	for _, f := range change {
		f(c)
	}
	return stack.Open(c, stack.Options{AllowExec: true})
}

func look(t *testing.T, c *checks.Check, st *stack.Stack) evidence.Evidence {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), c.Timeout)
	defer cancel()
	rec := checks.NewRecorder(st.Scrub)
	e := rec.Judged(c.Doc(), c.Run(ctx, st, rec))
	for _, o := range e.Observations {
		for _, text := range []string{o.Unit, o.Via, o.Got, o.Blind} {
			if strings.Contains(text, sentinel) {
				t.Errorf("an observation holds the key: %+v", o)
			}
		}
	}
	return e
}

func want(t *testing.T, e evidence.Evidence, outcome evidence.Outcome, words ...string) {
	t.Helper()
	if e.Outcome != outcome {
		t.Fatalf("outcome %s, want %s: %s", e.Outcome, outcome, e.Reason)
	}
	for _, w := range words {
		if !strings.Contains(e.Reason, w) {
			t.Errorf("reason does not say %q: %s", w, e.Reason)
		}
	}
}

func TestDocumentationIsComplete(t *testing.T) {
	if err := checks.Validate(bootkey.All()); err != nil {
		t.Fatal(err)
	}
}

func TestRefusal(t *testing.T) {
	hex := func(c *stack.Config) { c.Boot.Encoding = "hex" }
	for i, tc := range []struct {
		traits  string
		outcome evidence.Outcome
		reason  string
		change  func(*stack.Config)
	}{
		{"", evidence.Pass, "", nil},
		{"no-check", evidence.Fail, "listened after", nil},          // BK-01
		{"unset-only", evidence.Fail, "listened after", nil},        // BK-02
		{"case-sensitive-env", evidence.Fail, "PRODUCTION", nil},    // BK-04
		{"production-only", evidence.Fail, "staging", nil},          // BK-05
		{"exact-sentinel", evidence.Fail, "listened after", nil},    // BK-07
		{"case-sentinel-ok,raw", evidence.Fail, "upper case", nil},  // BK-07
		{"newline-ok", evidence.Fail, "newline", nil},               // BK-07
		{"quotes-ok", evidence.Fail, "quotes", nil},                 // BK-07
		{"encoded-sentinel-ok", evidence.Fail, "in base64", nil},    // BK-07
		{"hex-sentinel-ok", evidence.Fail, "in hex", nil},           // BK-07
		{"sentinel-ok", evidence.Fail, "development sentinel", nil}, // BK-02
		{"blank-ok", evidence.Fail, "blanks", nil},                  // BK-01
		{"no-length", evidence.Fail, "a key of 16 bytes", nil},      // BK-10
		{"short-ok", evidence.Fail, "a key of 16 bytes", nil},       // BK-10
		{"long-ok", evidence.Fail, "a key of 33 bytes", nil},        // BK-10
		{"undecodable-ok", evidence.Fail, "does not decode", nil},   // BK-10
		{"degenerate-ok", evidence.Warn, "zero bytes", nil},         // BK-10
		{"lazy", evidence.Fail, "listened after", nil},              // BK-11
		{"listens-first", evidence.Fail, "listened after", nil},     // BK-11
		{"binds-first", evidence.Fail, "", nil},                     // BK-11
		{"warns-only", evidence.Fail, "listened after", nil},
		{"exit-zero", evidence.Fail, "exited 0", nil},
		{"nameless", evidence.Fail, "without naming ACME_MASTER_KEY", nil},
		{"panics", evidence.Fail, "without naming ACME_MASTER_KEY", nil},
		{"prints-key", evidence.Fail, "does not hold the key", nil},
		{"prints-hex", evidence.Fail, "in hex", nil},
		{"prints-bytes", evidence.Fail, "as numbers", nil},
		{"unset-env-is-dev", evidence.Pass, "", nil}, // BK-08 is another check's
		// Not able to see: a crash for another reason is no refusal.
		{"needs-database", evidence.Inconclusive, "a strong key does not boot", nil},
		{"", evidence.Inconclusive, "a strong key boots", func(c *stack.Config) {
			c.Boot.Listen, c.Boot.Env["ACME_ADDR"] = "OTHER", stack.NewSecret("127.0.0.1:0")
		}},
		{"", evidence.Inconclusive, "boot.sentinel", func(c *stack.Config) { c.Boot.Sentinel = stack.Secret{} }},
		{"", evidence.Inconclusive, "production allows", func(c *stack.Config) { c.Environment = stack.Production }},
		{"", evidence.Inconclusive, "boot.command", func(c *stack.Config) { c.Boot.Command = []string{"/nonexistent/application"} }},
		// Legitimate variants.
		{"stdout-json", evidence.Pass, "", nil},
		{"raw", evidence.Pass, "", nil},
		{"wrapper", evidence.Pass, "", nil},
		{"unknown-env-is-strict", evidence.Pass, "", nil},
		{"unknown-env-refused", evidence.Pass, "", nil},
		{"", evidence.Pass, "", hex},
		{"raw", evidence.Pass, "", func(c *stack.Config) { c.Boot.Encoding = "raw" }},
		{"", evidence.Pass, "", func(c *stack.Config) { c.Boot.Encoding = "base64url" }},
		{"keyring", evidence.Pass, "", func(c *stack.Config) { c.Boot.KeyFormat = "v1:{key}" }},
		{"", evidence.Pass, "", func(c *stack.Config) {
			delete(c.Boot.Env, "ACME_ADDR")
			c.Boot.Listen = "UNUSED"
			c.Boot.Env["PORT"] = stack.NewSecret("{port}")
		}},
		{"", evidence.Pass, "", func(c *stack.Config) {
			c.Boot.Environments = map[string][]string{"production": {" PRODUCTION ", "prod"}}
		}},
	} {
		if testing.Short() && i%6 != 0 {
			continue // each launches some hundred processes; make soak tries all of them
		}
		t.Run(tc.traits+" "+string(tc.outcome)+" "+tc.reason, func(t *testing.T) {
			t.Parallel()
			change := func(c *stack.Config) {
				c.Boot.Timeout = 4 * time.Second
				if tc.reason != "staging" && tc.traits != "" { // one environment is enough to see the rest
					c.Boot.Environments = map[string][]string{"production": {"production"}}
				}
				if tc.change != nil {
					tc.change(c)
				}
			}
			e := look(t, bootkey.Refusal, door(t, tc.traits, change))
			if tc.outcome == evidence.Pass && e.Outcome == evidence.Warn && strings.Contains(e.Reason, "a name that is not declared") {
				return // the target does not know every alias: worth saying, not a flag
			}
			want(t, e, tc.outcome, tc.reason)
		})
	}
}

func TestAProcessThatSitsOutItsTimeFails(t *testing.T) {
	t.Parallel()
	e := look(t, bootkey.Refusal, door(t, "hangs", func(c *stack.Config) { c.Boot.Timeout = time.Second }))
	want(t, e, evidence.Fail, "still running")
}

func TestDefaultEnvironment(t *testing.T) {
	t.Parallel()
	want(t, look(t, bootkey.DefaultEnvironment, door(t, "unknown-env-is-strict")), evidence.Pass)
	want(t, look(t, bootkey.DefaultEnvironment, door(t, "unknown-env-refused")), evidence.Pass)
	want(t, look(t, bootkey.DefaultEnvironment, door(t, "unknown-env-is-strict,unset-env-is-dev")), evidence.Warn, "no environment name") // BK-08
	want(t, look(t, bootkey.DefaultEnvironment, door(t, "")), evidence.Warn)
	want(t, look(t, bootkey.DefaultEnvironment, door(t, "needs-database")), evidence.Inconclusive)
}

func TestOptIn(t *testing.T) {
	t.Parallel()
	want(t, look(t, bootkey.OptIn, door(t, "")), evidence.Pass)
	want(t, look(t, bootkey.OptIn, door(t, "optin")), evidence.Fail, "ACME_ALLOW_DEV_KEY") // BK-13
	want(t, look(t, bootkey.OptIn, door(t, "optin-one")), evidence.Fail, "SKIP_KEY_CHECK=1")
	want(t, look(t, bootkey.OptIn, door(t, "optin-crash")), evidence.Fail, "UNSAFE=yes")
	want(t, look(t, bootkey.OptIn, door(t, "node-env")), evidence.Fail, "NODE_ENV=development")
	want(t, look(t, bootkey.OptIn, door(t, "needs-database")), evidence.Inconclusive)
}

// TestNothingIsTriedOneByOneWhereNothingBoots: an application that takes seconds to start would be at it for an hour.
func TestNothingIsTriedOneByOneWhereNothingBoots(t *testing.T) {
	t.Parallel()
	starts := filepath.Join(t.TempDir(), "starts")
	count := func(c *stack.Config) { c.Boot.Env["TARGET_STARTS"] = stack.NewSecret(starts) }
	want(t, look(t, bootkey.OptIn, door(t, "needs-database", count)), evidence.Inconclusive)
	b, err := os.ReadFile(starts)
	if err != nil || len(b) < 2 || len(b) > 100 {
		t.Errorf("%d starts (%v), expected some for each environment, and none for each flag", len(b), err)
	}
}
