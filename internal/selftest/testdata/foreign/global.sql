-- title: lookup tables for all, and a table whose rows without tenant are meant for all, declared in db.shared
-- config
-- environment: shared
-- db:
--   app: ${env:gl_app}
--   tenants: {a: {id: "1"}, b: {id: "2"}}
--   shared: {public.templates: "rows without tenant are the vendor's own templates, which every tenant may use"}
-- healthy
CREATE ROLE gl_owner NOLOGIN;
CREATE ROLE gl_app LOGIN PASSWORD 'foreign-secret';
GRANT CREATE, USAGE ON SCHEMA public TO gl_owner;
SET ROLE gl_owner;
CREATE TABLE countries (code char(2) PRIMARY KEY, name text NOT NULL);
CREATE TABLE currencies (code char(3) PRIMARY KEY, digits smallint NOT NULL);
CREATE TABLE templates (id serial PRIMARY KEY, tenant_id integer, name text NOT NULL, body text NOT NULL DEFAULT '');
CREATE TABLE campaigns (id serial PRIMARY KEY, tenant_id integer NOT NULL, name text NOT NULL, country char(2) REFERENCES countries);
CREATE TABLE recipients (id serial PRIMARY KEY, tenant_id integer, email text NOT NULL);
INSERT INTO countries VALUES ('CH', 'Switzerland'), ('JP', 'Japan');
INSERT INTO currencies VALUES ('CHF', 2), ('JPY', 0);
INSERT INTO templates (tenant_id, name) VALUES (NULL, 'Welcome'), (NULL, 'Goodbye'), (1, 'Mine'), (2, 'Theirs');
INSERT INTO campaigns (tenant_id, name, country) SELECT t, 'camp ' || n, 'CH' FROM unnest(ARRAY[1, 2, 3]) t, generate_series(1, 3) n;
INSERT INTO recipients (tenant_id, email) SELECT t, 'r' || n || '@example.org' FROM unnest(ARRAY[1, 2, 3, NULL]) t, generate_series(1, 3) n;
ALTER TABLE templates ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaigns ENABLE ROW LEVEL SECURITY;
ALTER TABLE recipients ENABLE ROW LEVEL SECURITY;
CREATE POLICY r ON templates FOR SELECT USING (tenant_id IS NULL OR tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer);
CREATE POLICY i ON templates FOR INSERT WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer);
CREATE POLICY u ON templates FOR UPDATE USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer);
CREATE POLICY t ON campaigns USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer);
CREATE POLICY t ON recipients USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer);
GRANT SELECT ON countries, currencies TO gl_app;
GRANT SELECT, INSERT, UPDATE ON templates TO gl_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON campaigns, recipients TO gl_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO gl_app;
-- fault tenancy orphans-for-all: rows that lost their tenant are shown to everybody, and nobody declared that
DROP POLICY t ON recipients;
CREATE POLICY t ON recipients USING (tenant_id IS NULL OR tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer);
-- fault tenancy is-not-distinct: without a tenant the rows without tenant appear, and may be written
DROP POLICY t ON recipients;
CREATE POLICY t ON recipients USING (tenant_id IS NOT DISTINCT FROM nullif(current_setting('app.tenant_id', true), '')::integer);
-- fault tenancy zero-is-all: tenant 0 is the back office and sees all campaigns
DROP POLICY t ON campaigns;
CREATE POLICY t ON campaigns USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer OR current_setting('app.tenant_id', true) = '0');
-- fault tenancy greater-or-equal: a comparison slipped
DROP POLICY t ON campaigns;
CREATE POLICY t ON campaigns USING (tenant_id >= nullif(current_setting('app.tenant_id', true), '')::integer);
-- fault tenancy orphaning: a tenant's row may be orphaned into the open by a foreign writer
DROP POLICY t ON campaigns;
CREATE POLICY r ON campaigns FOR SELECT USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer);
CREATE POLICY w ON campaigns FOR UPDATE USING (country = 'CH') WITH CHECK (true);
-- fault tenancy third-party-update: one partner's campaigns may be changed by everybody, blindly
DROP POLICY t ON campaigns;
CREATE POLICY r ON campaigns FOR SELECT USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer);
CREATE POLICY u ON campaigns FOR UPDATE USING (tenant_id IN (3, nullif(current_setting('app.tenant_id', true), '')::integer)) WITH CHECK (tenant_id IN (3, nullif(current_setting('app.tenant_id', true), '')::integer));
