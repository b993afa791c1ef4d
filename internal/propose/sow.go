package propose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/madeup"
)

// sower drafts seed.sql for a database without any tenant: one row a table, for
// each of the two tenants that the file is run as. Nothing is inserted: whether a
// row meets a table's conditions is asked of the server by a SELECT.
type sower struct {
	g      *guesses
	state  map[uint32]error // nil: a row is drafted
	app    []string         // statements that the application runs
	owner  []string         // statements that the application may not run
	cannot []string
	n      int
}

// attempts bounds how often a row is drafted with other values.
const attempts = 14

func (g *guesses) sow(ctx context.Context, p *Proposal) error {
	if g.o.SeedName == "" || !g.empty || len(g.places) == 0 || g.session.a.dsn != "" || g.session.a.role != "" {
		return nil
	}
	s := &sower{g: g, state: map[uint32]error{}}
	var list []*catalog.Relation
	if g.tenants != nil {
		list = append(list, g.tenants)
	}
	for _, r := range g.tables {
		if r != g.tenants {
			list = append(list, r)
		}
	}
	for _, r := range list {
		if err := s.sow(ctx, r, 0); errors.Is(err, ctx.Err()) && ctx.Err() != nil {
			return err
		}
	}
	g.seed = true
	p.Seed = s.file()
	if len(s.owner) > 0 {
		p.Lines = append(p.Lines, s.ownerLines())
	}
	return nil
}

// sow drafts one row, those that it refers to first.
func (s *sower) sow(ctx context.Context, r *catalog.Relation, depth int) error {
	if err, done := s.state[r.OID]; done {
		return err
	}
	s.state[r.OID] = fmt.Errorf("its keys lead back to itself")
	err := s.draft(ctx, r, depth)
	s.state[r.OID] = err
	if err != nil {
		s.cannot = append(s.cannot, fmt.Sprintf("%s: %v", r, err))
	}
	return err
}

func (s *sower) draft(ctx context.Context, r *catalog.Relation, depth int) error {
	switch {
	case depth > 8:
		return errors.New("its keys lead too far")
	case appendOnly(r):
		return errors.New("it is append-only: nothing is inserted there, not even to be rolled back")
	}
	row, err := s.row(ctx, r, depth)
	if err != nil {
		return err
	}
	if err := s.fit(ctx, r, row); err != nil {
		return err
	}
	line := row.Insert(r) + ";"
	if why := mayNot(r); why != "" {
		if r != s.g.tenants && s.g.place(r) != nil {
			return errors.New(why) // not needed by others, and not the application's to write
		}
		s.owner = append(s.owner, line)
		return nil
	}
	s.app = append(s.app, line)
	return nil
}

// row chooses values: the tenant, keys of rows that the seed itself makes, and for
// the rest what type, default and nullability ask for.
func (s *sower) row(ctx context.Context, r *catalog.Relation, depth int) (*madeup.Row, error) {
	v := madeup.NewRow()
	s.n++
	if p := s.g.place(r); p != nil {
		v.Set(p.col, "CAST('{id}' AS "+p.col.Type+")", true)
	}
	for name := range s.g.session.a.vars {
		for _, c := range r.Columns {
			if !v.Has(c.Name) && (strings.EqualFold(c.Name, name+"_id") || strings.EqualFold(c.Name, name)) {
				v.Set(c, "CAST('{"+name+"}' AS "+c.Type+")", true)
			}
		}
	}
	for _, k := range s.g.cat.Keys {
		if k.From != r.OID || k.To == r.OID || !slices.ContainsFunc(k.Columns, func(c string) bool { return needed(r, c) && !v.Has(c) }) && !s.tenantKey(k) {
			continue
		}
		to := s.g.cat.Relation(k.To)
		if to == nil {
			continue
		}
		if err := s.parent(ctx, to, depth); err != nil {
			return nil, fmt.Errorf("it refers to %s, where there is no row: %w", to, err)
		}
		for i, name := range k.Columns {
			if c := r.Column(name); c != nil && !v.Has(name) {
				v.Set(c, s.refer(to, k.Targets[i]), true)
			}
		}
	}
	for _, c := range r.Columns {
		switch {
		case v.Has(c.Name) || c.Generated:
		case madeup.Counter(c) && c.CanInsert:
			v.Set(c, negative(c), false) // a sequence is not rolled back
		case c.NotNull && c.Default == "" && c.Identity == "":
			v.Set(c, s.value(r, c), false)
		}
	}
	return v, nil
}

