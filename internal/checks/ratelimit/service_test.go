package ratelimit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/arxsec/arxctl/internal/poc/redis"
	"github.com/arxsec/arxctl/internal/stack"
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
local n, at = tonumber(h[1]) or cap, tonumber(h[2]) or now
if now > at then n = math.min(cap, n + (now - at) / per) else now = at end
local ok = 0
if n >= 1 then n = n - 1 ok = 1 end
redis.call('HSET', KEYS[1], 'n', string.format('%.6f', n), 'at', string.format('%.0f', now))
redis.call('EXPIRE', KEYS[1], 120)
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
	got, err := s.redis.Eval(ctx, script, []string{key}, capacity, every, skew).Int64Slice()
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
		var after func()
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
			for range 2 {
				r.Body = io.NopCloser(strings.NewReader(string(body)))
				after = func() { s.serve(w, r, part[0]) }
				if s.next%2 == 0 {
					s.serve(httptest.NewRecorder(), r, part[0])
				}
			}
		}
		if after != nil {
			after()
			return
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

func (s *service) serve(w http.ResponseWriter, r *http.Request, org string) {
	path := r.URL.Path
	if s.is("lenient-router") || s.is("exact-path") {
		path = strings.TrimRight(strings.ToLower(strings.ReplaceAll(path, "//", "/")), "/")
	}
	id, isItem := strings.CutPrefix(path, "/api/things/")
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case path == "/api/things" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		list := slices.Clone(s.rows[org])
		slices.Reverse(list)
		if s.is("paged") && len(list) > 2 {
			list = list[:2]
		}
		if s.is("opaque-list") {
			for i := range list {
				list[i].Label = ""
			}
		}
		json.NewEncoder(w).Encode(map[string]any{"meta": map[string]any{"n": len(list)}, "data": list})
	case path == "/api/things" && r.Method == http.MethodPost:
		var in row
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.Label == "" {
			http.Error(w, `{"message":"label?"}`, http.StatusUnprocessableEntity)
			return
		}
		s.next++
		in.ID = strconv.Itoa(s.next)
		s.rows[org] = append(s.rows[org], in)
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(map[string]any{"data": in})
	case isItem && r.Method == http.MethodDelete:
		before := len(s.rows[org])
		s.rows[org] = slices.DeleteFunc(s.rows[org], func(x row) bool { return x.ID == id })
		w.WriteHeader(map[bool]int{true: http.StatusNoContent, false: http.StatusNotFound}[len(s.rows[org]) < before])
	case path == "/api/things":
		w.WriteHeader(http.StatusMethodNotAllowed)
	case s.is("spa"):
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html>")
	case s.is("redirects"):
		http.Redirect(w, r, "/api/things", http.StatusMovedPermanently)
	default:
		http.Error(w, `{"detail":"no such thing"}`, http.StatusNotFound)
	}
}

// serveStack starts both replicas and returns the stack that sees them.
func serveStack(t *testing.T, traits string, change ...func(*stack.Config)) *stack.Stack {
	t.Helper()
	s := &service{traits: strings.Split(traits, ","), prefix: t.Name() + ":", rows: map[string][]row{}, local: [2]map[string]*bucket{{}, {}}}
	addr := store.Addr
	if s.is("redis-dead") {
		addr = "127.0.0.1:1"
	}
	s.redis = goredis.NewClient(&goredis.Options{Addr: addr, MaxRetries: -1, PoolSize: 64})
	t.Cleanup(func() { s.redis.Close() })
	c := &stack.Config{Version: 1, Name: "acme", Kind: "reference", Environment: stack.Disposable, API: &stack.API{
		Auth: stack.Auth{Header: "X-Token"}, Orgs: map[string]stack.Org{},
		Objects: []stack.Object{{Name: "things", List: "/api/things", Item: "/api/things/{id}", ID: "id", Write: []stack.Edit{{Method: "DELETE"}}}},
		Limit: &stack.Limit{Path: "/api/things", Window: time.Minute, Bypass: []string{"X-Acme-Batch: 1"},
			Write: &stack.LimitWrite{Method: "POST", Path: "/api/things", Body: `{"label":"p-{nonce}"}`, CountedBy: "/api/things"}},
	}}
	for i := range 2 {
		srv := httptest.NewServer(s.handler(i))
		t.Cleanup(srv.Close)
		if s.is("replica-dead") && i == 1 {
			srv.Close()
		}
		c.API.Replicas = append(c.API.Replicas, srv.URL)
	}
	add := func(name string, rpm, burst int) {
		token := func(key string) stack.Secret {
			return stack.NewSecret(fmt.Sprintf("%s:%d:%s", url.PathEscape(name), rpm, key))
		}
		c.API.Orgs[name] = stack.Org{ID: name, RPM: rpm, Burst: burst, Tokens: map[string]stack.Secret{"owner": token("k1"), "reader": token("k3")}, Second: map[string]stack.Secret{"owner": token("k2")}}
	}
	burst := 0
	if s.is("burst") {
		burst = 90
	}
	for i := range 8 {
		add(fmt.Sprintf("small-%d", i), 60, burst)
	}
	burst *= 10
	add("medium-1", 600, burst)
	add("large-1", 1200, 2*burst)
	for _, f := range change {
		f(c)
	}
	return stack.Open(c, stack.Options{})
}
