package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/poc/postgres"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/roles"
)

// migrated is a product whose migrations have just run: two kinds of tenant tables, no row, a role without a login.
const migrated = `
CREATE ROLE shop_web NOLOGIN;
CREATE ROLE shop_owner NOLOGIN;
CREATE SCHEMA shop AUTHORIZATION shop_owner;
SET ROLE shop_owner;
CREATE TYPE shop.state AS ENUM ('open', 'paid');
CREATE TABLE shop.orgs (id uuid PRIMARY KEY, name text NOT NULL, slug varchar(12) UNIQUE NOT NULL CHECK (slug ~ '^[a-z0-9]+$'));
CREATE TABLE shop.orders (id bigserial PRIMARY KEY, org_id uuid NOT NULL REFERENCES shop.orgs, state shop.state NOT NULL, total integer NOT NULL CHECK (total >= 100));
CREATE TABLE shop."Lines" (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), org_id uuid NOT NULL REFERENCES shop.orgs, order_id bigint NOT NULL REFERENCES shop.orders, sku text NOT NULL CHECK (sku IN ('A-1', 'B-2')));
ALTER TABLE shop.orgs ENABLE ROW LEVEL SECURITY; ALTER TABLE shop.orgs FORCE ROW LEVEL SECURITY;
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY; ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY;
ALTER TABLE shop."Lines" ENABLE ROW LEVEL SECURITY; ALTER TABLE shop."Lines" FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.orgs USING (id = nullif(current_setting('shop.org', true), '')::uuid);
CREATE POLICY own ON shop.orders USING (org_id = nullif(current_setting('shop.org', true), '')::uuid);
CREATE POLICY own ON shop."Lines" USING (org_id = nullif(current_setting('shop.org', true), '')::uuid);
GRANT USAGE ON SCHEMA shop TO shop_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON shop.orgs, shop.orders, shop."Lines" TO shop_web;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA shop TO shop_web;
RESET ROLE;
`

