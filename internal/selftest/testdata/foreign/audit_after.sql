-- title: AFTER row trigger; the application has no UPDATE or DELETE, so it takes a scratch copy to see the trigger fire
-- config
-- environment: disposable
-- db:
--   app: ${env:aa_app}
--   admin: ${env:aa_admin}
--   tenant: {set: {svc.org: "{id}"}}
--   tenants: {a: {id: "501"}, b: {id: "502"}}
-- healthy
CREATE ROLE aa_owner NOLOGIN;
CREATE ROLE aa_app LOGIN PASSWORD 'foreign-secret';
CREATE ROLE aa_admin LOGIN CREATEDB PASSWORD 'foreign-secret' IN ROLE aa_owner;
CREATE SCHEMA svc AUTHORIZATION aa_owner;
SET ROLE aa_owner;
CREATE TABLE svc.activity_log (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), org integer NOT NULL, actor text NOT NULL, verb text NOT NULL, object text, happened timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE svc.things (id serial PRIMARY KEY, org integer NOT NULL, name text NOT NULL);
INSERT INTO svc.activity_log (org, actor, verb, object) SELECT o, 'x', 'create', 'thing ' || n FROM unnest(ARRAY[501, 502]) o, generate_series(1, 3) n;
INSERT INTO svc.things (org, name) SELECT o, 'thing ' || n FROM unnest(ARRAY[501, 502]) o, generate_series(1, 3) n;
CREATE FUNCTION svc.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION 'activity is append-only' USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE TRIGGER z_refuse AFTER UPDATE OR DELETE ON svc.activity_log FOR EACH ROW EXECUTE FUNCTION svc.refuse();
CREATE TRIGGER z_refuse_truncate AFTER TRUNCATE ON svc.activity_log FOR EACH STATEMENT EXECUTE FUNCTION svc.refuse();
ALTER TABLE svc.activity_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE svc.things ENABLE ROW LEVEL SECURITY;
CREATE POLICY o ON svc.activity_log USING (org = nullif(current_setting('svc.org', true), '')::integer);
CREATE POLICY o ON svc.things USING (org = nullif(current_setting('svc.org', true), '')::integer);
GRANT USAGE ON SCHEMA svc TO aa_app;
GRANT SELECT, INSERT ON svc.activity_log TO aa_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON svc.things TO aa_app;
GRANT USAGE ON SEQUENCE svc.things_id_seq TO aa_app;
-- fault auditlog noop-after: the guard's function returns, and privileges alone are left
CREATE OR REPLACE FUNCTION svc.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
-- fault auditlog truncate-unguarded: TRUNCATE has no guard, and the application has the privilege
DROP TRIGGER z_refuse_truncate ON svc.activity_log; GRANT TRUNCATE ON svc.activity_log TO aa_app;
-- fault auditlog when-clause: rows without object are exempt
DROP TRIGGER z_refuse ON svc.activity_log;
CREATE TRIGGER z_refuse AFTER UPDATE OR DELETE ON svc.activity_log FOR EACH ROW WHEN (OLD.object IS NOT NULL AND OLD.object <> 'thing 2') EXECUTE FUNCTION svc.refuse();
GRANT UPDATE, DELETE ON svc.activity_log TO aa_app;
-- fault auditlog trigger-privilege: the application may add triggers of its own
GRANT TRIGGER ON svc.activity_log TO aa_app; GRANT CREATE ON SCHEMA svc TO aa_app;
-- fault auditlog definer-eraser: a function lets the application erase what it may not
CREATE FUNCTION svc.forget(p_actor text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = svc, pg_temp AS $$
BEGIN ALTER TABLE svc.activity_log DISABLE TRIGGER USER; DELETE FROM svc.activity_log WHERE actor = p_actor; ALTER TABLE svc.activity_log ENABLE TRIGGER USER; END $$;
ALTER FUNCTION svc.forget(text) OWNER TO aa_owner;
