// Package catalog reads what a database says of itself: relations, columns,
// row security, triggers, keys, functions and roles, as the role that asks may
// see them. Everything comes from pg_catalog, which any role may read
// (PostgreSQL documentation, "System Catalogs").
package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Querier is what the reader needs: a connection or a transaction. Read inside
// the transaction of the role that is judged, since privileges are its own.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Catalog is everything outside PostgreSQL's own schemas.
type Catalog struct {
	Role      string // current_user at the time of reading: whose privileges these are
	Login     string // session_user
	Version   int    // server_version_num, as 150018
	Database  string
	Relations []*Relation // by schema, then name
	Keys      []*ForeignKey
	Functions []*Function // outside PostgreSQL's own schemas

	byOID   map[uint32]*Relation
	funcOID map[uint32]*Function
}

// Relation kinds, pg_class.relkind.
const (
	Table       = 'r'
	Partitioned = 'p'
	View        = 'v'
	MatView     = 'm'
	Foreign     = 'f'
)

// Relation is a table, partitioned table, view, materialised view or foreign table.
type Relation struct {
	OID         uint32
	Schema      string
	Name        string
	Kind        rune
	Owner       string
	OwnerOID    uint32
	RLS         bool // row security enabled
	Force       bool // for the owner too
	Active      bool // row_security_active() for the reading role
	IsPartition bool
	Options     []string // reloptions, as security_invoker=true
	Rows        int64    // planner's estimate; -1 when never analysed
	Can         Privileges
	Columns     []*Column
	Policies    []*Policy
	Triggers    []*Trigger
	Checks      []*Check // CHECK constraints
	Rules       []*Rule  // rewrite rules other than a view's own
	Primary     []string // primary key columns, else those of one unique key without NULLs
	Unique      [][]string
	Parents     []uint32 // inheritance and partitioning, direct
	Children    []uint32
	Reads       []uint32 // relations that a view's query depends on
	Calls       []uint32 // functions that a view's query depends on
}

// Privileges are those of the reading role. Insert, Update, Select and
// References are also true when they are held on some column only.
type Privileges struct {
	Usage                                                         bool // on the schema
	Select, Insert, Update, Delete, Truncate, References, Trigger bool
}

// Column of a relation.
type Column struct {
	Num       int16
	Name      string
	Type      string   // format_type without modifier, qualified if needed: usable in a cast
	Full      string   // format_type with its modifier, as character varying(20)
	Labels    []string // of an enum, in order
	Base      string   // base type's name in pg_type, domains resolved: uuid, int8, text
	TypeKind  rune     // pg_type.typtype of the base type: b, e, d, c, r
	Category  rune     // pg_type.typcategory of the base type: S, N, U ...
	NotNull   bool
	Identity  string // "", a (always), d (by default)
	Generated bool
	Default   string // deparsed; "" when there is none
	CanSelect bool
	CanInsert bool
	CanUpdate bool
}

// Check is a CHECK constraint of a relation.
type Check struct {
	Name    string
	Columns []string
	Expr    string // deparsed condition
}

// Policy is one row security policy (CREATE POLICY).
type Policy struct {
	OID        uint32
	Name       string
	Permissive bool
	Command    string   // *, r, a, w, d as pg_policy.polcmd
	Roles      []string // names; public for everyone
	Applies    bool     // to the reading role
	Using      string   // deparsed; "" when absent
	Check      string
	Columns    []string // of its own relation that it refers to
	Reads      []uint32 // other relations that it refers to
	Calls      []uint32 // functions that it calls
}

// Trigger on a relation, internal ones left out.
type Trigger struct {
	Name       string
	Definition string // pg_get_triggerdef
	Enabled    string // O origin, D disabled, R replica, A always
	Before     bool
	Instead    bool
	Row        bool
	Insert     bool
	Update     bool
	Delete     bool
	Truncate   bool
	Constraint bool
	Deferrable bool
	HasWhen    bool
	Function   uint32
	FuncSource string // pg_proc.prosrc
	FuncLang   string
	Clone      bool // came down from a partitioned parent
}

// Rule is a rewrite rule other than a view's own. What it does, it does with the
// rights of the relation's owner (PostgreSQL documentation, "Rules and Privileges").
type Rule struct {
	Name       string
	Event      string // pg_rewrite.ev_type: 2 UPDATE, 3 INSERT, 4 DELETE
	Enabled    bool
	Definition string
	Uses       []uint32 // relations that its action refers to, but its own
	Calls      []uint32
}

// ForeignKey is one foreign key constraint; clones on partitions are left out.
type ForeignKey struct {
	Name     string
	From, To uint32
	Columns  []string // referencing
	Targets  []string // referenced
	OnDelete string   // a no action, r restrict, c cascade, n set null, d set default
	OnUpdate string
}

