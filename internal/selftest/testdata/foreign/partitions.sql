-- title: composite foreign keys; tables partitioned by list of tenant and by hash of tenant; partitions not granted
-- config
-- environment: shared
-- db:
--   app: ${env:pt_app}
--   reader: ${env:pt_reader}
--   tenants:
--     a: {id: 018f0000-aaaa-7000-8000-000000000001}
--     b: {id: 018f0000-bbbb-7000-8000-000000000002}
-- healthy
CREATE ROLE pt_owner NOLOGIN;
CREATE ROLE pt_app LOGIN PASSWORD 'foreign-secret';
CREATE ROLE pt_reader LOGIN BYPASSRLS PASSWORD 'foreign-secret';
GRANT CREATE, USAGE ON SCHEMA public TO pt_owner;
SET ROLE pt_owner;
CREATE TABLE plants (tenant_id uuid NOT NULL, id integer NOT NULL, city text NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE meters (tenant_id uuid NOT NULL, id integer NOT NULL, plant_id integer NOT NULL, kind char(1) NOT NULL CHECK (kind IN ('g', 'w', 'e')),
    PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, plant_id) REFERENCES plants) PARTITION BY LIST (tenant_id);
CREATE TABLE meters_a PARTITION OF meters FOR VALUES IN ('018f0000-aaaa-7000-8000-000000000001');
CREATE TABLE meters_b PARTITION OF meters FOR VALUES IN ('018f0000-bbbb-7000-8000-000000000002');
CREATE TABLE meters_rest PARTITION OF meters DEFAULT;
CREATE TABLE samples (tenant_id uuid NOT NULL, meter_id integer NOT NULL, at timestamptz NOT NULL, v double precision NOT NULL,
    PRIMARY KEY (tenant_id, meter_id, at), FOREIGN KEY (tenant_id, meter_id) REFERENCES meters ON DELETE CASCADE) PARTITION BY HASH (tenant_id);
CREATE TABLE samples_0 PARTITION OF samples FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE samples_1 PARTITION OF samples FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO plants SELECT t::uuid, n, 'City ' || n FROM unnest(ARRAY['018f0000-aaaa-7000-8000-000000000001', '018f0000-bbbb-7000-8000-000000000002', '018f0000-cccc-7000-8000-000000000003']) t, generate_series(1, 2) n;
INSERT INTO meters SELECT tenant_id, id * 10, id, 'g' FROM plants;
INSERT INTO samples SELECT tenant_id, id, '2026-01-01'::timestamptz + n * interval '1 hour', n FROM meters, generate_series(1, 4) n;
ALTER TABLE plants ENABLE ROW LEVEL SECURITY;
ALTER TABLE meters ENABLE ROW LEVEL SECURITY;
ALTER TABLE samples ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON plants USING (tenant_id = nullif(current_setting('energy.tenant', true), '')::uuid);
CREATE POLICY t ON meters USING (tenant_id = nullif(current_setting('energy.tenant', true), '')::uuid);
CREATE POLICY t ON samples USING (tenant_id = nullif(current_setting('energy.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON plants, meters, samples TO pt_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO pt_reader;
-- fault tenancy partition-granted: one partition is granted directly, without row security
GRANT SELECT ON samples_1, samples_0 TO pt_app;
-- fault tenancy default-partition-writable: the default partition may be written directly
GRANT SELECT, INSERT ON meters_rest TO pt_app;
-- fault tenancy new-partition: a tenant's new partition is made with the old grant script
CREATE TABLE meters_d PARTITION OF meters FOR VALUES IN ('018f0000-dddd-7000-8000-000000000004');
INSERT INTO plants VALUES ('018f0000-dddd-7000-8000-000000000004', 1, 'D'); INSERT INTO meters VALUES ('018f0000-dddd-7000-8000-000000000004', 1, 1, 'w');
GRANT SELECT, INSERT, UPDATE, DELETE ON meters_d TO pt_app;
-- fault tenancy detached: a partition is detached for archiving and stays readable
ALTER TABLE samples DETACH PARTITION samples_1;
CREATE TABLE samples_1_new PARTITION OF samples FOR VALUES WITH (MODULUS 2, REMAINDER 1);
GRANT SELECT ON samples_1 TO pt_app;
ALTER TABLE samples DETACH PARTITION samples_0;
CREATE TABLE samples_0_new PARTITION OF samples FOR VALUES WITH (MODULUS 2, REMAINDER 0);
GRANT SELECT ON samples_0 TO pt_app;
-- fault tenancy cross-cascade: a reference without the tenant, with a cascade: deleting mine deletes yours
CREATE TABLE alerts (id serial PRIMARY KEY, tenant_id uuid NOT NULL, text text NOT NULL);
CREATE TABLE alert_notes (id serial PRIMARY KEY, tenant_id uuid NOT NULL, alert_id integer NOT NULL REFERENCES alerts ON DELETE CASCADE, note text NOT NULL);
INSERT INTO alerts (tenant_id, text) SELECT tenant_id, 'x' FROM plants;
INSERT INTO alert_notes (tenant_id, alert_id, note) SELECT tenant_id, id, 'n' FROM alerts;
INSERT INTO alert_notes (tenant_id, alert_id, note) SELECT '018f0000-bbbb-7000-8000-000000000002', id, 'linked' FROM alerts WHERE tenant_id = '018f0000-aaaa-7000-8000-000000000001';
ALTER TABLE alerts OWNER TO pt_owner; ALTER TABLE alert_notes OWNER TO pt_owner;
ALTER TABLE alerts ENABLE ROW LEVEL SECURITY; ALTER TABLE alert_notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON alerts USING (tenant_id = nullif(current_setting('energy.tenant', true), '')::uuid);
CREATE POLICY t ON alert_notes USING (tenant_id = nullif(current_setting('energy.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON alerts, alert_notes TO pt_app; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO pt_app;
-- fault tenancy partition-truncate: the partitions may be emptied by the application, for all tenants in them
GRANT TRUNCATE ON samples_0, samples_1 TO pt_app;
