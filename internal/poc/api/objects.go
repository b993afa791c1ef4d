package api

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// kind is a sort of object that the API lists and shows. The queries carry no tenant filter: row security is the only
// thing between tenants, and so the thing that the checks examine.
type kind struct {
	name, list, item string
	id               *regexp.Regexp
}

var (
	uuidForm   = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	numberForm = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

	agents = kind{"agents",
		`SELECT to_jsonb(t) FROM (SELECT id, org_id, name, labels, created_at FROM agents ORDER BY created_at DESC, id LIMIT $1) t`,
		`SELECT to_jsonb(t) FROM (SELECT id, org_id, name, labels, created_at FROM agents WHERE id = $1::uuid) t`, uuidForm}
	deployments = kind{"deployments",
		`SELECT to_jsonb(t) FROM (SELECT * FROM deployments ORDER BY created_at DESC, id LIMIT $1) t`,
		`SELECT to_jsonb(t) FROM (SELECT * FROM deployments WHERE id = $1::uuid) t`, uuidForm}
	auditRows = kind{"entries",
		`SELECT to_jsonb(t) FROM (SELECT * FROM audit_log ORDER BY id DESC LIMIT $1) t`,
		`SELECT to_jsonb(t) FROM (SELECT * FROM audit_log WHERE id = $1::bigint) t`, numberForm}
	orgs = kind{"orgs",
		`SELECT to_jsonb(t) FROM (SELECT id, id AS org_id, name, plan, region, created_at FROM orgs LIMIT $1) t`,
		`SELECT to_jsonb(t) FROM (SELECT id, id AS org_id, name, plan, region, created_at FROM orgs WHERE id = $1::uuid) t`, uuidForm}
)

func (s *server) listOf(k kind) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		limit := 100
		if raw := c.r.URL.Query().Get("limit"); raw != "" {
			n, err := strconv.Atoi(raw)
			if err != nil || n < 1 || n > 1000 {
				return bad("limit is a number from 1 to 1000")
			}
			limit = n
		}
		found, err := s.hooks.list(c, k, limit)
		if err != nil {
			return reply{}, err
		}
		if found == nil {
			found = []object{}
		}
		return reply{http.StatusOK, object{k.name: found}}, nil
	}
}

func (s *server) itemOf(k kind) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		if !k.id.MatchString(c.id) {
			return missing(), nil
		}
		found, err := s.hooks.item(c, k)
		if err != nil {
			return reply{}, err
		}
		if len(found) != 1 {
			return missing(), nil
		}
		return reply{http.StatusOK, found[0]}, nil
	}
}

func (s *server) readList(c *call, k kind, limit int) (found []object, err error) {
	return found, s.read(c.r.Context(), c.who, objects(&found), k.list, limit)
}

func (s *server) readItem(c *call, k kind) (found []object, err error) {
	return found, s.read(c.r.Context(), c.who, objects(&found), k.item, c.id)
}

// change runs a write and its audit row in one transaction: neither is there without the other. do returns the reply; one
// below 400 is recorded as done, 403 as denied, anything else rolls back and leaves no row since nothing changed.
func (s *server) change(c *call, name string, input []byte, do func(context.Context, pgx.Tx) (reply, error)) (reply, error) {
	began := time.Now()
	ctx := c.r.Context()
	var out reply
	err := s.hooks.write(ctx, c.who, func(tx pgx.Tx) error {
		var err error
		if out, err = do(ctx, tx); err != nil {
			return err
		}
		e := entry{action: name, verdict: "allow", status: "ok", input: input, output: out.body, took: time.Since(began)}
		switch {
		case out.status == http.StatusForbidden:
			e.verdict, e.status = "deny", "denied"
		case out.status >= 400:
			return errUnchanged
		}
		return s.hooks.record(ctx, tx, c.who, e)
	})
	if err == errUnchanged {
		err = nil
	}
	return out, err
}

func one(ctx context.Context, tx pgx.Tx, status int, sql string, args ...any) (reply, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return reply{}, err
	}
	var found []object
	if err := objects(&found)(rows); err != nil {
		return reply{}, err
	}
	if len(found) == 0 {
		return missing(), nil
	}
	return reply{status, found[0]}, nil
}
