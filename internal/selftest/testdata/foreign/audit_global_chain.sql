-- title: one chain over all tenants, times as text, a genesis word, ENABLE ALWAYS
-- config
-- environment: shared
-- db:
--   app: ${env:gc_app}
--   reader: ${env:gc_reader}
--   tenant: {set: {gc.tenant: "{id}"}}
--   tenants: {a: {id: "1"}, b: {id: "2"}}
--   audit:
--     table: public.journal
--     chain: {hash: h, prev: p, order: id, fields: [id, tenant, actor, action, at], separator: "|", time: 'YYYY-MM-DD"T"HH24:MI:SS.US', genesis: GENESIS}
-- healthy
CREATE ROLE gc_owner NOLOGIN;
CREATE ROLE gc_app LOGIN PASSWORD 'foreign-secret';
CREATE ROLE gc_reader LOGIN BYPASSRLS PASSWORD 'foreign-secret';
GRANT CREATE, USAGE ON SCHEMA public TO gc_owner;
SET ROLE gc_owner;
CREATE TABLE journal (id bigint PRIMARY KEY, tenant integer NOT NULL, actor text NOT NULL, action text NOT NULL, at timestamptz NOT NULL, p text NOT NULL, h text NOT NULL);
DO $$ DECLARE n integer; prev text := 'GENESIS'; t timestamptz; x text; BEGIN
    FOR n IN 1..12 LOOP
        t := timestamptz '2026-03-01 08:00:00.123456+00' + n * interval '1 hour';
        x := encode(sha256(convert_to(concat_ws('|', prev, n, 1 + n % 3, 'actor ' || n, 'do', to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')), 'UTF8')), 'hex');
        INSERT INTO journal VALUES (n, 1 + n % 3, 'actor ' || n, 'do', t, prev, x);
        prev := x;
    END LOOP; END $$;
CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION 'journal is write-once'; END $$;
CREATE TRIGGER stay BEFORE UPDATE OR DELETE ON journal FOR EACH ROW EXECUTE FUNCTION stay();
CREATE TRIGGER stay_t BEFORE TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION stay();
ALTER TABLE journal ENABLE ALWAYS TRIGGER stay; ALTER TABLE journal ENABLE ALWAYS TRIGGER stay_t;
ALTER TABLE journal ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON journal USING (tenant = nullif(current_setting('gc.tenant', true), '')::integer);
GRANT SELECT, INSERT, UPDATE, DELETE ON journal TO gc_app;
GRANT SELECT ON journal TO gc_reader;
-- fault auditlog third-tenants-row: a row of a tenant that nobody named was edited
ALTER TABLE journal DISABLE TRIGGER USER; UPDATE journal SET actor = 'nobody' WHERE id = 8; ALTER TABLE journal ENABLE ALWAYS TRIGGER stay; ALTER TABLE journal ENABLE ALWAYS TRIGGER stay_t;
-- fault auditlog head-cut: the first rows were removed, and the chain begins in the middle
ALTER TABLE journal DISABLE TRIGGER USER; DELETE FROM journal WHERE id <= 3; ALTER TABLE journal ENABLE ALWAYS TRIGGER stay; ALTER TABLE journal ENABLE ALWAYS TRIGGER stay_t;
-- fault auditlog microsecond: a time was moved by a microsecond
ALTER TABLE journal DISABLE TRIGGER USER; UPDATE journal SET at = at + interval '1 microsecond' WHERE id = 9; ALTER TABLE journal ENABLE ALWAYS TRIGGER stay; ALTER TABLE journal ENABLE ALWAYS TRIGGER stay_t;
-- fault auditlog forked: a second row claims the same predecessor
INSERT INTO journal SELECT 13, 1, 'actor 13', 'do', at, p, encode(sha256(convert_to(concat_ws('|', p, 13, 1, 'actor 13', 'do', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')), 'UTF8')), 'hex') FROM journal WHERE id = 12;
