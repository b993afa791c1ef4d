package api

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// This file holds every way in which a replica can be told to go wrong. A switch replaces one hook; the code that the
// hooks belong to knows nothing of it.

type switches map[string]bool

// SwitchNames returns every switch that a replica knows, sorted.
func SwitchNames() []string {
	names := []string{
		"rl-memory", "rl-not-atomic", "rl-key-per-token", "rl-fail-open", "rl-per-second", "rl-no-refill", "rl-get-only",
		"rl-exact-path", "rl-fixed-window", "rl-one-tier", "rl-low-tier-for-all", "rl-internal-header", "rl-retry-zero",
		"rl-shared-by-all", "rl-forwarded-for", "rl-off-replica-2", "rl-after-effects", "rl-query-key",
		"bk-no-check", "bk-unset-only", "bk-case-sensitive", "bk-production-only", "bk-exact-sentinel",
		"bk-default-development", "bk-no-length", "bk-zero-key", "bk-lazy", "bk-opt-in", "bk-prints-key",
		"bk-listens-first", "bk-exit-zero", "bk-unnamed",
		"tn-item-replica-2", "tn-list-all", "tn-org-header", "tn-audit-list-all", "tn-item-query", "tn-write-all",
		"au-deny-missing", "au-allow-missing", "au-missing-replica-2", "au-same-hash", "au-hash-of-action", "au-always-allow",
		"au-swallow",
	}
	names = append(names, blindSwitchNames()...)
	slices.Sort(names)
	return names
}

func known(name string) bool {
	_, ok := slices.BinarySearch(SwitchNames(), name)
	return ok
}

type hooks struct {
	bucket     func(ctx context.Context, key string, rpm int) (decision, error)
	bucketKey  func(*http.Request, principal) string
	limited    func(*http.Request) bool
	budget     func(principal) int
	retryAfter func(decision) string
	late       bool // the limiter runs after the handler
	path       func(string) string
	tenant     func(*http.Request, principal) principal
	record     func(context.Context, pgx.Tx, principal, entry) error
	item       func(*call, kind) ([]object, error)
	list       func(*call, kind, int) ([]object, error)
	write      func(context.Context, principal, func(pgx.Tx) error) error
}

func asGiven(path string) string { return path }

func ownTenant(_ *http.Request, p principal) principal { return p }

func (on switches) hooks(s *server, h hooks) hooks {
	second := strings.HasSuffix(s.cfg.Instance, "2")
	return on.blindHooks(s, second, on.auditHooks(second, on.tenantHooks(s, second, on.limitHooks(s, second, h))))
}

func (on switches) limitHooks(s *server, second bool, h hooks) hooks {
	if on["rl-memory"] {
		h.bucket = (&memory{buckets: map[string]memoryBucket{}}).take
	}
	if on["rl-not-atomic"] {
		h.bucket = s.takeInSteps
	}
	if on["rl-per-second"] {
		h.bucket = func(ctx context.Context, key string, rpm int) (decision, error) {
			return s.takeOver(ctx, key, rpm, time.Second)
		}
	}
	if on["rl-no-refill"] {
		h.bucket = func(ctx context.Context, key string, rpm int) (decision, error) {
			return s.takeOver(ctx, key, rpm, 1000*time.Hour)
		}
	}
	if on["rl-fixed-window"] {
		h.bucket = s.takeFromWindow
	}
	if on["rl-fail-open"] {
		take := h.bucket
		h.bucket = func(ctx context.Context, key string, rpm int) (decision, error) {
			d, err := take(ctx, key, rpm)
			if err != nil {
				return decision{allowed: true}, nil
			}
			return d, nil
		}
	}
	switch {
	case on["rl-key-per-token"]:
		h.bucketKey = func(_ *http.Request, p principal) string { return orgKey(nil, p) + ":" + p.actor }
	case on["rl-shared-by-all"]:
		h.bucketKey = func(*http.Request, principal) string { return "arx:limit:all" }
	case on["rl-forwarded-for"]:
		h.bucketKey = func(r *http.Request, p principal) string {
			return orgKey(nil, p) + ":" + r.Header.Get("X-Forwarded-For")
		}
	case on["rl-query-key"]:
		h.bucketKey = func(r *http.Request, p principal) string { return orgKey(nil, p) + ":" + r.URL.RequestURI() }
	}
	switch {
	case on["rl-get-only"]:
		h.limited = func(r *http.Request) bool { return r.Method == http.MethodGet }
	case on["rl-exact-path"]:
		h.path = func(p string) string { return path.Clean(strings.ToLower(p)) }
		h.limited = func(r *http.Request) bool {
			return slices.ContainsFunc(s.routes, func(rt route) bool { _, ok := pathID(rt.path, r.URL.Path); return ok })
		}
	case on["rl-internal-header"]:
		h.limited = func(r *http.Request) bool {
			return r.Header.Get("X-Internal") == "" && r.Header.Get("X-RateLimit-Bypass") == ""
		}
	case on["rl-off-replica-2"]:
		h.limited = func(*http.Request) bool { return !second }
	}
	switch {
	case on["rl-one-tier"]:
		h.budget = func(principal) int { return 600 }
	case on["rl-low-tier-for-all"]:
		h.budget = func(principal) int { return 60 }
	}
	if on["rl-retry-zero"] {
		h.retryAfter = func(decision) string { return "0" }
	}
	h.late = on["rl-after-effects"]
	return h
}

