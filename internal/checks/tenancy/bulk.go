package tenancy

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// slice is how many tables one transaction touches. Each takes a few entries
// of the lock table, whose default room is 64 for each connection
// (PostgreSQL documentation, max_locks_per_transaction).
const slice = 100

// ask is one question to the database. SQL gives one text value.
type ask struct {
	key   string
	sql   string
	steps []string // statements before it; arxctl.rows holds the row count of the last
}

// answer is what came back: a value, or the error that was raised instead.
type answer struct {
	val   string
	state string // SQLSTATE; "" when there was no error
	msg   string
	ctx   string // where it was raised
	err   error  // the session itself failed: blind
}

func (a answer) ok() bool { return a.err == nil && a.state == "" }

// refusal says which layer refused, or why the answer is blind.
func (a answer) refusal() (evidence.Layer, string) {
	if a.err != nil {
		return stack.Refusal(a.err)
	}
	if a.state == "" {
		return evidence.LayerNone, ""
	}
	routine := ""
	if strings.HasSuffix(firstLine(a.ctx), " at RAISE") {
		routine = "exec_stmt_raise"
	}
	return stack.Refusal(&pgconn.PgError{Code: a.state, Message: a.msg, Routine: routine})
}

// String is the answer for a person.
func (a answer) String() string {
	switch {
	case a.err != nil:
		return a.err.Error()
	case a.state != "":
		return a.state + " " + a.msg
	}
	return a.val
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

func literal(s string) string { return catalog.Literal(s) }

func ident(s string) string { return catalog.Ident(s) }

// inRead asks all questions as the actor in read-only transactions, one block
// of PL/pgSQL for each slice, so that a thousand tables take no thousand round
// trips and one table's error does not hide another's answer.
func inRead(ctx context.Context, c *pgx.Conn, a stack.Actor, asks []ask) (map[string]answer, error) {
	out := make(map[string]answer, len(asks))
	for len(asks) > 0 {
		n := min(slice, len(asks))
		if err := readSlice(ctx, c, a, asks[:n], out); err != nil {
			return nil, err
		}
		asks = asks[n:]
	}
	return out, nil
}

// readSlice halves a slice that ran out of time, until the one question that
// takes too long stands alone.
func readSlice(ctx context.Context, c *pgx.Conn, a stack.Actor, asks []ask, out map[string]answer) error {
	err := stack.Read(ctx, c, a, func(tx pgx.Tx) error { return block(ctx, tx, asks, false, out) })
	if err == nil {
		return nil
	}
	if ctx.Err() != nil || c.IsClosed() || stack.SQLState(err) == "" {
		return err
	}
	if len(asks) == 1 {
		out[asks[0].key] = answer{err: err}
		return nil
	}
	for _, half := range [][]ask{asks[:len(asks)/2], asks[len(asks)/2:]} {
		if err := readSlice(ctx, c, a, half, out); err != nil {
			return err
		}
	}
	return nil
}

// block asks the questions inside the transaction. With undo, what each of them
// wrote is undone before the next one. Answers come back in a setting, since a
// DO block returns nothing.
func block(ctx context.Context, tx pgx.Tx, asks []ask, undo bool, out map[string]answer) error {
	jobs := make([][]string, len(asks))
	for i, q := range asks {
		jobs[i] = append(slices.Clone(q.steps), q.sql)
	}
	list, err := json.Marshal(jobs)
	if err != nil {
		return err
	}
	// One loop over data: statements of their own would each be compiled.
	var b strings.Builder
	b.WriteString("\nDECLARE job jsonb; v text; st text; ms text; cx text; n bigint; res text[] := '{}';\nBEGIN\nFOR job IN SELECT value FROM pg_catalog.jsonb_array_elements(" + literal(string(list)) + `::pg_catalog.jsonb) LOOP
 v := NULL; st := NULL; ms := NULL; cx := NULL;
 BEGIN
  FOR i IN 0 .. pg_catalog.jsonb_array_length(job) - 2 LOOP
   EXECUTE job ->> i;
   GET DIAGNOSTICS n = ROW_COUNT;
   PERFORM pg_catalog.set_config('arxctl.rows', n::text, true);
  END LOOP;
  EXECUTE job ->> -1 INTO v;
`)
	if undo {
		b.WriteString("  RAISE SQLSTATE 'ARX00' USING MESSAGE = coalesce(v, '');\n")
	}
	b.WriteString(` EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS st = RETURNED_SQLSTATE, ms = MESSAGE_TEXT, cx = PG_EXCEPTION_CONTEXT;
  IF st = 'ARX00' THEN v := ms; st := NULL; END IF;
 END;
 res := res || pg_catalog.json_build_array(v, st, ms, cx)::text;
END LOOP;
PERFORM pg_catalog.set_config('arxctl.answers', pg_catalog.array_to_json(res)::text, true);
END `)
	if len(asks) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, "DO "+dollar(b.String())); err != nil {
		return err
	}
	var raw string
	if err := tx.QueryRow(ctx, "SELECT current_setting('arxctl.answers')").Scan(&raw); err != nil {
		return err
	}
	var rows []string
	if err := json.Unmarshal([]byte(raw), &rows); err != nil {
		return fmt.Errorf("reading the answers of the block: %w", err)
	}
	if len(rows) != len(asks) {
		return fmt.Errorf("reading the answers of the block: expected %d, got %d", len(asks), len(rows))
	}
	for i, row := range rows {
		var f [4]*string
		if err := json.Unmarshal([]byte(row), &f); err != nil {
			return fmt.Errorf("reading the answers of the block: %w", err)
		}
		a := answer{val: deref(f[0]), state: deref(f[1]), ctx: deref(f[3])}
		if a.state != "" {
			a.msg = deref(f[2])
		}
		out[asks[i].key] = a
	}
	return nil
}

// dollar quotes a body with a tag that does not occur in it: names in the body
// come from the stack.
func dollar(body string) string {
	tag := "$arx$"
	for i := 0; strings.Contains(body, tag); i++ {
		tag = fmt.Sprintf("$arx%d$", i)
	}
	return tag + body + tag
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
