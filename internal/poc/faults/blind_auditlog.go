package faults

// blindAuditlog holds faults written by someone who had not read the checks.
func blindAuditlog() []Fault {
	list := func(ids ...string) []string { return ids }
	const guard = `CREATE OR REPLACE FUNCTION audit_log_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ `
	const refuse = ` RAISE EXCEPTION 'audit_log is immutable: % is not allowed', TG_OP; END $$`
	const pass = ` IF TG_OP = 'UPDATE' THEN RETURN NEW; END IF; RETURN OLD; `
	return []Fault{
		{ID: "auditlog-correction-period", Title: "Rows of the last 31 days may be corrected", Ref: "NIST SP 800-53 AU-9",
			SQL: []string{guard + `BEGIN IF TG_OP <> 'TRUNCATE' THEN IF OLD.created_at > clock_timestamp() - interval '31 days' THEN` +
				pass + `END IF; END IF;` + refuse},
			Catches: list("auditlog.refusal", "auditlog.guard"), Expect: "fail"},
		{ID: "auditlog-maintenance-table", Title: "A row in a table that the application can write opens the log", Ref: "CWE-912; utopia#47",
			SQL: []string{
				`CREATE TABLE maintenance_windows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, opened_at timestamptz NOT NULL DEFAULT now(), reason text)`,
				`ALTER TABLE maintenance_windows OWNER TO arx_owner`, `GRANT SELECT, INSERT ON maintenance_windows TO arx_app`,
				guard + `BEGIN IF EXISTS (SELECT FROM public.maintenance_windows WHERE opened_at > now() - interval '10 minutes') THEN` +
					pass + `END IF;` + refuse},
			Catches: list("auditlog.guard"), Expect: "fail"},
		{ID: "auditlog-guards-own-tenant", Title: "Only the session's own organisation's rows are guarded: a session without claims edits all", Ref: "NIST SP 800-53 AU-9(4)",
			SQL: []string{guard + `BEGIN IF TG_OP <> 'TRUNCATE' THEN IF OLD.org_id IS DISTINCT FROM public.current_org() THEN` +
				pass + `END IF; END IF;` + refuse},
			Catches: list("auditlog.guard", "auditlog.refusal"), Expect: "fail"},
		{ID: "auditlog-statement-guard", Title: "A statement trigger guards the parent, and partitions can be written directly", Ref: "PostgreSQL manual, Overview of Trigger Behavior",
			SQL: []string{
				`DROP TRIGGER audit_log_guard_rows ON audit_log`,
				`CREATE TRIGGER audit_log_guard_rows BEFORE UPDATE OR DELETE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_log_guard()`,
				`ALTER TABLE ONLY audit_log ENABLE ALWAYS TRIGGER audit_log_guard_rows`},
			Catches: list("auditlog.refusal", "auditlog.guard"), Expect: "fail"},
		{ID: "auditlog-app-owns-guard", Title: "The application's role owns the trigger's function, and DROP ... CASCADE takes the triggers with it", Ref: "PostgreSQL manual, DROP FUNCTION; Dependency Tracking",
			SQL:     []string{`ALTER FUNCTION audit_log_guard() OWNER TO arx_app`},
			Catches: list("auditlog.role"), Expect: "fail"},
		{ID: "auditlog-app-owns-database", Title: "The application's role owns the database, so the schema, and may drop what is in it", Ref: "PostgreSQL manual, Predefined Roles, pg_database_owner; DROP TABLE",
			SQL:     []string{`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO arx_app', current_database()); END $$`},
			Catches: list("auditlog.role"), Expect: "fail"},
		{ID: "auditlog-first-row-gone", Title: "An organisation's first row was deleted behind the triggers", Ref: "a hash chain's beginning",
			SQL: []string{`DO $$ BEGIN
				ALTER TABLE audit_log DISABLE TRIGGER audit_log_guard_rows;
				DELETE FROM audit_log WHERE id = (SELECT min(l.id) FROM audit_log l JOIN orgs o ON o.id = l.org_id WHERE o.name = 'b');
				ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_guard_rows;
				END $$`},
			Catches: list("auditlog.chain"), Expect: "fail"},
		{ID: "auditlog-id-overriding", Title: "A writer may choose a row's id with OVERRIDING SYSTEM VALUE, and with the highest one ends the chain's order", Ref: "PostgreSQL manual, INSERT, OVERRIDING SYSTEM VALUE",
			SQL:     []string{`GRANT INSERT (id) ON audit_log TO arx_app`},
			Catches: list("auditlog.forgery"), Expect: "warn"},
		{ID: "auditlog-last-second-of-month", Title: "The month's partition ends a second early, and an action in that second has nowhere to be written", Ref: "PostgreSQL manual, Table Partitioning, bounds are exclusive at the end",
			SQL: []string{`DO $$
				DECLARE
					first timestamptz := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
					past  timestamptz := (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
					part  text := 'audit_log_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM');
				BEGIN
					EXECUTE format('ALTER TABLE audit_log DETACH PARTITION %I', part);
					EXECUTE format('ALTER TABLE audit_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, first, past - interval '1 second');
				END $$`},
			Catches: list("auditlog.coverage"), Expect: "fail"},
		{ID: "auditlog-changed-after-hash", Title: "A trigger that fires after the stamp changes the actor, so stored rows are not what was hashed", Ref: "PostgreSQL manual, CREATE TRIGGER, triggers fire in order of name",
			SQL: []string{
				`CREATE FUNCTION mask_actor() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
				AS $$ BEGIN NEW.actor := regexp_replace(NEW.actor, ':.*', ':masked'); RETURN NEW; END $$`,
				`CREATE TRIGGER zz_mask_actor BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION mask_actor()`,
				`INSERT INTO audit_log (org_id, actor, action, policy_verdict, inputs_hash, outputs_hash, duration_ms, status)
				SELECT org_id, actor, action, policy_verdict, inputs_hash, outputs_hash, duration_ms, status FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)`},
			Catches: list("auditlog.chain"), Expect: "fail"},
		{ID: "auditlog-role-denials-missing", Title: "A refusal for want of the right role leaves no row; a policy's refusal does", Ref: "OWASP A09:2021",
			Switches: list("au-role-deny-missing"), Catches: list("auditlog.row"), Expect: "fail"},
		{ID: "auditlog-sampled", Title: "Every second allowed action leaves a row", Ref: "NIST SP 800-53 AU-12",
			Switches: list("au-sampled"), Catches: list("auditlog.row"), Expect: "fail"},
	}
}
