-- title: one statement trigger for all three, a German message with its own SQLSTATE, in a schema of its own
-- config
-- environment: disposable
-- db:
--   app: ${env:as_dienst}
--   admin: ${env:as_admin}
--   tenant: {set: {dienst.mandant: "{id}"}}
--   tenants: {a: {id: nord}, b: {id: sued}}
-- healthy
CREATE ROLE as_inhaber NOLOGIN;
CREATE ROLE as_dienst LOGIN PASSWORD 'foreign-secret';
CREATE ROLE as_admin LOGIN SUPERUSER PASSWORD 'foreign-secret';
CREATE SCHEMA revision AUTHORIZATION as_inhaber;
SET ROLE as_inhaber;
CREATE TABLE revision.protokoll (nr bigserial PRIMARY KEY, mandant text NOT NULL, benutzer text NOT NULL, vorgang text NOT NULL, details jsonb NOT NULL DEFAULT '{}', zeit timestamptz NOT NULL DEFAULT now());
INSERT INTO revision.protokoll (mandant, benutzer, vorgang) SELECT m, 'b' || n, 'anmelden' FROM unnest(ARRAY['nord', 'sued']) m, generate_series(1, 3) n;
CREATE FUNCTION revision.sperre() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN RAISE EXCEPTION USING ERRCODE = 'AU001', MESSAGE = format('Das Protokoll darf nicht geändert werden: %s', TG_OP), HINT = 'Bitte die Revision fragen.'; RETURN NULL; END $$;
CREATE TRIGGER sperre BEFORE UPDATE OR DELETE OR TRUNCATE ON revision.protokoll FOR EACH STATEMENT EXECUTE FUNCTION revision.sperre();
ALTER TABLE revision.protokoll ENABLE ROW LEVEL SECURITY;
CREATE POLICY m ON revision.protokoll USING (mandant = nullif(current_setting('dienst.mandant', true), ''));
GRANT USAGE ON SCHEMA revision TO as_dienst;
GRANT SELECT, INSERT, UPDATE, DELETE ON revision.protokoll TO as_dienst;
GRANT USAGE ON SEQUENCE revision.protokoll_nr_seq TO as_dienst;
-- fault auditlog replica-only: the trigger fires in replication sessions only
ALTER TABLE revision.protokoll ENABLE REPLICA TRIGGER sperre;
-- fault auditlog update-forgotten: UPDATE is missing
DROP TRIGGER sperre ON revision.protokoll;
CREATE TRIGGER sperre BEFORE DELETE OR TRUNCATE ON revision.protokoll FOR EACH STATEMENT EXECUTE FUNCTION revision.sperre();
-- fault auditlog notice: the exception is a warning now
CREATE OR REPLACE FUNCTION revision.sperre() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'Das Protokoll darf nicht geändert werden: %', TG_OP; RETURN NULL; END $$;
-- fault auditlog replication-role: the application may set session_replication_role
GRANT SET ON PARAMETER session_replication_role TO as_dienst;
-- undo
REVOKE SET ON PARAMETER session_replication_role FROM as_dienst;
-- fault auditlog owner-member: the application may become the owner
GRANT as_inhaber TO as_dienst;
-- undo
REVOKE as_inhaber FROM as_dienst;
-- fault auditlog office-hours: the guard is asleep for one tenant's session
CREATE OR REPLACE FUNCTION revision.sperre() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('dienst.wartung', true) = 'ja' THEN RETURN NULL; END IF;
    RAISE EXCEPTION USING ERRCODE = 'AU001', MESSAGE = 'gesperrt'; END $$;
-- fault auditlog replica-login: the application's sessions begin as replicas, in which no such trigger fires
ALTER ROLE as_dienst SET session_replication_role = replica;
-- undo
ALTER ROLE as_dienst RESET session_replication_role;
-- fault auditlog owner-exempt: the guard does not bind the owner
DROP TRIGGER sperre ON revision.protokoll;
CREATE TRIGGER sperre BEFORE UPDATE OR DELETE OR TRUNCATE ON revision.protokoll FOR EACH STATEMENT WHEN (current_user <> 'as_inhaber') EXECUTE FUNCTION revision.sperre();
