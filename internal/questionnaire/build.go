package questionnaire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
)

// RunInfo is the run that the assessments were made from.
type RunInfo struct {
	Run    *evidence.Run
	Digest string // SHA-256 of the run's index, hexadecimal
	KeyID  string // of the key that the run's seal names, by its own account; empty: unsigned
	// Audience is whom the document is for; empty is Private. What Held names stands
	// in Run as records that are withheld.
	Audience Level
	Held     Held
}

// Build answers every question of q. An answer that would say something with a
// customer variable in it that has no value is held, and names it. An error names
// such a variable in the document's own text, or the control that does not exist.
func Build(q *Questionnaire, assessed control.Assessments, info RunInfo, customer Customer, asOf time.Time) (*Document, error) {
	if info.Run == nil {
		return nil, errors.New("no run: expected the evidence that the answers rest on; make one with: arxctl check --run PATH")
	}
	b := &builder{q: q, assessed: assessed, info: info, vars: resolver{customer: customer}, asOf: asOf}
	b.overrides(customer)
	d := &Document{ID: q.ID, Title: b.vars.text(q.Title, "", q.At, "title"), Framework: q.Framework, Layout: q.Layout,
		Notice: b.vars.text(q.Notice, "", q.At, "notice"), Stack: info.Run.Stack, Tool: info.Run.Tool,
		RunStarted: info.Run.Started, RunEnded: info.Run.Ended, RunComplete: info.Run.Complete, RunDigest: info.Digest, KeyID: info.KeyID, AsOf: asOf}
	if d.Audience = info.Audience; d.Audience == "" {
		d.Audience = Private
	}
	d.Held = info.Held
	if info.Run.Stack.Kind != "vendor" {
		d.Demonstration = DemonstrationText
	}
	for _, part := range q.Sections {
		s := Section{ID: part.ID, Title: b.vars.text(part.Title, "", part.At, "title")}
		for _, x := range part.Questions {
			s.Answers = append(s.Answers, b.answer(part.ID, x))
		}
		d.Sections = append(d.Sections, s)
	}
	for _, n := range q.NotVerifiable {
		said := NotVerifiable{}
		said.What, _ = b.vars.held(n.What, "Something that")
		said.Instead, _ = b.vars.held(n.Instead, "Something that")
		d.NotVerifiable = append(d.NotVerifiable, said)
	}
	d.Lacks = b.vars.lacks
	if err := b.vars.found.Err(); err != nil {
		return nil, err
	}
	d.summarise()
	return d, nil
}

type builder struct {
	q        *Questionnaire
	assessed control.Assessments
	info     RunInfo
	vars     resolver
	asOf     time.Time
	override map[string]Override // question ID -> what the customer's file says of it
}

func (b *builder) answer(section string, x Question) Answer {
	ans := Answer{Section: section, Question: x.ID, Topic: b.vars.text(x.Topic, x.ID, x.At, "topic"), Requirement: x.Requirement,
		Citation: x.Citation, POC: x.POC, Text: x.Text}
	w := &writer{build: onBuild(b.info.Run.Stack.Build), environment: name(b.info.Run.Stack.Environment, 2)}
	var lacks []string // by what decides it
	for _, id := range x.Decide {
		if a, missing, ok := b.find(id, x, "decide"); ok {
			w.deciders, lacks = append(w.deciders, a), append(lacks, missing...)
		}
	}
	ans.Status = control.Unanswered
	for i, a := range w.deciders {
		if i == 0 {
			ans.Status = a.Status
		}
		ans.Status = control.Weakest(ans.Status, a.Status)
		b.decider(&ans, a, x)
	}
	slices.SortStableFunc(ans.Controls, func(p, q Decider) int {
		switch {
		case p.Status == q.Status:
			return 0
		case control.Weakest(p.Status, q.Status) == p.Status:
			return -1
		}
		return 1
	})
	for _, id := range x.Mention {
		if a, _, ok := b.find(id, x, "mention"); ok {
			m := mentionOf(a)
			m.Part = partOf(a.Control, b.q.Framework, x.ID)
			ans.Mentioned = append(ans.Mentioned, m)
		}
	}
	ans.Value = value(ans.Status)
	ans.Sentence = w.sentence(ans.Status)
	ans.gap(x, w.deciders)
	if o, ok := b.override[x.ID]; ok {
		b.apply(o, &ans)
	}
	if ans.Override == nil { // what a role says in its place needs no variable
		ans.wait(lacks, x)
	}
	if ans.Value == "Yes" || ans.Value == "No" { // blank on NA, and where nothing is answered
		ans.Ownership = x.SSRM
	}
	return ans
}

// MentionsOf is what controls come to that stand beside a question and do not decide it.
func MentionsOf(assessed control.Assessments, ids []string) []Mention {
	var out []Mention
	for _, id := range ids {
		if a, ok := assessed.Find(id); ok {
			out = append(out, mentionOf(a))
		}
	}
	return out
}

