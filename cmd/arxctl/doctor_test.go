package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/sight"
)

// ledger is a product with rows and an audit log that the application may only append to.
const ledger = `
CREATE ROLE "Web App" NOLOGIN;
CREATE ROLE web_login LOGIN PASSWORD 'web-secret' IN ROLE "Web App";
CREATE ROLE books_owner NOLOGIN;
CREATE SCHEMA "Books" AUTHORIZATION books_owner;
SET ROLE books_owner;
CREATE TABLE "Books".accounts (id bigserial PRIMARY KEY, tenant_id integer NOT NULL, name text NOT NULL);
CREATE TABLE "Books"."Audit Log" (id bigserial PRIMARY KEY, tenant_id integer NOT NULL, actor text NOT NULL, action text NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO "Books".accounts (tenant_id, name) SELECT t, 'n' FROM unnest(ARRAY[1, 2]) t;
INSERT INTO "Books"."Audit Log" (tenant_id, actor, action) SELECT t, 'x', 'y' FROM unnest(ARRAY[1, 2]) t;
ALTER TABLE "Books".accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Books"."Audit Log" ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON "Books".accounts USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer);
CREATE POLICY t ON "Books"."Audit Log" USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer);
CREATE FUNCTION "Books".refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append-only'; END $$;
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON "Books"."Audit Log" FOR EACH ROW EXECUTE FUNCTION "Books".refuse();
CREATE TRIGGER guard_t BEFORE TRUNCATE ON "Books"."Audit Log" FOR EACH STATEMENT EXECUTE FUNCTION "Books".refuse();
GRANT USAGE ON SCHEMA "Books" TO "Web App";
GRANT SELECT, INSERT, UPDATE, DELETE ON "Books".accounts TO "Web App";
GRANT INSERT ON "Books"."Audit Log" TO "Web App";
GRANT USAGE ON ALL SEQUENCES IN SCHEMA "Books" TO "Web App";
RESET ROLE;
REVOKE TEMPORARY ON DATABASE product FROM PUBLIC;
`

// examined runs doctor and returns what it says as data, and how to have it as text.
func examined(t *testing.T, config string, want int) (r sight.Report, text func() string) {
	t.Helper()
	code, out, errs := arxctl(t, "doctor", "-c", config, "--doors", "db", "--output", "json")
	if code != want {
		t.Errorf("doctor: exit %d, want %d\n%s%s", code, want, out, errs)
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return r, func() string {
		_, text, _ := arxctl(t, "doctor", "-c", config, "--doors", "db")
		return text
	}
}

// blindChecks are those that cannot look.
func blindChecks(r sight.Report) string {
	var ids []string
	for _, c := range r.Checks {
		if !c.Looks {
			ids = append(ids, c.ID)
		}
	}
	return strings.Join(ids, " ")
}

func complaints(r sight.Report, door string) string {
	for _, d := range r.Doors {
		if d.Name == door {
			return strings.Join(d.Complaints, "\n")
		}
	}
	return ""
}

// TestDoctorsLinesHeal pastes what doctor prints, and wants what it complained of to be gone.
func TestDoctorsLinesHeal(t *testing.T) {
	c, name := database(t, ledger)
	super := c.SuperDSN(name)
	config := filepath.Join(t.TempDir(), "arxctl.yaml")
	write := func(db string) {
		t.Helper()
		text := "version: 1\nenvironment: disposable\ndb:\n" + db + "  tenants: {a: {id: \"1\"}, b: {id: \"2\"}}\n"
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("SUPER", super)
	t.Setenv("WEB", c.DSN("web_login", "web-secret", name))

	// The only login is a superuser: what it sees is nobody's sight.
	write("  app: ${env:SUPER}\n")
	r, text := examined(t, config, exitBlind)
	if !strings.Contains(complaints(r, "db.app"), `"Web App" may read 1 of 2 tables`) && !strings.Contains(complaints(r, "db.app"), "is a superuser") {
		t.Errorf("doctor does not complain of a superuser:\n%s", text())
	}
	paste(t, super, strings.Join(r.Lines[0].SQL, "\n")+"\n")
	write("  app: ${env:ARXCTL_APP_DSN}\n")
	r, _ = examined(t, config, exitBlind)
	if complaints(r, "db.app") != "" {
		t.Errorf("db.app after its lines: %s\n%s", complaints(r, "db.app"), text())
	}

	// Nobody reads the log, and nobody may copy it: a reader and an admin are missed.
	write("  app: ${env:WEB}\n")
	r, text = examined(t, config, exitBlind)
	if complaints(r, "db.reader") == "" || complaints(r, "db.admin") == "" {
		t.Errorf("neither reader nor admin is missed:\n%s", text())
	}
	was := blindChecks(r)
	if was != "auditlog.complete auditlog.refusal" {
		t.Errorf("blind are %s:\n%s", was, text())
	}
	for _, l := range r.Lines {
		paste(t, super, strings.Join(l.SQL, "\n")+"\n")
	}
	write("  app: ${env:WEB}\n  reader: ${env:ARXCTL_READER_DSN}\n  admin: ${env:ARXCTL_ADMIN_DSN}\n")
	r, _ = examined(t, config, exitOK)
	if blindChecks(r) != "" {
		t.Errorf("still blind: %s\n%s", blindChecks(r), text())
	}
	code, out, _ := arxctl(t, "check", "-c", config, "--doors", "db")
	if code != exitOK {
		t.Errorf("the checks that doctor calls possible: exit %d\n%s", code, out)
	}

	// A reader that lost what it had.
	if err := c.Exec(context.Background(), name, `REVOKE SELECT ON "Books"."Audit Log" FROM arxctl_reader; ALTER ROLE arxctl_reader NOBYPASSRLS`); err != nil {
		t.Fatal(err)
	}
	r, _ = examined(t, config, exitBlind)
	if got := complaints(r, "db.reader"); !strings.Contains(got, `may not read "Books"."Audit Log"`) || !strings.Contains(got, "row security hides rows") {
		t.Errorf("db.reader complains of %q", got)
	}
	paste(t, super, strings.Join(r.Lines[0].SQL, "\n")+"\n")
	if r, text = examined(t, config, exitOK); complaints(r, "db.reader") != "" {
		t.Errorf("after the lines:\n%s", text())
	}

	// A login that may no longer log in: the reader's door tells why.
	if err := c.Exec(context.Background(), name, `ALTER ROLE web_login NOLOGIN`); err != nil {
		t.Fatal(err)
	}
	r, _ = examined(t, config, exitBlind)
	if len(r.Lines) == 0 || r.Lines[0].SQL[0] != `ALTER ROLE "web_login" LOGIN;` {
		t.Fatalf("lines for a role that may not log in: %v", r.Lines)
	}
	paste(t, super, strings.Join(r.Lines[0].SQL, "\n")+"\n")
	if _, text = examined(t, config, exitOK); strings.Contains(text(), "web-secret") {
		t.Error("doctor prints the password")
	}
}
