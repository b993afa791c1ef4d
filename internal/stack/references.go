package stack

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// The shortest texts that are scrubbed, in bytes: shorter ones would blot out
// words of the report, and protect nothing.
const (
	minSecret   = 6
	minPassword = 4
)

// resolver replaces the references of a configuration in place and collects what
// must be scrubbed from anything that is stored or printed.
type resolver struct {
	dir    string
	env    func(string) (string, bool)
	hidden []string
	err    error // the first one, with its field
}

// resolve gives every secret of the configuration its value.
func (c *Config) resolve(dir string, env func(string) (string, bool)) error {
	r := &resolver{dir: dir, env: env}
	if d := c.DB; d != nil {
		r.secret("db.app", &d.App)
		r.secret("db.reader", &d.Reader)
		r.secret("db.admin", &d.Admin)
		r.texts("db.tenant.set", d.Tenant.Set)
		for _, name := range slices.Sorted(maps.Keys(d.Tenants)) {
			t := d.Tenants[name]
			at := "db.tenants." + name
			r.secret(at+".dsn", &t.DSN)
			var err error
			if t.ID, _, err = expand(t.ID, dir, env); err != nil { // an id is no secret: the evidence names it
				r.fail(at+".id", err)
			}
			r.texts(at+".set", t.Set)
			r.texts(at, t.Vars)
			d.Tenants[name] = t
		}
	}
	if c.Redis != nil {
		r.secret("redis.url", &c.Redis.URL)
	}
	if a := c.API; a != nil {
		r.texts("api.headers", a.Headers)
		for _, name := range slices.Sorted(maps.Keys(a.Orgs)) {
			r.secrets("api.orgs."+name+".tokens", a.Orgs[name].Tokens)
			r.secrets("api.orgs."+name+".second", a.Orgs[name].Second)
		}
	}
	if b := c.Boot; b != nil {
		r.secret("boot.sentinel", &b.Sentinel)
		for _, name := range slices.Sorted(maps.Keys(b.Env)) {
			s := b.Env[name]
			// A value that stands there in clear is part of the description, unless it is a DSN.
			r.expand("boot.env."+name, &s)
			b.Env[name] = s
		}
	}
	c.hidden = r.sorted()
	return r.err
}

// secret resolves a value that is secret also when it stands there in clear.
func (r *resolver) secret(field string, s *Secret) {
	r.expand(field, s)
	r.hide(s.value)
}

func (r *resolver) secrets(field string, m map[string]Secret) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		s := m[k]
		r.secret(field+"."+k, &s)
		m[k] = s
	}
}

func (r *resolver) expand(field string, s *Secret) {
	if err := s.resolve(r.dir, r.env); err != nil {
		r.fail(field, err)
	}
	r.hide(s.parts...)
	r.hideDSN(s.value)
}

// text resolves a plain text that may hold references; what they stand for is
// secret, the rest is not.
func (r *resolver) text(field string, s *string) {
	value, parts, err := expand(*s, r.dir, r.env)
	if err != nil {
		r.fail(field, err)
		return
	}
	*s = value
	r.hide(parts...)
}

func (r *resolver) texts(field string, m map[string]string) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v := m[k]
		r.text(field+"."+k, &v)
		m[k] = v
	}
}

func (r *resolver) fail(field string, err error) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %w", field, err)
	}
}

// hide keeps each value, and the forms in which a URL carries it.
func (r *resolver) hide(values ...string) {
	for _, v := range values {
		for _, form := range []string{v, url.QueryEscape(v), url.PathEscape(v), url.UserPassword("", v).String()[1:]} {
			if len(form) >= minSecret && !slices.Contains(r.hidden, form) {
				r.hidden = append(r.hidden, form)
			}
		}
		r.hideDSN(v)
	}
}

// hideDSN keeps the password of a connection string, URL or keywords, as it is
// written and as it is meant.
func (r *resolver) hideDSN(v string) {
	password := ""
	if u, err := url.Parse(v); err == nil && u.User != nil {
		password, _ = u.User.Password()
		if raw := u.User.String(); strings.Contains(raw, ":") {
			_, escaped, _ := strings.Cut(raw, ":")
			r.keep(escaped)
		}
		if _, rest, ok := strings.Cut(v, "://"); ok {
			userinfo, _, _ := strings.Cut(rest, "@")
			_, written, _ := strings.Cut(userinfo, ":")
			r.keep(written)
		}
	} else if strings.Contains(v, "password=") {
		if cfg, err := pgx.ParseConfig(v); err == nil {
			password = cfg.Password
		}
	}
	r.keep(password)
}

func (r *resolver) keep(v string) {
	if len(v) >= minPassword && !slices.Contains(r.hidden, v) {
		r.hidden = append(r.hidden, v)
	}
}

// sorted returns the longest first, so that a secret within a secret is no
// reason to leave half of it.
func (r *resolver) sorted() []string {
	slices.SortFunc(r.hidden, func(x, y string) int {
		if len(x) != len(y) {
			return len(y) - len(x)
		}
		return strings.Compare(x, y)
	})
	return r.hidden
}

// Values returns what must be scrubbed from anything that is stored or printed,
// longest first.
func (c *Config) Values() []string { return c.hidden }
