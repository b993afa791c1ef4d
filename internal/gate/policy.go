package gate

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
)

// Policy says what a run must show before something goes out of the door.
type Policy struct {
	Version     string        `yaml:"version"`
	Name        string        `yaml:"name"`
	Require     Require       `yaml:"require"`
	Stack       StackRule     `yaml:"stack"`        // the run must be of this one
	MaxAge      string        `yaml:"max_age"`      // as 24h or 7d; absent: any age
	SignedBy    []string      `yaml:"signed_by"`    // paths of public keys, or key IDs; one of them must have signed
	Baseline    BaselineRules `yaml:"baseline"`     // absent: all of them, where a baseline is given
	ClosedDoors []string      `yaml:"closed_doors"` // doors that may be closed by declaration
	Waivers     string        `yaml:"waivers"`      // path of the waivers, from the policy's own directory
	At          yamldoc.At    `yaml:"-"`
}

// Require lists what must hold. Each line is a selector and the outcome or
// status wanted. For a check the most specific selector counts: its ID, then a
// glob, then its family, then deterministic.
type Require struct {
	Deterministic yamldoc.Texts  `yaml:"deterministic"` // outcomes wanted of every check that sends no load, shipped or in the run
	Checks        []yamldoc.Pair `yaml:"checks"`        // IDs or globs (path.Match)
	Families      []yamldoc.Pair `yaml:"families"`
	Controls      []yamldoc.Pair `yaml:"controls"`  // IDs or globs
	Questions     []yamldoc.Pair `yaml:"questions"` // as sig-lite/E.1.4 or sig-lite/E.*
	At            yamldoc.At     `yaml:"-"`
}

// StackRule says of which stack the run must be; what is empty may be any.
type StackRule struct {
	Name        string     `yaml:"name"`
	Kind        string     `yaml:"kind"`
	Environment string     `yaml:"environment"`
	Build       string     `yaml:"build"`
	At          yamldoc.At `yaml:"-"`
}

// BaselineRules say how a run may not differ from an earlier one.
type BaselineRules struct {
	NoNewFailures    bool       `yaml:"no_new_failures"`
	NoLostSight      bool       `yaml:"no_lost_sight"`
	NoShrunkCoverage bool       `yaml:"no_shrunk_coverage"`
	At               yamldoc.At `yaml:"-"`
}

// sendsLoad is the effect that makes an outcome depend on what else the stack
// does at the time; every other check is deterministic.
const sendsLoad = "sends load"

// defaultMaxAge is how old a run may be where no policy is given, in hours.
const defaultMaxAge = "24h"

// DefaultPolicy is the one that holds when none is given: every deterministic
// check that arxctl ships, and every one in the run, passed or warned, at most 24
// hours ago. It excuses nothing.
func DefaultPolicy() *Policy {
	return &Policy{Version: "1", Name: "default", Require: Require{Deterministic: yamldoc.Texts{string(evidence.Warn)}}, MaxAge: defaultMaxAge}
}

// DecodePolicy reads a policy strictly. The error is yamldoc.Findings: every
// field that is unknown, missing or malformed, with file and line.
func DecodePolicy(f yamldoc.File) (*Policy, error) {
	p := &Policy{}
	found := yamldoc.Of(yamldoc.Decode(f.Name, f.Body, p))
	if p.At.File == "" && len(found) > 0 { // not a block of fields at all: that is the one thing to say
		return p, found.Err()
	}
	p.At.File = f.Name
	return p, append(found, p.check()...).Err()
}

