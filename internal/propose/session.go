package propose

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// tenant is one of the two that are proposed.
type tenant struct {
	id   string
	vars map[string]string // user, session
	role string            // a role of its own
	dsn  string            // reference to the DSN of a login of its own
}

// session is how a tenant reaches the database, as far as it was found out.
type session struct {
	set     map[string]string // as db.tenant.set
	role    string            // as db.tenant.role
	a, b    tenant
	score   int    // tables where each saw rows that the other did not
	madeUp  bool   // the tenants do not exist
	idsWhy  string // where the ids come from
	setting *catalog.Setting
	via     *link
}

// tries and trialTime bound how many sessions are tried out, and for how long.
const (
	tries     = 400
	trialTime = 30 * time.Second
)

// how finds two tenants and what makes a session theirs: every setting that the
// policies read is tried in every form that could name a tenant, and that form is
// kept under which each sees rows that the other does not.
func (g *guesses) how(ctx context.Context) error {
	list, err := g.ids(ctx, 12)
	if err != nil {
		return err
	}
	if len(list) >= 2 {
		g.session.a.id, g.session.b.id = list[0].id, list[1].id
		g.session.idsWhy = fmt.Sprintf("seen by %s in %d and %d of %d places where ids stand", g.eyesName, list[0].tables, list[1].tables, len(g.places))
	} else {
		g.session.madeUp = true
		g.session.a.id, g.session.b.id = g.madeUpIDs(ctx)
	}
	settings := g.settings()
	if len(settings) == 0 {
		return g.byRole(ctx)
	}
	if g.session.madeUp {
		g.plainForms(settings)
		return nil
	}
	left, until := tries, time.Now().Add(trialTime)
	for _, role := range g.rolesToTake() {
		best := session{set: map[string]string{}, role: role, a: g.session.a, b: g.session.b, idsWhy: g.session.idsWhy}
		for _, s := range settings {
			forms, err := g.forms(ctx, s)
			if err != nil {
				return err
			}
			top := best
			for _, f := range forms {
				if left--; left < 0 || time.Now().After(until) {
					break
				}
				next := best
				next.set = maps.Clone(best.set)
				next.set[s.Name] = f.value
				if f.via != nil {
					next.via = f.via
				}
				next.a.vars, next.b.vars = merged(best.a.vars, f.a), merged(best.b.vars, f.b)
				if next.score, err = g.apart(ctx, next); err != nil {
					return err
				}
				if next.score > top.score {
					if next.setting = best.setting; next.setting == nil {
						next.setting = s
					}
					top = next
				}
			}
			best = top
		}
		if best.score > g.session.score {
			g.session = best
		}
	}
	if g.session.score == 0 {
		g.plainForms(settings)
	}
	return nil
}

// settings leaves out those whose names tell of a power, and those whose names or
// keys arxctl.yaml would take for references: a policy must not make us read a file.
func (g *guesses) settings() []*catalog.Setting {
	return slices.DeleteFunc(g.cat.Settings(), func(s *catalog.Setting) bool {
		return catalog.Dangerous(s.Name) || !usable(s.Name) || slices.ContainsFunc(s.Paths, func(p []string) bool { return !usable(strings.Join(p, " ")) })
	})
}

