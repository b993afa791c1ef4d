package markdown_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/golden"
	"github.com/arxsec/arxctl/internal/render/markdown"
)

func rendered(t *testing.T, d *questionnaire.Document, run *evidence.Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := markdown.Format().Render(&b, render.Input{Doc: d, Run: run, RunDigest: questionnairetest.Digest()}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	got := rendered(t, questionnairetest.Document(), questionnairetest.Run())
	golden.Equal(t, "every-status.md", []byte(got))
}

func TestReaderIsToldWhatThisIs(t *testing.T) {
	got := rendered(t, questionnairetest.Document(), questionnairetest.Run())
	if n, want := strings.Count(got, "Demonstration: reference stack"), 1+len(questionnairetest.Questionnaire().Sections); n != want {
		t.Errorf("the demonstration is said %d times, want %d: at the top and in each section", n, want)
	}
	for _, want := range []string{"UNSIGNED", "1.4.0+demo", "disposable", questionnairetest.Digest(), "SAMPLE: The acceptable use policy", "What a POC cannot show", "1 of 3 partitions failed"} {
		if !strings.Contains(strings.ReplaceAll(got, `\`, ""), want) {
			t.Errorf("lacks %q", want)
		}
	}
	if strings.Index(got, "## Exceptions") > strings.Index(got, "## A.") {
		t.Error("exceptions do not come first")
	}
	for _, s := range control.Statuses() {
		if !strings.Contains(got, render.Mark(s)+" "+string(s)) {
			t.Errorf("status %s is not shown by mark and word", s)
		}
	}
}

const hostile = "x | y\n# head\n<script>alert(1)</script> [a](http://evil.example) ![i](//e) `tick` ```\n~~~ **b** www.evil.example https://evil.example $x$ \x1b[31m \u202e </details> &lt;"

func TestHostileTextStaysText(t *testing.T) {
	run := questionnairetest.Run()
	run.Stack.Name, run.Stack.Build = hostile, hostile
	for i := range run.Records {
		e := &run.Records[i]
		e.Check.Title, e.Check.Reproduce, e.Check.DoesNotProve, e.Check.Fix = hostile, hostile, hostile, hostile
		for j := range e.Observations {
			e.Observations[j].Via, e.Observations[j].What = hostile, hostile
		}
		e.Outcome, e.Reason = evidence.Judge(e.Observations, e.Population, nil)
	}
	d, err := questionnaire.Build(questionnairetest.Questionnaire(), control.Assess(questionnairetest.Library(), run, questionnairetest.AsOf()),
		questionnaire.RunInfo{Run: run, Digest: questionnairetest.Digest()}, questionnairetest.Customer(), questionnairetest.AsOf())
	if err != nil {
		t.Fatal(err)
	}
	got := rendered(t, d, run)
	fenced, ticks := false, ""
	for i, line := range strings.Split(got, "\n") {
		if marker := line[:len(line)-len(strings.TrimLeft(line, "`"))]; len(marker) >= 3 {
			if !fenced {
				fenced, ticks = true, marker
			} else if marker == ticks {
				fenced = false
			}
			continue
		}
		if fenced {
			continue // shown as it is
		}
		plain := unescaped.ReplaceAllString(line, "")
		if strings.HasPrefix(line, "  - via `") {
			continue // a code span
		}
		for _, bad := range []string{"<script", "](", "://", "www.", "\x1b", "\u202e", "</details> ", "$x", "~~", "**b"} {
			if strings.Contains(plain, bad) {
				t.Errorf("line %d holds %q: %s", i+1, bad, line)
			}
		}
		if strings.HasPrefix(line, "# head") {
			t.Errorf("line %d: a heading was injected", i+1)
		}
		if strings.HasPrefix(line, "| ") && strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") > 5 {
			t.Errorf("line %d: a cell was injected: %s", i+1, line)
		}
	}
	if fenced {
		t.Error("a fence was not closed")
	}
}

// unescaped finds backslash escapes: what is left after taking them out is
// what Markdown acts upon.
var unescaped = regexp.MustCompile(`\\.`)
