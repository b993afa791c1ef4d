package api

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// claims is what reaches PostgreSQL of who is asking; current_org() in the schema reads org_id.
func claims(p principal) string {
	text, err := json.Marshal(map[string]string{"org_id": p.org, "role": p.role, "sub": p.actor})
	if err != nil {
		return "" // three strings always marshal; and an empty setting means no tenant, so nothing is seen
	}
	return string(text)
}

const setClaims = "SELECT set_config('request.jwt.claims', $1, true)"

// inTenant runs fn in one transaction that belongs to the principal's organisation.
func (s *server) inTenant(ctx context.Context, p principal, fn func(pgx.Tx) error) error {
	return inTenant(ctx, s.pool, p, fn)
}

func inTenant(ctx context.Context, pool *pgxpool.Pool, p principal, fn func(pgx.Tx) error) error {
	conn, tx, err := begin(ctx, pool)
	if err != nil {
		return err
	}
	defer conn.Release()
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // after Commit this does nothing
	if _, err := tx.Exec(ctx, setClaims, claims(p)); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// begin opens a transaction. A pooled connection may have died with the server it led to; nothing has been sent on it
// yet, so it is put away and another one tried.
func begin(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Conn, pgx.Tx, error) {
	for attempt := 0; ; attempt++ {
		conn, err := pool.Acquire(ctx)
		if err != nil {
			return nil, nil, err
		}
		tx, err := conn.Begin(ctx)
		if err == nil {
			return conn, tx, nil
		}
		dead := conn.Conn().IsClosed()
		conn.Release()
		if !dead || attempt > int(pool.Config().MaxConns) || ctx.Err() != nil {
			return nil, nil, err
		}
	}
}

// read runs one query for the principal in one round trip: statements that are sent together, with one Sync at the end,
// are one transaction (PostgreSQL manual, "Pipelining").
func (s *server) read(ctx context.Context, p principal, scan func(pgx.Rows) error, sql string, args ...any) error {
	for attempt := 0; ; attempt++ {
		conn, err := s.pool.Acquire(ctx)
		if err != nil {
			return err
		}
		err = readOn(ctx, conn.Conn(), p, scan, sql, args)
		dead := conn.Conn().IsClosed()
		conn.Release()
		if err == nil || !dead || attempt > int(s.pool.Config().MaxConns) || ctx.Err() != nil {
			return err
		}
	}
}

func readOn(ctx context.Context, conn *pgx.Conn, p principal, scan func(pgx.Rows) error, sql string, args []any) error {
	batch := &pgx.Batch{}
	batch.Queue(setClaims, claims(p))
	batch.Queue(sql, args...)
	results := conn.SendBatch(ctx, batch)
	if _, err := results.Exec(); err != nil {
		return errors.Join(err, results.Close())
	}
	rows, err := results.Query()
	if err == nil {
		err = scan(rows)
		rows.Close()
	}
	return errors.Join(err, results.Close())
}

// object is a row as the API shows it.
type object = map[string]any

func objects(into *[]object) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (object, error) {
			var text []byte
			if err := row.Scan(&text); err != nil {
				return nil, err
			}
			var o object
			return o, json.Unmarshal(text, &o)
		})
		*into = found
		return err
	}
}