// Function outside PostgreSQL's own schemas, extensions left out.
type Function struct {
	OID        uint32
	Schema     string
	Name       string
	Identity   string // argument types for humans and for EXECUTE: name(args)
	Args       int    // input arguments
	Required   int    // of them, those without a default
	ArgTypes   []string
	Language   string
	Source     string // prosrc, or the deparsed body of a SQL-standard function
	Owner      string
	OwnerFree  bool // the owner is a superuser or has BYPASSRLS
	Definer    bool
	Leakproof  bool   // may see rows before row security does
	Volatility string // i, s, v
	Kind       string // f, p, a, w
	Set        bool   // returns a set
	Returns    string
	ReturnsRel uint32 // relation whose row type it returns, or 0
	Config     []string
	CanExecute bool
}

// Quoted returns schema.name, quoted where PostgreSQL needs it.
func (r *Relation) Quoted() string { return pgx.Identifier{r.Schema, r.Name}.Sanitize() }

// String returns schema.name for a person and for a population.
func (r *Relation) String() string { return Plain(r.Schema) + "." + Plain(r.Name) }

// Quoted returns schema.name of the function.
func (f *Function) Quoted() string { return pgx.Identifier{f.Schema, f.Name}.Sanitize() }

// String returns schema.name(argument types).
func (f *Function) String() string { return Plain(f.Schema) + "." + f.Identity }

// Pinned reports whether the function sets its own search_path.
func (f *Function) Pinned() bool {
	return slices.ContainsFunc(f.Config, func(s string) bool { return strings.HasPrefix(s, "search_path=") })
}

// Column returns the column of this name, or nil.
func (r *Relation) Column(name string) *Column {
	for _, c := range r.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Is reports whether the relation is of one of these kinds.
func (r *Relation) Is(kinds ...rune) bool { return slices.Contains(kinds, r.Kind) }

// Option reports whether a boolean storage option is on.
func (r *Relation) Option(name string) bool {
	for _, o := range r.Options {
		k, v, _ := strings.Cut(o, "=")
		if k == name && slices.Contains([]string{"true", "on", "1", "yes"}, strings.ToLower(v)) {
			return true
		}
	}
	return false
}

// Relation returns the relation with this OID, or nil.
func (c *Catalog) Relation(oid uint32) *Relation { return c.byOID[oid] }

// Function returns the function with this OID, or nil when it is PostgreSQL's own.
func (c *Catalog) Function(oid uint32) *Function { return c.funcOID[oid] }

// Guarded lists the tables with row security and policies, partitions left out.
func (c *Catalog) Guarded() []*Relation {
	var out []*Relation
	for _, r := range c.Relations {
		if r.Is(Table, Partitioned) && r.RLS && len(r.Policies) > 0 && !r.IsPartition {
			out = append(out, r)
		}
	}
	return out
}

// Named returns the relation that a person called schema.name or just name,
// quoted or not, or nil. Without a schema the name must be the only one.
func (c *Catalog) Named(name string) *Relation {
	var found *Relation
	for _, r := range c.Relations {
		if name == r.String() || name == r.Schema+"."+r.Name || name == r.Quoted() {
			return r
		}
		if name == r.Name || name == Plain(r.Name) {
			if found != nil {
				return nil
			}
			found = r
		}
	}
	return found
}

// Ident quotes an identifier.
func Ident(s string) string { return pgx.Identifier{s}.Sanitize() }

// Literal quotes a text; E” keeps backslashes apart from the server's setting
// of standard_conforming_strings.
func Literal(s string) string {
	if strings.Contains(s, `\`) {
		return " E'" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "'", "''") + "'"
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// Plain quotes an identifier only when it needs it.
func Plain(s string) string {
	for i, ch := range s {
		if !(ch == '_' || ch >= 'a' && ch <= 'z' || i > 0 && ch >= '0' && ch <= '9') {
			return pgx.Identifier{s}.Sanitize()
		}
	}
	if s == "" {
		return `""`
	}
	return s
}

// Read returns the catalogue as the current role of q sees it. schemas narrows
// it; none means every schema that is not PostgreSQL's own. Any part that
// cannot be read is an error: a half-read catalogue proves nothing.
func Read(ctx context.Context, q Querier, schemas ...string) (*Catalog, error) {
	c := &Catalog{byOID: map[uint32]*Relation{}, funcOID: map[uint32]*Function{}}
	if schemas == nil {
		schemas = []string{}
	}
	for _, part := range []struct {
		name string
		read func(context.Context, Querier, []string) error
	}{
		{"session", c.readSession}, {"relations", c.readRelations}, {"columns", c.readColumns}, {"policies", c.readPolicies},
		{"triggers", c.readTriggers}, {"constraints", c.readChecks}, {"keys", c.readKeys}, {"inheritance", c.readInheritance}, {"foreign keys", c.readForeignKeys},
		{"rules", c.readRules}, {"functions", c.readFunctions},
	} {
		if err := part.read(ctx, q, schemas); err != nil {
			return nil, fmt.Errorf("reading the catalogue (%s): %w", part.name, err)
		}
	}
	return c, nil
}

// each runs a query and calls scan for every row.
func each(ctx context.Context, q Querier, sql string, args []any, scan func(pgx.Rows) error) error {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
