package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

// TroubleKind says what an observation that did not hold means for its check.
type TroubleKind string

const (
	Refuted TroubleKind = "refuted" // a claim was seen to be untrue
	Unseen  TroubleKind = "unseen"  // it could not be looked at, or was not
	Weak    TroubleKind = "weak"    // it weakens the check without refuting it
)

// Trouble is one reason why a check did not simply pass. Its texts are as the
// stack gave them: each format escapes them for itself.
type Trouble struct {
	Kind                      TroubleKind
	Unit, What, Want, Got     string
	Via, Fix                  string
	Layer, SQLState, Observed string       // Observed is the kind of the observation; empty where there was none
	Waiver                    *gate.Waiver // the one in force for this unit, or nil
}

// Troubles returns everything that kept a check from simply passing, all of it:
// refuted claims first, then what was not seen, then what weakens.
func (in RunInput) Troubles(e evidence.Evidence) []Trouble {
	if e.Outcome == evidence.NotRun || e.Outcome == evidence.NotApplicable {
		return nil
	}
	var list []Trouble
	sighted, claimed, told := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, o := range e.Observations {
		if o.Met() {
			sighted[o.Unit] = sighted[o.Unit] || o.Kind == evidence.Sight
			claimed[o.Unit] = claimed[o.Unit] || o.Kind == evidence.Claim
			continue
		}
		told[o.Unit] = told[o.Unit] || o.Kind != evidence.Advice
		t := Trouble{Kind: Unseen, Unit: o.Unit, What: o.What, Want: o.Want.String(), Got: o.Got, Via: o.Via, Fix: o.Fix,
			Layer: string(o.Layer), SQLState: o.SQLState, Observed: string(o.Kind)}
		switch _, err := o.Want.Met(o.Got); {
		case o.Refutes():
			t.Kind = Refuted
		case o.Kind == evidence.Advice && o.Blind == "" && err == nil:
			t.Kind = Weak
		}
		if t.Got == "" {
			t.Got = "nothing"
		}
		if o.Blind != "" {
			if t.Fix == "" {
				t.Fix = toSee(evidence.Advise(o.Blind))
			}
			t.Got = "could not be seen: " + o.Blind
			if o.Got != "" {
				t.Got += " (" + o.Got + ")"
			}
		}
		list = append(list, t)
	}
	for _, u := range e.Population.Expected {
		switch why, out := e.Population.Excluded[u]; {
		case out:
			list = append(list, Trouble{Kind: Weak, Unit: u, What: "left out by declaration", Want: "looked at", Got: "left out: " + why})
		case !told[u] && (!sighted[u] || !claimed[u]): // as Judge has it: a unit counts with a met sight and a seen claim
			list = append(list, Trouble{Kind: Unseen, Unit: u, What: "one of the " + e.Population.Unit, Want: "looked at", Got: "not looked at"})
		}
	}
	order := []TroubleKind{Refuted, Unseen, Weak}
	slices.SortStableFunc(list, func(a, b Trouble) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) })
	for i := range list {
		if list[i].Fix == "" {
			list[i].Fix = Remedy(e)
		}
		if list[i].Kind != Unseen { // nothing excuses not looking
			list[i].Waiver = in.waiverOf(e.Check.ID, list[i].Unit)
		}
	}
	return list
}

// Signature says in one line whether anybody vouches for the run.
func (in RunInput) Signature() string {
	if in.KeyID == "" {
		return "UNSIGNED: nobody vouches for this run with a signature"
	}
	return "signed with the key whose SHA-256 is " + in.KeyID
}

// Remedy says what to do about a check: how to mend what failed, or, where it did
// not look, how to make it see.
func Remedy(e evidence.Evidence) string {
	if e.Outcome == evidence.Inconclusive || e.Outcome == evidence.NotRun {
		if how := toSee(e.Reason); how != "" {
			return how
		}
	}
	return e.Check.Fix
}

func toSee(reason string) string {
	if i := strings.LastIndex(reason, evidence.ToSee); i >= 0 {
		return reason[i+len(evidence.ToSee):]
	}
	return ""
}

// Demonstration says that a run is of the reference stack, or is empty when the
// stack is the vendor's.
func (in RunInput) Demonstration() string {
	if in.Run.Stack.Kind == "reference" {
		return questionnaire.DemonstrationText
	}
	return ""
}

// Assessed returns how many checks came to an outcome about the stack: neither
// not run nor not applicable.
func Assessed(run *evidence.Run) int {
	n := 0
	for _, e := range run.Records {
		if e.Outcome != evidence.NotRun && e.Outcome != evidence.NotApplicable {
			n++
		}
	}
	return n
}

// NothingAssessed is the identifier under which formats report a run that says
// nothing about the stack: a file without results must not read as a green one.
const NothingAssessed = "arxctl.nothing-assessed"

// GateBreach begins the identifier under which formats report what a policy
// requires and no record of the run shows.
const GateBreach = "arxctl.gate."