func (p *Policy) check() yamldoc.Findings {
	var found yamldoc.Findings
	bad := func(at yamldoc.At, name, field, format string, a ...any) {
		line := at.Of(name)
		if line == 0 {
			line = p.At.Of("require")
		}
		found = append(found, yamldoc.Finding{File: p.At.File, Line: line, Field: field, Message: fmt.Sprintf(format, a...)})
	}
	if p.Version != "1" {
		bad(p.At, "version", "version", "expected 1, got %q", p.Version)
	}
	if p.Name == "" {
		bad(p.At, "name", "name", "missing; expected what the verdict calls this policy, as release")
	}
	r := p.Require
	if len(r.Deterministic)+len(r.Checks)+len(r.Families)+len(r.Controls)+len(r.Questions) == 0 {
		bad(p.At, "require", "require", "requires nothing, so nothing could be green; expected deterministic, checks, families, controls or questions, as deterministic: [warn]")
	}
	values := func(line int, field string, got []string, want ...string) {
		for _, v := range got {
			if !slices.Contains(want, v) {
				found = append(found, yamldoc.Finding{File: p.At.File, Line: line, Field: field, Message: fmt.Sprintf("expected one of %s, got %q", strings.Join(want, ", "), v)})
			}
		}
	}
	outcomes := []string{string(evidence.Pass), string(evidence.Warn), string(evidence.NotApplicable)}
	statuses := []string{string(control.Proven), string(control.Attested), string(control.Planned), string(control.NotApplicable)}
	if _, given := r.At.Fields["deterministic"]; given && len(r.Deterministic) == 0 {
		bad(r.At, "deterministic", "require.deterministic", "expected outcomes, as [warn]")
	}
	values(r.At.Of("deterministic"), "require.deterministic", r.Deterministic, outcomes...)
	for name, list := range map[string][]yamldoc.Pair{"checks": r.Checks, "families": r.Families, "controls": r.Controls, "questions": r.Questions} {
		for _, x := range list {
			field := "require." + name + "." + x.Name
			if _, err := path.Match(x.Name, ""); err != nil {
				found = append(found, yamldoc.Finding{File: x.File, Line: x.Line, Field: field, Message: "not a valid pattern; expected an ID, or a glob as tenancy.*"})
			}
			if name == "checks" || name == "families" {
				values(x.Line, field, x.Values, outcomes...)
			} else {
				values(x.Line, field, x.Values, statuses...)
			}
			if id, q, _ := strings.Cut(x.Name, "/"); name == "questions" && (id == "" || q == "" || strings.ContainsAny(id, "*?[\\")) {
				found = append(found, yamldoc.Finding{File: x.File, Line: x.Line, Field: field, Message: "expected a questionnaire and a question, as sig-lite/E.1.4 or sig-lite/E.*"})
			}
		}
	}
	if _, err := p.maxAge(); err != nil {
		bad(p.At, "max_age", "max_age", "%v", err)
	}
	for i, s := range p.SignedBy {
		if strings.TrimSpace(s) == "" {
			bad(p.At, "signed_by", fmt.Sprintf("signed_by[%d]", i), "expected the path of a public key, or a key ID")
		}
	}
	if _, given := p.At.Fields["signed_by"]; given && len(p.SignedBy) == 0 {
		bad(p.At, "signed_by", "signed_by", "names nobody; expected the path of a public key, or a key ID")
	}
	if _, given := p.At.Fields["baseline"]; given && !p.Baseline.any() {
		bad(p.At, "baseline", "baseline", "holds no rule; expected no_new_failures, no_lost_sight or no_shrunk_coverage, as true")
	}
	if _, given := p.At.Fields["stack"]; given && p.Stack.Name+p.Stack.Kind+p.Stack.Environment+p.Stack.Build == "" {
		bad(p.At, "stack", "stack", "names nothing; expected name, kind, environment or build")
	}
	for i, d := range p.ClosedDoors {
		if known := []string{"db", "redis", "api", "boot", "repo", "inbox"}; !slices.Contains(known, d) {
			bad(p.At, "closed_doors", fmt.Sprintf("closed_doors[%d]", i), "expected one of %s, got %q", strings.Join(known, ", "), d)
		}
	}
	return found
}

// maxAge returns how old evidence may be; 0: any age.
func (p *Policy) maxAge() (time.Duration, error) {
	if p.MaxAge == "" {
		return 0, nil
	}
	days, isDays := strings.CutSuffix(p.MaxAge, "d")
	if n, err := strconv.Atoi(days); isDays && err == nil && n > 0 && n <= 3660 {
		return time.Duration(n) * 24 * time.Hour, nil
	}
	if d, err := time.ParseDuration(p.MaxAge); err == nil && d > 0 {
		return d, nil
	}
	return 0, fmt.Errorf("expected a length of time as 24h or 7d, got %q", p.MaxAge)
}

// Questionnaires returns the IDs of the questionnaires that the policy asks
// something of, each once.
func (p *Policy) Questionnaires() []string {
	var ids []string
	for _, q := range p.Require.Questions {
		if id, _, _ := strings.Cut(q.Name, "/"); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Compares reports whether the policy's own words ask for a baseline.
func (p *Policy) Compares() bool { return p.Baseline.any() }

func (b BaselineRules) any() bool { return b.NoNewFailures || b.NoLostSight || b.NoShrunkCoverage }

// rules returns what a baseline is held to: all of it where the policy says
// nothing.
func (p *Policy) rules() BaselineRules {
	if p.Baseline.any() {
		return p.Baseline
	}
	return BaselineRules{NoNewFailures: true, NoLostSight: true, NoShrunkCoverage: true}
}

// accepts reports whether an outcome is as good as wanted: pass always is.
func accepts(wanted []string, o evidence.Outcome) bool {
	return o == evidence.Pass || o != "" && slices.Contains(wanted, string(o))
}

// acceptsStatus reports whether a status is as wanted: proven always is.
func acceptsStatus(wanted []string, s control.Status) bool {
	return s == control.Proven || s != "" && slices.Contains(wanted, string(s))
}

// orBetter says what is wanted: "pass or warn".
func orBetter(best string, wanted []string) string {
	return strings.Join(append([]string{best}, without(wanted, []string{best})...), " or ")
}
