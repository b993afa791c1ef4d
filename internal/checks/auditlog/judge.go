package auditlog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/checks/auditlog/plpgsql"
)

// cover says how triggers meet one operation on one relation.
type cover struct {
	by       []string // triggers that refuse every such write
	holes    []string // ways through, each a sentence
	unread   []string // triggers whose function cannot be read
	named    bool     // a trigger covers the operation, whatever it does
	advisory []string // guards that session_replication_role would switch off
}

func (c cover) refuses() bool { return len(c.by) > 0 && len(c.holes) == 0 }

// covers judges the triggers of one relation for one operation; row and
// statement triggers apart, since a statement trigger acts only on the relation
// that the statement names (PostgreSQL manual, CREATE TRIGGER).
func (cat *catalogue) covers(t *table, op string, bit int16, rowLevel bool) cover {
	var c cover
	partial := map[string]bool{}
	for _, g := range ordered(t.Triggers) {
		if !g.on(bit) || g.row() != rowLevel || g.on(bitInstead) {
			continue
		}
		c.named = true
		if !g.fires() {
			c.holes = append(c.holes, fmt.Sprintf("trigger %s is %s", ident(g.Name), map[string]string{"D": "disabled", "R": "enabled for replicas only, so it never fires in a normal session"}[g.Enabled]))
			continue
		}
		if g.Fn.body == nil {
			c.unread = append(c.unread, fmt.Sprintf("trigger %s calls %s, written in %s", ident(g.Name), g.Fn, g.Fn.Language))
			continue
		}
		v := g.Fn.body.Decide(g.context(t, op, cat.lookup))
		clause, always, never := cat.when(t, g, op)
		switch {
		case never, !v.Refuses && len(v.Swallows) == 0: // not a guard, and harmless
			continue
		case len(v.Swallows) > 0 && g.before() && rowLevel && len(c.by) == 0:
			c.holes = append(c.holes, fmt.Sprintf("trigger %s drops the write without an error (%s returns NULL: %s)", ident(g.Name), g.Fn, v.Swallows[0]))
		}
		switch {
		case !v.Always():
			for _, e := range v.Escapes {
				c.holes = append(c.holes, fmt.Sprintf("%s lets the write through when %s", g.Fn, e))
			}
		case !always:
			c.holes = append(c.holes, fmt.Sprintf("trigger %s guards only rows for which %s", ident(g.Name), clause))
		case op == "UPDATE" && len(g.Columns) > 0:
			for _, col := range g.Columns {
				partial[col] = true
			}
			if open := without(t.changeable(), partial); len(open) > 0 {
				c.holes = append(c.holes, fmt.Sprintf("trigger %s guards UPDATE OF %s only, not %s", ident(g.Name), strings.Join(g.Columns, ", "), strings.Join(open, ", ")))
				continue
			}
			c.guard(g)
		default:
			c.guard(g)
		}
	}
	if len(c.by) > 0 {
		// Triggers fire until one raises, so beside a guard that always does, what
		// another lets through is no hole; only a dropped write never reaches it.
		c.holes = slices.DeleteFunc(c.holes, func(h string) bool { return !strings.Contains(h, "drops the write") })
	}
	return c
}

// guard notes a trigger that always refuses.
func (c *cover) guard(g trigger) {
	c.by = append(c.by, g.Name)
	if g.Enabled != "A" {
		c.advisory = append(c.advisory, g.Name)
	}
}

func without(all []string, some map[string]bool) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return some[s] })
}

