-- title: partitioned by month; row triggers cloned from the parent, a TRUNCATE trigger on each partition
-- config
-- environment: shared
-- db:
--   app: ${env:ar_app}
--   reader: ${env:ar_reader}
--   tenant: {set: {app.account: "{id}"}}
--   tenants: {a: {id: "10"}, b: {id: "20"}}
--   audit: {table: logs.events}
-- healthy
CREATE ROLE ar_owner NOLOGIN;
CREATE ROLE ar_app LOGIN PASSWORD 'foreign-secret';
CREATE ROLE ar_reader LOGIN BYPASSRLS PASSWORD 'foreign-secret';
CREATE SCHEMA logs AUTHORIZATION ar_owner;
SET ROLE ar_owner;
CREATE TABLE logs.events (id bigint GENERATED ALWAYS AS IDENTITY, account integer NOT NULL, actor text NOT NULL, name text NOT NULL, props jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE FUNCTION logs.deny() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION '%.% is append-only, % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, lower(TG_OP); END $$;
CREATE TRIGGER deny BEFORE UPDATE OR DELETE ON logs.events FOR EACH ROW EXECUTE FUNCTION logs.deny();
CREATE TRIGGER deny_t BEFORE TRUNCATE ON logs.events FOR EACH STATEMENT EXECUTE FUNCTION logs.deny();
DO $$ DECLARE n integer; f date; BEGIN
    FOR n IN -2..2 LOOP
        f := (date_trunc('month', now()) + make_interval(months => n))::date;
        EXECUTE format('CREATE TABLE logs.events_p%s PARTITION OF logs.events FOR VALUES FROM (%L) TO (%L)', n + 2, f, (f + interval '1 month')::date);
        EXECUTE format('CREATE TRIGGER deny_t BEFORE TRUNCATE ON logs.events_p%s FOR EACH STATEMENT EXECUTE FUNCTION logs.deny()', n + 2);
    END LOOP;
END $$;
INSERT INTO logs.events (account, actor, name, props, at) SELECT a, 'u' || n, 'click', '{}', now() - n * interval '9 days' FROM unnest(ARRAY[10, 20, 30]) a, generate_series(0, 6) n WHERE now() - n * interval '9 days' >= date_trunc('month', now()) - interval '2 months';
ALTER TABLE logs.events ENABLE ROW LEVEL SECURITY;
CREATE POLICY acc ON logs.events USING (account = nullif(current_setting('app.account', true), '')::integer);
GRANT USAGE ON SCHEMA logs TO ar_app, ar_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON logs.events TO ar_app;
GRANT SELECT ON ALL TABLES IN SCHEMA logs TO ar_reader;
-- fault auditlog clone-disabled: the trigger is disabled on one old partition
ALTER TABLE logs.events_p1 DISABLE TRIGGER deny;
-- fault auditlog future-clone-disabled: the trigger is disabled on next month's partition, which is empty
ALTER TABLE logs.events_p3 DISABLE TRIGGER deny;
-- fault auditlog partition-truncate: the TRUNCATE trigger is missing on one partition, which the application may truncate
DROP TRIGGER deny_t ON logs.events_p2; GRANT TRUNCATE ON logs.events_p2 TO ar_app;
-- fault auditlog month-dropped: the month before this one is gone
DROP TABLE logs.events_p1;
-- fault auditlog old-month-open: the guard exempts what is older than thirty days
CREATE OR REPLACE FUNCTION logs.deny() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'DELETE' THEN IF OLD.at < now() - interval '30 days' THEN RETURN OLD; END IF; END IF;
    RAISE EXCEPTION '%.% is append-only, % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, lower(TG_OP); END $$;
-- fault auditlog rule-instead: a rule swallows updates before the trigger sees them
CREATE RULE quiet AS ON UPDATE TO logs.events DO INSTEAD NOTHING;
-- fault auditlog partition-swallows: one partition has a trigger of its own that swallows before the guard
CREATE FUNCTION logs.hush() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER aaa_hush BEFORE UPDATE OR DELETE ON logs.events_p2 FOR EACH ROW EXECUTE FUNCTION logs.hush();
-- fault auditlog definer-drop: a function that anybody may call drops a month
CREATE FUNCTION logs.archive(part text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = logs, pg_temp AS $$
BEGIN EXECUTE format('ALTER TABLE logs.events DETACH PARTITION logs.%I', part); EXECUTE format('DROP TABLE logs.%I', part); END $$;
ALTER FUNCTION logs.archive(text) OWNER TO ar_owner;
