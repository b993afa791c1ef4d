package auditlog

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
)

var span = regexp.MustCompile(`^\s*(\d+)\s*(d|days?|w|weeks?|mo|mon|months?|y|yr|years?)\s*$`)

// retention turns 400d, 13mo or 7y into an interval of PostgreSQL's.
func retention(text string) (string, error) {
	m := span.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return "", fmt.Errorf("db.audit.retention: expected a number of days, weeks, months or years, as 400d, 13mo or 7y, got %q", text)
	}
	unit := map[byte]string{'d': "days", 'w': "weeks", 'm': "months", 'y': "years"}[m[2][0]]
	return m[1] + " " + unit, nil
}

// lostIDs is how many numbers may be missing at the front before it counts as
// rows that left: a few are lost to inserts that were rolled back.
const lostIDs = 3

// retained: with a retention that is told, nothing younger than it may have
// left at the front. A young system has no old partitions to show, so only rows
// that are known to have been there count: the numbers start late, or the first
// row of a chain points to one that is not there.
func (s *session) retained(ctx context.Context, tx pgx.Tx, t *table, values []string, via string) error {
	if s.st.DB.Audit == nil || s.st.DB.Audit.Retention == "" {
		return nil
	}
	keep, err := retention(s.st.DB.Audit.Retention)
	if err != nil {
		return err
	}
	var oldest string
	var inside bool
	q := fmt.Sprintf("SELECT min(lo)::text, min(lo) > now() - %s::interval FROM (VALUES %s) v(lo, hi, part)", literal(keep), strings.Join(values, ", "))
	if err := tx.QueryRow(ctx, q).Scan(&oldest, &inside); err != nil {
		return err
	}
	got := ""
	if inside {
		if got, err = s.leftAtFront(ctx, t); err != nil {
			return err
		}
		if got != "" {
			got = fmt.Sprintf("the oldest partition starts at %s, within the %s that rows are kept, and %s", oldest, keep, got)
		}
	}
	s.rec.Claim(t.String(), "no partition left within the "+keep+" that rows are kept", via, evidence.Absent(), got)
	return nil
}

// leftAtFront tells rows that were there and are not, as who sees every row.
func (s *session) leftAtFront(ctx context.Context, t *table) (string, error) {
	viewers, partial := s.viewers(ctx, t)
	if partial {
		return "", nil // a tenant's first number says nothing
	}
	for _, c := range t.Columns {
		if c.Identity == "" && !strings.HasPrefix(c.Default, "nextval(") {
			continue
		}
		var first, start int64
		err := s.read(ctx, viewers[0], func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, fmt.Sprintf(`SELECT coalesce(min(%s), 0)::bigint, coalesce((SELECT seqstart FROM pg_sequence WHERE seqrelid = pg_get_serial_sequence(%s, %s)::regclass), 1) FROM %s`,
				quote(c.Name), literal(t.quoted()), literal(c.Name), t.quoted())).Scan(&first, &start)
		})
		if err != nil {
			return "", err
		}
		if first-start >= lostIDs {
			return fmt.Sprintf("%s starts at %d though rows are numbered from %d", ident(c.Name), first, start), nil
		}
	}
	return "", nil
}
