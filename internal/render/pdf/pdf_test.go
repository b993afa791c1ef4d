package pdf

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

// fixtures are the documents that every property has to hold of.
func fixtures() []*questionnaire.Document {
	return []*questionnaire.Document{soc2Document(), hipaaDocument(), sigDocument()}
}

func TestEveryPageSaysWhatItIs(t *testing.T) {
	for _, d := range fixtures() {
		pages := pagesOf(t, rendered(t, input(t, d)))
		for i, page := range pages {
			if got := strings.Contains(page, questionnaire.DemonstrationText); got != (d.Demonstration != "") {
				t.Errorf("%s, page %d: demonstration line present: %v", d.ID, i+1, got)
			}
			if got := strings.Contains(page, "UNSIGNED"); got == (d.KeyID != "") {
				t.Errorf("%s, page %d: UNSIGNED present: %v, signed: %v", d.ID, i+1, got, d.KeyID != "")
			}
			for _, want := range []string{notAReport, fmt.Sprintf("%d of %d", i+1, len(pages)), "run " + digest[:12], "as of 21 November 2026"} {
				if !strings.Contains(page, want) {
					t.Errorf("%s, page %d: no %q", d.ID, i+1, want)
				}
			}
		}
	}
}

func TestCover(t *testing.T) {
	d := soc2Document()
	cover := pagesOf(t, rendered(t, input(t, d)))[0]
	for _, want := range []string{
		d.Title, d.Stack.Name, "reference stack", d.Stack.Environment, d.Stack.Build, "PostgreSQL 15.18", "DB system identifier", "What the words mean", digest, "arxctl 0.1.0",
		"2026-11-20 09:30 UTC", "61 criteria in 13 sections", "answers rest on 6 checks", "15 criteria are decided by nothing", "12 answers draw on sample attestations", "SAMPLE",
		"10 Proven", "6 Attested", "6 Not applicable", "6 Planned", "6 Stale", "6 Unproven", "6 Contradicted", "15 Unanswered",
	} {
		if !strings.Contains(cover, want) {
			t.Errorf("cover: no %q in\n%s", want, cover)
		}
	}
	d.RunComplete = false
	if cover := pagesOf(t, rendered(t, input(t, d)))[0]; !strings.Contains(cover, "interrupted") {
		t.Error("cover: an interrupted run is not called that")
	}
}

// TestContentsLeadToEveryAnswer follows the page number that the contents give
// for each answer.
func TestContentsLeadToEveryAnswer(t *testing.T) {
	for _, d := range fixtures() {
		pages := pagesOf(t, rendered(t, input(t, d)))
		contents, listed := map[string]string{}, ""
		entry := regexp.MustCompile(`^\s*(\S+)\s.*?(\d+)\s*$`)
		for _, page := range pages[1:] {
			if !strings.Contains(page, "Contents") {
				break
			}
			listed += page
			for line := range strings.Lines(page) {
				if m := entry.FindStringSubmatch(line); m != nil {
					contents[m[1]] = m[2]
				}
			}
		}
		for _, e := range fixtureRun().Records {
			if title := strings.Join(strings.Fields(e.Check.Title), " "); slices.Contains(d.Checks, e.Check.ID) && !strings.Contains(listed, title[:min(len(title), 30)]) {
				t.Errorf("%s: the contents do not name %s as %s", d.ID, e.Check.ID, title)
			}
		}
		for _, s := range d.Sections {
			for _, a := range s.Answers {
				n := 0
				if _, err := fmt.Sscan(contents[a.Question], &n); err != nil || n < 1 || n > len(pages) {
					t.Fatalf("%s: contents give page %q for %s", d.ID, contents[a.Question], a.Question)
				}
				at := regexp.MustCompile(regexp.QuoteMeta(a.Question) + ` +Logical.*`)
				if !at.MatchString(pages[n-1]) {
					t.Errorf("%s: %s is not on page %d as the contents say", d.ID, a.Question, n)
				}
			}
		}
	}
}

