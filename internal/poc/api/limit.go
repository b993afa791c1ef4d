package api

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// decision is the limiter's word on one request.
type decision struct {
	allowed   bool
	remaining int
	wait      time.Duration // until one request is free again
}

// bucketScript is a token bucket: one atomic step, on Redis's own clock, so that replicas with clocks that differ share
// one budget. A bucket holds one minute's requests and fills evenly; a clock that goes backwards adds nothing. The key
// expires once it would be full again, so idle organisations cost nothing.
const bucketScript = `
local now = redis.call('TIME')
now = tonumber(now[1]) * 1000000 + tonumber(now[2])
local capacity = tonumber(ARGV[1])
local perMicro = capacity / tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(held[1]) or capacity
local at = tonumber(held[2]) or now
if now > at then
  tokens = math.min(capacity, tokens + (now - at) * perMicro)
else
  now = at
end
local allowed = 0
if tokens >= 1 then
  tokens = tokens - 1
  allowed = 1
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[2]) / 1000) + 1000)
local wait = 0
if tokens < 1 then
  wait = math.ceil((1 - tokens) / perMicro)
end
return {allowed, math.floor(tokens), wait}
`

var bucket = goredis.NewScript(bucketScript)

const window = time.Minute

// take draws one request from a bucket of rpm requests that refills over the window.
func (s *server) take(ctx context.Context, key string, rpm int) (decision, error) {
	return s.takeOver(ctx, key, rpm, window)
}

func (s *server) takeOver(ctx context.Context, key string, rpm int, refill time.Duration) (decision, error) {
	got, err := bucket.Run(ctx, s.redis, []string{key}, rpm, refill.Microseconds()).Int64Slice()
	if err != nil {
		return decision{}, err
	}
	return decision{allowed: got[0] == 1, remaining: int(got[1]), wait: time.Duration(got[2]) * time.Microsecond}, nil
}

// orgKey is the bucket of the whole organisation, whichever key of its asks.
func orgKey(_ *http.Request, p principal) string { return "arx:limit:" + p.org }

func always(*http.Request) bool { return true }

func planBudget(p principal) int { return p.rpm }

// honestRetry is the wait in whole seconds, at least one (RFC 9110, section 10.2.3).
func honestRetry(d decision) string {
	return strconv.Itoa(int(math.Max(1, math.Ceil(d.wait.Seconds()))))
}

// withinBudget draws a request from the principal's budget and reports whether it may go on. When Redis does not answer
// the request is refused: a limit that can be switched off by taking Redis away is none.
func (s *server) withinBudget(w http.ResponseWriter, r *http.Request, p principal) bool {
	if !s.hooks.limited(r) {
		return true
	}
	rpm := s.hooks.budget(p)
	d, err := s.hooks.bucket(r.Context(), s.hooks.bucketKey(r, p), rpm)
	if err != nil {
		fail(w, http.StatusServiceUnavailable, "limiter_unavailable", "the request budget cannot be read; try again shortly")
		return false
	}
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(rpm))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(d.remaining))
	if d.allowed {
		return true
	}
	w.Header().Set("Retry-After", s.hooks.retryAfter(d))
	fail(w, http.StatusTooManyRequests, "rate_limited", "this organisation has used up its "+strconv.Itoa(rpm)+" requests a minute")
	return false
}
