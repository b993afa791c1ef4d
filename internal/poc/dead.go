package poc

import (
	"context"
	"errors"
)

// KillDoors ends the replicas, Redis and PostgreSQL and leaves all else: what a check finds when every door is dead.
// Down still has to be called.
func (s *Stack) KillDoors(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.stopReplicas(), s.Redis.Kill(), s.Postgres.Stop())
}
