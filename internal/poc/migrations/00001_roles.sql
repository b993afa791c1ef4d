-- +goose Up
-- Roles belong to the whole cluster, so a second database in it meets them again.
-- +goose StatementBegin
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('arx_owner',  'NOLOGIN'),             -- owns everything, logs in nowhere, is bound by FORCE ROW LEVEL SECURITY
            ('arx_report', 'NOLOGIN BYPASSRLS'),   -- owns the one materialised view, which has to be built over all tenants
            ('arx_app',    'LOGIN'),               -- the application: owns nothing, bypasses nothing
            ('arx_reader', 'LOGIN BYPASSRLS'),     -- sweeps: SELECT and nothing else
            ('arx_admin',  'LOGIN CREATEDB BYPASSRLS') -- migrations and scratch copies
        ) AS r (name, attributes)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
            EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.attributes);
        END IF;
    END LOOP;
END $$;
-- +goose StatementEnd
GRANT arx_owner TO arx_admin;
GRANT USAGE ON SCHEMA public TO arx_owner, arx_report, arx_app, arx_reader, arx_admin;
GRANT CREATE ON SCHEMA public TO arx_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
