package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

// Codes of a breach, as the table of exit codes has them.
const (
	codeFailed  = 1
	codeUsage   = 2
	codeBlind   = 3
	codeNothing = 4
	codeBroken  = 5
	codeExpired = 6
)

// codeOrder is the order of breaches, worst first: that of the exit codes.
var codeOrder = [...]int{codeBroken, codeUsage, codeFailed, codeExpired, codeNothing, codeBlind}

// clockAhead is how far a run may lie ahead of the as-of moment: two clocks are
// never quite the same.
const clockAhead = 5 * time.Minute

// Input is everything that a verdict is a function of.
type Input struct {
	Policy    *Policy
	Run       *evidence.Run
	RunPath   string // for the commands that a person pastes
	Config    string // path of arxctl.yaml, for the same
	Shipped   []evidence.Doc
	AsOf      time.Time
	Waivers   []Waiver
	Signers   []Signer // one of them must have signed; none: no signature is required
	Signature Signature

	Baseline          *evidence.Run // or nil
	BaselineSignature Signature

	Controls  control.Assessments                // as of AsOf
	Documents map[string]*questionnaire.Document // by questionnaire ID, as of AsOf
}

// Signer is a key that may sign, with the words that named it.
type Signer struct{ Name, KeyID string }

// Signature is what was found when a run's signature was verified: the ID of the
// key that it is good for, or why there is none.
type Signature struct{ KeyID, Problem string }

// judge collects a verdict.
type judge struct {
	Input
	v        *Verdict
	assessed int // requirements that rest on something that was looked at or signed for
	counts   map[string]int
	found    yamldoc.Findings
	unsound  map[string]bool // checks whose record cannot be taken as it stands
	required map[string]bool // checks of which the policy requires something
}

// Evaluate holds a run against a policy. It is pure, and nothing is green by
// default: without a requirement that holds on something assessed there is a
// breach. The error is yamldoc.Findings: selectors of the policy that match
// nothing.
func Evaluate(in Input) (*Verdict, error) {
	j := &judge{Input: in, counts: map[string]int{}, unsound: map[string]bool{}, required: map[string]bool{}, v: &Verdict{Policy: in.Policy.Name, AsOf: in.AsOf.UTC().Format(time.RFC3339),
		Breaches: []Breach{}, Waived: []Breach{}, Exempted: []Breach{}, Unrequired: []string{}, Waivers: slices.Clone(empty(in.Waivers))}}
	for i := range j.v.Waivers {
		j.v.Waivers[i].State, _ = fate(j.v.Waivers[i], in.Run, in.Shipped, in.AsOf)
	}
	j.sound("the run", in.Run, true)
	j.signed("the run", in.Signature)
	j.stack()
	j.age()
	j.checks()
	j.controls()
	j.questions()
	j.baseline()
	j.waivers()
	if err := j.found.Err(); err != nil {
		return nil, err
	}
	if j.assessed == 0 {
		j.breach(Breach{Rule: "nothing assessed is never green", Object: "the run", Want: "at least one requirement that rests on something looked at", Got: fmt.Sprintf("%d records, none of what is required was assessed", len(in.Run.Records)),
			Fix: "run the checks that the policy requires", Command: j.rerun(), Code: codeNothing})
	}
	for _, e := range in.Run.Records {
		if e.Outcome == evidence.Fail && !j.required[e.Check.ID] {
			j.v.Unrequired = append(j.v.Unrequired, e.Check.ID)
		}
	}
	slices.SortStableFunc(j.v.Breaches, func(x, y Breach) int {
		return slices.Index(codeOrder[:], x.Code) - slices.Index(codeOrder[:], y.Code)
	})
	j.v.Green = len(j.v.Breaches) == 0
	j.v.Summary = j.summary()
	return j.v, nil
}

func (j *judge) breach(b Breach) {
	b.Units = empty(b.Units)
	j.v.Breaches = append(j.v.Breaches, b)
}

// rerun is the command that makes the run anew.
func (j *judge) rerun() string {
	return "arxctl check" + j.config() + " --run " + orElse(j.RunPath, "run.json")
}

func (j *judge) look(id string) string { return "arxctl check" + j.config() + " --only " + id }

func (j *judge) config() string {
	if j.Config == "" {
		return ""
	}
	return " -c " + j.Config
}

// sound holds a run against itself: a record that is there twice, or whose
// outcome is not what its observations judge to, is no evidence.
func (j *judge) sound(what string, run *evidence.Run, current bool) {
	j.v.Required++
	seen := map[string]bool{}
	for _, e := range run.Records {
		id, got := e.Check.ID, ""
		if seen[id] {
			got = "it is there twice"
		} else if err := e.Rejudge(); err != nil {
			got = err.Error()
		}
		seen[id] = true
		if got != "" {
			j.unsound[id] = j.unsound[id] || current
			j.breach(Breach{Rule: "records judge to what they say", Check: id, Object: what + ", record " + id, Want: "one record, as its own observations judge it", Got: got,
				Fix: "do not use this file: make the run again", Command: j.rerun(), Code: codeBroken})
		}
	}
	if current && !run.Complete {
		j.breach(Breach{Rule: "the run is complete", Object: what, Want: "every selected check had ended", Got: "interrupted before that", Fix: "run it again, to its end", Command: j.rerun(), Code: codeBlind})
	}
}

