package auditlog

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// expectation is what a complete row has in one column, as the SQL that is true
// of a row without it.
type expectation struct {
	column string
	missed string // for a person
	sql    string // true of a bad row; t is the table
	// nullable: NULL may be how the table says that there was nothing to record.
	nullable bool
}

var (
	notDigest    = regexp.MustCompile(`(?i)(algo(rithm)?|alg|version|type|tag|count|_id)$`)
	durationName = regexp.MustCompile(`(?i)duration|elapsed|latency|took|_ms$|_us$|millis`)
	coreName     = regexp.MustCompile(`(?i)^(actor|user|who|by|principal|subject|action|event|operation|op|verb|what|verdict|decision|outcome|result|status|effect|[a-z]+_verdict|event_?type|event_?name|actor_?(id|name|type|email)|user_?(id|name|email))$`)
	categoryName = regexp.MustCompile(`(?i)verdict|decision|outcome|result|status|effect|kind|type|action|event|operation|verb|what|category`)
)

// expectations of a table, from db.audit.required where it is given, and from
// the columns themselves.
func (s *session) expectations(ctx context.Context, tx pgx.Tx, t *table) ([]expectation, error) {
	var out []expectation
	var required []string
	if a := s.st.DB.Audit; a != nil {
		required = a.Required
	}
	for _, name := range required {
		if _, has := t.column(name); !has {
			if len(s.roots) > 1 {
				continue
			}
			return nil, fmt.Errorf("db.audit.required: %s has no column %s", t, ident(name))
		}
		out = append(out, expectation{column: name, missed: "empty", sql: empty(name)})
	}
	_, prev, _ := chainColumns(t)
	if f, err := toldFormula(t, s.configuredChain()); err == nil && f != nil {
		prev = f.Prev
	}
	for _, c := range t.Columns {
		if c.Generated != "" || slices.Contains(required, c.Name) && !isDigest(c) && !isDuration(c) {
			continue
		}
		switch {
		case isDigest(c):
			e, err := digestExpectation(ctx, tx, t, c, c.Name == prev)
			if err != nil {
				return nil, err
			}
			out = append(out, e...)
		case isDuration(c):
			zero := "0"
			if c.Type == "interval" {
				zero = "interval '0'"
			}
			out = append(out, expectation{column: c.Name, missed: "negative", sql: fmt.Sprintf("t.%s < %s", quote(c.Name), zero)})
			if !c.NotNull {
				out = append(out, expectation{column: c.Name, missed: "NULL", sql: fmt.Sprintf("t.%s IS NULL", quote(c.Name)), nullable: true})
			}
		case c.NotNull && c.Category == "S" && coreName.MatchString(c.Name):
			out = append(out, expectation{column: c.Name, missed: "empty", sql: empty(c.Name)})
		}
	}
	return out, nil
}

func empty(name string) string {
	return fmt.Sprintf("coalesce(btrim(t.%s::text), '') = ''", quote(name))
}

func isDigest(c column) bool {
	text := c.Category == "S" || c.Type == "bytea"
	named := hashName.MatchString(c.Name) || regexp.MustCompile(`(?i)\b(hash|sha-?256|sha-?512|digest)\b`).MatchString(c.Comment)
	return text && named && !secretName.MatchString(c.Name) && !notDigest.MatchString(c.Name)
}

func isDuration(c column) bool {
	return durationName.MatchString(c.Name) && (c.Category == "N" || c.Type == "interval")
}

