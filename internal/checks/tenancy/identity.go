package tenancy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// identity is how a tenant reaches the database, and where that is known from.
type identity struct {
	described string
	given     bool
	settings  []*catalog.Setting // every setting that row security depends on
	found     []string           // those that were found out, not given
	added     []string           // of them, those without which what was given shows no rows
}

// identify completes the two actors. What arxctl.yaml says stands. Without it,
// and for settings that it leaves out, each setting that policies name is given
// the forms a tenant could take, and the form is kept under which both tenants
// see rows and not the same ones.
func (s *scene) identify(ctx context.Context) error {
	if err := s.a.read(ctx, s.st.DB.Schemas); err != nil {
		return err
	}
	cat := s.a.cat
	s.how.settings = cat.Settings()
	s.how.given = slices.ContainsFunc(s.sides(), func(x *side) bool {
		return len(x.actor.Set) > 0 || x.actor.Role != "" || len(x.actor.SQL) > 0
	}) || !s.sameLogin()
	if !s.how.given {
		if err := s.tryRoles(ctx); err != nil {
			return err
		}
	}
	if err := s.trySettings(ctx, cat); err != nil {
		return err
	}
	s.how.described = s.a.actor.Describe()
	if s.how.described == "" {
		s.how.described = "the login alone"
	}
	return nil
}

// forms are the values of one setting, for A and B, that could name a tenant.
type form struct{ a, b string }

func (s *scene) forms(x *catalog.Setting) []form {
	vars := s.vars()
	var out []form
	if !x.JSON {
		return append(out, vars...)
	}
	// Keys are tried all alike first; then with every choice of value for each.
	var paths [][]string
	for _, p := range x.Paths {
		if !catalog.PathEditable(p) && !catalog.PathDangerous(p) {
			paths = append(paths, p)
		}
	}
	if len(paths) == 0 {
		paths = slices.DeleteFunc(slices.Clone(x.Paths), catalog.PathEditable)
	}
	if len(paths) == 0 {
		paths = x.Paths
	}
	choices := 1
	for range paths {
		choices *= len(vars)
	}
	for n := range min(choices, 81) {
		pick := map[string]form{}
		for rest, i := n, 0; i < len(paths); i++ {
			pick[strings.Join(paths[i], "\x00")] = vars[rest%len(vars)]
			rest /= len(vars)
		}
		out = append(out, form{
			catalog.Claims("", paths, func(p []string) any { return pick[strings.Join(p, "\x00")].a }),
			catalog.Claims("", paths, func(p []string) any { return pick[strings.Join(p, "\x00")].b }),
		})
	}
	return out
}

// vars are the values that arxctl.yaml gives of both tenants, the id first.
func (s *scene) vars() []form {
	a, b := s.st.DB.Tenants["a"], s.st.DB.Tenants["b"]
	out := []form{{a.ID, b.ID}}
	for _, k := range slices.Sorted(maps.Keys(a.Vars)) {
		if v, ok := b.Vars[k]; ok && v != a.Vars[k] {
			out = append(out, form{a.Vars[k], v})
		}
	}
	return out
}

func (s *scene) tryRoles(ctx context.Context) error {
	for _, v := range s.vars() {
		var ok bool
		err := s.a.conn.QueryRow(ctx, `SELECT count(*) = 2 FROM pg_roles WHERE rolname = ANY($1::text[]) AND pg_has_role(session_user, oid, 'MEMBER')`, []string{v.a, v.b}).Scan(&ok)
		if err != nil {
			return err
		}
		if ok {
			s.a.actor.Role, s.b.actor.Role = v.a, v.b
			s.how.found = append(s.how.found, "SET ROLE "+v.a)
			return s.a.read(ctx, s.st.DB.Schemas)
		}
	}
	return nil
}

