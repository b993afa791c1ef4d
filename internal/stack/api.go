package stack

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Bounds on one request of a check, so that a slow or chatty stack costs a
// reason and not the run.
const (
	requestTimeout = 10 * time.Second
	bodyLimit      = 8 << 20
	connsPerHost   = 64
)

// ErrBudget is wrapped by the error of a request that a check may no longer send.
var ErrBudget = errors.New("the check's budget of requests is used up")

// Client sends requests through the API door. It follows no redirect, keeps no
// cookie, sends the path exactly as it is spelled, and stops at its budget. It
// is safe for use by several goroutines; Close it.
type Client struct {
	api    *API
	nonce  string
	budget int64
	sent   atomic.Int64
	fresh  atomic.Int64
	kept   []*http.Client // one a replica, so that no connection serves two of them
	single []*http.Client // the same, with a new connection for each request
}

// Request is one request to one replica. Org and Role choose the token: no Org
// sends none, no Role takes the organisation's first in alphabetical order,
// Second takes its second key.
type Request struct {
	Replica int // from 0
	Org     string
	Role    string
	Second  bool
	Method  string
	Path    string // with its query, as it goes on the wire: //v1/x and %2e stay
	Body    string // JSON unless Header says otherwise
	Header  map[string]string
	// Connect asks for a new connection instead of a kept one.
	Connect bool
}

// Response is what came back. Elapsed runs from the moment of sending to the last byte of the body.
type Response struct {
	Status  int
	Header  http.Header
	Body    []byte
	Sent    time.Time
	Elapsed time.Duration
}

// HTTP returns a client of the API door that sends at most budget requests. An
// error says that arxctl.yaml has no api door.
func (s *Stack) HTTP(budget int) (*Client, error) {
	if s.API == nil {
		return nil, errors.New("arxctl.yaml has no api door; to see this: add api.replicas and api.orgs")
	}
	// Two clients of one run must not give out the same values.
	return NewClient(s.API, fmt.Sprintf("%s-%d", s.Nonce, s.clients.Add(1)), budget), nil
}

// NewClient is HTTP for a door that was read apart from a stack.
func NewClient(api *API, nonce string, budget int) *Client {
	c := &Client{api: api, nonce: nonce, budget: int64(budget)}
	for range api.Replicas {
		c.kept = append(c.kept, plainClient(false))
		c.single = append(c.single, plainClient(true))
	}
	return c
}

func plainClient(oneShot bool) *http.Client {
	return &http.Client{
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment, // which never proxies loopback
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:   5 * time.Second,
			ResponseHeaderTimeout: requestTimeout,
			MaxIdleConnsPerHost:   connsPerHost,
			IdleConnTimeout:       30 * time.Second,
			DisableKeepAlives:     oneShot,
			DisableCompression:    true, // what is counted and compared is what was sent
		},
	}
}

// Close drops the kept connections.
func (c *Client) Close() {
	for _, h := range slices.Concat(c.kept, c.single) {
		h.CloseIdleConnections()
	}
}

// Replicas returns how many replicas the door has.
func (c *Client) Replicas() int { return len(c.api.Replicas) }

// Sent returns how many requests were sent so far.
func (c *Client) Sent() int { return int(c.sent.Load()) }

// Expand replaces {name} by its parameter and {nonce} by a value that no other
// call of this run got.
func (c *Client) Expand(text string, params map[string]string) string {
	for _, k := range slices.Sorted(maps.Keys(params)) {
		text = strings.ReplaceAll(text, "{"+k+"}", params[k])
	}
	if strings.Contains(text, "{nonce}") {
		text = strings.ReplaceAll(text, "{nonce}", c.nonce+"-"+strconv.FormatInt(c.fresh.Add(1), 10))
	}
	return text
}

// Do sends one request. An error means that no whole answer came: refused or
// broken connection, time-out, a body beyond the limit, the budget used up
// (ErrBudget), or a token that arxctl.yaml does not have. Any status is an answer.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	if r.Replica < 0 || r.Replica >= len(c.api.Replicas) {
		return Response{}, fmt.Errorf("api.replicas: there is no replica %d of %d", r.Replica+1, len(c.api.Replicas))
	}
	req, err := c.build(ctx, r)
	if err != nil {
		return Response{}, err
	}
	if c.sent.Add(1) > c.budget {
		c.sent.Add(-1)
		return Response{}, fmt.Errorf("%w: %d", ErrBudget, c.budget)
	}
	client := c.kept[r.Replica]
	if r.Connect {
		client = c.single[r.Replica]
	}
	out := Response{Sent: time.Now()}
	res, err := client.Do(req)
	if err != nil {
		return out, fmt.Errorf("%s: %w", c.Via(r), cause(err))
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, bodyLimit+1))
	out.Elapsed = time.Since(out.Sent)
	if err != nil {
		return out, fmt.Errorf("%s: answered %d, then the body broke off: %w", c.Via(r), res.StatusCode, err)
	}
	if len(body) > bodyLimit {
		return out, fmt.Errorf("%s: answered %d with more than %d bytes", c.Via(r), res.StatusCode, bodyLimit)
	}
	out.Status, out.Header, out.Body = res.StatusCode, res.Header, body
	return out, nil
}

