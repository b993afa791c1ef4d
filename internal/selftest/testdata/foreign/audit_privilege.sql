-- title: append-only by REVOKE alone, without any trigger
-- expect: weak
-- config
-- environment: disposable
-- db:
--   app: ${env:pv_app}
--   admin: ${env:pv_admin}
--   tenant: {set: {pv.tenant: "{id}"}}
--   tenants: {a: {id: "1"}, b: {id: "2"}}
--   audit: {table: public.audit_trail}
-- healthy
CREATE ROLE pv_owner NOLOGIN;
CREATE ROLE pv_app LOGIN PASSWORD 'foreign-secret';
CREATE ROLE pv_admin LOGIN SUPERUSER PASSWORD 'foreign-secret';
GRANT CREATE, USAGE ON SCHEMA public TO pv_owner;
SET ROLE pv_owner;
CREATE TABLE audit_trail (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant integer NOT NULL, actor text NOT NULL, action text NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO audit_trail (tenant, actor, action) SELECT t, 'u' || n, 'login' FROM unnest(ARRAY[1, 2]) t, generate_series(1, 3) n;
ALTER TABLE audit_trail ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON audit_trail USING (tenant = nullif(current_setting('pv.tenant', true), '')::integer);
GRANT SELECT, INSERT ON audit_trail TO pv_app;
-- fault auditlog granted-back: UPDATE and DELETE are granted after all
GRANT UPDATE, DELETE ON audit_trail TO pv_app;
-- fault auditlog column-granted: one column may be updated
GRANT UPDATE (action) ON audit_trail TO pv_app;
-- fault auditlog group-granted: DELETE comes through PUBLIC
GRANT DELETE ON audit_trail TO PUBLIC;
