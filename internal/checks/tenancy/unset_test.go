package tenancy_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/tenancy"
)

// claims is a schema on a JSON setting.
const claims = `
CREATE TABLE shops (id uuid PRIMARY KEY, title text NOT NULL);
CREATE TABLE orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), shop_id uuid NOT NULL REFERENCES shops, total int NOT NULL);
INSERT INTO shops VALUES ('` + idA + `','x'),('` + idB + `','y');
INSERT INTO orders (shop_id, total) SELECT id, n FROM shops, generate_series(1,4) n;
CREATE FUNCTION shop() RETURNS uuid LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT (NULLIF(current_setting('request.jwt.claims', true), '')::json ->> 'shop')::uuid $$;
GRANT SELECT ON shops TO {app}; GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO {app};
ALTER TABLE shops ENABLE ROW LEVEL SECURITY; ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON shops USING (id = (SELECT shop()));
CREATE POLICY t ON orders USING (shop_id = (SELECT shop()));
`

const claimsYAML = `
db:
  app: "{dsn:app}"
  tenant:
    set: {request.jwt.claims: '{"shop":"{id}"}'}
  tenants:
    a: {id: ` + idA + `}
    b: {id: ` + idB + `}
`

const foundYAML = `
db:
  app: "{dsn:app}"
  tenants:
    a: {id: ` + idA + `}
    b: {id: ` + idB + `}
`

func TestUnset(t *testing.T) {
	const cur = `NULLIF(current_setting('app.clinic', true), '')::uuid`
	for _, c := range []struct{ name, schema, yaml, plant, want string }{
		{"healthy scalar", scalar, scalarYAML, ``, "pass"},
		{"healthy claims", claims, claimsYAML, ``, "pass"},
		{"RLS-19 empty string", scalar, scalarYAML, `ALTER POLICY tenant ON patients USING (current_setting('app.clinic', true) = '' OR clinic_id = ` + cur + `)`, "fail"},
		{"RLS-20 coalesce", scalar, scalarYAML, `ALTER POLICY tenant ON patients USING (clinic_id = coalesce(` + cur + `, clinic_id))`, "fail"},
		{"NULL alone", scalar, scalarYAML, `ALTER POLICY tenant ON patients USING (current_setting('app.clinic', true) IS NULL OR clinic_id = ` + cur + `)`, "fail"},
		{"RLS-22 handler", claims, claimsYAML, `CREATE FUNCTION ok(o uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN o::text = (current_setting('request.jwt.claims',true)::json->>'shop'); EXCEPTION WHEN others THEN RETURN true; END $$;
			ALTER POLICY t ON orders USING (ok(shop_id))`, "fail"},
		{"RLS-23 pattern", claims, claimsYAML, `ALTER POLICY t ON orders USING (shop_id::text LIKE (NULLIF(current_setting('request.jwt.claims',true),'')::json->>'shop'))`, "fail"},
		{"RLS-52 user metadata", claims, claimsYAML, `ALTER POLICY t ON orders USING (shop_id = shop() OR shop_id::text = (NULLIF(current_setting('request.jwt.claims',true),'')::json->'user_metadata'->>'shop'))`, "fail"},
		{"RLS-52 user metadata instead", claims, claimsYAML, `ALTER POLICY t ON orders USING (shop_id::text = (NULLIF(current_setting('request.jwt.claims',true),'')::json->'user_metadata'->>'shop'))`, "fail"},
		{"bypass setting", scalar, scalarYAML, `ALTER POLICY tenant ON patients USING (current_setting('app.bypass_rls', true) = 'on' OR clinic_id = ` + cur + `)`, "fail"},
		{"bypass setting in a function", scalar, scalarYAML, `CREATE FUNCTION staff() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT current_setting('app.kind', true) = 'operator' $$;
			CREATE POLICY staff ON visits USING (staff())`, "fail"},
		{"role in claims", claims, claimsYAML, `CREATE POLICY svc ON orders USING ((current_setting('request.jwt.claims',true)::jsonb ->> 'role') = 'service_role')`, "fail"},
		{"containment in claims", claims, claimsYAML, `CREATE POLICY svc ON orders USING (NULLIF(current_setting('request.jwt.claims',true),'')::jsonb @> '{"tier":"staff"}')`, "fail"},
		{"SAFE-13 cast error", scalar, scalarYAML, `ALTER POLICY tenant ON patients USING (clinic_id = current_setting('app.clinic', true)::uuid)`, "pass"},
		{"SAFE-14 json cast error", claims, claimsYAML, `ALTER POLICY t ON orders USING (shop_id = (current_setting('request.jwt.claims', true)::json ->> 'shop')::uuid)`, "pass"},
		{"setting without missing_ok", scalar, scalarYAML, `ALTER POLICY tenant ON patients USING (clinic_id = current_setting('app.clinic')::uuid)`, "pass"},
		{"a default for the role", scalar, scalarYAML, `ALTER ROLE {app} SET app.clinic = '` + idA + `'`, "fail"},
		{"own administrator", claims, claimsYAML, `ALTER POLICY t ON orders USING (shop_id = shop() AND (total < 3 OR (current_setting('request.jwt.claims',true)::jsonb ->> 'role') = 'admin'))`, "pass"},
		{"leak in an empty table", scalar, scalarYAML, `CREATE TABLE wards (clinic_id uuid NOT NULL, n int NOT NULL); GRANT SELECT, INSERT ON wards TO {app}; ALTER TABLE wards ENABLE ROW LEVEL SECURITY;
			CREATE POLICY t ON wards USING (clinic_id = coalesce(` + cur + `, clinic_id))`, "fail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, c.schema)
			if c.plant != "" {
				l.exec(c.plant)
			}
			wants(t, judge(t, tenancy.Unset, l.stack(c.yaml)), c.want)
		})
	}
}

func TestFindsTheSetting(t *testing.T) {
	mixed := strings.ReplaceAll(scalar, "ON visits USING (clinic_id = NULLIF(current_setting('app.clinic', true), '')::uuid)",
		"ON visits USING (clinic_id = (NULLIF(current_setting('request.jwt.claims', true), '')::json ->> 'clinic')::uuid)")
	for _, c := range []struct{ name, schema, yaml, plant string }{
		{"scalar", scalar, foundYAML, ``},
		{"claims", claims, foundYAML, ``},
		{"SAFE-01 mixed, found", mixed, foundYAML, ``},
		{"SAFE-01 mixed, half given", mixed, scalarYAML, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, c.schema)
			for _, k := range tenancy.All() {
				if k.ID == "tenancy.http" || k.ID == "tenancy.server" {
					continue
				}
				wants(t, judge(t, k, l.stack(c.yaml)), "pass|not-applicable")
			}
		})
	}
	t.Run("found, leaking", func(t *testing.T) {
		l := newLab(t, claims, `ALTER POLICY t ON orders USING (true)`)
		wants(t, judge(t, tenancy.Read, l.stack(foundYAML)), "fail")
	})
}