func (j *judge) signed(what string, s Signature) {
	if len(j.Signers) == 0 {
		return
	}
	j.v.Required++
	var names []string
	for _, x := range j.Signers {
		if x.KeyID != "" && strings.EqualFold(x.KeyID, s.KeyID) {
			return
		}
		names = append(names, x.Name)
	}
	got := s.Problem
	if s.KeyID != "" {
		got = "signed with the key " + s.KeyID
	}
	j.breach(Breach{Rule: "signed_by", Object: what, Want: "signed with " + strings.Join(names, " or "), Got: orElse(got, "no signature was verified"),
		Fix: "sign the run with one of these keys where it is made, and give the public key to whoever verifies it", Command: j.rerun() + " --key PRIVATE", Code: codeBroken})
}

// stack holds the run to the system that the policy is about.
func (j *judge) stack() {
	got, rule := j.Run.Stack, j.Policy.Stack
	for _, f := range [][3]string{{"name", rule.Name, got.Name}, {"kind", rule.Kind, got.Kind}, {"environment", rule.Environment, got.Environment}, {"build", rule.Build, got.Build}} {
		if f[1] == "" {
			continue
		}
		j.v.Required++
		if f[1] != f[2] {
			j.breach(Breach{Rule: "stack." + f[0], Object: "the run's stack", Want: f[0] + " " + f[1], Got: f[0] + " " + orElse(f[2], "not named"),
				Fix: "make the run against the stack that the policy names", Command: j.rerun(), Code: codeBlind})
		}
	}
}

// age holds the run, and each record, to the policy's limit and to the clock.
func (j *judge) age() {
	limit, _ := j.Policy.maxAge()
	j.v.Required++
	wrong := func(t time.Time) string {
		switch {
		case t.IsZero():
			return "carries no time"
		case t.After(j.AsOf.Add(clockAhead)):
			return "ended " + t.UTC().Format(time.RFC3339) + ", after the as-of moment " + j.v.AsOf
		case limit > 0 && j.AsOf.Sub(t) > limit:
			return fmt.Sprintf("ended %s, %s before %s", t.UTC().Format(time.RFC3339), ago(j.AsOf.Sub(t)), j.v.AsOf)
		}
		return ""
	}
	want := "evidence that is not of the future"
	if limit > 0 {
		want = "evidence not older than " + j.Policy.MaxAge + ", and not of the future"
	}
	if got := wrong(j.Run.Ended); got != "" {
		j.breach(Breach{Rule: "max_age", Object: "the run", Want: want, Got: got, Fix: "run the checks again", Command: j.rerun(), Code: codeExpired})
		return
	}
	var old []string
	first := ""
	for _, e := range j.Run.Records {
		if got := wrong(e.Ended); got != "" {
			old, first = append(old, e.Check.ID), orElse(first, got)
		}
	}
	if len(old) > 0 {
		j.breach(Breach{Rule: "max_age", Object: fmt.Sprintf("%d records of the run", len(old)), Units: old, Want: want, Got: old[0] + " " + first, Fix: "run the checks again", Command: j.rerun(), Code: codeExpired})
	}
}

// ago is a length of time for a person.
func ago(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days", int(d.Hours())/24)
	}
	return d.Round(time.Minute).String()
}

func (j *judge) summary() string {
	of := fmt.Sprintf("%s (%s), build %s", orElse(j.Run.Stack.Name, "an unnamed stack"), orElse(j.Run.Stack.Environment, "no environment"), orElse(j.Run.Stack.Build, "not named"))
	if j.Run.Stack.Kind != "vendor" {
		of += "; demonstration: " + orElse(j.Run.Stack.Kind, "unknown kind of") + " stack"
	}
	var parts []string
	for _, k := range []string{"pass", "warn", "fail", "inconclusive", "not-run", "not-applicable", "missing", "waived", "exempted"} {
		if n := j.counts[k]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, k))
		}
	}
	text := fmt.Sprintf("%s: %d requirements hold on %s", j.v.Policy, j.v.Required, of)
	if !j.v.Green {
		text = fmt.Sprintf("%s: %s of %d requirements on %s", j.v.Policy, many(len(j.v.Breaches), "breach", "breaches"), j.v.Required, of)
	}
	if len(parts) > 0 {
		text += "; checks required: " + strings.Join(parts, ", ")
	}
	if len(j.v.Unrequired) > 0 {
		text += "; not required and failing: " + some(j.v.Unrequired)
	}
	if len(j.Signers) == 0 {
		text += "; no signature required"
	}
	return text
}

func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