// digestExpectation learns from stored rows how this column spells a digest:
// its usual length, and whether it is hexadecimal.
func digestExpectation(ctx context.Context, tx pgx.Tx, t *table, c column, link bool) ([]expectation, error) {
	q := "t." + quote(c.Name)
	var length, filled, hexed int
	err := tx.QueryRow(ctx, fmt.Sprintf(`SELECT coalesce(mode() WITHIN GROUP (ORDER BY length(v)), 0), count(*), count(*) FILTER (WHERE v ~* '^(\\x)?[0-9a-f]+$')
		FROM (SELECT %s::text AS v FROM %s t LIMIT 2000) x WHERE v <> '' AND v !~ '^(\\x)?0*$'`, q, t.quoted())).Scan(&length, &filled, &hexed)
	if err != nil {
		return nil, err
	}
	var out []expectation
	starts := "false"
	if link { // a chain's first row links to nothing
		starts = fmt.Sprintf("coalesce(%s::text, '') ~ '^(\\\\x)?0*$' OR length(%s::text) < 16", q, q)
	}
	if filled > 0 && length < 20 {
		return nil, nil // named like a digest, but it holds none
	}
	shape := fmt.Sprintf("(%[1]s::text = '' OR %[1]s::text ~ '^(\\\\x)?0*$')", q)
	if filled > 0 {
		shape = fmt.Sprintf("(%s OR length(%s::text) <> %d", shape, q, length)
		if hexed*10 >= filled*9 {
			shape += fmt.Sprintf(` OR %s::text !~* '^(\\x)?[0-9a-f]+$'`, q)
		}
		shape += ")"
	}
	out = append(out, expectation{column: c.Name, missed: "no digest", sql: fmt.Sprintf("%s IS NOT NULL AND %s AND NOT (%s)", q, shape, starts)})
	if !c.NotNull && !link && filled > 0 {
		out = append(out, expectation{column: c.Name, missed: "NULL", sql: q + " IS NULL", nullable: true})
	}
	return out, nil
}

// explained reports whether NULL in a column follows from another column: rows
// of a certain kind have none, all others have one.
func explained(ctx context.Context, tx pgx.Tx, t *table, name string) (bool, error) {
	for _, c := range t.Columns {
		if c.Name == name || !categoryName.MatchString(c.Name) || isDigest(c) || c.Category == "D" || c.Category == "U" {
			continue
		}
		var mixed, small, groups int
		err := tx.QueryRow(ctx, fmt.Sprintf(`SELECT count(*) FILTER (WHERE nulls > 0 AND nulls < n), count(*) FILTER (WHERE nulls = n AND n < 3), count(*)
			FROM (SELECT count(*) AS n, count(*) - count(t.%s) AS nulls FROM %s t GROUP BY t.%s::text) x`, quote(name), t.quoted(), quote(c.Name))).Scan(&mixed, &small, &groups)
		if err != nil {
			return false, err
		}
		if mixed == 0 && small == 0 && groups > 1 {
			return true, nil
		}
	}
	return false, nil
}

// miss is what a sweep found of one expectation.
type miss struct {
	expectation
	count int64
	first string // where the first such row is
}

// sweep looks for rows that miss an expectation. where narrows the rows; it may
// be "true". It returns how many rows it looked at.
func (s *session) sweep(ctx context.Context, tx pgx.Tx, t *table, list []expectation, where string) (rows int64, missed []miss, err error) {
	cols := []string{"count(*)"}
	for _, e := range list {
		cols = append(cols, fmt.Sprintf("count(*) FILTER (WHERE %s)", e.sql))
	}
	q := fmt.Sprintf("SELECT %s FROM %s t WHERE %s", strings.Join(cols, ", "), t.quoted(), where)
	counts := make([]int64, len(cols))
	ptrs := make([]any, len(cols))
	for i := range counts {
		ptrs[i] = &counts[i]
	}
	if err := tx.QueryRow(ctx, q).Scan(ptrs...); err != nil {
		return 0, nil, err
	}
	for i, e := range list {
		n := counts[i+1]
		if n == 0 {
			continue
		}
		if e.nullable {
			if n == counts[0] {
				continue // the column is not in use
			}
			if ok, err := explained(ctx, tx, t, e.column); err != nil || ok {
				if err != nil {
					return 0, nil, err
				}
				continue
			}
		}
		m := miss{expectation: e, count: n}
		key := "t.tableoid::regclass::text || ' ' || t.ctid::text"
		if k := orderColumn(t); k != "" {
			key = fmt.Sprintf("%s || t.%s::text", literal(k+" = "), quote(k))
		}
		if err := tx.QueryRow(ctx, fmt.Sprintf("SELECT %s FROM %s t WHERE %s AND (%s) LIMIT 1", key, t.quoted(), where, e.sql)).Scan(&m.first); err != nil {
			return 0, nil, err
		}
		missed = append(missed, m)
	}
	return counts[0], missed, nil
}

func tell(missed []miss) string {
	var out []string
	for _, m := range missed {
		out = append(out, fmt.Sprintf("%s is %s in %d (first: %s)", ident(m.column), m.missed, m.count, m.first))
	}
	return strings.Join(out, "; ")
}
