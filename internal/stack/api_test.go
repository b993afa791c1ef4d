package stack_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/arxsec/arxctl/internal/stack"
)

const apiToken = "tok-secret-value"

func client(t *testing.T, budget int, h http.HandlerFunc) *stack.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c := &stack.Config{API: &stack.API{Replicas: []string{srv.URL + "/"}, Auth: stack.Auth{Header: "Authorization", Scheme: "Bearer"},
		Orgs: map[string]stack.Org{"a": {Tokens: map[string]stack.Secret{"viewer": stack.NewSecret("v"), "admin": stack.NewSecret(apiToken)}}}}}
	cl, err := stack.Open(c, stack.Options{}).HTTP(budget)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func TestThePathGoesOnTheWireAsItIsSpelled(t *testing.T) {
	var got atomic.Value
	cl := client(t, 100, func(w http.ResponseWriter, r *http.Request) { got.Store(r.RequestURI) })
	for _, path := range []string{"/v1/x", "//v1/x", "/v1//x", "/v1/%78", "/v1/%7a", "/v1/%2e%2E/x", "/./v1/x", "/v1/x/../y", "/v1%2Fx", "/v1/x;a=1", "/v1/x?", "/v1/x?a=%20b",
		"/V1/X/", "/v1/x%00", "/v1/%zz", "/v1/x%3Fa", `/v1/"x"`, "/v1/ä"} {
		if _, err := cl.Do(t.Context(), stack.Request{Method: "GET", Path: path}); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got.Load() != path && path != "/v1/%zz" { // what the server refuses to parse never reaches the handler
			t.Errorf("%s arrived as %s", path, got.Load())
		}
	}
}

func TestTokensAndBudgetAndRedirects(t *testing.T) {
	cl := client(t, 3, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return
		}
		fmt.Fprint(w, r.Header.Get("Authorization"))
	})
	res, err := cl.Do(t.Context(), stack.Request{Org: "a", Method: "GET", Path: "/"})
	if err != nil || string(res.Body) != "Bearer "+apiToken {
		t.Errorf("the first role's token was not sent: %q %v", res.Body, err)
	}
	if res, err = cl.Do(t.Context(), stack.Request{Method: "GET", Path: "/away"}); err != nil || res.Status != http.StatusFound {
		t.Errorf("a redirect was not reported as it is: %d %v", res.Status, err)
	}
	if _, err = cl.Do(t.Context(), stack.Request{Org: "a", Role: "nobody", Method: "GET", Path: "/"}); err == nil || !strings.Contains(err.Error(), "api.orgs.a.tokens.nobody") {
		t.Errorf("a missing token: %v", err)
	}
	if _, err = cl.Do(t.Context(), stack.Request{Org: "a", Role: "viewer", Method: "GET", Path: "/"}); err != nil {
		t.Error(err)
	}
	if _, err = cl.Do(t.Context(), stack.Request{Method: "GET", Path: "/"}); !errors.Is(err, stack.ErrBudget) {
		t.Errorf("the fourth of three requests: %v", err)
	}
	if via := cl.Via(stack.Request{Org: "a", Method: "GET", Path: "/"}); strings.Contains(via, apiToken) || !strings.Contains(via, "<token of a, admin>") {
		t.Errorf("via: %s", via)
	}
}

func TestADeadReplicaIsAnErrorThatNamesIt(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	c := &stack.Config{API: &stack.API{Replicas: []string{"http://" + addr}}}
	cl, err := stack.Open(c, stack.Options{}).HTTP(5)
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := cl.Do(t.Context(), stack.Request{Method: "GET", Path: "/"}); err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("error does not name the replica: %v", err)
	}
}

func TestTwoClientsNeverGiveOutOneNonce(t *testing.T) {
	st := stack.Open(&stack.Config{API: &stack.API{Replicas: []string{"http://127.0.0.1:1"}}}, stack.Options{})
	seen := map[string]bool{}
	for range 3 {
		cl, err := st.HTTP(1)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			n := cl.Expand("{org}/{nonce}", map[string]string{"org": "a"})
			if seen[n] || !strings.HasPrefix(n, "a/"+st.Nonce) {
				t.Errorf("nonce %s", n)
			}
			seen[n] = true
		}
	}
}
