package auditlog

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// otherRoles are the roles that have a token beside the one that acts.
func (w *rowWatch) otherRoles() []string {
	roles := slices.Sorted(maps.Keys(w.s.st.API.Orgs["a"].Tokens))
	acting := w.s.st.API.Action.Role
	if acting == "" && len(roles) > 0 {
		acting = roles[0]
	}
	return slices.DeleteFunc(roles, func(r string) bool { return r == acting })
}

func roleUnit(role string) string { return "action tried as " + role }

func (w *rowWatch) via() string {
	var out []string
	for t := range w.since {
		out = append(out, fmt.Sprintf("%sSELECT to_jsonb(t) FROM %s t WHERE %s", w.viewer.Describe(), t, w.newer(t)))
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

func (w *rowWatch) newer(t *table) string {
	key := orderColumn(t)
	if w.since[t] == "" {
		return "true"
	}
	c, _ := t.column(key)
	return fmt.Sprintf("t.%s > %s::%s", quote(key), literal(w.since[t]), c.Type)
}

// read returns the rows of the organisation that came since the start, in order.
func (w *rowWatch) read(ctx context.Context) ([]stored, error) {
	var out []stored
	err := w.s.read(ctx, w.viewer, func(tx pgx.Tx) error {
		for _, t := range w.s.roots {
			if _, ok := w.since[t]; !ok {
				continue
			}
			key := orderColumn(t)
			rows, _ := tx.Query(ctx, fmt.Sprintf("SELECT t.%s::text, to_jsonb(t)::text FROM %s t WHERE %s ORDER BY t.%s", quote(key), t.quoted(), w.newer(t), quote(key)))
			err := each(rows, func(r pgx.Rows) error {
				x := stored{table: t}
				var doc string
				if err := r.Scan(&x.key, &doc); err != nil {
					return err
				}
				x.key = ident(key) + " " + x.key
				if err := json.Unmarshal([]byte(doc), &x.cols); err != nil {
					return err
				}
				if w.viewer.Name == w.s.actors[0].Name || w.belongs(x) {
					out = append(out, x)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// belongs reports whether a value of the row is the organisation's id.
func (w *rowWatch) belongs(x stored) bool {
	for _, v := range x.cols {
		if s := fmt.Sprint(v); s == w.org || s == w.s.actors[0].ID {
			return true
		}
	}
	return false
}
