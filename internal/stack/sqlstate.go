package stack

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/arxsec/arxctl/internal/evidence"
)

// SQLState returns the five-character SQLSTATE of an error from PostgreSQL
// (Appendix A of its documentation), or "" for any other error.
func SQLState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// Refusal says what an error from an attempted harm means: the layer that
// refused it, or, when the attempt was never answered as such, why it is blind.
//
//   - 42501 "violates row-level security", or with the row security DETAIL: row security
//   - 42501 otherwise: privilege
//   - 23xxx, 428C9, 44000: constraint
//   - P0001, and any SQLSTATE that a PL/pgSQL function raised itself: trigger (the caller
//     must know that no other function raises)
//   - 25006, 57014, 55P03, 25P02, 40001, 40P01, class 08, 53, 57, and errors of the connection: blind
func Refusal(err error) (layer evidence.Layer, blind string) {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		switch {
		case err == nil:
			return evidence.LayerNone, ""
		case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
			return evidence.LayerNone, "the check ran out of time"
		}
		return evidence.LayerNone, "the connection was lost"
	}
	switch pg.Code {
	case "25006":
		return evidence.LayerNone, "the transaction is read-only (25006): a standby or a read-only session refuses every write"
	case "57014":
		return evidence.LayerNone, "the statement timed out (57014)"
	case "55P03":
		return evidence.LayerNone, "a lock was not granted in time (55P03)"
	case "25P02":
		return evidence.LayerNone, "an earlier statement had already failed (25P02)"
	case "40001", "40P01":
		return evidence.LayerNone, "another transaction interfered (" + pg.Code + ")"
	case "42501":
		if pg.Routine == "ExecWithCheckOptions" || pg.Routine == "check_enable_rls" || strings.Contains(pg.Message, "row-level security") {
			return evidence.LayerRowSecurity, ""
		}
		if raised(pg) {
			return evidence.LayerTrigger, ""
		}
		return evidence.LayerPrivilege, ""
	case "428C9", "44000":
		return evidence.LayerConstraint, ""
	}
	switch pg.Code[:2] {
	case "08", "53", "57", "58", "XX":
		return evidence.LayerNone, "the server could not answer (" + pg.Code + ")"
	case "23":
		if raised(pg) {
			return evidence.LayerTrigger, ""
		}
		return evidence.LayerConstraint, ""
	}
	if raised(pg) || pg.Code[:2] == "P0" {
		return evidence.LayerTrigger, ""
	}
	return evidence.LayerNone, "an error that is neither the harm nor its refusal (" + pg.Code + ")"
}

// raised tells an exception that a PL/pgSQL function raised itself from one
// that PostgreSQL raised. Routine is not translated; the context line is.
func raised(pg *pgconn.PgError) bool { return pg.Routine == "exec_stmt_raise" }
