// Package all lists every check. It is the only importer of the families.
package all

import (
	"slices"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/bootkey"
)

// Checks returns every check, family by family.
func Checks() []*checks.Check {
	return slices.Concat(bootkey.All())
}
