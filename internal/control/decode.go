package control

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

// DefaultFresh is how old a run may be when a control does not say.
const DefaultFresh yamldoc.Days = 30

// Frameworks are those that a control may refer to.
func Frameworks() []string { return []string{"soc2", "hipaa", "caiq-4.0.3", "caiq-4.1.0", "mvsp-3.0"} }

var (
	validID     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	validSHA256 = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Decode reads controls and attestations strictly. The error is
// yamldoc.Findings: every unknown, missing, repeated or malformed field, with
// file and line. The library holds what could be read all the same, so that
// the rest can still be linted.
func Decode(controls, attestations []yamldoc.File) (*Library, error) {
	lib, found := &Library{}, yamldoc.Findings{}
	seen := map[string]yamldoc.At{}
	for _, f := range controls {
		var doc struct {
			Controls []Control `yaml:"controls"`
		}
		if err := yamldoc.Decode(f.Name, f.Body, &doc); err != nil {
			found = append(found, yamldoc.Of(err)...)
		}
		for i := range doc.Controls {
			c := &doc.Controls[i]
			found = append(found, c.check(fmt.Sprintf("controls[%d]", i))...)
			if twice(&found, seen, "control", c.ID, c.At) {
				continue
			}
			if c.Fresh == 0 {
				c.Fresh = DefaultFresh
			}
			lib.Controls = append(lib.Controls, *c)
		}
	}
	seen = map[string]yamldoc.At{}
	for _, f := range attestations {
		var doc struct {
			Attestations []Attestation `yaml:"attestations"`
		}
		if err := yamldoc.Decode(f.Name, f.Body, &doc); err != nil {
			found = append(found, yamldoc.Of(err)...)
		}
		for i := range doc.Attestations {
			a := &doc.Attestations[i]
			found = append(found, a.check(fmt.Sprintf("attestations[%d]", i))...)
			if twice(&found, seen, "attestation", a.ID, a.At) {
				continue
			}
			lib.Attestations = append(lib.Attestations, *a)
		}
	}
	slices.SortFunc(lib.Controls, func(a, b Control) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(lib.Attestations, func(a, b Attestation) int { return strings.Compare(a.ID, b.ID) })
	return lib, found.Err()
}

// Control returns the control with this ID, and whether there is one.
func (l *Library) Control(id string) (Control, bool) {
	for _, c := range l.Controls {
		if c.ID == id {
			return c, true
		}
	}
	return Control{}, false
}

// Attestation returns the attestation with this ID, and whether there is one.
func (l *Library) Attestation(id string) (Attestation, bool) {
	for _, a := range l.Attestations {
		if a.ID == id {
			return a, true
		}
	}
	return Attestation{}, false
}

func twice(found *yamldoc.Findings, seen map[string]yamldoc.At, what, id string, at yamldoc.At) bool {
	if id == "" {
		return true // already reported as missing
	}
	if first, ok := seen[id]; ok {
		*found = append(*found, yamldoc.Finding{File: at.File, Line: at.Of("id"), Field: "id",
			Message: fmt.Sprintf("there are two %ss %q; the first is at %s:%d", what, id, first.File, first.Of("id"))})
		return true
	}
	seen[id] = at
	return false
}

func (c *Control) check(field string) yamldoc.Findings {
	var found yamldoc.Findings
	bad := func(name, format string, a ...any) {
		found = append(found, yamldoc.Finding{File: c.At.File, Line: c.At.Of(name), Field: field + "." + name, Message: fmt.Sprintf(format, a...)})
	}
	if !validID.MatchString(c.ID) {
		bad("id", "expected an id as tenant-isolation-rls, got %q", c.ID)
	}
	if c.Claim == "" {
		bad("claim", "missing; expected one sentence that a buyer can read")
	}
	if c.Owner == "" {
		bad("owner", "missing; expected the role that answers for the claim")
	}
	oneOf(bad, "state", string(c.State), string(Implemented), string(StatePlanned), string(StateNotApplicable))
	oneOf(bad, "subject", string(c.Subject), string(Product), string(Company))
	oneOf(bad, "scope", string(c.Scope), string(POC), string(Production))
	for i, r := range c.Refs {
		line := func(name string) yamldoc.Finding {
			return yamldoc.Finding{File: r.At.File, Line: r.At.Of(name), Field: fmt.Sprintf("%s.refs[%d].%s", field, i, name)}
		}
		if !slices.Contains(Frameworks(), r.Framework) {
			f := line("framework")
			f.Message = fmt.Sprintf("expected one of %s, got %q", strings.Join(Frameworks(), ", "), r.Framework)
			found = append(found, f)
		}
		if r.ID == "" {
			f := line("id")
			f.Message = "missing; expected the framework's own identifier"
			found = append(found, f)
		}
	}
	return found
}

func (a *Attestation) check(field string) yamldoc.Findings {
	var found yamldoc.Findings
	bad := func(name, format string, x ...any) {
		found = append(found, yamldoc.Finding{File: a.At.File, Line: a.At.Of(name), Field: field + "." + name, Message: fmt.Sprintf(format, x...)})
	}
	if !validID.MatchString(a.ID) {
		bad("id", "expected an id as acceptable-use-policy, got %q", a.ID)
	}
	if a.Statement == "" {
		bad("statement", "missing; expected what the role signs for")
	}
	if a.Role == "" {
		bad("role", "missing; expected the role that signs, as CISO")
	}
	if a.Date.IsZero() {
		bad("date", "missing; expected the day it was signed, as 2026-09-01")
	}
	if a.Expires.IsZero() {
		bad("expires", "missing; expected the last day it holds, as 2027-09-01")
	} else if a.Expires.Before(a.Date.Time) {
		bad("expires", "%s is before date, %s", a.Expires, a.Date)
	}
	if a.Artefact.Name == "" {
		bad("artefact", "missing name; expected the document that it rests on")
	}
	if !validSHA256.MatchString(a.Artefact.SHA256) {
		bad("artefact", "expected sha256 as 64 lower-case hexadecimal digits, got %q", a.Artefact.SHA256)
	}
	return found
}

func oneOf(bad func(string, string, ...any), name, got string, want ...string) {
	if !slices.Contains(want, got) {
		bad(name, "expected one of %s, got %q", strings.Join(want, ", "), got)
	}
}
