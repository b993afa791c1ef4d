package faults

// blindTenancy holds faults written by someone who had not read the checks.
func blindTenancy() []Fault {
	list := func(ids ...string) []string { return ids }
	read, write, paths, http := list("tenancy.read"), list("tenancy.write"), list("tenancy.paths"), list("tenancy.http")
	const policies = "PostgreSQL manual, CREATE POLICY"
	return []Fault{
		{ID: "tenancy-failed-runs-shared", Title: "Failed runs are everyone's to read, and only a third organisation has one", Ref: policies,
			SQL: []string{
				`UPDATE runs SET status = 'failed' WHERE id = (SELECT min(r.id) FROM runs r JOIN orgs o ON o.id = r.org_id WHERE o.name = 'bystander-1')`,
				`CREATE POLICY failed_runs ON runs FOR SELECT USING (status = 'failed')`},
			Catches: read, Expect: "fail"},
		{ID: "tenancy-auditor-sees-all", Title: "The claim role=auditor opens every organisation's audit log", Ref: "OWASP API5:2023",
			SQL: []string{`CREATE POLICY auditors ON audit_log FOR SELECT
				USING (NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role' = 'auditor')`},
			Catches: http, Expect: "fail"},
		{ID: "tenancy-rename-every-org", Title: "Two columns may be updated, and in every organisation's row", Ref: policies + ", Policies Applied by Command Type",
			SQL:     []string{`CREATE POLICY rename ON orgs FOR UPDATE USING (true) WITH CHECK (true)`},
			Catches: write, Expect: "fail"},
		{ID: "tenancy-purge-old-secrets", Title: "A clean-up policy lets anyone delete anyone's old secrets", Ref: policies + ", Policies Applied by Command Type",
			SQL: []string{
				`UPDATE secrets SET last_rotated_at = now() - interval '200 days' WHERE name = 'refresh'`,
				`CREATE POLICY purge ON secrets FOR DELETE USING (last_rotated_at < now() - interval '90 days')`},
			Catches: write, Expect: "fail"},
		{ID: "tenancy-view-over-view", Title: "A view of a bound owner reads another view whose owner bypasses row security", Ref: "PostgreSQL manual, CREATE VIEW; splinter 0010",
			SQL: []string{
				`GRANT SELECT ON agents TO arx_report`,
				`CREATE VIEW agent_facts AS SELECT org_id, id, name FROM agents`, `ALTER VIEW agent_facts OWNER TO arx_report`,
				`GRANT SELECT ON agent_facts TO arx_owner`,
				`CREATE VIEW agent_catalog WITH (security_barrier = true) AS SELECT * FROM agent_facts`, `ALTER VIEW agent_catalog OWNER TO arx_owner`,
				`GRANT SELECT ON agent_catalog TO arx_app`},
			Catches: paths, Expect: "fail"},
		{ID: "tenancy-matview-without-tenant", Title: "A materialised view shows every organisation's webhooks, without the tenant column", Ref: "splinter 0016",
			SQL: []string{
				`CREATE MATERIALIZED VIEW webhook_targets AS SELECT id, url, events FROM webhooks`,
				`ALTER MATERIALIZED VIEW webhook_targets OWNER TO arx_report`, `GRANT SELECT ON webhook_targets TO arx_app`},
			Catches: paths, Expect: "fail"},
		{ID: "tenancy-helper-immutable", Title: "The policies' helper is IMMUTABLE, so a prepared plan keeps the first tenant", Ref: "PostgreSQL manual, Function Volatility Categories",
			SQL:     []string{`ALTER FUNCTION current_org() IMMUTABLE`},
			Catches: paths, Expect: "fail"},
		{ID: "tenancy-helper-temp-first", Title: "A helper pins its search_path to public, and so finds the caller's temporary table first", Ref: "PostgreSQL manual, CREATE FUNCTION, Writing SECURITY DEFINER Functions Safely",
			SQL: []string{
				`CREATE TABLE org_links (parent_org uuid NOT NULL REFERENCES orgs, child_org uuid NOT NULL REFERENCES orgs, PRIMARY KEY (parent_org, child_org))`,
				`ALTER TABLE org_links OWNER TO arx_owner`, `SELECT protect('org_links', 'parent_org', 'SELECT')`,
				`CREATE FUNCTION is_linked(org uuid) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public
				AS $$ BEGIN RETURN EXISTS (SELECT FROM org_links WHERE parent_org = current_org() AND child_org = org); END $$`,
				`CREATE POLICY linked ON agents FOR SELECT USING (is_linked(org_id))`},
			Catches: paths, Expect: "fail"},
		{ID: "tenancy-self-share", Title: "Whom an agent is shared with is for the reader to write", Ref: policies + "; OWASP API1:2023",
			SQL: []string{
				`CREATE TABLE agent_shares (org_id uuid NOT NULL REFERENCES orgs, agent_id uuid NOT NULL, PRIMARY KEY (org_id, agent_id))`,
				`ALTER TABLE agent_shares OWNER TO arx_owner`, `SELECT protect('agent_shares', 'org_id', 'SELECT, INSERT, DELETE')`,
				`CREATE POLICY shared ON agents FOR SELECT USING (id IN (SELECT s.agent_id FROM agent_shares s WHERE s.org_id = current_org()))`},
			Catches: paths, Expect: "fail"},
		{ID: "tenancy-shard-for-tenant", Title: "A generated shard number stands in for the tenant; a and b are in different ones, others are not", Ref: "CWE-697",
			SQL: []string{
				`ALTER TABLE webhooks ADD COLUMN shard integer NOT NULL GENERATED ALWAYS AS (abs(hashtext(org_id::text) % 4)) STORED`,
				`ALTER POLICY tenant ON webhooks USING (shard = abs(hashtext((SELECT current_org())::text) % 4)) WITH CHECK (org_id = current_org())`},
			Catches: read, Expect: "fail"},
		{ID: "tenancy-view-no-check-option", Title: "A view shows one tenant and writes to all: WITH CHECK OPTION is missing and its owner bypasses row security", Ref: "PostgreSQL manual, CREATE VIEW, Updatable Views",
			SQL: []string{
				`GRANT SELECT, INSERT, UPDATE ON connectors TO arx_report`,
				`CREATE VIEW my_connectors WITH (security_barrier = true) AS SELECT org_id, id, kind, config FROM connectors WHERE org_id = current_org()`,
				`ALTER VIEW my_connectors OWNER TO arx_report`, `GRANT SELECT, INSERT, UPDATE ON my_connectors TO arx_app`},
			Catches: paths, Expect: "fail"},
		{ID: "tenancy-two-hop-bypass", Title: "The application's role becomes one with BYPASSRLS by way of a harmless group", Ref: "PostgreSQL manual, Role Membership",
			SQL: []string{
				`CREATE ROLE arx_ops NOLOGIN NOINHERIT`, `GRANT arx_report TO arx_ops`, `GRANT arx_ops TO arx_app`,
				`GRANT SELECT ON secrets TO arx_report`},
			Catches: list("tenancy.role"), Expect: "fail"},
		{ID: "tenancy-default-tenant", Title: "Without a tenant a session belongs to a third organisation: the role has a default", Ref: "PostgreSQL manual, ALTER ROLE, configuration_parameter",
			SQL: []string{`DO $$ BEGIN
				EXECUTE format('ALTER ROLE arx_app IN DATABASE %I SET "request.jwt.claims" = %L', current_database(),
					(SELECT json_build_object('org_id', id, 'role', 'viewer') FROM orgs WHERE name = 'bystander-1'));
				END $$`},
			Catches: list("tenancy.unset"), Expect: "fail"},
		{ID: "tenancy-claims-contained", Title: "Containment the wrong way round: claims without org_id match every row", Ref: "PostgreSQL manual, jsonb Containment and Existence",
			SQL: []string{`ALTER POLICY tenant ON policies USING (jsonb_build_object('org_id', org_id)
				@> (NULLIF(current_setting('request.jwt.claims', true), '')::jsonb - 'role' - 'sub'))`},
			Catches: list("tenancy.unset"), Expect: "fail"},
		{ID: "tenancy-last-tenant-kept", Title: "A session without claims falls back to the tenant before it on that connection", Ref: "PostgreSQL manual, set_config with is_local false; typeorm#5857",
			SQL: []string{`CREATE OR REPLACE FUNCTION current_org() RETURNS uuid LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
				DECLARE
					claimed text := NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'org_id';
				BEGIN
					IF claimed IS NOT NULL THEN
						PERFORM set_config('app.last_org', claimed, false);
					END IF;
					RETURN coalesce(claimed, NULLIF(current_setting('app.last_org', true), ''))::uuid;
				END $$`},
			Catches: list("tenancy.pool"), Expect: "fail"},
		{ID: "tenancy-reference-beside-tenant", Title: "A two-column reference pairs the target's tenant with a column that the caller chooses", Ref: "PostgreSQL manual, Row Security Policies, on referential integrity",
			SQL: []string{
				`ALTER TABLE approvals ADD COLUMN decided_org uuid`, `UPDATE approvals SET decided_org = org_id`,
				`ALTER TABLE approvals DROP CONSTRAINT approvals_org_id_decided_by_fkey`,
				`ALTER TABLE approvals ADD CONSTRAINT approvals_decided FOREIGN KEY (decided_org, decided_by) REFERENCES users`},
			Catches: list("tenancy.references"), Expect: "fail"},
		{ID: "tenancy-leakproof-cast", Title: "A function said to be LEAKPROOF sees rows before the policy does, and its error shows them", Ref: "PostgreSQL manual, Rules and Privileges; CREATE FUNCTION, LEAKPROOF",
			SQL: []string{
				`CREATE FUNCTION as_number(value text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE LEAKPROOF COST 1 SET search_path = pg_catalog, pg_temp
				AS $$ BEGIN RETURN value::numeric; END $$`,
				`ALTER FUNCTION as_number(text) OWNER TO arx_owner`},
			Catches: paths, Expect: "fail"},
		{ID: "tenancy-http-item-cache", Title: "An object that its owner has just read is shown to whoever asks for its id next", Ref: "CWE-524; OWASP API1:2023",
			Switches: list("tn-item-cache"), Catches: http, Expect: "fail"},
	}
}
