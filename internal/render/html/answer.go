package html

import (
	"html/template"
	"regexp"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

// out writes the many answers: html/template is several times slower, and a
// page of 300 questions is to be there at once. Data goes through text or attr
// and nothing else; what a caller writes with markup is constant.
type out struct{ strings.Builder }

// constant is markup written in this package; its own type keeps data out.
type constant string

func (o *out) markup(s constant) { o.WriteString(string(s)) }

// text writes data, escaped for element content and for quoted attributes.
func (o *out) text(s string) { template.HTMLEscape(&o.Builder, []byte(render.PlainLines(s))) }

var day = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b`)

// dated is text in which no date is broken over two lines.
func (o *out) dated(s string) {
	for {
		at := day.FindStringIndex(s)
		if at == nil {
			o.text(s)
			return
		}
		o.text(s[:at[0]])
		o.markup("<time>")
		o.text(s[at[0]:at[1]])
		o.markup("</time>")
		s = s[at[1]:]
	}
}

func (o *out) badge(s control.Status) {
	o.markup(`<span class="badge `)
	o.text(string(s))
	o.markup(`"><svg aria-hidden="true" focusable="false"><use href="#i-`)
	o.text(string(s))
	o.markup(`"/></svg>`)
	o.text(string(s))
	o.markup(`</span>`)
}

func (o *out) small(s string) {
	o.markup(`<span class="small">`)
	o.text(s)
	o.markup(`</span>`)
}

func (o *out) list(title constant, items []string) {
	if len(items) == 0 {
		return
	}
	o.markup("<h4>" + title + "</h4>\n<ul class=\"lines\">")
	for _, s := range items {
		o.markup("<li>")
		o.text(s)
		o.markup("</li>\n")
	}
	o.markup("</ul>\n")
}

// answersOf returns the answers of a section as markup.
func answersOf(list []answer) template.HTML {
	o := &out{}
	for _, a := range list {
		o.answer(a)
	}
	return template.HTML(o.String())
}

// exceptionRows returns the rows of the table of exceptions, each with a link
// to its answer.
func exceptionRows(list []questionnaire.Answer, anchors map[string]string) template.HTML {
	o := &out{}
	for _, a := range list {
		o.markup(`<tr><td><a href="#`)
		o.text(anchors[a.Question])
		o.markup(`">`)
		o.text(a.Question)
		o.markup(`</a> `)
		o.text(a.Topic)
		o.markup(`</td><td>`)
		o.badge(a.Status)
		o.markup(`</td><td>`)
		o.text(a.Sentence)
		o.markup("</td></tr>\n")
	}
	return template.HTML(o.String())
}

func (o *out) answer(a answer) {
	o.markup(`<article class="answer is-`)
	o.text(string(a.Status))
	o.markup(`" id="`)
	o.text(a.Anchor)
	o.markup("\">\n<header><h3>")
	o.text(a.Question + " " + a.Topic)
	o.markup("</h3><span>")
	o.badge(a.Status)
	o.markup(`<span class="value">`)
	o.text(render.Value(a.Value))
	o.markup(`</span>`)
	if a.Sample {
		o.sample()
	}
	o.markup("</span></header>\n")
	if about := strings.Join(given(a.Requirement, a.Citation, a.Ownership), ", "); about != "" {
		o.markup(`<p class="meta">`)
		o.text(about)
		o.markup("</p>\n")
	}
	if a.Text != "" {
		o.markup(`<blockquote class="small">`)
		for i, s := range strings.Split(a.Text, "\n") {
			if i > 0 {
				o.markup("<br>")
			}
			o.text(s)
		}
		o.markup("</blockquote>\n")
	}
	o.markup(`<p class="sentence">`)
	o.dated(a.Sentence)
	o.markup("</p>\n")
	o.evidence(a)
	if a.Gap != nil {
		o.markup(`<p class="small"><strong>Missing</strong>, for `)
		o.text(a.Gap.Owner + ": " + a.Gap.Need)
		o.markup("</p>\n")
	}
	if len(a.Controls)+len(a.Mentioned)+len(a.Details)+len(a.DoesNotProve)+len(a.See) > 0 {
		o.markup("<details><summary>Claims, limits and how to see it yourself</summary>\n")
		o.claims(a)
		o.list("Notes", a.Details)
		o.list("What this does not prove", a.DoesNotProve)
		if len(a.See) > 0 {
			o.markup("<h4>See it yourself, after <code>eval \"$(arxctl env)\"</code></h4>\n")
			for _, s := range a.See {
				o.markup("<pre><code>")
				o.text(s.Command)
				o.markup("</code></pre>\n")
			}
		}
		var open []string
		for _, l := range a.Evidence {
			if l.DoesNotProve != "" {
				open = append(open, l.Check+": "+l.DoesNotProve)
			}
		}
		o.list("What each check leaves open", open)
		o.markup("</details>\n")
	}
	o.markup("</article>\n")
}

func (o *out) evidence(a answer) {
	if len(a.Evidence)+len(a.Attested) == 0 {
		return
	}
	o.markup("<ul class=\"lines small\">\n")
	for _, l := range a.Evidence {
		o.markup("<li>")
		o.text(l.Text)
		if l.Outcome != "pass" && l.Reason != "" {
			o.markup("<br>")
			o.text(l.Reason)
		}
		o.markup("</li>\n")
	}
	for _, s := range a.Attested {
		o.markup("<li>")
		if s.Sample && s.Found {
			o.sample()
			o.markup(" ")
		}
		o.text(strings.TrimPrefix(s.Text, questionnaire.SampleText+": "))
		o.markup("</li>\n")
	}
	o.markup("</ul>\n")
}

func (o *out) claims(a answer) {
	if len(a.Controls) > 0 {
		o.markup("<h4>Claims that decide</h4>\n<ul class=\"lines\">")
		for _, c := range a.Controls {
			o.markup("<li>")
			o.text(c.Claim + " ")
			o.badge(c.Status)
			o.markup(" ")
			o.small(c.Why)
			for _, r := range c.Refs {
				part := ""
				if r.Part {
					part = ", in part"
				}
				o.markup("<br>")
				o.small(r.ID + part + ": " + r.Reason)
			}
			o.markup("</li>\n")
		}
		o.markup("</ul>\n")
	}
	if len(a.Mentioned) > 0 {
		o.markup("<h4>Beside it, not deciding</h4>\n<ul class=\"lines\">")
		for _, m := range a.Mentioned {
			o.markup("<li>")
			o.text(m.Claim + " ")
			o.small("(" + string(m.Scope) + ")")
			o.markup(" ")
			o.badge(m.Status)
			o.markup(" ")
			o.small(m.Why)
			if m.Part != "" {
				o.markup("<br>")
				o.small("In part: " + m.Part)
			}
			o.markup("</li>\n")
		}
		o.markup("</ul>\n")
	}
}

func (o *out) sample() {
	o.markup(`<span class="sample">`)
	o.text(questionnaire.SampleText)
	o.markup(`</span>`)
}

func given(list ...string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
