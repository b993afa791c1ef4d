package tenancy

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// HTTP asks over the API what the other checks ask of the database.
var HTTP = &checks.Check{
	ID: "tenancy.http", Version: 1, POC: "§1", Timeout: 3 * time.Minute,
	Title: "Over HTTP, a tenant's token neither shows nor changes another tenant's objects",
	Proves: "On every replica, for every kind of object under api.objects, A's list held none of B's objects, A's token did not get B's object by its id, not even just after B had read it, and B's object was the same after A had tried to change and delete it; and the other way round. " +
		"Headers and query parameters that name the other organisation made no difference, and without a token there was no answer.",
	DoesNotProve: "It tries the routes that arxctl.yaml names and no others, with one role of each organisation.",
	Fix:          "Look objects up by organisation and id together, from the token's organisation and never from the request; answer 404 for another tenant's id as for one that does not exist.",
	Doors:        []stack.Door{stack.DoorAPI},
	Effects:      checks.LeavesRows,
	Exclusive:    []string{"a", "b"},
	Residue:      "Audit rows about the refused attempts in organisations a and b, where the stack writes such. If the check fails, objects of a and b that it could change or delete.",
	Reproduce:    `arxctl check --only tenancy.http -c "$ARXCTL_CONFIG"`,
	Run:          runHTTP,
}

// Bounds: requests in all, and how often one that the rate limit refused is sent again.
const (
	httpBudget  = 600
	httpRetries = 12
)

// spoofed are headers by which applications let clients say who they are.
var spoofed = []string{"X-Org-Id", "X-Org", "X-Organization-Id", "X-Organization", "X-Tenant-Id", "X-Tenant", "X-Account-Id", "X-Workspace-Id", "X-Customer-Id", "X-Company-Id", "X-Scope-OrgID", "X-Forwarded-Org"}

type web struct {
	st  *stack.Stack
	c   *stack.Client
	rec *checks.Recorder
}