// parent sees to it that a referenced table has a row: one is drafted, unless it
// is a lookup table with rows of its own.
func (s *sower) parent(ctx context.Context, to *catalog.Relation, depth int) error {
	if s.g.place(to) == nil {
		got, err := s.g.texts(ctx, s.g.eyes, s.g.eyesActor, "SELECT 'x' FROM "+to.Quoted()+" LIMIT 1")
		if err != nil {
			return err
		}
		if len(got) > 0 {
			return nil
		}
	}
	return s.sow(ctx, to, depth+1)
}

// refer is a key of this tenant's row in the referenced table.
func (s *sower) refer(to *catalog.Relation, target string) string {
	sql := "(SELECT " + catalog.Ident(target) + " FROM " + to.Quoted()
	if p := s.g.place(to); p != nil {
		if p.col.Name == target {
			return "CAST('{id}' AS " + p.col.Type + ")"
		}
		sql += " WHERE " + catalog.Ident(p.col.Name) + "::text = '{id}'"
	}
	return sql + " LIMIT 1)"
}

// tenantKey reports whether the key's columns are looked at by the policies of its table.
func (s *sower) tenantKey(k *catalog.ForeignKey) bool {
	from := s.g.cat.Relation(k.From)
	return from != nil && s.g.place(from) == nil && slices.ContainsFunc(k.Columns, func(c string) bool { return inPolicies(from, c) })
}

func needed(r *catalog.Relation, column string) bool {
	c := r.Column(column)
	return c != nil && c.NotNull && c.Default == ""
}

// value is what the type asks for, different for the two tenants where it must be unique.
func (s *sower) value(r *catalog.Relation, c *catalog.Column) string {
	unique := slices.ContainsFunc(r.Unique, func(cols []string) bool { return slices.Contains(cols, c.Name) })
	switch {
	case unique && c.Category == 'N':
		return "CAST(1 + abs(pg_catalog.hashtext('{id}')) % 30000 AS " + c.Type + ")"
	case unique && c.Category == 'S':
		return "CAST(pg_catalog.md5('{id}" + fmt.Sprint(s.n) + "') AS " + c.Full + ")"
	}
	return madeup.Made(c, "seed", s.n)
}

func negative(c *catalog.Column) string {
	return "CAST(-(1000 + abs(pg_catalog.hashtext('{id}')) % 30000) AS " + c.Type + ")"
}

// fit asks the server whether the row meets the table's types, domains and CHECK
// constraints, and takes other values until it does.
func (s *sower) fit(ctx context.Context, r *catalog.Relation, row *madeup.Row) error {
	var last error
	for range attempts {
		last = stack.Read(ctx, s.g.conn, stack.Actor{}, func(tx pgx.Tx) error { return s.meets(ctx, tx, r, row) })
		if last == nil {
			return nil
		}
		var pg *pgconn.PgError
		if !errors.As(last, &pg) || !row.Change(r, pg) {
			break
		}
	}
	return fmt.Errorf("no made-up row meets its conditions: %w", last)
}

func (s *sower) meets(ctx context.Context, tx pgx.Tx, r *catalog.Relation, row *madeup.Row) error {
	var cols []string
	for _, c := range r.Columns {
		expr := row.Expr(c.Name)
		switch {
		case strings.Contains(expr, "(SELECT "), expr == "" && (madeup.Counter(c) || c.Default == "" || c.Generated):
			expr = "CAST(NULL AS " + c.Full + ")"
		case expr == "":
			expr = c.Default
		}
		pairs := []string{"{id}", s.g.session.a.id}
		for k, v := range s.g.session.a.vars {
			pairs = append(pairs, "{"+k+"}", v)
		}
		cols = append(cols, strings.NewReplacer(pairs...).Replace(expr)+" AS "+catalog.Ident(c.Name))
	}
	from := " FROM (SELECT " + strings.Join(cols, ", ") + ") AS " + catalog.Ident(r.Name)
	if _, err := tx.Exec(ctx, "SELECT *"+from); err != nil {
		return err
	}
	for _, k := range r.Checks {
		var ok bool
		if err := tx.QueryRow(ctx, "SELECT coalesce(("+k.Expr+"), true)"+from).Scan(&ok); err != nil {
			return err
		}
		if !ok {
			return &pgconn.PgError{Severity: "ERROR", Code: "23514", Message: "CHECK " + k.Name + " refuses it: " + k.Expr, ConstraintName: k.Name}
		}
	}
	return nil
}
