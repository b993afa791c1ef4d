package fill_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// shape is a workbook as its makers lay it out, and what may differ in it after
// it was filled in.
type shape struct {
	name  string
	book  workbooktest.Book
	parts int // sheets that are written, those whose stored results are out of date, and the request to calculate
}

func shapes() []shape {
	return []shape{
		{"CAIQ.xlsx", workbooktest.CAIQ("4.0.3", workbooktest.Questions(261)), 1},
		{"inline.xlsx", func() workbooktest.Book {
			b := workbooktest.CAIQ("4.1.0", workbooktest.Questions(40))
			b.Inline, b.Mixed = true, false
			return b
		}(), 1},
		{"SIG old.xlsx", workbooktest.SIGOld(5), 19},
		{"SIG new.xlsm", workbooktest.SIGNew(60), 1},
		{"HECVAT.xlsx", workbooktest.HECVAT(5, 8), 3}, // a score that depends on the answers stands on a hidden sheet
		{"plain.xlsx", workbooktest.Plain(30), 1},
	}
}

// inTurn gives the rows of a workbook one status after the other.
func inTurn() func(layout.Table, layout.Row) fill.Found {
	statuses, n := control.Statuses(), 0
	return func(layout.Table, layout.Row) fill.Found {
		n++
		a := answer(statuses[n%len(statuses)])
		return fill.Found{Answer: a}
	}
}

// filled fills a workbook in, as the verb does.
func filled(t testing.TB, name string, in []byte, find func(layout.Table, layout.Row) fill.Found) ([]byte, *fill.Plan) {
	t.Helper()
	b, err := workbook.Read(name, in)
	if err != nil {
		t.Fatal(err)
	}
	l, err := layout.Detect(b)
	if err != nil {
		t.Fatal(err)
	}
	p := fill.Decide(l, find, fill.Options{Check: b.Check, Demonstration: questionnaire.DemonstrationText})
	out, err := b.Apply(p.Edits)
	if err != nil {
		t.Fatal(err)
	}
	return out, p
}

// TestOnlyAnswerCellsDiffer fills each shape in and holds the packages against
// each other, part by part and cell by cell.
func TestOnlyAnswerCellsDiffer(t *testing.T) {
	for _, s := range shapes() {
		in := s.book.Bytes()
		before := bytes.Clone(in)
		out, p := filled(t, s.name, in, inTurn())
		if !bytes.Equal(in, before) {
			t.Errorf("%s: the input was changed", s.name)
		}
		list, err := workbook.Compare(in, out)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, e := range p.Edits {
			want[e.Sheet+"!"+e.Ref] = e.Value
		}
		if len(p.Edits) == 0 || p.Count(fill.Filled) == 0 || len(list) != s.parts {
			t.Errorf("%s: %s, %d parts differ, want %d: %+v", s.name, p.Headline(), len(list), s.parts, list)
		}
		for _, d := range list {
			if !d.Only() {
				t.Errorf("%s: %s: more than cells: %v", s.name, d.Part, d.Rest)
			}
			for _, c := range d.Cells {
				at := d.Sheet + "!" + c.Ref
				if want[at] != c.After || c.Before != "" {
					t.Errorf("%s: %s holds %q, was %q, want %q", s.name, at, c.After, c.Before, want[at])
				}
				delete(want, at)
			}
		}
		if len(want) > 0 {
			t.Errorf("%s: not written: %v", s.name, want)
		}
	}
}

// TestLibreOfficeOpensWhatIsFilled converts each result to CSV: what an
// application other than ours reads is what was written, and no text of ours is
// calculated.
func TestLibreOfficeOpensWhatIsFilled(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("NOT TESTED: soffice is not installed (Debian: libreoffice-calc), so nobody but us has opened what was written")
	}
	if testing.Short() {
		t.Skip("NOT TESTED in short mode: LibreOffice takes seconds to start")
	}
	dir := t.TempDir()
	var files []string
	for _, s := range shapes() {
		find := inTurn()
		out, _ := filled(t, s.name, s.book.Bytes(), func(tb layout.Table, r layout.Row) fill.Found {
			f := find(tb, r)
			f.Answer.Sentence = "=1+1 is what it says; " + f.Answer.Sentence
			return f
		})
		path := filepath.Join(dir, s.name)
		if err := os.WriteFile(path, out, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	// -1: every sheet into a file of its own.
	args := append([]string{"-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--headless", "--convert-to", `csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1`, "--outdir", dir}, files...)
	if out, err := exec.Command(office, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, s := range shapes() {
		base := strings.TrimSuffix(s.name, filepath.Ext(s.name))
		sheets, err := filepath.Glob(filepath.Join(dir, base+"-*.csv"))
		if err != nil || len(sheets) == 0 {
			t.Errorf("%s: LibreOffice gave no sheet of it", s.name)
			continue
		}
		var all strings.Builder
		for _, f := range sheets {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(b)
		}
		for _, want := range []string{"Yes", questionnaire.DemonstrationText + ". =1+1 is what it says; The sentence on what is proven."} {
			if !strings.Contains(all.String(), want) {
				t.Errorf("%s: LibreOffice does not show %q", s.name, want)
			}
		}
	}
}

// BenchmarkFill is all of it but the files: read, recognise, decide, write.
func BenchmarkFill(b *testing.B) {
	for _, n := range []int{300, 10_000} {
		in := workbooktest.SIGNew(n).Bytes()
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				filled(b, "in.xlsx", in, inTurn())
			}
		})
	}
}
