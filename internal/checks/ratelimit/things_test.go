package ratelimit_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/arxsec/arxctl/internal/stack"
)

func (s *service) serve(w http.ResponseWriter, r *http.Request, org string) {
	path := r.URL.Path
	if s.is("lenient-router") || s.is("exact-path") {
		path = strings.TrimRight(strings.ToLower(strings.ReplaceAll(path, "//", "/")), "/")
	}
	id, isItem := strings.CutPrefix(path, "/api/things/")
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case path == "/api/things" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		list := slices.Clone(s.rows[org])
		slices.Reverse(list)
		if s.is("paged") && len(list) > 2 {
			list = list[:2]
		}
		if s.is("opaque-list") {
			for i := range list {
				list[i].Label = ""
			}
		}
		json.NewEncoder(w).Encode(map[string]any{"meta": map[string]any{"n": len(list)}, "data": list})
	case path == "/api/things" && r.Method == http.MethodPost:
		var in row
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.Label == "" {
			http.Error(w, `{"message":"label?"}`, http.StatusUnprocessableEntity)
			return
		}
		s.next++
		in.ID = strconv.Itoa(s.next)
		s.rows[org] = append(s.rows[org], in)
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(map[string]any{"data": in})
	case isItem && r.Method == http.MethodDelete:
		before := len(s.rows[org])
		s.rows[org] = slices.DeleteFunc(s.rows[org], func(x row) bool { return x.ID == id })
		w.WriteHeader(map[bool]int{true: http.StatusNoContent, false: http.StatusNotFound}[len(s.rows[org]) < before])
	case path == "/api/things":
		w.WriteHeader(http.StatusMethodNotAllowed)
	case s.is("spa"):
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html>")
	case s.is("redirects"):
		http.Redirect(w, r, "/api/things", http.StatusMovedPermanently)
	default:
		http.Error(w, `{"detail":"no such thing"}`, http.StatusNotFound)
	}
}

// serveStack starts both replicas and returns the stack that sees them.
func serveStack(t *testing.T, traits string, change ...func(*stack.Config)) *stack.Stack {
	t.Helper()
	s := &service{traits: strings.Split(traits, ","), prefix: t.Name() + ":", rows: map[string][]row{}, local: [2]map[string]*bucket{{}, {}}}
	addr := store.Addr
	if s.is("redis-dead") {
		addr = "127.0.0.1:1"
	}
	s.redis = goredis.NewClient(&goredis.Options{Addr: addr, MaxRetries: -1, PoolSize: 64})
	t.Cleanup(func() { s.redis.Close() })
	c := &stack.Config{Version: 1, Name: "acme", Kind: "reference", Environment: stack.Disposable, API: &stack.API{
		Auth: stack.Auth{Header: "X-Token"}, Orgs: map[string]stack.Org{},
		Objects: []stack.Object{{Name: "things", List: "/api/things", Item: "/api/things/{id}", ID: "id", Write: []stack.Edit{{Method: "DELETE"}}}},
		Limit: &stack.Limit{Path: "/api/things", Window: time.Minute, Bypass: []string{"X-Acme-Batch: 1"},
			Write: &stack.LimitWrite{Method: "POST", Path: "/api/things", Body: `{"label":"p-{nonce}"}`, CountedBy: "/api/things"}},
	}}
	for i := range 2 {
		if s.is("replica-dead") && i == 1 {
			c.API.Replicas = append(c.API.Replicas, nobody(t))
			continue
		}
		srv := httptest.NewServer(s.handler(i))
		t.Cleanup(srv.Close)
		c.API.Replicas = append(c.API.Replicas, srv.URL)
	}
	add := func(name string, rpm, burst int) {
		token := func(key string) stack.Secret {
			return stack.NewSecret(fmt.Sprintf("%s:%d:%s", url.PathEscape(name), rpm, key))
		}
		c.API.Orgs[name] = stack.Org{ID: name, RPM: rpm, Burst: burst, Tokens: map[string]stack.Secret{"owner": token("k1"), "reader": token("k3")}, Second: map[string]stack.Secret{"owner": token("k2")}}
	}
	burst := 0
	if s.is("burst") {
		burst = 90
	}
	for i := range 8 {
		add(fmt.Sprintf("small-%d", i), 60, burst)
	}
	burst *= 10
	add("medium-1", 600, burst)
	add("large-1", 1200, 2*burst)
	for _, f := range change {
		f(c)
	}
	return stack.Open(c, stack.Options{})
}

// nobody is a URL at which connections are refused for as long as the test goes
// on: a port that is taken and that nobody listens on. The port of a server that
// was closed soon belongs to the server of another test.
func nobody(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	syscall.CloseOnExec(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("http://127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
}
