package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"
)

// tenantHooks let the HTTP layer cross tenants in the ways that applications do: by a role that sees everything, or by
// believing what the client says.
func (on switches) tenantHooks(s *server, second bool, h hooks) hooks {
	item, list := h.item, h.list
	everyItem := func(c *call, k kind) (found []object, err error) {
		rows, err := s.reporting.Query(c.r.Context(), k.item, c.id)
		if err != nil {
			return nil, err
		}
		return found, objects(&found)(rows)
	}
	everyRow := func(c *call, k kind) (found []object, err error) {
		rows, err := s.reporting.Query(c.r.Context(), k.list, 1000)
		if err != nil {
			return nil, err
		}
		return found, objects(&found)(rows)
	}
	switch {
	case on["tn-item-replica-2"] && second:
		h.item = everyItem
	case on["tn-item-query"]:
		h.item = func(c *call, k kind) ([]object, error) {
			if k.name == agents.name {
				return item(c, k)
			}
			return everyItem(c, k)
		}
	}
	switch {
	case on["tn-list-all"]:
		h.list = func(c *call, k kind, _ int) ([]object, error) { return everyRow(c, k) }
	case on["tn-audit-list-all"]:
		h.list = func(c *call, k kind, limit int) ([]object, error) {
			if k.name == auditRows.name {
				return everyRow(c, k)
			}
			return list(c, k, limit)
		}
	}
	if on["tn-write-all"] {
		h.write = func(ctx context.Context, p principal, fn func(pgx.Tx) error) error {
			return inTenant(ctx, s.reporting, p, fn)
		}
	}
	if on["tn-org-header"] {
		h.tenant = func(r *http.Request, p principal) principal {
			if org := r.Header.Get("X-Org-Id"); uuidForm.MatchString(org) {
				p.org = org
			}
			return p
		}
	}
	return h
}

// auditHooks let actions go by without the row that they owe.
func (on switches) auditHooks(second bool, h hooks) hooks {
	healthy := h.record
	skip := func(when func(entry) bool) func(context.Context, pgx.Tx, principal, entry) error {
		return func(ctx context.Context, tx pgx.Tx, p principal, e entry) error {
			if when(e) {
				return nil
			}
			return healthy(ctx, tx, p, e)
		}
	}
	change := func(how func(*entry)) func(context.Context, pgx.Tx, principal, entry) error {
		return func(ctx context.Context, tx pgx.Tx, p principal, e entry) error {
			how(&e)
			return healthy(ctx, tx, p, e)
		}
	}
	switch {
	case on["au-deny-missing"]:
		h.record = skip(func(e entry) bool { return e.verdict == "deny" })
	case on["au-allow-missing"]:
		h.record = skip(func(e entry) bool { return e.verdict == "allow" })
	case on["au-missing-replica-2"]:
		h.record = skip(func(entry) bool { return second })
	case on["au-same-hash"]:
		h.record = change(func(e *entry) { e.input, e.output = nil, nil })
	case on["au-hash-of-action"]:
		h.record = change(func(e *entry) { e.input = []byte(e.action) })
	case on["au-always-allow"]:
		h.record = change(func(e *entry) { e.verdict, e.status = "allow", "ok" })
	case on["au-swallow"]:
		h.record = func(ctx context.Context, tx pgx.Tx, p principal, e entry) error {
			e.status = strings.Repeat("|", 3) // the log refuses this row, and the caller never hears of it
			inner, err := tx.Begin(ctx)
			if err != nil {
				return err
			}
			if healthy(ctx, inner, p, e) != nil {
				return inner.Rollback(ctx)
			}
			return inner.Commit(ctx)
		}
	}
	return h
}
