package poc

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/arxsec/arxctl/internal/poc/api"
)

// WriteConfig writes arxctl.yaml and the secrets that it refers to into dir, readable by the owner alone, and returns
// the file's path.
func (s *Stack) WriteConfig(dir string) (string, error) {
	for name, value := range s.secrets() {
		path := filepath.Join(dir, "secrets", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return "", err
		}
		if err := os.WriteFile(path, []byte(value), 0o600); err != nil {
			return "", err
		}
	}
	path := filepath.Join(dir, "arxctl.yaml")
	return path, os.WriteFile(path, []byte(s.ConfigYAML()), 0o600)
}

// secrets are the values that arxctl.yaml refers to, by file name below secrets/.
func (s *Stack) secrets() map[string]string {
	all := map[string]string{
		"app.dsn": s.DSN("arx_app"), "reader.dsn": s.DSN("arx_reader"), "admin.dsn": s.DSN("arx_admin"),
		"redis.url": s.Redis.URL(), "sentinel": api.Sentinel,
	}
	for _, o := range s.known.Orgs {
		for _, role := range o.tokenRoles() {
			all[o.Name+"."+role+".token"] = o.Tokens[role]
			all[o.Name+"."+role+".second.token"] = o.Second[role]
		}
	}
	return all
}

// tokenRoles are the roles whose tokens are handed out: all for the two organisations that are looked into, admin for
// the pools, none for bystanders.
func (o Org) tokenRoles() []string {
	switch {
	case o.Name == "a" || o.Name == "b":
		return roleNames()
	case strings.HasPrefix(o.Name, "bystander"):
		return nil
	}
	return []string{"admin"}
}

// ConfigYAML returns the text of arxctl.yaml for this stack; secrets are references to files beside it.
func (s *Stack) ConfigYAML() string {
	var b strings.Builder
	a, _ := s.Org("a") // always provisioned, and so is b
	o, _ := s.Org("b")
	urls := s.URLs()
	var argv []string
	for _, arg := range s.opts.Self {
		argv = append(argv, quoted(arg))
	}
	fmt.Fprintf(&b, configHead, quoted(s.opts.Build), quoted(a.ID), quoted(o.ID), urls[0], urls[1])
	for _, org := range s.known.Orgs {
		writeOrg(&b, org)
	}
	fmt.Fprintf(&b, configTail, a.Agent, o.Agent, strings.Join(argv, ", "), quoted(s.faultsFile()))
	return b.String()
}

func writeOrg(b *strings.Builder, o Org) {
	roles := o.tokenRoles()
	if len(roles) == 0 {
		return
	}
	refs := func(suffix string) string {
		var list []string
		for _, role := range roles {
			list = append(list, fmt.Sprintf("%s: \"${file:secrets/%s.%s%s}\"", role, o.Name, role, suffix))
		}
		return "{" + strings.Join(list, ", ") + "}"
	}
	fmt.Fprintf(b, "    %s:\n      id: %s\n      rpm: %d\n      tokens: %s\n      second: %s\n",
		o.Name, quoted(o.ID), o.RPM, refs(".token"), refs(".second.token"))
}

// quoted is a YAML double-quoted scalar; for text without control characters Go's and YAML's escapes are the same.
func quoted(text string) string { return fmt.Sprintf("%q", text) }

const configHead = `# Written by arxctl poc up. Secrets are in the files beside this one.
version: 1
name: Arx reference stack
kind: reference
environment: disposable
build: %s
db:
  app: ${file:secrets/app.dsn}
  reader: ${file:secrets/reader.dsn}
  admin: ${file:secrets/admin.dsn}
  tenant:
    set: {request.jwt.claims: '{"org_id":"{id}","role":"admin"}'}
  tenants:
    a: {id: %s}
    b: {id: %s}
  audit:
    chain:
      hash: row_hash
      prev: prev_hash
      per: org_id
      order: id
      fields: [id, org_id, actor, action, policy_verdict, inputs_hash, outputs_hash, duration_ms, status, created_at]
      separator: "|"
redis: {url: "${file:secrets/redis.url}"}
api:
  replicas: [%s, %s]
  auth: {header: Authorization, scheme: Bearer}
  orgs:
`

const configTail = `  objects:
    - name: agents
      list: /v1/agents
      item: "/v1/agents/{id}"
      id: id
      role: admin
      write: [{method: PATCH, body: '{"name":"taken over"}'}, {method: DELETE}]
    - {name: deployments, list: /v1/deployments, item: "/v1/deployments/{id}", id: id, role: viewer}
    - {name: audit-log, list: /v1/audit-log, item: "/v1/audit-log/{id}", id: id, role: auditor}
    - {name: orgs, list: /v1/admin/orgs, item: "/v1/admin/orgs/{id}", id: id, role: admin}
  action:
    method: POST
    path: /v1/agents/{agent}/actions
    body: '{"action":"read","input":{"probe":"{nonce}"}}'
    params:
      a: {agent: %s}
      b: {agent: %s}
    deny_body: '{"action":"drop","input":{"probe":"{nonce}"}}'
    deny_status: 403
  limit:
    path: /v1/me
    write:
      method: POST
      path: /v1/agents
      body: '{"name":"probe-{nonce}"}'
      invalid_body: '{}'
      counted_by: /v1/agents
    window: 60s
    redis_down: closed
boot:
  command: [%s]
  env:
    ARXSEC_SERVE: "1"
    ARXSEC_LISTEN: "{listen}"
    ARXSEC_INSTANCE: boot
    ARXSEC_DATABASE_URL: postgres://nobody@127.0.0.1:9/none?sslmode=disable&connect_timeout=1
    ARXSEC_REDIS_URL: redis://127.0.0.1:9/0
    ARXSEC_FAULTS_FILE: %s
    GOGC: "400"
  listen: ARXSEC_LISTEN
  ready: /health
  key: ARXSEC_ENCRYPTION_KEY
  sentinel: ${file:secrets/sentinel}
  environment: ARXSEC_ENV
  environments:
    production: [production, Production, " PRODUCTION ", prod]
    staging: [staging, Staging, stage]
  optin: [ARXSEC_ALLOW_DEV_KEY, ALLOW_DEV_KEY]
`
