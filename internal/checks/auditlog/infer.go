package auditlog

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks/auditlog/plpgsql"
	"github.com/arxsec/arxctl/internal/stack"
)

// sampleRows are what a guessed formula is tried on; a guess counts when most
// of them agree, which no wrong guess achieves.
const sampleRows = 40

// infer finds the formula of a chain that nobody told: the trigger that stamps
// new rows shows which columns, in which order and joined by what; each reading
// of it is tried on stored rows. Nothing of the source is executed. Nil means
// that no reading fits.
func (s *session) infer(ctx context.Context, a stack.Actor, t *table) (*formula, error) {
	hash, prev, ok := chainColumns(t)
	if !ok || hash == "" || prev == "" {
		return nil, nil
	}
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	order, per := "", ""
	var tries []formula
	for _, src := range s.stamps(t) {
		o, p := plpgsql.Follows(src, names)
		if order == "" {
			order, per = o, p
		}
		for _, seq := range plpgsql.Sequences(src, names) {
			tries = append(tries, readings(t, hash, prev, src, seq)...)
		}
	}
	if order == "" {
		order = orderColumn(t)
	}
	if len(tries) == 0 || order == "" {
		return nil, nil
	}
	var found *formula
	err := s.read(ctx, a, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sourceSettings, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
		for i := range tries {
			f := &tries[i]
			f.Order, f.Per = order, per
			if f.check(t) != nil {
				continue
			}
			fits, err := fits(ctx, tx, t, f)
			if err != nil {
				return err
			}
			if fits {
				found = f
				return nil
			}
		}
		return nil
	})
	return found, err
}

// stamps returns the sources of the functions that run on INSERT, and of what
// those call.
func (s *session) stamps(t *table) []string {
	var out []string
	for _, x := range t.tree() {
		for _, g := range x.Triggers {
			if !g.on(bitInsert) || slices.Contains(out, g.Fn.Source) {
				continue
			}
			out = append(out, g.Fn.Source)
			for _, call := range plpgsql.Calls(g.Fn.Source) {
				out = append(out, s.cat.sources[call]...)
			}
		}
	}
	return out
}

var hashWords = regexp.MustCompile(`(?i)sha512|sha384|sha1\b|md5|sha256`)

// readings are the formulas that one statement of the stamping function may mean.
func readings(t *table, hash, prev, src string, seq plpgsql.Sequence) []formula {
	algorithm := "sha256"
	if m := hashWords.FindString(src); m != "" {
		algorithm = strings.ToLower(m)
	}
	fields := slices.DeleteFunc(slices.Clone(seq.Columns), func(c string) bool { return c == hash })
	orders := [][]string{fields}
	if !slices.Contains(fields, prev) { // the link is often a variable by then
		orders = [][]string{append([]string{prev}, fields...), append(slices.Clone(fields), prev)}
	}
	var seps, times []string
	timed := slices.ContainsFunc(fields, func(n string) bool { c, ok := t.column(n); return ok && c.Category == "D" })
	for _, l := range seq.Literals {
		if len(l) <= 3 && !slices.Contains(seps, l) {
			seps = append(seps, l)
		}
		if timed && strings.Contains(strings.ToUpper(l), "YYYY") {
			times = append(times, l)
		}
	}
	if !slices.Contains(seps, "") {
		seps = append(seps, "")
	}
	if timed {
		times = append(times, "text", "epoch_us", "iso", "epoch_ms", "epoch_s", "epoch_text")
	} else {
		times = []string{"epoch_us"}
	}
	var out []formula
	for _, parts := range orders {
		for _, sep := range seps {
			for _, tm := range times {
				for _, null := range []string{"", "skip"} {
					out = append(out, formula{told: "the function that stamps new rows, tried on stored ones", guessed: true, Chain: stack.Chain{Hash: hash, Prev: prev, Algorithm: algorithm, Fields: parts, Separator: sep, Null: null, Time: tm}})
				}
			}
		}
	}
	return out[:min(len(out), 120)]
}

// orderColumn is what rows of the table are numbered or timed by.
func orderColumn(t *table) string {
	for _, test := range []func(column) bool{
		func(c column) bool { return c.Identity != "" || strings.HasPrefix(c.Default, "nextval(") },
		func(c column) bool {
			return c.Category == "N" && regexp.MustCompile(`(?i)^(seq|sequence|position|idx|index|number|no|height|id)`).MatchString(c.Name)
		},
		func(c column) bool { return c.Category == "D" && clocklike.MatchString(c.Name) },
	} {
		if i := slices.IndexFunc(t.Columns, test); i >= 0 {
			return t.Columns[i].Name
		}
	}
	return ""
}

// fits tries a formula on the first rows of the table.
func fits(ctx context.Context, tx pgx.Tx, t *table, f *formula) (bool, error) {
	l := f.layout(t)
	agree, n := 0, 0
	err := nested(ctx, tx, func(sp pgx.Tx) error {
		rows, err := sp.Query(ctx, fmt.Sprintf("%s LIMIT %d", l.query("", false), sampleRows), pgx.QueryExecModeDescribeExec, l.formats())
		if err != nil {
			return err
		}
		defer rows.Close()
		w := newWalker(f, l)
		for rows.Next() {
			n++
			if w.holds(rows.RawValues()) {
				agree++
			}
		}
		return rows.Err()
	})
	if stack.SQLState(err) != "" {
		return false, nil // a reading that PostgreSQL does not accept is a wrong one
	}
	return agree > 0 && agree*2 >= n, err
}
