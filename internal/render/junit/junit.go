// Package junit writes a run as JUnit XML, which every CI can read: a failed
// check is a failure, one that could not look is an error, one that did not run
// is skipped, and the counts say so apart.
package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
)

type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Suites   []*suite `xml:"testsuite"`
}

type suite struct {
	Name      string `xml:"name,attr"`
	Tests     int    `xml:"tests,attr"`
	Failures  int    `xml:"failures,attr"`
	Errors    int    `xml:"errors,attr"`
	Skipped   int    `xml:"skipped,attr"`
	Time      string `xml:"time,attr"`
	Timestamp string `xml:"timestamp,attr"`
	Cases     []tc   `xml:"testcase"`
	seconds   float64
}

type tc struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Time    string   `xml:"time,attr"`
	Failure *problem `xml:"failure,omitempty"`
	Error   *problem `xml:"error,omitempty"`
	Skipped *problem `xml:"skipped,omitempty"`
	Out     string   `xml:"system-out,omitempty"`
}

type problem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// Write writes the run as JUnit XML, a suite a family.
func Write(w io.Writer, run *evidence.Run) error {
	all := suites{Name: "arxctl " + clean(run.Stack.Name)}
	byFamily := map[string]*suite{}
	for _, e := range run.Records {
		s := byFamily[e.Family()]
		if s == nil {
			s = &suite{Name: e.Family(), Timestamp: run.Started.UTC().Format("2006-01-02T15:04:05Z")}
			byFamily[e.Family()] = s
			all.Suites = append(all.Suites, s)
		}
		took := e.Ended.Sub(e.Started).Seconds()
		c := tc{Class: "arxctl." + e.Family(), Name: e.Check.ID + ": " + clean(e.Check.Title), Time: fmt.Sprintf("%.3f", took)}
		p := &problem{Message: clean(e.Reason), Type: string(e.Outcome)}
		switch e.Outcome {
		case evidence.Fail:
			p.Text = clean(details(e))
			c.Failure = p
			s.Failures++
		case evidence.Pass:
		case evidence.Warn:
			c.Out = "warning: " + clean(e.Reason)
		case evidence.NotRun, evidence.NotApplicable:
			p.Type = ""
			c.Skipped = p
			s.Skipped++
		default: // inconclusive, and whatever a later version may add
			p.Text = clean(e.Reason)
			c.Error = p
			s.Errors++
		}
		s.Tests++
		s.seconds += took
		s.Cases = append(s.Cases, c)
	}
	for _, s := range all.Suites {
		s.Time = fmt.Sprintf("%.3f", s.seconds)
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
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

func details(e evidence.Evidence) string {
	var b strings.Builder
	for _, o := range e.Observations {
		if o.Refutes() {
			fmt.Fprintf(&b, "\nobject:  %s: %s\nwant:    %s\ngot:     %s\nvia:     %s\n", o.Unit, o.What, o.Want, o.Got, o.Via)
		}
	}
	fmt.Fprintf(&b, "\nfix:     %s\ncommand: %s\n", e.Check.Fix, e.Check.Reproduce)
	return b.String()
}

// clean drops what XML 1.0 cannot carry (section 2.2), whatever a stack sent.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 {
			return r
		}
		return '\uFFFD'
	}, s)
}
