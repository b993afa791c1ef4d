package auditlog

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
)

// judge looks at all new rows once every action was performed.
func (w *rowWatch) judge(ctx context.Context) error {
	all, err := w.read(ctx)
	if err != nil {
		return err
	}
	rec, seen := w.s.rec, 0
	for _, p := range w.done {
		seen += len(p.rows)
	}
	if len(w.done) == 0 {
		return nil
	}
	rec.Claim(w.done[len(w.done)-1].unit, "no further row came for actions that had left theirs", w.via(), evidence.AtMost(int64(seen)), fmt.Sprint(len(all)))
	for _, p := range w.done {
		for _, r := range p.rows {
			if err := w.judgeRow(ctx, p, r); err != nil {
				return err
			}
		}
	}
	w.follows()
	w.tells()
	return nil
}

// judgeRow looks at one row: complete, of the right tenant, of now.
func (w *rowWatch) judgeRow(ctx context.Context, p performed, r stored) error {
	rec, via := w.s.rec, fmt.Sprintf("SELECT to_jsonb(t) FROM %s t WHERE %s", r.table, r.key)
	var missing []string
	required := r.table.changeable()
	optional := map[string]bool{}
	if a := w.s.st.DB.Audit; a != nil && len(a.Required) > 0 {
		required = a.Required
	} else {
		// A nullable column that no row of its kind fills is taken to be meant so;
		// the sweep below looks at those that are filled for some.
		for _, c := range r.table.Columns {
			optional[c.Name] = !c.NotNull && (!isDigest(c) && !isDuration(c) || p.denied && !inputName.MatchString(c.Name))
		}
	}
	_, prev, _ := chainColumns(r.table)
	for _, name := range required {
		v, there := r.cols[name]
		if name == prev || optional[name] || !there {
			continue
		}
		if v == nil || strings.TrimSpace(fmt.Sprint(v)) == "" {
			missing = append(missing, ident(name)+" is empty")
		}
	}
	for _, c := range r.table.Columns {
		v := fmt.Sprint(r.cols[c.Name])
		switch {
		case r.cols[c.Name] == nil || c.Name == prev:
		case isDigest(c) && len(v) > 0 && len(v) < 20:
			missing = append(missing, ident(c.Name)+" is no digest: "+v)
		case isDuration(c) && strings.HasPrefix(v, "-"):
			missing = append(missing, ident(c.Name)+" is negative: "+v)
		}
	}
	rec.Claim(p.unit, "its row is complete ("+r.key+")", via, evidence.Absent(), strings.Join(missing, "; "))
	rec.Claim(p.unit, "its row belongs to the organisation that acted", via, evidence.Equals("true"), fmt.Sprint(w.belongs(r)))
	return w.recent(ctx, p, r, via)
}

// recent compares the row's time with the database's own clock, so that a
// difference between our clock and theirs does not matter.
func (w *rowWatch) recent(ctx context.Context, p performed, r stored, via string) error {
	for _, c := range r.table.Columns {
		if !strings.HasPrefix(c.Type, "timestamp") || !clockDefault(c) && !regexp.MustCompile(`(?i)^(created|occurred|logged|recorded|at$|ts$|time)`).MatchString(c.Name) {
			continue
		}
		s, _ := r.cols[c.Name].(string)
		if s == "" {
			continue
		}
		var age float64
		err := w.s.read(ctx, w.viewer, func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, "SELECT extract(epoch FROM $1::text::timestamptz - $2::text::timestamptz)::float8", s, w.begun.Format(time.RFC3339Nano)).Scan(&age)
		})
		if err != nil {
			return err
		}
		w.s.rec.Claim(p.unit, fmt.Sprintf("its row is dated now by the database's clock (%s, seconds since the check began)", ident(c.Name)), via, evidence.Between(-5, 120), fmt.Sprint(int64(age)))
	}
	return nil
}

