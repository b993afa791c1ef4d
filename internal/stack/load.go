package stack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
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
	c := &Config{path: path, digest: sha256.Sum256(b)}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(c); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: the file is empty; expected at least version: 1 and one door (db, api, boot)", path)
		}
		return nil, fmt.Errorf("%s: %s", path, readable(err))
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
	if err := c.resolve(dir, env); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if c.Boot != nil && c.Boot.Dir != "" && !filepath.IsAbs(c.Boot.Dir) {
		c.Boot.Dir = filepath.Join(dir, c.Boot.Dir)
	}
	if c.DB != nil && c.DB.Seed != "" && !filepath.IsAbs(c.DB.Seed) {
		c.DB.Seed = filepath.Join(dir, c.DB.Seed)
	}
	return c, nil
}

var (
	unknownField = regexp.MustCompile(`field (\S+) not found in type \S+`)
	wrongType    = regexp.MustCompile("cannot unmarshal (!!\\S+)( `[^`]*`)? into (\\S+)")
)

// readable says what yaml.v3 says in the words of the file: no Go types, and
// none of the value, which may be secret.
func readable(err error) string {
	s := strings.TrimPrefix(err.Error(), "yaml: ")
	s = unknownField.ReplaceAllString(s, "field $1 is not known here; see docs/arxctl-yaml.md")
	return wrongType.ReplaceAllStringFunc(s, func(m string) string {
		part := wrongType.FindStringSubmatch(m)
		found := map[string]string{"!!str": "text", "!!map": "a mapping", "!!seq": "a list", "!!int": "a number", "!!float": "a number", "!!bool": "true or false"}[part[1]]
		if found == "" {
			found = part[1]
		}
		want := "another kind of value"
		switch t := part[3]; {
		case strings.HasPrefix(t, "[]"):
			want = "a list"
		case strings.HasPrefix(t, "map[") || strings.HasPrefix(t, "stack."):
			want = "a mapping"
		case t == "string":
			want = "text"
		case strings.HasPrefix(t, "int"):
			want = "a number"
		case t == "time.Duration":
			want = "a time span as 60s"
		}
		return "expected " + want + ", found " + found
	})
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

// SHA256 returns the digest of that file's bytes, hexadecimal. Secrets are
// references in it, so the digest gives none away.
func (c *Config) SHA256() string { return hex.EncodeToString(c.digest[:]) }

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
				return fmt.Errorf("api.replicas[%d]: expected an http or https base URL as http://127.0.0.1:8080", i)
			}
			if u.User != nil {
				return fmt.Errorf("api.replicas[%d]: a base URL carries no user and no password; give tokens in api.orgs, or api.headers", i)
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
	return c.checkSpans()
}

// checkSpans refuses numbers that would make a check wait for ever, or not at all.
func (c *Config) checkSpans() error {
	if a := c.API; a != nil && a.Limit != nil && a.Limit.Window < 0 {
		return fmt.Errorf("api.limit.window: expected a time span as 60s, got %s", a.Limit.Window)
	}
	if a := c.API; a != nil {
		for _, name := range slices.Sorted(maps.Keys(a.Orgs)) {
			if o := a.Orgs[name]; o.RPM < 0 || o.Burst < 0 {
				return fmt.Errorf("api.orgs.%s: expected rpm and burst of 0 or more", name)
			}
		}
	}
	if b := c.Boot; b != nil {
		switch {
		case b.Timeout < 0:
			return fmt.Errorf("boot.timeout: expected a time span as 10s, got %s", b.Timeout)
		case b.KeyBytes < 0 || b.KeyBytes > 1024:
			return fmt.Errorf("boot.key_bytes: expected a number of bytes as 32, got %d", b.KeyBytes)
		case !slices.Contains([]string{"base64", "base64url", "hex", "raw"}, b.Encoding):
			return fmt.Errorf("boot.encoding: expected base64, base64url, hex or raw, got %q", b.Encoding)
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
