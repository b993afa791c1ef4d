package catalog

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// readPolicies also says, by pg_depend, which columns, relations and functions
// a policy refers to: no source text is parsed for it.
func (c *Catalog) readPolicies(ctx context.Context, q Querier, _ []string) error {
	return each(ctx, q, `
SELECT p.polrelid, p.oid, p.polname::text, p.polpermissive, p.polcmd::text,
  (SELECT array_agg(CASE WHEN r = 0 THEN 'public' ELSE pg_get_userbyid(r)::text END) FROM unnest(p.polroles) r),
  EXISTS (SELECT FROM unnest(p.polroles) r WHERE r = 0 OR pg_has_role(current_user, r, 'USAGE')),
  coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''),
  coalesce((SELECT array_agg(DISTINCT a.attname::text) FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = p.polrelid AND d.refobjsubid > 0), '{}'),
  coalesce((SELECT array_agg(DISTINCT d.refobjid) FROM pg_depend d
    WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> p.polrelid), '{}'),
  coalesce((SELECT array_agg(DISTINCT d.refobjid) FROM pg_depend d
    WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_proc'::regclass), '{}')
FROM pg_policy p WHERE p.polrelid = ANY($1::oid[]) ORDER BY p.polrelid, p.polname`, []any{c.oids()}, func(rows pgx.Rows) error {
		var oid uint32
		p := &Policy{}
		if err := rows.Scan(&oid, &p.OID, &p.Name, &p.Permissive, &p.Command, &p.Roles, &p.Applies, &p.Using, &p.Check, &p.Columns, &p.Reads, &p.Calls); err != nil {
			return err
		}
		r := c.byOID[oid]
		r.Policies = append(r.Policies, p)
		return nil
	})
}

// Bits of pg_trigger.tgtype (catalog/pg_trigger.h).
const (
	tgRow = 1 << iota
	tgBefore
	tgInsert
	tgDelete
	tgUpdate
	tgTruncate
	tgInstead
)

func (c *Catalog) readTriggers(ctx context.Context, q Querier, _ []string) error {
	return each(ctx, q, `
SELECT t.tgrelid, t.tgname::text, pg_get_triggerdef(t.oid), t.tgenabled::text, t.tgtype::int, t.tgconstraint <> 0, t.tgdeferrable, t.tgqual IS NOT NULL,
  t.tgfoid, f.prosrc, l.lanname::text, t.tgparentid <> 0
FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid JOIN pg_language l ON l.oid = f.prolang
WHERE NOT t.tgisinternal AND t.tgrelid = ANY($1::oid[]) ORDER BY t.tgrelid, t.tgname`, []any{c.oids()}, func(rows pgx.Rows) error {
		var oid uint32
		var bits int
		t := &Trigger{}
		if err := rows.Scan(&oid, &t.Name, &t.Definition, &t.Enabled, &bits, &t.Constraint, &t.Deferrable, &t.HasWhen, &t.Function, &t.FuncSource, &t.FuncLang, &t.Clone); err != nil {
			return err
		}
		t.Row, t.Before, t.Instead = bits&tgRow != 0, bits&tgBefore != 0, bits&tgInstead != 0
		t.Insert, t.Update, t.Delete, t.Truncate = bits&tgInsert != 0, bits&tgUpdate != 0, bits&tgDelete != 0, bits&tgTruncate != 0
		r := c.byOID[oid]
		r.Triggers = append(r.Triggers, t)
		return nil
	})
}

// readRules lists rewrite rules, and what the query of a view depends on.
func (c *Catalog) readRules(ctx context.Context, q Querier, _ []string) error {
	return each(ctx, q, `
SELECT w.ev_class, w.rulename::text, w.ev_type::text, w.ev_enabled <> 'D', CASE WHEN w.ev_type = '1' THEN '' ELSE pg_get_ruledef(w.oid) END,
  coalesce((SELECT array_agg(DISTINCT d.refobjid) FROM pg_depend d WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class), '{}'),
  coalesce((SELECT array_agg(DISTINCT d.refobjid) FROM pg_depend d WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    AND d.refclassid = 'pg_proc'::regclass), '{}')
FROM pg_rewrite w WHERE w.ev_class = ANY($1::oid[]) ORDER BY w.ev_class, w.rulename`, []any{c.oids()}, func(rows pgx.Rows) error {
		var oid uint32
		w := &Rule{}
		if err := rows.Scan(&oid, &w.Name, &w.Event, &w.Enabled, &w.Definition, &w.Uses, &w.Calls); err != nil {
			return err
		}
		r := c.byOID[oid]
		if w.Event == "1" {
			r.Reads, r.Calls = w.Uses, w.Calls
		} else {
			r.Rules = append(r.Rules, w)
		}
		return nil
	})
}

func (c *Catalog) readFunctions(ctx context.Context, q Querier, _ []string) error {
	body := "p.prosrc"
	if c.Version >= 140000 { // bodies in standard SQL came with PostgreSQL 14
		body = "coalesce(nullif(p.prosrc, ''), pg_get_function_sqlbody(p.oid), '')"
	}
	// A policy may call a function of a schema that was not asked for, so all are read.
	return each(ctx, q, `
SELECT p.oid, n.nspname::text, p.proname::text, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.pronargs, p.pronargs - p.pronargdefaults,
  coalesce((SELECT array_agg(format_type(u.t, NULL) ORDER BY u.n) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(t, n)), '{}'),
  l.lanname::text, `+body+`, pg_get_userbyid(p.proowner)::text,
  coalesce(o.rolsuper OR o.rolbypassrls, true), p.prosecdef, p.proleakproof, p.provolatile::text, p.prokind::text, p.proretset, format_type(p.prorettype, NULL),
  coalesce(t.typrelid, 0), coalesce(p.proconfig, '{}'), has_function_privilege(p.oid, 'EXECUTE')
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN pg_roles o ON o.oid = p.proowner LEFT JOIN pg_type t ON t.oid = p.prorettype
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_temp\_%'
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.deptype = 'e')
ORDER BY n.nspname, p.proname, p.oid`, nil, func(rows pgx.Rows) error {
		f := &Function{}
		if err := rows.Scan(&f.OID, &f.Schema, &f.Name, &f.Identity, &f.Args, &f.Required, &f.ArgTypes, &f.Language, &f.Source, &f.Owner, &f.OwnerFree,
			&f.Definer, &f.Leakproof, &f.Volatility, &f.Kind, &f.Set, &f.Returns, &f.ReturnsRel, &f.Config, &f.CanExecute); err != nil {
			return err
		}
		c.Functions = append(c.Functions, f)
		c.funcOID[f.OID] = f
		return nil
	})
}
