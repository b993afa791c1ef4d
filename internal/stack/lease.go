package stack

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// leases says which probe organisations are in use by a check right now, and
// how often each was used in this run: a budget that was spent a moment ago
// says nothing.
type leases struct {
	mu   sync.Mutex
	held map[string]bool
	used map[string]int
	back chan struct{} // closed and replaced whenever one is returned
}

// Lease gives the caller one of the named probe organisations for itself until
// release: the first of those least used in this run, waiting while all are
// taken. Skip those that turned out not to fit by leaving them out of names.
func (s *Stack) Lease(ctx context.Context, names []string) (name string, release func(), err error) {
	if len(names) == 0 {
		return "", nil, fmt.Errorf("api.orgs: no probe organisation left to use; to see this: add organisations to the pool")
	}
	l := &s.leases
	for {
		l.mu.Lock()
		if l.held == nil {
			l.held, l.used, l.back = map[string]bool{}, map[string]int{}, make(chan struct{})
		}
		best := ""
		for _, n := range names {
			if !l.held[n] && (best == "" || l.used[n] < l.used[best]) {
				best = n
			}
		}
		if best != "" {
			l.held[best] = true
			l.used[best]++
			l.mu.Unlock()
			return best, sync.OnceFunc(func() { l.giveBack(best) }), nil
		}
		back := l.back
		l.mu.Unlock()
		select {
		case <-back:
		case <-ctx.Done():
			return "", nil, fmt.Errorf("waiting for one of %s: %w", strings.Join(names, ", "), ctx.Err())
		}
	}
}

func (l *leases) giveBack(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, name)
	close(l.back)
	l.back = make(chan struct{})
}
