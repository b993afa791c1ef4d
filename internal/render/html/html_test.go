package html_test

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/golden"
	"github.com/arxsec/arxctl/internal/render/html"
)

func rendered(t testing.TB, d *questionnaire.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := html.Format().Render(&b, render.Input{Doc: d, Run: questionnairetest.Run(), RunDigest: questionnairetest.Digest()}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	got := rendered(t, questionnairetest.Document())
	golden.Equal(t, "every-status.html", []byte(got))
}

var (
	anchors = regexp.MustCompile(` id="([^"]+)"`)
	targets = regexp.MustCompile(` href="([^"]+)"`)
)

func TestPageNeedsNothingElse(t *testing.T) {
	got := rendered(t, questionnairetest.Document())
	ids := map[string]bool{}
	for _, m := range anchors.FindAllStringSubmatch(got, -1) {
		if ids[m[1]] {
			t.Errorf("the id %s is there twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range targets.FindAllStringSubmatch(got, -1) {
		if name, ok := strings.CutPrefix(m[1], "#"); !ok || !ids[name] {
			t.Errorf("the link %s leads outside or nowhere", m[1])
		}
	}
	for _, bad := range []string{"<script", " src=", "@import", "url(", " style=", "<link", "ZgotmplZ", "<no value>"} {
		if strings.Contains(got, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if !strings.Contains(got, `default-src &#39;none&#39;`) && !strings.Contains(got, `default-src 'none'`) {
		t.Error("no content security policy")
	}
}

func TestReaderIsToldWhatThisIs(t *testing.T) {
	got := rendered(t, questionnairetest.Document())
	if n, want := strings.Count(got, `<strong class="demo">Demonstration: reference stack`), 8; n != want {
		t.Errorf("the demonstration is said %d times, want %d: at top and bottom and in each of six sections", n, want)
	}
	for _, s := range control.Statuses() {
		if !strings.Contains(got, fmt.Sprintf(`<use href="#i-%s"/></svg>%s</span>`, s, s)) {
			t.Errorf("status %s is not shown by shape and word", s)
		}
	}
	for _, want := range []string{"UNSIGNED", ">SAMPLE<", "What a POC cannot show", questionnairetest.Digest()} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q", want)
		}
	}
}

func TestHostileTextStaysText(t *testing.T) {
	const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)> {{.}} javascript:alert(1) </style></title>`
	d := questionnairetest.Document()
	d.Title, d.Notice, d.Stack.Name = hostile, hostile, hostile
	for i := range d.Sections {
		s := &d.Sections[i]
		s.ID, s.Title = hostile+fmt.Sprint(i), hostile
		for j := range s.Answers {
			a := &s.Answers[j]
			a.Question, a.Topic, a.Sentence, a.Citation, a.Details = hostile+fmt.Sprint(i, j), hostile, hostile, hostile, []string{hostile}
			for k := range a.See {
				a.See[k].Command = hostile
			}
		}
	}
	got := rendered(t, d)
	for _, bad := range []string{"<script", "<img", `href="javascript`, "</style></title>"} {
		if strings.Contains(got, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

// hundreds repeats the fixture until it has n answers.
func hundreds(n int) *questionnaire.Document {
	d := questionnairetest.Document()
	sections := d.Sections
	d.Sections = nil
	for i := 0; n > 0; i++ {
		s := sections[i%len(sections)]
		d.Sections = append(d.Sections, s)
		n -= len(s.Answers)
	}
	for i := range d.Counts {
		d.Counts[i].N = 1
	}
	return d
}

func BenchmarkThreeHundredQuestions(b *testing.B) {
	in := render.Input{Doc: hundreds(300), Run: questionnairetest.Run()}
	for b.Loop() {
		if err := html.Format().Render(io.Discard, in); err != nil {
			b.Fatal(err)
		}
	}
}
