package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

// controls holds each control to the lines of the policy that name it. A waiver
// excuses none of them: it changes no answer.
func (j *judge) controls() {
	for _, p := range j.Policy.Require.Controls {
		n := 0
		for _, a := range j.Controls {
			if !matches(p.Name, a.Control.ID) {
				continue
			}
			n++
			var units, blind []string
			for _, s := range a.Support {
				j.required[s.Check] = true
				units = append(units, s.Failed...)
				if s.Status == control.Unproven || s.Status == control.Contradicted || s.Status == control.Stale {
					blind = append(blind, s.Check)
				}
			}
			fix := ""
			for _, s := range a.Support {
				fix = orElse(fix, s.ToSee)
			}
			j.claim(claim{rule: "require.controls." + p.Name, object: "control " + a.Control.ID + ": " + a.Control.Claim, wanted: p.Values, status: a.Status, why: a.Why,
				sample: a.Sample(), units: units, checks: blind, fix: fix})
		}
		if n == 0 {
			j.found = append(j.found, yamldoc.Finding{File: p.File, Line: p.Line, Field: "require.controls." + p.Name, Message: "matches no control; see the IDs in the directory of claims"})
		}
	}
}

// questions holds each answer to the lines of the policy that name its question.
func (j *judge) questions() {
	for _, p := range j.Policy.Require.Questions {
		id, _, _ := strings.Cut(p.Name, "/")
		n := 0
		var sections []questionnaire.Section
		if d := j.Documents[id]; d != nil {
			sections = d.Sections
		}
		for _, s := range sections {
			for _, a := range s.Answers {
				if !matches(p.Name, id+"/"+a.Question) {
					continue
				}
				n++
				c := claim{rule: "require.questions." + p.Name, object: "question " + id + " " + a.Question + ": " + a.Topic, wanted: p.Values, status: a.Status, why: a.Sentence, sample: a.Sample}
				for _, l := range a.Evidence {
					j.required[l.Check] = true
					c.units = append(c.units, l.Failed...)
					if l.Outcome != "pass" && l.Outcome != "warn" || l.ToSee != "" {
						c.checks = append(c.checks, l.Check)
						c.fix = orElse(c.fix, l.ToSee)
					}
				}
				if a.Gap != nil {
					c.fix = orElse(c.fix, a.Gap.Need)
				}
				j.claim(c)
			}
		}
		if n == 0 {
			j.found = append(j.found, yamldoc.Finding{File: p.File, Line: p.Line, Field: "require.questions." + p.Name, Message: "matches no question; expected as sig-lite/E.1.4 or sig-lite/E.*"})
		}
	}
}

// claim is a control or a question that is held to one line of the policy.
type claim struct {
	rule, object string
	wanted       []string
	status       control.Status
	why, fix     string
	sample       bool
	units        []string
	checks       []string // those that stand in the way
}

func (j *judge) claim(c claim) {
	j.v.Required++
	b := Breach{Rule: c.rule, Object: c.object, Units: slices.Compact(c.units), Want: orBetter(string(control.Proven), c.wanted), Got: string(c.status) + ": " + c.why, Code: codeBlind}
	for _, id := range c.checks {
		if e, ok := j.Run.Find(id); ok && e.Outcome == evidence.Fail {
			c.fix = e.Check.Fix
			break
		}
	}
	b.Fix, b.Command = orElse(c.fix, "bring the attestation that it requires, signed by a named role"), "arxctl gate --run "+orElse(j.RunPath, "run.json")+" --attestations FILE"
	if len(c.checks) > 0 {
		b.Command = j.look(strings.Join(c.checks, ","))
	}
	switch c.status {
	case control.Contradicted, control.Planned:
		b.Code = codeFailed
	case control.Stale:
		b.Code = codeExpired
	}
	switch c.status {
	case control.Proven, control.Attested, control.Contradicted: // a plan was neither looked at nor signed for
		j.assessed++
	}
	switch {
	case !acceptsStatus(c.wanted, c.status):
	case c.sample:
		b.Got, b.Fix, b.Code = fmt.Sprintf("%s, by a %s attestation that nobody signed", c.status, control.SampleText), "bring an attestation that a named role has signed", codeBlind
	default:
		return
	}
	j.breach(b)
}
