// Package faults holds the named defects that the reference stack can be given. A fault is a value: a new one is an
// entry in the list of its family.
package faults

import (
	"slices"
	"sort"
)

// Fault is one defect, how it is planted, and who must notice.
type Fault struct {
	// ID names the fault; Family is tenancy, auditlog, bootkey or ratelimit.
	ID, Title, Family string
	// Ref says where the defect is known from: a manual, a rule of a linter, a public issue.
	Ref string
	// SQL runs in order as the superuser in the stack's database, each statement in a transaction of its own.
	SQL []string
	// Env is added to the environment of both replicas.
	Env map[string]string
	// Switches are those of the replicas (api.SwitchNames).
	Switches []string
	// RedisDead takes Redis away.
	RedisDead bool
	// Catches lists the checks that must notice; Expect is the outcome that the fault must lead to: pass, warn, fail
	// or inconclusive.
	Catches []string
	Expect  string
}

// All returns every fault, sorted by family and id.
func All() []Fault {
	var all []Fault
	for family, list := range map[string][]Fault{
		"tenancy":   slices.Concat(tenancy(), tenancyAPI(), blindTenancy()),
		"auditlog":  slices.Concat(auditlog(), auditlogAPI(), blindAuditlog()),
		"bootkey":   append(bootkey(), blindBootkey()...),
		"ratelimit": append(ratelimit(), blindRatelimit()...),
	} {
		for _, f := range list {
			f.Family = family
			all = append(all, f)
		}
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].Family != all[j].Family {
			return all[i].Family < all[j].Family
		}
		return all[i].ID < all[j].ID
	})
	return all
}

// Find returns the fault of an id.
func Find(id string) (Fault, bool) {
	for _, f := range All() {
		if f.ID == id {
			return f, true
		}
	}
	return Fault{}, false
}
