package stack_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/arxsec/arxctl/internal/stack"
)

// Ten checks ask at once: one looks. An error is kept for nobody, that of a check that gave up reaches nobody, and who
// gives up waiting is let go.
func TestOnce(t *testing.T) {
	st := stack.Open(&stack.Config{}, stack.Options{})
	if _, err := st.Once(t.Context(), "key", func() (any, error) { return nil, errors.New("the first look fails") }); err == nil {
		t.Error("the error of the first look is lost")
	}
	var looked atomic.Int64
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			v, err := st.Once(ctx, "key", func() (any, error) {
				if looked.Add(1) == 1 {
					cancel()
					return nil, ctx.Err()
				}
				return 7, nil
			})
			if err == nil && v != 7 || err != nil && ctx.Err() == nil {
				t.Errorf("got %v, %v; want 7", v, err)
			}
		})
	}
	all.Wait()
	if n := looked.Load(); n != 2 {
		t.Errorf("looked %d times, want once after the one that gave up", n)
	}
	gone, cancel := context.WithCancel(t.Context())
	_, err := st.Once(t.Context(), "slow", func() (any, error) {
		cancel()
		_, err := st.Once(gone, "slow", func() (any, error) { return nil, nil })
		return nil, err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("who waits without a context left got %v", err)
	}
}
