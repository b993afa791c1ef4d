package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// boot replaces the two decisions of the boot check.
func (on switches) boot(rules bootRules, env func(string) string) bootRules {
	lenient := func(string, string) ([]byte, error) { return []byte(Sentinel), nil }
	healthy := rules.key
	switch {
	case on["bk-no-check"], on["bk-lazy"]:
		// Lazy means at the first encryption, which this API has no route for: the process just comes up.
		rules.key = lenient
	case on["bk-unset-only"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if raw == "" {
				return healthy(environment, raw)
			}
			return lenient(environment, raw)
		}
	case on["bk-production-only"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if environment != "production" {
				return lenient(environment, raw)
			}
			return healthy(environment, raw)
		}
	case on["bk-exact-sentinel"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if raw != Sentinel && isSentinel(raw) {
				return lenient(environment, raw)
			}
			return healthy(environment, raw)
		}
	case on["bk-no-length"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if unquote(raw) == "" || isSentinel(raw) {
				return healthy(environment, raw)
			}
			return []byte(raw), nil
		}
	case on["bk-zero-key"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			if key := decodeKey(raw); key != nil && !isSentinel(raw) {
				return key, nil
			}
			return healthy(environment, raw)
		}
	case on["bk-opt-in"]:
		rules.key = func(environment, raw string) ([]byte, error) {
			for _, name := range []string{"ARXSEC_ALLOW_DEV_KEY", "ALLOW_DEV_KEY"} {
				if slices.Contains([]string{"1", "true", "yes"}, strings.ToLower(env(name))) {
					return lenient(environment, raw)
				}
			}
			return healthy(environment, raw)
		}
	}
	switch {
	case on["bk-case-sensitive"]:
		rules.environment = func(raw string) (string, error) {
			if raw == "production" || raw == "staging" || raw == "" {
				return Environment(raw)
			}
			return "development", nil
		}
	case on["bk-default-development"]:
		rules.environment = func(raw string) (string, error) {
			if strings.TrimSpace(raw) == "" {
				return "development", nil
			}
			return Environment(raw)
		}
	}
	if on["bk-case-sensitive"] || on["bk-default-development"] {
		checked := rules.key
		rules.key = func(environment, raw string) ([]byte, error) {
			if environment == "development" {
				return lenient(environment, raw)
			}
			return checked(environment, raw)
		}
	}
	return rules
}

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
