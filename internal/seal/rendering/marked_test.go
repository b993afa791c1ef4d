package rendering_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	wt "github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

// sendMarked is a workbook from the reference stack, one answer of which rests on
// a sample, unsigned: whatever lies beside it, anybody can write.
func sendMarked(t *testing.T) *sent {
	t.Helper()
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	run := s.run.Run
	run.Stack.Kind = "reference"
	var err error
	if s.run, err = seal.Encode(run); err != nil {
		t.Fatal(err)
	}
	s.inputs.Run, s.inputs.RunKeyID = s.run.Digest, ""
	for i, f := range s.inputs.Files {
		if f.Role == rendering.Attestation {
			f.Content = strings.Replace(f.Content, "role: CISO,", "role: CISO, sample: true,", 1)
			f.SHA256 = sum([]byte(f.Content))
			s.inputs.Files[i] = f
		}
	}
	s.fillAll(t, questions(true), false)
	return s
}

// forge writes other texts into cells of ours, and what lies beside the workbook
// to match.
func (s *sent) forge(t *testing.T, change func(ref, text string) string) {
	t.Helper()
	p := unpack(t, s.doc)
	var beside map[string]any
	b, err := os.ReadFile(s.path + rendering.CellsSuffix)
	if err == nil {
		err = json.Unmarshal(b, &beside)
	}
	if err != nil {
		t.Fatal(err)
	}
	record := beside["workbook"].(map[string]any)
	var kept []any
	for _, x := range record["cells"].([]any) {
		c := x.(map[string]any)
		ref := c["ref"].(string)
		text := change(ref, p.text(ref))
		if text == "" {
			p.put(ref, "")
			continue
		}
		p.say(ref, text)
		c["sha256"] = sum([]byte(strings.NewReplacer("&#39;", "'").Replace(text)))
		kept = append(kept, c)
	}
	record["cells"] = kept
	s.doc = p.bytes()
	out, err := seal.Canonical(beside)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, s.path+rendering.CellsSuffix, append(out, '\n'))
}

// TestMarksCannotBeTakenAway: the words that mark a demonstration and a sample are
// part of what has to follow again from the run and the inputs.
func TestMarksCannotBeTakenAway(t *testing.T) {
	for what, c := range map[string]struct {
		change func(ref, text string) string
		code   int
		saying string
	}{
		"nothing": {func(_, text string) string { return text }, look, "vouched for by nobody"},
		"the demonstration": {func(_, text string) string {
			return strings.Replace(text, questionnaire.DemonstrationText+". ", "", 1)
		}, broken, "does not say what its run and its inputs give"},
		"the sample": {func(ref, text string) string {
			if ref == "D6" {
				text = strings.ReplaceAll(text, questionnaire.SampleText, "")
			}
			return text
		}, broken, "Access!D6 does not say what its run and its inputs give"},
		"the comments": {func(ref, text string) string {
			if strings.HasPrefix(ref, "D") {
				return ""
			}
			return text
		}, broken, "stands without a comment of ours, which has to say that this is a demonstration"},
		"words put in": {func(ref, text string) string {
			if ref == "D4" {
				text += " Audited by a third party."
			}
			return text
		}, broken, "Access!D4 does not say what its run and its inputs give"},
		"the value": {func(ref, text string) string {
			if ref == "C5" {
				return "Yes"
			}
			return text
		}, broken, `says "Yes", and its run and its inputs give "No"`},
	} {
		s := sendMarked(t)
		if text := unpack(t, s.doc).text("D6"); !strings.Contains(text, "Demonstration") || !strings.Contains(text, questionnaire.SampleText) {
			t.Fatalf("D6 bears no marks: this test would hold for nothing: %s", text)
		}
		s.forge(t, c.change)
		var o rendering.Options
		if err := o.Add(filepath.Join(s.dir, "run.json"), s.run); err != nil {
			t.Fatal(err)
		}
		r, err := rendering.Verify(s.path, s.doc, o)
		said := ""
		if r != nil {
			said = strings.Join(r.Unseen, "\n")
		}
		if err != nil {
			said = err.Error()
		}
		if code := codeOf(r, err); code != c.code || !strings.Contains(said, c.saying) {
			t.Errorf("%s taken away: exit %d, want %d with %q: %s", what, code, c.code, c.saying, said)
		}
	}
}

