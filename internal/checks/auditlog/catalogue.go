package auditlog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks/auditlog/plpgsql"
)

// catalogue is what one session saw of the tables that may be audit tables.
type catalogue struct {
	tables  []*table
	helpers map[string][]*plpgsql.Body // functions that trigger functions call, by name; nil for another language
	sources map[string][]string        // their sources
	orphans []*function                // trigger functions that no trigger calls
	version int
}

// Tables that are worth a closer look: those with a trigger or rule on a
// change, those whose name or columns tell of an append-only record, and the
// partitions and children of any of them; and what the application writes, since
// a table may have been forgotten.
const relationsSQL = `
WITH RECURSIVE user_class AS (
    SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r','p','f') AND c.relpersistence <> 't'
      AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')),
roots AS (
    SELECT c.oid FROM user_class c WHERE NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)),
tree AS (
    SELECT oid AS root, oid, NULL::oid AS parent FROM roots
    UNION ALL SELECT t.root, i.inhrelid, t.oid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid),
marked AS (
    SELECT DISTINCT t.root FROM tree t JOIN pg_class c ON c.oid = t.oid
    WHERE EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgconstraint = 0 AND g.tgtype & 56 <> 0)
       OR EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgtype & 56 <> 0)
       OR EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = t.oid AND w.ev_type IN ('2','4'))
       OR c.relname ~* $1
       OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
                  AND (a.attname ~* 'prev.*(hash|digest|mac|checksum)|(hash|digest).*prev' OR col_description(t.oid, a.attnum) LIKE 'arxctl:chain %'))
       OR t.oid = to_regclass(NULLIF($2, ''))),
hot AS (
    SELECT t.oid, t.parent FROM tree t JOIN marked USING (root)
    UNION SELECT r.oid, NULL::oid FROM roots r WHERE has_any_column_privilege(r.oid, 'INSERT'))
SELECT c.oid, n.nspname, c.relname, c.relkind::text, c.relowner, o.rolname, n.nspowner, coalesce(t.parent, 0), c.relispartition,
       coalesce(pg_get_partkeydef(c.oid), ''), coalesce(pg_get_expr(c.relpartbound, c.oid), ''), c.relrowsecurity, c.relforcerowsecurity,
       has_any_column_privilege(c.oid, 'INSERT'), has_any_column_privilege(c.oid, 'SELECT'), has_any_column_privilege(c.oid, 'UPDATE'),
       has_table_privilege(c.oid, 'DELETE'), has_table_privilege(c.oid, 'TRUNCATE'), format('%I.%I', n.nspname, c.relname),
       coalesce(obj_description(c.oid, 'pg_class'), '')
FROM hot t JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles o ON o.oid = c.relowner
ORDER BY n.nspname, c.relname`

const columnsSQL = `
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), y.typcategory::text, y.typtype::text, coalesce(col_description(a.attrelid, a.attnum), ''),
       a.attnotnull, a.attgenerated::text, a.attidentity::text, coalesce(pg_get_expr(d.adbin, d.adrelid), ''), has_column_privilege(a.attrelid, a.attnum, 'INSERT')
FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum`

// Clones of a partitioned table's row triggers were internal before PostgreSQL
// 13; triggers of foreign keys always are, and belong to a constraint that is
// not the trigger's own.
const triggersSQL = `
WITH RECURSIVE g AS (
    SELECT t.*, coalesce((to_jsonb(t) ->> 'tgparentid')::oid, 0) AS up FROM pg_trigger t
    WHERE t.tgrelid = ANY($1::oid[]) AND (NOT t.tgisinternal OR t.tgconstraint = 0)),
up AS (
    SELECT g.oid, g.oid AS top, g.up AS next FROM g
    UNION ALL SELECT up.oid, t.oid, coalesce((to_jsonb(t) ->> 'tgparentid')::oid, 0) FROM up JOIN pg_trigger t ON t.oid = up.next WHERE up.next <> 0)
SELECT g.tgrelid, g.oid, g.tgname, g.tgtype, g.tgenabled::text,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = g.tgrelid AND a.attnum = ANY(g.tgattr)),
       encode(g.tgargs, 'hex'), pg_get_triggerdef(g.oid), pg_get_triggerdef(u.top), g.up, g.tgconstraint <> 0, g.tgfoid
FROM g JOIN up u ON u.oid = g.oid AND u.next = 0 ORDER BY g.tgrelid, g.tgname`

