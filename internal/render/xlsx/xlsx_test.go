package xlsx_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/runtest"
	"github.com/arxsec/arxctl/internal/render/xlsx"
)

func rendered(t testing.TB, d *questionnaire.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := xlsx.Format().Render(&b, render.Input{Doc: d, Run: questionnairetest.Run(), RunDigest: questionnairetest.Digest()}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opened(t testing.TB, b []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func cell(t testing.TB, f *excelize.File, sheet, ref string) string {
	t.Helper()
	v, err := f.GetCellValue(sheet, ref)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryAnswerIsARowWithItsStatusInWords(t *testing.T) {
	d := questionnairetest.Document()
	f := opened(t, rendered(t, d))
	for i, a := range d.Answers() {
		row := i + 4
		for letter, want := range map[string]string{"B": a.Question, "C": a.Topic, "D": render.Mark(a.Status) + " " + string(a.Status), "E": a.Value, "F": a.Sentence} {
			if got := cell(t, f, "Answers", fmt.Sprint(letter, row)); got != want && got != "'"+want {
				t.Errorf("%s%d: got %q, want %q", letter, row, got, want)
			}
		}
	}
	if v := cell(t, f, "Answers", fmt.Sprint("B", 4+len(d.Answers()))); v != "" {
		t.Errorf("a row more than there are answers: %q", v)
	}
}

func TestEverySheetSaysThatItIsADemonstration(t *testing.T) {
	f := opened(t, rendered(t, questionnairetest.Document()))
	if got := strings.Join(f.GetSheetList(), " "); got != "Answers Evidence About" {
		t.Fatalf("sheets %s", got)
	}
	for _, s := range f.GetSheetList() {
		if got := cell(t, f, s, "A2"); !strings.HasPrefix(got, questionnaire.DemonstrationText) || !strings.Contains(got, "UNSIGNED") {
			t.Errorf("%s says %q", s, got)
		}
		foot, err := f.GetHeaderFooter(s)
		if err != nil || !strings.Contains(foot.OddFooter, questionnaire.DemonstrationText) {
			t.Errorf("%s: printed, it says %+v %v", s, foot, err)
		}
		if p, err := f.GetPanes(s); err != nil || !p.Freeze || p.YSplit != 3 {
			t.Errorf("%s: the head is not frozen: %+v %v", s, p, err)
		}
	}
}

// TestTheLinesOverATableStandWithinIt: what runs past the last column is cut on
// paper, and it is the line that says what this is.
func TestTheLinesOverATableStandWithinIt(t *testing.T) {
	d := questionnairetest.Document()
	d.Stack.Name = strings.Repeat("A long name ", 30)
	f := opened(t, rendered(t, d))
	for sheet, last := range map[string]string{"Answers": "I", "Evidence": "L", "About": "B"} {
		merges, err := f.GetMergeCells(sheet)
		if err != nil || len(merges) != 2 || merges[0].GetEndAxis() != last+"1" || merges[1].GetEndAxis() != last+"2" {
			t.Errorf("%s: %v %v", sheet, merges, err)
		}
		id, err := f.GetCellStyle(sheet, "A2")
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil || style.Alignment == nil || !style.Alignment.WrapText {
			t.Errorf("%s: the line does not wrap: %v", sheet, err)
		}
		if h, err := f.GetRowHeight(sheet, 2); err != nil || h < 30 {
			t.Errorf("%s: it is %v high: %v", sheet, h, err)
		}
	}
}

func TestLinksLeadBothWays(t *testing.T) {
	d := questionnairetest.Document()
	f := opened(t, rendered(t, d))
	linked := 0
	for i, a := range d.Answers() {
		yes, to, err := f.GetCellHyperLink("Answers", fmt.Sprint("B", i+4))
		if err != nil || yes != (len(a.Evidence)+len(a.Attested) > 0) {
			t.Errorf("%s: link %v %v", a.Question, yes, err)
		}
		if !yes {
			continue
		}
		linked++
		ref := strings.TrimPrefix(to, "Evidence!")
		if got := cell(t, f, "Evidence", ref); got != a.Question {
			t.Errorf("%s leads to the evidence of %q (%s)", a.Question, got, to)
		}
		if _, back, err := f.GetCellHyperLink("Evidence", ref); err != nil || back != fmt.Sprint("Answers!B", i+4) {
			t.Errorf("%s: the way back is %q %v", a.Question, back, err)
		}
	}
	if linked < 5 {
		t.Errorf("only %d answers have evidence: this test would hold for little", linked)
	}
}

func TestColumnsFilterAndAllowTheirValuesOnly(t *testing.T) {
	b := rendered(t, questionnairetest.Document())
	f := opened(t, b)
	lists, err := f.GetDataValidations("Answers")
	if err != nil || len(lists) != 2 {
		t.Fatalf("%d validations, %v", len(lists), err)
	}
	for _, v := range lists {
		if v.ErrorStyle == nil || *v.ErrorStyle != "stop" {
			t.Errorf("%s lets anything in: %+v", v.Sqref, v)
		}
	}
	if lists[1].Sqref != "E4:E13" || !strings.Contains(lists[1].Formula1, "Yes,No,NA") {
		t.Errorf("answers may be %s in %s", lists[1].Formula1, lists[1].Sqref)
	}
	if sheet := part(t, b, "xl/worksheets/sheet1.xml"); !strings.Contains(sheet, `<autoFilter ref="A3:I13"`) && !strings.Contains(sheet, `<autoFilter ref="$A$3:$I$13"`) {
		t.Error("there is no filter on the head")
	}
}

func part(t testing.TB, b []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSameInputGivesSameBytes(t *testing.T) {
	first := rendered(t, questionnairetest.Document())
	for range 20 {
		if !bytes.Equal(first, rendered(t, questionnairetest.Document())) {
			t.Fatal("the same document gave other bytes")
		}
	}
	z, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range z.File {
		if y := p.Modified.Year(); y > 1980 && y != 2026 {
			t.Errorf("%s carries the time %s", p.Name, p.Modified)
		}
	}
	if core := part(t, first, "docProps/core.xml"); strings.Count(core, "2026-11-21T00:00:00Z") != 2 || strings.Contains(core, "xuri") {
		t.Errorf("properties are not those of the document: %s", core)
	}
}

// hostile is the fixture with one text everywhere.
func hostile(s string) *questionnaire.Document {
	d := questionnairetest.Document()
	d.Title, d.Notice, d.Stack.Name, d.Stack.Build, d.RunDigest = s, s, s, s, s
	for i := range d.Sections {
		d.Sections[i].ID, d.Sections[i].Title = s, s
		for j := range d.Sections[i].Answers {
			a := &d.Sections[i].Answers[j]
			a.Question, a.Topic, a.Sentence, a.Details = s, s, s, []string{s}
			for k := range a.See {
				a.See[k].Command = s
			}
			for k := range a.Evidence {
				a.Evidence[k].Text, a.Evidence[k].Reason = s, s
			}
		}
	}
	return d
}

var formula = regexp.MustCompile(`<f[ >]`)

func TestHostileTextStaysText(t *testing.T) {
	for _, s := range append(runtest.Nasty(), "=HYPERLINK(\"http://example.com\")", "+1", "@A1", "_x0041_", "\x00\x01\ufffe\uffff", "]]></t><f>1+1</f>", strings.Repeat("é", 40000), strings.Repeat("𝕏", 20000)) {
		b := rendered(t, hostile(s))
		f := opened(t, b)
		for _, sheet := range f.GetSheetList() {
			rows, err := f.GetRows(sheet)
			if err != nil {
				t.Fatalf("%.40q: %v", s, err)
			}
			for _, row := range rows {
				for _, v := range row {
					if v != "" && strings.ContainsAny(v[:1], "=+-@|%\t") || !utf8.ValidString(v) {
						t.Errorf("%.40q became the cell %.60q", s, v)
					}
				}
			}
		}
		for i := 1; i <= 3; i++ {
			if formula.MatchString(part(t, b, fmt.Sprintf("xl/worksheets/sheet%d.xml", i))) {
				t.Errorf("%.40q became a formula", s)
			}
		}
	}
}

// TestLibreOfficeReadsIt converts the workbook; a program that had to repair it
// would lose a sheet.
func TestLibreOfficeReadsIt(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED with -short: LibreOffice takes seconds to start")
	}
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("SKIPPED: soffice is not installed (Debian: libreoffice-calc); the workbook was not opened by LibreOffice")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.xlsx"), rendered(t, hostile("=1+1 </t> & ünï")), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(soffice, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "--outdir", dir, filepath.Join(dir, "x.xlsx"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, sheet := range []string{"Answers", "Evidence", "About"} {
		b, err := os.ReadFile(filepath.Join(dir, "x-"+sheet+".csv"))
		if err != nil || !bytes.Contains(b, []byte("'=1+1 </t> & ünï")) {
			t.Errorf("%s: %v %.300s", sheet, err, b)
		}
	}
}

func BenchmarkThreeHundredQuestions(b *testing.B) {
	d := questionnairetest.Document()
	sections := d.Sections
	for len(d.Answers()) < 300 {
		d.Sections = append(d.Sections, sections...)
	}
	for b.Loop() {
		rendered(b, d)
	}
}
