package poc_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/arxsec/arxctl/internal/poc"
	"github.com/arxsec/arxctl/internal/poc/faults"
)

type response struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

func call(t *testing.T, method, url, token, body string) response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := response{status: res.StatusCode, header: res.Header, text: string(text)}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &out.body); err != nil {
			t.Errorf("%s %s answered %d with something else than JSON: %q", method, url, res.StatusCode, text)
		}
	}
	return out
}

func items(r response, name string) []map[string]any {
	list, _ := r.body[name].([]any)
	var out []map[string]any
	for _, item := range list {
		if o, ok := item.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

func TestRolesMayWhatTheyMay(t *testing.T) {
	s := up(t)
	a, b := org(t, s, "a"), org(t, s, "b")
	url := s.URLs()[0]
	for _, c := range []struct {
		method, path, role, body string
		want                     int
	}{
		{"GET", "/v1/agents", "viewer", "", 200},
		{"HEAD", "/v1/agents", "viewer", "", 200},
		{"GET", "/v1/agents?limit=0", "viewer", "", 400},
		{"POST", "/v1/agents", "viewer", `{"name":"x"}`, 403},
		{"POST", "/v1/agents", "deployer", `{"name":"x"}`, 201},
		{"POST", "/v1/agents", "deployer", `{}`, 400},
		{"POST", "/v1/agents", "deployer", `{"name":"x","org_id":"` + b.ID + `"}`, 400},
		{"POST", "/v1/agents/" + a.Agent + "/actions", "deployer", `{"action":"read","input":{"n":1}}`, 200},
		{"POST", "/v1/agents/" + a.Agent + "/actions", "deployer", `{"action":"drop"}`, 403},
		{"POST", "/v1/agents/" + b.Agent + "/actions", "admin", `{"action":"read"}`, 404},
		{"GET", "/v1/agents/" + b.Agent, "admin", "", 404},
		{"PATCH", "/v1/agents/" + b.Agent, "admin", `{"name":"taken"}`, 404},
		{"DELETE", "/v1/agents/" + b.Agent, "admin", "", 404},
		{"PATCH", "/v1/agents/" + a.Agent, "admin", `{"labels":{"x":1}}`, 200},
		{"GET", "/v1/agents/not-an-id", "admin", "", 404},
		{"GET", "/v1/audit-log?limit=2", "auditor", "", 200},
		{"GET", "/v1/audit-log", "viewer", "", 403},
		{"GET", "/v1/admin/orgs", "admin", "", 200},
		{"GET", "/v1/admin/orgs", "auditor", "", 403},
		{"GET", "/v1/admin/orgs/" + b.ID, "admin", "", 404},
		{"GET", "/v1/deployments", "viewer", "", 200},
		{"POST", "/v1/deployments", "deployer", `{"agent_id":"` + a.Agent + `","region":"us"}`, 201},
		{"POST", "/v1/deployments", "deployer", `{"agent_id":"` + b.Agent + `","region":"us"}`, 404},
		{"PUT", "/v1/agents", "admin", "", 405},
		{"GET", "/v1/nothing", "admin", "", 404},
		{"GET", "//v1/agents", "admin", "", 404},
		{"GET", "/v1/agents", "nobody", "", 401},
		{"GET", "/anything", "nobody", "", 401},
	} {
		got := call(t, c.method, url+c.path, a.Tokens[c.role], c.body)
		if got.status != c.want {
			t.Errorf("%s %s as %s: %d %s, want %d", c.method, c.path, c.role, got.status, got.text, c.want)
		}
		if strings.Contains(got.text, "SQLSTATE") || strings.Contains(got.text, "relation") {
			t.Errorf("%s %s shows the database's words: %s", c.method, c.path, got.text)
		}
	}
	if got := items(call(t, "GET", url+"/v1/admin/orgs", a.Tokens["admin"], ""), "orgs"); len(got) != 1 || got[0]["id"] != a.ID {
		t.Errorf("the organisations that a sees: %v, want itself alone", got)
	}
}

func TestEveryChangeLeavesARow(t *testing.T) {
	s := up(t)
	a := org(t, s, "a")
	for i, url := range s.URLs() {
		act := url + "/v1/agents/" + a.Agent + "/actions"
		nonce := `{"probe":"` + strconv.Itoa(i) + `"}`
		call(t, "POST", act, a.Tokens["admin"], `{"action":"read","input":`+nonce+`}`)
		call(t, "POST", act, a.Tokens["admin"], `{"action":"drop","input":`+nonce+`}`)
		call(t, "POST", url+"/v1/agents", a.Tokens["viewer"], `{"name":"x"}`)
		rows := items(call(t, "GET", url+"/v1/audit-log?limit=3", a.Tokens["auditor"], ""), "entries")
		if len(rows) != 3 {
			t.Fatalf("%d rows, want 3", len(rows))
		}
		for j, want := range []struct{ action, verdict, status string }{
			{"agent.create", "deny", "denied"}, {"agent.drop", "deny", "denied"}, {"agent.read", "allow", "ok"},
		} {
			if rows[j]["action"] != want.action || rows[j]["policy_verdict"] != want.verdict || rows[j]["status"] != want.status {
				t.Errorf("row %d: %v, want %v", j, rows[j], want)
			}
		}
		if rows[1]["inputs_hash"] != rows[2]["inputs_hash"] || rows[1]["outputs_hash"] == rows[2]["outputs_hash"] {
			t.Error("the hashes do not follow inputs and outputs")
		}
	}
}

// drain sends n requests at once, half to each replica, and counts the statuses.
func drain(t *testing.T, s *poc.Stack, token string, n int) map[int]int {
	t.Helper()
	counts := map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			got := call(t, "GET", s.URLs()[i%2]+"/v1/me", token, "")
			mu.Lock()
			counts[got.status]++
			mu.Unlock()
		})
	}
	all.Wait()
	return counts
}

