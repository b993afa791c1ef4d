package selftest_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/poc"
	"github.com/arxsec/arxctl/internal/poc/postgres"
	"github.com/arxsec/arxctl/internal/selftest"
)

// initdbAndStart is the yardstick of every benchmark here: one plain PostgreSQL,
// initialised, started, stopped and removed, measured beside what it is compared with.
func initdbAndStart(b *testing.B) time.Duration {
	b.Helper()
	b.Setenv("ARXCTL_CACHE", b.TempDir()) // an empty cache: nothing is prepared
	begun := time.Now()
	c, err := postgres.Start(b.Context(), postgres.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Stop(); err != nil {
		b.Fatal(err)
	}
	return time.Since(begun)
}

func newBench(b *testing.B) *selftest.Bench {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	s, err := selftest.NewBench(b.Context(), poc.Options{Self: []string{exe}, Build: "bench"}, all.Checks())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// BenchmarkCheck measures each family, and all of them together, on a stack that
// is up, beside initdb + start. Aim: the four families together at most 0.6 s.
func BenchmarkCheck(b *testing.B) {
	cache := os.Getenv("ARXCTL_CACHE")
	for _, family := range []string{"tenancy", "auditlog", "bootkey", "ratelimit", "all"} {
		b.Run(family, func(b *testing.B) {
			b.Setenv("ARXCTL_CACHE", cache)
			s := newBench(b)
			var looked, plain time.Duration
			for b.Loop() {
				patterns := []string{family}
				if family == "all" {
					patterns = nil
				}
				begun := time.Now()
				if _, err := s.Look(b.Context(), patterns...); err != nil {
					b.Fatal(err)
				}
				looked += time.Since(begun)
				b.StopTimer()
				plain += initdbAndStart(b)
				b.Setenv("ARXCTL_CACHE", cache)
				// Full budgets and an untouched database for the next round.
				if err := s.Stack.Clear(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(looked.Seconds()/plain.Seconds(), "x-initdb+start")
		})
	}
}

// BenchmarkStackUp measures the whole reference stack, up and down, warm and
// cold, beside initdb + start.
func BenchmarkStackUp(b *testing.B) {
	cache := os.Getenv("ARXCTL_CACHE")
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	for _, cold := range []bool{false, true} {
		name := "warm"
		if cold {
			name = "cold"
		}
		b.Run(name, func(b *testing.B) {
			var took, plain time.Duration
			for b.Loop() {
				b.StopTimer()
				plain += initdbAndStart(b)
				b.Setenv("ARXCTL_CACHE", cache)
				if cold {
					b.Setenv("ARXCTL_CACHE", b.TempDir())
				}
				b.StartTimer()
				begun := time.Now()
				st, err := poc.Up(b.Context(), poc.Options{Self: []string{exe}, Build: "bench"})
				if err != nil {
					b.Fatal(err)
				}
				if err := st.Down(context.Background()); err != nil {
					b.Fatal(err)
				}
				took += time.Since(begun)
			}
			b.ReportMetric(took.Seconds()/plain.Seconds(), "x-initdb+start")
		})
	}
}
