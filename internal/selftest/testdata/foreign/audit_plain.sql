-- title: plain table, row trigger for UPDATE and DELETE, statement trigger for TRUNCATE; nothing declared, no admin door
-- config
-- environment: shared
-- db:
--   app: ${env:ap_app}
--   reader: ${env:ap_reader}
--   tenant: {set: {app.org_id: "{id}"}}
--   tenants: {a: {id: "1"}, b: {id: "2"}}
-- healthy
CREATE ROLE ap_owner NOLOGIN;
CREATE ROLE ap_app LOGIN PASSWORD 'foreign-secret';
CREATE ROLE ap_reader LOGIN BYPASSRLS PASSWORD 'foreign-secret';
GRANT CREATE, USAGE ON SCHEMA public TO ap_owner;
SET ROLE ap_owner;
CREATE TABLE audit_events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, org_id integer NOT NULL, who text NOT NULL, what text NOT NULL, ok boolean NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO audit_events (org_id, who, what, ok) SELECT o, 'user ' || n, 'login', n <> 2 FROM unnest(ARRAY[1, 2, 3]) o, generate_series(1, 4) n;
CREATE FUNCTION no_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION 'audit events cannot be changed (%)', TG_OP; END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION no_change();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION no_change();
ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY org ON audit_events USING (org_id = nullif(current_setting('app.org_id', true), '')::integer);
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_events TO ap_app;
GRANT SELECT ON audit_events TO ap_reader;
-- fault auditlog delete-open: the trigger is made again for UPDATE alone
DROP TRIGGER keep ON audit_events;
CREATE TRIGGER keep BEFORE UPDATE ON audit_events FOR EACH ROW EXECUTE FUNCTION no_change();
-- fault auditlog column-list: only two columns are guarded
DROP TRIGGER keep ON audit_events;
CREATE TRIGGER keep BEFORE DELETE OR UPDATE OF who, what ON audit_events FOR EACH ROW EXECUTE FUNCTION no_change();
-- fault auditlog swallow: the function has become one that swallows
CREATE OR REPLACE FUNCTION no_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
-- fault auditlog maintenance-user: the guard lets a session through that calls itself maintenance
CREATE OR REPLACE FUNCTION no_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('application_name') = 'maintenance' THEN RETURN coalesce(NEW, OLD); END IF;
    RAISE EXCEPTION 'audit events cannot be changed (%)', TG_OP; END $$;
-- fault auditlog owner-app: the application owns the table
ALTER TABLE audit_events OWNER TO ap_app;
-- fault auditlog disabled: somebody disabled the trigger for a migration
ALTER TABLE audit_events DISABLE TRIGGER keep;
-- fault auditlog truncate-granted: TRUNCATE is granted and its guard is gone
DROP TRIGGER keep_all ON audit_events; GRANT TRUNCATE ON audit_events TO ap_app;
-- fault tenancy audit-readable: everybody reads everybody's events
DROP POLICY org ON audit_events;
CREATE POLICY r ON audit_events FOR SELECT USING (true);
CREATE POLICY w ON audit_events FOR INSERT WITH CHECK (org_id = nullif(current_setting('app.org_id', true), '')::integer);
-- fault auditlog nested-path: writes from within a trigger pass, and there is a table whose trigger makes them
CREATE OR REPLACE FUNCTION no_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
    IF pg_trigger_depth() > 1 THEN RETURN OLD; END IF; RAISE EXCEPTION 'audit events cannot be changed (%)', TG_OP; END $$;
CREATE TABLE erasures (org_id integer NOT NULL, who text NOT NULL);
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY; CREATE POLICY o ON erasures USING (org_id = nullif(current_setting('app.org_id', true), '')::integer);
CREATE FUNCTION erase() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN DELETE FROM audit_events WHERE org_id = NEW.org_id AND who = NEW.who; RETURN NEW; END $$;
CREATE TRIGGER erase AFTER INSERT ON erasures FOR EACH ROW EXECUTE FUNCTION erase();
GRANT INSERT, SELECT ON erasures TO ap_app;
-- fault auditlog never-written: a trigger quietly drops every event before it is written
CREATE FUNCTION sample() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER sample BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION sample();
