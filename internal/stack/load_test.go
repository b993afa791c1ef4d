package stack_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/stack"
	"gopkg.in/yaml.v3"
)

const dbOnly = `version: 1
db:
  app: ${env:APP_DSN}
  tenant: {set: {app.org_id: "{id}", app.user: "u-{user}"}, role: "t_{user}", sql: ["SELECT login('{user}')"]}
  tenants:
    a: {id: "11", user: ann}
    b: {id: "22", user: bob, set: {app.user: special}, role: other, dsn: "${file:b.dsn}"}
`

func TestParseResolvesSecretsAndTenants(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "b.dsn"), []byte("postgres://b:secret-b@h/d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(k string) (string, bool) { return "postgres://app:secret-app@h/d", k == "APP_DSN" }
	cfg, err := stack.Parse(filepath.Join(dir, "arxctl.yaml"), []byte(dbOnly), env)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Environment != stack.Production || cfg.Kind != "vendor" {
		t.Errorf("absent environment and kind are %s, %s; want production, vendor", cfg.Environment, cfg.Kind)
	}
	a, err := cfg.DB.Actor("a")
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Describe(); got != `SET LOCAL ROLE "t_ann"; SET LOCAL "app"."org_id" = '11'; SET LOCAL "app"."user" = 'u-ann'; SELECT login('ann'); ` {
		t.Errorf("a is %s", got)
	}
	b, err := cfg.DB.Actor("b")
	if err != nil {
		t.Fatal(err)
	}
	if b.Role != "other" || b.DSN.Reveal() != "postgres://b:secret-b@h/d" || a.DSN.Reveal() != "postgres://app:secret-app@h/d" || !slices.Contains(b.Set, stack.Setting{Name: "app.user", Value: "special"}) {
		t.Errorf("b is %s with login %s", b.Describe(), b.DSN.Reveal())
	}
	st := stack.Open(cfg, stack.Options{})
	if got := st.Scrub("dial postgres://app:secret-app@h/d as secret-b"); strings.Contains(got, "secret") {
		t.Errorf("not scrubbed: %s", got)
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	s := stack.NewSecret("hunter22")
	j, _ := json.Marshal(struct{ S stack.Secret }{s})
	y, _ := yaml.Marshal(struct{ S stack.Secret }{s})
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q %x %d", s, s, s, s, s, s, s), fmt.Sprintf("%+v", struct{ S stack.Secret }{s}), string(j), string(y), s.Ref()} {
		if strings.Contains(text, "hunter22") || strings.Contains(text, fmt.Sprintf("%x", "hunter22")) {
			t.Errorf("printed: %s", text)
		}
	}
}

// TestBadConfigurationsAreNamed wants every error to name the file, and the line
// or field, and what would be valid.
func TestBadConfigurationsAreNamed(t *testing.T) {
	tenants := "  tenants: {a: {id: '1'}, b: {id: '2'}}\n"
	for _, tc := range []struct{ name, yaml, want string }{
		{"empty", "", "the file is empty"},
		{"no version", "api: {replicas: ['http://h']}", "version: expected 1, got 0"},
		{"unknown field", "version: 1\napi:\n  replica: [x]\n", "line 3: field replica not found"},
		{"wrong type", "version: 1\napi: {replicas: {a: b}}\n", "line 2"},
		{"not YAML", "version: [1\n", "line 1"},
		{"two documents", "version: 1\napi: {replicas: ['http://h']}\n---\nversion: 1\n", "expected one YAML document"},
		{"no door", "version: 1\n", "no door: expected at least one of db, api, boot, redis"},
		{"kind", "version: 1\nkind: demo\napi: {replicas: ['http://h']}", `kind: expected vendor or reference, got "demo"`},
		{"environment", "version: 1\nenvironment: prod\napi: {replicas: ['http://h']}", `environment: expected production, shared or disposable, got "prod"`},
		{"replica", "version: 1\napi: {replicas: ['localhost:80']}", "api.replicas[0]: expected an http or https base URL"},
		{"no replicas", "version: 1\napi: {}\n", "api.replicas: expected at least one base URL"},
		{"no app", "version: 1\ndb:\n" + tenants, "db.app: expected the DSN"},
		{"one tenant", "version: 1\ndb: {app: x, tenants: {a: {id: '1'}}}", "db.tenants.b: expected two tenants"},
		{"the same tenant twice", "version: 1\ndb: {app: x, tenants: {a: {id: '1'}, b: {id: '1'}}}", "a and b have the same id"},
		{"a tenant without id", "version: 1\ndb: {app: x, tenants: {a: {id: '1'}, b: {}}}", "db.tenants.b.id"},
		{"variable", "version: 1\ndb:\n  app: ${env:NOPE}\n" + tenants, "db.app: ${env:NOPE}: the environment variable NOPE is not set"},
		{"file", "version: 1\ndb:\n  app: ${file:none.dsn}\n" + tenants, "db.app: ${file:none.dsn}: cannot read the file"},
		{"boot", "version: 1\nboot: {command: [x]}\n", "boot: expected key, listen and environment"},
		{"boot command", "version: 1\nboot: {key: K}\n", "boot.command: expected the command"},
	} {
		_, err := stack.Parse("arxctl.yaml", []byte(tc.yaml), func(string) (string, bool) { return "", false })
		if err == nil || !strings.HasPrefix(err.Error(), "arxctl.yaml: ") || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want arxctl.yaml: ... %s", tc.name, err, tc.want)
		}
	}
	if _, err := stack.Load(filepath.Join(t.TempDir(), "none.yaml")); err == nil || !strings.Contains(err.Error(), "arxctl poc up") {
		t.Errorf("missing file: %v, want what to do next", err)
	}
}

func TestAClosedDoorIsNotOpen(t *testing.T) {
	cfg, err := stack.Parse("arxctl.yaml", []byte("version: 1\nboot: {none: 'runs on a managed platform'}\napi: {replicas: ['http://127.0.0.1:1']}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(cfg.Doors()); got != "[api]" || cfg.Closed(stack.DoorBoot) != "runs on a managed platform" || cfg.Closed(stack.DoorDB) != "" {
		t.Errorf("doors %s, boot closed because %q", got, cfg.Closed(stack.DoorBoot))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(dbOnly))
	f.Add([]byte("version: 1\nboot: {none: x}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		cfg, err := stack.Parse("arxctl.yaml", b, func(string) (string, bool) { return "v", true })
		if err == nil {
			stack.Open(cfg, stack.Options{}).Doors()
		}
	})
}
