// Package junit writes a run as JUnit XML, which every CI can read: a failed
// check is a failure, one that could not look is an error, one that did not run
// or that a waiver excuses is skipped, and the counts say so apart. The layout
// keeps to the schema of Jenkins' xUnit plugin (junit-10.xsd), the strictest one
// in wide use.
package junit

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/render"
)

// Format returns the format.
func Format() render.RunFormat {
	return render.RunFormat{Name: "junit", Describe: "JUnit XML for any CI: failures, errors (could not look) and skipped apart", Render: write}
}

type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []*suite `xml:"testsuite"`
}

type suite struct {
	Name       string     `xml:"name,attr"`
	Tests      int        `xml:"tests,attr"`
	Failures   int        `xml:"failures,attr"`
	Errors     int        `xml:"errors,attr"`
	Skipped    int        `xml:"skipped,attr"`
	Time       string     `xml:"time,attr"`
	Timestamp  string     `xml:"timestamp,attr"`
	Properties []property `xml:"properties>property"`
	Cases      []tc       `xml:"testcase"`
	took       time.Duration
}

type property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type tc struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Time    string   `xml:"time,attr"`
	Skipped *problem `xml:"skipped,omitempty"`
	Error   *problem `xml:"error,omitempty"`
	Failure *problem `xml:"failure,omitempty"`
	Out     string   `xml:"system-out,omitempty"`
}

type problem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// write writes the run as JUnit XML, a suite a family.
func write(w io.Writer, in render.RunInput) error {
	if in.Run == nil {
		return errors.New("junit: there is no run to write")
	}
	all := suites{Name: "arxctl " + clean(in.Run.Stack.Name)}
	byFamily := map[string]*suite{}
	suiteOf := func(family string) *suite {
		if byFamily[family] == nil {
			byFamily[family] = &suite{Name: clean(family), Timestamp: in.Run.Started.UTC().Format("2006-01-02T15:04:05Z"), Properties: properties(in)}
			all.Suites = append(all.Suites, byFamily[family])
		}
		return byFamily[family]
	}
	for _, e := range slices.Concat(in.Run.Records, in.Hidden(), in.Breaches()) {
		suiteOf(e.Family()).add(testcase(in, e), e.Ended.Sub(e.Started))
	}
	if why := render.Nothing(in.Run); why != "" {
		suiteOf("arxctl").add(tc{Class: "arxctl", Name: render.NothingAssessed,
			Error: &problem{Message: why, Type: "nothing-assessed", Text: why + "\nfix: select at least one check whose door is configured, see: arxctl check --list\n"}}, 0)
	}
	for _, s := range all.Suites {
		s.Time = seconds(s.took)
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *suite) add(c tc, took time.Duration) {
	c.Time = seconds(took)
	s.Cases = append(s.Cases, c)
	s.Tests++
	s.took += max(took, 0)
	switch {
	case c.Skipped != nil:
		s.Skipped++
	case c.Error != nil:
		s.Errors++
	case c.Failure != nil:
		s.Failures++
	}
}

func testcase(in render.RunInput, e evidence.Evidence) tc {
	c := tc{Class: "arxctl." + clean(e.Family()), Name: clean(e.Check.ID + ": " + e.Check.Title)}
	p := &problem{Message: clean(e.Reason), Type: clean(string(e.Outcome)), Text: clean(details(in, e))}
	waived := in.Waiver(e)
	switch {
	case e.Outcome == evidence.Pass:
	case e.Outcome == evidence.Warn:
		c.Out = "warning: " + p.Message + "\n" + p.Text
	case e.Outcome == evidence.NotRun, e.Outcome == evidence.NotApplicable:
		c.Skipped = &problem{Message: p.Type + ": " + p.Message}
	case waived != nil:
		c.Skipped = &problem{Message: clean(render.WaiverText(*waived))}
		c.Out = "waived, and still " + p.Type + ": " + p.Message + "\n" + p.Text
	case e.Outcome == evidence.Fail:
		c.Failure = p
	default: // inconclusive, and whatever a later version may add
		c.Error = p
	}
	return c
}

func properties(in render.RunInput) []property {
	list := []property{{"signature", in.Signature()}, {"run_digest", in.Digest}, {"tool", in.Run.Tool}, {"stack", in.Run.Stack.Name},
		{"kind", in.Run.Stack.Kind}, {"environment", in.Run.Stack.Environment}, {"build", in.Run.Stack.Build}, {"complete", fmt.Sprint(in.Run.Complete)}}
	if demo := in.Demonstration(); demo != "" {
		list = append(list, property{"demonstration", demo})
	}
	if in.Verdict != nil {
		list = append(list, property{"policy", in.Verdict.Policy}, property{"verdict", in.Verdict.Summary})
	}
	for i := range list {
		list[i].Value = clean(list[i].Value)
	}
	return list
}

// details names every object that did not hold, with what to do about it.
func details(in render.RunInput, e evidence.Evidence) string {
	var b strings.Builder
	for _, t := range in.Troubles(e) {
		fmt.Fprintf(&b, "\nobject:  %s: %s (%s)\nwant:    %s\ngot:     %s\n", t.Unit, t.What, t.Kind, t.Want, t.Got)
		if t.Via != "" {
			fmt.Fprintf(&b, "via:     %s\n", t.Via)
		}
		fmt.Fprintf(&b, "fix:     %s\n", t.Fix)
		if t.Waiver != nil {
			fmt.Fprintf(&b, "waiver:  %s\n", render.WaiverText(*t.Waiver))
		}
	}
	for _, w := range in.Lapsed(e.Check.ID) {
		fmt.Fprintf(&b, "\nwaiver:  %s\n", render.WaiverText(w))
	}
	if was, ok := in.Was(e.Check.ID); ok {
		fmt.Fprintf(&b, "\nbefore:  %s: %s\n", was.Outcome, was.Reason)
	} else if in.Before != nil {
		b.WriteString("\nbefore:  not in the baseline\n")
	}
	fmt.Fprintf(&b, "\nfix:     %s\ncommand: %s\n", render.Remedy(e), in.Command(e))
	return b.String()
}

// seconds is a duration as the schema wants it: at most three decimals, never
// negative, though a clock may have been set back.
func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", max(d, 0).Seconds()) }

// clean drops what XML 1.0 cannot carry (section 2.2), whatever a stack sent.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 {
			return r
		}
		return '\uFFFD'
	}, s)
}
