package catalog

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// ours restricts a query over pg_class c and pg_namespace n to what is not
// PostgreSQL's own and does not belong to an extension; $1 lists the schemas asked for.
const ours = ` n.nspname NOT IN ('pg_catalog','information_schema') AND n.nspname NOT LIKE 'pg\_toast%' AND n.nspname NOT LIKE 'pg\_temp\_%'
  AND (cardinality($1::text[]) = 0 OR n.nspname = ANY($1::text[])) `

func (c *Catalog) readSession(ctx context.Context, q Querier, _ []string) error {
	return each(ctx, q, `SELECT current_user::text, session_user::text, current_setting('server_version_num')::int, current_database()::text`, nil,
		func(r pgx.Rows) error { return r.Scan(&c.Role, &c.Login, &c.Version, &c.Database) })
}

func (c *Catalog) readRelations(ctx context.Context, q Querier, schemas []string) error {
	return each(ctx, q, `
SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, pg_get_userbyid(c.relowner)::text, c.relowner, c.relrowsecurity, c.relforcerowsecurity,
  CASE WHEN c.relkind IN ('r','p') THEN row_security_active(c.oid) ELSE false END, c.relispartition, coalesce(c.reloptions, '{}')::text[], c.reltuples::bigint,
  has_schema_privilege(n.oid, 'USAGE'), has_any_column_privilege(c.oid, 'SELECT'), has_any_column_privilege(c.oid, 'INSERT'),
  has_any_column_privilege(c.oid, 'UPDATE'), has_table_privilege(c.oid, 'DELETE'), has_table_privilege(c.oid, 'TRUNCATE'),
  has_any_column_privilege(c.oid, 'REFERENCES'), has_table_privilege(c.oid, 'TRIGGER')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r','p','v','m','f') AND c.relpersistence <> 't' AND `+ours+`
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e')
ORDER BY n.nspname, c.relname`, []any{schemas}, func(rows pgx.Rows) error {
		r := &Relation{}
		var kind string
		p := &r.Can
		if err := rows.Scan(&r.OID, &r.Schema, &r.Name, &kind, &r.Owner, &r.OwnerOID, &r.RLS, &r.Force, &r.Active, &r.IsPartition, &r.Options, &r.Rows,
			&p.Usage, &p.Select, &p.Insert, &p.Update, &p.Delete, &p.Truncate, &p.References, &p.Trigger); err != nil {
			return err
		}
		r.Kind = rune(kind[0])
		c.Relations = append(c.Relations, r)
		c.byOID[r.OID] = r
		return nil
	})
}

func (c *Catalog) readColumns(ctx context.Context, q Querier, _ []string) error {
	return each(ctx, q, `
SELECT a.attrelid, a.attnum, a.attname::text, format_type(a.atttypid, NULL), format_type(a.atttypid, a.atttypmod),
  CASE WHEN b.typtype = 'e' THEN (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = b.oid) END, b.typname::text, b.typtype::text, b.typcategory::text, a.attnotnull, a.attidentity::text,
  a.attgenerated <> '', coalesce(CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END, ''),
  has_column_privilege(a.attrelid, a.attnum, 'SELECT'), has_column_privilege(a.attrelid, a.attnum, 'INSERT'), has_column_privilege(a.attrelid, a.attnum, 'UPDATE')
FROM unnest($1::oid[]) AS w(oid) JOIN pg_attribute a ON a.attrelid = w.oid JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum`, []any{c.oids()}, func(rows pgx.Rows) error {
		var oid uint32
		var kind, category string
		k := &Column{}
		if err := rows.Scan(&oid, &k.Num, &k.Name, &k.Type, &k.Full, &k.Labels, &k.Base, &kind, &category, &k.NotNull, &k.Identity, &k.Generated, &k.Default,
			&k.CanSelect, &k.CanInsert, &k.CanUpdate); err != nil {
			return err
		}
		k.TypeKind, k.Category = rune(kind[0]), rune(category[0])
		r := c.byOID[oid]
		r.Columns = append(r.Columns, k)
		return nil
	})
}

func (c *Catalog) readChecks(ctx context.Context, q Querier, _ []string) error {
	return each(ctx, q, `
SELECT k.conrelid, k.conname::text, coalesce((SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.conkey) WITH ORDINALITY u(num, n)
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num), '{}'), pg_get_expr(k.conbin, k.conrelid)
FROM pg_constraint k WHERE k.contype = 'c' AND k.conrelid = ANY($1::oid[]) ORDER BY k.conrelid, k.conname`, []any{c.oids()}, func(rows pgx.Rows) error {
		var oid uint32
		k := &Check{}
		if err := rows.Scan(&oid, &k.Name, &k.Columns, &k.Expr); err != nil {
			return err
		}
		r := c.byOID[oid]
		r.Checks = append(r.Checks, k)
		return nil
	})
}

// readKeys takes the primary key, and every unique key over plain columns.
func (c *Catalog) readKeys(ctx context.Context, q Querier, _ []string) error {
	return each(ctx, q, `
SELECT i.indrelid, i.indisprimary, bool_and(a.attnotnull), array_agg(a.attname::text ORDER BY k.n)
FROM unnest($1::oid[]) AS w(oid) JOIN pg_index i ON i.indrelid = w.oid
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(num, n) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND k.n <= i.indnkeyatts
GROUP BY i.indexrelid, i.indrelid, i.indisprimary ORDER BY i.indisprimary DESC, i.indexrelid`, []any{c.oids()}, func(rows pgx.Rows) error {
		var oid uint32
		var primary, notNull bool
		var cols []string
		if err := rows.Scan(&oid, &primary, &notNull, &cols); err != nil {
			return err
		}
		r := c.byOID[oid]
		r.Unique = append(r.Unique, cols)
		if r.Primary == nil && (primary || notNull) {
			r.Primary = cols
		}
		return nil
	})
}

func (c *Catalog) readInheritance(ctx context.Context, q Querier, _ []string) error {
	return each(ctx, q, `SELECT inhrelid, inhparent FROM pg_inherits WHERE inhrelid = ANY($1::oid[]) ORDER BY inhparent, inhseqno, inhrelid`, []any{c.oids()},
		func(rows pgx.Rows) error {
			var child, parent uint32
			if err := rows.Scan(&child, &parent); err != nil {
				return err
			}
			if p := c.byOID[parent]; p != nil {
				p.Children = append(p.Children, child)
				c.byOID[child].Parents = append(c.byOID[child].Parents, parent)
			}
			return nil
		})
}

func (c *Catalog) readForeignKeys(ctx context.Context, q Querier, _ []string) error {
	return each(ctx, q, `
SELECT k.conname::text, k.conrelid, k.confrelid, k.confdeltype::text, k.confupdtype::text,
  (SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.conkey) WITH ORDINALITY u(num, n) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num),
  (SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.confkey) WITH ORDINALITY u(num, n) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num)
FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = ANY($1::oid[]) AND k.confrelid = ANY($1::oid[])
ORDER BY k.conrelid, k.conname`, []any{c.oids()}, func(rows pgx.Rows) error {
		k := &ForeignKey{}
		if err := rows.Scan(&k.Name, &k.From, &k.To, &k.OnDelete, &k.OnUpdate, &k.Columns, &k.Targets); err != nil {
			return err
		}
		c.Keys = append(c.Keys, k)
		return nil
	})
}

func (c *Catalog) oids() []uint32 {
	out := make([]uint32, len(c.Relations))
	for i, r := range c.Relations {
		out[i] = r.OID
	}
	return out
}
