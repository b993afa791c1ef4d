package rendering

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/seal"
)

// A document for an audience below the vendor's own is made from a run of which
// records are withheld. It can be rendered again by its reader, who has the cut
// run alone, since the outcome of each withheld record stands in the inputs. The
// run's own seal signs those outcomes too, as passed, warned or neither: a
// verifier with the key holds the one against the other.

// Stated is the outcome of a record that the audience is not shown.
type Stated struct {
	Check   string           `json:"check"`
	Outcome evidence.Outcome `json:"outcome"`
	Ended   time.Time        `json:"ended"`
	Partial bool             `json:"partial,omitempty"` // part of the population was left out by declaration
}

func stated(e evidence.Evidence) Stated {
	return Stated{Check: e.Check.ID, Outcome: e.Outcome, Ended: e.Ended.UTC(), Partial: evidence.Counted(e.Population) < len(e.Population.Expected)}
}

// For returns the inputs of the same document for an audience: what the customer's
// file labels above it is cut out of what travels. Claims travel whole, since a
// claim is no evidence.
func (in Inputs) For(audience questionnaire.Level, run *seal.Run) (Inputs, error) {
	if audience == questionnaire.Private || audience == "" {
		return in, nil
	}
	in.Audience = audience
	from, err := in.decode()
	if err != nil {
		return in, err
	}
	held, err := in.held(from)
	if err != nil {
		return in, err
	}
	in.Withheld = nil
	checks, _ := held.IDs()
	for _, id := range checks {
		if e, ok := run.Find(id); ok {
			in.Withheld = append(in.Withheld, stated(e))
		}
	}
	in.Files, err = cutAttestations(in.Files, from.library, held)
	return in, err
}

// held is what the audience of these inputs is not shown.
func (in Inputs) held(from decoded) (questionnaire.Held, error) {
	if in.Audience == "" {
		return questionnaire.Held{}, nil
	}
	if in.Audience != questionnaire.Public && in.Audience != questionnaire.NDA {
		return questionnaire.Held{}, fmt.Errorf("the inputs: audience: expected public or nda, got %q", in.Audience)
	}
	return from.customer.Visibility.Held(in.Audience, from.library, from.questionnaire)
}

// shown is the run as the audience sees it: the same from the whole run and from
// the one that was cut.
func (in Inputs) shown(run *seal.Run, held questionnaire.Held) (*evidence.Run, error) {
	out := run.Run
	if in.Audience == "" {
		if len(in.Withheld) > 0 {
			return nil, fmt.Errorf("the inputs state the outcome of %s, and hold nothing back", in.Withheld[0].Check)
		}
		return &out, nil
	}
	out.Records = nil
	for _, e := range run.Records {
		if _, yes := held.Checks[e.Check.ID]; !yes {
			out.Records = append(out.Records, e)
			continue
		}
		i := slices.IndexFunc(in.Withheld, func(s Stated) bool { return s.Check == e.Check.ID })
		if i < 0 || !in.Withheld[i].is(stated(e)) {
			return nil, fmt.Errorf("the inputs do not state what the run says of %s, which is held back", e.Check.ID)
		}
	}
	for _, s := range in.Withheld {
		level, yes := held.Checks[s.Check]
		_, there := run.Find(s.Check)
		if !yes || !there && !slices.Contains(run.Withheld, s.Check) {
			return nil, fmt.Errorf("the inputs state the outcome of %s, which is not held back from this run", s.Check)
		}
		if !slices.Contains([]evidence.Outcome{evidence.Pass, evidence.Warn, evidence.Fail, evidence.Inconclusive, evidence.NotRun, evidence.NotApplicable}, s.Outcome) {
			return nil, fmt.Errorf("the inputs: %s: unknown outcome %q", s.Check, s.Outcome)
		}
		if s.Ended.Before(run.Started.Add(-seal.ClockStep)) || s.Ended.After(run.Ended.Add(seal.ClockStep)) {
			return nil, fmt.Errorf("the inputs state that %s ended on %s, outside the run", s.Check, s.Ended.Format(time.RFC3339))
		}
		why := questionnaire.HeldBack(level)
		out.Records = append(out.Records, evidence.Evidence{Check: evidence.Doc{ID: s.Check}, Outcome: s.Outcome, Reason: why,
			Ended: s.Ended, Withheld: &evidence.Withheld{Why: why, Partial: s.Partial}})
	}
	out.Withheld = slices.DeleteFunc(slices.Clone(run.Withheld), func(id string) bool {
		return slices.ContainsFunc(in.Withheld, func(s Stated) bool { return s.Check == id })
	})
	slices.SortStableFunc(out.Records, func(a, b evidence.Evidence) int { return cmp.Compare(a.Check.ID, b.Check.ID) })
	return &out, nil
}

func (s Stated) is(other Stated) bool {
	return s.Outcome == other.Outcome && s.Partial == other.Partial && s.Ended.Equal(other.Ended)
}

// Cut returns the run file that goes to the audience of a document: the digest and
// the seal of the whole one hold for it.
func (in Inputs) Cut(run *seal.Run) (*seal.Run, error) {
	var ids []string
	for _, x := range in.Withheld {
		if _, there := run.Find(x.Check); there {
			ids = append(ids, x.Check)
		}
	}
	if len(ids) == 0 {
		return run, nil
	}
	return run.Withhold(ids, "held back: this copy is for the audience "+string(in.Audience))
}

// agree holds the outcomes that the inputs state against those that the run's
// seal states. Without a seal there is nothing to hold them against.
func (in Inputs) agree(sealed map[string]string) error {
	for _, s := range in.Withheld {
		want := seal.StatedFailed
		switch s.Outcome {
		case evidence.Pass:
			want = seal.StatedPassed
		case evidence.Warn:
			want = seal.StatedWarned
		}
		if got, ok := sealed[s.Check]; ok && got != want {
			return fmt.Errorf("the inputs state that %s, which is held back, came to %s, and the seal of the run lists it as %s", s.Check, s.Outcome, got)
		}
	}
	return nil
}

// cutAttestations rewrites each file with an attestation that is held back: who
// signed, and when, stays; what was said, and in which document, does not.
func cutAttestations(files []File, lib *control.Library, held questionnaire.Held) ([]File, error) {
	type artefact struct {
		Name   string `yaml:"name"`
		SHA256 string `yaml:"sha256"`
	}
	type attestation struct {
		ID        string   `yaml:"id"`
		Statement string   `yaml:"statement"`
		Role      string   `yaml:"role"`
		Date      string   `yaml:"date"`
		Expires   string   `yaml:"expires"`
		Artefact  artefact `yaml:"artefact"`
		Sample    bool     `yaml:"sample,omitempty"`
	}
	out := slices.Clone(files)
	for i, f := range out {
		if f.Role != Attestation {
			continue
		}
		var list []attestation
		cut := false
		for _, a := range lib.Attestations {
			if a.At.File != cmp.Or(f.path, f.Name) {
				continue
			}
			x := attestation{a.ID, a.Statement, a.Role, a.Date.String(), a.Expires.String(), artefact{a.Artefact.Name, a.Artefact.SHA256}, a.Sample}
			if level, yes := held.Attestations[a.ID]; yes {
				x.Statement, x.Artefact.Name, cut = capital(questionnaire.HeldBack(level)), "document held back", true
			}
			list = append(list, x)
		}
		if !cut {
			continue
		}
		b, err := yaml.Marshal(map[string][]attestation{"attestations": list})
		if err != nil {
			return nil, err
		}
		out[i].Content, out[i].SHA256 = string(b), sum(b)
	}
	return out, nil
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
