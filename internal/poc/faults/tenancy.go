package faults

func tenancy() []Fault {
	return []Fault{
		{ID: "tenancy-rls-absent", Title: "A tenant table has no policy and no row security", Ref: "PostgreSQL manual, Row Security Policies",
			SQL:     []string{`DROP POLICY tenant ON deployments`, `ALTER TABLE deployments DISABLE ROW LEVEL SECURITY`, `ALTER TABLE deployments NO FORCE ROW LEVEL SECURITY`},
			Catches: []string{"tenancy.read"}, Expect: "fail"},
		{ID: "tenancy-rls-off", Title: "The policy exists and row security is switched off", Ref: "splinter 0007",
			SQL:     []string{`ALTER TABLE deployments DISABLE ROW LEVEL SECURITY`},
			Catches: []string{"tenancy.read"}, Expect: "fail"},
		{ID: "tenancy-app-superuser", Title: "The application's role is a superuser", Ref: "PostgreSQL manual, Row Security Policies",
			SQL:     []string{`ALTER ROLE arx_app SUPERUSER`},
			Catches: []string{"tenancy.role"}, Expect: "fail"},
		{ID: "tenancy-app-bypassrls", Title: "The application's role has BYPASSRLS", Ref: "PostgreSQL manual, Row Security Policies",
			SQL:     []string{`ALTER ROLE arx_app BYPASSRLS`},
			Catches: []string{"tenancy.role"}, Expect: "fail"},
		{ID: "tenancy-app-owner-member", Title: "The application's role is a member of the owner", Ref: "PostgreSQL manual, Role Membership",
			SQL:     []string{`GRANT arx_owner TO arx_app`},
			Catches: []string{"tenancy.role"}, Expect: "fail"},
		{ID: "tenancy-using-true", Title: "A policy lets every row through", Ref: "splinter 0024",
			SQL:     []string{`ALTER POLICY tenant ON agents USING (true)`},
			Catches: []string{"tenancy.read"}, Expect: "fail"},
		{ID: "tenancy-blind-write", Title: "Reading is guarded, UPDATE and DELETE are not", Ref: "PostgreSQL manual, CREATE POLICY, Policies Applied by Command Type",
			SQL: []string{`DROP POLICY tenant ON connectors`,
				`CREATE POLICY tenant_r ON connectors FOR SELECT USING (org_id = current_org())`,
				`CREATE POLICY tenant_i ON connectors FOR INSERT WITH CHECK (org_id = current_org())`,
				`CREATE POLICY tenant_u ON connectors FOR UPDATE USING (true) WITH CHECK (org_id = current_org())`,
				`CREATE POLICY tenant_d ON connectors FOR DELETE USING (true)`},
			Catches: []string{"tenancy.write"}, Expect: "fail"},
		{ID: "tenancy-empty-open", Title: "An empty setting, as a pooled connection has it, shows every row", Ref: "PostgreSQL manual, SET; current_setting",
			SQL: []string{`CREATE OR REPLACE FUNCTION current_org() RETURNS uuid LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
				AS $$ SELECT (NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'org_id')::uuid $$`,
				`ALTER POLICY tenant ON runs USING (current_setting('request.jwt.claims', true) = '' OR org_id = current_org())`},
			Catches: []string{"tenancy.unset", "tenancy.pool"}, Expect: "fail"},
	}
}

func tenancyAPI() []Fault {
	catches := []string{"tenancy.http"}
	return []Fault{
		{ID: "tenancy-http-item-replica-2", Title: "One replica of two shows any object by its id", Ref: "OWASP API1:2023",
			Switches: []string{"tn-item-replica-2"}, Catches: catches, Expect: "fail"},
		{ID: "tenancy-http-item-some-kinds", Title: "Some kinds of object are shown by id to everyone", Ref: "OWASP API1:2023",
			Switches: []string{"tn-item-query"}, Catches: catches, Expect: "fail"},
		{ID: "tenancy-http-write-all", Title: "Any object can be changed and deleted by its id", Ref: "OWASP API1:2023",
			Switches: []string{"tn-write-all"}, Catches: catches, Expect: "fail"},
		{ID: "tenancy-http-list-all", Title: "Lists hold every organisation's objects", Ref: "OWASP API1:2023",
			Switches: []string{"tn-list-all"}, Catches: catches, Expect: "fail"},
		{ID: "tenancy-http-audit-list-all", Title: "The audit list holds every organisation's entries", Ref: "OWASP API1:2023",
			Switches: []string{"tn-audit-list-all"}, Catches: catches, Expect: "fail"},
		{ID: "tenancy-http-org-header", Title: "A header of the client chooses the organisation", Ref: "OWASP API1:2023",
			Switches: []string{"tn-org-header"}, Catches: catches, Expect: "fail"},
	}
}
