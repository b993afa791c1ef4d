package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// catalogue advises on what weakens without being a leak by itself.
func (p *paths) catalogue(ctx context.Context) error {
	for _, r := range p.s.cat.Relations {
		if q := p.s.a.can(r); len(r.Rules) > 0 && q.Usage && (q.Insert || q.Update || q.Delete) {
			p.rec.Advice(r.String(), "rewrite rules on it, which run with the rights of its owner", "SELECT rulename FROM pg_rules", evidence.Absent(), strings.Join(ruleNames(r), ", "))
		}
	}
	for _, oid := range p.s.helperOIDs() {
		f := p.s.cat.Function(oid)
		if f.Definer && !f.Pinned() || !f.Pinned() && f.Language != "sql" {
			p.rec.Advice("function "+f.String(), "policies call it and it sets no search_path of its own", "SELECT proconfig FROM pg_proc", evidence.Equals("set"), "not set")
		}
	}
	p.oracles()
	return p.grants(ctx)
}

// oracles are unique keys over values that a tenant can choose and that do not
// include the tenant: a refused duplicate tells that another tenant has it.
func (p *paths) oracles() {
	for _, t := range p.s.tables {
		own := p.s.a.cat.Relation(t.rel.OID)
		if own == nil || !t.byColumn() || !own.Can.Insert {
			continue
		}
		for _, u := range own.Unique {
			chosen := slices.ContainsFunc(u, func(n string) bool {
				c := own.Column(n)
				return c != nil && c.Category == 'S' && c.CanInsert
			})
			if chosen && !slices.ContainsFunc(u, t.has) {
				p.rec.Advice(t.String(), "unique over ("+strings.Join(u, ", ")+") without the tenant: a duplicate tells that another tenant has it", "SELECT indexdef FROM pg_indexes", evidence.Equals("with the tenant"), "without the tenant")
			}
		}
	}
}

// grants looks for privileges that future tables will have before anybody
// thought of row security, and tells of sequences that count for everyone.
func (p *paths) grants(ctx context.Context) error {
	return stack.Read(ctx, p.s.a.conn, p.s.a.actor, func(tx pgx.Tx) error {
		var future int
		const via = `SELECT count(*) FROM pg_default_acl d, aclexplode(d.defaclacl) a WHERE d.defaclobjtype = 'r' AND (a.grantee = 0 OR pg_has_role(current_user, a.grantee, 'USAGE')) AND d.defaclrole <> a.grantee`
		if err := tx.QueryRow(ctx, via).Scan(&future); err != nil {
			return err
		}
		p.rec.Advice("default privileges", "privileges that the application will hold on future tables, before row security is on them", via, evidence.AtMost(0), fmt.Sprint(future))
		var sequences []string
		if err := tx.QueryRow(ctx, `SELECT coalesce(array_agg(c.oid::regclass::text ORDER BY 1), '{}') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname NOT LIKE 'pg\_%' AND has_schema_privilege(n.oid, 'USAGE') AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT') END`).Scan(&sequences); err != nil {
			return err
		}
		if len(sequences) > 0 {
			p.rec.Fact("sequences that tell how much all tenants do", few(sequences))
		}
		return nil
	})
}
