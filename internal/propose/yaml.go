package propose

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/roles"
)

// page is the file as it grows. Text of a stack gets into it quoted, or as a
// comment that cannot end.
type page struct{ b strings.Builder }

func (p *page) line(format string, a ...any) { fmt.Fprintf(&p.b, format+"\n", a...) }

// why writes a reason, wrapped, at this indentation.
func (p *page) why(indent int, text string) {
	const width = 116
	pad, line := strings.Repeat(" ", indent)+"#", ""
	for _, word := range strings.Fields(comment(text)) {
		if line != "" && len(pad)+len(line)+1+len(word) > width {
			p.b.WriteString(pad + line + "\n")
			line = ""
		}
		line += " " + word
	}
	p.b.WriteString(pad + line + "\n")
}

// quote writes a scalar that YAML reads back as the same text (YAML 1.2.2, 7.3.1).
func quote(s string) string { return strconv.Quote(strings.ToValidUTF8(s, "\uFFFD")) }

// write renders what was found out.
func (g *guesses) write(ctx context.Context) []byte {
	p := &page{}
	p.why(0, "Proposed by arxctl init: each guess has its reason above it. See docs/arxctl-yaml.md for every field.")
	p.line("version: 1")
	name := "stack"
	if g.cat != nil {
		name = g.cat.Database
	}
	p.line("name: %s", quote(name))
	p.why(0, g.envWhy)
	p.line("environment: %s", g.env)
	p.why(0, `build: "..."   write what is running: a commit, a tag, an image digest`)
	if g.o.DB != nil {
		g.writeDB(p)
	}
	g.writeAPI(ctx, p)
	p.line("")
	p.why(0, "boot: how to start a fresh process of the application, for the checks of its encryption key; or boot: {none: REASON}")
	return []byte(p.b.String())
}

func (g *guesses) writeDB(p *page) {
	s := g.session
	p.line("\ndb:")
	if g.appRef != "" {
		p.why(2, g.appWhy)
		p.line("  app: %s", g.appRef)
	}
	g.writeTenant(p)
	p.why(2, g.tenantsWhy())
	p.line("  tenants:")
	for _, t := range []struct {
		name string
		tenant
	}{{"a", s.a}, {"b", s.b}} {
		fields := []string{"id: " + quote(t.id)}
		for _, k := range slices.Sorted(maps.Keys(t.vars)) {
			v := quote(t.vars[k])
			if k == "session" { // whoever has it is that tenant: a secret
				v = quote("${env:" + sessionVariable(t.name) + "}")
				g.secrets[sessionVariable(t.name)] = t.vars[k]
			}
			fields = append(fields, k+": "+v)
		}
		if t.role != "" {
			fields = append(fields, "role: "+quote(t.role))
		}
		if t.dsn != "" {
			fields = append(fields, "dsn: "+quote(t.dsn))
		}
		p.line("    %s: {%s}", t.name, strings.Join(fields, ", "))
	}
	if g.seed {
		p.why(2, "no tenant table holds a row: these are inserted as the application for each look, and rolled back")
		p.line("  seed: %s", quote(g.o.SeedName))
	}
	if g.o.Reader != nil {
		p.why(2, "the given login for sweeps")
		p.line("  reader: %s", g.o.Reader.Ref)
	} else {
		p.why(2, fmt.Sprintf("reader: ${env:%s}   a login with SELECT on every table and BYPASSRLS: whole hash chains, rows that no tenant sees. arxctl doctor prints the lines that make one", roles.ReaderVariable))
	}
	if g.admin() {
		p.why(2, fmt.Sprintf("the given login, %s, is a superuser: scratch copies, inside transactions that are rolled back, show that a trigger fires", catalog.Plain(g.login.Name)))
		p.line("  admin: %s", g.o.DB.Ref)
	}
	g.writeAudit(p)
}

func (g *guesses) tenantsWhy() string {
	s := g.session
	what := ""
	if len(g.places) > 0 {
		what = fmt.Sprintf("their ids stand in %s (%d tables)", catalog.Plain(g.column), len(g.places))
		if g.tenants != nil {
			what += ", the tenants themselves in " + g.tenants.String()
		}
	}
	switch {
	case !s.madeUp && len(what) > 0:
		what += "; " + s.idsWhy
		if s.via != nil {
			what += fmt.Sprintf("; %s comes from %s.%s", s.via.name, s.via.from, catalog.Plain(s.via.via.Name))
		}
		return what
	case !s.madeUp:
		return s.idsWhy
	case g.seed:
		return what + "; the database holds none, so that these are made up for " + g.o.SeedName
	case what == "":
		return "WRITE the ids of two tenants here, as their rows carry them: nothing told which column that is"
	}
	return "WRITE the ids of two tenants here, as their rows carry them: " + what + fmt.Sprintf("; %s sees no two of them. These are made up", g.eyesName)
}

// writeTenant says how a session becomes a tenant's.
func (g *guesses) writeTenant(p *page) {
	s := g.session
	role := s.role
	if role == "" && len(s.set) == 0 {
		if s.a.role != "" || s.a.dsn != "" {
			return // said beside the tenants
		}
		p.why(2, "tenant: {set: {NAME: \"{id}\"}}   no policy reads a setting. WRITE how a session becomes a tenant's, if it is not the login alone; docs/arxctl-yaml.md has the shapes")
		return
	}
	if s.setting != nil {
		p.why(2, g.settingWhy())
	}
	var parts []string
	if role != "" {
		p.why(2, fmt.Sprintf("policies are made for %s, which the login is a member of and does not inherit from", catalog.Plain(role)))
		parts = append(parts, "role: "+quote(role))
	}
	var set []string
	for _, k := range slices.Sorted(maps.Keys(s.set)) {
		set = append(set, quote(k)+": "+quote(s.set[k]))
	}
	if len(set) > 0 {
		parts = append(parts, "set: {"+strings.Join(set, ", ")+"}")
	}
	p.line("  tenant: {%s}", strings.Join(parts, ", "))
}

