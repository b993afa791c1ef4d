package redis_test

import (
	"net"
	"os/exec"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/arxsec/arxctl/internal/poc/redis"
)

func TestKillAndRevive(t *testing.T) {
	for name, opts := range map[string]redis.Options{"redis-server": {}, "miniredis": {Embedded: true}} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath("redis-server"); err != nil && !opts.Embedded {
				t.Skip("redis-server is not installed")
			}
			s, err := redis.Start(t.Context(), opts)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Kill(); err != nil {
					t.Error(err)
				}
			})
			if !strings.Contains(s.Describe(), name) {
				t.Errorf("described as %q, want %s", s.Describe(), name)
			}
			addr := s.Addr
			set(t, s)
			if err := s.Kill(); err != nil {
				t.Fatal(err)
			}
			if conn, err := net.Dial("tcp", addr); err == nil {
				conn.Close()
				t.Error("still listens after Kill")
			}
			if err := s.Revive(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s.Addr != addr {
				t.Errorf("came back at %s, was at %s", s.Addr, addr)
			}
			set(t, s)
		})
	}
}

// set writes a key that must not be there yet: nothing is kept from one life to the next.
func set(t *testing.T, s *redis.Server) {
	t.Helper()
	opts, err := goredis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(opts)
	defer client.Close()
	if fresh, err := client.SetNX(t.Context(), "key", "1", 0).Result(); err != nil || !fresh {
		t.Errorf("first write of a key: %v, %v", fresh, err)
	}
}

func TestMissingServerIsAnError(t *testing.T) {
	if _, err := redis.Start(t.Context(), redis.Options{Path: "/nonexistent/redis-server"}); err == nil || !strings.Contains(err.Error(), "/nonexistent/redis-server") {
		t.Errorf("a redis-server that is not there: %v", err)
	}
}
