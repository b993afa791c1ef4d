package match

import (
	"io/fs"
	"os"
	"testing"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/templates"
)

func shippedMatcher(t testing.TB) *Matcher {
	t.Helper()
	sub, err := fs.Sub(templates.Questionnaires, "questionnaires")
	if err != nil {
		t.Fatal(err)
	}
	files, err := yamldoc.Files(sub, "templates/questionnaires")
	if err != nil {
		t.Fatal(err)
	}
	var list []*questionnaire.Questionnaire
	for _, f := range files {
		q, err := questionnaire.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, q)
	}
	m, err := New(shippedControls(t), list)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func halves(t testing.TB) (tuned, heldOut []Case) {
	t.Helper()
	cases, err := ShippedCases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.HeldOut() {
			heldOut = append(heldOut, c)
		} else {
			tuned = append(tuned, c)
		}
	}
	return tuned, heldOut
}

// TestPrecisionOfTheTunedHalf is a regression test. The half that was held out
// is reported, not pinned: a floor on it would make it a half to be tuned.
func TestPrecisionOfTheTunedHalf(t *testing.T) {
	m := shippedMatcher(t)
	tuned, heldOut := halves(t)
	s := m.Evaluate(tuned)
	report(t, "tuned", s)
	if os.Getenv("MATCH_MISSES") != "" {
		for _, x := range s.Misses {
			t.Logf("wrong=%v [%s] %q want %v %v got %v (%s) inv %v", x.Wrong, x.Kind, x.Question, x.Want, x.Every, x.Got.Controls, x.Got.Reason, x.Got.Inverted)
			for _, c := range x.Got.Candidates {
				t.Logf("      %s %.2f %v missing %v", c.Control, c.Score, c.Terms, c.Missing)
			}
		}
	}
	report(t, "held out", m.Evaluate(heldOut))
}

func report(t *testing.T, name string, s Score) {
	low, high := s.Filled.Wilson()
	t.Logf("%s: %d questions, %d answerable: precision of drafts %s, 95 %% interval %.1f to %.1f %%; coverage %s; top-1 %s; top-3 %s; wrong polarity %d; conflicts %d",
		name, s.Cases, s.Answerable, s.Filled, 100*low, 100*high, s.Coverage, s.Top1, s.Top3, s.BadYes, s.Conflicts)
}
