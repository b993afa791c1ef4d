package catalog

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Setting is a run-time parameter that policies look at, in their own text or
// in functions that they call, however deep.
type Setting struct {
	Name   string
	JSON   bool
	Paths  [][]string // keys inside its JSON
	Tables []*Relation
	Source string // all text that names it, for literals it is compared with
}

var (
	callSetting = regexp.MustCompile(`(?i)current_setting\s*\(\s*'((?:[^']|'')+)'`)
	castAfter   = regexp.MustCompile(`(?is)^(?:::text)?(?:\s*,\s*(?:true|false|'t'|'f'))?\s*\)(?:\s|\)|,\s*''(?:::text)?)*(?:::\s*|AS\s+)(jsonb?)\b`)
	arrow       = regexp.MustCompile(`(->>|->|#>>|#>)\s*'((?:[^']|'')*)'(?:::\w+(?:\[\])?)?`)
	extract     = regexp.MustCompile(`(?i)jsonb?_extract_path(?:_text)?\s*\([^,]+((?:,\s*'[^']*'(?:::text)?)+)\)`)
	quoted      = regexp.MustCompile(`'((?:[^']|'')*)'`)
	gapOnly     = regexp.MustCompile(`^[\s)]*$`)
	// dangerous names a setting or key that should open nothing, rather than name a tenant.
	dangerous = regexp.MustCompile(`(?i)bypass|super|admin|root|role|impersonat|skip|disable|force|debug|internal|support|system|service|maint|god|override|unsafe|all_|_all`)
	// editable names parts of a token that its own user may change
	// (Supabase documentation, user_metadata).
	editable = regexp.MustCompile(`(?i)user_?meta_?data|raw_user_meta`)
	// tenantName is what tenant columns are mostly called.
	tenantName = regexp.MustCompile(`(?i)^(x_)?(owner_?|owning_?)?(org|organi[sz]ation|tenant|account|workspace|company|customer|client|team|site|shop|store|project_group|realm|clinic|school)[ _-]?(id|uuid|guid|key|slug|code|no|ref|num|number)?$`)
)

// Sources returns, for each relation with policies, all text that decides about
// its rows: the policies and the bodies of the functions they call.
func (c *Catalog) Sources() map[*Relation]string {
	out := map[*Relation]string{}
	bodies := map[uint32]string{}
	for _, r := range c.Relations {
		if !r.RLS || len(r.Policies) == 0 {
			continue
		}
		var b strings.Builder
		var funcs []uint32
		for _, p := range r.Policies {
			b.WriteString(p.Using + "\n" + p.Check + "\n")
			funcs = append(funcs, p.Calls...)
		}
		for _, f := range c.Reach(funcs, bodies) {
			b.WriteString(c.Function(f).Source + "\n")
		}
		out[r] = b.String()
	}
	return out
}

// Reach returns the functions and those that their bodies name, each once. Bodies
// are text: a name followed by a parenthesis is taken for a call.
func (c *Catalog) Reach(start []uint32, bodies map[uint32]string) []uint32 {
	var out []uint32
	todo := slices.Clone(start)
	for len(todo) > 0 {
		f := c.Function(todo[0])
		todo = todo[1:]
		if f == nil || slices.Contains(out, f.OID) {
			continue
		}
		out = append(out, f.OID)
		body := strings.ToLower(f.Source)
		bodies[f.OID] = body
		for _, g := range c.Functions {
			if at := strings.Index(body, strings.ToLower(g.Name)); at >= 0 && !slices.Contains(out, g.OID) && calls(body, strings.ToLower(g.Name)) {
				todo = append(todo, g.OID)
			}
		}
	}
	return out
}

