-- title: a session token looked up in a table by a SECURITY DEFINER helper
-- config
-- environment: shared
-- db:
--   app: ${env:sess_web}
--   tenant: {set: {app.session: "{session}"}}
--   tenants:
--     a: {id: "101", session: tok-9f31aa}
--     b: {id: "202", session: tok-77c0de}
-- healthy
CREATE ROLE sess_owner NOLOGIN;
CREATE ROLE sess_web LOGIN PASSWORD 'foreign-secret';
CREATE SCHEMA app AUTHORIZATION sess_owner;
SET ROLE sess_owner;
CREATE TABLE app.customers (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE app.sessions (token text PRIMARY KEY, customer integer NOT NULL REFERENCES app.customers, expires_at timestamptz NOT NULL);
CREATE TABLE app.orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), customer integer NOT NULL REFERENCES app.customers, total numeric(12,2) NOT NULL, note text);
CREATE TABLE app.addresses (customer integer NOT NULL REFERENCES app.customers, kind text NOT NULL, street text NOT NULL, PRIMARY KEY (customer, kind));
INSERT INTO app.customers VALUES (101, 'Ada'), (202, 'Bob'), (303, 'Cyd');
INSERT INTO app.sessions VALUES ('tok-9f31aa', 101, now() + interval '1 day'), ('tok-77c0de', 202, now() + interval '1 day'), ('tok-old', 303, now() - interval '1 day');
INSERT INTO app.orders (customer, total) SELECT id, n * 9.5 FROM app.customers, generate_series(1, 3) n;
INSERT INTO app.addresses SELECT id, k, 'Street ' || id FROM app.customers, unnest(ARRAY['home', 'work']) k;
CREATE FUNCTION app.current_customer() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT customer FROM app.sessions WHERE token = nullif(current_setting('app.session', true), '') AND expires_at > now() $$;
ALTER TABLE app.customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.addresses ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.customers USING (id = (SELECT app.current_customer()));
CREATE POLICY own ON app.orders USING (customer = (SELECT app.current_customer()));
CREATE POLICY own ON app.addresses USING (customer = (SELECT app.current_customer()));
GRANT USAGE ON SCHEMA app TO sess_web;
GRANT SELECT ON app.customers TO sess_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.orders, app.addresses TO sess_web;
-- fault tenancy sessions-readable: every customer's session token can be read
GRANT SELECT ON app.sessions TO sess_web;
-- fault tenancy sessions-writable: the application may write itself a session of any customer
GRANT INSERT ON app.sessions TO sess_web;
-- fault tenancy first-customer: without a session the helper takes the first customer
CREATE OR REPLACE FUNCTION app.current_customer() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT customer FROM app.sessions WHERE token = nullif(current_setting('app.session', true), '')), (SELECT min(id) FROM app.customers)) $$;
-- fault tenancy token-pattern: the token is matched as a pattern
CREATE OR REPLACE FUNCTION app.current_customer() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT customer FROM app.sessions WHERE token LIKE nullif(current_setting('app.session', true), '') AND expires_at > now() ORDER BY customer DESC LIMIT 1 $$;
-- fault tenancy helper-hijack: the helper finds its table by the caller's search path
CREATE OR REPLACE FUNCTION app.current_customer() RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
    BEGIN RETURN (SELECT customer FROM sessions WHERE token = nullif(current_setting('app.session', true), '')); END $$;
ALTER FUNCTION app.current_customer() RESET ALL;
ALTER ROLE sess_web SET search_path = app;
-- undo
ALTER ROLE sess_web RESET search_path;
-- fault tenancy support-override: a second setting overrides the session
CREATE OR REPLACE FUNCTION app.current_customer() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT customer FROM app.sessions WHERE token = nullif(current_setting('app.session', true), '') AND expires_at > now() $$;
DROP POLICY own ON app.orders;
CREATE POLICY own ON app.orders USING (customer = (SELECT app.current_customer()) OR current_setting('app.support_mode', true) = 'on');
-- fault tenancy token-column: one column of the sessions is granted, and it is the token
GRANT SELECT (token) ON app.sessions TO sess_web;
-- fault tenancy act-as: a second setting names the customer directly
DROP POLICY own ON app.addresses;
CREATE POLICY own ON app.addresses USING (customer = coalesce(nullif(current_setting('app.act_as', true), '')::integer, (SELECT app.current_customer())));
