// Package all lists every check. It is the only importer of the families.
package all

import (
	"slices"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/auditlog"
	"github.com/arxsec/arxctl/internal/checks/bootkey"
	"github.com/arxsec/arxctl/internal/checks/ratelimit"
	"github.com/arxsec/arxctl/internal/checks/tenancy"
)

// Checks returns every check, family by family.
func Checks() []*checks.Check {
	return slices.Concat(tenancy.All(), auditlog.All(), bootkey.All(), ratelimit.All())
}