// TestAnswersSayAll looks for all parts of each answer between its heading and
// the next.
func TestAnswersSayAll(t *testing.T) {
	for _, d := range fixtures() {
		text := read(t, rendered(t, input(t, d)))
		text = text[strings.Index(text, d.Sections[0].ID+" "+d.Sections[0].Title):]
		for _, s := range d.Sections {
			for _, a := range s.Answers {
				heading := a.Question + " Logical"
				from := strings.Index(text, heading)
				if from < 0 {
					t.Fatalf("%s: no section for %s", d.ID, a.Question)
				}
				text = text[from+len(heading):]
				own, _, _ := strings.Cut(text, " Logical access is limited")
				for _, w := range parts(a) {
					if !strings.Contains(own, strings.Join(strings.Fields(w), " ")) {
						t.Errorf("%s, %s (%s): no %q in\n%s", d.ID, a.Question, a.Status, w, own)
					}
				}
			}
		}
	}
}

// parts lists everything that a reader should find of an answer, apart from
// its heading.
func parts(a questionnaire.Answer) []string {
	want := []string{a.Citation, capital(a.Requirement), a.Value, a.Sentence}
	if a.Value == "" {
		want = append(want, "left blank")
	}
	for _, c := range a.Controls {
		want = append(want, c.Claim, c.ID, "Supports "+c.Refs[0].ID+" in part: "+c.Refs[0].Reason)
	}
	for _, v := range a.Evidence {
		want = append(want, v.Check+" "+v.Title, fmt.Sprintf("%s · %d of %d tenant tables · 2026-11-20 09:30 UTC · POC §1 · run %s", outcomeLook(v.Outcome).word, v.Good, v.Counted, digest[:12]), whyNot(v))
	}
	for _, g := range a.Attested {
		want = append(want, "SAMPLE The policy is in force for all staff. Signed by CISO on 21 November 2026, holds until 21 November 2027.", g.Artefact, g.SHA256)
	}
	for _, m := range a.Mentioned {
		want = append(want, m.Claim, "Unproven: awaits", "About production")
	}
	if a.Gap != nil {
		want = append(want, a.Gap.Need, "Suggested owner: "+a.Gap.Owner)
	}
	if len(a.See) > 0 {
		want = append(want, "SELECT count(*) AS foreign_rows FROM public.agents WHERE org_id = :'org_b';")
	}
	return append(want, append(a.DoesNotProve, a.Details...)...)
}

func TestExceptionsComeFirst(t *testing.T) {
	text := read(t, rendered(t, input(t, soc2Document())))
	last := 0
	for _, want := range []string{" Exceptions ", "The evidence shows otherwise.", "CC1.1", "Shown or signed once", "CC1.3", "Unproven, though live checks", "CC1.2", "start replica 2 and run the check again", "CC1 Control environment"} {
		i := strings.Index(text[last:], want)
		if i < 0 {
			t.Fatalf("exceptions: %q does not come next in\n%.3000s", want, text[last:])
		}
		last += i
	}
	d := soc2Document()
	first := &d.Sections[0].Answers[0]
	first.Status, first.Blind = control.Unproven, false // what it needs was not brought
	text, _, _ = strings.Cut(read(t, rendered(t, input(t, d))), "CC1 Control environment")
	if !strings.Contains(text, "1 more answer is unproven and not listed here") || strings.Contains(text, first.Question+" ") {
		t.Errorf("an answer that no check was blind for is listed, or not counted:\n%.3000s", text)
	}
	for i := range d.Sections {
		for j := range d.Sections[i].Answers {
			d.Sections[i].Answers[j].Status = control.Proven
		}
	}
	if text := read(t, rendered(t, input(t, d))); !strings.Contains(text, "None: no answer is contradicted or stale") {
		t.Error("a document without exceptions does not say so")
	}
}