func runHTTP(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	for _, org := range []string{"a", "b"} {
		if _, ok := st.API.Orgs[org]; !ok {
			return fmt.Errorf("api.orgs.%s: expected probe organisations a and b; to see this: add both with a token each", org)
		}
	}
	c, err := st.HTTP(httpBudget)
	if err != nil {
		return err
	}
	defer c.Close()
	w := &web{st: st, c: c, rec: rec}
	for _, o := range st.API.Objects {
		rec.Population("kinds of object", o.Name)
	}
	for _, o := range st.API.Objects {
		if err := w.object(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// send sends a request, again after a while when the rate limit refused it.
func (w *web) send(ctx context.Context, r stack.Request) (stack.Response, error) {
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	for try := 0; ; try++ {
		res, err := w.c.Do(ctx, r)
		if err != nil || res.Status != http.StatusTooManyRequests || try == httpRetries {
			return res, err
		}
		wait := time.Second
		if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && n > 0 {
			wait = time.Duration(min(n, 15)) * time.Second
		}
		select {
		case <-ctx.Done():
			return res, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// get sends a read and reports the reason when no answer to judge came.
func (w *web) get(ctx context.Context, unit, what string, r stack.Request) (stack.Response, bool) {
	res, err := w.send(ctx, r)
	switch {
	case err != nil:
		w.rec.Blind(unit, what, w.c.Via(r), err.Error())
	case res.Status == http.StatusTooManyRequests:
		w.rec.Blind(unit, what, w.c.Via(r), "the rate limit refused the request (429); to see this: give organisations a and b a higher plan")
	case res.Status >= 500:
		w.rec.Blind(unit, what, w.c.Via(r), fmt.Sprintf("the server failed (%d)", res.Status))
	default:
		return res, true
	}
	return res, false
}

func ok(status int) bool { return status >= 200 && status < 300 }

// object looks at one kind of object on every replica.
func (w *web) object(ctx context.Context, o stack.Object) error {
	seen := map[string][]listed{}
	for _, org := range []string{"a", "b"} {
		for i := range w.c.Replicas() {
			r := stack.Request{Replica: i, Org: org, Role: o.Role, Path: o.List}
			res, good := w.get(ctx, o.Name, "list of "+org, r)
			if !good {
				return ctx.Err()
			}
			l := readList(res.Body, o.ID)
			seen[org] = append(seen[org], l)
			w.rec.Sight(o.Name, "objects in the list of "+org+" (answered "+strconv.Itoa(res.Status)+")", w.c.Via(r), evidence.AtLeast(1), strconv.Itoa(len(l.ids)))
		}
	}
	for _, pair := range [][2]string{{"a", "b"}, {"b", "a"}} {
		me, foe := pair[0], pair[1]
		w.lists(o, me, foe, seen)
		own, target := pickID(seen[me], w.other(seen[foe], me)), pickID(seen[foe], w.other(seen[me], foe))
		if own == "" || target == "" {
			w.rec.Blind(o.Name, "object of "+foe+" got by "+me, o.Item, "no object of one organisation alone is in the lists; to see this: create one in each of a and b")
			continue
		}
		for i := range w.c.Replicas() {
			w.items(ctx, o, me, foe, i, own, target)
			w.pretend(ctx, o, me, foe, i, target)
		}
		w.strangers(ctx, o, me, target)
		w.edits(ctx, o, me, foe, target)
	}
	return ctx.Err()
}

// other returns the lists as the set of ids that must not be picked.
func (w *web) other(lists []listed, _ string) map[string]bool {
	out := map[string]bool{}
	for _, l := range lists {
		for _, id := range l.ids {
			out[id] = true
		}
	}
	return out
}

// pickID returns an id of the lists that is not in the other's; where both see
// everything, none is.
func pickID(lists []listed, not map[string]bool) string {
	for _, l := range lists {
		for i := len(l.ids) - 1; i >= 0; i-- {
			if !not[l.ids[i]] {
				return l.ids[i]
			}
		}
	}
	return ""
}

// lists compares what the two organisations are shown.
func (w *web) lists(o stack.Object, me, foe string, seen map[string][]listed) {
	theirs := w.other(seen[foe], me)
	for i, l := range seen[me] {
		r := stack.Request{Replica: i, Org: me, Role: o.Role, Path: o.List, Method: http.MethodGet}
		n := 0
		for _, id := range l.ids {
			if theirs[id] {
				n++
			}
		}
		w.rec.Claim(o.Name, fmt.Sprintf("objects that are in the lists of both, on replica %d, as %s", i+1, me), w.c.Via(r), evidence.AtMost(0), strconv.Itoa(n))
		w.rec.Claim(o.Name, fmt.Sprintf("objects of other organisations, by what they say of themselves, on replica %d, as %s", i+1, me), w.c.Via(r), evidence.AtMost(0), strconv.Itoa(l.foreign(w.st.API.Orgs[me].ID)))
	}
}

// items gets the own object, lets the owner read the other, and asks for that.
func (w *web) items(ctx context.Context, o stack.Object, me, foe string, replica int, own, target string) {
	path := func(id string) string { return strings.ReplaceAll(o.Item, "{id}", id) }
	mine := stack.Request{Replica: replica, Org: me, Role: o.Role, Path: path(own), Method: http.MethodGet}
	theirs := stack.Request{Replica: replica, Org: foe, Role: o.Role, Path: path(target), Method: http.MethodGet}
	across := stack.Request{Replica: replica, Org: me, Role: o.Role, Path: path(target), Method: http.MethodGet}
	for _, r := range []stack.Request{mine, theirs} {
		res, good := w.get(ctx, o.Name, "own object of "+r.Org, r)
		if !good {
			return
		}
		w.rec.Sight(o.Name, fmt.Sprintf("own object of %s on replica %d", r.Org, replica+1), w.c.Via(r), evidence.Between(200, 299), strconv.Itoa(res.Status))
	}
	what := fmt.Sprintf("object of %s got by %s on replica %d", foe, me, replica+1)
	res, good := w.get(ctx, o.Name, what, across)
	if !good {
		return
	}
	got := "nothing"
	if shows(res, target) {
		got = fmt.Sprintf("answered %d with the object", res.Status)
	}
	w.rec.See(evidence.Observation{Kind: evidence.Claim, Unit: o.Name, What: what, Via: w.c.Via(across), Want: evidence.Equals("nothing"), Got: got, Layer: evidence.LayerApplication})
	if replica > 0 || got != "nothing" {
		return
	}
	absent := across
	absent.Path = path(nobodyID(target))
	if free, good := w.get(ctx, o.Name, "an id that nobody has", absent); good {
		w.rec.Advice(o.Name, "status for an id of "+foe+", against one that nobody has, as "+me, w.c.Via(across), evidence.Equals(strconv.Itoa(free.Status)), strconv.Itoa(res.Status))
	}
}

// shows reports whether an answer carries the object.
func shows(res stack.Response, id string) bool {
	body := strings.TrimSpace(string(res.Body))
	return ok(res.Status) && body != "" && body != "null" && body != "{}" && body != "[]" && (strings.Contains(body, id) || len(body) > 40)
}

// pretend says in headers and in the query to be the other organisation.
func (w *web) pretend(ctx context.Context, o stack.Object, me, foe string, replica int, target string) {
	foeID := w.st.API.Orgs[foe].ID
	if foeID == "" {
		return
	}
	head := map[string]string{}
	for _, h := range spoofed {
		if !strings.EqualFold(h, w.st.API.Auth.Header) {
			head[h] = foeID
		}
	}
	sep := "?"
	if strings.Contains(o.List, "?") {
		sep = "&"
	}
	query := o.List + sep + "org_id=" + foeID + "&tenant_id=" + foeID + "&organization_id=" + foeID + "&org=" + foeID
	for _, t := range []struct {
		what string
		r    stack.Request
	}{
		{"list with headers that name " + foe, stack.Request{Path: o.List, Header: head}},
		{"object with headers that name " + foe, stack.Request{Path: strings.ReplaceAll(o.Item, "{id}", target), Header: head}},
		{"list with a query that names " + foe, stack.Request{Path: query}},
	} {
		t.r.Replica, t.r.Org, t.r.Role, t.r.Method = replica, me, o.Role, http.MethodGet
		what := fmt.Sprintf("%s, as %s on replica %d", t.what, me, replica+1)
		res, good := w.get(ctx, o.Name, what, t.r)
		if !good {
			continue
		}
		got := "nothing"
		if ok(res.Status) && slices.Contains(append(readList(res.Body, o.ID).ids, ownID(res.Body, o.ID)), target) {
			got = fmt.Sprintf("answered %d with the object of %s", res.Status, foe)
		}
		w.rec.See(evidence.Observation{Kind: evidence.Claim, Unit: o.Name, What: what, Via: w.c.Via(t.r), Want: evidence.Equals("nothing"), Got: got, Layer: evidence.LayerApplication})
	}
}

// strangers asks without a token.
func (w *web) strangers(ctx context.Context, o stack.Object, me, target string) {
	if me != "a" {
		return
	}
	for i := range w.c.Replicas() {
		for _, path := range []string{o.List, strings.ReplaceAll(o.Item, "{id}", target)} {
			r := stack.Request{Replica: i, Path: path, Method: http.MethodGet}
			res, good := w.get(ctx, o.Name, "answer without a token", r)
			if !good {
				continue
			}
			got := "nothing"
			if ok(res.Status) {
				got = "answered " + strconv.Itoa(res.Status)
			}
			w.rec.See(evidence.Observation{Kind: evidence.Claim, Unit: o.Name, What: fmt.Sprintf("answer without a token on replica %d", i+1), Via: w.c.Via(r), Want: evidence.Equals("nothing"), Got: got, Layer: evidence.LayerApplication})
		}
	}
}
