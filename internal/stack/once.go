package stack

import (
	"context"
	"sync"
)

// once holds what checks of one family find out for one another during a run.
type once struct {
	mu   sync.Mutex
	held map[string]*found
}

type found struct {
	done chan struct{} // closed when value and err are there
	val  any
	err  error
	left bool // whoever looked gave up: its error is no one else's
}

// Once returns what find gives for the key, found once for the whole run and
// shared by all checks: whoever receives it must not change it. Those that ask
// meanwhile wait, until their own context ends. An error goes to those who
// waited for it, and is not kept: the next one who asks looks for itself.
func (s *Stack) Once(ctx context.Context, key string, find func() (any, error)) (any, error) {
	for {
		s.once.mu.Lock()
		f, there := s.once.held[key]
		if !there {
			f = &found{done: make(chan struct{})}
			if s.once.held == nil {
				s.once.held = map[string]*found{}
			}
			s.once.held[key] = f
			s.once.mu.Unlock()
			s.find(ctx, key, f, find)
			return f.val, f.err
		}
		s.once.mu.Unlock()
		select {
		case <-f.done:
			if !f.left {
				return f.val, f.err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// find lets go of those that wait even when the search panics.
func (s *Stack) find(ctx context.Context, key string, f *found, find func() (any, error)) {
	f.left = true
	defer func() {
		if f.left || f.err != nil {
			s.once.mu.Lock()
			delete(s.once.held, key)
			s.once.mu.Unlock()
		}
		close(f.done)
	}()
	f.val, f.err = find()
	f.left = f.err != nil && ctx.Err() != nil
}
