package workbook_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	wt "github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

var update = flag.Bool("update", false, "write the measurement in docs/workbook.md anew")

// TestMeasurementInTheDocumentation fills the same workbooks with excelize and
// with Apply, and holds docs/workbook.md to what each changes: the reason for
// patching. Should a release of the library keep what it drops today, this fails
// and the decision can be taken again.
func TestMeasurementInTheDocumentation(t *testing.T) {
	hecvat := []workbook.Edit{{Sheet: "HECVAT - Full", Ref: "C5", Value: "Yes"}, {Sheet: "HECVAT - Full", Ref: "D5", Value: "Shown on build 1a2b3c."}}
	sig := []workbook.Edit{{Sheet: "SIG", Ref: "D5", Value: "Yes"}, {Sheet: "SIG", Ref: "E5", Value: "Shown on build 1a2b3c."}}
	var out strings.Builder
	for _, f := range []struct {
		title string
		in    wt.Book
		edits []workbook.Edit
	}{
		{"A CAIQ, protected: 30 questions, three cells each", wt.CAIQ("4.0.3", wt.Questions(30)), fill(30)},
		{"A SIG of 2024, protected, .xlsm with an image and a note: one question, two cells", wt.SIGNew(30), sig},
		{"A HECVAT with formulas and hidden sheets: one question, two cells", wt.HECVAT(3, 5), hecvat},
	} {
		in := f.in.Bytes()
		ours, err := read(t, in).Apply(f.edits)
		if err != nil {
			t.Fatal(err)
		}
		theirs := withExcelize(t, in, f.edits)
		fmt.Fprintf(&out, "### %s\n\n| part | patched | by the library |\n| --- | --- | --- |\n", f.title)
		a, b := words(t, in, ours), words(t, in, theirs)
		same := 0
		for _, name := range names(t, in) {
			if a[name] == "" && b[name] == "" {
				same++
				continue
			}
			fmt.Fprintf(&out, "| %s | %s | %s |\n", name, said(a[name]), said(b[name]))
		}
		for _, name := range []string{"order of the parts", "comment of the zip"} {
			if a[name] != "" || b[name] != "" {
				fmt.Fprintf(&out, "| %s | %s | %s |\n", name, said(a[name]), said(b[name]))
			}
		}
		if same > 0 {
			fmt.Fprintf(&out, "| %d others | same | same |\n", same)
		}
		out.WriteString("\n")
		if was := protection(part(t, in, "xl/worksheets/sheet1.xml")); was != "" {
			fmt.Fprintf(&out, "Its protection, as it arrived and after a patch, and after the library:\n\n```text\n%s\n%s\n```\n\n", was, protection(part(t, theirs, "xl/worksheets/sheet1.xml")))
			if now := protection(part(t, ours, "xl/worksheets/sheet1.xml")); now != was {
				t.Errorf("a patch changed the protection to %s", now)
			}
		}
	}
	const path, from, to = "../../../docs/workbook.md", "<!-- measured -->\n", "<!-- end -->"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(page), from)
	_, tail, fine := strings.Cut(rest, to)
	if !ok || !fine {
		t.Fatalf("%s has no place for the measurement, between %s and %s", path, strings.TrimSpace(from), to)
	}
	now := head + from + "\n" + out.String() + to + tail
	if *update {
		if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if now != string(page) {
		t.Errorf("docs/workbook.md is not what is measured; write it anew with: go test ./internal/questionnaire/workbook -run Measurement -update")
	}
}

func withExcelize(t testing.TB, in []byte, edits []workbook.Edit) []byte {
	t.Helper()
	x, err := excelize.OpenReader(bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		if err := x.SetCellStr(e.Sheet, e.Ref, e.Value); err != nil {
			t.Fatal(err)
		}
	}
	out, err := x.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// words is what Compare says of each part, in a few words.
func words(t testing.TB, before, after []byte) map[string]string {
	t.Helper()
	diffs, err := workbook.Compare(before, after)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range diffs {
		switch {
		case d.Kind == "order":
			out["order of the parts"] = "another"
		case d.Part == "":
			out["comment of the zip"] = "lost"
		case d.Recalculates:
			out[d.Part] = "asks for calculation on load"
		case d.Kind == "changed" && d.Only():
			out[d.Part] = fmt.Sprintf("%d cells", len(d.Cells))
			if n := len(d.Forgotten); n > 0 {
				out[d.Part] += fmt.Sprintf(", %d stored values to calculate again", n)
			}
			if len(d.Hints) > 0 {
				out[d.Part] += ", " + strings.Join(d.Hints, ", ")
			}
		case d.Kind == "changed":
			out[d.Part] = "written anew"
		case d.Kind == "recompressed":
			out[d.Part] = "compressed anew"
		case d.Kind == "entry":
			out[d.Part] = "dated anew"
		default:
			out[d.Part] = d.Kind
		}
	}
	return out
}

func said(s string) string {
	if s == "" {
		return "same"
	}
	return s
}

func names(t testing.TB, b []byte) []string {
	t.Helper()
	var out []string
	for _, f := range entries(t, b) {
		out = append(out, f.Name)
	}
	sort.Strings(out)
	return out
}

func protection(sheet string) string {
	return regexp.MustCompile(`<sheetProtection[^>]*>`).FindString(sheet)
}

// BenchmarkLibrary is BenchmarkFill with excelize.
func BenchmarkLibrary(b *testing.B) {
	for _, n := range []int{300, 10_000} {
		b.Run(fmt.Sprint(n, " questions"), func(b *testing.B) {
			in, edits := wt.CAIQ("4.0.3", wt.Questions(n)).Bytes(), fill(n)
			b.ReportAllocs()
			for b.Loop() {
				withExcelize(b, in, edits)
			}
		})
	}
}