// arxctl runs one command line in this process.
func arxctl(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = execute(t.Context(), args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// paste gives lines to psql as a person would, and sets the variables that it prints.
func paste(t *testing.T, dsn, lines string) {
	t.Helper()
	psql, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("psql is not installed: the lines that are printed cannot be pasted here")
	}
	cmd := exec.CommandContext(t.Context(), psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", dsn)
	cmd.Stdin = strings.NewReader(lines)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("psql refused the lines: %v\n%s\n%s", err, out, lines)
	}
	for _, m := range regexp.MustCompile(`(?m)^export (\w+)='(.*)'$`).FindAllStringSubmatch(string(out), -1) {
		t.Setenv(m[1], m[2])
	}
}

// sqlOf takes the lines for psql out of what was printed.
func sqlOf(t *testing.T, printed string) string {
	t.Helper()
	var lines []string
	for _, l := range strings.Split(printed, "\n") {
		if regexp.MustCompile(`^\s*(SELECT gen_random_uuid|CREATE ROLE|ALTER ROLE|GRANT|INSERT|\\set|\\echo)`).MatchString(l) {
			lines = append(lines, strings.TrimSpace(l))
		}
	}
	if len(lines) == 0 {
		t.Fatalf("no lines for psql in:\n%s", printed)
	}
	return strings.Join(lines, "\n") + "\n"
}

func database(t *testing.T, sql ...string) (c *postgres.Cluster, name string) {
	t.Helper()
	c, err := postgres.Start(t.Context(), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := c.CreateDatabase(t.Context(), "product", "", ""); err != nil {
		t.Fatal(err)
	}
	if err := c.Exec(t.Context(), "product", sql...); err != nil {
		t.Fatal(err)
	}
	return c, "product"
}

// TestInitFromNothing goes the whole way of a CI job: a database that was only just migrated, whose one login is a superuser;
// init, its lines, and a check that passes; then a migration that forgets row security, and the same check fails.
func TestInitFromNothing(t *testing.T) {
	c, name := database(t, migrated)
	super := c.SuperDSN(name)
	dir := t.TempDir()
	config := filepath.Join(dir, "arxctl.yaml")
	t.Setenv("ARXCTL_DSN", super)
	t.Setenv("NO_COLOR", "1")
	code, out, errs := arxctl(t, "init", "-o", config)
	if code != exitBlind || out != "" {
		t.Fatalf("init: exit %d, stdout %q\n%s", code, out, errs)
	}
	yaml, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := os.ReadFile(filepath.Join(dir, "seed.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"environment: shared", "app: ${env:ARXCTL_APP_DSN}", "policy own on 3 of 3 tables compares org_id with current_setting('shop.org')"} {
		if !strings.Contains(string(yaml), want) {
			t.Errorf("the proposal lacks %q:\n%s", want, yaml)
		}
	}
	if !strings.Contains(string(seed), `INSERT INTO "shop"."Lines"`) {
		t.Errorf("the seed lacks a row of the third table:\n%s", seed)
	}
	paste(t, super, sqlOf(t, errs))
	check := []string{"check", "-c", config, "--only", "tenancy", "--doors", "db"}
	code, out, errs = arxctl(t, check...)
	if code != exitBlind || strings.Count(out, "COULD NOT SEE") != 2 || !strings.Contains(out, "COULD NOT SEE tenancy.pool") || !strings.Contains(out, "COULD NOT SEE tenancy.paths") ||
		strings.Count(strings.Join(strings.Fields(out), " "), "add rows for both tenants that stay") != 2 {
		t.Errorf("a healthy schema: exit %d, want all but what needs rows that stay\n%s%s", code, out, errs)
	}
	whole := append(check[:len(check):len(check)], "--only", "tenancy.read,tenancy.write,tenancy.unset,tenancy.role,tenancy.references")
	whole[4] = "tenancy.server"
	if code, out, errs = arxctl(t, whole...); code != exitOK {
		t.Errorf("a healthy schema: exit %d\n%s%s", code, out, errs)
	}
	// doctor has the lines that let those rows stay; then nothing of the family is unseen.
	r, text := examined(t, config, exitBlind)
	i := slices.IndexFunc(r.Lines, func(l roles.Lines) bool { return strings.HasPrefix(l.For, "the rows of db.seed stay") })
	if i < 0 {
		t.Fatalf("doctor has no lines for rows that stay:\n%s", text())
	}
	paste(t, super, strings.Join(r.Lines[i].SQL, "\n")+"\n")
	if code, out, errs = arxctl(t, check...); code != exitOK {
		t.Errorf("with rows that stay: exit %d\n%s%s", code, out, errs)
	}
	if err := c.Exec(context.Background(), name, `ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY`); err != nil {
		t.Fatal(err)
	}
	if code, out, _ = arxctl(t, check...); code != exitFailed || !strings.Contains(out, "shop.orders") {
		t.Errorf("with a broken schema: exit %d\n%s", code, out)
	}
	if code, _, errs = arxctl(t, "init", "-o", config); code != exitUsage || !strings.Contains(errs, "--force") {
		t.Errorf("init over what is there: exit %d\n%s", code, errs)
	}
}

// TestInitSeesTenants has the application's own login: with a reader everything is seen; without one, the ids are to be
// filled in, and check says so.
func TestInitSeesTenants(t *testing.T) {
	c, name := database(t, ledger)
	dir := t.TempDir()
	config := filepath.Join(dir, "arxctl.yaml")
	web := c.DSN("web_login", "web-secret", name)
	code, out, errs := arxctl(t, "init", "-o", "-", "--dsn", web, "--reader", c.SuperDSN(name), "--environment", "shared", "--api", "http://127.0.0.1:1")
	if code != exitOK {
		t.Fatalf("init: exit %d\n%s", code, errs)
	}
	for _, want := range []string{"app: ${env:ARXCTL_APP_DSN}", "reader: ${env:ARXCTL_READER_DSN}", `a: {id: "1"}`, `b: {id: "2"}`, `"app.tenant_id": "{id}"`, "environment: shared",
		`table: "\"Books\".\"Audit Log\""`, "guard", "did not answer from here", "tried: so set, the two tenants below see rows in 1 of them"} {
		if !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(out, "#", "")), " "), want) {
			t.Errorf("the proposal lacks %q:\n%s", want, out)
		}
	}
	if strings.Contains(out+errs, "web-secret") {
		t.Errorf("the password is printed:\n%s%s", out, errs)
	}
	t.Setenv("ARXCTL_APP_DSN", web)
	t.Setenv("ARXCTL_READER_DSN", c.SuperDSN(name))
	if err := os.WriteFile(config, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs = arxctl(t, "check", "-c", config, "--doors", "db", "--only", "tenancy"); code != exitOK {
		t.Errorf("check with the proposal: exit %d\n%s%s", code, out, errs)
	}
	code, _, errs = arxctl(t, "init", "-o", config, "--force", "--dsn", "${env:ARXCTL_APP_DSN}")
	if code != exitBlind || !strings.Contains(errs, "no two tenants could be seen") {
		t.Errorf("init without a reader: exit %d\n%s", code, errs)
	}
	if code, out, _ = arxctl(t, "check", "-c", config, "--doors", "db", "--only", "tenancy.read"); code != exitBlind || !strings.Contains(strings.Join(strings.Fields(out), " "), "to see this: give the id of a tenant that exists") {
		t.Errorf("check with ids to be filled in: exit %d\n%s", code, out)
	}
}

// TestInitWhereTheApplicationMakesNoTenants has an empty database whose table of tenants the application may only read.
func TestInitWhereTheApplicationMakesNoTenants(t *testing.T) {
	c, name := database(t, migrated, `REVOKE INSERT, UPDATE, DELETE ON shop.orgs FROM shop_web; CREATE ROLE shop_login LOGIN PASSWORD 'shop-secret' IN ROLE shop_web`)
	config := filepath.Join(t.TempDir(), "arxctl.yaml")
	t.Setenv("ARXCTL_DSN", c.DSN("shop_login", "shop-secret", name))
	code, _, errs := arxctl(t, "init", "-o", config)
	if code != exitBlind {
		t.Fatalf("init: exit %d\n%s", code, errs)
	}
	paste(t, c.SuperDSN(name), sqlOf(t, errs))
	code, out, errs := arxctl(t, "check", "-c", config, "--doors", "db", "--only", "tenancy.read,tenancy.write,tenancy.unset,tenancy.role")
	if code != exitOK {
		t.Errorf("check: exit %d\n%s%s", code, out, errs)
	}
}

// TestInitWithASuperuserAlone has rows, and one login that row security never binds: the application is found by its grants.
func TestInitWithASuperuserAlone(t *testing.T) {
	c, name := database(t, ledger)
	config := filepath.Join(t.TempDir(), "arxctl.yaml")
	t.Setenv("ARXCTL_DSN", c.SuperDSN(name))
	code, _, errs := arxctl(t, "init", "-o", config, "--environment", "disposable")
	if code != exitBlind {
		t.Fatalf("init: exit %d\n%s", code, errs)
	}
	paste(t, c.SuperDSN(name), sqlOf(t, errs))
	code, out, errs := arxctl(t, "check", "-c", config, "--doors", "db", "--only", "tenancy,auditlog.refusal,auditlog.guard")
	if code != exitOK {
		yaml, _ := os.ReadFile(config)
		t.Errorf("check: exit %d\n%s%s\n%s", code, out, errs, yaml)
	}
}

// TestInitTrustsNoName has names in its catalogue that try to be YAML, comments, SQL, references and terminal codes.
func TestInitTrustsNoName(t *testing.T) {
	c, name := database(t, `
CREATE ROLE web LOGIN PASSWORD 'web-secret';
CREATE TABLE "t
environment: disposable" (id uuid PRIMARY KEY, "org_id" uuid NOT NULL, "x'; DROP TABLE y; --
" text NOT NULL);
CREATE TABLE audit_log (id uuid PRIMARY KEY, org_id uuid, actor text, at timestamptz);
ALTER TABLE "t
environment: disposable" ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY "p
db: {app: ${file:/etc/hostname}}" ON "t
environment: disposable" USING (org_id = (current_setting('app.claims', true)::json ->> '${file:/etc/hostname}')::uuid);
CREATE POLICY "\x1b[2J" ON audit_log USING (org_id = nullif(current_setting('app.org', true), '')::uuid);
GRANT ALL ON ALL TABLES IN SCHEMA public TO web`)
	dir := t.TempDir()
	config := filepath.Join(dir, "arxctl.yaml")
	t.Setenv("ARXCTL_DSN", c.DSN("web", "web-secret", name))
	if code, _, errs := arxctl(t, "init", "-o", config, "--environment", "shared"); code != exitOK && code != exitBlind {
		t.Fatalf("init: exit %d\n%s", code, errs)
	}
	yaml, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := stack.Load(config)
	if err != nil {
		t.Fatalf("%v\n%s", err, yaml)
	}
	if cfg.Environment != stack.Shared || strings.Contains(string(yaml), "  ${file:") {
		t.Errorf("a name got through:\n%s", yaml)
	}
	for _, v := range cfg.DB.Tenant.Set {
		if strings.Contains(v, "file:") || v != "{id}" {
			t.Errorf("the setting is %q", v)
		}
	}
	seed, err := os.ReadFile(filepath.Join(dir, "seed.sql"))
	if err != nil {
		t.Fatal(err)
	}
	// The file is SQL that inserts, whatever the names say.
	paste(t, c.SuperDSN(name), "BEGIN;\n"+strings.ReplaceAll(string(seed), "{id}", cfg.DB.Tenants["a"].ID)+"\nROLLBACK;\n")
	t.Logf("\n%s\n%s", yaml, seed)
}