func TestAppendixShowsWhatFailed(t *testing.T) {
	text := read(t, rendered(t, input(t, soc2Document())))
	for _, want := range []string{
		"To have one: arxctl check --only auditlog.chain", "wanted 0, got 14", "UPDATE public.deployments SET version = version;",
		"1 of 21 claims as wanted", "15 more are in the attached run.", "could not be seen: the connection was refused",
		"wanted at least 150019, got 150018", "Left out: public.notes (declared as scratch space)", "Fix: CREATE POLICY tenant_update",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("appendix: no %q", want)
		}
	}
	if !strings.Contains(text, "Instead: Ask for the access reviews of the last two quarters.") {
		t.Error("what a POC cannot show is not there")
	}
}

func TestAttachments(t *testing.T) {
	in := input(t, soc2Document())
	file, dir := written(t, rendered(t, in)), t.TempDir()
	run(t, "pdfdetach", "-saveall", "-o", dir, file)
	for name, want := range map[string][]byte{"run.json": in.RunFile, "inputs.json": in.InputsJSON} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("attachment %s: %v, %d bytes, wanted %d", name, err, len(got), len(want))
		}
	}
}

func TestBookmarksAndLinks(t *testing.T) {
	d := soc2Document()
	out := rendered(t, input(t, d))
	for _, want := range []string{"Summary", "Contents", "Exceptions", "CC6  Logical and physical access", "CC1.1  " + d.Sections[0].Answers[0].Topic + " (Contradicted)", "tenancy.write  No tenant changes another tenant's rows (fail)"} {
		if !bytes.Contains(out, utf16Text(want)) {
			t.Errorf("no bookmark %q", want)
		}
	}
	links := regexp.MustCompile(`/Dest \[(\d+) 0 R`).FindAllSubmatch(out, -1)
	if len(links) < 2*61 {
		t.Errorf("%d links and bookmarks, expected at least two for each of 61 criteria", len(links))
	}
	for _, l := range links {
		if string(l[1]) == "1" { // the tree of pages, not a page
			t.Fatal("a link leads nowhere")
		}
	}
}

func TestMetadata(t *testing.T) {
	d := soc2Document()
	info := run(t, "pdfinfo", written(t, rendered(t, input(t, d))))
	for _, want := range []string{"SOC 2 readiness - " + notAReport, "Creator:         arxctl", digest, "Demonstration", "Page size:       595.28 x 841.89 pts (A4)"} {
		if !strings.Contains(info, want) {
			t.Errorf("metadata: no %q in\n%s", want, info)
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	in := input(t, soc2Document())
	first := rendered(t, in)
	results := make(chan []byte)
	const times = 6
	for range times {
		go func() {
			var b bytes.Buffer
			if err := Render(&b, in); err != nil {
				t.Error(err)
			}
			results <- b.Bytes()
		}()
	}
	for range times {
		if !bytes.Equal(<-results, first) {
			t.Error("the same input gave other bytes")
		}
	}
}

func TestFileName(t *testing.T) {
	for id, want := range map[string]string{"soc2": "soc2-readiness.pdf", "sig-lite": "sig-lite-readiness.pdf", "../x": "---x-readiness.pdf", "": "document-readiness.pdf"} {
		if got := FileName(&questionnaire.Document{ID: id}); got != want {
			t.Errorf("file name of %q: %q, expected %q", id, got, want)
		}
	}
}

func TestNoDocumentIsAnError(t *testing.T) {
	if err := Render(&bytes.Buffer{}, render.Input{}); err == nil {
		t.Error("nothing to render gave no error")
	}
}

func utf16Text(s string) []byte {
	b := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	for _, c := range []string{`\`, "(", ")"} {
		b = bytes.ReplaceAll(b, []byte(c), []byte(`\`+c))
	}
	return b
}

func BenchmarkRender(b *testing.B) {
	d := soc2Document()
	d.Sections = append(d.Sections, hipaaDocument().Sections...) // some 60 pages
	in := input(b, d)
	pages := 0
	for b.Loop() {
		pages = bytes.Count(rendered(b, in), []byte("/Type /Page\n"))
	}
	b.ReportMetric(float64(pages), "pages")
}
