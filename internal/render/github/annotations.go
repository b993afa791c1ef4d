// Package github writes a run for GitHub Actions: as workflow commands, which
// become annotations when they are printed to a job's log, and as Markdown for
// the job's summary.
package github

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/render"
)

// Annotations returns the format of workflow commands, one line a check that
// did not pass and one line for the whole
// (docs.github.com: Workflow commands for GitHub Actions).
func Annotations() render.RunFormat {
	return render.RunFormat{Name: "github", Describe: "workflow commands for GitHub Actions; printed to stdout, they annotate the job", Render: annotate}
}

func annotate(w io.Writer, in render.RunInput) error {
	if in.Run == nil {
		return errors.New("github: there is no run to write")
	}
	var b strings.Builder
	for _, e := range slices.Concat(in.Run.Records, in.Hidden()) {
		level := levelOf(in, e)
		if level == "" {
			continue
		}
		command(&b, level, fmt.Sprintf("%s: %s", e.Check.ID, word(in, e)), message(in, e))
	}
	if why := render.Nothing(in.Run); why != "" {
		command(&b, "error", render.NothingAssessed, why+"\nfix: select at least one check whose door is configured, see: arxctl check --list")
	}
	if !in.Run.Complete {
		command(&b, "error", "arxctl: incomplete run", "the run was interrupted before every selected check had ended; what is missing was not looked at")
	}
	if v := in.Verdict; v != nil && !v.Green {
		text := v.Summary
		for _, x := range v.Breaches {
			text += fmt.Sprintf("\n%s\nobject: %s %s\nwant: %s\ngot: %s\nfix: %s\ncommand: %s", x.Rule, x.Object, strings.Join(x.Units, ", "), x.Want, x.Got, x.Fix, x.Command)
		}
		command(&b, "error", "arxctl gate: "+v.Policy, text)
	}
	command(&b, "notice", "arxctl", summaryLine(in))
	_, err := io.WriteString(w, b.String())
	return err
}

// levelOf is how loud a check is. What could not be looked at is as loud as what
// failed; a check that did not run may be left out on purpose, so it warns.
func levelOf(in render.RunInput, e evidence.Evidence) string {
	switch {
	case e.Outcome == evidence.Pass, e.Outcome == evidence.NotApplicable:
		return ""
	case in.Waiver(e) != nil, e.Outcome == evidence.Warn, e.Outcome == evidence.NotRun:
		return "warning"
	}
	return "error"
}

// word is a check's outcome for a title.
func word(in render.RunInput, e evidence.Evidence) string {
	text := map[evidence.Outcome]string{evidence.Fail: "failed", evidence.Inconclusive: "could not see", evidence.Warn: "warning", evidence.NotRun: "not run"}[e.Outcome]
	if text == "" {
		text = string(e.Outcome)
	}
	if in.Waiver(e) != nil {
		text += " (waived)"
	}
	return text
}

func message(in render.RunInput, e evidence.Evidence) string {
	var b strings.Builder
	b.WriteString(e.Check.Title + "\n" + e.Reason)
	if w := in.Waiver(e); w != nil {
		b.WriteString("\n" + render.WaiverText(*w))
	}
	for _, w := range in.Lapsed(e.Check.ID) {
		b.WriteString("\n" + render.WaiverText(w))
	}
	for _, t := range in.Troubles(e) {
		fmt.Fprintf(&b, "\n\nobject: %s: %s (%s)\nwant: %s\ngot: %s", t.Unit, t.What, t.Kind, t.Want, t.Got)
		if t.Via != "" {
			fmt.Fprintf(&b, "\nvia: %s", t.Via)
		}
		fmt.Fprintf(&b, "\nfix: %s", t.Fix)
		if t.Waiver != nil {
			b.WriteString("\n" + render.WaiverText(*t.Waiver))
		}
	}
	fmt.Fprintf(&b, "\n\nfix: %s\ncommand: %s", render.Remedy(e), in.Command(e))
	return b.String()
}

// summaryLine says what came out in one line, with the state of the signature.
func summaryLine(in render.RunInput) string {
	n := map[evidence.Outcome]int{}
	for _, e := range in.Run.Records {
		n[e.Outcome]++
	}
	var parts []string
	for _, o := range outcomes() {
		if n[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[o], o))
		}
	}
	text := fmt.Sprintf("%d checks on %s (%s): %s; %s", len(in.Run.Records), in.Run.Stack.Name, in.Run.Stack.Environment, strings.Join(parts, ", "), in.Signature())
	if in.Digest != "" {
		text += "; run digest " + in.Digest
	}
	if demo := in.Demonstration(); demo != "" {
		text += ". " + demo
	}
	return text
}

// outcomes lists every outcome, worst first.
func outcomes() []evidence.Outcome {
	return []evidence.Outcome{evidence.Fail, evidence.Inconclusive, evidence.Warn, evidence.Pass, evidence.NotApplicable, evidence.NotRun}
}

// command writes one workflow command. The runner reads a command up to the end
// of its line, properties up to a colon pair: text from a stack is escaped as
// the runner unescapes it, so that it can end neither.
func command(b *strings.Builder, level, title, text string) {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	fmt.Fprintf(b, "::%s title=%s::%s\n", level, property.Replace(render.Plain(title)), data.Replace(visible(text)))
}

// visible drops what a reader of a log cannot see, and line separators that some
// log viewers break at though the runner does not.
func visible(s string) string {
	return render.PlainLines(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n").Replace(s))
}
