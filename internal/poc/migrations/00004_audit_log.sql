-- +goose Up
SET ROLE arx_owner;

-- The audit log (INV-001). Rows are only ever added. UPDATE and DELETE are granted to the application on purpose: a missing
-- privilege would hide whether the trigger, which binds every role, holds.
CREATE TABLE audit_log (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    org_id         uuid NOT NULL REFERENCES orgs,
    actor          text NOT NULL CHECK (actor <> '' AND position('|' IN actor) = 0),
    action         text NOT NULL CHECK (action <> '' AND position('|' IN action) = 0),
    policy_verdict text NOT NULL CHECK (policy_verdict IN ('allow', 'deny')),
    inputs_hash    text NOT NULL CHECK (inputs_hash ~ '^[0-9a-f]{64}$'),
    outputs_hash   text NOT NULL CHECK (outputs_hash ~ '^[0-9a-f]{64}$'),
    duration_ms    integer NOT NULL CHECK (duration_ms >= 0),
    status         text NOT NULL CHECK (status <> '' AND position('|' IN status) = 0),
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    prev_hash      text NOT NULL,
    row_hash       text NOT NULL,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX audit_log_chain ON audit_log (org_id, id);

COMMENT ON COLUMN audit_log.row_hash IS
    'arxctl:chain sha256 per org_id order by id prev prev_hash fields id,org_id,actor,action,policy_verdict,inputs_hash,outputs_hash,duration_ms,status,created_at sep ''|'' null '''' time ''epoch_us''';

-- The fields are joined by '|', which none of them can hold: three text columns refuse it, the rest are numbers, uuids and
-- hexadecimal. So one hash stands for one row.
-- +goose StatementBegin
CREATE FUNCTION audit_log_row_hash(r audit_log) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT encode(sha256(convert_to(concat(
        r.prev_hash, '|', r.id, '|', r.org_id, '|', r.actor, '|', r.action, '|', r.policy_verdict, '|', r.inputs_hash, '|',
        r.outputs_hash, '|', r.duration_ms, '|', r.status, '|', (extract(epoch FROM r.created_at) * 1000000)::bigint), 'UTF8')), 'hex') $$;
-- +goose StatementEnd

-- Links each row to the one before it in its organisation. The lock makes writers of one organisation take turns until they
-- commit. Two of them may have drawn their ids before either held the lock, so an id that is already behind is drawn again.
-- +goose StatementBegin
CREATE FUNCTION audit_log_stamp() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    head_id   bigint;
    head_hash text;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'audit_log is written at READ COMMITTED only: a snapshot would not show the end of the chain';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('audit_log:' || NEW.org_id::text, 0));
    SELECT id, row_hash INTO head_id, head_hash FROM public.audit_log
        WHERE org_id = NEW.org_id ORDER BY id DESC LIMIT 1;
    IF head_id >= NEW.id THEN
        NEW.id := nextval('public.audit_log_id_seq');
    END IF;
    NEW.prev_hash := coalesce(head_hash, '');
    NEW.row_hash := public.audit_log_row_hash(NEW);
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION audit_log_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$ BEGIN RAISE EXCEPTION 'audit_log is immutable: % is not allowed', TG_OP; END $$;
-- +goose StatementEnd

CREATE TRIGGER audit_log_stamp BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_stamp();
CREATE TRIGGER audit_log_guard_rows BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_guard();
CREATE TRIGGER audit_log_guard_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_log_guard();
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_stamp;
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_guard_rows;
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_guard_truncate;

SELECT protect('audit_log', 'org_id', 'SELECT, UPDATE, DELETE');
-- id, time and hashes are the database's to write: naming them in an INSERT is refused.
GRANT INSERT (org_id, actor, action, policy_verdict, inputs_hash, outputs_hash, duration_ms, status) ON audit_log TO arx_app;
GRANT USAGE ON SEQUENCE audit_log_id_seq TO arx_app;

-- Makes the partition of a month, with every guard: row triggers come down from the parent, TRUNCATE triggers do not. The
-- application reaches rows through the parent alone; row security without a policy closes the partition as well.
-- +goose StatementBegin
CREATE FUNCTION audit_log_add_month(month date) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    part  text := 'audit_log_' || to_char(first, 'YYYY_MM');
    guard name;
BEGIN
    IF to_regclass('public.' || part) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_log FOR VALUES FROM (%L) TO (%L)', part,
                   first::timestamp AT TIME ZONE 'UTC', (first + interval '1 month') AT TIME ZONE 'UTC');
    EXECUTE format('CREATE TRIGGER audit_log_guard_truncate BEFORE TRUNCATE ON public.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION public.audit_log_guard()', part);
    FOREACH guard IN ARRAY ARRAY['audit_log_stamp', 'audit_log_guard_rows', 'audit_log_guard_truncate'] LOOP
        EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER %I', part, guard);
    END LOOP;
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', part);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', part);
    EXECUTE format('GRANT SELECT ON public.%I TO arx_reader, arx_admin', part);
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION audit_log_add_month(date) FROM PUBLIC;

-- Three months back, so that there is history to guard, and three ahead.
SELECT audit_log_add_month((date_trunc('month', now()) + make_interval(months => n))::date) FROM generate_series(-3, 3) AS n;

RESET ROLE;
