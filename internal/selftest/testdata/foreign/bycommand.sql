-- title: four policies by command on one table; permissive true under a RESTRICTIVE one on another
-- config
-- environment: shared
-- db:
--   app: ${env:bc_app}
--   tenant: {set: {request.tenant: "{id}"}}
--   tenants: {a: {id: c0ffee00-0000-4000-8000-00000000000a}, b: {id: c0ffee00-0000-4000-8000-00000000000b}}
-- healthy
CREATE ROLE bc_owner NOLOGIN;
CREATE ROLE bc_app LOGIN PASSWORD 'foreign-secret';
CREATE ROLE bc_web NOLOGIN;
GRANT bc_web TO bc_app;
GRANT CREATE, USAGE ON SCHEMA public TO bc_owner;
SET ROLE bc_owner;
CREATE FUNCTION req_tenant() RETURNS uuid LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT nullif(current_setting('request.tenant', true), '')::uuid $$;
CREATE TABLE pages (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant uuid NOT NULL, path text NOT NULL, published boolean NOT NULL DEFAULT false, UNIQUE (tenant, path));
CREATE TABLE assets (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant uuid NOT NULL, mime text NOT NULL, bytes bigint NOT NULL CHECK (bytes >= 0));
INSERT INTO pages (tenant, path, published) SELECT t::uuid, '/' || n, n > 1 FROM unnest(ARRAY['c0ffee00-0000-4000-8000-00000000000a', 'c0ffee00-0000-4000-8000-00000000000b']) t, generate_series(1, 3) n;
INSERT INTO assets (tenant, mime, bytes) SELECT tenant, 'text/html', 10 FROM pages;
ALTER TABLE pages ENABLE ROW LEVEL SECURITY;
ALTER TABLE assets ENABLE ROW LEVEL SECURITY;
CREATE POLICY s ON pages FOR SELECT TO bc_web USING (tenant = req_tenant());
CREATE POLICY i ON pages FOR INSERT TO bc_web WITH CHECK (tenant = req_tenant());
CREATE POLICY u ON pages FOR UPDATE TO bc_web USING (tenant = req_tenant()) WITH CHECK (tenant = req_tenant());
CREATE POLICY d ON pages FOR DELETE TO bc_web USING (tenant = req_tenant());
CREATE POLICY anybody ON assets USING (true) WITH CHECK (true);
CREATE POLICY fence ON assets AS RESTRICTIVE USING (tenant = req_tenant()) WITH CHECK (tenant = req_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON pages, assets TO bc_web;
-- fault tenancy fence-dropped: the RESTRICTIVE policy goes, the permissive one stays
DROP POLICY fence ON assets;
-- fault tenancy fence-select-only: the RESTRICTIVE policy binds reads alone
DROP POLICY fence ON assets;
CREATE POLICY fence ON assets AS RESTRICTIVE FOR SELECT USING (tenant = req_tenant());
-- fault tenancy fence-wrong-role: the RESTRICTIVE policy is for a role that the application is not
DROP POLICY fence ON assets;
CREATE POLICY fence ON assets AS RESTRICTIVE TO bc_owner USING (tenant = req_tenant());
-- fault tenancy published-to-all: published pages of every tenant, for the preview
CREATE POLICY preview ON pages FOR SELECT TO PUBLIC USING (published);
-- fault tenancy insert-check-missing: the INSERT policy checks the path and not the tenant
DROP POLICY i ON pages;
CREATE POLICY i ON pages FOR INSERT TO bc_web WITH CHECK (path LIKE '/%');
-- fault tenancy delete-published: deletes are bound by state, not by tenant
DROP POLICY d ON pages;
CREATE POLICY d ON pages FOR DELETE TO bc_web USING (published);
