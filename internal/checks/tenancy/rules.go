package tenancy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/madeup"
)

const (
	ruleRows   = 20    // own rows that a write with a rule on it touches
	ruleValues = 6     // columns that are given another value, since a rule can look at one
	ruleSeen   = 50000 // rows of a table that are compared before and after
)

func ruleNames(r *catalog.Relation) []string {
	out := make([]string, len(r.Rules))
	for i, w := range r.Rules {
		out[i] = w.Name
	}
	return out
}

// rules writes own rows where rewrite rules add to what is written. They act with
// the rights of the relation's owner, whom row security need not bind: what they
// do to the other tenant's rows is looked at as that tenant, and rows that they
// copy are those whose number depends on what the other tenant has.
func (p *paths) rules(ctx context.Context) error {
	for _, r := range p.s.cat.Relations {
		watch := p.touched(r)
		if len(watch) == 0 || !p.s.sameLogin() {
			continue // the rule is advised on all the same
		}
		unit := "rewrite rules on " + r.String()
		p.rec.Population(pathUnit, unit)
		if !p.write {
			p.rec.Blind(unit, "what they do to another tenant's rows", r.Rules[0].Definition, p.why)
			continue
		}
		for _, x := range p.s.sides() {
			if err := p.underRules(ctx, unit, r, x, watch); err != nil {
				return err
			}
		}
	}
	return nil
}

// touched lists the tenant tables that enabled rules on the relation could read
// or write: those they name, and any when they call a function.
func (p *paths) touched(r *catalog.Relation) []*table {
	q := p.s.a.can(r)
	if !q.Usage {
		return nil
	}
	var out []*table
	add := func(t *table) {
		if t != nil && !slices.Contains(out, t) && p.s.a.readable(t.rel) && p.s.b.readable(t.rel) && len(out) < slice {
			out = append(out, t)
		}
	}
	for _, w := range r.Rules {
		if !w.Enabled || !(w.Event == "2" && q.Update || w.Event == "3" && q.Insert || w.Event == "4" && q.Delete) || strings.Contains(w.Definition, "DO INSTEAD NOTHING") {
			continue
		}
		add(p.s.table(r.OID))
		for _, oid := range w.Uses {
			add(p.s.table(oid))
		}
		if slices.ContainsFunc(w.Calls, func(oid uint32) bool { return p.s.cat.Function(oid) != nil }) {
			for _, t := range p.tables {
				add(t)
			}
		}
	}
	return out
}

// attempt is one own write, to be undone.
type attempt struct {
	via string
	run func(*seeder) error
}

func (p *paths) attempts(ctx context.Context, r *catalog.Relation, x *side) []attempt {
	rel, t := x.cat.Relation(r.OID), p.s.table(r.OID)
	if rel == nil {
		return nil
	}
	where := " WHERE " + reachUpTo(ruleRows)
	if t != nil && t.byColumn() {
		where = ownWhere(t, "", x.actor.ID) + " AND " + reachUpTo(ruleRows)
	}
	var out []attempt
	sql := func(text string) {
		out = append(out, attempt{via: text, run: func(d *seeder) error {
			if _, err := d.tx.Exec(ctx, reachStart); err != nil {
				return err
			}
			_, err := d.tx.Exec(ctx, text)
			return err
		}})
	}
	on := func(event string) bool {
		return slices.ContainsFunc(rel.Rules, func(w *catalog.Rule) bool { return w.Enabled && w.Event == event })
	}
	if on("2") && rel.Can.Update {
		first, changed := true, 0
		for _, c := range rel.Columns {
			if !c.CanUpdate || c.Generated || c.Identity == "a" {
				continue
			}
			if first && c.CanSelect {
				sql("UPDATE " + rel.Quoted() + " SET " + ident(c.Name) + " = " + ident(c.Name) + where)
				first = false
			}
			keyed := t != nil && t.has(c.Name) || slices.ContainsFunc(rel.Unique, func(u []string) bool { return slices.Contains(u, c.Name) }) ||
				slices.ContainsFunc(p.s.cat.Keys, func(k *catalog.ForeignKey) bool { return k.From == r.OID && slices.Contains(k.Columns, c.Name) })
			if !keyed && changed < ruleValues {
				sql("UPDATE " + rel.Quoted() + " SET " + ident(c.Name) + " = " + madeup.Made(c, p.s.st.Nonce, 0) + where)
				changed++
			}
		}
	}
	if on("4") && rel.Can.Delete {
		sql("DELETE FROM " + rel.Quoted() + where)
	}
	if on("3") && rel.Can.Insert {
		out = append(out, attempt{via: "INSERT INTO " + rel.Quoted() + " ...", run: func(d *seeder) error {
			d.done, d.stuck = map[string]bool{}, map[string]error{}
			return d.row(ctx, x, rel, 0)
		}})
	}
	return out
}

