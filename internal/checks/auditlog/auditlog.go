// Package auditlog holds the checks that an audit log is append-only: that rows
// are complete, that nothing changes or removes them, and that the hash chain
// over them holds. Tables, triggers and settings come from the catalogue.
package auditlog

import "github.com/arxsec/arxctl/internal/checks"

// All returns the checks of this family.
func All() []*checks.Check {
	return []*checks.Check{Guard, Refusal, Role, Chain, Complete, Row, Coverage, Forgery}
}