// Breaches returns, as records that failed, what the gate found and the run's own
// records do not already show as failed or blind: a check that is missing, a
// signer, an age, a control. A file about a red gate must not read as a green one.
func (in RunInput) Breaches() []evidence.Evidence {
	if in.Verdict == nil || in.Verdict.Green {
		return nil
	}
	list := in.Verdict.Breaches
	if len(list) == 0 {
		list = []gate.Breach{{Rule: "the policy", Object: in.Verdict.Policy, Want: "green", Got: in.Verdict.Summary, Fix: "See the gate's own report.", Command: "arxctl gate --help"}}
	}
	var out []evidence.Evidence
	seen := map[string]int{}
	for _, b := range list {
		if e, ok := in.Run.Find(b.Check); ok && (e.Outcome == evidence.Fail || e.Outcome == evidence.Inconclusive) && (b.Code == 1 || b.Code == 3) {
			continue
		}
		sum := sha256.Sum256([]byte(b.Rule + "\x00" + b.Check + "\x00" + b.Object))
		id := GateBreach + hex.EncodeToString(sum[:4])
		if seen[id]++; seen[id] > 1 {
			id = fmt.Sprintf("%s.%d", id, seen[id])
		}
		units := b.Units
		if len(units) == 0 {
			units = []string{b.Object}
		}
		e := evidence.Evidence{Outcome: evidence.Fail, Reason: fmt.Sprintf("%s: %s: wanted %s, got %s", b.Object, b.Rule, b.Want, b.Got), Started: in.Run.Ended, Ended: in.Run.Ended,
			Population: evidence.Population{Unit: "requirements", Expected: units},
			Check:      evidence.Doc{ID: id, Version: 1, Title: "Gate: " + b.Object, Proves: "That the run is as the policy requires.", DoesNotProve: "Anything that the policy does not require.", Fix: b.Fix, Reproduce: b.Command}}
		for _, u := range units {
			e.Observations = append(e.Observations, evidence.Observation{Kind: evidence.Claim, Unit: u, What: b.Rule, Want: evidence.Matcher{Op: "equals", Value: b.Want}, Got: b.Got, Fix: b.Fix})
		}
		out = append(out, e)
	}
	return out
}

// Hidden returns, as records that did not run, the checks whose records were
// withheld from the run file: what a reader was not given is not passed over.
func (in RunInput) Hidden() []evidence.Evidence {
	var out []evidence.Evidence
	for _, id := range in.Withheld {
		out = append(out, evidence.Evidence{Outcome: evidence.NotRun, Reason: "its record is withheld from this run file", Started: in.Run.Ended, Ended: in.Run.Ended,
			Check: evidence.Doc{ID: id, Title: "Withheld: " + id, Fix: "Ask whoever sent the run for the whole of it."}})
	}
	return out
}

// Nothing says why a run proves nothing, or is empty when something was assessed.
func Nothing(run *evidence.Run) string {
	switch {
	case Assessed(run) > 0:
		return ""
	case len(run.Records) == 0:
		return "nothing was assessed: the run holds no check, so it says nothing about the stack"
	}
	return fmt.Sprintf("nothing was assessed: none of the %d checks came to an outcome, so the run says nothing about the stack", len(run.Records))
}

// Command returns a line to paste: how to see a failure by hand, or how to run
// the check again where it could not see.
func (in RunInput) Command(e evidence.Evidence) string {
	if e.Outcome == evidence.Fail && e.Check.Reproduce != "" {
		return e.Check.Reproduce
	}
	line := "arxctl check --only " + quoted(e.Check.ID)
	if in.Config != "" && in.Config != "arxctl.yaml" {
		line += " -c " + quoted(in.Config)
	}
	return line
}

// quoted makes one word for a POSIX shell of any text.
func quoted(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// identity tells runs apart: the run digest, or the SHA-256 of the run's JSON
// where no run file was written.
func (in RunInput) identity() string {
	if in.Digest != "" {
		return in.Digest
	}
	b, err := json.Marshal(in.Run)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// UUIDs returns a function that gives the UUID version 5 (RFC 9562, section 5.5)
// of a thing in this run by its name: the same run and name give the same UUID
// on any machine.
func (in RunInput) UUIDs() func(name string) string {
	run := in.identity()
	return func(name string) string { return StableUUID(run + "\x00" + name) }
}

// StableUUID returns the UUID version 5 of a name that outlives one run.
func StableUUID(name string) string {
	space := uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/arxsec/arxctl"))
	return uuid.NewSHA1(space, []byte(name)).String()
}

// RelativeURI makes a relative URI reference (RFC 3986, section 4.2) of a path. A
// path that is not below the working directory says more about a machine than
// about the run, so only its last part is kept. An empty path stays empty.
func RelativeURI(file string) string {
	if file == "" {
		return ""
	}
	file = path.Clean(filepath.ToSlash(file))
	if path.IsAbs(file) || file == ".." || strings.HasPrefix(file, "../") {
		file = path.Base(file)
	}
	var b strings.Builder
	for _, c := range []byte(file) {
		if strings.IndexByte("/.-_~", c) >= 0 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// When returns the end of a check, or of the run where the check has none.
func (in RunInput) When(e evidence.Evidence) time.Time {
	if e.Ended.IsZero() {
		return in.Run.Ended.UTC()
	}
	return e.Ended.UTC()
}

// Was returns what the baseline holds of a check, and whether it holds any.
func (in RunInput) Was(check string) (evidence.Evidence, bool) {
	if in.Before == nil {
		return evidence.Evidence{}, false
	}
	return in.Before.Find(check)
}

// SameTroubles reports whether two lists name the same things with the same
// answers; waivers and fixes do not count.
func SameTroubles(a, b []Trouble) bool {
	return slices.EqualFunc(a, b, func(x, y Trouble) bool {
		return x.Kind == y.Kind && x.Unit == y.Unit && x.What == y.What && x.Want == y.Want && x.Got == y.Got
	})
}
