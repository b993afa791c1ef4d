package auditlog

import (
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks/auditlog/plpgsql"
)

// table is one relation: an audit table, or a partition or inheritance child of one.
type table struct {
	OID            uint32
	Schema, Name   string
	Kind           string // r, p, f
	Owner          uint32
	OwnerName      string
	SchemaOwner    uint32
	Parent         uint32 // 0: none
	Partition      bool
	Key, Bound     string // partition key and bound, as pg_get_partkeydef and pg_get_expr spell them
	RLS, Force     bool
	Columns        []column
	Triggers       []trigger
	Rules          []rule
	Insert, Select bool // what the judged role may do
	Update, Delete bool
	Truncate       bool
	children       []*table
	parent         *table
	because        string // why it is looked at
	Comment        string
	spelled        string // its name as pg_get_triggerdef spells it
}

type column struct {
	Name, Type, Category, Comment string // Type as format_type spells it; Category as pg_type.typcategory
	Base                          string // pg_type.typtype: e for an enum, d for a domain
	NotNull                       bool
	Generated, Identity           string // attgenerated, attidentity
	Default                       string
	Insert                        bool // the judged role may write it
}

type trigger struct {
	OID        uint32
	Name       string
	Type       int16  // tgtype bits
	Enabled    string // O, A, R, D
	Attrs      []int16
	Columns    []string // of UPDATE OF
	Args       []string
	Def        string
	RootDef    string // definition on the topmost parent it was cloned from
	Parent     uint32
	Constraint bool
	Fn         *function
}

type rule struct {
	Name, Event, Def string // Event: 2 UPDATE, 3 INSERT, 4 DELETE
	Instead          bool
	Enabled          string
}

type function struct {
	OID          uint32
	Schema, Name string
	Language     string
	Source       string
	Owner        uint32
	OwnerName    string
	SchemaOwner  uint32
	Config       []string
	Definer      bool
	body         *plpgsql.Body // nil: the source cannot be read
}

func (f *function) String() string { return ident(f.Schema, f.Name) + "()" }

func (t *table) String() string { return ident(t.Schema, t.Name) }

// bits of pg_trigger.tgtype (PostgreSQL source, catalog/pg_trigger.h)
const (
	bitRow      = 1
	bitBefore   = 2
	bitInsert   = 4
	bitDelete   = 8
	bitUpdate   = 16
	bitTruncate = 32
	bitInstead  = 64
)

var opBits = []struct {
	name string
	bit  int16
}{{"UPDATE", bitUpdate}, {"DELETE", bitDelete}, {"TRUNCATE", bitTruncate}}

func (g trigger) on(bit int16) bool { return g.Type&bit != 0 }
func (g trigger) row() bool         { return g.Type&bitRow != 0 }
func (g trigger) before() bool      { return g.Type&bitBefore != 0 }
func (g trigger) fires() bool       { return g.Enabled == "O" || g.Enabled == "A" }

// context is the write that the trigger meets on this table.
func (g trigger) context(t *table, op string, lookup func(string) []*plpgsql.Body) plpgsql.Context {
	return plpgsql.Context{Op: op, Row: g.row(), Before: g.before(), Name: g.Name, Schema: t.Schema, Table: t.Name,
		Args: g.Args, Columns: t.changeable(), Lookup: lookup}
}

// changeable returns the columns that an UPDATE can give a value.
func (t *table) changeable() []string {
	var out []string
	for _, c := range t.Columns {
		if c.Generated == "" && c.Identity != "a" {
			out = append(out, c.Name)
		}
	}
	return out
}

// tree returns the table and everything below it.
func (t *table) tree() []*table {
	out := []*table{t}
	for _, c := range t.children {
		out = append(out, c.tree()...)
	}
	return out
}

// leaves returns the relations of the tree that hold rows.
func (t *table) leaves() []*table {
	return slices.DeleteFunc(t.tree(), func(x *table) bool { return x.Kind == "p" })
}

func (t *table) root() *table {
	for t.parent != nil {
		t = t.parent
	}
	return t
}

func (t *table) column(name string) (column, bool) {
	i := slices.IndexFunc(t.Columns, func(c column) bool { return c.Name == name })
	if i < 0 {
		return column{}, false
	}
	return t.Columns[i], true
}

// ident quotes a name only where PostgreSQL would.
func ident(parts ...string) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = p
		if !plain(p) {
			out[i] = pgx.Identifier{p}.Sanitize()
		}
	}
	return strings.Join(out, ".")
}

func plain(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_') })
}

// quoted is for SQL, where a reserved word must be quoted as well.
func (t *table) quoted() string { return pgx.Identifier{t.Schema, t.Name}.Sanitize() }

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
