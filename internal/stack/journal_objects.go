package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// key tells one stack from another by where it is, without a secret.
func (c *Config) key() string {
	var parts []string
	if c.API != nil {
		parts = slices.Clone(c.API.Replicas)
		for _, name := range slices.Sorted(maps.Keys(c.API.Orgs)) {
			parts = append(parts, name, c.API.Orgs[name].ID)
		}
	}
	if c.Boot != nil {
		parts = append(parts, c.Boot.Command...)
	}
	b, _ := json.Marshal(parts) // strings: never fails
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// WillWrite journals that objects are about to be made by api.limit.write in a
// probe organisation. It must be called before the first such request; an error
// means that the request must not be sent. Objects that arxctl could not find or
// delete again are not journalled: checks declare them as Residue.
func (s *Stack) WillWrite(org string) error {
	if s.Journal == nil || s.removable() == nil {
		return nil
	}
	return s.Journal.add(s.entry(kindObjects, org))
}

func (s *Stack) entry(kind, org string) entry {
	path, err := filepath.Abs(s.Path())
	if err != nil {
		path = s.Path()
	}
	return entry{Kind: kind, Mark: s.Nonce, Stack: s.Scrub(s.Name), Key: s.key(), Config: path, Reference: s.Kind == "reference", Org: org}
}

// removable returns the kind of object that api.limit.write makes, when its list
// and a DELETE are configured and what is made carries a nonce to find it by.
func (s *Stack) removable() *Object {
	if s.API == nil || s.API.Limit == nil || s.API.Limit.Write == nil {
		return nil
	}
	w := s.API.Limit.Write
	if !strings.Contains(w.Path+w.Body, "{nonce}") {
		return nil
	}
	for i, o := range s.API.Objects {
		deletes := slices.ContainsFunc(o.Write, func(e Edit) bool { return e.Method == http.MethodDelete })
		if o.List == w.CountedBy && strings.Contains(o.Item, "{id}") && deletes {
			return &s.API.Objects[i]
		}
	}
	return nil
}

// removeObjects deletes the objects that carry the entry's mark, as the probe
// organisation that they were made in, and returns how many there were. It lists
// again until none is shown, since a list may come in pages.
func (s *Stack) removeObjects(ctx context.Context, e entry, how *Cleanup) (n int, err error) {
	o := s.removable()
	if o == nil {
		return 0, fmt.Errorf("arxctl.yaml names no DELETE for what api.limit.write makes; to see this: add it to api.objects")
	}
	c, err := s.HTTP(1000)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	role := o.Role
	if _, ok := s.API.Orgs[e.Org].Tokens[role]; !ok {
		role = ""
	}
	deleted := map[string]bool{}
	for {
		list, err := send(ctx, c, Request{Org: e.Org, Role: role, Method: http.MethodGet, Path: o.List}, !how.OnlyHere)
		if err != nil {
			return len(deleted), err
		}
		if list.Status/100 != 2 {
			return len(deleted), fmt.Errorf("%s answered %d; expected the list", o.List, list.Status)
		}
		ids := idsWith(list.Body, o.ID, e.Mark)
		if how.DryRun || len(ids) == 0 {
			return len(deleted) + len(ids), nil
		}
		for _, id := range ids {
			if deleted[id] {
				return len(deleted), fmt.Errorf("the stack says that it deleted %s, and still lists it", id)
			}
			res, err := send(ctx, c, Request{Org: e.Org, Role: role, Method: http.MethodDelete, Path: strings.ReplaceAll(o.Item, "{id}", url.PathEscape(id))}, !how.OnlyHere)
			if err != nil {
				return len(deleted), err
			}
			if res.Status/100 != 2 && res.Status != http.StatusNotFound && res.Status != http.StatusGone {
				return len(deleted), fmt.Errorf("DELETE of %s answered %d", id, res.Status)
			}
			deleted[id] = true
		}
	}
}

// send sends a request, and again while the rate limit refuses it, where there is
// time for that.
func send(ctx context.Context, c *Client, r Request, patient bool) (Response, error) {
	for {
		res, err := c.Do(ctx, r)
		if err != nil || res.Status != http.StatusTooManyRequests {
			return res, err
		}
		if !patient {
			return res, fmt.Errorf("the rate limit refuses requests (429) for now")
		}
		wait := time.Second
		if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && n > 0 {
			wait = time.Duration(min(n, 15)) * time.Second
		}
		select {
		case <-ctx.Done():
			return res, fmt.Errorf("the rate limit refuses requests (429) until the time is over")
		case <-time.After(wait):
		}
	}
}

// idsWith returns the ids of the objects in a list answer, at whatever depth the
// list is, that hold a nonce of the run with this mark.
func idsWith(body []byte, field, mark string) []string {
	var v any
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return nil
	}
	nonce := regexp.MustCompile(`\b` + regexp.QuoteMeta(mark) + `-\d+-\d+\b`)
	var ids []string
	var walk func(v any, listed bool) (taken bool)
	walk = func(v any, listed bool) (taken bool) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				taken = walk(x, true) || taken
			}
		case map[string]any:
			for _, x := range v {
				taken = walk(x, false) || taken
			}
			id, has := v[field]
			if taken || !listed || !has {
				return taken
			}
			switch id.(type) {
			case string, json.Number:
			default:
				return false
			}
			if b, err := json.Marshal(v); err == nil && nonce.Match(b) && fmt.Sprint(id) != "" {
				ids = append(ids, fmt.Sprint(id))
				return true
			}
		}
		return taken
	}
	walk(v, false)
	return ids
}
