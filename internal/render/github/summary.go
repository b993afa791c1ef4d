package github

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/markdown"
)

// Summary returns the format of the job summary, for --output
// "github-summary:$GITHUB_STEP_SUMMARY".
func Summary() render.RunFormat {
	return render.RunFormat{Name: "github-summary", Describe: "Markdown for the job summary: give it the path $GITHUB_STEP_SUMMARY, which it fills anew", Render: summarize}
}

func summarize(w io.Writer, in render.RunInput) error {
	if in.Run == nil {
		return errors.New("github-summary: there is no run to write")
	}
	var b strings.Builder
	run := in.Run
	records := slices.Concat(run.Records, in.Hidden())
	fmt.Fprintf(&b, "# arxctl: %s\n\n", orNone(markdown.Escape(run.Stack.Name)))
	fmt.Fprintf(&b, "%s\n\n", markdown.Escape(summaryLine(in)))
	if why := render.Nothing(run); why != "" {
		fmt.Fprintf(&b, "**ERROR: %s.**\n\n", markdown.Escape(why))
	}
	if !run.Complete {
		b.WriteString("**ERROR: the run was interrupted before every selected check had ended.**\n\n")
	}
	b.WriteString("| | |\n| --- | --- |\n")
	for _, f := range [][2]string{{"Build", run.Stack.Build}, {"Environment", run.Stack.Environment}, {"Collected", run.Ended.UTC().Format("2006-01-02 15:04 UTC")},
		{"Collected by", run.Tool}, {"Run digest", in.Digest}, {"Signature", in.Signature()}} {
		fmt.Fprintf(&b, "| %s | %s |\n", f[0], orDash(markdown.Escape(f[1])))
	}
	b.WriteString("\n")
	verdict(&b, in)
	for _, o := range []evidence.Outcome{evidence.Fail, evidence.Inconclusive, evidence.NotRun, evidence.Warn} {
		for _, e := range records {
			if e.Outcome == o {
				section(&b, in, e)
			}
		}
	}
	b.WriteString("## Every check\n\n| Check | Outcome | Good | Reason |\n| --- | --- | --- | --- |\n")
	for _, e := range records {
		outcome := string(e.Outcome)
		if in.Waiver(e) != nil {
			outcome += " (waived)"
		}
		if was, ok := in.Was(e.Check.ID); ok && was.Outcome != e.Outcome {
			outcome += ", was " + string(was.Outcome)
		} else if in.Before != nil && !ok {
			outcome += ", not in the baseline"
		}
		fmt.Fprintf(&b, "| %s | %s | %d of %d | %s |\n", markdown.Escape(e.Check.ID), markdown.Escape(outcome), e.Good(), len(e.Population.Expected), orDash(markdown.Escape(e.Reason)))
	}
	if in.Before != nil {
		for _, e := range in.Before.Records {
			if _, still := run.Find(e.Check.ID); !still {
				fmt.Fprintf(&b, "| %s | gone, was %s | - | in the baseline and not in this run |\n", markdown.Escape(e.Check.ID), markdown.Escape(string(e.Outcome)))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func verdict(b *strings.Builder, in render.RunInput) {
	v := in.Verdict
	if v == nil {
		return
	}
	word := "RED"
	if v.Green {
		word = "green"
	}
	fmt.Fprintf(b, "## Gate: %s\n\n%s (policy %s, as of %s)\n\n", word, orNone(markdown.Escape(v.Summary)), markdown.Escape(v.Policy), markdown.Escape(v.AsOf))
	for _, x := range v.Breaches {
		fmt.Fprintf(b, "- %s: %s\n", markdown.Escape(x.Object), markdown.Escape(x.Rule))
		for _, f := range [][2]string{{"units", strings.Join(x.Units, ", ")}, {"want", x.Want}, {"got", x.Got}, {"fix", x.Fix}, {"command", x.Command}} {
			if f[1] != "" {
				fmt.Fprintf(b, "  - %s: %s\n", f[0], markdown.Escape(f[1]))
			}
		}
	}
	for _, x := range v.Exempted {
		fmt.Fprintf(b, "- exempted by the policy: %s: %s\n", markdown.Escape(x.Object), markdown.Escape(x.Got))
	}
	for _, id := range v.Unrequired {
		fmt.Fprintf(b, "- failed, and the policy requires nothing of it: %s\n", markdown.Escape(id))
	}
	if len(v.Breaches)+len(v.Exempted)+len(v.Unrequired) > 0 {
		b.WriteString("\n")
	}
	if len(v.Waivers) == 0 {
		return
	}
	b.WriteString("| Waiver | Unit | State | Expires | Owner | Approved by | Ticket | Reason |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, w := range v.Waivers {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", markdown.Escape(w.Check), markdown.Escape(w.Unit), markdown.Escape(w.State), w.Expires.UTC().Format("2006-01-02 15:04 UTC"),
			orDash(markdown.Escape(w.Owner)), orDash(markdown.Escape(w.ApprovedBy)), orDash(markdown.Escape(w.Ticket)), orDash(markdown.Escape(w.Reason)))
	}
	b.WriteString("\n")
}

// section shows one check that did not pass, whole.
func section(b *strings.Builder, in render.RunInput, e evidence.Evidence) {
	fmt.Fprintf(b, "## %s: %s\n\n%s\n\n%s\n\n", markdown.Escape(e.Check.ID), markdown.Escape(word(in, e)), orNone(markdown.Escape(e.Check.Title)), orNone(markdown.Escape(e.Reason)))
	if w := in.Waiver(e); w != nil {
		fmt.Fprintf(b, "**%s**\n\n", markdown.Escape(render.WaiverText(*w)))
	}
	for _, w := range in.Lapsed(e.Check.ID) {
		fmt.Fprintf(b, "**%s**\n\n", markdown.Escape(render.WaiverText(w)))
	}
	troubles := in.Troubles(e)
	if len(troubles) > 0 {
		b.WriteString("| Object | Want | Got | Via | Fix |\n| --- | --- | --- | --- | --- |\n")
	}
	for _, t := range troubles {
		object := fmt.Sprintf("%s: %s (%s)", t.Unit, t.What, t.Kind)
		if t.Waiver != nil {
			object += "; " + render.WaiverText(*t.Waiver)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", orDash(markdown.Escape(object)), orDash(markdown.Escape(t.Want)), orDash(markdown.Escape(t.Got)), markdown.Code(t.Via), orDash(markdown.Escape(t.Fix)))
	}
	if len(troubles) > 0 {
		b.WriteString("\n")
	}
	if render.Remedy(e) != "" {
		fmt.Fprintf(b, "Fix: %s\n\n", markdown.Escape(render.Remedy(e)))
	}
	fmt.Fprintf(b, "%s\n", markdown.Fence(in.Command(e)))
}

// orNone stands in for an empty paragraph, where a lone dash would be a list.
func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

func orDash(s string) string {
	if strings.TrimSpace(s) == "" {
		return "-"
	}
	return s
}
