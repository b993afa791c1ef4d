-- title: partitioned by list of region, one region again by range; discovered
-- config
-- environment: shared
-- db:
--   app: ${env:al_app}
--   tenant: {set: {ctx.ws: "{id}"}}
--   tenants: {a: {id: w-1}, b: {id: w-2}}
-- healthy
CREATE ROLE al_owner NOLOGIN;
CREATE ROLE al_app LOGIN PASSWORD 'foreign-secret';
GRANT CREATE, USAGE ON SCHEMA public TO al_owner;
SET ROLE al_owner;
CREATE TABLE trail (workspace text NOT NULL, region text NOT NULL, no integer NOT NULL, actor text NOT NULL, deed text NOT NULL, on_day date NOT NULL, PRIMARY KEY (region, workspace, no, on_day)) PARTITION BY LIST (region);
CREATE TABLE trail_us PARTITION OF trail FOR VALUES IN ('us');
CREATE TABLE trail_eu PARTITION OF trail FOR VALUES IN ('eu') PARTITION BY RANGE (on_day);
CREATE TABLE trail_eu_2025 PARTITION OF trail_eu FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE trail_eu_2026 PARTITION OF trail_eu FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
    CASE TG_OP WHEN 'UPDATE' THEN RAISE EXCEPTION 'trail rows are never updated'; WHEN 'DELETE' THEN RAISE EXCEPTION 'trail rows are never deleted'; ELSE RAISE EXCEPTION 'the trail is never emptied'; END CASE; END $$;
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON trail FOR EACH ROW EXECUTE FUNCTION frozen();
DO $$ DECLARE t text; BEGIN
    FOREACH t IN ARRAY ARRAY['trail', 'trail_us', 'trail_eu', 'trail_eu_2025', 'trail_eu_2026'] LOOP
        EXECUTE format('CREATE TRIGGER frozen_t BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION frozen()', t);
    END LOOP; END $$;
INSERT INTO trail SELECT w, r, n, 'me', 'did', CASE WHEN n < 3 THEN date '2025-06-01' ELSE date '2026-06-01' END FROM unnest(ARRAY['w-1', 'w-2']) w, unnest(ARRAY['us', 'eu']) r, generate_series(1, 4) n;
ALTER TABLE trail ENABLE ROW LEVEL SECURITY;
CREATE POLICY ws ON trail USING (workspace = nullif(current_setting('ctx.ws', true), ''));
GRANT SELECT, INSERT, UPDATE, DELETE ON trail TO al_app;
-- fault auditlog leaf-disabled: the guard is disabled on one leaf of the sub-partitioned region
ALTER TABLE trail_eu_2025 DISABLE TRIGGER frozen;
-- fault auditlog case-hole: the CASE lets DELETE fall through
CREATE OR REPLACE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    CASE TG_OP WHEN 'UPDATE' THEN RAISE EXCEPTION 'trail rows are never updated'; WHEN 'TRUNCATE' THEN RAISE EXCEPTION 'the trail is never emptied'; ELSE RETURN OLD; END CASE; END $$;
-- fault auditlog region-exempt: one region is exempt
CREATE OR REPLACE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_LEVEL = 'ROW' AND TG_TABLE_NAME = 'trail_us' THEN RETURN coalesce(NEW, OLD); END IF; RAISE EXCEPTION 'never'; END $$;
-- fault auditlog leaf-detached-open: a year is detached, unguarded and writable
ALTER TABLE trail_eu DETACH PARTITION trail_eu_2025;
DROP TRIGGER IF EXISTS frozen ON trail_eu_2025; DROP TRIGGER frozen_t ON trail_eu_2025;
ALTER TABLE trail_eu ATTACH PARTITION trail_eu_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE trail_eu_2025 DISABLE TRIGGER frozen; GRANT DELETE, TRUNCATE, SELECT ON trail_eu_2025 TO al_app;
-- fault auditlog leaf-owner: one leaf belongs to the application
ALTER TABLE trail_us OWNER TO al_app;
