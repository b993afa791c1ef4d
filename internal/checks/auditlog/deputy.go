package auditlog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks/auditlog/plpgsql"
	"github.com/arxsec/arxctl/internal/evidence"
)

// deputies are SECURITY DEFINER functions that the application may call and
// that take guards away in its place. Switching triggers off is the harm itself,
// as is TRUNCATE where nothing refuses it. DROP and DETACH of partitions may be
// how retention works: advice where the time, the caller or stored rows decide
// what goes, a harm where the caller alone does.
func (s *session) deputies(ctx context.Context, tx pgx.Tx, root *table, roles []reachable) error {
	var names []string
	for _, r := range roles {
		names = append(names, fmt.Sprint(r.oid))
	}
	fns, err := queryFunctions(ctx, tx, functionsSQL+`WHERE p.prokind IN ('f','p') AND p.prosecdef AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
		AND EXISTS (SELECT FROM unnest($1::oid[]) r WHERE has_function_privilege(r, p.oid, 'EXECUTE'))`, "{"+strings.Join(names, ",")+"}")
	if err != nil {
		return err
	}
	var harms, advice []string
	for _, f := range fns {
		var hard, soft []string
		for _, w := range switchesIn(f, root.tree()) {
			switch w {
			case "session_replication_role", "disable trigger", "drop trigger", "drop function":
				hard = append(hard, w)
			case "truncate":
				if s.cat.state(root, "TRUNCATE", bitTruncate).refused {
					continue
				}
				hard = append(hard, w)
			default:
				if strings.HasPrefix(w, "SET ") {
					hard = append(hard, w)
				} else {
					soft = append(soft, w)
				}
			}
		}
		if len(soft) > 0 {
			free, err := s.anything(ctx, tx, root, f)
			if err != nil {
				return err
			}
			if free {
				hard = append(hard, strings.Join(soft, ", ")+" on whatever its caller names, on no condition of its own")
			}
		}
		if len(hard) > 0 {
			harms = append(harms, fmt.Sprintf("%s, owned by %s, uses %s", f, f.OwnerName, strings.Join(hard, ", ")))
		} else if len(soft) > 0 {
			advice = append(advice, fmt.Sprintf("%s, owned by %s, uses %s", f, f.OwnerName, strings.Join(soft, ", ")))
		}
	}
	const via = "SELECT p.oid::regprocedure, prosrc, proconfig FROM pg_proc p WHERE prosecdef AND has_function_privilege(p.oid, 'EXECUTE')"
	s.rec.Claim(root.String(), "no SECURITY DEFINER function that the application may call takes the guard away", via, evidence.Absent(), strings.Join(harms, "; "))
	if len(advice) > 0 {
		s.rec.Advice(root.String(), "the application cannot have partitions dropped or detached by a SECURITY DEFINER function", via, evidence.Absent(), strings.Join(advice, "; "))
	}
	return nil
}

// anything reports whether nothing but its caller decides what the function
// takes away, and its owner has the right to.
func (s *session) anything(ctx context.Context, tx pgx.Tx, root *table, f *function) (bool, error) {
	source := f.Source
	if calls := slices.DeleteFunc(plpgsql.Calls(f.Source), func(n string) bool { return !plain(n) }); len(calls) > 0 {
		// The condition may stand in a helper.
		helpers, err := queryFunctions(ctx, tx, functionsSQL+"WHERE p.proname = ANY($1::text[]) AND p.oid <> $2::oid AND n.nspname NOT IN ('pg_catalog', 'information_schema')", "{"+strings.Join(calls, ",")+"}", f.OID)
		if err != nil {
			return false, err
		}
		for _, h := range helpers {
			if h.Language != "plpgsql" && h.Language != "sql" {
				return false, nil // what it decides cannot be read
			}
			source += "\n;" + h.Source
		}
	}
	if !plpgsql.Unconditional(source) {
		return false, nil
	}
	var may bool
	err := tx.QueryRow(ctx, "SELECT pg_has_role($1::oid, $2::oid, 'USAGE') OR pg_has_role($1::oid, $3::oid, 'USAGE')", f.Owner, root.Owner, root.SchemaOwner).Scan(&may)
	return may, err
}

// hijack: a guard whose refusal hangs on a helper that it calls without naming
// a schema, with no search_path of its own, can be led to another helper by
// whoever may create functions in a schema (PostgreSQL manual, "Writing
// SECURITY DEFINER Functions Safely"; the same holds for triggers).
func (s *session) hijack(ctx context.Context, tx pgx.Tx, root *table, roles []reachable) error {
	var exposed []string
	for _, t := range root.tree() {
		for _, g := range t.Triggers {
			pinned := slices.ContainsFunc(g.Fn.Config, func(c string) bool { return strings.HasPrefix(c, "search_path=") })
			if g.Type&(bitUpdate|bitDelete|bitTruncate) == 0 || g.Fn.body == nil || pinned {
				continue
			}
			alone := g.context(t, "UPDATE", nil)
			if g.Fn.body.Decide(alone).Always() {
				continue // raises by itself
			}
			for _, call := range plpgsql.Unqualified(g.Fn.Source) {
				if len(s.cat.lookup(call)) > 0 {
					exposed = append(exposed, fmt.Sprintf("%s calls %s() without a schema and pins no search_path", g.Fn, ident(call)))
				}
			}
		}
	}
	slices.Sort(exposed)
	exposed = slices.Compact(exposed)
	if len(exposed) == 0 {
		return nil
	}
	var schemas []string
	for _, r := range roles {
		rows, _ := tx.Query(ctx, `SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND has_schema_privilege($1::oid, oid, 'CREATE')`, r.oid)
		if err := each(rows, func(x pgx.Rows) error {
			var n string
			if err := x.Scan(&n); err != nil {
				return err
			}
			schemas = append(schemas, n)
			return nil
		}); err != nil {
			return err
		}
	}
	got := ""
	if len(schemas) > 0 {
		got = fmt.Sprintf("%s, and the application may create functions in schema %s", strings.Join(exposed, "; "), strings.Join(schemas, ", "))
	}
	s.rec.Claim(root.String(), "the helpers that the guard calls cannot be shadowed", "SELECT proconfig, prosrc FROM pg_proc; SELECT has_schema_privilege(session_user, nspname, 'CREATE') FROM pg_namespace", evidence.Absent(), got)
	return nil
}
