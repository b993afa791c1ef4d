package stack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Load reads and checks an arxctl.yaml and resolves its secrets. An error names
// the file, the line or field, and what would be valid.
func Load(path string) (*Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s: no such file; write one (arxctl.yaml needs db.app and two tenants), or start the reference stack with: arxctl poc up", path)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return Parse(path, b, os.LookupEnv)
}

// Parse is Load for bytes that were already read; env looks up variables.
func Parse(path string, b []byte, env func(string) (string, bool)) (*Config, error) {
	c := &Config{path: path}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(c); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: the file is empty; expected at least version: 1 and one door (db, api, boot)", path)
		}
		return nil, fmt.Errorf("%s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: expected one YAML document, found another after ---", path)
	}
	c.defaults()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, s := range c.secrets() {
		if err := s.set(dir, env); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, s.field, err)
		}
	}
	if c.Boot != nil && c.Boot.Dir != "" && !filepath.IsAbs(c.Boot.Dir) {
		c.Boot.Dir = filepath.Join(dir, c.Boot.Dir)
	}
	if c.DB != nil && c.DB.Seed != "" && !filepath.IsAbs(c.DB.Seed) {
		c.DB.Seed = filepath.Join(dir, c.DB.Seed)
	}
	return c, nil
}

// Closed returns the reason why the configuration declares a door closed, or
// "" when it does not.
func (c *Config) Closed(d Door) string {
	switch {
	case d == DoorAPI && c.API != nil:
		return c.API.None
	case d == DoorBoot && c.Boot != nil:
		return c.Boot.None
	}
	return ""
}

// Path returns the file that the configuration was read from.
func (c *Config) Path() string { return c.path }

// Doors returns the doors that the configuration opens, sorted.
func (c *Config) Doors() []Door {
	var d []Door
	if c.API != nil && c.API.None == "" {
		d = append(d, DoorAPI)
	}
	if c.Boot != nil && c.Boot.None == "" {
		d = append(d, DoorBoot)
	}
	if c.DB != nil {
		d = append(d, DoorDB)
	}
	if c.Redis != nil {
		d = append(d, DoorRedis)
	}
	return d
}

func (c *Config) defaults() {
	if c.Kind == "" {
		c.Kind = "vendor"
	}
	if c.Environment == "" {
		c.Environment = Production
	}
	if c.Name == "" {
		c.Name = "stack"
	}
	if c.API != nil {
		if c.API.Auth.Header == "" {
			c.API.Auth = Auth{Header: "Authorization", Scheme: "Bearer"}
		}
		for i := range c.API.Objects {
			if c.API.Objects[i].ID == "" {
				c.API.Objects[i].ID = "id"
			}
		}
		if c.API.Limit != nil && c.API.Limit.Window == 0 {
			c.API.Limit.Window = time.Minute
		}
	}
	if b := c.Boot; b != nil {
		if b.KeyBytes == 0 {
			b.KeyBytes = 32
		}
		if b.Encoding == "" {
			b.Encoding = "base64"
		}
		if b.Timeout == 0 {
			b.Timeout = 10 * time.Second
		}
	}
	if c.DB != nil && c.DB.Audit != nil && c.DB.Audit.Chain != nil && c.DB.Audit.Chain.Algorithm == "" {
		c.DB.Audit.Chain.Algorithm = "sha256"
	}
}

func (c *Config) check() error {
	if c.Version != 1 {
		return fmt.Errorf("version: expected 1, got %d", c.Version)
	}
	if c.Kind != "vendor" && c.Kind != "reference" {
		return fmt.Errorf("kind: expected vendor or reference, got %q", c.Kind)
	}
	if !slices.Contains([]Environment{Production, Shared, Disposable}, c.Environment) {
		return fmt.Errorf("environment: expected production, shared or disposable, got %q", c.Environment)
	}
	if c.DB == nil && c.API == nil && c.Boot == nil && c.Redis == nil {
		return errors.New("no door: expected at least one of db, api, boot, redis")
	}
	if c.DB != nil {
		if err := c.DB.check(); err != nil {
			return err
		}
	}
	if c.API != nil && c.API.None == "" {
		if len(c.API.Replicas) == 0 {
			return errors.New("api.replicas: expected at least one base URL, as http://127.0.0.1:8080")
		}
		for i, r := range c.API.Replicas {
			u, err := url.Parse(r)
			if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
				return fmt.Errorf("api.replicas[%d]: expected an http or https base URL, got %q", i, r)
			}
		}
	}
	if b := c.Boot; b != nil && b.None == "" {
		if len(b.Command) == 0 {
			return errors.New("boot.command: expected the command that starts the application, or boot: {none: reason}")
		}
		if b.Key == "" || b.Listen == "" || b.Environment == "" {
			return errors.New("boot: expected key, listen and environment, the variables that carry the encryption key, host:port and the environment's name")
		}
	}
	return nil
}