func calls(body, name string) bool {
	for at := strings.Index(body, name); at >= 0; {
		rest := strings.TrimLeft(body[at+len(name):], "\" \t\n")
		if strings.HasPrefix(rest, "(") && (at == 0 || !WordByte(body[at-1])) {
			return true
		}
		next := strings.Index(body[at+1:], name)
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return false
}

// WordByte reports whether the byte can be part of an unquoted name.
func WordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// Settings returns every setting that row security depends on, those that most
// relations depend on first.
func (c *Catalog) Settings() []*Setting {
	byName := map[string]*Setting{}
	src := c.Sources()
	for _, r := range c.Relations {
		text, ok := src[r]
		if !ok {
			continue
		}
		for _, m := range callSetting.FindAllStringSubmatchIndex(text, -1) {
			name := strings.ReplaceAll(text[m[2]:m[3]], "''", "'")
			if !strings.Contains(name, ".") {
				continue // a parameter of the server's own
			}
			s := byName[name]
			if s == nil {
				s = &Setting{Name: name}
				byName[name] = s
			}
			if castAfter.MatchString(text[m[1]:]) || regexp.MustCompile(`(?i)claim|jwt`).MatchString(name) && strings.Contains(text, "->") {
				s.JSON = true
			}
			if !slices.Contains(s.Tables, r) {
				s.Tables = append(s.Tables, r)
				s.Source += text
				for _, p := range jsonPaths(text) {
					if !slices.ContainsFunc(s.Paths, func(q []string) bool { return slices.Equal(p, q) }) {
						s.Paths = append(s.Paths, p)
					}
				}
			}
		}
	}
	var out []*Setting
	for _, s := range byName {
		out = append(out, s)
	}
	slices.SortFunc(out, func(x, y *Setting) int {
		if n := len(y.Tables) - len(x.Tables); n != 0 {
			return n
		}
		return strings.Compare(x.Name, y.Name)
	})
	return out
}

// jsonPaths returns the chains of keys that the text looks up in JSON.
func jsonPaths(text string) [][]string {
	var out [][]string
	var chain []string
	end := -1
	flush := func() {
		if len(chain) > 0 {
			out = append(out, chain)
		}
		chain = nil
	}
	for _, m := range arrow.FindAllStringSubmatchIndex(text, -1) {
		if end < 0 || !gapOnly.MatchString(text[end:m[0]]) {
			flush()
		}
		op, key := text[m[2]:m[3]], strings.ReplaceAll(text[m[4]:m[5]], "''", "'")
		if strings.HasPrefix(op, "#") {
			chain = append(chain, strings.Split(strings.Trim(key, "{}"), ",")...)
		} else {
			chain = append(chain, key)
		}
		end = m[1]
		if strings.HasSuffix(op, ">>") {
			flush()
			end = -1
		}
	}
	flush()
	for _, m := range extract.FindAllStringSubmatch(text, -1) {
		var p []string
		for _, q := range quoted.FindAllStringSubmatch(m[1], -1) {
			p = append(p, q[1])
		}
		out = append(out, p)
	}
	return out
}

// Claims builds a JSON object that holds a value at each path.
func Claims(base string, paths [][]string, val func(path []string) any) string {
	root := map[string]any{}
	if base != "" && json.Unmarshal([]byte(base), &root) != nil {
		root = map[string]any{}
	}
	for _, p := range paths {
		at := root
		for i, k := range p {
			if i == len(p)-1 {
				if v := val(p); v != nil {
					at[k] = v
				}
				break
			}
			next, ok := at[k].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[k] = next
			}
			at = next
		}
	}
	b, err := json.Marshal(root)
	if err != nil {
		return "{}"
	}
	return string(b)
}

// PathEditable reports whether the path lies in a part that a user may change.
func PathEditable(p []string) bool { return slices.ContainsFunc(p, editable.MatchString) }

// PathDangerous reports whether the path names a power rather than a tenant.
func PathDangerous(p []string) bool { return dangerous.MatchString(p[len(p)-1]) }

// Dangerous reports whether a name tells of a power rather than of a tenant, as app.bypass_rls.
func Dangerous(name string) bool { return dangerous.MatchString(name) }

// TenantName reports whether a column is called what tenant columns mostly are:
// the weakest evidence that it is one.
func TenantName(column string) bool { return tenantName.MatchString(column) }
