// Package stack reads arxctl.yaml and opens the doors it names: ways to reach
// the system under examination, with the guards that keep a check from harming
// it.
package stack

import (
	"crypto/sha256"
	"time"
)

// Door is a way to reach a stack.
type Door string

const (
	DoorDB    Door = "db"
	DoorRedis Door = "redis"
	DoorAPI   Door = "api"
	DoorBoot  Door = "boot"
	DoorRepo  Door = "repo"
	DoorInbox Door = "inbox"
)

// Environment says how much a run may do. Absent means Production.
type Environment string

const (
	Production Environment = "production" // catalogue and reads only, whatever the flags say
	Shared     Environment = "shared"     // rolled-back writes and probe organisations
	Disposable Environment = "disposable" // everything, launching and load included
)

// Config is arxctl.yaml.
type Config struct {
	Version     int         `yaml:"version"`
	Name        string      `yaml:"name"`
	Kind        string      `yaml:"kind"` // vendor (default) or reference
	Environment Environment `yaml:"environment"`
	Build       string      `yaml:"build"` // what is running: a commit, a tag, an image digest
	DB          *DB         `yaml:"db"`
	Redis       *Redis      `yaml:"redis"`
	API         *API        `yaml:"api"`
	Boot        *Boot       `yaml:"boot"`

	path   string            // where it was read from, for messages
	digest [sha256.Size]byte // of the file
	hidden []string          // what must be scrubbed
}

// DB is the database door. Only App, and a way to be two tenants, must be given.
type DB struct {
	App    Secret `yaml:"app"`    // DSN of the application's own role: the one that is judged
	Reader Secret `yaml:"reader"` // DSN with SELECT on everything, for sweeps and whole chains
	Admin  Secret `yaml:"admin"`  // DSN for scratch copies
	// Tenant says how a tenant reaches Postgres. Absent, it is discovered from
	// the policies.
	Tenant  TenantSetting     `yaml:"tenant"`
	Tenants map[string]Tenant `yaml:"tenants"` // a and b; more may be given
	Seed    string            `yaml:"seed"`    // SQL file run as the application inside the rolled-back transaction
	Schemas []string          `yaml:"schemas"` // absent: every schema that is not PostgreSQL's own
	// Shared names relations whose rows every tenant is meant to see, each with
	// its reason; they are reported, never counted as isolated.
	Shared map[string]string `yaml:"shared"`
	Audit  *Audit            `yaml:"audit"`
}

// TenantSetting says how one tenant's session is set up, in this order: the
// login (a tenant's own dsn, else db.app), role, settings, statements. In
// values, {name} is replaced by the tenant's value of that name; {id} is the
// tenant's id.
type TenantSetting struct {
	Set  map[string]string `yaml:"set"`  // settings, as SET LOCAL would: app.org_id: "{id}"
	Role string            `yaml:"role"` // SET LOCAL ROLE after login
	SQL  []string          `yaml:"sql"`  // statements, as SELECT app.login('{user}')
}

// Tenant is one tenant: its id as the rows carry it, and whatever else the
// setting needs (a user, a session, a login of its own).
type Tenant struct {
	ID   string            `yaml:"id"`
	DSN  Secret            `yaml:"dsn"`  // one login role a tenant
	Set  map[string]string `yaml:"set"`  // settings of this tenant alone, over those of db.tenant
	Role string            `yaml:"role"` // role of this tenant alone
	Vars map[string]string `yaml:",inline"`
}

// Audit says what cannot be discovered about the audit table.
type Audit struct {
	Table     string `yaml:"table"`     // schema.table; absent, it is discovered by its guard
	Retention string `yaml:"retention"` // how long rows are kept: 400d, 13mo; absent, gaps are judged only between existing partitions
	Chain     *Chain `yaml:"chain"`
	// Anchors are (per, order, hash) heads kept outside the database, to compare with.
	Required []string `yaml:"required"` // columns that a complete row must fill; absent: every column of the table
}

// Chain is how a hash chain over the audit rows is computed.
type Chain struct {
	Hash      string   `yaml:"hash"`      // column with the row's own hash
	Prev      string   `yaml:"prev"`      // column with the previous row's hash
	Per       string   `yaml:"per"`       // column that starts a chain of its own; empty: one chain
	Order     string   `yaml:"order"`     // column that orders it
	Algorithm string   `yaml:"algorithm"` // sha256 (default)
	Fields    []string `yaml:"fields"`    // columns hashed, in order, as text
	Separator string   `yaml:"separator"` // between fields
	Null      string   `yaml:"null"`      // what a NULL is hashed as
	Time      string   `yaml:"time"`      // how a timestamptz is hashed: epoch_us (default), or text as to_char gives it
	Genesis   string   `yaml:"genesis"`   // prev of a chain's first row; empty: 64 zeros or NULL or empty accepted
}

