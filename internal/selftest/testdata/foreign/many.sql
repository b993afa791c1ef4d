-- title: 300 tables in three schemas
-- config
-- environment: shared
-- db:
--   app: ${env:many_app}
--   tenant: {set: {erp.mandant: "{id}"}}
--   tenants: {a: {id: "100"}, b: {id: "200"}}
-- healthy
CREATE ROLE many_owner NOLOGIN;
CREATE ROLE many_app LOGIN PASSWORD 'foreign-secret';
CREATE SCHEMA sales AUTHORIZATION many_owner;
CREATE SCHEMA stock AUTHORIZATION many_owner;
CREATE SCHEMA ledger AUTHORIZATION many_owner;
SET ROLE many_owner;
DO $$ DECLARE s text; n integer; BEGIN
    FOREACH s IN ARRAY ARRAY['sales', 'stock', 'ledger'] LOOP
        FOR n IN 1..100 LOOP
            EXECUTE format('CREATE TABLE %I.t%s (mandant integer NOT NULL, nr integer NOT NULL, text text NOT NULL DEFAULT ''x'', amount numeric(10,2), PRIMARY KEY (mandant, nr))', s, lpad(n::text, 3, '0'));
            EXECUTE format('INSERT INTO %I.t%s SELECT m, g, ''row'' FROM unnest(ARRAY[100, 200, 300]) m, generate_series(1, 2) g', s, lpad(n::text, 3, '0'));
            EXECUTE format('ALTER TABLE %I.t%s ENABLE ROW LEVEL SECURITY', s, lpad(n::text, 3, '0'));
            EXECUTE format('CREATE POLICY mandant ON %I.t%s USING (mandant = nullif(current_setting(''erp.mandant'', true), '''')::integer)', s, lpad(n::text, 3, '0'));
        END LOOP;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO many_app', s);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO many_app', s);
    END LOOP;
END $$;
-- fault tenancy one-of-300-off: one table of the 300 has row security off
ALTER TABLE stock.t063 DISABLE ROW LEVEL SECURITY;
-- fault tenancy one-of-300-update: one table's updates are not bound
DROP POLICY mandant ON ledger.t088;
CREATE POLICY r ON ledger.t088 FOR SELECT USING (mandant = nullif(current_setting('erp.mandant', true), '')::integer);
CREATE POLICY u ON ledger.t088 FOR UPDATE USING (nr > 0);
-- fault tenancy one-of-300-move: rows of one table may be moved to another tenant
DROP POLICY mandant ON sales.t099;
CREATE POLICY m ON sales.t099 USING (mandant = nullif(current_setting('erp.mandant', true), '')::integer) WITH CHECK (mandant > 0);
-- fault tenancy copy-in-old-schema: a backup copy in a schema of its own
CREATE SCHEMA backup_2025; CREATE TABLE backup_2025.t001 AS TABLE sales.t001;
GRANT USAGE ON SCHEMA backup_2025 TO many_app; GRANT SELECT ON backup_2025.t001 TO many_app;
-- fault tenancy rule: a rewrite rule on one table writes another one's rows of every tenant
CREATE RULE spread AS ON UPDATE TO sales.t005 DO ALSO UPDATE sales.t006 SET text = 'spread' WHERE nr = NEW.nr;
-- fault tenancy owners-view: a migration made a view as the tables' owner, whom row security does not bind
CREATE VIEW ledger.v_t001 AS SELECT mandant, nr, amount FROM ledger.t001;
ALTER VIEW ledger.v_t001 OWNER TO many_owner;
GRANT SELECT ON ledger.v_t001 TO many_app;
