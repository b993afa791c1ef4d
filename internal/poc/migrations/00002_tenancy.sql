-- +goose Up
SET ROLE arx_owner;

-- The tenant of a transaction is the org_id in request.jwt.claims, which the API sets with set_config(..., true). After
-- that transaction the setting reads as the empty string, not as NULL, on the same connection: NULLIF covers both. With
-- no tenant the result is NULL, no policy holds, and nothing is seen.
-- +goose StatementBegin
CREATE FUNCTION current_org() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$ SELECT (NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'org_id')::uuid $$;
-- +goose StatementEnd

-- protect gives a table the one tenant policy, for its owner too, and the application the rights named.
-- +goose StatementBegin
CREATE FUNCTION protect(tbl regclass, tenant name, rights text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tbl);
    EXECUTE format('CREATE POLICY tenant ON %s USING (%2$I = (SELECT public.current_org())) '
                   'WITH CHECK (%2$I = (SELECT public.current_org()))', tbl, tenant);
    EXECUTE format('GRANT %s ON %s TO arx_app', rights, tbl);
    EXECUTE format('GRANT SELECT ON %s TO arx_reader, arx_admin', tbl);
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION protect(regclass, name, text) FROM PUBLIC;

-- Lookup tables: no tenant, the same for everyone, read only for the application.
CREATE TABLE regions (
    code text PRIMARY KEY,
    name text NOT NULL
);
INSERT INTO regions VALUES ('us', 'United States'), ('eu', 'European Union');

CREATE TABLE plans (
    name text PRIMARY KEY,
    rpm  integer NOT NULL CHECK (rpm BETWEEN 60 AND 5000)
);
INSERT INTO plans VALUES ('free', 60), ('team', 600), ('business', 2000), ('enterprise', 5000);
GRANT SELECT ON regions, plans TO arx_app, arx_reader, arx_admin;

CREATE TABLE orgs (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    plan       text NOT NULL REFERENCES plans,
    region     text NOT NULL REFERENCES regions,
    settings   jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);
-- Plans are sold, not self-served: the application may change what an organisation says of itself and no more.
SELECT protect('orgs', 'id', 'SELECT');
GRANT UPDATE (name, settings) ON orgs TO arx_app;

CREATE TABLE users (
    org_id       uuid NOT NULL REFERENCES orgs,
    id           uuid NOT NULL DEFAULT gen_random_uuid(),
    email        text NOT NULL,
    display_name text NOT NULL DEFAULT '',
    active       boolean NOT NULL DEFAULT true,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, email)
);
SELECT protect('users', 'org_id', 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE roles (
    org_id      uuid NOT NULL REFERENCES orgs,
    name        text NOT NULL CHECK (name IN ('admin', 'deployer', 'auditor', 'viewer')),
    permissions jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (org_id, name)
);
SELECT protect('roles', 'org_id', 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE memberships (
    org_id  uuid NOT NULL,
    user_id uuid NOT NULL,
    role    text NOT NULL,
    PRIMARY KEY (org_id, user_id, role),
    FOREIGN KEY (org_id, user_id) REFERENCES users ON DELETE CASCADE,
    FOREIGN KEY (org_id, role) REFERENCES roles
);
SELECT protect('memberships', 'org_id', 'SELECT, INSERT, UPDATE, DELETE');

-- A token names its organisation, so looking one up needs no view over all tenants.
CREATE TABLE api_keys (
    org_id       uuid NOT NULL REFERENCES orgs,
    id           uuid NOT NULL DEFAULT gen_random_uuid(),
    token_sha256 bytea NOT NULL CHECK (length(token_sha256) = 32),
    role         text NOT NULL,
    label        text NOT NULL DEFAULT '',
    revoked_at   timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, token_sha256),
    FOREIGN KEY (org_id, role) REFERENCES roles
);
SELECT protect('api_keys', 'org_id', 'SELECT, INSERT, UPDATE, DELETE');

RESET ROLE;
