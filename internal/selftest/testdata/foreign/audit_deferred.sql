-- title: the guard is a constraint trigger that is deferred to the commit; TRUNCATE at once
-- config
-- environment: shared
-- db:
--   app: ${env:ad_app}
--   tenant: {set: {ad.site: "{id}"}}
--   tenants: {a: {id: "610"}, b: {id: "620"}}
-- healthy
CREATE ROLE ad_owner NOLOGIN;
CREATE ROLE ad_app LOGIN PASSWORD 'foreign-secret';
GRANT CREATE, USAGE ON SCHEMA public TO ad_owner;
SET ROLE ad_owner;
CREATE TABLE audit_record (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, site integer NOT NULL, operator text NOT NULL, step text NOT NULL, outcome text NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO audit_record (site, operator, step, outcome) SELECT s, 'op', 'step ' || n, 'ok' FROM unnest(ARRAY[610, 620]) s, generate_series(1, 3) n;
CREATE FUNCTION keep_record() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION 'audit records stay as they are'; END $$;
CREATE CONSTRAINT TRIGGER keep AFTER UPDATE OR DELETE ON audit_record DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_record();
CREATE TRIGGER keep_t BEFORE TRUNCATE ON audit_record FOR EACH STATEMENT EXECUTE FUNCTION keep_record();
ALTER TABLE audit_record ENABLE ROW LEVEL SECURITY;
CREATE POLICY s ON audit_record USING (site = nullif(current_setting('ad.site', true), '')::integer);
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_record TO ad_app;
-- fault auditlog only-delete: the constraint trigger covers deletes alone
DROP TRIGGER keep ON audit_record;
CREATE CONSTRAINT TRIGGER keep AFTER DELETE ON audit_record DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_record();
-- fault auditlog disabled: the constraint trigger is disabled
ALTER TABLE audit_record DISABLE TRIGGER keep;
-- fault auditlog when-ok: only records with a bad outcome are kept
DROP TRIGGER keep ON audit_record;
CREATE CONSTRAINT TRIGGER keep AFTER UPDATE OR DELETE ON audit_record DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.outcome <> 'ok') EXECUTE FUNCTION keep_record();
-- fault auditlog swallowed: a trigger before the write swallows it, and the guard never hears of it
CREATE FUNCTION hush() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER hush BEFORE DELETE ON audit_record FOR EACH ROW EXECUTE FUNCTION hush();
