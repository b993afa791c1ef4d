package tenancy

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// edits tries to change and delete the other organisation's object, and looks
// at it as its owner afterwards: the status of the attempt proves nothing.
func (w *web) edits(ctx context.Context, o stack.Object, me, foe, target string) {
	path := strings.ReplaceAll(o.Item, "{id}", target)
	declared := false
	for _, e := range o.Write {
		if may, reason := w.st.MayWrite(); !may {
			w.rec.Blind(o.Name, e.Method+" on an object of "+foe+", as "+me, "", reason)
			return
		}
		for i := range w.c.Replicas() {
			owner := stack.Request{Replica: i, Org: foe, Role: o.Role, Path: path, Method: http.MethodGet}
			what := fmt.Sprintf("%s on an object of %s, as %s on replica %d", e.Method, foe, me, i+1)
			before, good := w.get(ctx, o.Name, what, owner)
			if !good {
				return
			}
			if !ok(before.Status) {
				return // a failure before has already deleted it, and is reported
			}
			r := stack.Request{Replica: i, Org: me, Role: o.Role, Path: path, Method: e.Method, Body: w.c.Expand(e.Body, map[string]string{"id": target})}
			if !declared {
				w.rec.Residue("%s: audit rows about what %s tried on an object of %s, where the stack writes such, and what it changed, where it was carried out", o.Name, me, foe)
				declared = true
			}
			tried, err := w.send(ctx, r)
			if err != nil {
				w.rec.Blind(o.Name, what, w.c.Via(r), err.Error())
				return
			}
			if tried.Status == http.StatusMethodNotAllowed || tried.Status == http.StatusNotImplemented {
				w.rec.Advice(o.Name, what+": the route does not know the method", w.c.Via(r), evidence.Equals("known"), strconv.Itoa(tried.Status))
			}
			after, good := w.get(ctx, o.Name, what, owner)
			if !good {
				return
			}
			got := "unchanged"
			switch {
			case !ok(after.Status):
				got = fmt.Sprintf("gone: its owner gets %d", after.Status)
			case !same(before.Body, after.Body, e.Body):
				got = "changed"
			case ok(tried.Status) && shows(tried, target):
				got = "unchanged, but shown in the answer"
			}
			w.rec.See(evidence.Observation{Kind: evidence.Claim, Unit: o.Name, What: what + ", as its owner sees it then", Via: w.c.Via(r), Want: evidence.Equals("unchanged"), Got: got, Layer: evidence.LayerApplication})
			if got == "changed" || strings.HasPrefix(got, "gone") {
				w.rec.Residue("%s %s of organisation %s: %s", o.Name, target, foe, got)
			}
		}
	}
}

// same compares two states of an object. Members that change by themselves, as
// a time of last access, are told from the edit by what the edit holds.
func same(before, after []byte, edit string) bool {
	var x, y, e map[string]any
	if json.Unmarshal(before, &x) != nil || json.Unmarshal(after, &y) != nil {
		return string(before) == string(after)
	}
	if json.Unmarshal([]byte(edit), &e) != nil || len(e) == 0 {
		return true // a deletion is seen by the status
	}
	for k, v := range e {
		if fmt.Sprint(deep(x, k)) != fmt.Sprint(deep(y, k)) && fmt.Sprint(deep(y, k)) == fmt.Sprint(v) {
			return false
		}
	}
	return sameShape(x, y)
}

// deep finds a key in an object or in the one object that it wraps.
func deep(m map[string]any, key string) any {
	if v, ok := m[key]; ok {
		return v
	}
	for _, v := range m {
		if inner, ok := v.(map[string]any); ok {
			if got, ok := inner[key]; ok {
				return got
			}
		}
	}
	return nil
}

// sameShape reports whether two objects have the same members.
func sameShape(x, y map[string]any) bool {
	if len(x) != len(y) {
		return false
	}
	for k := range x {
		if _, ok := y[k]; !ok {
			return false
		}
	}
	return true
}

// listed is what a list showed: ids, and the objects themselves.
type listed struct {
	ids     []string
	objects []map[string]any
}

// readList collects every object with an id, wherever in the answer the lists are.
func readList(body []byte, id string) listed {
	var v any
	var l listed
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return l
	}
	var walk func(any, bool)
	walk = func(v any, inList bool) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x, true)
			}
		case map[string]any:
			if got, ok := v[id]; ok && inList {
				l.ids, l.objects = append(l.ids, fmt.Sprint(got)), append(l.objects, v)
				return
			}
			for _, x := range v {
				walk(x, inList)
			}
		}
	}
	walk(v, false)
	return l
}

// ownID is the id of an answer that is one object, wrapped or not.
func ownID(body []byte, id string) string {
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	if dec.Decode(&m) != nil {
		return ""
	}
	if v := deep(m, id); v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

// foreign counts objects that name an organisation which is not this one.
func (l listed) foreign(own string) int {
	if own == "" {
		return 0
	}
	n := 0
	for _, o := range l.objects {
		for k, v := range o {
			if text := fmt.Sprint(v); v != nil && catalog.TenantName(snake(k)) && text != "" && !strings.EqualFold(text, own) && sameForm(text, own) {
				n++
				break
			}
		}
	}
	return n
}

// snake spells orgId as org_id.
func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// sameForm reports whether two texts could be ids of the same kind.
func sameForm(x, y string) bool {
	if uuidText.MatchString(x) || uuidText.MatchString(y) {
		return uuidText.MatchString(x) && uuidText.MatchString(y)
	}
	_, ex := strconv.Atoi(x)
	_, ey := strconv.Atoi(y)
	return (ex == nil) == (ey == nil)
}

// nobodyID is an id of the same form that, as far as can be, nobody has.
func nobodyID(id string) string {
	if _, err := strconv.Atoi(id); err == nil {
		return "987654321987"
	}
	b := []byte(id)
	for i, ch := range b {
		if i >= 8 && uuidText.MatchString(id) {
			break // version and variant stay
		}
		switch {
		case ch >= '0' && ch <= '9':
			b[i] = '0' + (ch-'0'+3)%10
		case ch >= 'a' && ch <= 'f':
			b[i] = 'a' + (ch-'a'+1)%6
		case ch >= 'g' && ch <= 'z':
			b[i] = 'g' + (ch-'g'+1)%20
		}
	}
	return string(b)
}
