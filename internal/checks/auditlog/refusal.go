package auditlog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Refusal attempts to change and remove existing audit rows as the application.
var Refusal = &checks.Check{
	ID: "auditlog.refusal", Version: 1,
	Title:        "The database refuses to change or remove audit rows, and a trigger does the refusing",
	Proves:       "As the application's own role, an UPDATE of every column to another value, a DELETE and a MERGE of an existing row were refused with an error, in the audit table and in every partition that holds a row; none was dropped in silence. Where a privilege or row security answered first, and for TRUNCATE and INSERT ... ON CONFLICT DO UPDATE, the same triggers refused the write on a scratch copy.",
	DoesNotProve: "That a superuser, or the owner of the table, could not remove the triggers. TRUNCATE is never attempted on the real table, since it would lock it. An empty partition is tried on its scratch copy only.",
	Fix:          "Refuse UPDATE and DELETE with a BEFORE ROW trigger that raises an exception (never one that returns NULL, and no DO INSTEAD NOTHING rule), and TRUNCATE with a BEFORE STATEMENT trigger on the table and on each partition.",
	Doors:        []stack.Door{stack.DoorDB},
	Effects:      checks.RolledBack,
	Reproduce:    `arxctl check --only auditlog.refusal -c "$ARXCTL_CONFIG"`,
	POC:          "INV-001",
	Timeout:      3 * time.Minute, // some twenty statements a partition
	Run:          runRefusal,
}