// ordered sorts triggers as they fire: BEFORE in the order of names, then AFTER.
func ordered(list []trigger) []trigger {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b trigger) int {
		if a.before() != b.before() {
			if a.before() {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}

// when reads the WHEN clause out of a trigger's definition: pg_get_expr cannot
// spell it, since it refers to two rows.
func (cat *catalogue) when(t *table, g trigger, op string) (clause string, always, never bool) {
	_, rest, ok := strings.Cut(g.Def, " WHEN (")
	if !ok {
		return "", true, false
	}
	i := strings.LastIndex(rest, ") EXECUTE ")
	if i < 0 {
		return rest, false, false
	}
	clause = rest[:i]
	always, never = g.context(t, op, cat.lookup).When(clause)
	return clause, always, never
}

// state is what the catalogue says of one operation on one relation, statement
// triggers of the relation and row triggers where its rows are, taken together.
type state struct {
	refused bool
	by      []string
	holes   []string
	unread  []string
	named   bool
	weak    []string
}

// state judges one relation. A write reaches rows of t by a statement that names
// t or a table above it. Each way must end in an exception.
func (cat *catalogue) state(t *table, op string, bit int16) state {
	var s state
	stmt := cat.covers(t, op, bit, false)
	s.add(stmt)
	for _, r := range t.Rules {
		if r.Instead && r.Enabled != "D" && r.Event == map[string]string{"UPDATE": "2", "DELETE": "4"}[op] {
			s.holes = append(s.holes, fmt.Sprintf("rule %s rewrites %s before any trigger could refuse it", ident(r.Name), op))
		}
	}
	if op == "TRUNCATE" {
		s.truncate(cat, t, stmt)
		return s
	}
	ok := stmt.refuses()
	if !ok {
		ok = true
		leaves := t.leaves()
		if len(leaves) == 0 {
			leaves = []*table{t} // a partitioned table without partitions: its row triggers will be cloned
		}
		for _, leaf := range leaves {
			row := cat.covers(leaf, op, bit, true)
			if leaf == t || len(leaves) == 1 {
				s.add(row)
			} else if !row.refuses() {
				s.holes = append(s.holes, fmt.Sprintf("rows in %s are not guarded", leaf))
			} else {
				s.by = append(s.by, row.by...)
				s.weak = append(s.weak, row.advisory...)
			}
			ok = ok && row.refuses()
		}
	}
	// A statement that names a table above must be refused as well.
	if t.parent != nil && t.Kind != "p" && !cat.covers(t, op, bit, true).refuses() {
		for p := t.parent; p != nil; p = p.parent {
			if !cat.covers(p, op, bit, false).refuses() {
				ok = false
				s.holes = append(s.holes, fmt.Sprintf("%s through %s is not refused for its rows", op, p))
			}
		}
	}
	s.refused = ok && len(s.holes) == 0
	s.tidy()
	return s
}

// truncate: a TRUNCATE of a table runs the statement triggers of everything
// below it too, and an unguarded child can be named by itself.
func (s *state) truncate(cat *catalogue, t *table, own cover) {
	s.refused = own.refuses()
	if s.refused || len(t.children) == 0 {
		s.tidy()
		return
	}
	s.refused = len(own.holes) == 0
	for _, child := range t.leaves() {
		if child != t && !cat.covers(child, "TRUNCATE", bitTruncate, false).refuses() {
			s.refused = false
		}
	}
	s.refused = s.refused && t.Kind == "p" && len(t.leaves()) > 0
	s.tidy()
}

func (s *state) add(c cover) {
	s.by = append(s.by, c.by...)
	s.holes = append(s.holes, c.holes...)
	s.unread = append(s.unread, c.unread...)
	s.named = s.named || c.named
	s.weak = append(s.weak, c.advisory...)
}

func (s *state) tidy() {
	for _, list := range []*[]string{&s.by, &s.holes, &s.unread, &s.weak} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if s.refused {
		s.holes = nil
	}
}

// says is the state as one line of evidence.
func (s state) says() string {
	switch {
	case s.refused:
		return "refused"
	case len(s.holes) > 0:
		return strings.Join(s.holes, "; ")
	case len(s.unread) > 0:
		return "undecided: " + strings.Join(s.unread, "; ")
	}
	return "no trigger refuses it"
}

// settings returns the run-time parameters that the guards of the tree read,
// each with the values worth trying.
func (cat *catalogue) settings(root *table) map[string][]string {
	out := map[string][]string{}
	for _, t := range root.tree() {
		for _, g := range t.Triggers {
			if g.Type&(bitUpdate|bitDelete|bitTruncate) == 0 {
				continue
			}
			for _, name := range plpgsql.Settings(g.Fn.Source) {
				if strings.Contains(name, ".") || name == "application_name" {
					for _, v := range append([]string{"on", "true", "1", "yes"}, plpgsql.Literals(g.Fn.Source)...) {
						if v != name && !slices.Contains(out[name], v) {
							out[name] = append(out[name], v)
						}
					}
				}
			}
		}
	}
	return out
}
