package pdf

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

// inFrame fails for every word that is drawn beyond the margins, or below the
// line above the foot.
func inFrame(t *testing.T, name string, pdf []byte) {
	t.Helper()
	wordsInFrame(t, name, run(t, "pdftotext", "-bbox", written(t, pdf), "-"))
}

// wordsInFrame is inFrame for the words that poppler found, with their boxes.
func wordsInFrame(t *testing.T, name, words string) {
	t.Helper()
	const point, slack = 72 / 25.4, 1.5
	page, box := 0, regexp.MustCompile(`<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*)</word>`)
	for line := range strings.Lines(words) {
		if strings.Contains(line, "<page ") {
			page++
		}
		m := box.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		var at [4]float64
		for i := range at {
			at[i], _ = strconv.ParseFloat(m[i+1], 64)
		}
		foot := at[1] > 281*point
		if at[0] < left*point-slack || at[2] > (left+width)*point+slack || at[1] < 7*point || at[3] > 281*point+slack && !foot {
			t.Errorf("%s, page %d: %q lies at %.0f..%.0f, %.0f..%.0f points", name, page, m[5], at[0], at[2], at[1], at[3])
		}
	}
}

func TestNothingIsClipped(t *testing.T) {
	for _, d := range fixtures() {
		inFrame(t, d.ID, rendered(t, input(t, d)))
	}
}

// TestNoHeadingStandsAlone looks at the last line of each page.
func TestNoHeadingStandsAlone(t *testing.T) {
	for _, d := range fixtures() {
		heads := regexp.MustCompile(`^(Answer|Decided by|Evidence|Missing|Does not prove|See it yourself|After eval.*|Outcome|Observations|Contents.*)$`)
		for i, page := range pagesOf(t, rendered(t, input(t, d))) {
			lines := strings.Split(strings.TrimSpace(page), "\n")
			last := ""
			for _, line := range lines[:len(lines)-1] { // the foot
				if strings.TrimSpace(line) != "" {
					last = strings.TrimSpace(line)
				}
			}
			if heads.MatchString(last) {
				t.Errorf("%s, page %d ends with the heading %q", d.ID, i+1, last)
			}
			for _, s := range d.Sections {
				if last == s.ID+" "+s.Title {
					t.Errorf("%s, page %d ends with the heading %q", d.ID, i+1, last)
				}
			}
			if len(lines) < 6 {
				t.Errorf("%s, page %d is as good as empty:\n%s", d.ID, i+1, page)
			}
		}
	}
}

// hostile are texts that a stack or a YAML file may hold.
var hostile = []string{
	strings.Repeat("x", 5000), "https://example.com/" + strings.Repeat("a/b?c=d&", 300), strings.Repeat("SELECT * FROM t WHERE a = 'b' AND ", 80),
	"a\x00b\x07c\x1b[31mred\x7f", "ends (with) \\ ) ( \\( >> endobj", "\xff\xfe broken \xc3", "שלום עולם", "مرحبا", "🔥👩‍👩‍👧 fire", "漢字かな",
	"\u202eoverride\u202c \u200bzero", "e\u0301 combining " + strings.Repeat("a\u0300\u0301\u0302", 50), "line\nbreak\r\n\ttab", "", " ", "{nb} {{.}} <script>alert(1)</script>",
	"Nguyễn Łódź Ж Ω → ≥ § “quoted” – dash", strings.Repeat("\n", 400) + "deep",
}

func hostileDocument(text string) render.Input {
	d := &questionnaire.Document{
		ID: text, Title: text, Framework: text, Notice: text, Tool: text, RunDigest: text, Demonstration: text,
		Stack:         evidence.Stack{Name: text, Kind: text, Environment: text, Build: text, Identity: map[string]string{text: text, "k": text}},
		NotVerifiable: []questionnaire.NotVerifiable{{What: text, Instead: text}, {}},
		Checks:        []string{"a.b", text},
		Sections: []questionnaire.Section{{}, {ID: text, Title: text, Answers: []questionnaire.Answer{{}, {
			Question: text, Topic: text, Requirement: text, Citation: text, POC: text, Status: control.Status(text), Value: text, Sentence: text,
			Details: []string{text}, DoesNotProve: []string{text}, Sample: true, Live: true,
			Controls:  []questionnaire.Decider{{}, {ID: text, Claim: text, Why: text, Owner: text, Refs: []control.Ref{{}, {ID: text, Reason: text}}}},
			Evidence:  []questionnaire.Line{{}, {Check: text, Title: text, Outcome: text, Unit: text, Good: 1, Counted: -1, Failed: []string{text}, Excluded: []string{text}, Reason: text, ToSee: text, Digest: text, When: time.Now()}},
			Attested:  []questionnaire.Signed{{}, {Text: text, Signed: control.Signed{Artefact: text, SHA256: text, Sample: true}}},
			Mentioned: []questionnaire.Mention{{}, {ID: text, Claim: text, Why: text, Scope: control.Production}},
			See:       []questionnaire.See{{}, {Command: text}}, Gap: &questionnaire.Gap{Owner: text, Need: text},
		}, {Status: control.Contradicted, Topic: text, Question: text, Sentence: text, Evidence: []questionnaire.Line{{Check: "a.b", Outcome: "fail", Reason: text}}}}}},
	}
	r := &evidence.Run{Records: []evidence.Evidence{{
		Check:   evidence.Doc{ID: "a.b", Title: text, Proves: text, DoesNotProve: text, Fix: text, Reproduce: text, Doors: []string{text}, Effects: []string{text}},
		Outcome: evidence.Outcome(text), Reason: text, Error: text, Residue: []string{text}, Facts: map[string]string{text: text},
		Population:   evidence.Population{Unit: text, Expected: []string{text}, Excluded: map[string]string{text: text}},
		Observations: []evidence.Observation{{}, {Unit: text, What: text, Via: text, Want: evidence.Equals(text + "!"), Got: text, Kind: evidence.Claim, Fix: text, SQLState: text}, {Unit: text, Blind: text, Kind: evidence.Sight}},
	}, {}}}
	return render.Input{Doc: d, Run: r, RunFile: []byte(text), InputsJSON: []byte("{}")}
}