func (s *scene) trySettings(ctx context.Context, cat *catalog.Catalog) error {
	var open []*catalog.Setting
	for _, x := range s.how.settings {
		if !slices.ContainsFunc(s.a.actor.Set, func(k stack.Setting) bool { return k.Name == x.Name }) {
			open = append(open, x)
		}
	}
	if len(open) == 0 {
		return nil
	}
	score, err := s.apart(ctx, cat, s.a.actor, s.b.actor)
	if err != nil {
		return err
	}
	alone, found, given := score, len(s.how.found), slices.Clone(s.a.actor.Set)
	for _, x := range open {
		best, at := score, form{}
		for _, f := range s.forms(x) {
			n, err := s.apart(ctx, cat, s.a.actor.With(stack.Setting{Name: x.Name, Value: f.a}), s.b.actor.With(stack.Setting{Name: x.Name, Value: f.b}))
			if err != nil {
				return err
			}
			if n > best {
				best, at = n, f
			}
		}
		if best > score {
			score = best
			s.adopt(x, at)
		}
	}
	if len(s.how.found) > found && alone == 0 && len(given) > 0 {
		if err := s.otherSetting(given, s.how.found[found:]); err != nil {
			return err
		}
	}
	if score == 0 && !s.how.given && len(s.how.found) == 0 {
		// No rows to tell by, or rows that everyone sees: the plain form of each.
		for _, x := range open {
			if !catalog.Dangerous(x.Name) {
				s.adopt(x, s.forms(x)[0])
			}
		}
	}
	return nil
}

// otherSetting is said where the tenants see nothing of their own under what
// db.tenant.set gives, and do under another setting. What a person wrote is how
// the application sets its tenant: it is not replaced without a word.
func (s *scene) otherSetting(given []stack.Setting, found []string) error {
	read := false
	var names []string
	for _, g := range given {
		names = append(names, g.Name)
		read = read || slices.ContainsFunc(s.how.settings, func(x *catalog.Setting) bool { return x.Name == g.Name })
	}
	if !read {
		return fmt.Errorf("db.tenant.set gives %s, which no policy and no function that a policy calls reads, and under which neither tenant sees rows of its own; the policies read %s; to see this: correct db.tenant.set, or leave it out so that it is found out",
			strings.Join(names, ", "), strings.Join(found, ", "))
	}
	s.how.added = found
	return nil
}

func (s *scene) adopt(x *catalog.Setting, f form) {
	s.a.actor = s.a.actor.With(stack.Setting{Name: x.Name, Value: f.a})
	s.b.actor = s.b.actor.With(stack.Setting{Name: x.Name, Value: f.b})
	s.how.found = append(s.how.found, x.Name)
}

// apart counts the relations with row security where both actors see rows, and
// not the same ones.
func (s *scene) apart(ctx context.Context, cat *catalog.Catalog, a, b stack.Actor) (int, error) {
	var asks []ask
	for _, r := range cat.Relations {
		if r.RLS && len(r.Policies) > 0 && r.Is(catalog.Table, catalog.Partitioned) && len(asks) < 40 {
			asks = append(asks, ask{key: r.String(), sql: fmt.Sprintf(
				"SELECT count(*) || ':' || coalesce(sum(pg_catalog.hashtext(tableoid || ' ' || ctid))::text, '') FROM (SELECT tableoid, ctid FROM %s LIMIT %d) x", r.Quoted(), sample)})
		}
	}
	var got [2]map[string]answer
	for i, x := range []struct {
		c *pgx.Conn
		a stack.Actor
	}{{s.a.conn, a}, {s.b.conn, b}} {
		var err error
		if got[i], err = inRead(ctx, x.c, x.a, asks); err != nil {
			// The form itself may be refused, by a function that checks it.
			if stack.SQLState(err) != "" {
				return 0, nil
			}
			return 0, err
		}
	}
	n := 0
	for _, q := range asks {
		x, y := got[0][q.key], got[1][q.key]
		if x.ok() && y.ok() && x.val != y.val && !strings.HasPrefix(x.val, "0:") && !strings.HasPrefix(y.val, "0:") {
			n++
		}
	}
	return n, nil
}