// rolesToTake are the roles that the login may SET ROLE to and does not inherit
// from, and that policies are made for; first none at all.
func (g *guesses) rolesToTake() []string {
	out := []string{""}
	if g.seat.Role != "" {
		return out // the looks are made as that role already
	}
	for _, r := range g.tables {
		for _, p := range r.Policies {
			for _, name := range p.Roles {
				if name != "public" && !p.Applies && !slices.Contains(out, name) {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

// form is one value of a setting, and what each tenant must be given for it.
type form struct {
	value string
	a, b  map[string]string
	via   *link // where the values come from; nil for the id alone
}

var severalIDs = regexp.MustCompile(`(?i)\bany\s*\(|string_to_array|\[\]`)

// forms lists the values that a setting could have, simplest first.
func (g *guesses) forms(ctx context.Context, s *catalog.Setting) ([]form, error) {
	links, err := g.links(ctx)
	if err != nil {
		return nil, err
	}
	if !s.JSON {
		out := []form{{value: "{id}"}}
		if severalIDs.MatchString(s.Source) {
			out = append(out, form{value: "{{id}}"})
		}
		for _, l := range links {
			out = append(out, form{"{" + l.name + "}", map[string]string{l.name: l.a}, map[string]string{l.name: l.b}, &l})
		}
		return out, nil
	}
	paths := trusted(s.Paths)
	out := []form{{value: jsonForm(paths, func([]string) string { return "{id}" })}}
	for _, l := range links {
		for _, id := range append([][]string{nil}, paths...) { // all the user, or one of them the tenant
			value := jsonForm(paths, func(p []string) string {
				if slices.Equal(p, id) {
					return "{id}"
				}
				return "{" + l.name + "}"
			})
			out = append(out, form{value, map[string]string{l.name: l.a}, map[string]string{l.name: l.b}, &l})
		}
	}
	return out, nil
}

// trusted leaves out the keys that a user may change, and those that tell of a power.
func trusted(paths [][]string) [][]string {
	return slices.DeleteFunc(slices.Clone(paths), func(p []string) bool { return catalog.PathEditable(p) || catalog.PathDangerous(p) })
}

func jsonForm(paths [][]string, val func([]string) string) string {
	return catalog.Claims("", paths, func(p []string) any { return val(p) })
}

func merged(x, y map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, x)
	maps.Copy(out, y)
	return out
}

// plainForms takes the form that names suggest, where no rows tell: no tenant was
// seen, or nobody sees anything under any of them.
func (g *guesses) plainForms(settings []*catalog.Setting) {
	s := settings[0]
	g.session.setting, g.session.set = s, map[string]string{s.Name: "{id}"}
	if !s.JSON {
		if severalIDs.MatchString(s.Source) && !strings.Contains(s.Source, "= "+"(") {
			g.session.set[s.Name] = "{{id}}"
		}
		if userName.MatchString(s.Name) && !catalog.TenantName(lastPart(s.Name)) {
			g.session.set[s.Name] = "{user}"
		}
	} else {
		g.session.set[s.Name] = jsonForm(trusted(s.Paths), func(p []string) string {
			if userName.MatchString(p[len(p)-1]) {
				return "{user}"
			}
			return "{id}"
		})
	}
	if strings.Contains(g.session.set[s.Name], "{user}") {
		g.session.madeUp = true
		g.session.a.vars, g.session.b.vars = map[string]string{"user": madeUUID("a")}, map[string]string{"user": madeUUID("b")}
	}
}

var userName = regexp.MustCompile(`(?i)^sub$|user|member|person|uid$|session|token`)

func lastPart(setting string) string { return setting[strings.LastIndex(setting, ".")+1:] }

// actors are the two as sessions act as them.
func (g *guesses) actors(s session) (stack.Actor, stack.Actor) {
	db := &stack.DB{App: g.seat.DSN, Tenant: stack.TenantSetting{Set: s.set, Role: s.role}, Tenants: map[string]stack.Tenant{
		"a": {ID: s.a.id, Vars: s.a.vars, Role: s.a.role}, "b": {ID: s.b.id, Vars: s.b.vars, Role: s.b.role}}}
	if s.role == "" {
		db.Tenant.Role = g.seat.Role
	}
	a, _ := db.Actor("a") // both are in the map above
	b, _ := db.Actor("b")
	return a, b
}

// sampled is how many tables, and rows of each, a session is tried out on.
const sampled, sampledRows = 30, 2000

// apart counts the tables where both see rows, and not the same.
func (g *guesses) apart(ctx context.Context, s session) (int, error) {
	var seen [2]map[string]string
	a, b := g.actors(s)
	for i, actor := range []stack.Actor{a, b} {
		var err error
		if seen[i], err = g.seenBy(ctx, actor); err != nil {
			return 0, err
		}
	}
	n := 0
	for name, rows := range seen[0] {
		if other, ok := seen[1][name]; ok && rows != other && !strings.HasPrefix(rows, "0:") && !strings.HasPrefix(other, "0:") {
			n++
		}
	}
	return n, nil
}

// seenBy returns, for each table that the actor can read, how many rows it sees and which.
func (g *guesses) seenBy(ctx context.Context, actor stack.Actor) (map[string]string, error) {
	out := map[string]string{}
	err := stack.Read(ctx, g.conn, actor, func(tx pgx.Tx) error {
		for _, r := range g.tables[:min(len(g.tables), sampled)] {
			var rows string
			err := pgx.BeginFunc(ctx, tx, func(sp pgx.Tx) error {
				return sp.QueryRow(ctx, fmt.Sprintf("SELECT count(*) || ':' || coalesce(sum(pg_catalog.hashtext(tableoid || ' ' || ctid))::text, '') FROM (SELECT tableoid, ctid FROM %s LIMIT %d) x", r.Quoted(), sampledRows)).Scan(&rows)
			})
			if err == nil {
				out[r.String()] = rows
			} else if stack.SQLState(err) == "" {
				return err
			}
		}
		return nil
	})
	// The session itself may be refused, by a function that checks it: then nothing is seen.
	if stack.SQLState(err) != "" && ctx.Err() == nil && !g.conn.IsClosed() {
		return out, nil
	}
	return out, err
}