func TestHostileTextStaysInsideThePage(t *testing.T) {
	for i, text := range hostile {
		name := fmt.Sprintf("hostile text %d", i)
		words := run(t, "pdftotext", "-bbox", written(t, rendered(t, hostileDocument(text))), "-")
		wordsInFrame(t, name, words)
		if strings.ContainsAny(words, "\x00\x07\x1b\x7f\u202e") {
			t.Errorf("%s: control characters were printed", name)
		}
	}
}

func TestWhatCannotBeDrawnIsSeenAndCounted(t *testing.T) {
	d := soc2Document()
	d.Stack.Name = "Kunde שלום 🔥 Nguyễn"
	pages := pagesOf(t, rendered(t, input(t, d)))
	if want := "Kunde □□□□ □ Nguyễn"; !strings.Contains(pages[0], want) {
		t.Errorf("cover: no %q in\n%s", want, pages[0])
	}
	if last := strings.Join(pages[len(pages)-2:], "\n"); !strings.Contains(last, "could not be printed in the typefaces") {
		t.Error("nothing says that characters were replaced")
	}
	for _, page := range pagesOf(t, rendered(t, input(t, soc2Document()))) {
		if strings.Contains(page, "could not be printed") {
			t.Error("characters are said to be replaced where none were")
		}
	}
}

func TestEmptyDocument(t *testing.T) {
	out := rendered(t, render.Input{Doc: &questionnaire.Document{}})
	inFrame(t, "empty", out)
	text := read(t, out)
	for _, want := range []string{"This document asks nothing", "No answer rests on a check.", "neither the run nor the inputs were given", "not recorded"} {
		if !strings.Contains(text, want) {
			t.Errorf("empty document: no %q", want)
		}
	}
}

// TestContrast holds the palette to WCAG 2.2, 1.4.3: 4.5 to 1.
func TestContrast(t *testing.T) {
	for _, c := range []struct {
		name    string
		on, off rgb
	}{
		{"ink on paper", ink, paper}, {"muted", muted, white}, {"links", link, white}, {"banner", amber, straw}, {"red small print", red, white},
		{"faint is for lines only; muted on paper", muted, paper},
	} {
		if got := contrast(c.on, c.off); got < 4.5 {
			t.Errorf("%s: contrast %.2f, expected at least 4.5", c.name, got)
		}
	}
	for _, s := range control.Statuses() {
		if got := contrast(statusLook(s).color, white); got < 4.5 {
			t.Errorf("%s: contrast %.2f, expected at least 4.5", s, got)
		}
	}
}

// TestStatusesDifferWithoutColour holds every status to a shape and a word of
// its own.
func TestStatusesDifferWithoutColour(t *testing.T) {
	marks, words := map[mark]control.Status{}, map[string]control.Status{}
	for _, s := range control.Statuses() {
		l := statusLook(s)
		if other, ok := marks[l.mark]; ok {
			t.Errorf("%s and %s have the same shape", s, other)
		}
		if other, ok := words[l.word]; ok {
			t.Errorf("%s and %s have the same word", s, other)
		}
		marks[l.mark], words[l.word] = s, s
	}
}

func contrast(a, b rgb) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + .05) / (math.Min(la, lb) + .05)
}

func luminance(c rgb) float64 {
	channel := func(v int) float64 {
		s := float64(v) / 255
		if s <= .04045 {
			return s / 12.92
		}
		return math.Pow((s+.055)/1.055, 2.4)
	}
	r, g, b := c.parts()
	return .2126*channel(r) + .7152*channel(g) + .0722*channel(b)
}

func TestTypefacesCoverWhatWePrint(t *testing.T) {
	s, err := newSheet()
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range s.faces {
		for _, r := range "AZaz09~ éßŁőž Nguyễn ΑΩαω АЯая …·§“”–→≥≤□" {
			if !m.has(r) {
				t.Errorf("typeface %s has no %c (%U)", face(i).family(), r, r)
			}
		}
		s.f.SetFont(face(i).family(), "", 10)
		for _, text := range []string{"The quick brown fox", "Ж Ω ễ §"} {
			if got, want := m.length(text), s.f.GetStringSymbolWidth(text); math.Abs(float64(got-want)) > float64(len(text)) {
				t.Errorf("typeface %s: %q measures %d, the writing library says %d", face(i).family(), text, got, want)
			}
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4000 {
			return
		}
		rendered(t, hostileDocument(text))
	})
}