func TestOneBudgetOverBothReplicas(t *testing.T) {
	s := up(t)
	low, other := org(t, s, "low-1"), org(t, s, "low-2")
	counts := drain(t, s, low.Tokens["admin"], 100)
	if counts[200] < 60 || counts[200] > 66 || counts[200]+counts[429] != 100 {
		t.Errorf("100 requests on a budget of 60: %v", counts)
	}
	for _, c := range []struct{ method, path, token string }{
		{"POST", "/v1/agents", low.Tokens["admin"]}, {"HEAD", "/v1/agents", low.Tokens["admin"]},
		{"GET", "//v1//agents/", low.Tokens["admin"]}, {"GET", "/V1/AGENTS", low.Tokens["admin"]},
		{"GET", "/v1/%61gents", low.Second["viewer"]}, {"OPTIONS", "/v1/agents", low.Second["admin"]}, {"GET", "/none", low.Tokens["viewer"]},
	} {
		refused := 0
		var last response
		for i := range 3 { // one may be free again by now
			if last = call(t, c.method, s.URLs()[i%2]+c.path, c.token, ""); last.status == 429 {
				refused++
			}
		}
		if refused < 2 {
			t.Errorf("%s %s after the budget is used up: last answer %d", c.method, c.path, last.status)
		}
	}
	got := call(t, "GET", s.URLs()[0]+"/v1/me", low.Tokens["admin"], "")
	for i := 0; got.status != 429 && i < 3; i++ {
		got = call(t, "GET", s.URLs()[0]+"/v1/me", low.Tokens["admin"], "")
	}
	wait, err := strconv.Atoi(got.header.Get("Retry-After"))
	if err != nil || wait < 1 || wait > 2 || got.header.Get("X-RateLimit-Limit") != "60" {
		t.Errorf("headers of a refusal: %v", got.header)
	}
	if refusal, _ := got.body["error"].(map[string]any); refusal["code"] != "rate_limited" {
		t.Errorf("body of a refusal: %s", got.text)
	}
	if got := call(t, "GET", s.URLs()[0]+"/v1/me", other.Tokens["admin"], ""); got.status != 200 {
		t.Errorf("another organisation: %d, want 200", got.status)
	}
}

func TestRedisDeadRefusesAndHealthSaysSo(t *testing.T) {
	s := up(t)
	a := org(t, s, "a")
	if err := s.Plant(t.Context(), faults.Fault{ID: "test", RedisDead: true}); err != nil {
		t.Fatal(err)
	}
	for _, url := range s.URLs() {
		if got := call(t, "GET", url+"/v1/agents", a.Tokens["admin"], ""); got.status != 503 {
			t.Errorf("/v1/agents without Redis: %d, want 503", got.status)
		}
		if got := call(t, "GET", url+"/health", "", ""); got.status != 503 || got.body["status"] != "degraded" {
			t.Errorf("/health without Redis: %d %s", got.status, got.text)
		}
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, url := range s.URLs() {
		got := call(t, "GET", url+"/health/components", "", "")
		if got.status != 200 || len(items(got, "components")) != 2 {
			t.Errorf("/health/components after Redis is back: %d %s", got.status, got.text)
		}
		if got := call(t, "GET", url+"/v1/agents", a.Tokens["admin"], ""); got.status != 200 {
			t.Errorf("/v1/agents after Redis is back: %d, want 200", got.status)
		}
	}
}
