package tenancy

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// few tables stand for all where the way around does not depend on the table.
const fewTables = 8

// prepared prepares a statement as A, runs it often enough for a plan that is
// kept, and runs it as B. It must give what B gets without it: fewer rows than
// none is not the measure.
func (p *paths) prepared(ctx context.Context) error {
	if !p.s.sameLogin() {
		return nil
	}
	for i, t := range p.tables[:min(len(p.tables), fewTables)] {
		unit := "prepared statement over " + t.String()
		p.rec.Population(pathUnit, unit)
		c, err := p.s.a.fresh(ctx)
		if err != nil {
			return err
		}
		err = p.prepare(ctx, c, unit, t, fmt.Sprintf("arxctl_%d", i))
		c.Close(context.WithoutCancel(ctx))
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *paths) prepare(ctx context.Context, c *pgx.Conn, unit string, t *table, name string) error {
	var cols []string
	for _, c := range p.s.a.cat.Relation(t.rel.OID).Columns {
		if c.CanSelect {
			cols = append(cols, ident(c.Name))
		}
	}
	query := "SELECT count(*) || ' rows ' || coalesce(sum(pg_catalog.hashtext(ROW(" + strings.Join(cols, ", ") + ")::text))::text, '') FROM " + t.rel.Quoted()
	var first string
	err := stack.CommitRead(ctx, c, p.s.a.actor, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "PREPARE "+name+" AS "+query); err != nil {
			return err
		}
		for range 7 { // from the sixth run on a kept plan may be used (PREPARE)
			if err := tx.QueryRow(ctx, "EXECUTE "+name).Scan(&first); err != nil {
				return err
			}
		}
		return nil
	})
	via := p.s.a.as() + "PREPARE p AS " + query + "; EXECUTE p; COMMIT; " + p.s.b.as() + "EXECUTE p"
	if err != nil {
		p.rec.Blind(unit, "what B gets from a statement that A prepared", via, err.Error())
		return nil
	}
	return stack.Read(ctx, c, p.s.b.actor, func(tx pgx.Tx) error {
		var planned, plain string
		if err := tx.QueryRow(ctx, query).Scan(&plain); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "EXECUTE "+name).Scan(&planned); err != nil {
			return err
		}
		p.rec.Sight(unit, "rows that A got from it", via, evidence.Matches(`^[1-9]`), first)
		p.rec.Claim(unit, "rows that B gets from it, against B's own statement", via, evidence.Equals(plain), planned)
		return nil
	})
}

// copies reads with COPY, as both sides.
func (p *paths) copies(ctx context.Context) error {
	for _, t := range p.tables[:min(len(p.tables), fewTables)] {
		if p.v.seen[p.s.a][t].total() > 20000 {
			continue
		}
		unit := "COPY of " + t.String()
		p.rec.Population(pathUnit, unit)
		for _, x := range p.s.sides() {
			if err := p.copy(ctx, unit, t, x); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *paths) copy(ctx context.Context, unit string, t *table, x *side) error {
	var col string
	for _, c := range x.cat.Relation(t.rel.OID).Columns {
		if c.CanSelect {
			col = ident(c.Name)
			break
		}
	}
	sql := "COPY " + t.rel.Quoted() + " (" + col + ") TO STDOUT"
	if t.rel.Is(catalog.Partitioned) {
		sql = "COPY (SELECT " + col + " FROM " + t.rel.Quoted() + ") TO STDOUT"
	}
	return stack.Read(ctx, x.conn, x.actor, func(tx pgx.Tx) error {
		got, err := countIn(ctx, tx, x.actor.ID, []*table{t})
		if err != nil {
			return err
		}
		var out bytes.Buffer
		if _, err := tx.Conn().PgConn().CopyTo(ctx, &out, sql); err != nil {
			p.rec.Blind(unit, "rows of others copied out as "+x.name, x.as()+sql, err.Error())
			return nil
		}
		own := got[t].own + got[t].nobody + got[t].also
		p.rec.Sight(unit, "own rows seen as "+x.name, x.as()+got[t].sql, evidence.AtLeast(1), strconv.FormatInt(own, 10))
		p.rec.Claim(unit, "rows copied out as "+x.name+", against those it owns", x.as()+sql, evidence.AtMost(own), strconv.Itoa(bytes.Count(out.Bytes(), []byte("\n"))))
		return nil
	})
}
