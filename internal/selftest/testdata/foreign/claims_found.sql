-- title: flat JSON claims whose setting and key are to be discovered, tables in two schemas, uuid and text columns
-- config
-- environment: shared
-- db:
--   app: ${env:cf_app}
--   tenants: {a: {id: 6a6a6a6a-0000-4000-8000-000000000001}, b: {id: 6b6b6b6b-0000-4000-8000-000000000002}}
-- healthy
CREATE ROLE cf_owner NOLOGIN;
CREATE ROLE cf_app LOGIN PASSWORD 'foreign-secret';
CREATE SCHEMA crm AUTHORIZATION cf_owner;
CREATE SCHEMA ops AUTHORIZATION cf_owner;
SET ROLE cf_owner;
CREATE TABLE crm.leads (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), company_id uuid NOT NULL, name text NOT NULL, score integer);
CREATE TABLE ops.jobs (id bigserial PRIMARY KEY, company text NOT NULL, kind text NOT NULL, payload jsonb NOT NULL DEFAULT '{}', done boolean NOT NULL DEFAULT false);
INSERT INTO crm.leads (company_id, name, score) SELECT c::uuid, 'lead ' || n, n FROM unnest(ARRAY['6a6a6a6a-0000-4000-8000-000000000001', '6b6b6b6b-0000-4000-8000-000000000002']) c, generate_series(1, 3) n;
INSERT INTO ops.jobs (company, kind) SELECT company_id::text, 'mail' FROM crm.leads;
ALTER TABLE crm.leads ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY c ON crm.leads USING (company_id = (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'company_id')::uuid);
CREATE POLICY c ON ops.jobs USING (company = (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'company_id'));
GRANT USAGE ON SCHEMA crm, ops TO cf_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.leads, ops.jobs TO cf_app;
GRANT USAGE ON SEQUENCE ops.jobs_id_seq TO cf_app;
-- fault tenancy jobs-done: finished jobs are readable by all
CREATE POLICY finished ON ops.jobs FOR SELECT USING (NOT done);
-- fault tenancy jobs-off: the queue has no row security
ALTER TABLE ops.jobs DISABLE ROW LEVEL SECURITY;
-- fault tenancy leads-insert: leads may be given to anybody
DROP POLICY c ON crm.leads;
CREATE POLICY c ON crm.leads USING (company_id = (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'company_id')::uuid) WITH CHECK (score IS NULL OR score < 100);
-- fault tenancy leads-default: claims without a company see every lead
DROP POLICY c ON crm.leads;
CREATE POLICY c ON crm.leads USING (company_id::text = coalesce(nullif(current_setting('request.jwt.claims', true), '')::json ->> 'company_id', company_id::text));
