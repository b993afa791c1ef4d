-- title: guard with WHEN (OLD.* IS DISTINCT FROM NEW.*), DELETE apart, own words for everything
-- config
-- environment: shared
-- db:
--   app: ${env:aw_app}
--   tenant: {set: {x.tenant: "{id}"}}
--   tenants: {a: {id: "a1"}, b: {id: "b2"}}
-- healthy
CREATE ROLE aw_owner NOLOGIN;
CREATE ROLE aw_app LOGIN PASSWORD 'foreign-secret';
GRANT CREATE, USAGE ON SCHEMA public TO aw_owner;
SET ROLE aw_owner;
CREATE TABLE change_log (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant varchar(8) NOT NULL, entity text NOT NULL, before jsonb, after jsonb, changed_by text NOT NULL, changed_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE notes (id serial PRIMARY KEY, tenant varchar(8) NOT NULL, note text NOT NULL, updated_at timestamptz);
-- An ordinary trigger on an ordinary table: nobody may take it for a guard.
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
    IF NEW.note = '' THEN RAISE EXCEPTION 'a note may not be empty'; END IF; NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO change_log (tenant, entity, before, after, changed_by) SELECT t, 'note', '{}', '{"n":1}', 'me' FROM unnest(ARRAY['a1', 'b2', 'c3']) t, generate_series(1, 3);
INSERT INTO notes (tenant, note) SELECT t, 'note ' || n FROM unnest(ARRAY['a1', 'b2']) t, generate_series(1, 3) n;
CREATE FUNCTION worm() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION USING MESSAGE = 'écriture interdite', ERRCODE = 'WORM0'; RETURN OLD; END $$;
CREATE TRIGGER worm_u BEFORE UPDATE ON change_log FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION worm();
CREATE TRIGGER worm_d BEFORE DELETE ON change_log FOR EACH ROW EXECUTE FUNCTION worm();
CREATE TRIGGER worm_t BEFORE TRUNCATE ON change_log FOR EACH STATEMENT EXECUTE FUNCTION worm();
ALTER TABLE change_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON change_log USING (tenant = nullif(current_setting('x.tenant', true), ''));
CREATE POLICY t ON notes USING (tenant = nullif(current_setting('x.tenant', true), ''));
GRANT SELECT, INSERT, UPDATE, DELETE ON change_log, notes TO aw_app;
GRANT USAGE ON SEQUENCE notes_id_seq TO aw_app;
-- fault auditlog when-some-columns: only a change of the entity counts
DROP TRIGGER worm_u ON change_log;
CREATE TRIGGER worm_u BEFORE UPDATE ON change_log FOR EACH ROW WHEN (OLD.entity IS DISTINCT FROM NEW.entity OR OLD.after IS DISTINCT FROM NEW.after) EXECUTE FUNCTION worm();
-- fault auditlog when-false: the WHEN clause can never be true
DROP TRIGGER worm_d ON change_log;
CREATE TRIGGER worm_d BEFORE DELETE ON change_log FOR EACH ROW WHEN (OLD.changed_at > now()) EXECUTE FUNCTION worm();
-- fault auditlog setting-door: a setting opens the guard
CREATE OR REPLACE FUNCTION worm() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF coalesce(current_setting('x.gdpr_erase', true), '') <> '' THEN RETURN OLD; END IF; RAISE EXCEPTION USING MESSAGE = 'écriture interdite', ERRCODE = 'WORM0'; END $$;
-- fault auditlog replica-database: every session of this database begins as a replica
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica', current_database()); END $$;
-- fault auditlog function-owner: the guard's function belongs to the application, which may replace it
GRANT CREATE ON SCHEMA public TO aw_app; ALTER FUNCTION worm() OWNER TO aw_app;
-- fault auditlog when-same-id: an update that changes the id as well passes
DROP TRIGGER worm_u ON change_log;
CREATE TRIGGER worm_u BEFORE UPDATE ON change_log FOR EACH ROW WHEN (OLD.id = NEW.id) EXECUTE FUNCTION worm();
