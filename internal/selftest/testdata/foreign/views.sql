-- title: views with security_invoker, a definer function done right, a materialised view that is not granted
-- config
-- environment: shared
-- db:
--   app: ${env:vw_app}
--   tenant: {set: {ctx.firm: "{id}"}}
--   tenants: {a: {id: "3001"}, b: {id: "3002"}}
-- healthy
CREATE ROLE vw_owner NOLOGIN;
CREATE ROLE vw_app LOGIN PASSWORD 'foreign-secret';
CREATE SCHEMA base AUTHORIZATION vw_owner;
CREATE SCHEMA public_api AUTHORIZATION vw_owner;
SET ROLE vw_owner;
CREATE TABLE base.employees (id serial PRIMARY KEY, firm integer NOT NULL, name text NOT NULL, salary integer NOT NULL);
CREATE TABLE base.absences (id serial PRIMARY KEY, firm integer NOT NULL, employee text NOT NULL, days integer NOT NULL);
INSERT INTO base.employees (firm, name, salary) SELECT f, 'E' || n, 1000 * n FROM unnest(ARRAY[3001, 3002, 3003]) f, generate_series(1, 3) n;
INSERT INTO base.absences (firm, employee, days) SELECT firm, name, 2 FROM base.employees;
ALTER TABLE base.employees ENABLE ROW LEVEL SECURITY;
ALTER TABLE base.employees FORCE ROW LEVEL SECURITY;
ALTER TABLE base.absences ENABLE ROW LEVEL SECURITY;
ALTER TABLE base.absences FORCE ROW LEVEL SECURITY;
CREATE POLICY firm ON base.employees USING (firm = nullif(current_setting('ctx.firm', true), '')::integer);
CREATE POLICY firm ON base.absences USING (firm = nullif(current_setting('ctx.firm', true), '')::integer);
CREATE VIEW public_api.employees WITH (security_invoker = true) AS SELECT id, firm, name FROM base.employees;
CREATE VIEW public_api.absence_days WITH (security_invoker = on, security_barrier) AS SELECT firm, sum(days) AS days FROM base.absences GROUP BY firm;
CREATE MATERIALIZED VIEW base.headcount AS SELECT firm, count(*) AS n FROM base.employees GROUP BY firm WITH NO DATA;
-- The owner is bound by FORCE: so is this function.
CREATE FUNCTION public_api.payroll() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = base, pg_temp AS $$ SELECT sum(salary) FROM base.employees $$;
GRANT USAGE ON SCHEMA base, public_api TO vw_app;
GRANT SELECT (id, firm, name), INSERT (firm, name, salary), UPDATE (firm, name) ON base.employees TO vw_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON base.absences TO vw_app;
GRANT SELECT ON public_api.employees, public_api.absence_days TO vw_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA base TO vw_app;
RESET ROLE;
REFRESH MATERIALIZED VIEW base.headcount;
-- fault tenancy invoker-lost: a view is replaced without its option, and belongs to the superuser
ALTER VIEW public_api.employees RESET (security_invoker);
ALTER VIEW public_api.employees OWNER TO postgres;
-- fault tenancy view-on-view: the view in the middle bypasses, the outer one is the invoker's
CREATE VIEW base.v_inner AS SELECT firm, employee, days FROM base.absences;
GRANT SELECT ON base.v_inner TO vw_app;
CREATE VIEW public_api.outer_absences WITH (security_invoker = true) AS SELECT firm, employee FROM base.v_inner;
GRANT SELECT ON public_api.outer_absences TO vw_app;
-- fault tenancy matview-granted: headcounts of every firm
ALTER MATERIALIZED VIEW base.headcount OWNER TO postgres;
REFRESH MATERIALIZED VIEW base.headcount;
GRANT SELECT ON base.headcount TO vw_app;
-- fault tenancy definer-unbound: the definer function runs as the superuser, over all firms
CREATE FUNCTION public_api.all_absences() RETURNS TABLE (firm integer, employee text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = base, pg_temp AS $$ SELECT firm, employee FROM base.absences $$;
-- fault tenancy view-write: a view that filters what is read, and takes any row that is written
CREATE VIEW public_api.my_absences AS SELECT id, firm, employee, days FROM base.absences WHERE firm = nullif(current_setting('ctx.firm', true), '')::integer;
GRANT SELECT, INSERT, UPDATE ON public_api.my_absences TO vw_app;
-- fault tenancy definer-argument: a definer function returns the absences of whichever firm it is asked for
CREATE FUNCTION public_api.absences_of(p_firm integer) RETURNS SETOF base.absences LANGUAGE sql STABLE SECURITY DEFINER SET search_path = base, pg_temp AS $$ SELECT * FROM base.absences WHERE firm = p_firm $$;
-- fault tenancy definer-sum: a definer function without argument adds up the salaries of all firms
CREATE OR REPLACE FUNCTION public_api.payroll() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = base, pg_temp AS $$ SELECT sum(salary) FROM base.employees $$;
ALTER FUNCTION public_api.payroll() OWNER TO postgres;
-- fault tenancy definer-json: an export function packs the absences of every firm into one document
CREATE FUNCTION public_api.export() RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = base, pg_temp AS $$ SELECT json_agg(a) FROM base.absences a $$;
