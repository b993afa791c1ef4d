package checks

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/arxsec/arxctl/internal/evidence"
)

// limits on what one check may store: enough for a person, bounded for a file.
const maxText = 2000

// Recorder collects what one check sees. It is safe for use by several
// goroutines of that check, and scrubs secrets from all text that it is given.
type Recorder struct {
	mu       sync.Mutex
	scrub    func(string) string
	progress func(unit string)
	pop      evidence.Population
	seen     []evidence.Observation
	residue  []*Residue
	facts    map[string]string
	na       string
	closed   bool // judged: what a check reports after that is dropped
}

// NewRecorder returns an empty recorder. scrub may be nil.
func NewRecorder(scrub func(string) string) *Recorder {
	if scrub == nil {
		scrub = func(s string) string { return s }
	}
	return &Recorder{scrub: scrub, facts: map[string]string{}}
}

// Population declares what the check sets out to look at, before the looking.
// unit is a plural for a person: "tenant tables". Calling it again adds names.
func (r *Recorder) Population(unit string, names ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.pop.Unit = unit
	for _, n := range names {
		n = r.clean(n)
		if !slices.Contains(r.pop.Expected, n) {
			r.pop.Expected = append(r.pop.Expected, n)
		}
	}
}

// Exclude declares that a unit of the population is not looked at, and why.
func (r *Recorder) Exclude(name, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if r.pop.Excluded == nil {
		r.pop.Excluded = map[string]string{}
	}
	r.pop.Excluded[r.clean(name)] = r.clean(reason)
}

// Claim reports whether a harm was absent: what was tried, via which exact SQL,
// request or command, what was wanted and what came.
func (r *Recorder) Claim(unit, what, via string, want evidence.Matcher, got string) {
	r.See(evidence.Observation{Kind: evidence.Claim, Unit: unit, What: what, Via: via, Want: want, Got: got})
}

// Sight reports a positive control: proof that a harm would have been seen.
func (r *Recorder) Sight(unit, what, via string, want evidence.Matcher, got string) {
	r.See(evidence.Observation{Kind: evidence.Sight, Unit: unit, What: what, Via: via, Want: want, Got: got})
}

// Advice reports something that weakens without refuting.
func (r *Recorder) Advice(unit, what, via string, want evidence.Matcher, got string) {
	r.See(evidence.Observation{Kind: evidence.Advice, Unit: unit, What: what, Via: via, Want: want, Got: got})
}

// Blind reports a claim that could not be seen, and why. End the reason with
// "to see this: ..." where a person can do something about it.
func (r *Recorder) Blind(unit, what, via, reason string) {
	r.See(evidence.Observation{Kind: evidence.Claim, Unit: unit, What: what, Via: via, Want: evidence.Absent(), Blind: reason})
}

// See reports an observation with all its fields.
func (r *Recorder) See(o evidence.Observation) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	o.Unit, o.What, o.Via = r.clean(o.Unit), r.clean(o.What), r.clean(o.Via)
	o.Blind, o.Fix = r.clean(o.Blind), r.clean(o.Fix)
	r.scrubGot(&o)
	r.seen = append(r.seen, o)
	progress := r.progress
	r.mu.Unlock()
	if progress != nil {
		progress(o.Unit)
	}
}

// scrubGot scrubs what came without changing what it means: a password that is
// also a word of ours ("nothing") must turn no pass into a failure, and no
// failure into a pass. Callers hold the lock.
func (r *Recorder) scrubGot(o *evidence.Observation) {
	raw := o.Got
	o.Got = r.clean(raw)
	before, _ := o.Want.Met(raw)
	after, _ := o.Want.Met(o.Got)
	switch {
	case before == after:
	case before && (o.Want.Op == "equals" || o.Want.Op == "one-of"):
		o.Got = raw // word for word what the check itself wrote down as wanted
	case o.Blind == "":
		o.Blind = "what came holds a secret, and means something else once that is scrubbed; to see this: give the stack a less common secret"
	}
}

// Residue declares something that may stay in the stack after the check. Declare
// before the request that may leave it: a check that is interrupted between the
// two must not have left what nobody was told of. What it returns says later
// what has stayed indeed.
func (r *Recorder) Residue(format string, a ...any) *Residue {
	s := &Residue{rec: r}
	s.Is(format, a...)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.residue = append(r.residue, s)
	}
	return s
}

// Residue is one thing that a check declared to leave.
type Residue struct {
	rec  *Recorder
	text string
}

// Is puts what stayed in the place of what might have.
func (s *Residue) Is(format string, a ...any) { s.set(fmt.Sprintf(format, a...)) }

// None withdraws the declaration: nothing has stayed.
func (s *Residue) None() { s.set("") }

func (s *Residue) set(text string) {
	s.rec.mu.Lock()
	defer s.rec.mu.Unlock()
	if !s.rec.closed {
		s.text = s.rec.clean(text)
	}
}

// declared returns the texts of what may have stayed. Callers hold the lock.
func (r *Recorder) declared() []string {
	var out []string
	for _, s := range r.residue {
		if s.text != "" {
			out = append(out, s.text)
		}
	}
	return out
}

// Fact stores what a later run compares with, such as a chain head.
func (r *Recorder) Fact(key, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.facts[r.clean(key)] = r.clean(value)
	}
}

// NotApplicable tells the runner that the thing to check does not exist here.
// It counts only beside an observation that shows the absence.
func (r *Recorder) NotApplicable(reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.na = r.clean(reason)
}

// Observations returns a copy of what was seen so far.
func (r *Recorder) Observations() []evidence.Observation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}

// clean scrubs secrets and bounds the length. Callers hold the lock.
func (r *Recorder) clean(s string) string {
	s = r.scrub(s)
	if len(s) > maxText {
		s = s[:maxText] + " ... (cut)"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// Judged returns the evidence of a check from what was recorded and the error
// that its Run returned. It closes the recorder: a check that goes on after its
// time can no longer touch what was judged.
func (r *Recorder) Judged(doc evidence.Doc, err error) evidence.Evidence {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	e := evidence.Evidence{Check: doc, Population: r.pop, Observations: r.seen, Residue: r.declared(), Facts: r.facts}
	slices.Sort(e.Population.Expected)
	if err != nil {
		e.Error = r.clean(err.Error())
		err = errors.New(e.Error) // what a reader of the stored run will judge again
	}
	e.Outcome, e.Reason = evidence.Judge(e.Observations, e.Population, err)
	if err == nil && r.na != "" && evidence.ShowsAbsence(e.Observations) {
		e.Outcome, e.Reason = evidence.NotApplicable, r.na
	}
	return e
}
