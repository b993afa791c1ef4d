package tenancy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/madeup"
)

// tries bounds how often one row is attempted with other values, waits how
// often the same is tried once more while somebody else holds its key.
const tries, waits = 14, 10

// lockNotAvailable is SQLSTATE 55P03: lock_timeout was over.
const lockNotAvailable = "55P03"

// seeder gives tenants rows where they have none, inside a transaction that is
// rolled back, as each tenant itself: what it cannot insert, it cannot have.
type seeder struct {
	s     *scene
	tx    pgx.Tx
	as    *side           // who the transaction is at the moment
	done  map[string]bool // side and table that were given a row
	stuck map[string]error
}

func (s *scene) seeder(tx pgx.Tx, as *side) *seeder {
	return &seeder{s: s, tx: tx, as: as, done: map[string]bool{}, stuck: map[string]error{}}
}

// turn makes the transaction the given side.
func (d *seeder) turn(ctx context.Context, to *side) error {
	if d.as == to {
		return nil
	}
	if err := become(ctx, d.tx, d.as.actor, to.actor); err != nil {
		return err
	}
	d.as = to
	return nil
}

// file runs the user's own seed.sql as the side, with {id} and the like replaced.
func (d *seeder) file(ctx context.Context, x *side) error {
	path := d.s.st.DB.Seed
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("db.seed: %w", err)
	}
	text := strings.ReplaceAll(string(b), "{id}", x.actor.ID)
	for k, v := range d.s.st.DB.Tenants[strings.ToLower(x.name)].Vars {
		text = strings.ReplaceAll(text, "{"+k+"}", v)
	}
	if err := d.turn(ctx, x); err != nil {
		return err
	}
	return d.save(ctx, func() error {
		_, err := d.tx.Exec(ctx, text, pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			return fmt.Errorf("db.seed as %s: %w", x.name, err)
		}
		return nil
	})
}

// fill gives both tenants a row in each of the tables, and returns those where
// both now have one. reason says why not for the others.
func (d *seeder) fill(ctx context.Context, tables []*table, reason map[*table]string) []*table {
	for _, x := range d.s.sides() {
		if err := d.file(ctx, x); err != nil {
			for _, t := range tables {
				reason[t] = err.Error()
			}
		}
	}
	var out []*table
	for _, t := range tables {
		ok := true
		for _, x := range d.s.sides() {
			if !x.readable(t.rel) || d.has(ctx, x, t) {
				continue
			}
			if err := d.row(ctx, x, t.rel, 0); err != nil {
				reason[t] = fmt.Sprintf("%s has no row in it and none could be added: %v; to see this: add rows for both tenants, or give db.seed", x.name, err)
				ok = false
				break
			}
		}
		if ok {
			reason[t] = ""
			out = append(out, t)
		}
	}
	return out
}

// has reports whether the side sees a row of its own.
func (d *seeder) has(ctx context.Context, x *side, t *table) bool {
	if err := d.turn(ctx, x); err != nil {
		return false
	}
	got, err := countIn(ctx, d.tx, x.actor.ID, []*table{t})
	return err == nil && got[t].answer.ok() && got[t].own > 0
}

// save runs fn in a savepoint, so that a refused row does not end the transaction.
func (d *seeder) save(ctx context.Context, fn func() error) error {
	if _, err := d.tx.Exec(ctx, "SAVEPOINT arxctl_seed"); err != nil {
		return err
	}
	if err := fn(); err != nil {
		if _, rerr := d.tx.Exec(ctx, "ROLLBACK TO SAVEPOINT arxctl_seed"); rerr != nil {
			return errors.Join(err, rerr)
		}
		return err
	}
	_, err := d.tx.Exec(ctx, "RELEASE SAVEPOINT arxctl_seed")
	return err
}

// row gives the side one row in the table; parents come first.
func (d *seeder) row(ctx context.Context, x *side, r *catalog.Relation, depth int) error {
	key := x.name + r.String()
	if d.done[key] {
		return nil
	}
	if err := d.stuck[key]; err != nil {
		return err
	}
	err := d.make(ctx, x, r, depth)
	if err != nil {
		d.stuck[key] = err
	} else {
		d.done[key] = true
	}
	return err
}

