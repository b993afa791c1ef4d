// Package gate rules on runs: a policy says what must hold, waivers say what a
// named person accepts until when, and the difference of two runs says what
// changed. All of it is a pure function of runs, files and an as-of date.
package gate

import "time"

// Verdict is what a policy says of a run.
type Verdict struct {
	Policy   string   `json:"policy"`   // name or path of the policy
	AsOf     string   `json:"as_of"`    // RFC 3339, UTC: the moment that ages and waivers were held against
	Green    bool     `json:"green"`    // false also when nothing was assessed
	Summary  string   `json:"summary"`  // one line
	Required int      `json:"required"` // requirements that were held against the run
	Breaches []Breach `json:"breaches"` // what is not as required and not waived, worst first
	Waived   []Breach `json:"waived"`   // what would be a breach but for a waiver
	Exempted []Breach `json:"exempted"` // what would be a breach but for a door that the policy lets be closed
	Waivers  []Waiver `json:"waivers"`  // every waiver that was read, with what became of it
	// Unrequired names checks that failed and of which the policy requires nothing.
	Unrequired []string `json:"unrequired_failures"`
}

// Breach is one requirement that does not hold.
type Breach struct {
	Rule    string   `json:"rule"`             // the requirement, as the policy words it
	Check   string   `json:"check"`            // empty when it is about no single check
	Object  string   `json:"object"`           // what it is about: a check, a control, a question, a signer, an age
	Units   []string `json:"units"`            // the units that failed, where there are any
	Want    string   `json:"want"`             // what the policy requires
	Got     string   `json:"got"`              // what the run holds
	Fix     string   `json:"fix"`              // what to do
	Command string   `json:"command"`          // a line to paste
	Code    int      `json:"code"`             // exit code of this breach: 1 failed, 2 a waiver that matches nothing, 3 not looked at, 4 nothing assessed, 5 not signed or sound as required, 6 expired
	Waiver  *Waiver  `json:"waiver,omitempty"` // the one that excuses it, or the expired one that no longer does
}

// Waiver is a named, dated, expiring acceptance of a failing check. It changes
// a verdict, never an answer.
type Waiver struct {
	Check      string    `json:"check"`
	Unit       string    `json:"unit"` // the unit as the check names it, or * for every unit
	Reason     string    `json:"reason"`
	Owner      string    `json:"owner"`
	Ticket     string    `json:"ticket"`
	ApprovedBy string    `json:"approved_by"`
	Expires    time.Time `json:"expires"` // UTC; from this moment on it excuses nothing
	State      string    `json:"state"`   // in-force, expired or unmatched
	Source     string    `json:"source"`  // file:line
}

// States of a waiver.
const (
	InForce   = "in-force"
	Expired   = "expired"
	Unmatched = "unmatched" // an error: it excuses something that does not exist
)