// settingWhy tells which policies compare what with the setting.
func (g *guesses) settingWhy() string {
	s := g.session
	var with []*catalog.Relation
	names := map[string]int{}
	for _, r := range s.setting.Tables {
		if !r.IsPartition {
			with = append(with, r)
			for _, p := range r.Policies {
				if g.place(r) == nil || slices.Contains(p.Columns, g.place(r).col.Name) {
					names[p.Name]++
				}
			}
		}
	}
	most := ""
	for _, n := range slices.Sorted(maps.Keys(names)) {
		if names[n] > names[most] {
			most = n
		}
	}
	direct := slices.ContainsFunc(with, func(r *catalog.Relation) bool {
		return slices.ContainsFunc(r.Policies, func(p *catalog.Policy) bool { return strings.Contains(p.Using+p.Check, "current_setting") })
	})
	how := "with current_setting('" + s.setting.Name + "')"
	if !direct {
		how = "with what a function makes of current_setting('" + s.setting.Name + "')"
	}
	what := "rows"
	if g.column != "" {
		what = g.column
	}
	text := fmt.Sprintf("policy %s on %d of %d tables compares %s %s", catalog.Plain(most), names[most], len(g.tables), what, how)
	if s.score > 0 {
		text += fmt.Sprintf("; tried: so set, the two tenants below see rows in %d of them, and not the same", s.score)
	} else {
		text += "; not tried: no two tenants' rows are there to tell by"
	}
	return text
}

func sessionVariable(tenant string) string { return "ARXCTL_SESSION_" + strings.ToUpper(tenant) }

func (g *guesses) writeAudit(p *page) {
	names := slices.Sorted(maps.Keys(g.audits))
	switch len(names) {
	case 0:
		p.why(2, "audit: {table: schema.name}   no table has a guard against changes, a hash chain, or the name and columns of an audit table. WRITE its name if there is one")
		return
	case 1:
		p.why(2, names[0]+": "+g.audits[names[0]]+g.triggers(names[0]))
		p.line("  audit:\n    table: %s", quote(names[0]))
	default:
		p.why(2, "audit: {table: schema.name}   found without it, and all looked at:")
		for _, n := range names {
			p.why(4, n+": "+g.audits[n]+g.triggers(n))
		}
		return
	}
	p.why(4, "retention: 400d   WRITE how long rows are kept")
	p.why(4, "required: [actor, action]   WRITE which columns a complete row must fill")
	if r := g.cat.Named(names[0]); r != nil && slices.ContainsFunc(r.Columns, func(c *catalog.Column) bool { return chainName.MatchString(c.Name) }) {
		p.why(4, `chain: {hash: row_hash, prev: prev_hash, per: org_id, order: id, fields: [id, org_id, action], separator: "|"}   WRITE how the hash chain is computed, where its trigger does not tell`)
	}
}

// chainName is what columns of a hash chain are mostly called.
var chainName = regexp.MustCompile(`(?i)hash|digest|prev|checksum|hmac`)

// triggers names the triggers that stand against changes of a table.
func (g *guesses) triggers(name string) string {
	r := g.cat.Named(name)
	if r == nil {
		return ""
	}
	var list []string
	for _, t := range r.Triggers {
		if t.Update || t.Delete || t.Truncate {
			list = append(list, catalog.Plain(t.Name))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return " (trigger " + strings.Join(list, ", ") + ")"
}

// answerTime bounds one look at a base URL.
const answerTime = 5 * time.Second

func (g *guesses) writeAPI(ctx context.Context, p *page) {
	p.line("")
	if len(g.o.Replicas) == 0 {
		p.why(0, "api: {replicas: [URL, ...]}   WRITE the base URL of each replica, for the checks of the rate limit and of tenants over HTTP; or api: {none: REASON}")
		return
	}
	p.line("api:")
	for _, r := range g.o.Replicas {
		if g.answers[r] == "" {
			g.answers[r] = answers(ctx, r)
		}
		p.why(2, r+" "+g.answers[r])
	}
	var list []string
	for _, r := range g.o.Replicas {
		list = append(list, quote(r))
	}
	p.line("  replicas: [%s]", strings.Join(list, ", "))
	p.why(2, `orgs: {a: {id: "...", rpm: 600, tokens: {admin: "${env:A_ADMIN}"}}, b: {...}, low-1: {...}}   WRITE probe organisations with their plans' requests a minute: the only ones whose state a check may change`)
	p.why(2, `objects: [{name: agents, list: /v1/agents, item: "/v1/agents/{id}"}]   WRITE what one tenant must not see of another`)
	p.why(2, `limit: {path: /v1/agents}   WRITE a cheap GET that counts against the budget`)
}

// answers says what one GET without a token gave.
func answers(ctx context.Context, base string) string {
	c := stack.NewClient(&stack.API{Replicas: []string{base}}, "init", 1)
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	got, err := c.Do(ctx, stack.Request{Method: http.MethodGet, Path: "/"})
	if err != nil {
		return "did not answer from here: bring it up before a check"
	}
	text := fmt.Sprintf("answered GET / with %d", got.Status)
	if s := got.Header.Get("Server"); s != "" {
		text += ", server " + s
	}
	return text
}