// Via renders the request for a person: a curl line that names whose token it
// takes and never the token.
func (c *Client) Via(r Request) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "curl -i --path-as-is -X %s", r.Method)
	if r.Org != "" {
		key := ""
		if r.Second {
			key = "second "
		}
		role := c.role(r)
		fmt.Fprintf(&b, " -H '%s: %s <%stoken of %s, %s>'", c.authHeader(), c.api.Auth.Scheme, key, r.Org, role)
	}
	for _, k := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(&b, " -H %s", shellQuote(k+": "+r.Header[k]))
	}
	if r.Body != "" {
		fmt.Fprintf(&b, " -d %s", shellQuote(r.Body))
	}
	base := ""
	if r.Replica >= 0 && r.Replica < len(c.api.Replicas) {
		base = strings.TrimRight(c.api.Replicas[r.Replica], "/")
	}
	b.WriteString(" " + shellQuote(base+r.Path))
	return b.String()
}

// shellQuote quotes for any POSIX shell, since the line is there to be pasted.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func (c *Client) build(ctx context.Context, r Request) (*http.Request, error) {
	u, err := wireURL(c.api.Replicas[r.Replica], r.Path)
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if r.Body != "" {
		body = strings.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, "http://placeholder/", body)
	if err != nil {
		return nil, err
	}
	req.URL, req.Host = u, u.Host
	req.Header.Set("User-Agent", "arxctl")
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range c.api.Headers {
		req.Header.Set(k, v)
	}
	if r.Org != "" {
		token, err := c.token(r)
		if err != nil {
			return nil, err
		}
		req.Header.Set(c.authHeader(), strings.TrimSpace(c.api.Auth.Scheme+" "+token))
	}
	for k, v := range r.Header {
		req.Header.Set(k, v)
	}
	return req, nil
}

func (c *Client) authHeader() string {
	if c.api.Auth.Header == "" {
		return "Authorization"
	}
	return c.api.Auth.Header
}

func (c *Client) role(r Request) string {
	if r.Role != "" {
		return r.Role
	}
	org := c.api.Orgs[r.Org]
	tokens := org.Tokens
	if r.Second {
		tokens = org.Second
	}
	for _, role := range slices.Sorted(maps.Keys(tokens)) {
		return role
	}
	return "none"
}

func (c *Client) token(r Request) (string, error) {
	org, ok := c.api.Orgs[r.Org]
	if !ok {
		return "", fmt.Errorf("api.orgs.%s: arxctl.yaml has no such probe organisation", r.Org)
	}
	tokens, field := org.Tokens, "tokens"
	if r.Second {
		tokens, field = org.Second, "second"
	}
	role := c.role(r)
	if t, ok := tokens[role]; ok && t.IsSet() {
		return t.Reveal(), nil
	}
	return "", fmt.Errorf("api.orgs.%s.%s.%s: expected a token, found none; to see this: add it to arxctl.yaml", r.Org, field, role)
}

// wireURL joins base and path so that net/http writes the path byte for byte
// into the request line (RFC 9112 §3.2.1): spellings that differ only there are
// what a limiter or a router may disagree on.
func wireURL(base, path string) (*url.URL, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("api.replicas: %q: %w", base, err)
	}
	raw, query, asked := strings.Cut(strings.TrimRight(u.EscapedPath(), "/")+path, "?")
	out := &url.URL{Scheme: u.Scheme, Host: u.Host, RawQuery: query, ForceQuery: asked && query == ""}
	if p, err := url.PathUnescape(raw); err == nil {
		out.Path, out.RawPath = p, raw
	}
	if out.EscapedPath() != raw {
		// Not a spelling that net/url keeps: hand it over unparsed.
		out.Path, out.RawPath, out.Opaque = "", "", raw
	}
	return out, nil
}

// cause strips the method and URL that net/http puts before the reason; Via
// has already said them, without a token in a query.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
