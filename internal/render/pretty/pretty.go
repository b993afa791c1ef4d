// Package pretty shows a run to a person at a terminal: families side by side,
// then failures first, each with object, want, got, fix and a command to paste.
package pretty

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/render"
)

// Options say how to write.
type Options struct {
	Color  bool
	Width  int    // columns; 100 when 0
	Brief  bool   // one line when nothing is wrong, for CI
	Digest string // run digest, hexadecimal; empty when no run file was written
	KeyID  string // of the key that the run was sealed with, hexadecimal; empty: unsigned
	Config string // path for the commands that are printed
}

// shownUnits bounds how many failing units of one check are printed in full.
const shownUnits = 3

type screen struct {
	w     io.Writer
	o     Options
	style map[evidence.Outcome]lipgloss.Style
	dim   lipgloss.Style
	err   error
}

// Write shows the run. It returns the first error of w.
func Write(w io.Writer, run *evidence.Run, o Options) error {
	if o.Width == 0 {
		o.Width = 100
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.Ascii)
	if o.Color {
		r.SetColorProfile(termenv.ANSI)
	}
	color := func(c string) lipgloss.Style { return r.NewStyle().Foreground(lipgloss.Color(c)).Bold(true) }
	s := &screen{w: w, o: o, dim: r.NewStyle().Faint(true), style: map[evidence.Outcome]lipgloss.Style{
		evidence.Pass: color("2"), evidence.Warn: color("3"), evidence.Fail: color("1"), evidence.Inconclusive: color("5"),
		evidence.NotApplicable: r.NewStyle(), evidence.NotRun: r.NewStyle().Faint(true)}}
	bad := count(run, evidence.Fail) + count(run, evidence.Inconclusive) + count(run, evidence.NotRun)
	if o.Brief && bad == 0 && len(run.Records) > 0 {
		s.printf("%s\n", s.summary(run))
		return s.err
	}
	if !o.Brief {
		s.families(run)
	}
	for _, e := range run.Records {
		if e.Outcome == evidence.Fail {
			s.failed(e)
		}
	}
	for _, e := range run.Records {
		if e.Outcome == evidence.Inconclusive {
			s.line(e, "could not see")
		}
	}
	for _, e := range run.Records {
		if e.Outcome == evidence.Warn && !o.Brief {
			s.line(e, "warning")
		}
	}
	s.notRun(run)
	s.printf("%s\n", s.summary(run))
	return s.err
}

// marks are read without colour.
var marks = map[evidence.Outcome]string{evidence.Pass: "✓", evidence.Warn: "!", evidence.Fail: "✗", evidence.Inconclusive: "?", evidence.NotApplicable: "–", evidence.NotRun: "·"}

// families prints a column for each family, as many side by side as fit.
func (s *screen) families(run *evidence.Run) {
	var names []string
	blocks := map[string][]string{}
	for _, e := range run.Records {
		f := e.Family()
		if !slices.Contains(names, f) {
			names = append(names, f)
		}
		cell := s.style[e.Outcome].Render(marks[e.Outcome]) + " " + strings.TrimPrefix(e.Check.ID, f+".")
		if n := len(e.Population.Expected); n > 0 {
			cell += s.dim.Render(fmt.Sprintf(" %d/%d", e.Good(), n))
		}
		blocks[f] = append(blocks[f], cell)
	}
	for len(names) > 0 {
		var cells []string
		used := 0
		for len(names) > 0 {
			block := lipgloss.NewStyle().Bold(s.o.Color).Render(names[0]) + "\n" + strings.Join(blocks[names[0]], "\n")
			width := lipgloss.Width(block) + 3
			if used > 0 && used+width > s.o.Width {
				break
			}
			cells = append(cells, lipgloss.NewStyle().Width(width).Render(block))
			used += width
			names = names[1:]
		}
		for _, line := range strings.Split(lipgloss.JoinHorizontal(lipgloss.Top, cells...), "\n") {
			s.printf("%s\n", strings.TrimRight(line, " "))
		}
		s.printf("\n")
	}
}

