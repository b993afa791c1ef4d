package auditlog_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/auditlog"
	"github.com/arxsec/arxctl/internal/evidence"
)

// TestChainSinceWhatRun: a run that cannot be compared with must never look
// like one with which everything agreed.
func TestChainSinceWhatRun(t *testing.T) {
	const second = `CREATE TABLE ledger (LIKE journal INCLUDING ALL); GRANT SELECT, INSERT ON ledger TO {app}; GRANT SELECT ON ledger TO {reader};
		CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION journal_frozen(); CREATE TRIGGER frozen_t BEFORE TRUNCATE ON ledger FOR EACH STATEMENT EXECUTE FUNCTION journal_frozen();
		INSERT INTO ledger OVERRIDING SYSTEM VALUE SELECT * FROM journal; COMMENT ON COLUMN ledger.hash IS '` + journalComment + `'; COMMENT ON COLUMN journal.hash IS '` + journalComment + `'`
	for _, v := range []struct {
		name, before, sql string
		yaml              string
		change            func(*evidence.Run)
		want              evidence.Outcome
		says              string
	}{
		{"the same database", "", "", journalChain, nil, pass, ""},
		{"says nothing of its database", "", "", journalChain, func(r *evidence.Run) { r.Stack.Identity = nil }, pass, ""},
		{"no record of the chain", "", "", journalChain, func(r *evidence.Run) { r.Records = nil }, blind, "the run given with --since holds no chain heads"},
		{"no heads", "", "", journalChain, func(r *evidence.Run) {
			maps.DeleteFunc(r.Records[0].Facts, func(k, _ string) bool { return strings.HasPrefix(k, "head:") })
		}, blind, "the run given with --since holds no chain heads"},
		{"heads without rows", "", "", journalChain, func(r *evidence.Run) {
			for k := range r.Records[0].Facts {
				r.Records[0].Facts[k] = "::0"
			}
		}, blind, "the run given with --since holds no chain heads"},
		{"another server", "", "", journalChain, func(r *evidence.Run) { r.Stack.Identity["db.system_identifier"] = "1" }, blind, "the earlier run looked at another database"},
		{"another database", "", "", journalChain, func(r *evidence.Run) { r.Stack.Identity["db.database"] = "elsewhere" }, blind, "the earlier run looked at another database"},
		{"the table is gone", "", `DROP TABLE journal`, "", nil, fail, "no table with such a chain is left"},
		{"the chain's columns are gone", "", `DROP TRIGGER stamp ON journal; ALTER TABLE journal DROP COLUMN hash, DROP COLUMN previous_hash`, "", nil, fail, "no table with such a chain is left"},
		{"the formula cannot be told any more", "", `DROP TRIGGER stamp ON journal`, "", nil, blind, "db.audit.chain"},
		{"a second chained table came", "", second, "", nil, pass, ""},
		{"a second chained table came, and the first lost its tail", "", second + ";" + edit(`DELETE FROM journal WHERE seq > 16`), "", nil, fail, "public.journal chain"},
		{"one of two lost its tail", second, edit(`DELETE FROM journal WHERE seq > 16`), "", nil, fail, "public.journal chain"},
		{"one of two is gone", second, `DROP TABLE ledger`, "", nil, fail, "public.ledger:1"},
		{"two, unchanged", second, "", "", nil, pass, ""},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, journalSQL, v.before)
			st := l.stack(t, journalYAML+withReader+v.yaml)
			before := &evidence.Run{Stack: st.Identity(context.Background()), Records: []evidence.Evidence{run(t, auditlog.Chain, st)}}
			if e := before.Records[0]; e.Outcome != pass {
				t.Fatal(dump(e))
			}
			if v.change != nil {
				v.change(before)
			}
			l.exec(t, v.sql)
			st.Since = before
			e := run(t, auditlog.Chain, st)
			if e.Outcome != v.want || !strings.Contains(e.Reason, v.says) {
				t.Errorf("want %s, saying %q\n%s", v.want, v.says, dump(e))
			}
			if v.want == pass && !compared(e) {
				t.Errorf("no sight says that heads were compared\n%s", dump(e))
			}
		})
	}
}

const journalComment = `arxctl:chain sha256 per tenant order by seq prev previous_hash fields seq,tenant,who,what,note,at,previous_hash sep ''~'' null ''skip'' time ''epoch_text''`

// compared reports whether each chain that the earlier run knew has a sight of its head.
func compared(e evidence.Evidence) bool {
	units := map[string]bool{}
	for _, o := range e.Observations {
		if o.Kind == evidence.Sight && o.Met() && o.What == "heads of the earlier run to compare with" {
			units[o.Unit] = true
		}
	}
	return units["public.journal chain of tenant 1"] && units["public.journal chain of tenant 2"]
}
