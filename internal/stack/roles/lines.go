package roles

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// What the logins that are made for arxctl are called, and the variables that
// carry their DSNs.
const (
	AppLogin, AppVariable       = "arxctl_app", "ARXCTL_APP_DSN"
	ReaderLogin, ReaderVariable = "arxctl_reader", "ARXCTL_READER_DSN"
	AdminLogin, AdminVariable   = "arxctl_admin", "ARXCTL_ADMIN_DSN"
)

// Lines are what to paste into psql, as a superuser, and what comes after.
type Lines struct {
	For      string   `json:"for"`                // what they mend, for a person
	SQL      []string `json:"sql"`                // psql input
	Then     []string `json:"then,omitempty"`     // what is left to do by hand
	Optional bool     `json:"optional,omitempty"` // nothing is blind for want of them
}

// NewLogin returns lines that make a login with a password that psql makes up and
// prints as an export of the variable: it is nowhere but on that screen.
// attributes come after LOGIN, as BYPASSRLS; grants between the role and its DSN.
func NewLogin(at stack.Secret, name, attributes, variable string, grants ...string) []string {
	head, tail := dsnFor(at, name)
	if attributes != "" {
		attributes = " " + attributes
	}
	lines := []string{
		`SELECT gen_random_uuid() AS password \gset`,
		"CREATE ROLE " + catalog.Ident(name) + " LOGIN" + attributes + " PASSWORD :'password';",
	}
	lines = append(lines, grants...)
	return append(lines,
		`\set dsn `+psqlQuote(head)+` :password `+psqlQuote(tail),
		`\echo export `+variable+`=:'dsn'`)
}

// psqlQuote quotes an argument of a psql meta-command, where backslashes escape.
func psqlQuote(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "'", `\'`) + "'"
}

// dsnFor returns the DSN of another login to the same database, cut where its
// password goes.
func dsnFor(at stack.Secret, login string) (head, tail string) {
	u := Elsewhere(at)
	u.User = url.User(login)
	head, tail, _ = strings.Cut(u.String(), "@")
	return head + ":", "@" + tail
}

// Elsewhere returns the server and database of a DSN as a URL, without its login.
func Elsewhere(at stack.Secret) *url.URL {
	if u, err := url.Parse(at.Reveal()); err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") {
		q := url.Values{}
		for _, k := range []string{"host", "port", "sslmode", "sslrootcert", "target_session_attrs"} { // nothing else: some carry secrets
			if v := u.Query().Get(k); v != "" {
				q.Set(k, v)
			}
		}
		u.User, u.RawQuery, u.Fragment = nil, q.Encode(), ""
		return u
	}
	u := &url.URL{Scheme: "postgres", Path: "/"}
	cfg, err := pgx.ParseConfig(at.Reveal())
	if err != nil {
		return u
	}
	u.Path = "/" + cfg.Database
	q := url.Values{}
	if strings.HasPrefix(cfg.Host, "/") {
		q.Set("host", cfg.Host)
		q.Set("port", strconv.Itoa(int(cfg.Port)))
	} else {
		u.Host = net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
	}
	if m := sslmode(cfg.Config); m != "" {
		q.Set("sslmode", m)
	}
	u.RawQuery = q.Encode()
	return u
}

// sslmode is read back from what it became; "" for prefer, the default.
func sslmode(c pgconn.Config) string {
	switch {
	case c.TLSConfig == nil && len(c.Fallbacks) == 0:
		return "disable"
	case len(c.Fallbacks) > 0:
		return ""
	case c.TLSConfig.InsecureSkipVerify:
		return "require"
	}
	return "verify-full"
}

// AsApplication returns the grants that make a new login the application: member
// of its role, with the settings that the role has and a member does not inherit.
func AsApplication(login string, app *Application) []string {
	lines := []string{"GRANT " + catalog.Ident(app.Role) + " TO " + catalog.Ident(login) + ";"}
	for _, c := range app.Config {
		name, value, ok := strings.Cut(c, "=")
		if !ok {
			continue
		}
		if !listSetting.MatchString(name) { // lists are stored as they are written
			value = catalog.Literal(value)
		}
		parts := strings.Split(name, ".")
		lines = append(lines, fmt.Sprintf("ALTER ROLE %s SET %s = %s;", catalog.Ident(login), pgx.Identifier(parts).Sanitize(), strings.TrimSpace(value)))
	}
	return lines
}

// listSetting names the settings whose values are lists of identifiers (GUC_LIST_QUOTE).
var listSetting = regexp.MustCompile(`^(search_path|temp_tablespaces|session_preload_libraries|local_preload_libraries)$`)

// Grants returns GRANT lines for a role, by schema: USAGE where needs says that the
// role lacks it, and the privileges on the relations ("" for none).
func Grants(role, privileges string, rels []*catalog.Relation, needs func(schema string) bool) []string {
	to := " TO " + catalog.Ident(role) + ";"
	var schemas, lines []string
	bySchema := map[string][]string{}
	for _, r := range rels {
		if bySchema[r.Schema] == nil {
			schemas = append(schemas, r.Schema)
		}
		bySchema[r.Schema] = append(bySchema[r.Schema], r.Quoted())
	}
	for _, s := range schemas {
		if needs(s) {
			lines = append(lines, "GRANT USAGE ON SCHEMA "+catalog.Ident(s)+to)
		}
		if privileges != "" {
			lines = append(lines, "GRANT "+privileges+" ON "+strings.Join(bySchema[s], ", ")+to)
		}
	}
	return lines
}

// OpenTo is what everybody may already do in this database, as PUBLIC.
type OpenTo struct {
	connect bool
	schemas map[string]bool
}

// Public asks what PUBLIC may do: what a new role needs no GRANT for.
func Public(ctx context.Context, tx pgx.Tx) (OpenTo, error) {
	o := OpenTo{schemas: map[string]bool{}}
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x
  WHERE d.datname = current_database() AND x.grantee = 0 AND x.privilege_type = 'CONNECT')`).Scan(&o.connect); err != nil {
		return o, err
	}
	rows, err := tx.Query(ctx, `SELECT n.nspname::text FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) x WHERE x.grantee = 0 AND x.privilege_type = 'USAGE'`)
	if err != nil {
		return o, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, n := range names {
		o.schemas[n] = true
	}
	return o, err
}

// Needs reports whether a new role needs USAGE on the schema.
func (o OpenTo) Needs(schema string) bool { return !o.schemas[schema] }

// Connect returns the GRANT that a new role needs to connect, if any.
func (o OpenTo) Connect(role, database string) []string {
	if o.connect {
		return nil
	}
	return []string{"GRANT CONNECT ON DATABASE " + catalog.Ident(database) + " TO " + catalog.Ident(role) + ";"}
}