// failed prints one failing check with its first failing units.
func (s *screen) failed(e evidence.Evidence) {
	units := evidence.RefutedUnits(e.Observations)
	s.printf("%s %s  %s (%d of %d %s failed)\n", s.style[evidence.Fail].Render("FAIL"), e.Check.ID, Plain(e.Check.Title), len(units), len(e.Population.Expected), e.Population.Unit)
	for i, u := range units {
		if i == shownUnits {
			s.printf("  and %d more: %s\n", len(units)-i, Plain(strings.Join(units[i:], ", ")))
			break
		}
		for _, o := range e.Observations {
			if o.Unit != u || !o.Refutes() {
				continue
			}
			s.field("object", o.Unit+": "+o.What)
			s.field("want", o.Want.String())
			s.field("got", o.Got)
			s.field("via", o.Via)
			if o.Fix != "" && o.Fix != e.Check.Fix {
				s.field("fix", o.Fix)
			}
			break
		}
	}
	s.field("fix", e.Check.Fix)
	s.field("command", e.Check.Reproduce)
	s.printf("\n")
}

func (s *screen) line(e evidence.Evidence, label string) {
	s.printf("%s %s  %s\n", s.style[e.Outcome].Render(strings.ToUpper(label)), e.Check.ID, Plain(e.Check.Title))
	s.field("because", e.Reason)
	if e.Outcome == evidence.Inconclusive {
		s.field("command", "arxctl check --only "+e.Check.ID+s.config())
	}
	s.printf("\n")
}

// notRun groups the checks that did not run by their reason.
func (s *screen) notRun(run *evidence.Run) {
	var reasons []string
	ids := map[string][]string{}
	for _, e := range run.Records {
		if e.Outcome != evidence.NotRun {
			continue
		}
		if ids[e.Reason] == nil {
			reasons = append(reasons, e.Reason)
		}
		ids[e.Reason] = append(ids[e.Reason], e.Check.ID)
	}
	for _, r := range reasons {
		s.printf("%s %s\n", s.style[evidence.NotRun].Render("NOT RUN"), strings.Join(ids[r], ", "))
		s.field("because", r)
		s.printf("\n")
	}
}

func (s *screen) summary(run *evidence.Run) string {
	var parts []string
	for _, o := range []evidence.Outcome{evidence.Fail, evidence.Inconclusive, evidence.Warn, evidence.Pass, evidence.NotApplicable, evidence.NotRun} {
		if n := count(run, o); n > 0 {
			parts = append(parts, s.style[o].Render(fmt.Sprintf("%d %s", n, o)))
		}
	}
	text := fmt.Sprintf("%d checks on %s (%s): %s", len(run.Records), Plain(run.Stack.Name), run.Stack.Environment, strings.Join(parts, ", "))
	switch {
	case s.o.Digest == "":
		return text
	case s.o.Brief:
		return text + "; run " + s.o.Digest[:12] + s.signature()
	}
	return text + "\nrun digest " + s.o.Digest + s.signature()
}

func (s *screen) signature() string {
	if len(s.o.KeyID) < 16 {
		return ", unsigned"
	}
	return ", sealed with key " + s.o.KeyID[:16]
}

func (s *screen) config() string {
	if s.o.Config == "" || s.o.Config == "arxctl.yaml" {
		return ""
	}
	return " -c " + s.o.Config
}

// field prints a labelled text, wrapped under itself.
func (s *screen) field(label, text string) {
	text = Plain(text)
	if text == "" {
		text = "nothing"
	}
	const indent = 11
	for i, line := range wrap(text, max(30, s.o.Width-indent)) {
		if i == 0 {
			s.printf("  %s %s\n", s.dim.Render(fmt.Sprintf("%-8s", label)), line)
		} else {
			s.printf("%*s%s\n", indent, "", line)
		}
	}
}

// printf writes lines, none of which is a command to a CI system.
func (s *screen) printf(format string, a ...any) {
	if s.err == nil {
		lines := strings.Split(fmt.Sprintf(format, a...), "\n")
		for i := range lines {
			lines[i] = render.Inert(lines[i])
		}
		_, s.err = io.WriteString(s.w, strings.Join(lines, "\n"))
	}
}

func count(run *evidence.Run, o evidence.Outcome) int {
	n := 0
	for _, e := range run.Records {
		if e.Outcome == o {
			n++
		}
	}
	return n
}

// Plain makes text from a stack safe for a terminal: control characters, which
// could move the cursor or colour what follows, become spaces.
func Plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s))
}

// wrap breaks text into lines of at most width runes, at spaces where it can.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for len([]rune(word)) > width {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			lines = append(lines, string([]rune(word)[:width]))
			word = string([]rune(word)[width:])
		}
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}
