-- title: REVOKE plus trigger, admin is a superuser; a trigger that stamps rows stands beside the guard
-- config
-- environment: shared
-- db:
--   app: ${env:rt_app}
--   reader: ${env:rt_reader}
--   admin: ${env:rt_admin}
--   tenants: {a: {id: aa000000-0000-4000-8000-000000000001}, b: {id: bb000000-0000-4000-8000-000000000002}}
-- healthy
CREATE ROLE rt_owner NOLOGIN;
CREATE ROLE rt_app LOGIN PASSWORD 'foreign-secret';
CREATE ROLE rt_reader LOGIN BYPASSRLS PASSWORD 'foreign-secret';
CREATE ROLE rt_admin LOGIN SUPERUSER PASSWORD 'foreign-secret';
GRANT CREATE, USAGE ON SCHEMA public TO rt_owner;
SET ROLE rt_owner;
CREATE TABLE security_journal (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant uuid NOT NULL, principal text NOT NULL, event text NOT NULL, severity smallint NOT NULL CHECK (severity BETWEEN 0 AND 7), source inet, at timestamptz NOT NULL);
CREATE FUNCTION journal_stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN NEW.at := clock_timestamp(); RETURN NEW; END $$;
CREATE FUNCTION journal_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION 'append only' USING ERRCODE = '0A000'; END $$;
CREATE TRIGGER a_stamp BEFORE INSERT ON security_journal FOR EACH ROW EXECUTE FUNCTION journal_stamp();
CREATE TRIGGER b_guard BEFORE UPDATE OR DELETE ON security_journal FOR EACH ROW EXECUTE FUNCTION journal_guard();
CREATE TRIGGER b_guard_t BEFORE TRUNCATE ON security_journal FOR EACH STATEMENT EXECUTE FUNCTION journal_guard();
INSERT INTO security_journal (tenant, principal, event, severity) SELECT t::uuid, 'p' || n, 'key.rotated', n FROM unnest(ARRAY['aa000000-0000-4000-8000-000000000001', 'bb000000-0000-4000-8000-000000000002']) t, generate_series(1, 4) n;
ALTER TABLE security_journal ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON security_journal USING (tenant = nullif(current_setting('journal.tenant', true), '')::uuid);
REVOKE UPDATE, DELETE, TRUNCATE ON security_journal FROM PUBLIC;
GRANT SELECT, INSERT ON security_journal TO rt_app;
GRANT SELECT ON security_journal TO rt_reader;
-- fault auditlog noop-function: privileges hold, the trigger's function does nothing
CREATE OR REPLACE FUNCTION journal_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN coalesce(NEW, OLD); END $$;
-- fault auditlog pre-empted: a trigger that sorts before the guard swallows the write
CREATE FUNCTION soft() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER aa_soft BEFORE UPDATE OR DELETE ON security_journal FOR EACH ROW EXECUTE FUNCTION soft();
-- fault auditlog severity-exempt: rows of low severity may be thrown away
CREATE OR REPLACE FUNCTION journal_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'DELETE' AND OLD.severity < 2 THEN RETURN OLD; END IF; RAISE EXCEPTION 'append only' USING ERRCODE = '0A000'; END $$;
GRANT DELETE ON security_journal TO rt_app;
-- fault auditlog column-update: one column may be changed, and the guard is for deletes alone
GRANT UPDATE (severity) ON security_journal TO rt_app;
DROP TRIGGER b_guard ON security_journal;
CREATE TRIGGER b_guard BEFORE DELETE ON security_journal FOR EACH ROW EXECUTE FUNCTION journal_guard();
-- fault auditlog nested-exempt: writes from within another trigger pass
CREATE OR REPLACE FUNCTION journal_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF pg_trigger_depth() > 1 THEN RETURN coalesce(NEW, OLD); END IF; RAISE EXCEPTION 'append only' USING ERRCODE = '0A000'; END $$;
-- fault auditlog superuser-member: the application is a member of the administrator
GRANT rt_admin TO rt_app;
-- undo
REVOKE rt_admin FROM rt_app;
-- fault auditlog replica-guard: the guard fires for replicas alone, behind privileges that hold
ALTER TABLE security_journal ENABLE REPLICA TRIGGER b_guard;
