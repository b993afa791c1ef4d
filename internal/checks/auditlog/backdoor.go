package auditlog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
)

// backDoors tries every setting that a guard's function reads, with a write
// that is rolled back, and looks at the setting that switches triggers off.
func (s *session) backDoors(ctx context.Context, root *table) error {
	const via = "SELECT current_setting('session_replication_role')"
	for _, a := range s.actors {
		var mode string
		if err := s.read(ctx, a, func(tx pgx.Tx) error { return tx.QueryRow(ctx, via).Scan(&mode) }); err != nil {
			return err
		}
		s.rec.Claim(root.String(), "triggers fire in the application's sessions (tenant "+a.Name+")", via, evidence.OneOf("origin", "local"), mode)
	}
	settings := s.cat.settings(root)
	if len(settings) == 0 {
		return nil
	}
	if ok, _ := s.st.MayWrite(); !ok {
		return nil // the source of the function was judged; only the demonstration is left out
	}
	r, found, _ := s.visible(ctx, root)
	if !found {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		for _, value := range settings[name] {
			if err := s.trySetting(ctx, root, r, name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *session) trySetting(ctx context.Context, root *table, r row, name, value string) error {
	return s.write(ctx, r.actor, func(tx pgx.Tx) error {
		set := fmt.Sprintf("SELECT set_config(%s, %s, true)", literal(name), literal(value))
		refused := false
		err := nested(ctx, tx, func(sp pgx.Tx) error {
			_, err := sp.Exec(ctx, set)
			refused = err != nil
			return nil
		})
		if err != nil || refused {
			return err // the session may not set it
		}
		if _, err := tx.Exec(ctx, set); err != nil {
			return err
		}
		writes := []string{fmt.Sprintf("DELETE FROM %s t WHERE %s", r.through.quoted(), r.where)}
		if set := scratchSet(root); set != "" {
			writes = append(writes, fmt.Sprintf("UPDATE %s t SET %s WHERE %s", r.through.quoted(), set, r.where))
		}
		var harms []string
		for _, q := range writes {
			o, err := attempt(ctx, tx, hasUnread(root), q)
			if err != nil {
				return err
			}
			if o.stuck > 0 { // a write dropped in silence is auditlog.refusal's to tell
				harms = append(harms, o.harm(strings.Fields(q)[0]))
			}
		}
		s.rec.Claim(root.String(), fmt.Sprintf("a guard that reads %s still refuses with %s", name, literal(value)), r.actor.Describe()+set+"; "+strings.Join(writes, "; ")+"; ROLLBACK", evidence.Absent(), strings.Join(harms, "; "))
		return nil
	})
}
