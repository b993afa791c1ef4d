package tenancy

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// everybodys asks whether a view that names no tenant is the same for A, for B
// and for a session without a tenant, though all that it reads is tenants' own.
// Its owner then reads past row security for whoever asks. It needs no write, and
// reports whether it found that.
func (p *paths) everybodys(ctx context.Context, r *catalog.Relation) (bool, error) {
	if !p.s.sameLogin() || !p.own(r) {
		return false, nil
	}
	if free, err := p.unbound(ctx, r); err != nil || !free {
		return false, err
	}
	sql := "SELECT count(*) || ' rows ' || coalesce(pg_catalog.md5(pg_catalog.string_agg(k, ' ' ORDER BY k)), '') FROM (SELECT pg_catalog.md5(x::text) AS k FROM " + r.Quoted() + " x) y"
	var got []string
	for _, actor := range []stack.Actor{p.s.a.actor, p.s.b.actor, p.s.nobody()} {
		answers, err := inRead(ctx, p.s.a.conn, actor, []ask{{key: "q", sql: sql}})
		if err != nil || !answers["q"].ok() {
			return false, err
		}
		got = append(got, answers["q"].val)
	}
	// One row alike can be a sum that is nought for all three.
	if got[0] != got[1] || got[0] != got[2] || strings.HasPrefix(got[0], "0 ") || strings.HasPrefix(got[0], "1 ") {
		return false, nil
	}
	unit := viewUnit(r)
	rows, _, _ := strings.Cut(got[0], " ")
	p.rec.Population(pathUnit, unit)
	p.rec.Sight(unit, "rows that it gives A", p.s.a.as()+sql, evidence.AtLeast(2), rows)
	p.rec.Claim(unit, "rows made from tenants' own, the same for A, for B and without a tenant", sql, evidence.AtMost(0), rows)
	return true, nil
}

// own reports whether all that the view reads are tenant tables in which A and B
// each see rows of their own and none of others.
func (p *paths) own(r *catalog.Relation) bool {
	for _, oid := range r.Reads {
		t, next := p.s.table(oid), p.s.cat.Relation(oid)
		switch {
		case t != nil:
			a, b := p.v.seen[p.s.a][t], p.v.seen[p.s.b][t]
			if a.own == 0 || b.own == 0 || a.foreign+a.nobody+a.also+b.foreign+b.nobody+b.also > 0 || p.v.overlapping(t)+p.v.partly(t) > 0 {
				return false
			}
		case next == nil || next.Kind != catalog.View || !p.own(next):
			return false
		}
	}
	return len(r.Reads) > 0
}

// unbound reports whether the owner of the view reads past row security of
// something that it reads.
func (p *paths) unbound(ctx context.Context, r *catalog.Relation) (bool, error) {
	if r.Option("security_invoker") {
		return false, nil
	}
	if slices.ContainsFunc(p.bases(r, nil), func(t *table) bool { return t.rel.OwnerOID == r.OwnerOID && !t.rel.Force || !t.rel.RLS }) {
		return true, nil
	}
	var free bool
	err := stack.Read(ctx, p.s.a.conn, p.s.a.actor, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT coalesce(bool_or(rolsuper OR rolbypassrls), false) FROM pg_roles WHERE oid = $1", r.OwnerOID).Scan(&free)
	})
	return free, err
}
