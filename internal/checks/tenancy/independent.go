package tenancy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// errUndo ends a savepoint whose work was only for looking.
var errUndo = errors.New("undo")

// independent asks whether what A gets from a path changes when B removes its
// own rows, and the other way round. It needs no column that names the tenant,
// so that it sees through counts and sums as well. Both are one login's
// sessions in one transaction, which is rolled back.
func (p *paths) independent(ctx context.Context, unit, sql string, bases []*table) error {
	p.rec.Population(pathUnit, unit)
	switch {
	case !p.write:
		p.rec.Blind(unit, "whether it shows something of another tenant's rows", sql, p.why)
		return nil
	case !p.s.sameLogin():
		// The tenants log in apart, so that one transaction cannot be both.
		p.rec.Blind(unit, "whether it shows something of another tenant's rows", sql, "the tenants log in apart, so that it cannot be read by one while the rows of the other are gone; to see this: let it return the tenant column")
		return nil
	}
	for _, x := range p.s.sides() {
		if err := p.removed(ctx, unit, sql, bases, x); err != nil {
			return err
		}
	}
	return nil
}

func (p *paths) removed(ctx context.Context, unit, sql string, bases []*table, x *side) error {
	y := p.s.other(x)
	via := x.as() + sql
	return stack.RolledBack(ctx, x.conn, x.actor, func(tx pgx.Tx) error {
		d := p.s.seeder(tx, x)
		ask1 := func() (answer, error) {
			got := map[string]answer{}
			err := block(ctx, tx, []ask{{key: "q", sql: sql}}, false, got)
			return got["q"], err
		}
		before, err := ask1()
		if err != nil {
			return err
		}
		if !before.ok() {
			if why := unanswered(before); why != "" {
				p.rec.Blind(unit, "what "+x.name+" gets from it", via, why)
				return nil
			}
			p.rec.Sight(unit, "as "+x.name+": it answers with an error", via, evidence.Equals("refused"), "refused")
			p.rec.Claim(unit, "what "+x.name+" gets, once "+y.name+" has changed its own rows", via, evidence.Equals("the same"), "the same")
			return nil
		}
		changed, err := p.change(ctx, d, y, bases)
		if err != nil {
			return err
		}
		if err := d.turn(ctx, x); err != nil {
			return err
		}
		after, err := ask1()
		if err != nil {
			return err
		}
		if changed == 0 {
			p.rec.Advice(unit, "whether it shows something of "+y.name+"'s rows to "+x.name+" could not be tried: "+y.name+" may not add or remove rows in what it reads", via, evidence.Equals("tried"), "not tried")
			p.rec.Sight(unit, "it answers "+x.name, via, evidence.Equals("answers"), "answers")
			p.rec.Claim(unit, "errors", via, evidence.Absent(), "")
			return nil
		}
		got := "the same"
		if after.String() != before.String() {
			got = "changed"
		}
		p.rec.Sight(unit, "tables in which "+y.name+" changed rows of its own, to be rolled back", "DELETE, UPDATE or INSERT as "+y.name, evidence.AtLeast(1), fmt.Sprint(changed))
		p.rec.Claim(unit, "what "+x.name+" gets, once "+y.name+" has changed its own rows", via, evidence.Equals("the same"), got)
		return nil
	})
}

// change lets the side remove its own rows from the tables, or add one, and
// returns in how many of them it could.
func (p *paths) change(ctx context.Context, d *seeder, y *side, bases []*table) (int, error) {
	if err := d.turn(ctx, y); err != nil {
		return 0, err
	}
	n := 0
	for _, t := range slices.Compact(bases) {
		rel := y.cat.Relation(t.rel.OID)
		if rel == nil || !rel.Can.Usage {
			continue
		}
		done := errUndo
		if rel.Can.Delete && !appendOnly(rel) {
			done = d.save(ctx, func() error {
				tag, err := d.tx.Exec(ctx, "DELETE FROM "+rel.Quoted()+ownWhere(t, "", y.actor.ID))
				if err == nil && tag.RowsAffected() == 0 {
					return errUndo
				}
				return err
			})
		}
		if done != nil {
			d.done, d.stuck = map[string]bool{}, map[string]error{}
			done = d.row(ctx, y, rel, 0)
		}
		if done == nil {
			n++
		} else if stack.SQLState(done) == "" && !errors.Is(done, errUndo) && ctx.Err() != nil {
			return n, done
		}
		if err := d.turn(ctx, y); err != nil {
			return n, err
		}
	}
	return n, nil
}
