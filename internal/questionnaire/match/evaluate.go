package match

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

//go:embed evalset/questions.yaml
var evalset []byte

//go:embed evalset/fresh.yaml
var freshset []byte

// Case is one question of an evaluation set with what truly answers it.
type Case struct {
	Question string     `yaml:"q"`
	Section  string     `yaml:"section"`
	Want     []string   `yaml:"want"`   // any one of these answers it
	Every    []string   `yaml:"every"`  // it has parts, and all of these are needed
	Invert   bool       `yaml:"invert"` // the control holding means No
	Kind     string     `yaml:"-"`
	At       yamldoc.At `yaml:"-"`
}

// Answerable reports whether anything of ours answers the question.
func (c Case) Answerable() bool { return len(c.Want)+len(c.Every) > 0 }

// HeldOut reports which half the question belongs to. It follows from the text
// alone, so that no question ever changes sides.
func (c Case) HeldOut() bool {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(c.Question))))
	return sum[0]&1 == 1
}

// ShippedCases returns the evaluation set that arxctl carries.
func ShippedCases() ([]Case, error) {
	return DecodeCases(yamldoc.File{Name: "evalset/questions.yaml", Body: evalset})
}

// FreshCases returns the blind set: written from the claims alone after the
// matcher was there, and only ever reported.
func FreshCases() ([]Case, error) {
	return DecodeCases(yamldoc.File{Name: "evalset/fresh.yaml", Body: freshset})
}

// DecodeCases reads an evaluation set: groups of one kind, each with questions.
func DecodeCases(f yamldoc.File) ([]Case, error) {
	var doc struct {
		Groups []struct {
			Kind      string     `yaml:"kind"`
			Questions []Case     `yaml:"questions"`
			At        yamldoc.At `yaml:"-"`
		} `yaml:"groups"`
	}
	if err := yamldoc.Decode(f.Name, f.Body, &doc); err != nil {
		return nil, err
	}
	var out []Case
	for _, g := range doc.Groups {
		for _, c := range g.Questions {
			if strings.TrimSpace(c.Question) == "" {
				return nil, yamldoc.Finding{File: f.Name, Line: c.At.Line, Field: "q", Message: "missing; expected the question's text"}
			}
			c.Kind = g.Kind
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return nil, yamldoc.Finding{File: f.Name, Field: "groups", Message: "expected groups with a kind and questions"}
	}
	return out, nil
}

// Unknown returns a finding for each control that a case names and that the
// matcher's library lacks.
func (m *Matcher) Unknown(cases []Case) yamldoc.Findings {
	var found yamldoc.Findings
	for _, c := range cases {
		for _, id := range slices.Concat(c.Want, c.Every) {
			if !slices.ContainsFunc(m.entries, func(e entry) bool { return e.ID == id }) {
				found = append(found, yamldoc.Finding{File: c.At.File, Line: c.At.Line, Field: "want", Message: fmt.Sprintf("there is no control %q", id)})
			}
		}
	}
	return found
}

// Ratio is k of n.
type Ratio struct{ K, N int }

func (r Ratio) String() string {
	if r.N == 0 {
		return "0 of 0"
	}
	return fmt.Sprintf("%.1f %% (%d of %d)", 100*float64(r.K)/float64(r.N), r.K, r.N)
}

// Wilson returns the score interval of a proportion at 95 % (Wilson, 1927):
// where the true share lies, given k of n. It is 0 to 1 when nothing was seen.
func (r Ratio) Wilson() (low, high float64) {
	if r.N == 0 {
		return 0, 1
	}
	const z = 1.959964
	n, p := float64(r.N), float64(r.K)/float64(r.N)
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}

// Score is what the matcher made of one set of cases.
type Score struct {
	Cases, Answerable int
	Filled            Ratio // drafts that are right, of all drafts
	Coverage          Ratio // right drafts, of the answerable questions
	Top1, Top3        Ratio // a right control is the first, or among the first three, of the answerable questions
	BadYes            int   // drafts that say Yes where Yes is the bad answer, or the reverse
	Conflicts         int
	Wrong             int    // drafts that are not right
	Misses            []Miss // wrong drafts, then answerable questions left blank
}

// Miss is one question that went wrong, or was left blank though we can answer.
type Miss struct {
	Case
	Got   Proposal
	Wrong bool // a wrong draft; else a blank
}

// Evaluate runs every case.
func (m *Matcher) Evaluate(cases []Case) Score {
	var s Score
	var blank []Miss
	for _, c := range cases {
		p := m.Propose(c.Section, c.Question)
		s.Cases++
		if c.Answerable() {
			s.Answerable++
			s.Coverage.N++
			s.Top1.N++
			s.Top3.N++
			for i, k := range p.Candidates {
				if slices.Contains(c.Want, k.Control) || slices.Contains(c.Every, k.Control) {
					s.Top3.K++
					if i == 0 {
						s.Top1.K++
					}
					break
				}
			}
		}
		switch {
		case p.State == Draft:
			s.Filled.N++
			if m.right(c, p) {
				s.Filled.K++
				s.Coverage.K++
				break
			}
			s.Wrong++
			if inverted(p) != c.Invert && c.Answerable() {
				s.BadYes++
			}
			s.Misses = append(s.Misses, Miss{c, p, true})
		case p.State == Conflict:
			s.Conflicts++
			fallthrough
		case c.Answerable():
			if c.Answerable() {
				blank = append(blank, Miss{c, p, false})
			}
		}
	}
	s.Misses = append(s.Misses, blank...)
	return s
}

// right is strict: nothing may be proposed that does not answer, nothing that
// is needed may be missing, and the polarity must be the question's. Controls
// that stand beside an answer may join it.
func (m *Matcher) right(c Case, p Proposal) bool {
	want := slices.Concat(c.Want, c.Every)
	allowed := slices.Concat(want, m.beside(want))
	for _, id := range p.Controls {
		if !slices.Contains(allowed, id) {
			return false
		}
	}
	for _, id := range c.Every {
		if !slices.Contains(p.Controls, id) {
			return false
		}
	}
	return c.Answerable() && inverted(p) == c.Invert
}

func inverted(p Proposal) bool {
	return p.Inverted || slices.ContainsFunc(p.Parts, func(x Part) bool { return x.Inverted })
}
