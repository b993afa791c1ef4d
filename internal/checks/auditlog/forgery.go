package auditlog

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/auditlog/plpgsql"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Forgery looks at what a writer may choose in a new row, and at what may keep
// a new row from being stored.
var Forgery = &checks.Check{
	ID: "auditlog.forgery", Version: 1,
	Title:        "New audit rows are stored, and the database numbers and dates them",
	Proves:       "By the catalogue: no trigger and no rule drops a new row without an error, and the application may not choose a row's number or its time, nor wind back the sequence that numbers rows.",
	DoesNotProve: "That the actor, the action and the hashes are true: those the application writes. No row is inserted to try it, since it would stay or leave a gap.",
	Fix:          "Grant INSERT on the columns that the application fills, not on the table; number rows GENERATED ALWAYS AS IDENTITY; set the time in a BEFORE INSERT trigger; REVOKE UPDATE on the sequence.",
	Doors:        []stack.Door{stack.DoorDB},
	Reproduce:    `psql "$ARXCTL_APP_DSN" -Atc "SELECT attrelid::regclass, attname, attidentity, has_column_privilege(attrelid, attnum, 'INSERT') FROM pg_attribute WHERE attnum > 0 AND attidentity <> '' ORDER BY 1, 2"; arxctl check --only auditlog.forgery -c "$ARXCTL_CONFIG"`,
	POC:          "INV-001",
	Run:          runForgery,
}

func runForgery(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st, rec)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	if !s.declare("audit tables", s.roots) {
		return nil
	}
	for _, t := range s.roots {
		via := "SELECT attname, attidentity, has_column_privilege(attrelid, attnum, 'INSERT') FROM pg_attribute WHERE attrelid = " + literal(t.String()) + "::regclass"
		rec.Sight(t.String(), "its columns and triggers can be read", via, evidence.AtLeast(1), fmt.Sprint(len(t.Columns)))
		rec.Claim(t.String(), "no trigger and no rule drops a new row without an error", fmt.Sprintf(guardVia, literal(t.String())), evidence.Absent(), strings.Join(s.dropped(t), "; "))
		rec.Advice(t.String(), "the application may not choose what the database numbers and dates", via, evidence.Absent(), strings.Join(s.chosen(t), "; "))
		if err := s.rewind(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

var insertWord = regexp.MustCompile(`(?i)\binsert\s+into\b|\bexecute\b`)

// dropped lists what keeps new rows out in silence. A trigger or rule that
// writes them elsewhere is how tables were partitioned before PostgreSQL 10.
func (s *session) dropped(root *table) []string {
	var out []string
	for _, t := range root.tree() {
		for _, g := range t.Triggers {
			if !g.on(bitInsert) || !g.fires() || g.Fn.body == nil || insertWord.MatchString(g.Fn.Source) {
				continue
			}
			v := g.Fn.body.Decide(g.context(t, "INSERT", s.cat.lookup))
			if _, _, never := s.cat.when(t, g, "INSERT"); never {
				continue
			}
			for _, when := range v.Swallows {
				out = append(out, fmt.Sprintf("trigger %s on %s drops it (%s returns NULL: %s)", ident(g.Name), t, g.Fn, when))
			}
		}
		for _, r := range t.Rules {
			if r.Event == "3" && r.Instead && r.Enabled != "D" && strings.HasSuffix(strings.TrimRight(r.Def, "; \n"), "INSTEAD NOTHING") {
				out = append(out, fmt.Sprintf("rule %s on %s drops it", ident(r.Name), t))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// chosen lists columns that the database fills and the application may fill
// instead: numbers (GENERATED ALWAYS gives way to OVERRIDING SYSTEM VALUE) and times.
func (s *session) chosen(t *table) []string {
	var out []string
	for _, c := range t.Columns {
		number := c.Identity != "" || strings.HasPrefix(c.Default, "nextval(")
		if !c.Insert || !number && !clockDefault(c) || s.overwritten(t, c.Name) {
			continue
		}
		how := "by naming the column"
		if c.Identity == "a" {
			how = "with OVERRIDING SYSTEM VALUE"
		}
		out = append(out, fmt.Sprintf("%s %s", ident(c.Name), how))
	}
	return out
}

// overwritten reports whether a BEFORE INSERT trigger sets the column itself.
func (s *session) overwritten(t *table, name string) bool {
	return slices.ContainsFunc(t.Triggers, func(g trigger) bool {
		return g.on(bitInsert) && g.before() && g.fires() && plpgsql.Assigns(g.Fn.Source, name)
	})
}

// rewind: UPDATE on a sequence allows setval, and so numbers that were given
// before.
func (s *session) rewind(ctx context.Context, t *table) error {
	const q = `SELECT c.oid::regclass::text FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
		WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid
		AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'UPDATE') END`
	var held []string
	err := s.read(ctx, s.actors[0], func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, q, t.OID)
		return each(rows, func(r pgx.Rows) error {
			var n string
			err := r.Scan(&n)
			held = append(held, n)
			return err
		})
	})
	if err == nil && len(held) > 0 {
		s.rec.Advice(t.String(), "the application may not wind back the sequence that numbers rows", "SELECT has_sequence_privilege(<sequence>, 'UPDATE')", evidence.Absent(), strings.Join(held, ", "))
	}
	return err
}
