// Package evidence holds what a check saw and the one rule that turns it into
// an outcome. It imports the standard library only, so that a stored run can
// be judged again anywhere, without the stack that it came from.
package evidence

import (
	"fmt"
	"strings"
	"time"
)

// Kind says what an observation is for.
type Kind string

const (
	// Claim states a harm and its absence; unmet, it refutes the check.
	Claim Kind = "claim"
	// Sight is a positive control; unmet, the check could not have seen a harm.
	Sight Kind = "sight"
	// Advice weakens without refuting; unmet, the outcome is at best a warning.
	Advice Kind = "advice"
)

// Layer names what refused an attempted harm.
type Layer string

const (
	LayerNone        Layer = ""
	LayerPrivilege   Layer = "privilege"    // 42501, "permission denied"
	LayerRowSecurity Layer = "row security" // rows filtered, or 42501 on WITH CHECK
	LayerTrigger     Layer = "trigger"      // an exception raised by a trigger that fired
	LayerConstraint  Layer = "constraint"   // class 23, identity columns, generated columns
	LayerApplication Layer = "application"  // the HTTP service or process answered
)

// Outcome is the judgement on one check. Judge makes the first four; the
// runner alone makes NotApplicable and NotRun.
type Outcome string

const (
	Pass          Outcome = "pass"
	Warn          Outcome = "warn"
	Fail          Outcome = "fail"
	Inconclusive  Outcome = "inconclusive"
	NotApplicable Outcome = "not-applicable"
	NotRun        Outcome = "not-run"
)

// Observation is one thing looked at. Via is the exact SQL, request or command.
// Blind, when not empty, is the reason why the answer was neither the harm nor
// its refusal; a blind observation never counts as met.
type Observation struct {
	Unit     string  `json:"unit"`
	What     string  `json:"what"`
	Via      string  `json:"via"`
	Want     Matcher `json:"want"`
	Got      string  `json:"got"`
	Blind    string  `json:"blind,omitempty"`
	Kind     Kind    `json:"kind"`
	Layer    Layer   `json:"layer,omitempty"`
	SQLState string  `json:"sqlstate,omitempty"`
	// Fix is what to do about this unit, when more exact than the check's own.
	Fix string `json:"fix,omitempty"`
}

// Population is the set of units that a check set out to look at, enumerated
// apart from the looking. Expected lists all of them by name; Excluded gives
// the declared reason for each that was left out.
type Population struct {
	Unit     string            `json:"unit"`
	Expected []string          `json:"expected"`
	Excluded map[string]string `json:"excluded,omitempty"`
}

// Doc is a check's documentation as it was when the evidence was collected.
type Doc struct {
	ID           string   `json:"id"`
	Version      int      `json:"version"`
	Title        string   `json:"title"`
	Proves       string   `json:"proves"`
	DoesNotProve string   `json:"does_not_prove"`
	Fix          string   `json:"fix"`
	Residue      string   `json:"residue,omitempty"`
	Reproduce    string   `json:"reproduce"`
	POC          string   `json:"poc,omitempty"`
	Doors        []string `json:"doors"`
	Effects      []string `json:"effects,omitempty"`
}

// Evidence is everything that one check reported, with its outcome.
type Evidence struct {
	Check        Doc               `json:"check"`
	Outcome      Outcome           `json:"outcome"`
	Reason       string            `json:"reason"`
	Error        string            `json:"error,omitempty"` // why the check could not look, as Judge saw it
	Population   Population        `json:"population"`
	Observations []Observation     `json:"observations"`
	Residue      []string          `json:"residue,omitempty"`
	Facts        map[string]string `json:"facts,omitempty"` // what a later run compares with, such as chain heads
	Started      time.Time         `json:"started"`
	Ended        time.Time         `json:"ended"`
	// Withheld stands in for a record that its reader is not shown; it is never
	// stored. Then only the check's ID, the outcome and the end are known.
	Withheld *Withheld `json:"-"`
}

// Withheld is what is said of a record that a reader is not shown.
type Withheld struct {
	Why     string
	Partial bool // part of the population was left out by declaration
}

// Family returns the part of the check's ID before its first dot.
func (e Evidence) Family() string {
	for i := range len(e.Check.ID) {
		if e.Check.ID[i] == '.' {
			return e.Check.ID[:i]
		}
	}
	return e.Check.ID
}

// ClosedDoor is the reason of a check that did not run because arxctl.yaml
// declares a door that it needs as closed, with the writer's own reason.
func ClosedDoor(door, why string) string { return fmt.Sprintf("the %s door is closed: %s", door, why) }

// ClosedDoor returns the door that was declared closed and so kept the check from
// running, or "". Only a check that did not run carries the runner's own words:
// the reason of any other outcome quotes what a stack said.
func (e Evidence) ClosedDoor() string {
	if e.Outcome != NotRun {
		return ""
	}
	for _, d := range e.Check.Doors {
		if strings.HasPrefix(e.Reason, ClosedDoor(d, "")) {
			return d
		}
	}
	return ""
}

// Stack is the identity of the system that was examined.
type Stack struct {
	Name        string            `json:"name"`
	Kind        string            `json:"kind"`        // vendor or reference
	Environment string            `json:"environment"` // production, shared or disposable
	Build       string            `json:"build"`
	Identity    map[string]string `json:"identity,omitempty"` // server version, system identifier, replica names
}

// Source is the identity that a CI system gave to the job in which the run was
// made, as its own environment variables name it: a claim of that environment,
// worth what the signing key is worth.
type Source struct {
	Provider   string `json:"provider"` // github-actions or gitlab-ci
	Repository string `json:"repository"`
	Commit     string `json:"commit"`
	Ref        string `json:"ref,omitempty"`
	Workflow   string `json:"workflow,omitempty"` // the file that defines the job, with its ref
	Job        string `json:"job,omitempty"`      // URL of the job
}

// Run is all evidence of one execution.
type Run struct {
	Tool     string     `json:"tool"` // name and version of arxctl
	Stack    Stack      `json:"stack"`
	Config   string     `json:"config_sha256,omitempty"` // SHA-256 of arxctl.yaml as it was, hexadecimal
	Source   *Source    `json:"source,omitempty"`        // where a CI system ran it; nil elsewhere
	Started  time.Time  `json:"started"`
	Ended    time.Time  `json:"ended"`
	Complete bool       `json:"complete"` // false when interrupted before every selected check had ended
	Records  []Evidence `json:"records"`  // ordered by check ID
	Withheld []string   `json:"-"`        // IDs of checks whose records exist and were withheld from this reader
}

// Find returns the evidence of the check with this ID, and whether there is any.
func (r *Run) Find(id string) (Evidence, bool) {
	for _, e := range r.Records {
		if e.Check.ID == id {
			return e, true
		}
	}
	return Evidence{}, false
}