func (d *DB) check() error {
	ownLogins := len(d.Tenants) > 0
	for _, name := range slices.Sorted(maps.Keys(d.Tenants)) {
		t := d.Tenants[name]
		if t.ID == "" {
			return fmt.Errorf("db.tenants.%s.id: expected the tenant's id as its rows carry it", name)
		}
		if t.DSN.ref == "" {
			ownLogins = false
		}
	}
	if d.App.ref == "" && !ownLogins {
		return errors.New("db.app: expected the DSN of the application's own role (or a dsn for each of db.tenants), as ${env:APP_DSN}")
	}
	for _, name := range []string{"a", "b"} {
		if _, ok := d.Tenants[name]; !ok {
			return fmt.Errorf("db.tenants.%s: expected two tenants, a and b, each with its id; isolation cannot be seen with fewer", name)
		}
	}
	if d.Tenants["a"].ID == d.Tenants["b"].ID {
		return errors.New("db.tenants: a and b have the same id; expected two different tenants")
	}
	return nil
}

// secretAt is a secret and where it stands; set resolves it in place.
type secretAt struct {
	field string
	set   func(dir string, env func(string) (string, bool)) error
}

func (c *Config) secrets() []secretAt {
	var out []secretAt
	add := func(field string, s *Secret) {
		out = append(out, secretAt{field, func(dir string, env func(string) (string, bool)) error { return s.resolve(dir, env) }})
	}
	inMap := func(field string, m map[string]Secret) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			out = append(out, secretAt{field + "." + k, func(dir string, env func(string) (string, bool)) error {
				s := m[k]
				err := s.resolve(dir, env)
				m[k] = s
				return err
			}})
		}
	}
	if d := c.DB; d != nil {
		add("db.app", &d.App)
		add("db.reader", &d.Reader)
		add("db.admin", &d.Admin)
		for _, name := range slices.Sorted(maps.Keys(d.Tenants)) {
			out = append(out, secretAt{"db.tenants." + name + ".dsn", func(dir string, env func(string) (string, bool)) error {
				t := d.Tenants[name]
				err := t.DSN.resolve(dir, env)
				d.Tenants[name] = t
				return err
			}})
		}
	}
	if c.Redis != nil {
		add("redis.url", &c.Redis.URL)
	}
	if c.API != nil {
		for _, name := range slices.Sorted(maps.Keys(c.API.Orgs)) {
			inMap("api.orgs."+name+".tokens", c.API.Orgs[name].Tokens)
			inMap("api.orgs."+name+".second", c.API.Orgs[name].Second)
		}
	}
	if c.Boot != nil {
		inMap("boot.env", c.Boot.Env)
		add("boot.sentinel", &c.Boot.Sentinel)
	}
	return out
}

// Values returns every secret value in the configuration, longest first: what
// must be scrubbed from anything that is stored or printed.
func (c *Config) Values() []string {
	var v []string
	keep := func(s Secret) {
		if len(s.value) >= 6 {
			v = append(v, s.value)
			if u, err := url.Parse(s.value); err == nil && u.User != nil {
				if p, ok := u.User.Password(); ok && len(p) >= 6 {
					v = append(v, p)
				}
			}
		}
	}
	if d := c.DB; d != nil {
		keep(d.App)
		keep(d.Reader)
		keep(d.Admin)
		for _, t := range d.Tenants {
			keep(t.DSN)
		}
	}
	if c.Redis != nil {
		keep(c.Redis.URL)
	}
	if c.API != nil {
		for _, o := range c.API.Orgs {
			for _, m := range []map[string]Secret{o.Tokens, o.Second} {
				for _, s := range m {
					keep(s)
				}
			}
		}
	}
	if c.Boot != nil {
		for _, s := range c.Boot.Env {
			if strings.HasPrefix(s.ref, "${") {
				keep(s)
			}
		}
		keep(c.Boot.Sentinel)
	}
	slices.SortFunc(v, func(x, y string) int { return len(y) - len(x) })
	return slices.Compact(v)
}