// TestFirstRecordsAreReadStill: what lies beside a workbook that an earlier arxctl
// filled in does not cover the questions, and is said not to.
func TestFirstRecordsAreReadStill(t *testing.T) {
	s := sendMarked(t)
	b, err := os.ReadFile(s.path + rendering.CellsSuffix)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), `"schema":"arxctl.filled/v2"`, `"schema":"arxctl.filled/v1"`, 1)
	text = regexp.MustCompile(`"beside":\[.*?\],"whole":true\}\],`).ReplaceAllString(text, "")
	text = regexp.MustCompile(`,"sheets":\[[^\]]*\]`).ReplaceAllString(text, "")
	text = regexp.MustCompile(`"length":\d+,`).ReplaceAllString(text, "")
	s.write(t, s.path+rendering.CellsSuffix, []byte(text))
	r, err := rendering.Verify(s.path, s.doc, rendering.Options{Runs: []*seal.Run{s.run}})
	if codeOf(r, err) != look || r.Cells.Unchanged != 6 || r.Cells.Again != 3 || !strings.Contains(strings.Join(r.Unseen, "\n"), "which questions these 3 answers stand beside: what was recorded when they were filled in does not cover questions") || strings.Contains(strings.Join(r.Unseen, "\n"), "added since") || len(r.Cells.Sheets) > 0 {
		t.Errorf("%+v %v", r, err)
	}
}

// TestARecordOfNoRun: whatever it says of the run, it is read without a panic.
func TestARecordOfNoRun(t *testing.T) {
	s := sendMarked(t)
	b, err := os.ReadFile(s.path + rendering.CellsSuffix)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, s.path+rendering.CellsSuffix, []byte(strings.Replace(string(b), s.run.Digest, "5eed", 1)))
	r, err := rendering.Verify(s.path, s.doc, rendering.Options{Runs: []*seal.Run{s.run}})
	if codeOf(r, err) != look || r.RunDigest != "" || !strings.Contains(strings.Join(r.Unseen, "\n"), "filled in from the run 5eed, which is not here: give it with --run") {
		t.Errorf("%+v %v", r, err)
	}
}

// TestRecordsThatCoverPartOfASheet: the record of an arxctl that did not list every
// text cannot tell what was added, and that is said.
func TestRecordsThatCoverPartOfASheet(t *testing.T) {
	s := sendMarked(t)
	b, err := os.ReadFile(s.path + rendering.CellsSuffix)
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`"(area|printed|prompts)":"[0-9a-f]*",`).ReplaceAllString(string(b), "")
	text = regexp.MustCompile(`"open":\[[^\]]*\],`).ReplaceAllString(text, "")
	s.write(t, s.path+rendering.CellsSuffix, []byte(strings.Replace(text, `,"whole":true`, "", 1)))
	r, err := rendering.Verify(s.path, s.doc, rendering.Options{Runs: []*seal.Run{s.run}})
	if codeOf(r, err) != look || len(r.Cells.Told) > 0 || !strings.Contains(strings.Join(r.Unseen, "\n"), `texts that were added to 1 sheets with answers of ours: what was recorded when they were filled in does not cover that`) {
		t.Errorf("%+v %v", r, err)
	}
}

// TestQuestionsThatAreFormulas: what such a question says, a calculation decides
// when the workbook is opened; that it was not looked at is said.
func TestQuestionsThatAreFormulas(t *testing.T) {
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	b := questions(true)
	cell := &b.Sheets[0].Rows[3].Cells[1]
	*cell = wt.Cell{Ref: "B4", Formula: `Lists!A1&"x"`, Cached: cell.Text}
	s.fillAll(t, b, true)
	r, err := rendering.Verify(s.path, s.doc, s.options(s.key.Public))
	if codeOf(r, err) != look || len(r.Unseen) != 1 || r.Cells.Asked != 2 || !strings.Contains(r.Unseen[0], "1 texts beside our answers, which are formulas: what they show, only a calculation tells: Access!B4") {
		t.Errorf("%+v %v", r, err)
	}
	p := unpack(t, s.doc)
	p.put("B4", `<c r="B4"><f>Lists!A1&amp;"x"</f></c>`) // as a program saves it that calculates nothing
	if r, err := rendering.Verify(s.path, p.bytes(), s.options(s.key.Public)); codeOf(r, err) != look || len(r.Unseen) != 1 {
		t.Errorf("no text stored with the formula: %+v %v", r, err)
	}
	p = unpack(t, s.doc)
	p.put("B4", strings.Replace(p.cell("B4"), "stay apart", "lie together", 1))
	if r, err := rendering.Verify(s.path, p.bytes(), s.options(s.key.Public)); codeOf(r, err) != broken {
		t.Errorf("another text stored with the formula: %+v %v", r, err)
	}
}