func runRefusal(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st, rec)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	if !s.declare("audit tables and partitions", s.relations()) {
		return nil
	}
	if ok, why := st.MayWrite(); !ok {
		for _, t := range s.relations() {
			rec.Blind(t.String(), "UPDATE and DELETE of existing rows are refused", "UPDATE ...; DELETE ...; ROLLBACK", why)
		}
		return nil
	}
	for _, t := range s.relations() {
		if err := s.refusalOf(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	return nil
}

// refusalOf tries one relation: the real rows first, then a scratch copy for
// what the real table cannot show.
func (s *session) refusalOf(ctx context.Context, t *table) error {
	r, found, why := s.visible(ctx, t)
	fired := map[string]bool{} // operations for which a trigger answered
	if found {
		s.rec.Sight(t.String(), "an existing row is visible to the application", seeVia(r), evidence.AtLeast(1), "1")
		if err := s.tryRow(ctx, t, r, fired); err != nil {
			return err
		}
		if t != r.through { // a partition may also be named by itself
			if err := s.tryDirect(ctx, t, r); err != nil {
				return err
			}
		}
	}
	if t.ruled() && found {
		return nil // a rule acts before triggers do: the attempt on the real table told all
	}
	out, cannot := s.scratch(ctx, t, r, found)
	s.reportScratch(t, out, cannot, found, why, fired)
	return nil
}

func seeVia(r row) string {
	return fmt.Sprintf("%sSELECT count(*) FROM %s t WHERE %s", r.actor.Describe(), r.through, r.where)
}

// tryRow attempts UPDATE of each column, DELETE and MERGE on a visible row.
func (s *session) tryRow(ctx context.Context, t *table, r row, fired map[string]bool) error {
	return s.write(ctx, r.actor, func(tx pgx.Tx) error {
		columns, err := tryColumns(ctx, tx, t, r.through.quoted(), r.where, hasUnread(t))
		if err != nil {
			return err
		}
		if err := s.explain(ctx, tx, r, "UPDATE", columns); err != nil {
			return err
		}
		names := slices.Sorted(mapsKeys(columns))
		via := fmt.Sprintf("%sUPDATE %s t SET <each of %s> = <another value> WHERE %s; ROLLBACK", r.actor.Describe(), r.through, strings.Join(names, ", "), r.where)
		s.report(t, fmt.Sprintf("UPDATE of each of %d columns to another value is refused", len(columns)), via, columns)
		deletes := map[string]outcome{}
		q := fmt.Sprintf("DELETE FROM %s t WHERE %s", r.through.quoted(), r.where)
		if deletes["DELETE"], err = attempt(ctx, tx, hasUnread(t), q); err != nil {
			return err
		}
		if err := s.explain(ctx, tx, r, "DELETE", deletes); err != nil {
			return err
		}
		s.report(t, "DELETE is refused", r.actor.Describe()+q+"; ROLLBACK", deletes)
		l, _ := layerOf(columns)
		fired["UPDATE"] = l == evidence.LayerTrigger
		fired["DELETE"] = deletes["DELETE"].layer == evidence.LayerTrigger
		if s.cat.version >= 150000 && !t.ruled() {
			return s.tryMerge(ctx, tx, t, r)
		}
		return nil
	})
}

// tryMerge: MERGE with WHEN MATCHED alone never inserts (PostgreSQL 15, MERGE).
func (s *session) tryMerge(ctx context.Context, tx pgx.Tx, t *table, r row) error {
	set := scratchSet(t)
	out := map[string]outcome{}
	for _, act := range []string{"UPDATE SET " + set, "DELETE"} {
		if act == "UPDATE SET " {
			continue
		}
		q := fmt.Sprintf("MERGE INTO %s t USING (SELECT 1) one ON %s WHEN MATCHED THEN %s", r.through.quoted(), r.where, act)
		o, err := attempt(ctx, tx, hasUnread(t), q)
		if err != nil {
			return err
		}
		if o.blind != "" && strings.HasPrefix(o.sqlstate, "0A") {
			continue // not supported for this relation
		}
		out["MERGE "+strings.Fields(act)[0]] = o
	}
	if err := s.explain(ctx, tx, r, "UPDATE", out); err != nil {
		return err
	}
	if len(out) > 0 {
		s.report(t, "MERGE is refused", fmt.Sprintf("%sMERGE INTO %s t USING (SELECT 1) one ON %s WHEN MATCHED THEN UPDATE SET ... | DELETE; ROLLBACK", r.actor.Describe(), r.through, r.where), out)
	}
	return nil
}

// tryDirect names the partition itself, as an application could that found out
// its name.
func (s *session) tryDirect(ctx context.Context, t *table, r row) error {
	where := r.where[strings.LastIndex(r.where, "ctid = "):]
	out := map[string]outcome{}
	return s.write(ctx, r.actor, func(tx pgx.Tx) error {
		for op, q := range map[string]string{"UPDATE": fmt.Sprintf("UPDATE %s t SET %s WHERE %s", t.quoted(), scratchSet(t), where), "DELETE": fmt.Sprintf("DELETE FROM %s t WHERE %s", t.quoted(), where)} {
			o, err := attempt(ctx, tx, hasUnread(t), q)
			if err != nil {
				return err
			}
			if o.swallow {
				hidden, err := filtered(ctx, tx, row{r.actor, t, where}, op)
				if err != nil {
					return err
				}
				var seen int
				if err := tx.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM %s t WHERE %s", t.quoted(), where)).Scan(&seen); err != nil {
					return err
				}
				if hidden || seen == 0 {
					o = outcome{layer: evidence.LayerRowSecurity}
				}
			}
			out[op] = o
		}
		s.report(t, "UPDATE and DELETE that name the partition itself are refused", fmt.Sprintf("%sUPDATE %s SET ... WHERE %s; DELETE FROM %s WHERE %s; ROLLBACK", r.actor.Describe(), t, where, t, where), out)
		return nil
	})
}

// explain turns a write that touched no row into row security's refusal, where
// a policy keeps the role from it.
func (s *session) explain(ctx context.Context, tx pgx.Tx, r row, cmd string, results map[string]outcome) error {
	for name, o := range results {
		if !o.swallow {
			continue
		}
		c := cmd
		if strings.HasSuffix(name, "DELETE") {
			c = "DELETE"
		}
		hidden, err := filtered(ctx, tx, r, c)
		if err != nil {
			return fmt.Errorf("reading the policies of %s: %w", r.through, err)
		}
		if hidden {
			results[name] = outcome{layer: evidence.LayerRowSecurity}
		}
	}
	return nil
}
