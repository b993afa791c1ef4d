package ratelimit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/stack"
)

// detours lists the ways round that need nothing but the plain request.
func (d *door) detours(p plan) []detour {
	var list []detour
	add := func(name string, change func(r *stack.Request)) {
		list = append(list, detour{name: name, same: true, request: func(_, replica int) stack.Request {
			r := d.get(p.org, replica)
			change(&r)
			return r
		}})
	}
	for _, v := range spellings(d.st.API.Limit.Path) {
		add("path: "+v.name, func(r *stack.Request) { r.Path = strings.ReplaceAll(v.path, "{n}", d.fresh()) })
	}
	add("method: HEAD", func(r *stack.Request) { r.Method = http.MethodHead })
	add("method: get, in lower case", func(r *stack.Request) { r.Method = "get" })
	// DELETE is tried on objects of ours alone: on a list it might be served.
	for _, m := range []string{http.MethodPost, http.MethodPut, http.MethodPatch} {
		add("method: "+m+" on the same path", func(r *stack.Request) { r.Method, r.Body = m, "{}" })
		list[len(list)-1].same = false
	}
	for _, h := range headers(d.st.API.Limit.Bypass) {
		add("header: "+h.name+": "+h.value, func(r *stack.Request) {
			r.Header = map[string]string{h.name: strings.ReplaceAll(h.value, "{n}", d.fresh())}
		})
	}
	add("method override: POST as GET", func(r *stack.Request) {
		r.Method, r.Body, r.Header = http.MethodPost, "{}", map[string]string{"X-HTTP-Method-Override": "GET"}
	})
	add("a new connection", func(r *stack.Request) { r.Connect = true })
	org := d.st.API.Orgs[p.org]
	own := d.cl.Via(d.get(p.org, 0))
	for _, role := range slices.Sorted(maps.Keys(org.Tokens)) {
		if via := d.cl.Via(stack.Request{Org: p.org, Role: role, Method: http.MethodGet, Path: d.st.API.Limit.Path}); via != own {
			add("token: role "+role, func(r *stack.Request) { r.Role = role })
		}
	}
	for i, role := range slices.Sorted(maps.Keys(org.Second)) {
		name := "a second key of the same organisation"
		if i > 0 {
			name += ", role " + role
		}
		add(name, func(r *stack.Request) { r.Role, r.Second = role, true })
	}
	if w := d.st.API.Limit.Write; w != nil && w.Path != "" {
		list = append(list, detour{name: "the declared write", request: func(_, replica int) stack.Request { return d.writing(p, w, replica) }})
	}
	return list
}

// writing is the declared write with a value of its own.
func (d *door) writing(p plan, w *stack.LimitWrite, replica int) stack.Request {
	fill := strings.NewReplacer("{nonce}", d.cl.Expand("{nonce}", nil)).Replace
	return stack.Request{Replica: replica, Org: p.org, Role: d.role(p.org), Method: w.Method, Path: fill(w.Path), Body: fill(w.Body)}
}

// fresh is a value that no bucket has been keyed by before.
func (d *door) fresh() string { return d.cl.Expand("{nonce}", nil) }

type spelling struct{ name, path string }

// spellings returns other writings of a path: those that a router takes for
// the same and a limiter that compares text does not. RFC 3986 §6.2 lists the
// equivalences; the rest is what servers do beyond it.
func spellings(full string) []spelling {
	path, query, has := strings.Cut(full, "?")
	cut := strings.LastIndexByte(path, '/')
	dir, last := path[:cut+1], path[cut+1:]
	list := []spelling{
		{"a slash at the end", path + "/"}, {"two slashes at the end", path + "//"}, {"two slashes in front", "/" + path},
		{"in upper case", strings.ToUpper(path)}, {"a parameter after a semicolon", path + ";x={n}"},
		{"a dot segment at the end", path + "/."}, {"a dot segment in front", "/." + path}, {"an encoded slash at the end", path + "%2F"},
		{"a blank at the end", path + "%20"}, {"a suffix", path + ".json"}, {"an encoded question mark", path + "%3Fx={n}"},
		{"an empty query", path + "?"},
	}
	if last != "" {
		list = append(list,
			spelling{"its last part capitalised", dir + strings.ToUpper(last[:1]) + last[1:]},
			spelling{"one character percent-encoded", fmt.Sprintf("%s%%%02X%s", dir, last[0], last[1:])},
			spelling{"one character percent-encoded in lower case", fmt.Sprintf("%s%%%02x%s", dir, last[0], last[1:])},
			spelling{"a way up and back", dir + last + "/../" + last},
			spelling{"an encoded way up and back", dir + last + "/%2e%2e/" + last},
			spelling{"a dot segment inside", dir + "./" + last},
		)
	}
	if len(dir) > 1 {
		list = append(list, spelling{"two slashes inside", dir + "/" + last}, spelling{"an encoded slash inside", dir[:len(dir)-1] + "%2F" + last},
			spelling{"a backslash inside", dir[:len(dir)-1] + "%5C" + last}, spelling{"a parameter inside", dir[:len(dir)-1] + ";x={n}/" + last})
	}
	if has {
		for i := range list {
			list[i].path += "?" + query
		}
		return append(list, spelling{"a fresh query parameter", full + "&x={n}"})
	}
	return append(list, spelling{"a fresh query", path + "?x={n}"})
}