// underRules makes each own write twice: as things are, and with the other
// tenant's rows changed beforehand.
func (p *paths) underRules(ctx context.Context, unit string, r *catalog.Relation, x *side, watch []*table) error {
	y := p.s.other(x)
	return stack.RolledBack(ctx, x.conn, x.actor, func(tx pgx.Tx) error {
		d := p.s.seeder(tx, x)
		tried, harm, via, last := 0, "", "", error(nil)
		for _, a := range p.attempts(ctx, r, x) {
			plain, err := p.try(ctx, d, a, x, watch, nil)
			if err != nil {
				return err
			}
			if via == "" {
				via = a.via
			}
			if plain.refused != nil {
				last = plain.refused
				continue
			}
			tried++
			if plain.harm != "" {
				harm, via = plain.harm, a.via
				break
			}
			moved, err := p.try(ctx, d, a, x, watch, y)
			if err != nil {
				return err
			}
			if moved.refused == nil && !maps.Equal(plain.grew, moved.grew) {
				harm, via = "how many rows are added to "+x.name+"'s depends on rows of "+y.name, a.via
				break
			}
		}
		if tried == 0 {
			why := "the role may make none of the writes"
			if last != nil {
				why = "no own write with a rule on it was possible: " + last.Error()
			}
			p.rec.Blind(unit, "what they do to rows of "+y.name+", as "+x.name, x.as()+via, why+"; to see this: add rows for both tenants, or give db.seed")
			return nil
		}
		p.rec.Sight(unit, "own writes as "+x.name+", to be rolled back", x.as()+via, evidence.AtLeast(1), fmt.Sprint(tried))
		p.rec.Claim(unit, "what own writes of "+x.name+" do to, or take from, rows of "+y.name, x.as()+via, evidence.Absent(), harm)
		return nil
	})
}

// ruled is what one own write did.
type ruled struct {
	refused error
	harm    string
	grew    map[string]string // rows more that the side sees, by table
}

// try makes the write and undoes it. With moved, that tenant changes its own
// rows first.
func (p *paths) try(ctx context.Context, d *seeder, a attempt, x *side, watch []*table, moved *side) (out ruled, err error) {
	y := p.s.other(x)
	look := func(as *side) (map[string]answer, error) {
		if err := d.turn(ctx, as); err != nil {
			return nil, err
		}
		var asks []ask
		for _, t := range watch {
			asks = append(asks, ask{key: t.String(), sql: digestSQL(as.cat.Relation(t.rel.OID))})
		}
		got := map[string]answer{}
		return got, block(ctx, d.tx, asks, false, got)
	}
	if _, err := d.tx.Exec(ctx, "SAVEPOINT arxctl_rule"); err != nil {
		return out, err
	}
	defer func() {
		if _, rerr := d.tx.Exec(context.WithoutCancel(ctx), "ROLLBACK TO SAVEPOINT arxctl_rule"); rerr != nil && err == nil {
			err = rerr
		}
		d.as = x // a transaction rolled back to the savepoint is x again
	}()
	if moved != nil {
		n, err := p.change(ctx, d, moved, watch)
		if err != nil {
			return out, err
		}
		if n == 0 {
			return ruled{refused: errUndo}, nil
		}
	}
	theirs, err := look(y)
	if err != nil {
		return out, err
	}
	mine, err := look(x)
	if err != nil {
		return out, err
	}
	if out.refused = d.save(ctx, func() error { return a.run(d) }); out.refused != nil {
		if stack.SQLState(out.refused) == "" && ctx.Err() != nil {
			return out, out.refused
		}
		return out, nil
	}
	after, err := look(x)
	if err != nil {
		return out, err
	}
	out.grew = map[string]string{}
	for _, t := range watch {
		out.grew[t.String()] = grown(mine[t.String()].val, after[t.String()].val)
	}
	if after, err = look(y); err != nil {
		return out, err
	}
	for _, t := range watch {
		if b, c := theirs[t.String()], after[t.String()]; b.ok() && c.ok() && b.val != c.val {
			out.harm = "rows of " + y.name + " in " + t.String() + " changed"
		}
	}
	return out, nil
}

// digestSQL tells rows and contents of what a session sees of a table.
func digestSQL(rel *catalog.Relation) string {
	var cols []string
	for _, c := range rel.Columns {
		if c.CanSelect {
			cols = append(cols, ident(c.Name))
		}
	}
	return fmt.Sprintf("SELECT count(*) || ' ' || coalesce(sum(pg_catalog.hashtextextended(x::text, 0)), 0) FROM (SELECT %s FROM %s LIMIT %d) x", strings.Join(cols, ", "), rel.Quoted(), ruleSeen)
}

// grown is the difference of two counts that digestSQL gave.
func grown(before, after string) string {
	var b, a int64
	fmt.Sscan(before, &b)
	fmt.Sscan(after, &a)
	return fmt.Sprint(a - b)
}
