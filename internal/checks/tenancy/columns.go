package tenancy

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// table is a relation whose rows belong to tenants.
type table struct {
	rel *catalog.Relation
	// cols are its tenant columns: a row is own when any of them holds the id.
	cols []*catalog.Column
	// also are columns that the policies admit rows by, beside cols.
	also []*catalog.Column
	// parents are the keys that lead to a tenant table, when there is no column.
	parents     []*catalog.ForeignKey
	parentNames map[uint32]string // quoted names of the parents
	why         string            // how it was recognised, for a person
}

// byColumn reports whether rows carry their tenant.
func (t *table) byColumn() bool { return len(t.cols) > 0 }

func (t *table) String() string { return t.rel.String() }

var (
	uuidText  = regexp.MustCompile(`^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$`)
	actorName = regexp.MustCompile(`(?i)_by(_id)?$`)
)

// fits reports whether a column's type can hold this tenant id.
func fits(c *catalog.Column, id string) bool {
	switch c.Base {
	case "uuid":
		return uuidText.MatchString(id)
	case "int2", "int4", "int8", "numeric":
		_, err := strconv.ParseInt(id, 10, 64)
		return err == nil
	case "text", "varchar", "bpchar", "citext", "name":
		return true
	}
	return c.TypeKind == 'e' && id != ""
}

// textual reports whether equal values are no accident: a uuid, or a text of
// some length. Small integers are equal everywhere.
func textual(c *catalog.Column, id string) bool {
	switch c.Base {
	case "uuid":
		return true
	case "text", "varchar", "bpchar", "citext", "name":
		return len(id) >= 3
	}
	return len(id) >= 8
}

// equals is the SQL that compares a column with a tenant id: never NULL-safe,
// exact to the type, and independent of casts that a domain might refuse.
func equals(c *catalog.Column, qualifier, id string) string {
	name := qualifier + ident(c.Name)
	switch c.Base {
	case "uuid":
		return "(" + name + " = " + literal(id) + "::pg_catalog.uuid)"
	case "int2", "int4", "int8", "numeric":
		return "(" + name + " = " + literal(id) + "::pg_catalog.int8)"
	case "citext":
		return "(pg_catalog.lower(" + name + "::text) = pg_catalog.lower(" + literal(id) + "))"
	}
	return "(" + name + "::text = " + literal(id) + ")"
}

// value is the SQL literal of a tenant id for a column.
func value(c *catalog.Column, id string) string {
	return "CAST(" + literal(id) + " AS " + c.Type + ")"
}

// ownRow is the SQL condition for a row of this tenant.
func (t *table) ownRow(qualifier, id string) string {
	var parts []string
	for _, c := range t.cols {
		parts = append(parts, equals(c, qualifier, id))
	}
	return "(" + strings.Join(parts, " OR ") + ") IS TRUE"
}

// noTenant is the SQL condition for a row without any tenant.
func (t *table) noTenant(qualifier string) string {
	var parts []string
	for _, c := range t.cols {
		parts = append(parts, qualifier+ident(c.Name)+" IS NULL")
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}

// alsoOwn is the SQL condition for a row that the policies admit by another column.
func (t *table) alsoOwn(qualifier, id string) string {
	if len(t.also) == 0 {
		return "false"
	}
	var parts []string
	for _, c := range t.also {
		parts = append(parts, equals(c, qualifier, id))
	}
	return "(" + strings.Join(parts, " OR ") + ") IS TRUE"
}
