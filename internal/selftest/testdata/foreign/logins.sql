-- title: one login role a tenant; policies by current_user through a mapping table; two DSNs and no db.app
-- config
-- environment: shared
-- db:
--   tenants:
--     a: {id: "7", dsn: "${env:t4_acme}"}
--     b: {id: "8", dsn: "${env:t4_globex}"}
-- healthy
CREATE ROLE t4_owner NOLOGIN;
CREATE ROLE t4_customers NOLOGIN;
CREATE ROLE t4_acme LOGIN PASSWORD 'foreign-secret' IN ROLE t4_customers;
CREATE ROLE t4_globex LOGIN PASSWORD 'foreign-secret' IN ROLE t4_customers;
CREATE SCHEMA tenancy AUTHORIZATION t4_owner;
CREATE SCHEMA data AUTHORIZATION t4_owner;
SET ROLE t4_owner;
CREATE TABLE tenancy.login_map (login name PRIMARY KEY, tenant integer NOT NULL);
INSERT INTO tenancy.login_map VALUES ('t4_acme', 7), ('t4_globex', 8);
CREATE FUNCTION tenancy.mine() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT tenant FROM tenancy.login_map WHERE login = session_user $$;
CREATE TABLE data.contacts (id serial PRIMARY KEY, tenant integer NOT NULL DEFAULT tenancy.mine(), full_name text NOT NULL, phone text);
CREATE TABLE data.deals (id serial PRIMARY KEY, tenant integer NOT NULL DEFAULT tenancy.mine(), value_eur integer NOT NULL CHECK (value_eur > 0), closed date);
INSERT INTO data.contacts (tenant, full_name) SELECT t, 'Contact ' || t || '-' || n FROM unnest(ARRAY[7, 8, 9]) t, generate_series(1, 4) n;
INSERT INTO data.deals (tenant, value_eur) SELECT t, 100 * n FROM unnest(ARRAY[7, 8, 9]) t, generate_series(1, 2) n;
ALTER TABLE data.contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE data.deals ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON data.contacts TO t4_customers USING (tenant = (SELECT tenancy.mine()));
-- The map itself shows a login its own line, so this policy may ask it directly.
ALTER TABLE tenancy.login_map ENABLE ROW LEVEL SECURITY;
CREATE POLICY me ON tenancy.login_map FOR SELECT TO t4_customers USING (login = current_user);
CREATE POLICY mine ON data.deals TO t4_customers USING (tenant = (SELECT m.tenant FROM tenancy.login_map m WHERE m.login = current_user));
GRANT USAGE ON SCHEMA tenancy, data TO t4_customers;
GRANT SELECT ON tenancy.login_map TO t4_customers;
GRANT SELECT, INSERT, UPDATE, DELETE ON data.contacts, data.deals TO t4_customers;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA data TO t4_customers;
-- fault tenancy role-in-role: one tenant's login is a member of the other's
GRANT t4_globex TO t4_acme;
-- undo
REVOKE t4_globex FROM t4_acme;
-- fault tenancy map-writable: logins may edit the map that decides who they are
GRANT UPDATE ON tenancy.login_map TO t4_customers;
CREATE POLICY me_too ON tenancy.login_map FOR UPDATE TO t4_customers USING (login = current_user);
-- fault tenancy vip: a policy for one customer shows him everything
CREATE POLICY vip ON data.deals FOR SELECT TO t4_acme USING (true);
-- fault tenancy vip-b: the same for the second one only, on another table, for deletes
CREATE POLICY vip ON data.contacts FOR DELETE TO t4_globex USING (true);
-- fault tenancy impersonate: a setting that anybody may set overrides the login
CREATE OR REPLACE FUNCTION tenancy.mine() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT tenant FROM tenancy.login_map WHERE login = nullif(current_setting('tenancy.impersonate', true), '')),
                    (SELECT tenant FROM tenancy.login_map WHERE login = session_user)) $$;
-- fault tenancy import-table: a staging table for imports, open to all customers
CREATE TABLE data.contacts_import AS SELECT * FROM data.contacts;
GRANT SELECT, INSERT, DELETE ON data.contacts_import TO t4_customers;
-- fault tenancy b-bypasses: the second tenant's login has BYPASSRLS
ALTER ROLE t4_globex BYPASSRLS;
-- undo
ALTER ROLE t4_globex NOBYPASSRLS;
