// Package control holds the claims that a vendor makes and the attestations
// that stand behind some of them, and assesses each claim against a run: what
// is proven, attested, planned, unproven, contradicted, not applicable or
// stale. It reads no clock; the as-of date is given.
package control

import (
	"time"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

// Status is what can honestly be said of a control, and of an answer.
type Status string

const (
	Contradicted  Status = "contradicted"   // a required check failed
	Unproven      Status = "unproven"       // something required was not looked at, or is missing
	Stale         Status = "stale"          // was proven or attested, beyond its limit
	Planned       Status = "planned"        // the vendor says it is not in place yet
	NotApplicable Status = "not-applicable" // with a reason
	Attested      Status = "attested"       // a named role signed for it
	Proven        Status = "proven"         // every required check passed or warned on the whole population
	Unanswered    Status = "unanswered"     // no control decides the question; answers only
)

// Statuses lists every status, weakest first, in the order in which they are
// counted and shown. Where several things are required the first one wins.
func Statuses() []Status {
	return []Status{Contradicted, Unproven, Stale, Planned, NotApplicable, Attested, Proven, Unanswered}
}

// SampleText is printed wherever a sample attestation is: nobody signed it.
const SampleText = "SAMPLE"

// State is what the vendor says of a claim.
type State string

const (
	Implemented        State = "implemented"
	StatePlanned       State = "planned"
	StateNotApplicable State = "not-applicable"
)

// Subject is what a claim is about. A claim about the company is never proven
// by probes of the product.
type Subject string

const (
	Product Subject = "product"
	Company Subject = "company"
)

// Scope says where a claim holds: on any stack that was probed, or in
// production only.
type Scope string

const (
	POC        Scope = "poc"
	Production Scope = "production"
)

// Control is one claim with what it requires.
type Control struct {
	ID           string       `yaml:"id"`
	Claim        string       `yaml:"claim"` // may hold [customer-variable] placeholders
	State        State        `yaml:"state"`
	Subject      Subject      `yaml:"subject"`
	Scope        Scope        `yaml:"scope"`
	Requires     Requires     `yaml:"requires"`
	Owner        string       `yaml:"owner"`
	Target       string       `yaml:"target"` // only planned
	Reason       string       `yaml:"reason"` // only not-applicable
	Fresh        yamldoc.Days `yaml:"fresh"`  // how old a run may be; 30 days when absent
	DoesNotProve string       `yaml:"does_not_prove"`
	Refs         []Ref        `yaml:"refs"`
	POC          string       `yaml:"poc"`
	Aliases      []string     `yaml:"aliases"` // how buyers call what it claims, for questions in their own words
	At           yamldoc.At   `yaml:"-"`
}

// Requires lists everything that has to hold; the weakest wins.
type Requires struct {
	Checks       []string   `yaml:"checks"`
	Attestations []string   `yaml:"attestations"`
	Awaits       []string   `yaml:"awaits"` // evidence that cannot be collected yet, in plain words
	At           yamldoc.At `yaml:"-"`
}

// Ref says which requirement of a framework the evidence supports. Part is
// true when it supports a part only.
type Ref struct {
	Framework string     `yaml:"framework"`
	ID        string     `yaml:"id"`
	Part      bool       `yaml:"part"`
	Reason    string     `yaml:"reason"`
	At        yamldoc.At `yaml:"-"`
}

// Attestation is a statement signed for by a named role.
type Attestation struct {
	ID        string       `yaml:"id"`
	Statement string       `yaml:"statement"`
	Role      string       `yaml:"role"`
	Date      yamldoc.Date `yaml:"date"`
	Expires   yamldoc.Date `yaml:"expires"`
	Artefact  Artefact     `yaml:"artefact"`
	Sample    bool         `yaml:"sample"`
	At        yamldoc.At   `yaml:"-"`
}

// Artefact is the document that an attestation rests on, by name and SHA-256
// in lower-case hexadecimal.
type Artefact struct {
	Name   string     `yaml:"name"`
	SHA256 string     `yaml:"sha256"`
	At     yamldoc.At `yaml:"-"`
}

// Library is every control and attestation, each ordered by ID.
type Library struct {
	Controls     []Control
	Attestations []Attestation
}

// Assessment is the status of one control with everything it rests on.
type Assessment struct {
	Control Control
	Status  Status
	// Why is one plain sentence without the claim: what weakens it, or what it
	// rests on.
	Why string
	// Last is what went beyond its limit in a stale control: attested when a
	// signature did, else proven. LastOn is when that was signed or shown, the
	// earliest of several.
	Last     Status
	LastOn   time.Time
	Support  []Support // one a required check, in the order required
	Signed   []Signed  // one a required attestation, in the order required
	Awaits   []string  // evidence that cannot be collected yet
	Expired  bool      // stale because a run or an attestation is beyond its limit
	BlindOn  []string  // required checks that ran or should have run, and could not see
	Warnings []string  // reasons of required checks that warned
}

// Support is what one required check contributes.
type Support struct {
	Check        string
	Title        string
	Outcome      string // an evidence.Outcome, or "missing" when the run has no record of the check
	Status       Status // what this check alone allows
	Good         int    // units looked at and not failed
	Counted      int    // units expected less those excluded
	Expected     int    // all units of the population
	Unit         string // plural name of the units
	Failed       []string
	Outside      []string  // of those that failed, the ones that are not counted in the population
	Excluded     []string  // "unit (reason)", sorted
	When         time.Time // the earlier end of record and run; zero when the record carries no time
	POC          string
	Reproduce    string
	DoesNotProve string
	Reason       string
	ToSee        string // what to do to see it, when it was not seen
	Withheld     bool   // the run has a record of the check, and this file does not show it
	Closed       bool   // not run because a door was taken out by declaration
	Held         string // why the record is not shown to the reader; then no unit is known
}

// Signed is what one required attestation contributes.
type Signed struct {
	ID        string
	Status    Status // attested, stale, or unproven when missing
	Found     bool
	Statement string
	Role      string
	Date      time.Time
	Expires   time.Time
	Artefact  string
	SHA256    string
	Sample    bool
	Reason    string // why it is not in force, when it is not
}
