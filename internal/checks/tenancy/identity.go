package tenancy

import "context"

// identity is how a tenant reaches the database, and where that is known from.
type identity struct {
	described string
	given     bool
}

func (s *scene) identify(ctx context.Context) error {
	s.how = identity{described: s.a.actor.Describe(), given: true}
	return nil
}