// TestATextInThePlaceOfAFormula: a section whose formula had no stored text says
// what it is calculated to, until somebody types another text over it.
func TestATextInThePlaceOfAFormula(t *testing.T) {
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	b := questions(true)
	b.Sheets[0].Rows[3].Cells[4] = wt.Cell{Ref: "E4", Formula: `Lists!A9`}
	s.fillAll(t, b, true)
	p := unpack(t, s.doc)
	p.put("E4", `<c r="E4" t="str"><f>Lists!A9</f><v>Tenancy</v></c>`) // as a program saves it that calculates
	if r, err := rendering.Verify(s.path, p.bytes(), s.options(s.key.Public)); codeOf(r, err) != look || !strings.Contains(strings.Join(r.Unseen, "\n"), "which are formulas: what they show, only a calculation tells: Access!E4") {
		t.Errorf("calculated: %+v %v", r, err)
	}
	p.say("E4", "What is not done")
	if r, err := rendering.Verify(s.path, p.bytes(), s.options(s.key.Public)); codeOf(r, err) != broken || !strings.Contains(err.Error(), "section Access!E4 beside C4") {
		t.Errorf("typed over: %+v %v", r, err)
	}
}

func TestWhatPeopleTypeIsCounted(t *testing.T) {
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	b := questions(true)
	b.Sheets[0].Rows[3].Cells[3] = wt.T("D4", wt.Unlocked, "As agreed on the call.")
	s.fillAll(t, b, true)
	p := unpack(t, s.doc)
	p.say("C7", "Yes")
	p.say("D7", "It leaks, says Kim.")
	p.addSheet("Notes", `<row r="1"><c r="A1" t="inlineStr"><is><t>Kim mends it</t></is></c></row>`)
	r, err := rendering.Verify(s.path, p.bytes(), s.options(s.key.Public))
	if codeOf(r, err) != fine || r.Cells.Unchanged != 6 || r.Cells.Others != 1 || len(r.Cells.Added) != 0 || len(r.Cells.Sheets) != 1 || r.Cells.Shared != 1 || r.Cells.Again != 3 {
		t.Errorf("%+v %+v %v", r, r.Cells, err)
	}
	p.say("D4", p.text("D4")+"\nNot so.")
	if _, err := rendering.Verify(s.path, p.bytes(), s.options(s.key.Public)); err == nil || !strings.Contains(err.Error(), "Access!D4 (our words are in it, and others with them)") {
		t.Error(err)
	}
}

// TestALibreOfficeSaveIsNoTampering: people open, type and save.
func TestALibreOfficeSaveIsNoTampering(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil || testing.Short() {
		t.Skip("SKIPPED: LibreOffice (soffice) is not installed, or -short: a save by it was not looked at")
	}
	s := sendTo(t, "json", questionnaire.Private, allPrivate)
	s.fillAll(t, questions(false), true)
	s.write(t, s.path, s.doc)
	out := t.TempDir()
	c := exec.Command(soffice, "--headless", "-env:UserInstallation=file://"+t.TempDir(), "--convert-to", "xlsx", "--outdir", out, s.path)
	if b, err := c.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: LibreOffice did not save: %v: %s", err, b)
	}
	saved, err := os.ReadFile(filepath.Join(out, "out.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := workbook.Read("out.xlsx", saved); err != nil {
		t.Fatal(err)
	}
	if r, err := rendering.Verify(s.path, saved, s.options(s.key.Public)); codeOf(r, err) != fine || r.Cells.Unchanged != 6 {
		t.Errorf("%+v %v", r, err)
	}
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}
