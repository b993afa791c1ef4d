package auditlog_test

import (
	"testing"

	"github.com/arxsec/arxctl/internal/checks/auditlog"
)

// TestUnlistedBackDoors: ways through a guard that are on nobody's list. In
// each the trigger, its name and its function's name stay as they were.
func TestUnlistedBackDoors(t *testing.T) {
	for name, body := range map[string]string{
		"one actor's rows":            `IF TG_OP = 'DELETE' THEN IF OLD.actor = 'test' THEN RETURN OLD; END IF; END IF;`,
		"some columns":                `IF TG_OP = 'UPDATE' THEN IF NEW.action = OLD.action THEN RETURN NEW; END IF; END IF;`,
		"nested triggers":             `IF pg_trigger_depth() > 1 THEN RETURN coalesce(NEW, OLD); END IF;`,
		"by chance":                   `IF random() < 0.01 THEN RETURN coalesce(NEW, OLD); END IF;`,
		"at night":                    `IF extract(hour FROM now()) = 3 THEN RETURN coalesce(NEW, OLD); END IF;`,
		"one client":                  `IF current_setting('application_name') LIKE 'migrate%' THEN RETURN coalesce(NEW, OLD); END IF;`,
		"a local address":             `IF inet_client_addr() IS NULL THEN RETURN coalesce(NEW, OLD); END IF;`,
		"a flag in a table":           `IF EXISTS (SELECT FROM flags WHERE name = 'unlock') THEN RETURN coalesce(NEW, OLD); END IF;`,
		"in a CASE":                   `CASE WHEN TG_OP = 'DELETE' AND OLD.status = 'void' THEN RETURN OLD; ELSE NULL; END CASE;`,
		"behind a comment":            `/* RAISE EXCEPTION 'no'; */ -- RAISE EXCEPTION 'no';` + "\n" + ` IF current_user = 'batch' THEN RETURN coalesce(NEW, OLD); END IF;`,
		"a nested block that excuses": `BEGIN RAISE EXCEPTION 'no'; EXCEPTION WHEN raise_exception THEN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; END;`,
		"a loop":                      `FOR i IN 1..2 LOOP IF i = 2 AND OLD.duration_ms = 0 THEN RETURN coalesce(NEW, OLD); END IF; END LOOP;`,
		"an old row dropped silently": `IF TG_OP = 'DELETE' AND OLD.created_at < now() - interval '7 days' THEN RETURN NULL; END IF;`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, `CREATE TABLE flags (name text)`, ledgerSQL, guardSQL, `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $fn$ BEGIN `+body+` RAISE EXCEPTION 'audit_log is immutable: % is not allowed', TG_OP; END $fn$`)
			if e := run(t, auditlog.Guard, l.stack(t, "")); e.Outcome != fail {
				t.Error(dump(e))
			}
		})
	}
}

// TestUnlistedShapes: legitimate guards in forms that nobody listed.
func TestUnlistedShapes(t *testing.T) {
	for name, body := range map[string]string{
		"notes the attempt first": `DECLARE who text := session_user; BEGIN IF who <> 'x' THEN RAISE WARNING 'attempt by %', who; END IF; RAISE EXCEPTION 'no'; END`,
		"catches something else":  `BEGIN BEGIN PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN NULL; END; RAISE EXCEPTION 'no'; END`,
		"each operation apart":    `BEGIN IF (TG_OP = 'UPDATE') THEN RAISE EXCEPTION 'no update'; ELSIF (TG_OP = 'DELETE') THEN RAISE EXCEPTION 'no delete'; ELSIF (TG_OP = 'TRUNCATE') THEN RAISE EXCEPTION 'no truncate'; END IF; RETURN NULL; END`,
		"shared with INSERT":      `<<outer>> BEGIN IF TG_OP = 'INSERT' THEN RETURN NEW; END IF; RAISE EXCEPTION SQLSTATE '55000' USING MESSAGE = format('%s on %I is not allowed', TG_OP, TG_TABLE_NAME), HINT = 'never'; END outer`,
		"a list of operations":    `BEGIN IF TG_OP IN ('UPDATE', 'DELETE', 'TRUNCATE') THEN RAISE insufficient_privilege USING MESSAGE = 'no'; END IF; RETURN NEW; END`,
		"after an assignment":     `DECLARE msg text; BEGIN msg := CASE TG_OP WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END; RAISE EXCEPTION 'may not be %', msg; END`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, ledgerSQL, guardSQL, `CREATE OR REPLACE FUNCTION audit_log_immutable() RETURNS trigger LANGUAGE plpgsql AS $fn$ `+body+` $fn$`)
			st := l.stack(t, "")
			for _, c := range auditlog.All()[:2] {
				if e := run(t, c, st); e.Outcome != pass {
					t.Error(dump(e))
				}
			}
		})
	}
}
