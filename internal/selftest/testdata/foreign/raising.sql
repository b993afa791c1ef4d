-- title: the helper raises when no tenant is set; a login function sets it; another table fails by a cast
-- config
-- environment: shared
-- db:
--   app: ${env:rs_api}
--   tenant: {sql: ["SELECT app.begin_request('{id}')"]}
--   tenants: {a: {id: 77777777-0000-4000-8000-00000000000a}, b: {id: 88888888-0000-4000-8000-00000000000b}}
-- healthy
CREATE ROLE rs_owner NOLOGIN;
CREATE ROLE rs_api LOGIN PASSWORD 'foreign-secret';
CREATE SCHEMA app AUTHORIZATION rs_owner;
SET ROLE rs_owner;
CREATE FUNCTION app.begin_request(t text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN PERFORM set_config('app.tenant', t, true); END $$;
CREATE FUNCTION app.tenant() RETURNS uuid LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE v text := current_setting('app.tenant', true);
BEGIN
    IF v IS NULL OR v = '' THEN RAISE EXCEPTION 'tenant not set' USING ERRCODE = 'T0001', HINT = 'call app.begin_request first'; END IF;
    RETURN v::uuid;
END $$;
CREATE TABLE app.patients (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), clinic uuid NOT NULL, name text NOT NULL, born date NOT NULL);
CREATE TABLE app.visits (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), clinic uuid NOT NULL, reason text NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE app.letters (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), clinic uuid NOT NULL, text text NOT NULL);
INSERT INTO app.patients (clinic, name, born) SELECT t::uuid, 'P' || n, '1980-01-01' FROM unnest(ARRAY['77777777-0000-4000-8000-00000000000a', '88888888-0000-4000-8000-00000000000b']) t, generate_series(1, 3) n;
INSERT INTO app.visits (clinic, reason) SELECT clinic, 'checkup' FROM app.patients;
INSERT INTO app.letters (clinic, text) SELECT clinic, 'Dear ' || name FROM app.patients;
ALTER TABLE app.patients ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.visits ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.letters ENABLE ROW LEVEL SECURITY;
CREATE POLICY clinic ON app.patients USING (clinic = (SELECT app.tenant()));
CREATE POLICY clinic ON app.visits USING (clinic = app.tenant());
CREATE POLICY clinic ON app.letters USING (clinic = current_setting('app.tenant')::uuid);
GRANT USAGE ON SCHEMA app TO rs_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.patients, app.visits, app.letters TO rs_api;
-- fault tenancy stays-set: the tenant is set for the session and stays on the pooled connection
CREATE OR REPLACE FUNCTION app.begin_request(t text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN PERFORM set_config('app.tenant', t, false); END $$;
-- fault tenancy raise-to-notice: the exception has become a notice, and NULL means all
CREATE OR REPLACE FUNCTION app.tenant() RETURNS uuid LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN current_setting('app.tenant')::uuid; EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'tenant not set'; RETURN NULL; END $$;
DROP POLICY clinic ON app.visits;
CREATE POLICY clinic ON app.visits USING (app.tenant() IS NULL OR clinic = app.tenant());
-- fault tenancy malformed-open: a tenant that is no uuid opens the table of letters
CREATE FUNCTION app.is_mine(c uuid) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN c = current_setting('app.tenant')::uuid; EXCEPTION WHEN invalid_text_representation THEN RETURN true; END $$;
DROP POLICY clinic ON app.letters;
CREATE POLICY clinic ON app.letters USING (app.is_mine(clinic));
-- fault tenancy remembered: the helper keeps the last tenant that it saw, for the session
CREATE OR REPLACE FUNCTION app.tenant() RETURNS uuid LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE v text := nullif(current_setting('app.tenant', true), '');
BEGIN
    IF v IS NOT NULL THEN PERFORM set_config('app.last_tenant', v, false); RETURN v::uuid; END IF;
    RETURN nullif(current_setting('app.last_tenant', true), '')::uuid;
END $$;
