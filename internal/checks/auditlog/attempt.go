package auditlog

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// outcome of one attempted write.
type outcome struct {
	stuck    int64 // rows changed, when nothing refused
	swallow  bool  // no error, no row: dropped in silence
	layer    evidence.Layer
	sqlstate string
	blind    string
	message  string
}

// refused reports whether something said no.
func (o outcome) refused() bool { return o.layer != evidence.LayerNone }

// harm is what a claim got: empty when the write was refused.
func (o outcome) harm(what string) string {
	switch {
	case o.stuck > 0:
		return fmt.Sprintf("%s changed %d row without an error", what, o.stuck)
	case o.swallow:
		return fmt.Sprintf("%s was dropped without an error (0 rows, though the row is visible)", what)
	}
	return ""
}

// attempt runs one write in a savepoint, makes deferred triggers speak, and
// rolls it back. unread says that a trigger in another language covers it.
func attempt(ctx context.Context, tx pgx.Tx, unread bool, sql string, args ...any) (outcome, error) {
	var o outcome
	err := nested(ctx, tx, func(sp pgx.Tx) error {
		tag, err := sp.Exec(ctx, sql, args...)
		if err == nil {
			o.stuck = tag.RowsAffected()
			if o.stuck > 0 {
				_, err = sp.Exec(ctx, "SET CONSTRAINTS ALL IMMEDIATE")
			}
		}
		if err != nil {
			o = classify(err, unread)
		}
		return nil
	})
	if o.stuck == 0 && !o.refused() && o.blind == "" {
		o.swallow = true
	}
	return o, err
}

// classify says which layer an error came from. What a trigger function raised
// itself is the trigger's, whatever SQLSTATE it chose.
func classify(err error, unread bool) outcome {
	var pg *pgconn.PgError
	o := outcome{sqlstate: stack.SQLState(err), message: oneLine(err)}
	if errors.As(err, &pg) {
		class := pg.Code[:2]
		if pg.Routine == "exec_stmt_raise" || class == "P0" || class == "2F" {
			o.layer = evidence.LayerTrigger
			return o
		}
		if unread && class != "08" && class != "57" && class != "55" && class != "25" && class != "53" && class != "42" {
			o.layer = evidence.LayerTrigger
			return o
		}
	}
	o.layer, o.blind = stack.Refusal(err)
	return o
}

func oneLine(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Message
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}

// changed returns expressions that give a column another value than it has, the
// likeliest to be accepted first. A write of the same value would prove nothing:
// a guard may let it pass.
func changed(t *table, c column) []string {
	bare := quote(c.Name)
	q := "t." + bare
	differ := func(a, b string) string {
		return fmt.Sprintf("CASE WHEN %s IS DISTINCT FROM %s THEN %s ELSE %s END", q, a, a, b)
	}
	cast := func(s string) string { return "'" + s + "'::" + c.Type }
	other := fmt.Sprintf("(SELECT x.%s FROM %s x WHERE x.%s IS DISTINCT FROM %s LIMIT 1)", bare, t.root().quoted(), bare, q)
	var out []string
	if c.Base == "e" {
		out = append(out, fmt.Sprintf("CASE WHEN %s IS DISTINCT FROM (enum_range(NULL::%s))[1] THEN (enum_range(NULL::%s))[1] ELSE (enum_range(NULL::%s))[2] END", q, c.Type, c.Type, c.Type))
	} else {
		switch base := strings.ToLower(c.Type); {
		case base == "uuid":
			out = append(out, "gen_random_uuid()")
		case base == "date":
			out = append(out, fmt.Sprintf("coalesce(%s, current_date) + 1", q))
		case strings.HasPrefix(base, "timestamp"), strings.HasPrefix(base, "time "), base == "time":
			out = append(out, fmt.Sprintf("coalesce(%s, %s) + interval '1 millisecond'", q, cast(map[bool]string{true: "2001-01-01 00:00", false: "00:00"}[strings.HasPrefix(base, "timestamp")])))
		case base == "interval":
			out = append(out, differ(cast("1 s"), cast("2 s")))
		case base == "boolean":
			out = append(out, fmt.Sprintf("NOT coalesce(%s, false)", q))
		case base == "json" || base == "jsonb":
			out = append(out, fmt.Sprintf(`CASE WHEN %s::text IS DISTINCT FROM '{"arxctl": 1}' THEN '{"arxctl": 1}'::%s ELSE '{"arxctl": 2}'::%s END`, q, c.Type, c.Type))
		case base == "bytea":
			out = append(out, differ(`'\x01'::bytea`, `'\x02'::bytea`))
		case base == "inet" || base == "cidr":
			out = append(out, differ(cast("192.0.2.1"), cast("192.0.2.2")))
		case strings.HasSuffix(base, "[]"):
			out = append(out, fmt.Sprintf("CASE WHEN %s IS DISTINCT FROM '{}' THEN '{}'::%s END", q, c.Type))
		case c.Category == "N":
			out = append(out, differ(cast("1"), cast("2")))
		case c.Category == "S":
			out = append(out, differ(cast("x"), cast("y")))
		}
	}
	return append(out, other, fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN NULL::%s END", q, c.Type))
}

// tryColumns attempts to change each column of the one row that where names,
// through this relation.
func tryColumns(ctx context.Context, tx pgx.Tx, t *table, through, where string, unread bool) (map[string]outcome, error) {
	out := map[string]outcome{}
	for _, c := range t.Columns {
		if c.Generated != "" || c.Identity == "a" {
			continue // PostgreSQL refuses these itself (428C9)
		}
		var last outcome
		for _, expr := range changed(t, c) {
			o, err := attempt(ctx, tx, unread, fmt.Sprintf("UPDATE %s t SET %s = %s WHERE %s", through, quote(c.Name), expr, where))
			if err != nil {
				return nil, err
			}
			last = o
			if !weakRefusal(o) {
				break
			}
		}
		out[c.Name] = last
	}
	return out, nil
}

// weakRefusal: the value was refused, not the change; another value may show more.
func weakRefusal(o outcome) bool {
	return o.layer == evidence.LayerConstraint || strings.HasPrefix(o.sqlstate, "22") || o.sqlstate == "42804"
}
