package auditlog

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Coverage looks at which rows the partitions have room for, and which they
// should still hold.
var Coverage = &checks.Check{
	ID: "auditlog.coverage", Version: 2,
	Title:        "No partition of the audit log is missing",
	Proves:       "Between the first and the last bound of each range-partitioned audit table there is no gap, each remainder of a hash-partitioned one has its partition, and a row of this moment has a partition to go to. With db.audit.retention, nothing that is younger than it has left.",
	DoesNotProve: "Without db.audit.retention, that the oldest partition was old enough to be dropped. That rows inside a partition are all there: that is the hash chain's to show.",
	Fix:          "Restore the missing partition from a backup, drop partitions by age only, and create the next ones before they are needed.",
	Doors:        []stack.Door{stack.DoorDB},
	Reproduce:    `psql "$ARXCTL_APP_DSN" -Atc "SELECT i.inhparent::regclass, c.oid::regclass, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relispartition AND c.relkind IN ('r','p') ORDER BY 1, 3"; arxctl check --only auditlog.coverage -c "$ARXCTL_CONFIG"`,
	POC:          "INV-001",
	Run:          runCoverage,
}

var (
	rangeKey   = regexp.MustCompile(`^RANGE \((?:"((?:[^"]|"")+)"|([a-z_][a-z0-9_$]*))\)$`)
	rangeBound = regexp.MustCompile(`^FOR VALUES FROM \((.+)\) TO \((.+)\)$`)
	hashBound  = regexp.MustCompile(`^FOR VALUES WITH \(modulus (\d+), remainder (\d+)\)$`)
)

func runCoverage(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st, rec)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	if len(s.roots) == 0 {
		s.declare("partitioned audit tables", nil)
		return nil
	}
	rec.Population("partitioned audit tables")
	judged := 0
	for _, root := range s.roots {
		for _, t := range root.tree() {
			switch {
			case t.Kind != "p":
			case strings.HasPrefix(t.Key, "HASH"):
				judged++
				s.remainders(t)
			case rangeKey.MatchString(t.Key):
				judged++
				if err := s.ranges(ctx, t); err != nil {
					return fmt.Errorf("%s: %w", t, err)
				}
			default:
				rec.Fact("not-judged:"+t.String(), "partitioned by "+t.Key+": which partitions there should be cannot be told from the catalogue")
			}
		}
		if err := s.detached(ctx, root); err != nil {
			return err
		}
	}
	see := rec.Advice
	if judged == 0 {
		see = rec.Sight // it is what shows that there are no partitions to judge
	}
	for _, root := range s.roots {
		see(root.String(), "how it is partitioned was read", "SELECT pg_get_partkeydef("+literal(root.String())+"::regclass)", evidence.Matches(`.`), describeKey(root))
	}
	if judged == 0 {
		rec.NotApplicable("no audit table is partitioned by range or hash")
	}
	return nil
}

func describeKey(t *table) string {
	if t.Key == "" {
		return "not partitioned"
	}
	return t.Key
}

// remainders: rows of a missing remainder have nowhere to go, and those that
// were there are gone.
func (s *session) remainders(t *table) {
	unit, via := t.String(), "SELECT pg_get_expr(relpartbound, oid) FROM pg_class"
	s.rec.Population("partitioned audit tables", unit)
	s.rec.Sight(unit, "its partitions can be read", via, evidence.AtLeast(1), fmt.Sprint(len(t.children)))
	covered, modulus := map[int]bool{}, 1
	var parts [][2]int
	for _, c := range t.children {
		m := hashBound.FindStringSubmatch(c.Bound)
		if m == nil {
			continue
		}
		mod, _ := strconv.Atoi(m[1]) // digits, by the expression
		rem, _ := strconv.Atoi(m[2])
		parts, modulus = append(parts, [2]int{mod, rem}), max(modulus, mod)
	}
	for _, p := range parts {
		for r := p[1]; r < modulus; r += p[0] {
			covered[r] = true
		}
	}
	var missing []string
	for r := range modulus {
		if !covered[r] {
			missing = append(missing, fmt.Sprintf("modulus %d, remainder %d", modulus, r))
		}
	}
	s.rec.Claim(unit, "each remainder has its partition", via, evidence.Absent(), strings.Join(missing, "; "))
}