// follows: digests over inputs differ when the inputs do. Every request of this
// check carries a value of its own.
func (w *rowWatch) follows() {
	a := w.s.st.API.Action
	if !strings.Contains(a.Body, "{nonce}") && !strings.Contains(a.Path, "{nonce}") {
		return
	}
	var allowed []stored
	unit := ""
	for _, p := range w.done {
		if !p.denied && !p.byRole && len(p.rows) == 1 {
			allowed, unit = append(allowed, p.rows[0]), p.unit
		}
	}
	if len(allowed) < 2 {
		return
	}
	t := allowed[0].table
	hash, prev, _ := chainColumns(t)
	var digests, inputs []string
	for _, c := range t.Columns {
		if isDigest(c) && c.Name != hash && c.Name != prev {
			digests = append(digests, c.Name)
			if inputName.MatchString(c.Name) {
				inputs = append(inputs, c.Name)
			}
		}
	}
	var same []string
	for _, name := range digests {
		values := map[string]bool{}
		for _, r := range allowed {
			values[fmt.Sprint(r.cols[name])] = true
		}
		if len(values) < len(allowed) {
			same = append(same, name)
		}
	}
	via := w.via()
	switch {
	case len(inputs) > 0:
		constant := slices.DeleteFunc(slices.Clone(inputs), func(n string) bool { return !slices.Contains(same, n) })
		w.s.rec.Claim(unit, fmt.Sprintf("digests of %d different inputs differ", len(allowed)), via, evidence.Absent(), strings.Join(constant, ", "))
	case len(digests) > 0:
		got := ""
		if len(same) == len(digests) {
			got = strings.Join(same, ", ")
		}
		w.s.rec.Claim(unit, fmt.Sprintf("some digest differs over %d different inputs", len(allowed)), via, evidence.Absent(), got)
	}
}

// tells: the column that holds the verdict tells a denied action from an
// allowed one.
func (w *rowWatch) tells() {
	var yes, no *stored
	unit := ""
	for i, p := range w.done {
		if len(p.rows) != 1 || p.byRole {
			continue
		}
		if p.denied {
			no, unit = &w.done[i].rows[0], p.unit
		} else {
			yes = &w.done[i].rows[0]
		}
	}
	if yes == nil || no == nil || yes.table != no.table {
		return
	}
	var names, same []string
	for _, re := range []*regexp.Regexp{verdictName, resultName} {
		for _, c := range yes.table.Columns {
			if re.MatchString(c.Name) && !isDigest(c) {
				names = append(names, c.Name)
				if fmt.Sprint(yes.cols[c.Name]) == fmt.Sprint(no.cols[c.Name]) {
					same = append(same, c.Name)
				}
			}
		}
		if len(names) > 0 {
			break
		}
	}
	if len(names) == 0 {
		w.s.rec.Advice(unit, "a column tells a denied action from an allowed one", w.via(), evidence.AtLeast(1), "0")
		return
	}
	got := ""
	if len(same) == len(names) {
		got = fmt.Sprintf("%s is %v in both rows", strings.Join(names, ", "), yes.cols[names[0]])
	}
	w.s.rec.Claim(unit, "its row says that it was denied ("+strings.Join(names, ", ")+")", w.via(), evidence.Absent(), got)
}

// storedToo sweeps the rows that were there before, as auditlog.complete does.
func (s *session) storedToo(ctx context.Context, t *table) error {
	viewers, _ := s.viewers(ctx, t)
	unit := actionUnit(0, false)
	for _, a := range viewers {
		err := s.read(ctx, a, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = '50s'"); err != nil {
				return err
			}
			list, err := s.expectations(ctx, tx, t)
			if err != nil {
				return err
			}
			n, missed, err := s.sweep(ctx, tx, t, list, "true")
			if err != nil {
				return err
			}
			s.rec.Claim(unit, fmt.Sprintf("the %d rows of %s that %s sees are complete too", n, t, a.Name), "SELECT count(*) FROM "+t.String(), evidence.Absent(), tell(missed))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
