package auditlog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Guard reads the triggers of every audit table and partition from the
// catalogue, and the functions behind them.
var Guard = &checks.Check{
	ID: "auditlog.guard", Version: 1,
	Title:        "Triggers guard the audit log, on every partition, in every session",
	Proves:       "For each audit table, each partition and each inheritance child, the catalogue holds enabled triggers whose function raises an exception on every path for UPDATE, DELETE and TRUNCATE: no WHEN clause that exempts rows, no column list that leaves columns open, no rule that rewrites the statement first, no earlier trigger that drops it silently, no setting or role that lets it through. Settings that the functions read were tried with a write that was rolled back.",
	DoesNotProve: "That a superuser or the owner of the table cannot remove the triggers; what they did would show in the hash chain. Functions in languages other than PL/pgSQL are judged by behaviour alone.",
	Fix:          "Create BEFORE UPDATE OR DELETE row triggers on the table (partitions inherit them) and a BEFORE TRUNCATE statement trigger on the table and on each partition, all calling a function that does nothing but RAISE EXCEPTION, and ALTER TABLE ... ENABLE ALWAYS TRIGGER for each.",
	Doors:        []stack.Door{stack.DoorDB},
	Effects:      checks.RolledBack,
	Reproduce:    `psql "$ARXCTL_APP_DSN" -Atc "SELECT t.tgrelid::regclass, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid), p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND t.tgtype & 56 <> 0 ORDER BY 1, 2"; arxctl check --only auditlog.guard -c "$ARXCTL_CONFIG"`,
	POC:          "INV-001",
	Run:          runGuard,
}

func runGuard(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st, rec)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	if !s.declare("audit tables and partitions", s.relations()) {
		return nil
	}
	for _, root := range s.roots {
		for _, t := range root.tree() {
			s.guardOf(root, t)
		}
		if err := s.backDoors(ctx, root); err != nil {
			return fmt.Errorf("%s: %w", root, err)
		}
	}
	return nil
}

const guardVia = "SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal; SELECT prosrc FROM pg_proc"

// guardOf reports what the catalogue says of one relation.
func (s *session) guardOf(root, t *table) {
	unit, via := t.String(), fmt.Sprintf(guardVia, literal(t.String()))
	s.rec.Sight(unit, "the relation and its triggers can be read from the catalogue", via, evidence.AtLeast(1), fmt.Sprint(len(t.Columns)))
	var weak []string
	for _, op := range opBits {
		state := s.cat.state(t, op.name, op.bit)
		weak = append(weak, state.weak...)
		what := fmt.Sprintf("%s is refused by an enabled trigger, on every path of its function", op.name)
		o := evidence.Observation{Kind: evidence.Claim, Unit: unit, What: what, Via: via, Want: evidence.Equals("refused"), Got: state.says(), Fix: fixFor(t, op.name)}
		switch {
		case state.refused:
			o.Layer = evidence.LayerTrigger
			o.Via += " -- " + strings.Join(state.by, ", ")
		case len(state.holes) == 0 && len(state.unread) > 0:
			o.Kind = evidence.Advice // behaviour decides: auditlog.refusal attempts the write
		case op.name == "TRUNCATE" && !s.truncateMatters(root, t):
			o.Kind, o.What = evidence.Advice, "TRUNCATE is refused by a trigger as well as by privilege"
		}
		s.rec.See(o)
	}
	slices.Sort(weak)
	s.rec.Advice(unit, "its guards hold with session_replication_role=replica too (ENABLE ALWAYS)", via, evidence.Absent(), strings.Join(slices.Compact(weak), ", "))
}

// truncateMatters: without a TRUNCATE trigger anywhere a missing privilege
// still closes the way. Where the application may TRUNCATE, or where the guard
// is there for some of the tree and missing for the rest, it is a hole.
func (s *session) truncateMatters(root, t *table) bool {
	for p := t; p != nil; p = p.parent {
		if p.Truncate {
			return true
		}
	}
	for _, x := range root.tree() {
		if s.cat.covers(x, "TRUNCATE", bitTruncate, false).named {
			return true
		}
	}
	return false
}

func fixFor(t *table, op string) string {
	if op == "TRUNCATE" {
		return fmt.Sprintf("CREATE TRIGGER ... BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION ...; ALTER TABLE %s ENABLE ALWAYS TRIGGER ...", t, t)
	}
	return fmt.Sprintf("CREATE TRIGGER ... BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION ...; ALTER TABLE %s ENABLE ALWAYS TRIGGER ...", op, t, t)
}
