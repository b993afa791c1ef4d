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
		{"unknown field", "version: 1\napi:\n  replica: [x]\n", "line 3: field replica is not known here"},
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
		{"an empty variable", "version: 1\ndb:\n  app: ${env:EMPTY}\n" + tenants, "db.app: ${env:EMPTY}: the environment variable EMPTY is empty"},
		{"another kind of reference", "version: 1\ndb:\n  app: ${vault:x}\n" + tenants, "db.app: ${vault:x}: expected ${env:NAME} or ${file:PATH}"},
		{"a DSN where the door should be", "version: 1\ndb: postgres://u:hunter22@h/d\n", "line 2: expected a mapping, found text"},
		{"a password in a replica's URL", "version: 1\napi: {replicas: ['http://u:hunter22@h']}", "api.replicas[0]: a base URL carries no user"},
		{"a negative time", "version: 1\nboot: {command: [x], key: K, listen: L, environment: E, timeout: -5s}", "boot.timeout: expected a time span"},
		{"an odd encoding", "version: 1\nboot: {command: [x], key: K, listen: L, environment: E, encoding: rot13}", "boot.encoding: expected base64"},
		{"boot", "version: 1\nboot: {command: [x]}\n", "boot: expected key, listen and environment"},
		{"boot command", "version: 1\nboot: {key: K}\n", "boot.command: expected the command"},
	} {
		_, err := stack.Parse("arxctl.yaml", []byte(tc.yaml), func(k string) (string, bool) { return "", k == "EMPTY" })
		if strings.Contains(fmt.Sprint(err), "hunter22") || strings.Contains(fmt.Sprint(err), "stack.") {
			t.Errorf("%s: the error shows a value or a Go type: %v", tc.name, err)
		}
		if err == nil || !strings.HasPrefix(err.Error(), "arxctl.yaml: ") || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want arxctl.yaml: ... %s", tc.name, err, tc.want)
		}
	}
	if _, err := stack.Load(filepath.Join(t.TempDir(), "none.yaml")); err == nil || !strings.Contains(err.Error(), "arxctl poc up") {
		t.Errorf("missing file: %v, want what to do next", err)
	}
}

// TestEveryFormOfASecretIsScrubbed wants a password to disappear however the
// configuration, or a process that was given it, spells it.
func TestEveryFormOfASecretIsScrubbed(t *testing.T) {
	env := map[string]string{"PW": "hunter2secret", "ODD": "se/cr:et@pw", "SESS": "session-77", "KEY": "header-key-1",
		"KW": "host=h dbname=d user=u password=kwsecret123", "URL": "postgres://u:se%2Fcret%40pw9@h/d"}
	cfg, err := stack.Parse("arxctl.yaml", []byte(`version: 1
db:
  app: ${env:KW}
  reader: ${env:URL}
  tenant: {set: {app.session: "{session}"}}
  tenants: {a: {id: "1", session: "${env:SESS}"}, b: {id: "2", session: other}}
api: {replicas: ["http://127.0.0.1:1"], headers: {X-Api-Key: "${env:KEY}"}}
boot: {command: [x], key: K, listen: L, environment: E, env: {DATABASE_URL: "postgres://app:${env:PW}@h/d", CACHE: "redis://:clear-pw-1@h", ODD: "${env:ODD}"}}
`), func(k string) (string, bool) { v, ok := env[k]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	a, err := cfg.DB.Actor("a")
	if err != nil || !strings.Contains(a.Describe(), "session-77") {
		t.Fatalf("a is %s (%v)", a.Describe(), err)
	}
	st := stack.Open(cfg, stack.Options{})
	for _, secret := range []string{"hunter2secret", "kwsecret123", "se/cret@pw9", "se%2Fcret%40pw9", "clear-pw-1", "se/cr:et@pw", "se%2Fcr%3Aet%40pw", "session-77", "header-key-1"} {
		if got := st.Scrub("before " + secret + " after"); got != "before [redacted] after" {
			t.Errorf("%s: %s", secret, got)
		}
	}
	if got := st.Scrub("tenant 1 of stack"); got != "tenant 1 of stack" {
		t.Errorf("scrubbed too much: %s", got)
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
