package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/jackc/pgx/v5"
)

// call is one request past authentication and limits.
type call struct {
	r    *http.Request
	who  principal
	id   string // the {id} of the path
	body []byte
}

// reply is what a handler answers; the router writes it.
type reply struct {
	status int
	body   any
}

// route is one path and what each method on it needs and does.
type route struct {
	path    string
	methods map[string]action
}

type action struct {
	permission string
	audit      string // name in the audit log; "" for reads
	handle     func(*call) (reply, error)
}

func (s *server) table() []route {
	return []route{
		{"/v1/me", map[string]action{"GET": {"agents:read", "", whoAmI}}},
		{"/v1/agents", map[string]action{
			"GET":  {"agents:read", "", s.listOf(agents)},
			"POST": {"agents:write", "agent.create", s.createAgent},
		}},
		{"/v1/agents/{id}", map[string]action{
			"GET":    {"agents:read", "", s.itemOf(agents)},
			"PATCH":  {"agents:write", "agent.update", s.updateAgent},
			"DELETE": {"agents:write", "agent.delete", s.deleteAgent},
		}},
		{"/v1/agents/{id}/actions", map[string]action{"POST": {"agents:act", "agent.act", s.act}}},
		{"/v1/deployments", map[string]action{
			"GET":  {"deployments:read", "", s.listOf(deployments)},
			"POST": {"deployments:write", "deployment.create", s.createDeployment},
		}},
		{"/v1/deployments/{id}", map[string]action{
			"GET":    {"deployments:read", "", s.itemOf(deployments)},
			"DELETE": {"deployments:write", "deployment.delete", s.deleteDeployment},
		}},
		{"/v1/audit-log", map[string]action{"GET": {"audit:read", "", s.listOf(auditRows)}}},
		{"/v1/audit-log/{id}", map[string]action{"GET": {"audit:read", "", s.itemOf(auditRows)}}},
		{"/v1/admin/orgs", map[string]action{"GET": {"orgs:read", "", s.listOf(orgs)}}},
		{"/v1/admin/orgs/{id}", map[string]action{"GET": {"orgs:read", "", s.itemOf(orgs)}}},
	}
}

// whoAmI says whose key the request came with. It asks nothing of the database, which makes it the cheapest request there
// is under the limiter.
func whoAmI(c *call) (reply, error) {
	return reply{http.StatusOK, object{"org_id": c.who.org, "role": c.who.role, "plan": c.who.plan, "rpm": c.who.rpm}}, nil
}

// ServeHTTP takes every request through the same gates in the same order. Only health is outside them. The limiter comes
// before routing, so neither a method, nor a spelling of a path, nor a path that does not exist goes round it.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Arx-Replica", s.cfg.Instance)
	if r.URL.Path == "/health" || r.URL.Path == "/health/components" {
		s.health(w, r)
		return
	}
	who, ok, err := s.authenticate(r.Context(), r)
	if err != nil {
		fail(w, http.StatusServiceUnavailable, "database_unavailable", "the key cannot be looked up; try again shortly")
		return
	}
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="arx"`)
		fail(w, http.StatusUnauthorized, "unauthenticated", "give an API key as Authorization: Bearer")
		return
	}
	if !s.hooks.late && !s.withinBudget(w, r, who) {
		return
	}
	act, id, status := s.match(r)
	if act == nil {
		fail(w, status, "no_route", http.StatusText(status))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		fail(w, http.StatusBadRequest, "unreadable_body", "the body could not be read, or is over one megabyte")
		return
	}
	c := &call{r: r, who: s.hooks.tenant(r, who), id: id, body: body}
	out, err := s.run(c, act)
	if s.hooks.late && !s.withinBudget(w, r, who) {
		return
	}
	if err != nil {
		fail(w, http.StatusInternalServerError, "internal", "the request could not be carried out")
		return
	}
	send(w, out.status, out.body)
}

// run asks whether the role may, and leaves a row in the audit log when a change is refused to it.
func (s *server) run(c *call, act *action) (reply, error) {
	if allowed(act.permission, c.who.role) {
		return act.handle(c)
	}
	out := reply{http.StatusForbidden, errorBody("forbidden", "the role "+c.who.role+" may not do this")}
	if act.audit == "" {
		return out, nil
	}
	err := s.inTenant(c.r.Context(), c.who, func(tx pgx.Tx) error {
		return s.hooks.record(c.r.Context(), tx, c.who, entry{action: act.audit, verdict: "deny", status: "denied", input: c.body, output: out.body})
	})
	return out, err
}

// match finds the action for a request. A path has one spelling: anything that cleaning would change is unknown.
func (s *server) match(r *http.Request) (*action, string, int) {
	asked := s.hooks.path(r.URL.Path)
	if asked != path.Clean(asked) {
		return nil, "", http.StatusNotFound
	}
	for _, rt := range s.routes {
		id, ok := pathID(rt.path, asked)
		if !ok {
			continue
		}
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		if act, ok := rt.methods[method]; ok {
			return &act, id, 0
		}
		return nil, "", http.StatusMethodNotAllowed
	}
	return nil, "", http.StatusNotFound
}

func pathID(pattern, got string) (string, bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(got, "/")
	if len(want) != len(have) {
		return "", false
	}
	id := ""
	for i := range want {
		if want[i] == "{id}" && have[i] != "" {
			id = have[i]
		} else if want[i] != have[i] {
			return "", false
		}
	}
	return id, true
}

// decode reads a JSON object with known fields only.
func decode(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New("the body is not the JSON object that this path takes")
	}
	return nil
}

func errorBody(code, message string) object {
	return object{"error": object{"code": code, "message": message}}
}

func fail(w http.ResponseWriter, status int, code, message string) {
	send(w, status, errorBody(code, message))
}

func bad(message string) (reply, error) {
	return reply{http.StatusBadRequest, errorBody("invalid", message)}, nil
}

func missing() reply {
	return reply{http.StatusNotFound, errorBody("not_found", "no such object in this organisation")}
}

func send(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if body == nil {
		return
	}
	_ = json.NewEncoder(w).Encode(body) // the status is out: a client that went away cannot be told
}
