package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// looseScript is the token bucket with the three places open at which such scripts go wrong: whose clock is read, when
// the key expires, and how the refill is rounded.
const looseScript = `
local now = tonumber(ARGV[3])
if now == 0 then
  local t = redis.call('TIME')
  now = tonumber(t[1]) * 1000000 + tonumber(t[2])
end
local capacity = tonumber(ARGV[1])
local perMicro = capacity / tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(held[1]) or capacity
local gained = (now - (tonumber(held[2]) or now)) * perMicro
if ARGV[5] == 'nearest' then
  gained = math.floor(gained + 0.5)
end
tokens = math.min(capacity, tokens + math.max(0, gained))
local allowed = 0
if tokens >= 1 then
  tokens = tokens - 1
  allowed = 1
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local wait = 0
if tokens < 1 then
  wait = math.ceil((1 - tokens) / perMicro)
end
return {allowed, math.floor(tokens), wait}
`

var looseBucket = goredis.NewScript(looseScript)

// loose are the choices that looseScript leaves open; zero values are those of a good bucket.
type loose struct {
	ahead   time.Duration // how far this replica's own clock is ahead; only with local
	local   bool          // the replica's clock, not that of Redis
	expires time.Duration
	round   string
}

func (s *server) takeLoosely(how loose) func(context.Context, string, int) (decision, error) {
	if how.expires == 0 {
		how.expires = window + time.Second
	}
	return func(ctx context.Context, key string, rpm int) (decision, error) {
		now := int64(0)
		if how.local {
			now = time.Now().Add(how.ahead).UnixMicro()
		}
		got, err := looseBucket.Run(ctx, s.redis, []string{key + ":loose"}, rpm, window.Microseconds(), now,
			how.expires.Milliseconds(), how.round).Int64Slice()
		if err != nil {
			return decision{}, err
		}
		return decision{got[0] == 1, int(got[1]), time.Duration(got[2]) * time.Microsecond}, nil
	}
}

func (on switches) blindLimitHooks(s *server, second bool, h hooks) hooks {
	switch {
	case on["rl-key-per-method"]:
		h.bucketKey = func(r *http.Request, p principal) string { return orgKey(r, p) + ":" + r.Method }
	case on["rl-key-per-plan"]:
		h.bucketKey = func(_ *http.Request, p principal) string { return "arx:limit:plan:" + p.plan }
	}
	switch {
	case on["rl-expires-early"]:
		h.bucket = s.takeLoosely(loose{expires: 2 * time.Second})
	case on["rl-rounds"]:
		h.bucket = s.takeLoosely(loose{round: "nearest"})
	case on["rl-replica-clock"]:
		how := loose{local: true}
		if second {
			how.ahead = 30 * time.Second
		}
		h.bucket = s.takeLoosely(how)
	case on["rl-watch-open"]:
		h.bucket = s.takeWatching
	case on["rl-soft-for-highest"]:
		take := h.bucket
		h.bucket = func(ctx context.Context, key string, rpm int) (decision, error) {
			d, err := take(ctx, key, rpm)
			d.allowed = d.allowed || rpm >= 5000
			return d, err
		}
	}
	return h
}

// takeWatching is right as long as nobody else asks: an optimistic transaction that lost is let through.
func (s *server) takeWatching(ctx context.Context, key string, rpm int) (decision, error) {
	var d decision
	key += ":watch"
	err := s.redis.Watch(ctx, func(tx *goredis.Tx) error {
		held, err := tx.HMGet(ctx, key, "tokens", "at").Result()
		if err != nil {
			return err
		}
		now := float64(time.Now().UnixMicro())
		tokens, at := float64(rpm), now
		if held[0] != nil {
			if _, err := fmt.Sscan(fmt.Sprint(held[0], " ", held[1]), &tokens, &at); err != nil {
				return err
			}
		}
		rate := float64(rpm) / float64(window.Microseconds())
		tokens = math.Min(float64(rpm), tokens+math.Max(0, now-at)*rate)
		if d = (decision{allowed: tokens >= 1}); d.allowed {
			tokens--
		} else {
			d.wait = time.Duration((1-tokens)/rate) * time.Microsecond
		}
		d.remaining = int(tokens)
		_, err = tx.TxPipelined(ctx, func(p goredis.Pipeliner) error {
			p.HSet(ctx, key, "tokens", fmt.Sprintf("%.6f", tokens), "at", int64(now))
			return p.Expire(ctx, key, window+time.Second).Err()
		})
		return err
	}, key)
	if errors.Is(err, goredis.TxFailedErr) {
		d.allowed, err = true, nil
	}
	return d, err
}
