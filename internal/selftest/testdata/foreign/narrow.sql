-- title: the application may SELECT some tables, only INSERT into another, and sees some columns of a third
-- config
-- environment: shared
-- db:
--   app: ${env:nr_ingest}
--   tenant: {set: {ingest.customer: "{id}"}}
--   tenants: {a: {id: "9000000001"}, b: {id: "9000000002"}}
-- healthy
CREATE ROLE nr_owner NOLOGIN;
CREATE ROLE nr_ingest LOGIN PASSWORD 'foreign-secret';
CREATE SCHEMA ingest AUTHORIZATION nr_owner;
SET ROLE nr_owner;
CREATE TABLE ingest.customers (id bigint PRIMARY KEY, name text NOT NULL, api_secret text NOT NULL);
CREATE TABLE ingest.event_inbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint NOT NULL, payload jsonb NOT NULL, received timestamptz NOT NULL DEFAULT now());
CREATE TABLE ingest.quotas (customer bigint NOT NULL, metric text NOT NULL, allowed integer NOT NULL, PRIMARY KEY (customer, metric));
INSERT INTO ingest.customers SELECT 9000000000 + n, 'C' || n, 's3cr3t' || n FROM generate_series(1, 3) n;
INSERT INTO ingest.event_inbox (customer, payload) SELECT id, '{"k":1}' FROM ingest.customers, generate_series(1, 3);
INSERT INTO ingest.quotas SELECT id, m, 1000 FROM ingest.customers, unnest(ARRAY['events', 'bytes']) m;
ALTER TABLE ingest.customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE ingest.event_inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE ingest.quotas ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON ingest.customers USING (id = nullif(current_setting('ingest.customer', true), '')::bigint);
CREATE POLICY own ON ingest.event_inbox USING (customer = nullif(current_setting('ingest.customer', true), '')::bigint);
CREATE POLICY own ON ingest.quotas USING (customer = nullif(current_setting('ingest.customer', true), '')::bigint);
GRANT USAGE ON SCHEMA ingest TO nr_ingest;
GRANT SELECT (id, name) ON ingest.customers TO nr_ingest;
GRANT INSERT (customer, payload) ON ingest.event_inbox TO nr_ingest;
GRANT SELECT ON ingest.quotas TO nr_ingest;
-- fault tenancy inbox-any: events may be put into anybody's inbox
DROP POLICY own ON ingest.event_inbox;
CREATE POLICY own ON ingest.event_inbox FOR INSERT WITH CHECK (customer IS NOT NULL);
-- fault tenancy quotas-open: everybody's quotas
DROP POLICY own ON ingest.quotas;
CREATE POLICY own ON ingest.quotas FOR SELECT USING (allowed > 0);
-- fault tenancy columns-of-all: row security is off where only columns are granted
ALTER TABLE ingest.customers DISABLE ROW LEVEL SECURITY;
-- fault tenancy truncate: the application may empty the table of all tenants at once
GRANT TRUNCATE ON ingest.quotas TO nr_ingest;
-- fault tenancy blind-clean-up: DELETE is granted for a clean-up job, with no tenant in its policy
GRANT DELETE ON ingest.event_inbox TO nr_ingest;
DROP POLICY own ON ingest.event_inbox;
CREATE POLICY own ON ingest.event_inbox FOR INSERT WITH CHECK (customer = nullif(current_setting('ingest.customer', true), '')::bigint);
CREATE POLICY tidy ON ingest.event_inbox FOR DELETE USING (received < now());
CREATE POLICY tidy_r ON ingest.event_inbox FOR SELECT USING (customer = nullif(current_setting('ingest.customer', true), '')::bigint);
-- fault tenancy trigger-privilege: the application may put triggers of its own on a tenant table
GRANT TRIGGER ON ingest.quotas TO nr_ingest; GRANT CREATE ON SCHEMA ingest TO nr_ingest;
-- fault tenancy names-view: a view without the tenant's column, made by the tables' owner, lists everybody's names
CREATE VIEW ingest.names AS SELECT name FROM ingest.customers;
ALTER VIEW ingest.names OWNER TO nr_owner;
GRANT SELECT ON ingest.names TO nr_ingest;
