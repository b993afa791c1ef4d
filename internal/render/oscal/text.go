package oscal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/markdown"
)

// OSCAL's string types: a string has no line end and no space around it, a token
// is an XML name without colons, and titles, descriptions and remarks are
// Markdown, in which text from a stack is escaped.

func line(s string) string {
	if s = render.Plain(s); s != "" {
		return s
	}
	return "-"
}

func title(s string) string { return markdown.Escape(line(s)) }

// prose escapes text and keeps no line ends; an empty one stays empty, since the
// field is then left out.
func prose(s string) string { return markdown.Escape(s) }

func command(s string) string { return strings.TrimRight(markdown.Fence(s), "\n") }

// token makes a token of a check's ID. One that is none already keeps its letters
// and gains a hash, so that two never become one.
func token(s string) string {
	out := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, strings.ToValidUTF8(s, "_"))
	if first := []rune(out); len(first) == 0 || !unicode.IsLetter(first[0]) && first[0] != '_' {
		out = "_" + out
	}
	if out != s {
		sum := sha256.Sum256([]byte(s))
		out += "_" + hex.EncodeToString(sum[:4])
	}
	return out
}

func objectiveOf(check string) string { return token(check) + "-objective" }

// objective is a check's documentation as a control objective of this document.
func objective(d evidence.Doc) localObjective {
	return localObjective{Control: token(d.ID), Description: prose(d.Title), Parts: []part{{ID: objectiveOf(d.ID), Name: "assessment-objective", Title: title(d.Title),
		Prose: strings.TrimSpace(prose("Proves: "+d.Proves) + "\n\n" + prose("Does not prove: "+d.DoesNotProve) + "\n\n" + command(d.Reproduce))}}}
}

// seen is one piece of evidence, whole: what was wanted, what came, and how.
func seen(t render.Trouble) string {
	text := prose(fmt.Sprintf("Object: %s", t.Unit)) + "\n\n" + prose("Want: "+t.Want) + "\n\n" + prose("Got: "+t.Got)
	if t.Via != "" {
		text += "\n\nVia:\n\n" + command(t.Via)
	}
	return text
}

func describe(in render.RunInput) string {
	return fmt.Sprintf("%d checks, of which %d came to an outcome about the stack. %s", len(in.Run.Records), render.Assessed(in.Run), in.Signature())
}

func remarks(in render.RunInput) string {
	var parts []string
	if demo := in.Demonstration(); demo != "" {
		parts = append(parts, demo+".")
	}
	if !in.Run.Complete {
		parts = append(parts, "The run was interrupted before every selected check had ended.")
	}
	if v := in.Verdict; v != nil {
		parts = append(parts, fmt.Sprintf("Gate, policy %s, as of %s: %s.", v.Policy, v.AsOf, v.Summary))
		for _, b := range v.Breaches {
			parts = append(parts, fmt.Sprintf("Breach: %s: %s: wanted %s, got %s; fix: %s.", b.Object, b.Rule, b.Want, b.Got, b.Fix))
		}
		for _, w := range v.Waivers {
			parts = append(parts, fmt.Sprintf("Waiver (%s): %s.", w.State, render.WaiverText(w)))
		}
	}
	if in.Before != nil {
		for _, e := range in.Before.Records {
			if _, still := in.Run.Find(e.Check.ID); !still {
				parts = append(parts, fmt.Sprintf("In the baseline and not in this run: %s (%s).", e.Check.ID, e.Outcome))
			}
		}
	}
	return strings.Join(parts, " ")
}

func (d *document) prop(name, value string) property {
	return property{Name: name, NS: namespace, Value: line(value)}
}

func (d *document) runProps() []property {
	in := d.in
	props := []property{d.prop("signature", in.Signature()), d.prop("complete", fmt.Sprint(in.Run.Complete)), d.prop("assessed", fmt.Sprint(render.Assessed(in.Run)))}
	if in.Digest != "" {
		props = append(props, d.prop("run-digest-sha256", in.Digest))
	}
	if in.Verdict != nil {
		props = append(props, d.prop("gate-green", fmt.Sprint(in.Verdict.Green)))
	}
	return props
}

func (d *document) stackProps() []property {
	s := d.in.Run.Stack
	props := []property{d.prop("kind", s.Kind), d.prop("environment", s.Environment), d.prop("build", s.Build)}
	for _, k := range slices.Sorted(maps.Keys(s.Identity)) {
		props = append(props, d.prop("identity", k+": "+s.Identity[k]))
	}
	return props
}

// resources are what references lead to: the run, and what stands in for a plan.
func (d *document) resources() []resource {
	run := resource{UUID: d.id("run"), Title: "The run", Description: prose("Every observation that these results rest on. " + d.in.Signature()), Props: d.runProps()}
	if href := render.RelativeURI(d.in.RunPath); href != "" {
		run.Rlinks = []rlink{{Href: href}}
	}
	return []resource{{UUID: d.id("plan"), Title: "The checks", Description: "What was planned is the list of checks in this document's local definitions."}, run}
}