func (d *seeder) make(ctx context.Context, x *side, r *catalog.Relation, depth int) error {
	own := x.cat.Relation(r.OID)
	switch {
	case depth > 8:
		return fmt.Errorf("%s: its keys lead in a circle", r)
	case own == nil || !own.Can.Usage || !own.Can.Insert:
		return fmt.Errorf("the role may not insert into %s", r)
	case appendOnly(own):
		return fmt.Errorf("%s is append-only: nothing is inserted there, not even to be rolled back", r)
	}
	row, err := d.values(ctx, x, own, depth)
	if err != nil {
		return err
	}
	if err := d.turn(ctx, x); err != nil {
		return err
	}
	var last error
	for try, held := 0, 0; try < tries; try++ {
		sql := row.Insert(own)
		last = d.save(ctx, func() error { _, err := d.tx.Exec(ctx, sql); return err })
		if last == nil {
			return nil
		}
		var pg *pgconn.PgError
		if errors.As(last, &pg) && pg.Code == lockNotAvailable && held < waits {
			held, try = held+1, try-1 // another check's row of the same key, which goes as soon as that one has looked
			continue
		}
		if pg == nil || !row.Change(own, pg) {
			break
		}
	}
	return fmt.Errorf("%s refused a made-up row: %w", r, last)
}

// values chooses a row: the tenant, rows of this tenant to refer to, and for
// the rest what the type, the default and the nullability ask for.
func (d *seeder) values(ctx context.Context, x *side, r *catalog.Relation, depth int) (*madeup.Row, error) {
	v := madeup.NewRow()
	if t := d.s.table(r.OID); t != nil {
		for _, c := range t.cols {
			if own := r.Column(c.Name); own != nil && !own.Generated {
				v.Set(own, value(own, x.actor.ID), true)
			}
		}
	}
	for _, k := range d.s.cat.Keys {
		if k.From != r.OID || !slices.ContainsFunc(k.Columns, func(c string) bool { return d.wanted(r, c) && !v.Fixed(c) }) {
			continue
		}
		got, err := d.parent(ctx, x, k, depth)
		if err != nil {
			return nil, err
		}
		for i, name := range k.Columns {
			if c := r.Column(name); !v.Fixed(name) {
				v.Set(c, got[i], true)
			}
		}
	}
	n := int(d.s.rows.Add(1)) % 30000 // for the smallest integers too
	for _, c := range r.Columns {
		if v.Has(c.Name) || c.Generated {
			continue
		}
		if madeup.Counter(c) && c.CanInsert {
			v.Set(c, fmt.Sprintf("CAST(%d AS %s)", -1000-n, c.Type), false) // a sequence is not rolled back
			continue
		}
		if c.NotNull && c.Default == "" && c.Identity == "" {
			v.Set(c, madeup.Made(c, d.s.st.Nonce, n), false)
		}
	}
	return v, nil
}

// wanted reports whether a key column needs a parent: it is NOT NULL, or the
// policies of its table look at it.
func (d *seeder) wanted(r *catalog.Relation, column string) bool {
	c := r.Column(column)
	if c == nil {
		return false
	}
	t := d.s.table(r.OID)
	leads := t != nil && slices.ContainsFunc(t.parents, func(k *catalog.ForeignKey) bool { return slices.Contains(k.Columns, column) })
	return c.NotNull && c.Default == "" || inPolicies(r, column) || leads
}

// parent returns literals for the key of a row of this tenant in the referenced
// table, made there when it has none.
func (d *seeder) parent(ctx context.Context, x *side, k *catalog.ForeignKey, depth int) ([]string, error) {
	to := x.cat.Relation(k.To)
	if to == nil {
		return nil, fmt.Errorf("the table that %s refers to is not in db.schemas", ident(k.Name))
	}
	find := func() ([]string, error) {
		if err := d.turn(ctx, x); err != nil {
			return nil, err
		}
		var cols []string
		for _, c := range k.Targets {
			cols = append(cols, "pg_catalog.quote_literal("+ident(c)+"::text)")
		}
		sql := "SELECT ARRAY[" + strings.Join(cols, ", ") + "]::text[] FROM " + to.Quoted()
		if t := d.s.table(k.To); t != nil && t.byColumn() {
			sql += " WHERE " + t.ownRow("", x.actor.ID)
		}
		var got []string
		err := d.save(ctx, func() error { return d.tx.QueryRow(ctx, sql+" LIMIT 1").Scan(&got) })
		return got, err
	}
	got, err := find()
	if errors.Is(err, pgx.ErrNoRows) {
		if err := d.row(ctx, x, to, depth+1); err != nil {
			return nil, err
		}
		got, err = find()
	}
	if err != nil {
		return nil, fmt.Errorf("no row of %s to refer to: %w", to, err)
	}
	return got, nil
}

// appendOnly reports whether triggers refuse both to change and to delete rows.
func appendOnly(r *catalog.Relation) bool {
	update, remove := false, false
	for _, t := range r.Triggers {
		if t.Enabled != "D" && t.Enabled != "R" && raises.MatchString(t.FuncSource) {
			update, remove = update || t.Update, remove || t.Delete
		}
	}
	return update && remove
}
