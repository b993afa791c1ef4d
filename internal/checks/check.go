// Package checks defines a check, the recorder that it reports to, and the
// runner. A check is a plain value that carries its own documentation; it
// reports what it saw and never rules: evidence.Judge does.
package checks

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Effect is what a check does to the stack: a bit set.
type Effect uint

const (
	RolledBack      Effect = 1 << iota // writes in transactions that are rolled back
	LeavesRows                         // rows in probe organisations, or append-only rows, stay: Residue says which
	LaunchesProcess                    // starts processes of the application, always stopped
	SendsLoad                          // sends bounded bursts of requests
	Irreversible                       // cannot be undone, even in a probe organisation
)

var effectNames = []struct {
	bit  Effect
	name string
}{{RolledBack, "rolled back"}, {LeavesRows, "leaves rows"}, {LaunchesProcess, "launches a process"}, {SendsLoad, "sends load"}, {Irreversible, "irreversible"}}

// Names lists the effects for a person.
func (e Effect) Names() []string {
	var out []string
	for _, n := range effectNames {
		if e&n.bit != 0 {
			out = append(out, n.name)
		}
	}
	return out
}

// Check is a named probe. Its documentation is its fields: explain, the
// generated reference, report footnotes and stored evidence all copy them.
type Check struct {
	ID           string // family.name
	Version      int    // goes up when what the check looks at changes
	Title        string
	Proves       string
	DoesNotProve string
	Fix          string
	Doors        []stack.Door // all must be configured, else the check is not run
	Effects      Effect
	// Exclusive names what no other running check may use: probe organisations.
	Exclusive []string
	Residue   string        // what it leaves, required with LeavesRows
	Reproduce string        // a command to paste after eval "$(arxctl env)"
	POC       string        // section of the proof-of-concept walk-through, as §2
	Timeout   time.Duration // one minute by default
	// Run looks. An error means that it could not look.
	Run func(context.Context, *stack.Stack, *Recorder) error
}

// Family returns the part of the ID before the dot.
func (c *Check) Family() string {
	f, _, _ := strings.Cut(c.ID, ".")
	return f
}

// Doc returns the documentation as evidence stores it.
func (c *Check) Doc() evidence.Doc {
	doors := make([]string, len(c.Doors))
	for i, d := range c.Doors {
		doors[i] = string(d)
	}
	return evidence.Doc{ID: c.ID, Version: c.Version, Title: c.Title, Proves: c.Proves, DoesNotProve: c.DoesNotProve, Fix: c.Fix,
		Residue: c.Residue, Reproduce: c.Reproduce, POC: c.POC, Doors: doors, Effects: c.Effects.Names()}
}

var validID = regexp.MustCompile(`^[a-z]+\.[a-z]+(-[a-z]+)*$`)

// Validate reports every check of the list whose documentation or shape is not
// fit to be published, and every ID that is there twice.
func Validate(list []*Check) error {
	var errs []error
	seen := map[string]bool{}
	for _, c := range list {
		bad := func(format string, a ...any) {
			errs = append(errs, fmt.Errorf("check %s: %s", c.ID, fmt.Sprintf(format, a...)))
		}
		if !validID.MatchString(c.ID) {
			bad("ID: expected family.name in lower case")
		}
		if seen[c.ID] {
			bad("ID: there are two checks with it")
		}
		seen[c.ID] = true
		for field, text := range map[string]string{"Title": c.Title, "Proves": c.Proves, "DoesNotProve": c.DoesNotProve, "Fix": c.Fix, "Reproduce": c.Reproduce} {
			if strings.TrimSpace(text) == "" {
				bad("%s is empty", field)
			}
		}
		if c.Version < 1 {
			bad("Version: expected 1 or more")
		}
		if len(c.Doors) == 0 {
			bad("Doors: expected at least one")
		}
		if c.Run == nil {
			bad("Run is nil")
		}
		if (c.Effects&LeavesRows != 0) != (c.Residue != "") {
			bad("Residue and LeavesRows go together")
		}
	}
	return errors.Join(errs...)
}
