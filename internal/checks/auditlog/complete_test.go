package auditlog_test

import (
	"testing"

	"github.com/arxsec/arxctl/internal/checks/auditlog"
	"github.com/arxsec/arxctl/internal/evidence"
)

func TestComplete(t *testing.T) {
	// Rows for September and October exist; one more, with what the fault leaves out.
	bad := func(cols, vals string) string {
		return `INSERT INTO audit_log (org_id, actor, action, policy_verdict, created_at, ` + cols + `) VALUES ('{A}', 'user', 'deploy.create', 'allow', '2026-10-04', ` + vals + `)`
	}
	hash := `repeat('ab', 32)`
	for _, v := range []struct {
		name, sql, extra string
		want             evidence.Outcome
	}{
		{"healthy", "", "", pass},
		{"healthy, by the reader", "", withReader, pass},
		{"AUD-28 empty hash", bad("inputs_hash, outputs_hash, duration_ms", `'', `+hash+`, 1`), withReader, fail},
		{"AUD-28 seen by a tenant alone", bad("inputs_hash, outputs_hash, duration_ms", `'', `+hash+`, 1`), "", fail},
		{"AUD-28 no duration", bad("inputs_hash, outputs_hash, duration_ms", hash+`, `+hash+`, NULL`), withReader, fail},
		{"no hash", bad("inputs_hash, outputs_hash, duration_ms", `NULL, `+hash+`, 1`), withReader, fail},
		{"negative duration", bad("inputs_hash, outputs_hash, duration_ms", hash+`, `+hash+`, -1`), withReader, fail},
		{"half a hash", bad("inputs_hash, outputs_hash, duration_ms", hash+`, left(`+hash+`, 32), 1`), withReader, fail},
		{"no hash but a word", bad("inputs_hash, outputs_hash, duration_ms", hash+`, repeat('zz', 32), 1`), withReader, fail},
		{"empty actor", `INSERT INTO audit_log (org_id, actor, action, policy_verdict, inputs_hash, outputs_hash, duration_ms, created_at) VALUES ('{A}', ' ', 'x', 'allow', repeat('ab', 32), repeat('ab', 32), 1, '2026-10-04')`, withReader, fail},
		{"required column is NULL", `ALTER TABLE audit_log ADD COLUMN request_id text`, withReader + `
  audit: {required: [actor, request_id]}`, fail},
		{"required column does not exist", ``, withReader + `
  audit: {required: [actor, nothing]}`, blind},

		{"denied actions have no output", `TRUNCATE audit_log_2026_09; UPDATE audit_log SET outputs_hash = NULL WHERE policy_verdict = 'deny'`, withReader, pass},
		{"a column that nobody fills", `ALTER TABLE audit_log ADD COLUMN note text, ADD COLUMN error_hash text`, withReader, pass},
		{"a digest column that holds none", `ALTER TABLE audit_log ADD COLUMN hash_version text NOT NULL DEFAULT 'v1', ADD COLUMN hash_kind text NOT NULL DEFAULT 'sha2'`, withReader, pass},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, ledgerSQL, v.sql, guardSQL)
			if e := run(t, auditlog.Complete, l.stack(t, scalar+v.extra)); e.Outcome != v.want {
				t.Errorf("want %s\n%s", v.want, dump(e))
			}
		})
	}
}
