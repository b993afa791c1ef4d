// Package html writes a document as one file that needs nothing else: no
// script, no request, every status told by word, shape and colour.
package html

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

//go:embed style.css
var style string

//go:embed page.html.tmpl
var source string

var page = template.Must(template.New("page").Parse(source))

// printed puts the demonstration line on every printed page.
const printed = `@page{margin:18mm 14mm;@top-center{content:"` + questionnaire.DemonstrationText + `";font:bold 9pt sans-serif}}
`

// Format returns the HTML format.
func Format() render.Format {
	return render.Format{Name: "html", Extension: ".html", Describe: "one self-contained page for a browser, readable in print",
		Layouts: []string{questionnaire.LayoutQuestionnaire, questionnaire.LayoutReport}, Render: write}
}

type view struct {
	Doc        *questionnaire.Document
	Policy     string
	Style      template.CSS
	AsOf       string
	Facts      [][2]string
	Bar        []bar
	Total      int
	Undecided  int // criteria of a report that nothing decides
	Excepted   int
	Exceptions template.HTML
	Sections   []section
	Checks     []check
	Inputs     template.HTML
}

type section struct {
	Anchor, ID, Title string
	Answers           template.HTML
}

type answer struct {
	questionnaire.Answer
	Anchor string
}

type bar struct {
	Status   control.Status
	X, Width int // of 1000
}

type check struct {
	ID, Title, Outcome, Reason, Proves, DoesNotProve, Population string
	Residue                                                      []string
	Failing                                                      []render.Shown
	More                                                         int
}

func write(w io.Writer, in render.Input) error {
	if in.Doc == nil {
		return errors.New("html: there is no document to render")
	}
	d := in.Doc
	css := style
	if d.Demonstration != "" {
		css += printed
	}
	v := view{Doc: d, Style: template.CSS(css), Policy: policy(css), AsOf: d.AsOf.UTC().Format(time.DateOnly), Facts: render.Facts(d)}
	anchors, byQuestion := map[string]int{}, map[string]string{}
	for _, s := range d.Sections {
		sec := section{Anchor: anchor(anchors, "s-"+s.ID), ID: s.ID, Title: s.Title}
		var list []answer
		for _, a := range s.Answers {
			x := answer{Answer: a, Anchor: anchor(anchors, "q-"+a.Question)}
			byQuestion[a.Question] = x.Anchor
			list = append(list, x)
		}
		sec.Answers = answersOf(list)
		v.Total += len(s.Answers)
		v.Sections = append(v.Sections, sec)
	}
	exceptions := d.Exceptions()
	v.Excepted, v.Exceptions = len(exceptions), exceptionRows(exceptions, byQuestion)
	if d.Layout == questionnaire.LayoutReport {
		v.Undecided = d.Count(control.Unanswered)
	}
	seen, all := 0, 0
	for _, c := range d.Counts {
		all += c.N
	}
	for _, c := range d.Counts {
		if c.N > 0 {
			x := seen * 1000 / all
			seen += c.N
			v.Bar = append(v.Bar, bar{c.Status, x, seen*1000/all - x})
		}
	}
	v.Checks = checks(in)
	v.Inputs = inputsBlock(in.InputsJSON)
	var b bytes.Buffer
	if err := page.Execute(&b, v); err != nil {
		return fmt.Errorf("html: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func checks(in render.Input) []check {
	var out []check
	if in.Run == nil {
		return nil
	}
	for _, id := range in.Doc.Checks {
		e, ok := in.Run.Find(id)
		if !ok {
			out = append(out, check{ID: id, Title: render.Absent(in.Run, id), Outcome: control.Missing})
			continue
		}
		title := e.Check.Title
		if e.Withheld != nil {
			title = render.Withheld
		}
		c := check{ID: id, Title: title, Outcome: string(e.Outcome), Reason: e.Reason, Proves: e.Check.Proves, DoesNotProve: e.Check.DoesNotProve, Residue: e.Residue}
		if n := len(e.Population.Expected); n > 0 {
			c.Population = fmt.Sprintf("%d %s, %d left out, %d observations", n, e.Population.Unit, len(e.Population.Excluded), len(e.Observations))
		}
		c.Failing, c.More = render.Failing(e, 5)
		out = append(out, c)
	}
	return out
}

// inputsBlock carries what the page was rendered from, as data that no browser
// executes; "<", ">" and "&" are JSON escapes there, so that no input can end it.
func inputsBlock(b []byte) template.HTML {
	if len(b) == 0 {
		return ""
	}
	var out bytes.Buffer
	json.HTMLEscape(&out, bytes.TrimSpace(b))
	return template.HTML(`<script type="application/json" id="arxctl-inputs">` + out.String() + "</script>\n")
}

// policy allows this page its own style sheet, by digest, and nothing else.
func policy(css string) string {
	sum := sha256.Sum256([]byte(css))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// anchor makes a fragment name out of an ID, unique within the page.
func anchor(taken map[string]int, id string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '-'
	}, id)
	taken[name]++
	if n := taken[name]; n > 1 {
		return anchor(taken, fmt.Sprintf("%s-%d", name, n))
	}
	return name
}
