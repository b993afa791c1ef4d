package auditlog_test

import (
	"slices"
	"testing"

	"github.com/arxsec/arxctl/internal/checks/auditlog"
)

// Beside a guarded audit table others may have been forgotten, or have lost
// their guard whole; a table that merely looks a little like one was not.
func TestForgottenTables(t *testing.T) {
	const two = `
CREATE SCHEMA audit AUTHORIZATION {owner}; GRANT USAGE ON SCHEMA audit TO {app}; SET ROLE {owner};
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append only'; END $$;
CREATE TABLE audit.logins (id bigserial, t uuid NOT NULL, username text NOT NULL, ok boolean NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE audit.exports (id bigserial, t uuid NOT NULL, username text NOT NULL, n_rows int NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TRIGGER g BEFORE UPDATE OR DELETE ON audit.logins FOR EACH ROW EXECUTE FUNCTION refuse(); CREATE TRIGGER t BEFORE TRUNCATE ON audit.logins FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER g BEFORE UPDATE OR DELETE ON audit.exports FOR EACH ROW EXECUTE FUNCTION refuse(); CREATE TRIGGER t BEFORE TRUNCATE ON audit.exports FOR EACH STATEMENT EXECUTE FUNCTION refuse();
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA audit TO {app}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA audit TO {app};
INSERT INTO audit.logins (t, username, ok) VALUES ('{A}', 'u', true), ('{B}', 'u', true); INSERT INTO audit.exports (t, username, n_rows) VALUES ('{A}', 'u', 1), ('{B}', 'u', 1); `
	const ledgers = two + `RESET ROLE; ALTER SCHEMA audit RENAME TO books; SET ROLE {owner}; `
	grant := func(table string) string { return `; GRANT SELECT, INSERT, UPDATE, DELETE ON ` + table + ` TO {app}` }
	for _, v := range []struct {
		name, sql, found string // found: the table that must be counted; "" for none
	}{
		{"healthy", two, ""},
		{"a third one without a guard", two + `CREATE TABLE audit.payments (id bigserial, t uuid NOT NULL, username text NOT NULL, cents bigint NOT NULL, at timestamptz NOT NULL DEFAULT now())` + grant("audit.payments"), "audit.payments"},
		{"in a schema whose name says nothing", ledgers + `CREATE TABLE books.payments (id bigserial, t uuid NOT NULL, username text NOT NULL, cents bigint NOT NULL, at timestamptz NOT NULL DEFAULT now())` + grant("books.payments"), "books.payments"},
		{"the columns of a guarded one, elsewhere", two + `CREATE TABLE signins (LIKE audit.logins INCLUDING DEFAULTS)` + grant("signins"), "public.signins"},
		{"a weak name whose guard was dropped, its function left", two + `CREATE TABLE activity (id bigserial, actor text, detail jsonb, at timestamptz DEFAULT now()); CREATE FUNCTION activity_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$` + grant("activity"), "public.activity"},
		{"a weak name whose guard was dropped, in like columns", two + `CREATE TABLE events (id bigserial, t uuid NOT NULL, username text NOT NULL, seats int NOT NULL, at timestamptz NOT NULL DEFAULT now())` + grant("events"), "public.events"},
		{"a weak name whose row trigger alone was dropped", two + `CREATE TABLE activity (id bigserial, actor text, detail jsonb, at timestamptz DEFAULT now()); CREATE TRIGGER t BEFORE TRUNCATE ON activity FOR EACH STATEMENT EXECUTE FUNCTION refuse()` + grant("activity"), "public.activity"},
		{"a comment says append-only", two + `CREATE TABLE activity (id bigserial, actor text, detail jsonb, at timestamptz DEFAULT now()); COMMENT ON TABLE activity IS 'Append-only record of what users did'` + grant("activity"), "public.activity"},
		{"stamped by the same function", two + `CREATE FUNCTION chain_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := now(); RETURN NEW; END $$; CREATE TABLE moves (id bigserial, actor text, detail jsonb, at timestamptz);
			CREATE TRIGGER s BEFORE INSERT ON moves FOR EACH ROW EXECUTE FUNCTION chain_stamp(); CREATE TRIGGER s BEFORE INSERT ON audit.logins FOR EACH ROW EXECUTE FUNCTION chain_stamp()` + grant("moves"), "public.moves"},

		{"an archive", two + `CREATE TABLE audit.logins_archive (LIKE audit.logins); GRANT SELECT ON audit.logins_archive TO {app}`, ""},
		{"an archive that the application fills", two + `CREATE TABLE audit.logins_archive (LIKE audit.logins)` + grant("audit.logins_archive"), ""},
		{"lookup tables", two + `CREATE TABLE audit.actions (id serial, code text, description text); CREATE TABLE audit.reasons (id serial, message text, created_at timestamptz)` + grant("audit.actions") + `; GRANT SELECT ON audit.reasons TO {app}`, ""},
		{"a queue", two + `CREATE TABLE audit.deliveries (id bigserial, t uuid, username text, payload jsonb, attempts int, sent_at timestamptz, at timestamptz)` + grant("audit.deliveries"), ""},
		{"settings", two + `CREATE TABLE audit.settings (t uuid, username text, value text, at timestamptz)` + grant("audit.settings"), ""},
		{"a table that is edited", two + `CREATE TABLE audit.cases (id bigserial, t uuid, username text, notes text, at timestamptz, updated_at timestamptz)` + grant("audit.cases"), ""},
		{"a weak name of another thing", two + `CREATE TABLE events (id bigserial, t uuid, title text, starts_at timestamptz, room text, message text)` + grant("events"), ""},
		{"ordinary rows that share the usual columns", ledgers + `CREATE TABLE votes (id bigserial, t uuid NOT NULL, username text NOT NULL, post bigint NOT NULL, at timestamptz NOT NULL DEFAULT now())` + grant("votes"), ""},
		{"a schema of ordinary tables", ledgers + `CREATE TABLE books.accounts (id bigserial, t uuid, username text, cents bigint, at timestamptz); CREATE TABLE books.orders (id bigserial, t uuid, username text, cents bigint, at timestamptz)` + grant("books.accounts, books.orders"), ""},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, v.sql)
			e := run(t, auditlog.Guard, l.stack(t, ""))
			var extra []string
			for _, u := range e.Population.Expected {
				if u[len(u)-7:] != ".logins" && u[len(u)-8:] != ".exports" {
					extra = append(extra, u)
				}
			}
			switch {
			case len(e.Population.Expected)-len(extra) != 2:
				t.Errorf("the two guarded tables were not both counted\n%s", dump(e))
			case v.found == "" && (len(extra) > 0 || e.Outcome == fail || e.Outcome == blind):
				t.Errorf("counted: %v\n%s", extra, dump(e))
			case v.found != "" && (!slices.Equal(extra, []string{v.found}) || e.Outcome != fail):
				t.Errorf("counted: %v, want %s, and fail\n%s", extra, v.found, dump(e))
			}
		})
	}
}
