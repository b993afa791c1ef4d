package poc_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/arxsec/arxctl/internal/poc"
)

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// as runs fn in a transaction of the organisation that is rolled back.
func as(t *testing.T, conn *pgx.Conn, org string, fn func(pgx.Tx)) {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), "SELECT set_config('request.jwt.claims', $1, true)", `{"org_id":"`+org+`"}`); err != nil {
		t.Fatal(err)
	}
	fn(tx)
}

// tenantTables maps every table with a tenant to its tenant column, from the catalogue.
func tenantTables(t *testing.T, conn *pgx.Conn) map[string]string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `SELECT c.relname, coalesce(max(a.attname) FILTER (WHERE a.attname = 'org_id'), 'id')
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relrowsecurity
		GROUP BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]string{}
	var name, column string
	if _, err := pgx.ForEachRow(rows, []any{&name, &column}, func() error { tables[name] = column; return nil }); err != nil {
		t.Fatal(err)
	}
	return tables
}

func org(t *testing.T, s *poc.Stack, name string) poc.Org {
	t.Helper()
	o, err := s.Org(name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestEveryTenantTableShowsItsOwnRowsOnly(t *testing.T) {
	s := up(t)
	app, a := connect(t, s.DSN("arx_app")), org(t, s, "a")
	tables := tenantTables(t, app)
	if len(tables) < 12 {
		t.Errorf("%d tenant tables, want at least 12", len(tables))
	}
	for table, column := range tables {
		as(t, app, a.ID, func(tx pgx.Tx) {
			var own, foreign int
			err := tx.QueryRow(t.Context(), fmt.Sprintf(`SELECT count(*) FILTER (WHERE %[1]s = $1::uuid),
				count(*) FILTER (WHERE %[1]s IS DISTINCT FROM $1::uuid) FROM %[2]s`, column, table), a.ID).Scan(&own, &foreign)
			if err != nil || own == 0 || foreign != 0 {
				t.Errorf("%s as a: %d own, %d foreign (%v), want some and none", table, own, foreign, err)
			}
		})
		var unset int
		if err := app.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&unset); err != nil || unset != 0 {
			t.Errorf("%s without a tenant, after one: %d rows (%v), want none", table, unset, err)
		}
	}
	as(t, app, a.ID, func(tx pgx.Tx) {
		var usage, total int
		err := tx.QueryRow(t.Context(), `SELECT (SELECT count(DISTINCT org_id) FROM org_usage), usage_total('runs')`).Scan(&usage, &total)
		if err != nil || usage != 1 || total != 60 {
			t.Errorf("view over the materialised view shows %d organisations, function says %d (%v); want 1 and 60", usage, total, err)
		}
	})
}

func TestAuditTriggersRefuseEveryRole(t *testing.T) {
	s := up(t)
	super := connect(t, s.SuperDSN())
	rows, err := super.Query(t.Context(), "SELECT relid::regclass::text FROM pg_partition_tree('audit_log')")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) != 8 {
		t.Errorf("%d tables in the partition tree, want the parent and seven months", len(tables))
	}
	var filled int
	for _, table := range tables {
		var n int
		if err := super.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		statements := map[string]string{"TRUNCATE": "TRUNCATE " + table}
		if n > 0 {
			filled++
			statements["UPDATE"] = "UPDATE " + table + " SET status = 'changed'"
			statements["DELETE"] = "DELETE FROM " + table
		}
		for op, sql := range statements {
			for _, mode := range []string{"origin", "replica"} {
				_, err := super.Exec(t.Context(), "BEGIN; SET LOCAL session_replication_role = "+mode+"; "+sql+"; ROLLBACK")
				want := "audit_log is immutable: " + op + " is not allowed"
				var refusal *pgconn.PgError
				if !errors.As(err, &refusal) || refusal.Message != want {
					t.Errorf("%s of %s in %s mode: %v, want %q", op, table, mode, err, want)
				}
				if _, err := super.Exec(t.Context(), "ROLLBACK"); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if filled != 5 {
		t.Errorf("%d tables of the tree hold rows, want the parent, three past months and this one", filled)
	}
	app, a := connect(t, s.DSN("arx_app")), org(t, s, "a")
	for _, c := range []struct{ sql, want string }{
		{"UPDATE audit_log SET status = 'changed'", "audit_log is immutable: UPDATE"},
		{"DELETE FROM audit_log", "audit_log is immutable: DELETE"},
		{"TRUNCATE audit_log", "permission denied"},
		{"SELECT FROM " + tables[1], "permission denied"},
		{"INSERT INTO audit_log (org_id, actor, action, policy_verdict, inputs_hash, outputs_hash, duration_ms, status, created_at) " +
			"SELECT org_id, actor, action, policy_verdict, inputs_hash, outputs_hash, duration_ms, status, now() - interval '1 day' " +
			"FROM audit_log LIMIT 1", "permission denied"},
		{"SELECT audit_log_add_month('2000-01-01')", "permission denied"},
		{"SELECT FROM usage_monthly", "permission denied"},
	} {
		as(t, app, a.ID, func(tx pgx.Tx) {
			if _, err := tx.Exec(t.Context(), c.sql); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the application's %q: %v, want %q", c.sql, err, c.want)
			}
		})
	}
}

// TestChainVerifiesFromItsDescription recomputes the chain from what arxctl.yaml says of it, without the schema's own function.
func TestChainVerifiesFromItsDescription(t *testing.T) {
	s := up(t)
	ctx := t.Context()
	app, a := connect(t, s.DSN("arx_app")), org(t, s, "a")
	const insert = `INSERT INTO audit_log (org_id, actor, action, policy_verdict, inputs_hash, outputs_hash, duration_ms, status)
		VALUES ($1, 'key:test', $2, 'allow', repeat('0', 64), repeat('f', 64), 1, 'ok')`
	second := connect(t, s.DSN("arx_app"))
	// Draw an id in one transaction, and write the row of a later id first.
	for i := range 20 {
		for _, conn := range []*pgx.Conn{app, second} {
			tx, err := conn.Begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(ctx, "SELECT set_config('request.jwt.claims', $1, true)", `{"org_id":"`+a.ID+`"}`); err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(ctx, insert, a.ID, fmt.Sprintf("probe.%d", i)); err != nil {
				t.Fatal(err)
			}
			if err := tx.Commit(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	reader := connect(t, s.DSN("arx_reader"))
	rows, err := reader.Query(ctx, `SELECT prev_hash, row_hash, concat_ws('|', prev_hash, id, org_id, actor, action, policy_verdict,
		inputs_hash, outputs_hash, duration_ms, status, (extract(epoch FROM created_at) * 1000000)::bigint), org_id::text
		FROM audit_log ORDER BY org_id, id`)
	if err != nil {
		t.Fatal(err)
	}
	heads := map[string]string{}
	var prev, hash, text, owner string
	count := 0
	_, err = pgx.ForEachRow(rows, []any{&prev, &hash, &text, &owner}, func() error {
		count++
		sum := sha256.Sum256([]byte(text))
		if hex.EncodeToString(sum[:]) != hash || prev != heads[owner] {
			t.Errorf("row %q of %s does not follow from the one before it", text, owner)
		}
		heads[owner] = hash
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := 40 + 5*11; count != want || len(heads) != 5 {
		t.Errorf("%d rows in %d chains, want %d in those of a, b and three bystanders", count, len(heads), want)
	}
}

func TestRolesAreWhatTheySay(t *testing.T) {
	s := up(t)
	conn := connect(t, s.DSN("arx_app"))
	var bad []string
	rows, err := conn.Query(t.Context(), `
		SELECT 'app attribute' FROM pg_roles WHERE rolname = session_user
			AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
		UNION ALL SELECT 'app is a member of ' || roleid::regrole FROM pg_auth_members WHERE member = session_user::regrole
		UNION ALL SELECT 'not owned by arx_owner: ' || oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace
			AND relkind IN ('r', 'p', 'v') AND relowner <> 'arx_owner'::regrole AND relname !~ '^goose'
		UNION ALL SELECT 'not forced: ' || oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace
			AND relrowsecurity AND NOT relforcerowsecurity`)
	if err != nil {
		t.Fatal(err)
	}
	if bad, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(bad) != 0 {
		t.Errorf("%v (%v)", bad, err)
	}
}