const functionsSQL = `
SELECT p.oid, n.nspname, p.proname, l.lanname, p.prosrc, p.proowner, o.rolname, n.nspowner, coalesce(p.proconfig, '{}'), p.prosecdef
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang JOIN pg_roles o ON o.oid = p.proowner `

const orphanSQL = `WHERE p.prorettype = 'trigger'::regtype AND l.lanname = 'plpgsql' AND n.nspname NOT LIKE 'pg\_%'
	AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = p.oid) AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`

const rulesSQL = `
SELECT ev_class, rulename, ev_type::text, pg_get_ruledef(oid), is_instead, ev_enabled::text FROM pg_rewrite
WHERE ev_class = ANY($1::oid[]) AND ev_type IN ('2','3','4') ORDER BY 1, 2`

// readCatalogue lists tables with their partitions, columns, triggers and
// rules, as the session's role sees them. PostgreSQL lets every role read these
// catalogues (manual, "System Catalogs").
func readCatalogue(ctx context.Context, c pgx.Tx, configured string) (*catalogue, error) {
	cat := &catalogue{helpers: map[string][]*plpgsql.Body{}, sources: map[string][]string{}}
	if err := c.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&cat.version); err != nil {
		return nil, fmt.Errorf("reading the catalogue: %w", err)
	}
	byOID := map[uint32]*table{}
	rows, _ := c.Query(ctx, relationsSQL, nameHint, configured)
	err := each(rows, func(r pgx.Rows) error {
		t := &table{}
		if err := r.Scan(&t.OID, &t.Schema, &t.Name, &t.Kind, &t.Owner, &t.OwnerName, &t.SchemaOwner, &t.Parent, &t.Partition, &t.Key, &t.Bound,
			&t.RLS, &t.Force, &t.Insert, &t.Select, &t.Update, &t.Delete, &t.Truncate, &t.spelled, &t.Comment); err != nil {
			return err
		}
		if byOID[t.OID] == nil { // a table may inherit from two parents
			byOID[t.OID] = t
			cat.tables = append(cat.tables, t)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading tables: %w", err)
	}
	for _, t := range cat.tables {
		if p := byOID[t.Parent]; p != nil {
			t.parent, p.children = p, append(p.children, t)
		}
	}
	if err := cat.details(ctx, c, byOID); err != nil {
		return nil, err
	}
	return cat, nil
}

func (cat *catalogue) details(ctx context.Context, c pgx.Tx, byOID map[uint32]*table) error {
	oids := make([]string, len(cat.tables))
	for i, t := range cat.tables {
		oids[i] = strconv.FormatUint(uint64(t.OID), 10)
	}
	in := "{" + strings.Join(oids, ",") + "}"
	rows, _ := c.Query(ctx, columnsSQL, in)
	err := each(rows, func(r pgx.Rows) error {
		var oid uint32
		var k column
		if err := r.Scan(&oid, &k.Name, &k.Type, &k.Category, &k.Base, &k.Comment, &k.NotNull, &k.Generated, &k.Identity, &k.Default, &k.Insert); err != nil {
			return err
		}
		byOID[oid].Columns = append(byOID[oid].Columns, k)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading columns: %w", err)
	}
	fnOf := map[uint32][]*trigger{}
	rows, _ = c.Query(ctx, triggersSQL, in)
	err = each(rows, func(r pgx.Rows) error {
		var rel, fn uint32
		var args string
		var g trigger
		if err := r.Scan(&rel, &g.OID, &g.Name, &g.Type, &g.Enabled, &g.Columns, &args, &g.Def, &g.RootDef, &g.Parent, &g.Constraint, &fn); err != nil {
			return err
		}
		g.Args = triggerArgs(args)
		g.Fn = &function{OID: fn}
		byOID[rel].Triggers = append(byOID[rel].Triggers, g)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading triggers: %w", err)
	}
	for _, t := range cat.tables {
		for i := range t.Triggers {
			fnOf[t.Triggers[i].Fn.OID] = append(fnOf[t.Triggers[i].Fn.OID], &t.Triggers[i])
		}
	}
	if err := cat.functions(ctx, c, fnOf); err != nil {
		return err
	}
	if cat.orphans, err = queryFunctions(ctx, c, functionsSQL+orphanSQL); err != nil {
		return err
	}
	rows, _ = c.Query(ctx, rulesSQL, in)
	err = each(rows, func(r pgx.Rows) error {
		var rel uint32
		var u rule
		if err := r.Scan(&rel, &u.Name, &u.Event, &u.Def, &u.Instead, &u.Enabled); err != nil {
			return err
		}
		byOID[rel].Rules = append(byOID[rel].Rules, u)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading rules: %w", err)
	}
	return nil
}

// functions reads the trigger functions and, by name, what those call.
func (cat *catalogue) functions(ctx context.Context, c pgx.Tx, use map[uint32][]*trigger) error {
	var oids, calls []string
	for oid := range use {
		oids = append(oids, strconv.FormatUint(uint64(oid), 10))
	}
	fns, err := queryFunctions(ctx, c, functionsSQL+"WHERE p.oid = ANY($1::oid[])", "{"+strings.Join(oids, ",")+"}")
	if err != nil {
		return err
	}
	for _, f := range fns {
		for _, g := range use[f.OID] {
			g.Fn = f
		}
		calls = append(calls, plpgsql.Calls(f.Source)...)
	}
	for range 2 { // helpers, and the helpers of those
		calls = slices.DeleteFunc(calls, func(n string) bool { _, known := cat.helpers[n]; return known || !plain(n) })
		if len(calls) == 0 {
			return nil
		}
		helpers, err := queryFunctions(ctx, c, functionsSQL+"WHERE p.proname = ANY($1::text[]) AND l.lanname IN ('plpgsql', 'sql') AND n.nspname <> 'pg_catalog'", "{"+strings.Join(calls, ",")+"}")
		if err != nil {
			return err
		}
		calls = nil
		for _, f := range helpers {
			cat.helpers[f.Name] = append(cat.helpers[f.Name], f.body)
			cat.sources[f.Name] = append(cat.sources[f.Name], f.Source)
			calls = append(calls, plpgsql.Calls(f.Source)...)
		}
	}
	return nil
}

func queryFunctions(ctx context.Context, c pgx.Tx, sql string, args ...any) ([]*function, error) {
	var out []*function
	rows, _ := c.Query(ctx, sql, args...)
	err := each(rows, func(r pgx.Rows) error {
		f := &function{}
		if err := r.Scan(&f.OID, &f.Schema, &f.Name, &f.Language, &f.Source, &f.Owner, &f.OwnerName, &f.SchemaOwner, &f.Config, &f.Definer); err != nil {
			return err
		}
		if f.Language == "plpgsql" {
			f.body, _ = plpgsql.Parse(f.Source) // nil body: unreadable, said where it matters
		}
		out = append(out, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading functions: %w", err)
	}
	return out, nil
}

func (cat *catalogue) lookup(name string) []*plpgsql.Body {
	bodies := cat.helpers[name]
	if slices.Contains(bodies, nil) {
		return nil
	}
	return bodies
}

// each scans all rows, and returns the query's own error as well.
func each(rows pgx.Rows, scan func(pgx.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// triggerArgs splits pg_trigger.tgargs: text, each ended by a zero byte.
func triggerArgs(hexed string) []string {
	var out []string
	var b []byte
	for i := 0; i+1 < len(hexed); i += 2 {
		n, err := strconv.ParseUint(hexed[i:i+2], 16, 8)
		if err != nil {
			return nil
		}
		if n == 0 {
			out, b = append(out, string(b)), nil
			continue
		}
		b = append(b, byte(n))
	}
	return out
}
