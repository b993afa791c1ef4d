package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
)

// exist refuses a tenant whose id stands in no row of any tenant table that can
// be read. A table without rows of a tenant is filled for the look; a tenant
// without any row at all is a slip in arxctl.yaml, and rows made up for it
// would prove what nobody asked.
func (s *scene) exist(ctx context.Context) error {
	for _, x := range s.sides() {
		var list []*table
		for _, t := range s.tables {
			if t.byColumn() && x.readable(t.rel) {
				list = append(list, t)
			}
		}
		if len(list) == 0 || slices.ContainsFunc(list, func(t *table) bool { return s.traced(x, t) }) {
			continue
		}
		there, err := s.anywhere(ctx, x.conn, x.actor, x.actor.ID, list)
		if err != nil {
			return err
		}
		if !there && s.reader != nil {
			if there, err = s.anywhere(ctx, s.reader, stack.Actor{Name: "reader"}, x.actor.ID, list); err != nil {
				return err
			}
		}
		if !there && s.unseeded != nil {
			return fmt.Errorf("tenant %s: no row of any tenant table that can be read has the id %q, and %w; to see this: correct db.seed, or give a tenant that exists", x.name, x.actor.ID, s.unseeded)
		}
		if !there {
			return fmt.Errorf("tenant %s: no row of any tenant table that can be read has the id %q; to see this: give the id of a tenant that exists, as its rows have it, in db.tenants.%s.id; where there is none yet, db.seed (arxctl init drafts it)", x.name, x.actor.ID, strings.ToLower(x.name))
		}
	}
	return nil
}

// traced reports whether the first look at the table, in any session, met the id.
func (s *scene) traced(x *side, t *table) bool {
	for _, c := range t.cols {
		if a, b := held(s.seen[t.rel.OID], c.Name); x == s.a && a > 0 || x == s.b && b > 0 {
			return true
		}
	}
	return false
}

// anywhere looks in all rows, not in a sample.
func (s *scene) anywhere(ctx context.Context, c *pgx.Conn, actor stack.Actor, id string, list []*table) (bool, error) {
	asks := make([]ask, len(list))
	for i, t := range list {
		asks[i] = ask{key: t.String(), sql: "SELECT EXISTS (SELECT FROM " + t.rel.Quoted() + " WHERE " + t.ownRow("", id) + ")::text"}
	}
	got, err := inRead(ctx, c, actor, asks)
	if err != nil {
		return false, err
	}
	for _, a := range got {
		if a.ok() && a.val == "true" {
			return true, nil
		}
	}
	return false, nil
}