// ranges looks for gaps between the bounds of one table's partitions.
func (s *session) ranges(ctx context.Context, t *table) error {
	unit := t.String()
	m := rangeKey.FindStringSubmatch(t.Key)
	key, _ := t.column(strings.ReplaceAll(m[1], `""`, `"`) + m[2])
	s.rec.Population("partitioned audit tables", unit)
	var rest *table
	var values []string
	for _, c := range t.children {
		b := rangeBound.FindStringSubmatch(c.Bound)
		if b == nil {
			rest = c // DEFAULT
			continue
		}
		values = append(values, fmt.Sprintf("(%s, %s, %s)", bound(b[1], key.Type), bound(b[2], key.Type), literal(c.String())))
	}
	via := "SELECT pg_get_expr(relpartbound, oid) FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid WHERE inhparent = " + literal(unit) + "::regclass"
	s.rec.Sight(unit, "its partitions can be read", via, evidence.AtLeast(1), fmt.Sprint(len(t.children)))
	if len(values) == 0 {
		return nil
	}
	return s.read(ctx, s.actors[0], func(tx pgx.Tx) error {
		q := fmt.Sprintf(`SELECT coalesce(string_agg(format('%%s to %%s, before %%s', hi, lo, part), '; ' ORDER BY lo) FILTER (WHERE hi < lo), '') FROM
			(SELECT lo, part, max(hi) OVER (ORDER BY lo ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS hi FROM (VALUES %s) v(lo, hi, part)) x`, strings.Join(values, ", "))
		var gaps string
		if err := tx.QueryRow(ctx, q).Scan(&gaps); err != nil {
			return fmt.Errorf("comparing bounds: %w", err)
		}
		s.rec.Claim(unit, "there is no gap between partitions", via, evidence.Absent(), gaps)
		if key.Category == "D" {
			if err := s.now(ctx, tx, t, values, rest, via); err != nil {
				return err
			}
			if err := s.retained(ctx, tx, t, values, via); err != nil {
				return err
			}
		}
		return s.rest(ctx, t, rest)
	})
}

// bound turns a bound's text into SQL of the key's type.
func bound(text, typ string) string {
	switch {
	case text == "MINVALUE" && isTimeType(typ):
		return "'-infinity'::" + typ
	case text == "MAXVALUE" && isTimeType(typ):
		return "'infinity'::" + typ
	case text == "MINVALUE", text == "MAXVALUE":
		return "NULL::" + typ
	case strings.HasPrefix(text, "'"):
		return text + "::" + typ
	}
	return "(" + text + ")::" + typ
}

func isTimeType(typ string) bool { return strings.HasPrefix(typ, "timestamp") || typ == "date" }

// now: a row of this moment must have a partition, else actions fail, or go on
// without their row.
func (s *session) now(ctx context.Context, tx pgx.Tx, t *table, values []string, rest *table, via string) error {
	if rest != nil {
		return nil
	}
	var room bool
	if err := tx.QueryRow(ctx, fmt.Sprintf("SELECT count(*) > 0 FROM (VALUES %s) v(lo, hi, part) WHERE now() >= lo AND now() < hi", strings.Join(values, ", "))).Scan(&room); err != nil {
		return err
	}
	s.rec.Advice(t.String(), "a row of this moment has a partition to go to", via, evidence.Equals("true"), fmt.Sprint(room))
	return nil
}

// rest: rows in the DEFAULT partition mean that theirs was missing once; they
// block its creation and outlive retention by partition.
func (s *session) rest(ctx context.Context, t, rest *table) error {
	if rest == nil {
		return nil
	}
	viewers, _ := s.viewers(ctx, rest)
	for _, a := range viewers {
		var some bool
		q := "SELECT EXISTS (SELECT FROM " + rest.quoted() + ")"
		err := s.read(ctx, a, func(tx pgx.Tx) error { return tx.QueryRow(ctx, q).Scan(&some) })
		if stack.SQLState(err) == "42501" {
			continue
		}
		if err != nil {
			return err
		}
		s.rec.Advice(t.String(), "its DEFAULT partition "+rest.String()+" holds no rows", q, evidence.Equals("false"), fmt.Sprint(some))
	}
	return nil
}

// detached names tables with the columns of the audit table that stand beside
// it without a guard: a partition that was detached, or an archive.
func (s *session) detached(ctx context.Context, root *table) error {
	const q = `WITH names AS (SELECT attrelid, array_agg(attname ORDER BY attname) AS cols FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped GROUP BY 1)
		SELECT c.oid, format('%I.%I', n.nspname, c.relname) FROM names x JOIN pg_class c ON c.oid = x.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r','p') AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\_%' AND x.cols = (SELECT cols FROM names WHERE attrelid = $1::oid)`
	inside := map[uint32]bool{}
	for _, r := range s.roots {
		for _, t := range r.tree() {
			inside[t.OID] = true
		}
	}
	var found []string
	err := s.read(ctx, s.actors[0], func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, q, root.OID)
		return each(rows, func(r pgx.Rows) error {
			var oid uint32
			var name string
			err := r.Scan(&oid, &name)
			i := slices.IndexFunc(s.cat.tables, func(t *table) bool { return t.OID == oid })
			if !inside[oid] && (i < 0 || !s.cat.state(s.cat.tables[i], "UPDATE", bitUpdate).refused) {
				found = append(found, name)
			}
			return err
		})
	})
	if err == nil && len(found) > 0 {
		s.rec.Advice(root.String(), "no unguarded table beside it has its columns (a detached partition, an archive)", "pg_attribute", evidence.Absent(), strings.Join(found, ", "))
	}
	return err
}
