// Package report writes what a gate has to say for a person: a verdict, the
// difference of two runs, and how a run was reproduced. Text is for a terminal
// and a log, Markdown for a pull request, JSON for a program.
package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/markdown"
)

// shownUnits bounds how many units a line names.
const shownUnits = 8

// page is what both text and Markdown are written from.
type page struct {
	title  string
	blocks []block
	end    string // the summary, last
}

// block is one thing to say: a mark in capitals, what it is about, and fields.
type block struct {
	mark, head string
	fields     []field
}

type field struct{ label, text string }

func (b *block) add(label, format string, a ...any) {
	b.fields = append(b.fields, field{label, fmt.Sprintf(format, a...)})
}

// units adds a field that names units, when there are any.
func (b *block) units(label string, names []string) {
	if len(names) > 0 {
		b.add(label, "%s", some(names))
	}
}

func (p *page) put(b block) { p.blocks = append(p.blocks, b) }

// text writes the page for a terminal or a log: nothing in it moves a cursor or
// is a command to CI.
func (p *page) text(w io.Writer) error {
	var out bytes.Buffer
	for _, b := range p.blocks {
		fmt.Fprintln(&out, render.Inert(strings.TrimSpace(b.mark+" "+render.Plain(b.head))))
		for _, f := range b.fields {
			fmt.Fprintln(&out, render.Inert(fmt.Sprintf("  %-8s %s", f.label, orNothing(render.Plain(f.text)))))
		}
		if len(b.fields) > 0 {
			fmt.Fprintln(&out)
		}
	}
	fmt.Fprintln(&out, render.Inert(render.Plain(p.end)))
	_, err := w.Write(out.Bytes())
	return err
}

// markdown writes the page for a code host.
func (p *page) markdown(w io.Writer) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# %s\n\n**%s**\n\n", markdown.Escape(p.title), markdown.Escape(p.end))
	for _, b := range p.blocks {
		fmt.Fprintf(&out, "- **%s** %s\n", markdown.Escape(b.mark), markdown.Escape(b.head))
		for _, f := range b.fields {
			text := markdown.Escape(orNothing(f.text))
			if f.label == "command" || f.label == "via" {
				text = markdown.Code(f.text)
			}
			fmt.Fprintf(&out, "  - %s: %s\n", f.label, text)
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

// JSON writes a value of package gate as it is, with its own field names. Lists
// that are empty are [] and never null.
func JSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func orNothing(s string) string {
	if strings.TrimSpace(s) == "" {
		return "nothing"
	}
	return s
}

func some(names []string) string {
	if len(names) > shownUnits {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shownUnits], ", "), len(names)-shownUnits)
	}
	return strings.Join(names, ", ")
}
