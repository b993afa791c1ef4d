// Package tenancy asks whether one tenant can reach another's rows: by reading,
// by writing, without a tenant, over a pooled connection, along other paths,
// through references, by what its role may become, and over HTTP.
//
// Everything is tried as the application's own login, as A against B and as B
// against A. Tables, columns and policies come from the catalogue.
package tenancy

import "github.com/arxsec/arxctl/internal/checks"

// All lists the family.
func All() []*checks.Check {
	return []*checks.Check{HTTP, Paths, Pool, Read, References, Role, Server, Unset, Write}
}
