-- title: nested claims, app_metadata.tenant.id, text tenant ids, FORCE everywhere
-- config
-- environment: shared
-- db:
--   app: ${env:cl_api}
--   tenant:
--     set: {request.jwt.claims: '{"sub":"u-{id}","app_metadata":{"tenant":{"id":"{id}","plan":"pro"}},"user_metadata":{"theme":"dark"}}'}
--   tenants: {a: {id: org_2aXk9}, b: {id: org_7QmP1}}
-- healthy
CREATE ROLE cl_owner NOLOGIN;
CREATE ROLE cl_api LOGIN PASSWORD 'foreign-secret';
CREATE SCHEMA api AUTHORIZATION cl_owner;
SET ROLE cl_owner;
CREATE FUNCTION api.claims() RETURNS jsonb LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
CREATE FUNCTION api.tenant() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT api.claims() #>> '{app_metadata,tenant,id}' $$;
CREATE TABLE api.widgets (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), workspace text NOT NULL, label text NOT NULL, config jsonb NOT NULL DEFAULT '{}');
CREATE TABLE api.api_keys (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), workspace text NOT NULL, key_hash bytea NOT NULL, last_used inet);
CREATE TABLE api.flags (workspace text NOT NULL, name text NOT NULL, is_on boolean NOT NULL, PRIMARY KEY (workspace, name));
INSERT INTO api.widgets (workspace, label) SELECT t, 'w' || n FROM unnest(ARRAY['org_2aXk9', 'org_7QmP1', 'org_zzzzz']) t, generate_series(1, 3) n;
INSERT INTO api.api_keys (workspace, key_hash) SELECT t, sha256(t::bytea) FROM unnest(ARRAY['org_2aXk9', 'org_7QmP1', 'org_zzzzz']) t;
INSERT INTO api.flags SELECT t, f, true FROM unnest(ARRAY['org_2aXk9', 'org_7QmP1']) t, unnest(ARRAY['beta', 'dark']) f;
DO $$ DECLARE t text; BEGIN
    FOREACH t IN ARRAY ARRAY['widgets', 'api_keys', 'flags'] LOOP
        EXECUTE format('ALTER TABLE api.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE api.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant ON api.%I USING (workspace = (SELECT api.tenant())) WITH CHECK (workspace = (SELECT api.tenant()))', t);
    END LOOP;
END $$;
GRANT USAGE ON SCHEMA api TO cl_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA api TO cl_api;
-- fault tenancy user-metadata-first: what the user may edit comes before what the server set
CREATE OR REPLACE FUNCTION api.tenant() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(api.claims() #>> '{user_metadata,tenant,id}', api.claims() #>> '{app_metadata,tenant,id}') $$;
-- fault tenancy no-claim-all-rows: a token without tenant sees all
DROP POLICY tenant ON api.widgets;
CREATE POLICY tenant ON api.widgets USING (workspace = coalesce(api.tenant(), workspace)) WITH CHECK (workspace = api.tenant());
-- fault tenancy broken-token-open: unreadable claims are taken for the internal job
CREATE FUNCTION api.may(w text) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN w = api.tenant(); EXCEPTION WHEN OTHERS THEN RETURN true; END $$;
DROP POLICY tenant ON api.api_keys;
CREATE POLICY tenant ON api.api_keys USING (api.may(workspace));
-- fault tenancy prefix: ids are compared by their first four characters
DROP POLICY tenant ON api.flags;
CREATE POLICY tenant ON api.flags USING (left(workspace, 4) = left(api.tenant(), 4));
-- fault tenancy keys-readable: a SELECT policy of another team on the key table
CREATE POLICY rotation ON api.api_keys FOR SELECT USING (last_used IS NULL);
-- fault tenancy insert-any: rows may be added for anybody
DROP POLICY tenant ON api.widgets;
CREATE POLICY tenant ON api.widgets USING (workspace = (SELECT api.tenant())) WITH CHECK (workspace LIKE 'org\_%');
