package api

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// This file holds the switches that were written without knowledge of the checks; those of the limiter are beside it.

func blindSwitchNames() []string {
	return []string{
		"tn-item-cache", "au-role-deny-missing", "au-sampled",
		"bk-whitespace", "bk-truncates", "bk-prints-part", "bk-stdout", "bk-waits", "bk-no-trim", "bk-opt-in-staging",
		"rl-key-per-method", "rl-key-per-plan", "rl-expires-early", "rl-rounds", "rl-soft-for-highest", "rl-watch-open",
		"rl-replica-clock",
	}
}

func (on switches) blindHooks(s *server, second bool, h hooks) hooks {
	if on["tn-item-cache"] {
		h.item = (&itemCache{rows: map[string]cachedItem{}}).in(h.item)
	}
	healthy := h.record
	switch {
	case on["au-role-deny-missing"]:
		h.record = func(ctx context.Context, tx pgx.Tx, p principal, e entry) error {
			if refusedByRole(e) {
				return nil
			}
			return healthy(ctx, tx, p, e)
		}
	case on["au-sampled"]:
		var seen atomic.Int64
		h.record = func(ctx context.Context, tx pgx.Tx, p principal, e entry) error {
			if e.verdict == "allow" && seen.Add(1)%2 == 0 {
				return nil
			}
			return healthy(ctx, tx, p, e)
		}
	}
	return on.blindLimitHooks(s, second, h)
}

// refusedByRole tells a role's refusal from a policy's.
func refusedByRole(e entry) bool {
	body, _ := e.output.(object)
	inner, _ := body["error"].(object)
	return inner["code"] == "forbidden"
}

// itemCache remembers objects by kind and id, and forgets to ask whose they are.
type itemCache struct {
	mu   sync.Mutex
	rows map[string]cachedItem
}

type cachedItem struct {
	found []object
	until time.Time
}

func (c *itemCache) in(read func(*call, kind) ([]object, error)) func(*call, kind) ([]object, error) {
	return func(asked *call, k kind) ([]object, error) {
		name := k.name + "/" + asked.id
		c.mu.Lock()
		held, ok := c.rows[name]
		c.mu.Unlock()
		if ok && time.Now().Before(held.until) {
			return held.found, nil
		}
		found, err := read(asked, k)
		if err != nil || len(found) != 1 {
			return found, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.rows[name] = cachedItem{found, time.Now().Add(30 * time.Second)}
		return found, nil
	}
}

// blindBoot replaces the boot check in part.
func (on switches) blindBoot(rules bootRules, env func(string) string) bootRules {
	healthy := rules.key
	switch {
	case on["bk-whitespace"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if raw != "" && strings.TrimSpace(raw) == "" {
				return make([]byte, 32), nil
			}
			return healthy(environment, raw)
		}
	case on["bk-truncates"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if !isSentinel(raw) {
				for _, b := range append(decodings(unquote(raw)), []byte(raw)) {
					if len(b) > 32 && distinct(b) >= 8 {
						return b[:32], nil
					}
				}
			}
			return healthy(environment, raw)
		}
	case on["bk-opt-in-staging"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if environment == "staging" && raw == "" && strings.EqualFold(env("ARXSEC_ALLOW_DEV_KEY"), "true") {
				return []byte(Sentinel), nil
			}
			return healthy(environment, raw)
		}
	case on["bk-no-trim"]:
		rules.environment = func(raw string) (string, error) {
			if raw != strings.TrimSpace(raw) {
				return "development", nil
			}
			return Environment(raw)
		}
	}
	return rules
}

// blindRefuse changes how a process that must not boot ends; false means that it ends as it should.
func (on switches) blindRefuse(err error, env func(string) string, out io.Writer) (error, bool) {
	key := env(EnvKey)
	switch {
	case on["bk-prints-part"]:
		return fmt.Errorf("%w (it begins with %q)", err, key[:len(key)*2/3]), true
	case on["bk-stdout"]:
		fmt.Fprintf(out, "configuration: %s=%s %s=%s\n", EnvEnvironment, env(EnvEnvironment), EnvKey, key)
		return err, true
	case on["bk-waits"] && key == "":
		// The operator is to set the key meanwhile; nobody can, since an environment is fixed when a process starts.
		fmt.Fprintf(out, "%v; waiting for it\n", err)
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
		defer stop()
		<-ctx.Done()
		return err, true
	}
	return nil, false
}
