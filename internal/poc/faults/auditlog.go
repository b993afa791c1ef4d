package faults

func auditlog() []Fault {
	return []Fault{
		{ID: "auditlog-delete-open", Title: "No trigger for DELETE", Ref: "PostgreSQL manual, CREATE TRIGGER",
			SQL: []string{`DROP TRIGGER audit_log_guard_rows ON audit_log`,
				`CREATE TRIGGER audit_log_guard_rows BEFORE UPDATE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_guard()`},
			Catches: []string{"auditlog.refusal"}, Expect: "fail"},
		{ID: "auditlog-update-open", Title: "No trigger for UPDATE", Ref: "PostgreSQL manual, CREATE TRIGGER",
			SQL: []string{`DROP TRIGGER audit_log_guard_rows ON audit_log`,
				`CREATE TRIGGER audit_log_guard_rows BEFORE DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_guard()`},
			Catches: []string{"auditlog.refusal"}, Expect: "fail"},
		{ID: "auditlog-replica-only", Title: "The trigger fires in replica sessions only", Ref: "PostgreSQL manual, ALTER TABLE, ENABLE REPLICA TRIGGER",
			SQL:     []string{`ALTER TABLE audit_log ENABLE REPLICA TRIGGER audit_log_guard_rows`},
			Catches: []string{"auditlog.refusal", "auditlog.guard"}, Expect: "fail"},
		{ID: "auditlog-swallow", Title: "The trigger drops writes without an error", Ref: "PostgreSQL manual, Overview of Trigger Behavior",
			SQL:     []string{`CREATE OR REPLACE FUNCTION audit_log_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`},
			Catches: []string{"auditlog.refusal"}, Expect: "fail"},
		{ID: "auditlog-app-owner", Title: "The application's role owns the audit log", Ref: "PostgreSQL manual, Privileges",
			SQL:     []string{`ALTER TABLE audit_log OWNER TO arx_app`},
			Catches: []string{"auditlog.role"}, Expect: "fail"},
		{ID: "auditlog-row-edited", Title: "A row was edited behind the triggers", Ref: "a hash chain's content check",
			SQL: []string{`DO $$ BEGIN
				SET LOCAL session_replication_role = replica;
				ALTER TABLE audit_log DISABLE TRIGGER audit_log_guard_rows;
				UPDATE audit_log SET action = 'agent.other' WHERE id = (SELECT min(id) + 3 FROM audit_log);
				ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_guard_rows;
				END $$`},
			Catches: []string{"auditlog.chain"}, Expect: "fail"},
	}
}

func auditlogAPI() []Fault {
	catches := []string{"auditlog.row"}
	const ref = "NIST SP 800-53 AU-12"
	return []Fault{
		{ID: "auditlog-deny-missing", Title: "A denied action leaves no row", Ref: ref, Switches: []string{"au-deny-missing"}, Catches: catches, Expect: "fail"},
		{ID: "auditlog-allow-missing", Title: "An allowed action leaves no row", Ref: ref, Switches: []string{"au-allow-missing"}, Catches: catches, Expect: "fail"},
		{ID: "auditlog-missing-replica-2", Title: "One replica of two writes no rows", Ref: ref, Switches: []string{"au-missing-replica-2"}, Catches: catches, Expect: "fail"},
		{ID: "auditlog-same-hash", Title: "Every row carries the hash of nothing", Ref: "NIST SP 800-53 AU-3", Switches: []string{"au-same-hash"}, Catches: catches, Expect: "fail"},
		{ID: "auditlog-hash-of-action", Title: "The inputs hash does not depend on the inputs", Ref: "NIST SP 800-53 AU-3", Switches: []string{"au-hash-of-action"}, Catches: catches, Expect: "fail"},
		{ID: "auditlog-always-allow", Title: "A denied action is recorded as allowed", Ref: "NIST SP 800-53 AU-3", Switches: []string{"au-always-allow"}, Catches: catches, Expect: "fail"},
		{ID: "auditlog-insert-swallowed", Title: "The log refuses the row and the action goes on", Ref: "NIST SP 800-53 AU-5", Switches: []string{"au-swallow"}, Catches: catches, Expect: "fail"},
	}
}
