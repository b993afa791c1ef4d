package auditlog_test

// The lab's audit table is nobody's in particular: partitioned by month, with
// row security, guarded by triggers, rows of two tenants in two partitions.
const ledgerSQL = `
SET ROLE {owner};
CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY, org_id uuid NOT NULL, actor text NOT NULL, action text NOT NULL,
    policy_verdict text NOT NULL CHECK (policy_verdict IN ('allow','deny')), inputs_hash text, outputs_hash text,
    duration_ms int, status text NOT NULL DEFAULT 'ok', created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE audit_log_2026_09 PARTITION OF audit_log FOR VALUES FROM ('2026-09-01') TO ('2026-10-01');
CREATE TABLE audit_log_2026_10 PARTITION OF audit_log FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
CREATE TABLE audit_log_2026_11 PARTITION OF audit_log FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY; ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_log USING (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_log TO {app};
GRANT SELECT ON audit_log, audit_log_2026_09, audit_log_2026_10, audit_log_2026_11 TO {reader}, {admin};
RESET ROLE;
INSERT INTO audit_log (org_id, actor, action, policy_verdict, inputs_hash, outputs_hash, duration_ms, created_at)
SELECT o::uuid, 'user', 'deploy.create', CASE WHEN n % 2 = 0 THEN 'allow' ELSE 'deny' END, encode(sha256(n::text::bytea), 'hex'), encode(sha256((n+1)::text::bytea), 'hex'), n, m::timestamptz + n * interval '1 minute'
FROM unnest(ARRAY['{A}','{B}']) o, unnest(ARRAY['2026-09-03','2026-10-03']) m, generate_series(1, 3) n;`

const guardSQL = `
SET ROLE {owner};
CREATE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit_log is immutable: % is not allowed', TG_OP; END $$;
CREATE TRIGGER audit_log_no_mutate BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_immutable();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_log_immutable();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log_2026_09 FOR EACH STATEMENT EXECUTE FUNCTION audit_log_immutable();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log_2026_10 FOR EACH STATEMENT EXECUTE FUNCTION audit_log_immutable();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log_2026_11 FOR EACH STATEMENT EXECUTE FUNCTION audit_log_immutable();
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_no_mutate; ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_no_truncate; ALTER TABLE audit_log_2026_09 ENABLE ALWAYS TRIGGER audit_log_no_truncate;
ALTER TABLE audit_log_2026_10 ENABLE ALWAYS TRIGGER audit_log_no_truncate; ALTER TABLE audit_log_2026_11 ENABLE ALWAYS TRIGGER audit_log_no_truncate;
RESET ROLE;`
