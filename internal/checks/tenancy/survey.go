package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// survey is what both sides saw of a list of tables, rows seeded where a tenant had none.
type survey struct {
	seen   map[*side]map[*table]counts
	both   map[*table]both
	reason map[*table]string // why a table could not be given rows
	seeded map[*table]bool
}

func (v *survey) note(t *table) string {
	if v.seeded[t] {
		return " (rows added for the look, then rolled back)"
	}
	return ""
}

// overlapping is how many foreign rows a tenant sees in a table whose rows carry
// no tenant: all of the other's rows being visible is a leak, some of them can
// be rows that belong to both.
func (v *survey) overlapping(t *table) int64 {
	b, ok := v.both[t]
	if ok && b.shared > 0 && (b.shared == b.fromOthers || b.shared == b.mine) {
		return b.shared
	}
	return 0
}

// partly is how many rows both see in a table where each also sees rows of its own.
func (v *survey) partly(t *table) int64 {
	if v.overlapping(t) > 0 {
		return 0
	}
	return v.both[t].shared
}

// counted is the survey of all tenant tables, made once for the whole run by
// the first check that asks, over its own connections.
func (s *scene) counted(ctx context.Context) (*survey, error) {
	type made struct {
		*survey
		a, b *side
	}
	got, err := s.st.Once(ctx, "tenancy.counted", func() (any, error) {
		v, err := s.survey(ctx, s.tables)
		return made{v, s.a, s.b}, err
	})
	if err != nil {
		return nil, err
	}
	m := got.(made)
	v := *m.survey
	v.seen = map[*side]map[*table]counts{s.a: m.seen[m.a], s.b: m.seen[m.b]}
	return &v, nil
}

// survey counts the tables as both sides.
func (s *scene) survey(ctx context.Context, tables []*table) (*survey, error) {
	v := &survey{seen: map[*side]map[*table]counts{}, reason: map[*table]string{}, seeded: map[*table]bool{}}
	for _, x := range s.sides() {
		var list []*table
		for _, t := range tables {
			if x.readable(t.rel) {
				list = append(list, t)
			}
		}
		got, err := count(ctx, x.conn, x.actor, x.actor.ID, list)
		if err != nil {
			return nil, err
		}
		v.seen[x] = got
	}
	var rows, missing []*table
	for _, t := range tables {
		a, b := v.seen[s.a][t], v.seen[s.b][t]
		if !t.byColumn() && len(t.parents) == 0 && s.a.readable(t.rel) && s.b.readable(t.rel) {
			rows = append(rows, t)
		}
		if s.a.readable(t.rel) && a.answer.ok() && a.own == 0 && !closed(s.a, t.rel) || s.b.readable(t.rel) && b.answer.ok() && b.own == 0 && !closed(s.b, t.rel) {
			missing = append(missing, t)
		}
	}
	if err := s.addRows(ctx, v, missing); err != nil {
		return nil, err
	}
	var err error
	v.both, err = s.overlap(ctx, rows)
	return v, err
}

// addRows gives both tenants rows in the tables where one has none, counts
// again, and rolls all of it back.
func (s *scene) addRows(ctx context.Context, v *survey, missing []*table) error {
	why := ""
	if ok, reason := s.st.MayWrite(); !ok {
		why = "a tenant has no rows in it, and none may be added: " + reason
	} else if !s.sameLogin() {
		why = "a tenant has no rows in it, and rows that one login adds are not seen by the other's before they are committed; to see this: add rows for both tenants"
	}
	for _, t := range missing {
		v.reason[t] = why
	}
	if why != "" {
		return nil
	}
	for _, part := range chunks(missing) {
		err := stack.RolledBack(ctx, s.a.conn, s.a.actor, func(tx pgx.Tx) error {
			d := s.seeder(tx, s.a)
			for _, t := range d.fill(ctx, part, v.reason) {
				v.seeded[t] = true
			}
			for _, x := range s.sides() {
				if err := d.turn(ctx, x); err != nil {
					return err
				}
				got, err := countIn(ctx, tx, x.actor.ID, part)
				if err != nil {
					return err
				}
				for t, c := range got {
					if v.seeded[t] {
						v.seen[x][t] = c
					}
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("adding rows to be rolled back: %w", err)
		}
	}
	return nil
}

// chunks cuts tables into what one transaction may touch.
func chunks(tables []*table) [][]*table {
	return slices.Collect(slices.Chunk(tables, slice))
}

// facts stores what was found out about the database.
func (s *scene) facts(rec *checks.Recorder) {
	rec.Fact("tenant.session", s.how.described)
	rec.Fact("role", s.cat.Role)
	if len(s.how.added) > 0 {
		rec.Advice("db.tenant.set", "settings that it leaves out and under which alone the tenants see their rows", s.how.described, evidence.Absent(), strings.Join(s.how.added, ", "))
	}
	for _, t := range s.tables {
		rec.Fact("tenant table "+t.String(), t.why)
	}
	for _, name := range s.others {
		rec.Fact("not a tenant table "+name, "no tenant column, no key to a tenant table, no policy that tells rows apart")
	}
}
