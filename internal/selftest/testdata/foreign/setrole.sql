-- title: a pool login that SETs ROLE to the tenant's role; policies by current_user; tenants are words
-- config
-- environment: shared
-- db:
--   app: ${env:t5_pool}
--   tenant: {role: "t5_tenant_{id}"}
--   tenants: {a: {id: red}, b: {id: blue}}
-- healthy
CREATE ROLE t5_owner NOLOGIN;
CREATE ROLE t5_tenants NOLOGIN;
CREATE ROLE t5_tenant_red NOLOGIN IN ROLE t5_tenants;
CREATE ROLE t5_tenant_blue NOLOGIN IN ROLE t5_tenants;
CREATE ROLE t5_pool LOGIN NOINHERIT PASSWORD 'foreign-secret';
GRANT t5_tenant_red, t5_tenant_blue TO t5_pool;
GRANT CREATE, USAGE ON SCHEMA public TO t5_owner;
SET ROLE t5_owner;
CREATE TABLE devices (serial_no text NOT NULL, tenant text NOT NULL, model text NOT NULL, PRIMARY KEY (tenant, serial_no));
CREATE TABLE readings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant text NOT NULL, serial_no text NOT NULL, celsius real NOT NULL,
    at timestamptz NOT NULL DEFAULT now(), FOREIGN KEY (tenant, serial_no) REFERENCES devices ON DELETE CASCADE);
INSERT INTO devices SELECT t || '-' || n, t, 'M' || n FROM unnest(ARRAY['red', 'blue', 'green']) t, generate_series(1, 3) n;
INSERT INTO readings (tenant, serial_no, celsius) SELECT tenant, serial_no, 20 + n FROM devices, generate_series(1, 2) n;
ALTER TABLE devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE readings ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON devices TO t5_tenants USING (current_user = 't5_tenant_' || tenant);
CREATE POLICY own ON readings TO t5_tenants USING (current_user = 't5_tenant_' || tenant);
GRANT USAGE ON SCHEMA public TO t5_tenants;
GRANT SELECT, INSERT, UPDATE, DELETE ON devices, readings TO t5_tenants;
-- fault tenancy pool-membership: the policy asks what the pool may become, which is everybody
DROP POLICY own ON devices;
CREATE POLICY own ON devices TO t5_tenants USING (pg_has_role(session_user, 't5_tenant_' || tenant, 'MEMBER'));
-- fault tenancy owner-tenant: a table belongs to one of the tenants, and row security is not forced
CREATE TABLE alarms (id serial PRIMARY KEY, tenant text NOT NULL, message text NOT NULL);
INSERT INTO alarms (tenant, message) SELECT t, 'alarm' FROM unnest(ARRAY['red', 'blue']) t;
ALTER TABLE alarms OWNER TO t5_tenant_red;
ALTER TABLE alarms ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON alarms TO t5_tenants USING (current_user = 't5_tenant_' || tenant);
GRANT SELECT, INSERT, UPDATE, DELETE ON alarms TO t5_tenants;
-- fault tenancy tenant-in-tenant: red is made a member of blue for a migration, and a policy asks for membership
GRANT t5_tenant_blue TO t5_tenant_red;
DROP POLICY own ON readings;
CREATE POLICY own ON readings TO t5_tenants USING (pg_has_role(current_user, 't5_tenant_' || tenant, 'MEMBER'));
-- undo
REVOKE t5_tenant_blue FROM t5_tenant_red;
-- fault tenancy everyone-reads: a policy for the group role lets all tenants read
CREATE POLICY fleet ON readings FOR SELECT TO t5_tenants USING (celsius > 21);
-- fault tenancy pool-sees-all: the pool itself, before any SET ROLE, reads everything
GRANT USAGE ON SCHEMA public TO t5_pool; GRANT SELECT ON devices TO t5_pool;
CREATE POLICY health ON devices FOR SELECT TO t5_pool USING (true);
