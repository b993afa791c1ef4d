// Package markdown writes a document that a reviewer reads on a code host:
// what was looked at, the exceptions, then every answer with its evidence.
package markdown

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

// Format returns the Markdown format.
func Format() render.Format {
	return render.Format{Name: "md", Extension: ".md", Describe: "a document to read and review on a code host",
		Layouts: []string{questionnaire.LayoutQuestionnaire, questionnaire.LayoutReport}, Render: write}
}

// page collects the text; writing to it cannot fail.
type page struct{ bytes.Buffer }

func (p *page) line(format string, a ...any) { fmt.Fprintf(p, format+"\n", a...) }

func write(w io.Writer, in render.Input) error {
	if in.Doc == nil {
		return errors.New("markdown: there is no document to render")
	}
	p, d := &page{}, in.Doc
	p.line("# %s\n", Escape(d.Title))
	p.banner(d)
	p.line("%s\n", Escape(d.Notice))
	p.line("| | |\n| --- | --- |")
	for _, f := range render.Facts(d) {
		p.line("| %s | %s |", f[0], Escape(f[1]))
	}
	p.line("")
	p.counts(d)
	p.exceptions(d)
	for _, s := range d.Sections {
		p.section(d, s)
	}
	if len(d.NotVerifiable) > 0 {
		p.line("## What a POC cannot show\n")
		for _, n := range d.NotVerifiable {
			p.line("- %s *Instead:* %s", Escape(n.What), Escape(n.Instead))
		}
		p.line("")
	}
	p.checks(in)
	_, err := w.Write(p.Bytes())
	return err
}

func (p *page) banner(d *questionnaire.Document) {
	if d.Demonstration != "" {
		p.line("> **%s**\n", Escape(d.Demonstration))
	}
}

func (p *page) counts(d *questionnaire.Document) {
	var parts []string
	total := 0
	for _, c := range d.Counts {
		total += c.N
		if c.N > 0 {
			parts = append(parts, fmt.Sprintf("%s %d %s", render.Mark(c.Status), c.N, c.Status))
		}
	}
	p.line("**%d questions:** %s\n", total, strings.Join(parts, " · "))
	if n := d.Count(control.Unanswered); n > 0 && d.Layout == questionnaire.LayoutReport {
		p.line("Nothing decides %d of the %d criteria; each says so.\n", n, total)
	}
}

func (p *page) exceptions(d *questionnaire.Document) {
	list := d.Exceptions()
	p.line("## Exceptions\n")
	if len(list) == 0 {
		p.line("No answer is contradicted or stale, and everything that can be looked at live was seen.\n")
		return
	}
	p.line("| Question | Status | Value | Why |\n| --- | --- | --- | --- |")
	for _, a := range list {
		p.line("| %s %s | %s %s | %s | %s |", Escape(a.Question), Escape(a.Topic), render.Mark(a.Status), a.Status, render.Value(a.Value), Escape(a.Sentence))
	}
	p.line("")
}

func (p *page) section(d *questionnaire.Document, s questionnaire.Section) {
	p.line("## %s. %s\n", Escape(s.ID), Escape(s.Title))
	p.banner(d)
	for _, a := range s.Answers {
		p.answer(a)
	}
}

func (p *page) answer(a questionnaire.Answer) {
	p.line("### %s %s\n", Escape(a.Question), Escape(a.Topic))
	var about []string
	for _, s := range []string{a.Requirement, a.Citation, a.Ownership} {
		if s != "" {
			about = append(about, Escape(s))
		}
	}
	if len(about) > 0 {
		p.line("*%s*\n", strings.Join(about, ", "))
	}
	if a.Text != "" {
		for s := range strings.SplitSeq(a.Text, "\n") {
			p.line("> %s  ", Escape(s))
		}
		p.line("")
	}
	sample := ""
	if a.Sample {
		sample = " · " + questionnaire.SampleText
	}
	p.line("**%s %s · %s%s**: %s\n", render.Mark(a.Status), a.Status, render.Value(a.Value), sample, Escape(a.Sentence))
	for _, l := range a.Evidence {
		p.line("- Evidence: %s", Escape(l.Text))
		if l.Outcome != "pass" && l.Reason != "" {
			p.line("  - %s", Escape(l.Reason))
		}
	}
	for _, s := range a.Attested {
		p.line("- Attestation: %s", Escape(s.Text))
	}
	for _, x := range a.Details {
		p.line("- %s", Escape(x))
	}
	if len(a.Controls) > 1 || len(a.Controls) == 1 && a.Value != "Yes" {
		for _, c := range a.Controls {
			p.line("- Claim: %s %s %s (%s)", Escape(c.Claim), render.Mark(c.Status), c.Status, Escape(c.Why))
		}
	}
	for _, m := range a.Mentioned {
		p.line("- Also (%s): %s %s %s (%s)", m.Scope, Escape(m.Claim), render.Mark(m.Status), m.Status, Escape(m.Why))
		if m.Part != "" {
			p.line("  - In part: %s", Escape(m.Part))
		}
	}
	if a.Gap != nil {
		p.line("- Missing, for %s: %s", Escape(a.Gap.Owner), Escape(a.Gap.Need))
	}
	for _, s := range a.DoesNotProve {
		p.line("- Does not prove: %s", Escape(s))
	}
	p.line("")
	if len(a.See) > 0 {
		p.line("<details><summary>See it yourself, and what each check leaves open</summary>\n")
		p.line("After `eval \"$(arxctl env)\"`:\n")
		for _, s := range a.See {
			p.line("%s:\n", Escape(s.Check))
			p.line("%s", Fence(s.Command))
		}
		for _, l := range a.Evidence {
			if l.DoesNotProve != "" {
				p.line("- %s leaves open: %s", Escape(l.Check), Escape(l.DoesNotProve))
			}
		}
		p.line("")
		p.line("</details>\n")
	}
}

func (p *page) checks(in render.Input) {
	if len(in.Doc.Checks) == 0 || in.Run == nil {
		return
	}
	p.line("## Checks\n")
	for _, id := range in.Doc.Checks {
		e, ok := in.Run.Find(id)
		if !ok {
			p.line("### %s\n\nNot shown: %s.\n", Escape(id), render.Absent(in.Run, id))
			continue
		}
		title := e.Check.Title
		if e.Withheld != nil {
			title = render.Withheld
		}
		p.line("### %s %s\n", Escape(id), Escape(title))
		p.line("- Outcome: **%s**. %s", Escape(string(e.Outcome)), Escape(e.Reason))
		if e.Withheld != nil {
			p.line("")
			continue
		}
		p.line("- Proves: %s", Escape(e.Check.Proves))
		p.line("- Does not prove: %s", Escape(e.Check.DoesNotProve))
		if n := len(e.Population.Expected); n > 0 {
			p.line("- Population: %d %s, %d left out, %d observations", n, Escape(e.Population.Unit), len(e.Population.Excluded), len(e.Observations))
		}
		for _, r := range e.Residue {
			p.line("- Left behind: %s", Escape(r))
		}
		list, more := render.Failing(e, 5)
		for _, o := range list {
			p.line("- %s: %s: wanted %s, got %s", Escape(o.Unit), Escape(o.What), Escape(o.Want), Escape(o.Got))
			p.line("  - via %s", Code(o.Via))
			p.line("  - fix: %s", Escape(o.Fix))
		}
		if more > 0 {
			p.line("- and %d more", more)
		}
		p.line("")
	}
}