// Redis is the redis door: read-only sweeps.
type Redis struct {
	URL Secret `yaml:"url"`
}

// API is the HTTP door.
type API struct {
	None     string            `yaml:"none"`     // a reason: takes the door out of the exit code, leaves its answers unproven
	Replicas []string          `yaml:"replicas"` // base URLs, each of one process
	Auth     Auth              `yaml:"auth"`
	Orgs     map[string]Org    `yaml:"orgs"` // probe organisations: a, b, low-*, high-*
	Objects  []Object          `yaml:"objects"`
	Action   *Action           `yaml:"action"`
	Limit    *Limit            `yaml:"limit"`
	Headers  map[string]string `yaml:"headers"` // sent with every request
}

// Auth says how a token is sent; Authorization: Bearer by default.
type Auth struct {
	Header string `yaml:"header"`
	Scheme string `yaml:"scheme"`
}

// Org is a probe organisation: the only ones whose state a check may change.
type Org struct {
	ID     string            `yaml:"id"`
	RPM    int               `yaml:"rpm"`    // requests a minute of its plan
	Burst  int               `yaml:"burst"`  // documented capacity; 0: the same as rpm
	Tokens map[string]Secret `yaml:"tokens"` // by role
	Second map[string]Secret `yaml:"second"` // a second key of the same organisation, by role
}

// Object is a kind of object that one tenant must not see of another.
type Object struct {
	Name  string `yaml:"name"`
	List  string `yaml:"list"`
	Item  string `yaml:"item"`  // {id} is replaced
	ID    string `yaml:"id"`    // JSON field that holds the id; id by default
	Role  string `yaml:"role"`  // whose token to use; the first one by default
	Write []Edit `yaml:"write"` // mutations to try on the other tenant's object
}

// Edit is one mutation of an object by id: PATCH, PUT or DELETE.
type Edit struct {
	Method string `yaml:"method"`
	Body   string `yaml:"body"`
}

// Action is a request that must leave an audit row.
type Action struct {
	Method string                       `yaml:"method"`
	Path   string                       `yaml:"path"` // {name} is replaced by params, {nonce} by a fresh value
	Body   string                       `yaml:"body"`
	Role   string                       `yaml:"role"`
	Params map[string]map[string]string `yaml:"params"` // by organisation
	// DenyBody is a request that policy refuses; it must leave a row as well.
	DenyBody   string `yaml:"deny_body"`
	DenyStatus int    `yaml:"deny_status"`
}

// Limit says where the rate limit can be measured.
type Limit struct {
	Path      string        `yaml:"path"` // a cheap GET
	Role      string        `yaml:"role"`
	Write     *LimitWrite   `yaml:"write"`
	Window    time.Duration `yaml:"window"`     // 60s by default: rpm is requests in one window
	RedisDown string        `yaml:"redis_down"` // open or closed, as documented
	Bypass    []string      `yaml:"bypass"`     // further headers ("Name: value") that must not lift the limit
}

// LimitWrite is a request with a side effect that can be counted.
type LimitWrite struct {
	Method      string `yaml:"method"`
	Path        string `yaml:"path"`
	Body        string `yaml:"body"`         // {nonce} is replaced
	InvalidBody string `yaml:"invalid_body"` // refused by validation: no side effect
	CountedBy   string `yaml:"counted_by"`   // list whose length counts the side effects
}

// Boot is the boot door: how to start a fresh process of the application.
type Boot struct {
	None         string              `yaml:"none"` // a reason: takes the door out of the exit code, leaves its answers unproven
	Command      []string            `yaml:"command"`
	Dir          string              `yaml:"dir"`
	Env          map[string]Secret   `yaml:"env"`          // {listen} is replaced by a free loopback host:port, {port} by its port
	Listen       string              `yaml:"listen"`       // variable that carries host:port
	Ready        string              `yaml:"ready"`        // path answered once it serves
	Key          string              `yaml:"key"`          // variable that holds the encryption key
	KeyBytes     int                 `yaml:"key_bytes"`    // 32 by default
	Encoding     string              `yaml:"encoding"`     // base64 (default), hex or raw: how a good key is spelled
	KeyFormat    string              `yaml:"key_format"`   // around a key, as v1:{key}; {key} by default
	Sentinel     Secret              `yaml:"sentinel"`     // the development key that must be refused
	Environment  string              `yaml:"environment"`  // variable that names the environment
	Environments map[string][]string `yaml:"environments"` // production and staging, each with its spellings
	OptIn        []string            `yaml:"optin"`        // variables that must not re-enable the development key
	Timeout      time.Duration       `yaml:"timeout"`      // 10s by default
}