type header struct{ name, value string }

// headers returns what limiters have been seen to trust: claims of another or
// an inner origin, switches, probes of orchestrators; and the declared ones.
func headers(declared []string) []header {
	list := []header{
		{"X-Forwarded-For", "198.51.100.7, {n}"}, {"X-Forwarded-For", "127.0.0.1"}, {"X-Real-IP", "127.0.0.1"}, {"X-Client-IP", "127.0.0.1"},
		{"X-Remote-Addr", "127.0.0.1"}, {"X-Originating-IP", "127.0.0.1"}, {"True-Client-IP", "127.0.0.1"}, {"CF-Connecting-IP", "127.0.0.1"},
		{"X-Cluster-Client-IP", "127.0.0.1"}, {"Forwarded", "for=127.0.0.1;host=localhost"}, {"X-Forwarded-Host", "localhost"},
		{"X-Internal", "1"}, {"X-Internal", "true"}, {"X-Internal-Request", "true"}, {"X-RateLimit-Bypass", "1"}, {"X-Bypass-RateLimit", "true"},
		{"X-RateLimit-Skip", "true"}, {"X-No-RateLimit", "1"}, {"X-Debug", "1"}, {"X-Test", "1"}, {"X-Health-Check", "1"}, {"X-Admin", "true"},
		{"X-Original-URL", "/health"}, {"X-Rewrite-URL", "/health"}, {"X-HTTP-Method-Override", "OPTIONS"},
		{"User-Agent", "kube-probe/1.31"}, {"User-Agent", "ELB-HealthChecker/2.0"}, {"User-Agent", "GoogleHC/1.0"}, {"User-Agent", "agent-{n}"},
		{"X-Org-Id", "{n}"}, {"X-Tenant-Id", "{n}"}, {"X-User-Id", "{n}"}, {"X-API-Key", "{n}"}, {"X-Client-Id", "{n}"}, {"X-Request-Id", "{n}"},
		{"X-Session-Id", "{n}"}, {"X-Device-Id", "{n}"}, {"Cookie", "session={n}"}, {"Accept-Language", "x-{n}"}, {"Origin", "http://localhost"}, {"Referer", "http://localhost/health"},
	}
	for _, text := range declared {
		if name, value, ok := strings.Cut(text, ":"); ok {
			list = append(list, header{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return list
}

// objects creates a few objects, while the budget lasts, to try edits and
// deletions on: a deletion can be served once only.
func (d *door) objects(ctx context.Context, rec *checks.Recorder, p plan) []detour {
	w := d.st.API.Limit.Write
	if w == nil {
		return nil
	}
	i := slices.IndexFunc(d.st.API.Objects, func(o stack.Object) bool { return o.List == w.CountedBy && o.Item != "" && len(o.Write) > 0 })
	if i < 0 {
		return nil
	}
	o := d.st.API.Objects[i]
	stays := rec.Residue("up to %d rows in %s, written by %s with nonces of run %s", 2*d.cl.Replicas(), p.org, w.Path, d.st.Nonce)
	var ids []string
	unsure := false
	for range 2 * d.cl.Replicas() {
		s := d.until(ctx, d.writing(p, w, 0), accepted, shot{}, 2*time.Second)
		if id := idOf(s.res.Body, o.ID); s.class() == accepted && id != "" {
			ids = append(ids, id)
		} else {
			unsure = true // carried out perhaps, and not told how it is called
		}
	}
	if !unsure {
		stays.Is("%d rows in %s, written by %s with nonces of run %s", len(ids), p.org, w.Path, d.st.Nonce)
	}
	if len(ids) == 0 {
		return nil
	}
	var list []detour
	for _, e := range o.Write {
		list = append(list, detour{name: "method: " + e.Method + " of an object", request: func(n, replica int) stack.Request {
			path := strings.ReplaceAll(o.Item, "{id}", ids[n%len(ids)])
			return stack.Request{Replica: replica, Org: p.org, Role: d.role(p.org), Method: e.Method, Path: path, Body: e.Body}
		}})
	}
	for _, e := range list {
		rec.Population("ways round the limit", e.name)
	}
	return list
}

// idOf finds the field that holds an object's id, at the top of an answer or
// one level down, as {"data": {"id": ...}}.
func idOf(body []byte, field string) string {
	var top map[string]json.RawMessage
	if json.Unmarshal(body, &top) != nil {
		return ""
	}
	if id := scalar(top[field]); id != "" {
		return id
	}
	for _, k := range slices.Sorted(maps.Keys(top)) {
		var inner map[string]json.RawMessage
		if json.Unmarshal(top[k], &inner) == nil {
			if id := scalar(inner[field]); id != "" {
				return id
			}
		}
	}
	return ""
}

func scalar(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}
