-- title: three audit tables that share one trigger function with CASE; one has TRUNCATE revoked and guarded
-- config
-- environment: shared
-- db:
--   app: ${env:am_app}
--   tenant: {set: {app.t: "{id}"}}
--   tenants: {a: {id: "31"}, b: {id: "32"}}
-- healthy
CREATE ROLE am_owner NOLOGIN;
CREATE ROLE am_app LOGIN PASSWORD 'foreign-secret';
CREATE SCHEMA audit AUTHORIZATION am_owner;
SET ROLE am_owner;
CREATE TABLE audit.logins (id bigserial PRIMARY KEY, t integer NOT NULL, username text NOT NULL, success boolean NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE audit.exports (id bigserial PRIMARY KEY, t integer NOT NULL, username text NOT NULL, n_rows integer NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE audit.permissions (id bigserial PRIMARY KEY, t integer NOT NULL, username text NOT NULL, granted text[] NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO audit.logins (t, username, success) SELECT x, 'u' || n, true FROM unnest(ARRAY[31, 32]) x, generate_series(1, 3) n;
INSERT INTO audit.exports (t, username, n_rows) SELECT x, 'u' || n, 5 FROM unnest(ARRAY[31, 32]) x, generate_series(1, 3) n;
INSERT INTO audit.permissions (t, username, granted) SELECT x, 'u' || n, '{read}' FROM unnest(ARRAY[31, 32]) x, generate_series(1, 3) n;
CREATE FUNCTION audit.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ DECLARE op text; BEGIN
    op := CASE TG_OP WHEN 'UPDATE' THEN 'changed' WHEN 'DELETE' THEN 'deleted' ELSE 'emptied' END;
    RAISE EXCEPTION 'audit.% may not be %', TG_TABLE_NAME, op USING ERRCODE = 'P0A01'; END $$;
DO $$ DECLARE r text; BEGIN
    FOREACH r IN ARRAY ARRAY['logins', 'exports', 'permissions'] LOOP
        EXECUTE format('CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON audit.%I FOR EACH ROW EXECUTE FUNCTION audit.guard()', r);
        EXECUTE format('CREATE TRIGGER guard_t BEFORE TRUNCATE ON audit.%I FOR EACH STATEMENT EXECUTE FUNCTION audit.guard()', r);
        EXECUTE format('ALTER TABLE audit.%I ENABLE ALWAYS TRIGGER guard', r);
        EXECUTE format('ALTER TABLE audit.%I ENABLE ALWAYS TRIGGER guard_t', r);
        EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY', r);
        EXECUTE format('CREATE POLICY t ON audit.%I USING (t = nullif(current_setting(''app.t'', true), '''')::integer)', r);
    END LOOP; END $$;
GRANT USAGE ON SCHEMA audit TO am_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA audit TO am_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA audit TO am_app;
-- fault auditlog third-disabled: the third table's guard is disabled
ALTER TABLE audit.permissions DISABLE TRIGGER guard;
-- fault auditlog second-delete: the second table's guard misses DELETE
DROP TRIGGER guard ON audit.exports; CREATE TRIGGER guard BEFORE UPDATE ON audit.exports FOR EACH ROW EXECUTE FUNCTION audit.guard();
-- fault auditlog by-table: the shared function lets one table through
CREATE OR REPLACE FUNCTION audit.guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_TABLE_NAME = 'logins' AND TG_OP = 'DELETE' THEN RETURN OLD; END IF; RAISE EXCEPTION 'audit.%', TG_TABLE_NAME; END $$;
-- fault auditlog caught: the exception is raised and caught in the same function
CREATE OR REPLACE FUNCTION audit.guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    BEGIN RAISE EXCEPTION 'no'; EXCEPTION WHEN OTHERS THEN RAISE LOG 'audit.% touched', TG_TABLE_NAME; END;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$;
-- fault auditlog forgotten-table: a fourth audit table is added without the guard
CREATE TABLE audit.payments (id bigserial PRIMARY KEY, t integer NOT NULL, username text NOT NULL, cents bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO audit.payments (t, username, cents) SELECT x, 'u', 5 FROM unnest(ARRAY[31, 32]) x;
ALTER TABLE audit.payments OWNER TO am_owner; ALTER TABLE audit.payments ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON audit.payments USING (t = nullif(current_setting('app.t', true), '')::integer);
GRANT SELECT, INSERT, UPDATE, DELETE ON audit.payments TO am_app;
