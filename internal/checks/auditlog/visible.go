package auditlog

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
)

// row is one row that an actor sees.
type row struct {
	actor   stack.Actor
	through *table // the relation that the application reads it through
	where   string // what names it in a statement on that relation
}

// visible finds a row of this relation that one of the actors sees through the
// root, or by naming the relation itself. why says how the looking ended.
func (s *session) visible(ctx context.Context, t *table) (r row, found bool, why string) {
	root := t.root()
	why = "no row is visible to the application"
	for _, a := range s.actors {
		err := s.read(ctx, a, func(tx pgx.Tx) error {
			ways := []*table{root}
			if t != root {
				ways = append(ways, t)
			}
			for _, through := range ways {
				err := nested(ctx, tx, func(sp pgx.Tx) error {
					cond, err := within(ctx, sp, t, through)
					if err != nil {
						return err
					}
					var ctid string
					if err := sp.QueryRow(ctx, fmt.Sprintf("SELECT ctid::text FROM %s t WHERE %s LIMIT 1", through.quoted(), cond)).Scan(&ctid); err != nil {
						return err
					}
					r = row{a, through, cond + " AND ctid = " + literal(ctid) + "::tid"}
					found = true
					return nil
				})
				switch {
				case err == nil:
					return nil
				case errors.Is(err, pgx.ErrNoRows):
				case stack.SQLState(err) == "42501":
					if through == root {
						why = "the application may not read " + through.String()
					}
				default:
					return err
				}
			}
			return nil
		})
		if err != nil {
			return r, false, "looking for a row as " + a.Name + ": " + oneLine(err)
		}
		if found {
			return r, true, ""
		}
	}
	return r, false, why
}

// within is a condition that holds for the rows of t alone, seen through a
// table above it. The partition constraint lets PostgreSQL skip the others.
func within(ctx context.Context, tx pgx.Tx, t, through *table) (string, error) {
	if t == through || t.Kind == "p" && t.parent == nil {
		return "true", nil
	}
	cond := fmt.Sprintf("t.tableoid = %d", t.OID)
	if t.Kind == "p" {
		var oids []string
		for _, l := range t.leaves() {
			oids = append(oids, fmt.Sprint(l.OID))
		}
		if len(oids) == 0 {
			return "false", nil
		}
		cond = "t.tableoid IN (" + strings.Join(oids, ",") + ")"
	}
	var bound *string
	if t.Partition {
		if err := tx.QueryRow(ctx, "SELECT pg_get_partition_constraintdef($1::oid)", t.OID).Scan(&bound); err != nil {
			return "", err
		}
	}
	if bound != nil && *bound != "" {
		cond += " AND (" + *bound + ")"
	}
	return cond, nil
}

// filtered reports whether row security keeps this role from the row for the
// command, so that a write touches 0 rows without anything being swallowed.
// SELECT policies are not asked: the row was read before.
func filtered(ctx context.Context, tx pgx.Tx, r row, cmd string) (bool, error) {
	var active bool
	if err := tx.QueryRow(ctx, "SELECT row_security_active($1::oid)", r.through.OID).Scan(&active); err != nil || !active {
		return false, err
	}
	letter := map[string]string{"UPDATE": "w", "DELETE": "d"}[cmd]
	rows, err := tx.Query(ctx, `SELECT polpermissive, coalesce(pg_get_expr(polqual, polrelid), 'true') FROM pg_policy
		WHERE polrelid = $1::oid AND polcmd IN ('*', $2) AND EXISTS (SELECT FROM unnest(polroles) r WHERE r = 0 OR pg_has_role(current_user, r, 'USAGE'))`, r.through.OID, letter)
	if err != nil {
		return false, err
	}
	var permit, restrict []string
	err = each(rows, func(x pgx.Rows) error {
		var permissive bool
		var qual string
		if err := x.Scan(&permissive, &qual); err != nil {
			return err
		}
		if permissive {
			permit = append(permit, "("+qual+")")
		} else {
			restrict = append(restrict, "("+qual+")")
		}
		return nil
	})
	if err != nil || len(permit) == 0 {
		return err == nil, err
	}
	cond := "(" + strings.Join(permit, " OR ") + ")"
	if len(restrict) > 0 {
		cond += " AND " + strings.Join(restrict, " AND ")
	}
	var n int
	name := quote(r.through.Name)
	where := strings.ReplaceAll(r.where, "t.tableoid", name+".tableoid")
	err = tx.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM %s WHERE %s AND %s", r.through.quoted(), where, cond)).Scan(&n)
	return n == 0, err
}
