package auditlog_test

import (
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/auditlog"
	"github.com/arxsec/arxctl/internal/evidence"
)

// variant is a planted fault, or a legitimate difference, in the lab's schema.
type variant struct {
	name, sql string
	guard     evidence.Outcome
	refusal   evidence.Outcome
}

const (
	pass, warn, fail, blind = evidence.Pass, evidence.Warn, evidence.Fail, evidence.Inconclusive
)

var variants = []variant{
	{"healthy", "", pass, pass},
	{"AUD-01 no DELETE", `DROP TRIGGER audit_log_no_mutate ON audit_log; CREATE TRIGGER audit_log_no_mutate BEFORE UPDATE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_immutable()`, fail, fail},
	{"AUD-02 no UPDATE", `DROP TRIGGER audit_log_no_mutate ON audit_log; CREATE TRIGGER audit_log_no_mutate BEFORE DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_immutable()`, fail, fail},
	{"AUD-04 replica only", `ALTER TABLE audit_log ENABLE REPLICA TRIGGER audit_log_no_mutate`, fail, fail},
	{"AUD-07 swallows", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`, fail, fail},
	{"AUD-08 no-op", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP='DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$`, fail, fail},
	{"AUD-10 TRUNCATE open", `DROP TRIGGER audit_log_no_truncate ON audit_log; DROP TRIGGER audit_log_no_truncate ON audit_log_2026_09; DROP TRIGGER audit_log_no_truncate ON audit_log_2026_10; DROP TRIGGER audit_log_no_truncate ON audit_log_2026_11; GRANT TRUNCATE ON audit_log TO {app}`, fail, ""},
	{"AUD-11 TRUNCATE of one partition", `DROP TRIGGER audit_log_no_truncate ON audit_log_2026_10; GRANT TRUNCATE ON audit_log_2026_10 TO {app}`, fail, fail},
	{"AUD-13 one clone disabled", `ALTER TABLE audit_log_2026_10 DISABLE TRIGGER audit_log_no_mutate`, fail, fail},
	{"AUD-16 WHEN exempts", `DROP TRIGGER audit_log_no_mutate ON audit_log; CREATE TRIGGER audit_log_no_mutate BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW WHEN (OLD.policy_verdict = 'allow') EXECUTE FUNCTION audit_log_immutable()`, fail, ""},
	{"AUD-17 back door", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF current_setting('app.maintenance',true)='on' THEN IF TG_OP='DELETE' THEN RETURN OLD; END IF; RETURN NEW; END IF; RAISE EXCEPTION 'audit_log is immutable: % is not allowed', TG_OP; END $$`, fail, ""},
	{"AUD-19 rules", `DROP TRIGGER audit_log_no_mutate ON audit_log; CREATE RULE no_upd AS ON UPDATE TO audit_log DO INSTEAD NOTHING; CREATE RULE no_del AS ON DELETE TO audit_log DO INSTEAD NOTHING`, fail, fail},
	{"AUD-23 earlier trigger swallows", `CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; CREATE TRIGGER aaa_swallow BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION swallow()`, fail, fail},
	{"AUD-29 TRUNCATE reads OLD", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF current_setting('app.retention',true)='on' THEN IF OLD.created_at > now() - interval '1 year' THEN RAISE EXCEPTION 'too young'; END IF; RETURN OLD; END IF; RAISE EXCEPTION 'audit_log is immutable: % is not allowed', TG_OP; END $$`, fail, ""},
	{"no trigger at all", `DROP TRIGGER audit_log_no_mutate ON audit_log; DROP FUNCTION audit_log_immutable CASCADE`, fail, fail},
	{"UPDATE OF some columns", `DROP TRIGGER audit_log_no_mutate ON audit_log; CREATE TRIGGER u BEFORE UPDATE OF actor, action ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_immutable(); CREATE TRIGGER d BEFORE DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_immutable()`, fail, fail},
	{"raises for one partition's name only", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_TABLE_NAME = 'audit_log_2026_09' THEN RAISE EXCEPTION 'no'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$`, fail, fail},
	{"caught exception", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit_log is immutable'; EXCEPTION WHEN others THEN RETURN coalesce(NEW, OLD); END $$`, fail, fail},
	{"only a warning", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'audit_log is immutable'; RETURN coalesce(NEW, OLD); END $$`, fail, fail},
	{"only a warning, under names that say nothing", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'hm'; RETURN coalesce(NEW, OLD); END $$; ALTER TABLE audit_log RENAME TO protokoll; ALTER FUNCTION audit_log_immutable RENAME TO f; ALTER TRIGGER audit_log_no_mutate ON protokoll RENAME TO t; DROP TABLE audit_log_2026_09; ALTER TABLE audit_log_2026_10 RENAME TO p10; ALTER TABLE audit_log_2026_11 RENAME TO p11`, fail, fail},
	{"assertion", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ASSERT false, 'immutable'; RETURN coalesce(NEW, OLD); END $$`, fail, ""},
	{"lets one role through", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF session_user = 'janitor' THEN RETURN coalesce(NEW, OLD); END IF; RAISE EXCEPTION 'no'; END $$`, fail, ""},

	{"SAFE-32 AFTER trigger", `DROP TRIGGER audit_log_no_mutate ON audit_log; CREATE TRIGGER audit_log_no_mutate AFTER UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_immutable()`, pass, pass},
	{"SAFE-34 real changes only", `DROP TRIGGER audit_log_no_mutate ON audit_log; CREATE TRIGGER u BEFORE UPDATE ON audit_log FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION audit_log_immutable(); CREATE TRIGGER d BEFORE DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_immutable()`, pass, pass},
	{"SAFE-34 in the function", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF; RAISE EXCEPTION 'no'; END $$`, pass, pass},
	{"AUD-37 enabled, but not always", `ALTER TABLE audit_log ENABLE TRIGGER audit_log_no_mutate`, warn, pass},
	{"SAFE-37 other message and code, RETURN after RAISE", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING MESSAGE = 'nope', ERRCODE = '55000'; RETURN NULL; END $$`, pass, pass},
	{"SAFE-38 old partition dropped", `DROP TABLE audit_log_2026_09`, pass, pass},
	{"SAFE-41 stamping trigger beside", `CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.status := coalesce(NEW.status, 'ok'); RETURN NEW; END $$; CREATE TRIGGER aa_stamp BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION stamp()`, pass, pass},
	{"REVOKE plus triggers", `REVOKE UPDATE, DELETE ON audit_log FROM {app}`, pass, pass},
	{"INSERT only", `REVOKE SELECT, UPDATE, DELETE ON audit_log FROM {app}`, pass, pass},
	{"no UPDATE or DELETE policy, plus triggers", `DROP POLICY tenant ON audit_log; CREATE POLICY r ON audit_log FOR SELECT USING (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid); CREATE POLICY i ON audit_log FOR INSERT WITH CHECK (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid)`, pass, pass},
	{"deferred constraint trigger", `DROP TRIGGER audit_log_no_mutate ON audit_log; CREATE CONSTRAINT TRIGGER audit_log_no_mutate AFTER UPDATE OR DELETE ON audit_log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_log_immutable()`, pass, pass},
	{"one function for all, by operation", `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN CASE TG_OP WHEN 'UPDATE', 'DELETE' THEN RAISE EXCEPTION 'no %', TG_OP; WHEN 'TRUNCATE' THEN RAISE EXCEPTION 'none'; ELSE RETURN NEW; END CASE; END $$`, pass, pass},
	{"a helper raises", `CREATE FUNCTION deny(op text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', op; END $$; CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM deny(TG_OP); RETURN NULL; END $$`, pass, pass},
	{"TRUNCATE closed by privilege alone", `DROP TRIGGER audit_log_no_truncate ON audit_log; DROP TRIGGER audit_log_no_truncate ON audit_log_2026_09; DROP TRIGGER audit_log_no_truncate ON audit_log_2026_10; DROP TRIGGER audit_log_no_truncate ON audit_log_2026_11`, warn, pass},
	{"SAFE-40 other names", `ALTER TABLE audit_log RENAME TO "Security Events"; ALTER TABLE "Security Events" RENAME COLUMN actor TO "Who"; ALTER FUNCTION audit_log_immutable() RENAME TO x`, pass, pass},
}

func TestGuardAndRefusal(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, ledgerSQL, guardSQL, v.sql)
			st := l.stack(t, "")
			// A guard that a variant made anew is not ENABLE ALWAYS, which AUD-37 advises.
			advised := func(e evidence.Evidence) bool {
				return v.guard == pass && e.Outcome == warn && strings.Contains(e.Reason, "ENABLE ALWAYS")
			}
			if e := run(t, auditlog.Guard, st); e.Outcome != v.guard && !advised(e) {
				t.Errorf("guard: want %s\n%s", v.guard, dump(e))
			}
			if e := run(t, auditlog.Refusal, st); v.refusal != "" && e.Outcome != v.refusal {
				t.Errorf("refusal: want %s\n%s", v.refusal, dump(e))
			}
		})
	}
}