func mentionOf(a control.Assessment) Mention {
	m := Mention{ID: a.Control.ID, Claim: a.Control.Claim, Status: a.Status, Why: a.Why, Scope: a.Control.Scope, Sample: a.Sample()}
	for _, s := range a.Support {
		if s.Status == control.Contradicted {
			m.Failed = append(m.Failed, s.Check)
		}
	}
	return m
}

// partOf returns what a control's partial reference to a question says of it.
func partOf(c control.Control, framework, question string) string {
	for _, r := range c.Refs {
		if r.Framework == framework && r.ID == question && r.Part {
			return r.Reason
		}
	}
	return ""
}

// find returns the assessment of a control with the customer's variables put
// into everything that its YAML says, and the variables that have no value. Text
// from a run is left as it is.
func (b *builder) find(id string, x Question, field string) (a control.Assessment, missing []string, ok bool) {
	if a, ok = b.assessed.Find(id); !ok {
		b.vars.found = append(b.vars.found, yamldoc.Finding{File: x.At.File, Line: x.At.Of(field), Field: field,
			Message: fmt.Sprintf("question %s names the control %s, which does not exist", x.ID, id)})
		return a, nil, false
	}
	c := &a.Control
	var in, beside, why []string
	c.Claim, in = b.vars.held(c.Claim, "A claim that")
	c.DoesNotProve, beside = b.vars.held(c.DoesNotProve, "Something that")
	if a.Status == control.NotApplicable {
		a.Why, why = b.vars.held(c.Reason, "A reason that")
	}
	return a, slices.Concat(in, beside, why), true
}

// decider adds to an answer everything that one deciding control brings.
func (b *builder) decider(ans *Answer, a control.Assessment, x Question) {
	c := a.Control
	dec := Decider{ID: c.ID, Claim: c.Claim, Status: a.Status, Why: a.Why, Scope: c.Scope, Owner: c.Owner}
	for _, r := range c.Refs {
		if r.Framework == b.q.Framework {
			dec.Refs = append(dec.Refs, r)
		}
	}
	ans.Controls = append(ans.Controls, dec)
	add(&ans.DoesNotProve, c.DoesNotProve)
	for _, s := range a.Support {
		if slices.ContainsFunc(ans.Evidence, func(l Line) bool { return l.Check == s.Check }) {
			continue
		}
		line := evidenceLine(s, b.info.Digest)
		line.POC = orElse(orElse(x.POC, c.POC), s.POC)
		line.Text = line.text()
		if s.Outcome != control.Missing && !named(b.info.Run.Stack.Build) {
			line.Text += ", build not named"
			add(&ans.Details, "The run does not say which build was examined; to have it said: set build: in arxctl.yaml and run again")
		}
		ans.Evidence = append(ans.Evidence, line)
		if s.Reproduce != "" {
			ans.See = append(ans.See, See{Check: s.Check, Command: s.Reproduce})
		}
	}
	for _, s := range a.Signed {
		ans.Attested = append(ans.Attested, Signed{Signed: s, Text: signedLine(s)})
	}
	for _, warning := range a.Warnings {
		add(&ans.Details, "Warning: "+warning)
	}
	for _, s := range a.Support {
		if s.ToSee != "" {
			add(&ans.Details, "To see "+s.Check+": "+s.ToSee)
		}
	}
	for _, w := range a.Awaits {
		add(&ans.Details, "Awaits: "+w)
	}
	if a.Status == control.Stale {
		add(&ans.Details, fmt.Sprintf("Last value: Yes, %s on %s", a.Last, date(a.LastOn)))
	}
	live := len(c.Requires.Checks) > 0 && c.State != control.StatePlanned
	ans.Sample = ans.Sample || a.Sample()
	ans.Live = ans.Live || live
	ans.Blind = ans.Blind || live && len(a.BlindOn) > 0
	ans.Expired = ans.Expired || a.Expired
}

func (ans *Answer) gap(x Question, deciders []control.Assessment) {
	switch ans.Status {
	case control.Unanswered:
		ans.Gap = &Gap{Owner: orElse(x.SuggestedOwner, "not assigned"), Need: "a control that decides this, with a check or a signed attestation behind it"}
	case control.Unproven:
		var owners, needs []string
		for _, a := range deciders {
			if a.Status == control.Unproven {
				add(&owners, a.Control.Owner)
				add(&needs, needOf(a))
			}
		}
		ans.Gap = &Gap{Owner: orElse(orElse(together(owners), x.SuggestedOwner), "not assigned"), Need: strings.Join(needs, "; ")}
	}
}

// needOf is what would let a claim be seen.
func needOf(a control.Assessment) string {
	for _, s := range a.Support {
		if s.Status == control.Unproven && s.ToSee != "" {
			return "to see " + s.Check + ": " + s.ToSee
		}
	}
	return a.Why
}

func value(s control.Status) string {
	switch s {
	case control.Proven, control.Attested:
		return "Yes"
	case control.Contradicted, control.Planned:
		return "No"
	case control.NotApplicable:
		return "NA"
	}
	return ""
}

func add(list *[]string, s string) {
	if s = strings.TrimSpace(s); s != "" && !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}
