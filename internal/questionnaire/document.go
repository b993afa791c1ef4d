package questionnaire

import (
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
)

// Layouts of a document.
const (
	LayoutQuestionnaire = "questionnaire"
	LayoutReport        = "report"
)

// DemonstrationText is printed on every page and sheet of a document that was
// made from the reference stack.
const DemonstrationText = "Demonstration: reference stack, not the vendor's system"

// SampleText is printed beside every attestation that is a sample.
const SampleText = control.SampleText

// Document is a questionnaire with every question answered: all that a format
// needs to render it.
type Document struct {
	ID        string // sig-lite, soc2, hipaa
	Title     string
	Framework string
	Layout    string // questionnaire or report
	Notice    string // what this document is and is not

	Stack         evidence.Stack
	Tool          string // name and version of arxctl that collected the run
	RunStarted    time.Time
	RunEnded      time.Time
	RunComplete   bool
	RunDigest     string // SHA-256 of the run's index, hexadecimal
	KeyID         string // SHA-256 of the public key that the run's seal names, hexadecimal: for the reader to verify; empty: unsigned
	AsOf          time.Time
	Demonstration string // DemonstrationText, or empty when the stack is the vendor's
	Samples       bool   // at least one answer rests on a sample attestation
	Audience      Level  // whom this is for; Private: nothing is held back
	Held          Held   // what the audience is not shown

	Counts        []Count // one a status, in the order of control.Statuses, zeros included
	Sections      []Section
	NotVerifiable []NotVerifiable
	Lacks         []string // customer variables without a value that something in it needs
	Checks        []string // check IDs that the answers rest on, sorted: the appendix
}

// Count is how many answers have a status.
type Count struct {
	Status control.Status
	N      int
}

// Section is a titled group of answers.
type Section struct {
	ID      string
	Title   string
	Answers []Answer
}

// Answer is the answer to one question.
type Answer struct {
	Section     string // section ID
	Question    string // question ID as the framework numbers it
	Topic       string // own words
	Requirement string // required, addressable or standard (HIPAA), else empty
	Citation    string // 45 CFR 164..., else empty
	POC         string // section of the walk-through, as "§1", else empty
	Text        string // official wording, where its licence allows it, else empty

	Status    control.Status
	Value     string   // Yes, No, NA, or empty
	Ownership string   // CAIQ: one of Owners beside a Yes or a No, else empty
	Sentence  string   // for the buyer, at most 35 words, no file paths
	Details   []string // what stands beside the sentence: warnings, what is awaited, what weakens each control

	Controls     []Decider // the deciding controls, weakest first
	Evidence     []Line    // one a required check
	Attested     []Signed  // one a required attestation
	Mentioned    []Mention
	See          []See
	DoesNotProve []string // by the deciding controls; each Line has its check's own
	Gap          *Gap     // only unanswered and unproven

	Live    bool // a deciding control requires a check
	Blind   bool // live, and a required check could not see or did not run
	Expired bool // a run, an attestation or an override is beyond its limit
	Sample  bool // rests on a sample attestation

	Lacks    []string    // customer variables without a value that a held answer, or a planned No, needs
	Override *Overridden // nil: the answer is what the evidence gives
}

// Owner names the roles that answer for the deciding controls, each once, in the
// order of these; empty where none does.
func (a *Answer) Owner() string {
	var owners []string
	for _, c := range a.Controls {
		add(&owners, c.Owner)
	}
	return together(owners)
}

// together joins names as a sentence does.
func together(names []string) string {
	if n := len(names); n > 2 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, " and ")
}

// Overridden says that an answer is not what the evidence gives, who said so,
// and what the evidence gives.
type Overridden struct {
	Reason   string
	Owner    string
	Expires  time.Time
	Value    string // of the evidence
	Sentence string // of the evidence
	Valued   bool   // the value is the role's, not only the sentence
}

// Decider is one deciding control, with its claim resolved.
type Decider struct {
	ID     string
	Claim  string
	Status control.Status
	Why    string
	Scope  control.Scope
	Owner  string
	Refs   []control.Ref // those of this document's framework
}

// Line is a line of evidence.
type Line struct {
	Check        string
	Title        string
	Outcome      string // pass, warn, fail, inconclusive, not-applicable, not-run, missing
	Good         int    // k of
	Counted      int    // n
	Unit         string // units, plural
	Failed       []string
	Excluded     []string
	When         time.Time // zero when the check left no record
	POC          string
	Digest       string // first 12 hexadecimal digits of the run digest
	Reason       string
	ToSee        string // what to do to see it, when it was not seen
	DoesNotProve string // what the check itself leaves open
	Held         string // why the record is not shown to this audience; then no unit is known
	Text         string // all of it as one line for a person
}

// Signed is an attestation as it is printed.
type Signed struct {
	control.Signed
	Text string // one line for a person; begins with SampleText when it is a sample
}

// Mention is a control that stands beside the answer without deciding it.
type Mention struct {
	ID     string
	Claim  string
	Status control.Status
	Why    string
	Scope  control.Scope
	Sample bool     // rests on a sample attestation
	Part   string   // which part of the question it speaks to, by its reference; else empty
	Failed []string // the checks that contradict it
}

// See is how a reader can see it for themselves.
type See struct {
	Check   string
	Command string // to paste after eval "$(arxctl env)"
}

// Gap says what is missing and who should bring it.
type Gap struct {
	Owner string // suggested owner role
	Need  string
}

// NotVerifiable is something that a proof of concept cannot show.
type NotVerifiable struct {
	What    string `yaml:"what"`
	Instead string `yaml:"instead"`
}
