package tenancy

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// way is one state that a session can be in without being a tenant properly.
type way struct {
	name  string
	actor stack.Actor
	// only are the relations whose policies look at what the way changes; nil
	// means all. as is the side whose own rows are allowed, nil for nobody's.
	only []*catalog.Relation
	as   *side
}

// emptyWays are sessions whose tenant is empty, malformed or a pattern.
func (s *scene) emptyWays() []way {
	var out []way
	add := func(name string, val func(stack.Setting) string) {
		a := s.nobody()
		for _, k := range s.a.actor.Set {
			a.Set = append(a.Set, stack.Setting{Name: k.Name, Value: val(k)})
		}
		out = append(out, way{name: name, actor: a})
	}
	if len(s.a.actor.Set) == 0 {
		return nil
	}
	add("the empty string", func(stack.Setting) string { return "" })
	object := func(k stack.Setting) bool { return strings.HasPrefix(strings.TrimSpace(k.Value), "{") }
	// What begins like an object and is none is an array, as PostgreSQL writes it.
	array := func(k stack.Setting) bool { return object(k) && !json.Valid([]byte(k.Value)) }
	for _, v := range []string{"{not json", "null", "{}", "[]", `""`} {
		if slices.ContainsFunc(s.a.actor.Set, object) {
			add("malformed: "+v, func(k stack.Setting) string {
				if object(k) {
					return v
				}
				return "null"
			})
		}
	}
	for _, v := range []any{nil, "", "%", "_", "*", ".*", "undefined", "0"} {
		text, _ := v.(string)
		if v == nil {
			text = "null"
		}
		add("the value "+text, func(k stack.Setting) string {
			switch {
			case array(k):
				return "{" + text + "}"
			case object(k):
				return filled(k.Value, v)
			}
			return text
		})
	}
	return out
}

// filled replaces every scalar in a JSON object.
func filled(object string, v any) string {
	var m map[string]any
	if json.Unmarshal([]byte(object), &m) != nil {
		return object
	}
	var walk func(map[string]any)
	walk = func(m map[string]any) {
		for k, x := range m {
			if inner, ok := x.(map[string]any); ok {
				walk(inner)
			} else {
				m[k] = v
			}
		}
	}
	walk(m)
	b, err := json.Marshal(m)
	if err != nil {
		return object
	}
	return string(b)
}

// spoofWays are sessions of one tenant with something else set beside it, that
// the policies look at and that must open nothing.
func (s *scene) spoofWays(x *side) []way {
	y := s.other(x)
	foe := y.actor.ID
	theirs := append(carried(y.actor), y.cat.Login)
	for _, v := range s.st.DB.Tenants[strings.ToLower(y.name)].Vars {
		theirs = append(theirs, v)
	}
	var out []way
	for _, set := range s.how.settings {
		i := slices.IndexFunc(x.actor.Set, func(k stack.Setting) bool { return k.Name == set.Name })
		add := func(v string) {
			out = append(out, way{name: set.Name + " = " + v, as: x, only: set.Tables, actor: x.actor.With(stack.Setting{Name: set.Name, Value: v})})
		}
		switch {
		case i < 0 && set.JSON:
			for _, v := range claimWays("{}", set, foe) {
				add(v)
			}
		case i < 0:
			for _, v := range append(bait(set.Source, foe), theirs...) {
				add(v)
			}
		case strings.HasPrefix(strings.TrimSpace(x.actor.Set[i].Value), "{"):
			for _, v := range claimWays(x.actor.Set[i].Value, set, foe) {
				add(v)
			}
		}
	}
	return out
}

// bait are values that could open a door: the other tenant, yes, and what the
// policies compare with.
func bait(source, foe string) []string {
	out := []string{foe, "on", "true", "1", "yes", "admin", "service_role", "superuser", "system", "*"}
	for _, m := range quoted.FindAllStringSubmatch(source, -1) {
		v := strings.ReplaceAll(m[1], "''", "'")
		if v != "" && len(v) <= 40 && !strings.ContainsAny(v, ".{}%") && !slices.Contains(out, v) && len(out) < 24 {
			out = append(out, v)
		}
	}
	return out
}

var hasKey = quotedAfter(`\?\s*`)

// claimWays are JSON objects with one more key each than the tenant's own: keys
// that the policies look up and that the tenant's session does not set, and
// those that a user may edit.
func claimWays(base string, set *catalog.Setting, foe string) []string {
	paths := slices.Clone(set.Paths)
	for _, m := range hasKey.FindAllStringSubmatch(set.Source, -1) {
		paths = append(paths, []string{m[1]})
	}
	var own map[string]any
	if json.Unmarshal([]byte(base), &own) != nil {
		own = map[string]any{}
	}
	var out []string
	for _, p := range paths {
		if present(own, p) && !catalog.PathEditable(p) {
			// The tenant's own key: a copy in the part that a user may edit must not count.
			paths = append(paths, []string{"user_metadata", p[len(p)-1]})
			continue
		}
		out = append(out, claimValues(base, p, set.Source, foe)...)
	}
	for _, p := range paths[len(set.Paths):] {
		if !slices.ContainsFunc(set.Paths, func(q []string) bool { return slices.Equal(p, q) }) {
			out = append(out, catalog.Claims(base, [][]string{p}, func([]string) any { return foe }))
		}
	}
	for _, m := range quoted.FindAllStringSubmatch(set.Source, -1) {
		var extra map[string]any
		if json.Unmarshal([]byte(strings.ReplaceAll(m[1], "''", "'")), &extra) == nil && len(extra) > 0 {
			var merged map[string]any
			if json.Unmarshal([]byte(base), &merged) == nil {
				for k, v := range extra {
					merged[k] = v
				}
				if b, err := json.Marshal(merged); err == nil {
					out = append(out, string(b))
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func claimValues(base string, path []string, source, foe string) []string {
	var out []string
	for _, v := range bait(source, foe) {
		out = append(out, catalog.Claims(base, [][]string{path}, func([]string) any { return v }))
	}
	for _, v := range []any{true, 1, []string{"admin", foe}} {
		out = append(out, catalog.Claims(base, [][]string{path}, func([]string) any { return v }))
	}
	return out
}

func present(m map[string]any, path []string) bool {
	for i, k := range path {
		v, ok := m[k]
		if !ok {
			return false
		}
		if i == len(path)-1 {
			return true
		}
		if m, ok = v.(map[string]any); !ok {
			return false
		}
	}
	return false
}
