package ratelimit_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/arxsec/arxctl/internal/poc/redis"
)

// store is the Redis that all services of these tests share, each under a prefix of its own.
var store *redis.Server

func TestMain(m *testing.M) {
	s, err := redis.Start(context.Background(), redis.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	store = s
	goredis.SetLogger(silent{}) // a dead Redis is meant
	flag.Parse()
	flag.Set("test.parallel", "5") // these tests mostly wait for budgets to come back
	code := m.Run()
	if err := s.Kill(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// service is an API of another make than the reference stack: two replicas, a
// token bucket in Redis, and traits: one defect, or a legitimate difference.
type service struct {
	traits []string
	redis  *goredis.Client
	prefix string
	mu     sync.Mutex
	rows   map[string][]row // by organisation
	local  [2]map[string]*bucket
	next   int
}

type row struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

type bucket struct {
	tokens float64
	at     time.Time
}

func (s *service) is(trait string) bool { return slices.Contains(s.traits, trait) }

const script = `
local t = redis.call('TIME') local now = t[1] * 1000000 + t[2] + tonumber(ARGV[3])
local cap, per = tonumber(ARGV[1]), tonumber(ARGV[2])
local h = redis.call('HMGET', KEYS[1], 'n', 'at')
local n, at = tonumber(h[1]) or cap, tonumber(h[2]) or now - tonumber(ARGV[3])
local back = (now - at) / per
if ARGV[5] == '1' then back = math.floor(back + 0.5) end
if now > at then n = math.min(cap, n + back) else now = at end
local ok = 0
if n >= 1 then n = n - 1 ok = 1 end
redis.call('HSET', KEYS[1], 'n', string.format('%.6f', n), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {ok, math.floor(n), math.ceil(math.max(0, 1 - n) * per / 1000000)}`

// take draws one request; it returns whether it may go on, what remains and when to come back.
func (s *service) take(ctx context.Context, replica int, key string, rpm int) (ok bool, left, wait int, err error) {
	capacity := rpm
	if s.is("burst") {
		capacity = rpm * 3 / 2
	}
	every := 60e6 / float64(rpm) // microseconds a token
	switch {
	case s.is("per-second"):
		every /= 60
	case s.is("double-rate"):
		every /= 2
	case s.is("half-rate"):
		every *= 2
	case s.is("quarter-rate"):
		every *= 4
	case s.is("no-refill"):
		every *= 1e6
	}
	skew := 0
	if s.is("clock-skew") && replica == 1 {
		skew = -30_000_000
	}
	switch {
	case s.is("memory"):
		return s.takeLocal(replica, key, capacity, every)
	case s.is("not-atomic"):
		return s.takeInSteps(ctx, key, capacity, every)
	case s.is("fixed-window"):
		begin := time.Now().Truncate(time.Minute)
		n, err := s.redis.Incr(ctx, fmt.Sprintf("%s:%d", key, begin.Unix())).Result()
		return n <= int64(rpm), max(0, rpm-int(n)), int(math.Ceil(time.Until(begin.Add(time.Minute)).Seconds())), err
	}
	ttl, round := 120_000, 0
	if s.is("forgets") {
		ttl = 1500
	}
	if s.is("rounds-up") {
		round = 1
	}
	got, err := s.redis.Eval(ctx, script, []string{key}, capacity, every, skew, ttl, round).Int64Slice()
	if err != nil {
		return false, 0, 0, err
	}
	return got[0] == 1, int(got[1]), int(got[2]), nil
}

func (s *service) takeLocal(replica int, key string, capacity int, every float64) (bool, int, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.local[replica][key]
	if b == nil {
		b = &bucket{float64(capacity), time.Now()}
		s.local[replica][key] = b
	}
	b.tokens = math.Min(float64(capacity), b.tokens+float64(time.Since(b.at).Microseconds())/every)
	b.at = time.Now()
	if b.tokens < 1 {
		return false, 0, 1, nil
	}
	b.tokens--
	return true, int(b.tokens), 0, nil
}

func (s *service) takeInSteps(ctx context.Context, key string, capacity int, _ float64) (bool, int, int, error) {
	n, err := s.redis.Get(ctx, key).Int()
	if err == goredis.Nil {
		n, err = capacity, nil
	}
	if err != nil || n < 1 {
		return false, 0, 1, err
	}
	return true, n - 1, 0, s.redis.Set(ctx, key, n-1, time.Minute).Err()
}

func (s *service) limited(replica int, r *http.Request) bool {
	switch {
	case s.is("off-replica-2") && replica == 1, s.is("get-only") && r.Method != http.MethodGet, s.is("head-free") && r.Method == http.MethodHead,
		s.is("delete-free") && r.Method == http.MethodDelete, s.is("exact-path") && r.URL.Path != "/api/things",
		s.is("internal-header") && r.Header.Get("X-Internal") == "1", s.is("own-header") && r.Header.Get("X-Acme-Batch") != "",
		s.is("probe-agent") && strings.HasPrefix(r.UserAgent(), "kube-probe"), s.is("write-free-replica-2") && replica == 1 && r.Method == http.MethodPost:
		return false
	}
	return true
}

func (s *service) key(org, token string, r *http.Request) string {
	k := s.prefix + org
	switch {
	case s.is("key-per-token"):
		k += token
	case s.is("shared-by-all"):
		k = s.prefix
	case s.is("forwarded-for"):
		k += r.Header.Get("X-Forwarded-For")
	case s.is("query-key"):
		k += r.URL.RawQuery
	case s.is("agent-key"):
		k += r.UserAgent()
	case s.is("method-key"):
		k += r.Method
	}
	return k
}

// handler serves one replica. Tokens are org:plan:key.
func (s *service) handler(replica int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" { // exempt, as it should be
			fmt.Fprint(w, "ok")
			return
		}
		if s.is("far") {
			time.Sleep(130 * time.Millisecond) // the trait itself: a token of 600 a minute comes back sooner
		}
		if s.is("in-heaps") {
			time.Sleep(time.Until(time.Now().Truncate(100 * time.Millisecond).Add(100 * time.Millisecond))) // the trait itself: requests are let in together
		}
		part := strings.Split(r.Header.Get("X-Token"), ":")
		if len(part) != 3 {
			http.Error(w, `{"detail":"who are you"}`, http.StatusUnauthorized)
			return
		}
		rpm, _ := strconv.Atoi(part[1])
		switch {
		case s.is("one-tier"):
			rpm = 240
		case s.is("lowest-for-all"):
			rpm = 60
		}
		if s.limited(replica, r) {
			ok, left, wait, err := s.take(r.Context(), replica, s.key(part[0], part[2], r), rpm)
			if err != nil && !s.is("fail-open") {
				http.Error(w, `{"errors":[{"title":"limiter away"}]}`, http.StatusServiceUnavailable)
				return
			}
			s.head(w.Header(), rpm, left, wait, ok)
			if !ok && err == nil {
				if s.is("after-effects") {
					s.serve(httptest.NewRecorder(), r, part[0])
				}
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(http.StatusTooManyRequests)
				fmt.Fprint(w, `{"title":"zu viele Anfragen"}`)
				return
			}
		}
		if s.is("twice") && r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			s.serve(httptest.NewRecorder(), r, part[0])
			r.Body = io.NopCloser(strings.NewReader(string(body)))
		}
		s.serve(w, r, part[0])
	})
}

func (s *service) head(h http.Header, rpm, left, wait int, ok bool) {
	switch {
	case s.is("no-headers"):
	case s.is("draft-headers"):
		h.Set("RateLimit-Policy", fmt.Sprintf(`"default";q=%d;w=60`, rpm))
		h.Set("RateLimit", fmt.Sprintf(`"default";r=%d;t=%d`, left, wait))
	default:
		h.Set("X-RateLimit-Limit", strconv.Itoa(rpm))
		h.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	}
	switch {
	case ok, s.is("no-retry-after"):
	case s.is("retry-zero"):
		h.Set("Retry-After", "0")
	case s.is("retry-negative"):
		h.Set("Retry-After", "-5")
	case s.is("retry-epoch"):
		h.Set("Retry-After", strconv.FormatInt(time.Now().Unix()+1, 10))
	case s.is("retry-date"):
		h.Set("Retry-After", time.Now().Add(time.Duration(wait)*time.Second).UTC().Format(http.TimeFormat))
	default:
		h.Set("Retry-After", strconv.Itoa(wait))
	}
}