// takeInSteps reads, computes and writes in three commands, so that requests that meet overwrite one another.
func (s *server) takeInSteps(ctx context.Context, key string, rpm int) (decision, error) {
	held, err := s.redis.HMGet(ctx, key+":steps", "tokens", "at").Result()
	if err != nil {
		return decision{}, err
	}
	now := float64(time.Now().UnixMicro())
	tokens, at := float64(rpm), now
	if len(held) == 2 && held[0] != nil {
		if _, err := fmt.Sscan(fmt.Sprint(held[0], " ", held[1]), &tokens, &at); err != nil {
			return decision{}, err
		}
	}
	rate := float64(rpm) / float64(window.Microseconds())
	tokens = math.Min(float64(rpm), tokens+math.Max(0, now-at)*rate)
	d := decision{allowed: tokens >= 1}
	if d.allowed {
		tokens--
	} else {
		d.wait = time.Duration((1-tokens)/rate) * time.Microsecond
	}
	d.remaining = int(tokens)
	if err := s.redis.HSet(ctx, key+":steps", "tokens", tokens, "at", int64(now)).Err(); err != nil {
		return decision{}, err
	}
	return d, s.redis.Expire(ctx, key+":steps", window).Err()
}

// takeFromWindow counts in windows that begin on the minute.
func (s *server) takeFromWindow(ctx context.Context, key string, rpm int) (decision, error) {
	now := time.Now()
	begin := now.Truncate(window)
	name := fmt.Sprintf("%s:%d", key, begin.Unix())
	n, err := s.redis.Incr(ctx, name).Result()
	if err != nil {
		return decision{}, err
	}
	if err := s.redis.Expire(ctx, name, window).Err(); err != nil {
		return decision{}, err
	}
	return decision{allowed: n <= int64(rpm), remaining: int(math.Max(0, float64(int64(rpm)-n))), wait: begin.Add(window).Sub(now)}, nil
}

// memory is a bucket that lives in this replica alone.
type memory struct {
	mu      sync.Mutex
	buckets map[string]memoryBucket
}

type memoryBucket struct {
	tokens float64
	at     time.Time
}

func (m *memory) take(_ context.Context, key string, rpm int) (decision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	b, ok := m.buckets[key]
	if !ok {
		b = memoryBucket{float64(rpm), now}
	}
	rate := float64(rpm) / window.Seconds()
	b.tokens = math.Min(float64(rpm), b.tokens+now.Sub(b.at).Seconds()*rate)
	b.at = now
	d := decision{allowed: b.tokens >= 1}
	if d.allowed {
		b.tokens--
	} else {
		d.wait = time.Duration((1 - b.tokens) / rate * float64(time.Second))
	}
	d.remaining = int(b.tokens)
	m.buckets[key] = b
	return d, nil
}
