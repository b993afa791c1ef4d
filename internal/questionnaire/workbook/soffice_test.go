package workbook_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// convert opens workbooks with LibreOffice, as a person would without repair, and
// gives each sheet as it is shown: by the name of the file, then of the sheet.
func convert(t *testing.T, books map[string][]byte) map[string]map[string][][]string {
	t.Helper()
	if testing.Short() {
		t.Skip("short: LibreOffice takes seconds to start")
	}
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("SKIPPED: LibreOffice (soffice) is not installed, so no program other than ours has opened the filled workbooks; on Debian: apt-get install libreoffice-calc")
	}
	dir := t.TempDir()
	args := []string{"-env:UserInstallation=file://" + dir + "/profile", "--headless",
		"--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "--outdir", filepath.Join(dir, "out")}
	for name, b := range books {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, filepath.Join(dir, name))
	}
	if log, err := exec.CommandContext(t.Context(), office, args...).CombinedOutput(); err != nil {
		t.Fatalf("LibreOffice does not open them: %v\n%s", err, log)
	}
	all := map[string]map[string][][]string{}
	for name := range books {
		stem := strings.TrimSuffix(name, filepath.Ext(name)) + "-"
		files, err := filepath.Glob(filepath.Join(dir, "out", stem+"*.csv"))
		if err != nil || len(files) == 0 {
			t.Fatalf("LibreOffice wrote nothing for %s (%v)", name, err)
		}
		all[name] = map[string][][]string{}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			r := csv.NewReader(bytes.NewReader(text))
			r.FieldsPerRecord = -1
			rows, err := r.ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			all[name][strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), stem), ".csv")] = rows
		}
	}
	return all
}

func at(rows [][]string, ref string) string {
	col, row, _ := workbook.ParseRef(ref)
	if row > len(rows) || col > len(rows[row-1]) {
		return ""
	}
	return rows[row-1][col-1]
}

// TestLibreOfficeOpensWhatApplyWrites without repair, and shows the same texts.
func TestLibreOfficeOpensWhatApplyWrites(t *testing.T) {
	books := map[string][]byte{}
	file := func(name string) string {
		if fixtures()[name].in.Macros {
			return strings.ReplaceAll(name, " ", "_") + ".xlsm"
		}
		return strings.ReplaceAll(name, " ", "_") + ".xlsx"
	}
	for name, f := range fixtures() {
		out, err := read(t, f.in.Bytes()).Apply(f.edits)
		if err != nil {
			t.Fatal(err)
		}
		books[file(name)] = out
	}
	shown := convert(t, books)
	for name, f := range fixtures() {
		for _, e := range f.edits {
			if got := at(shown[file(name)][e.Sheet], e.Ref); got != e.Value {
				t.Errorf("%s: LibreOffice shows %q in %s!%s, want %q", name, got, e.Sheet, e.Ref, e.Value)
			}
		}
	}
}

// TestLibreOfficeCalculatesNothingOfOurs: a text stays a text, and a formula
// that depends on an answer is calculated anew, not shown as it was stored.
func TestLibreOfficeCalculatesNothingOfOurs(t *testing.T) {
	book := read(t, workbooktest.HECVAT(2, 4).Bytes())
	values := map[string]string{"D5": "=1+1", "D6": "+1+1", "D7": "-1", "D8": "@SUM(A1)", "D11": "=HYPERLINK(\"http://x\",\"y\")", "D12": "0042", "D13": "1.10", "D14": "_x0041_"}
	edits := []workbook.Edit{{Sheet: "HECVAT - Full", Ref: "C5", Value: "Yes"}, {Sheet: "HECVAT - Full", Ref: "C6", Value: "Yes"}, {Sheet: "HECVAT - Full", Ref: "C7", Value: "No"}}
	for ref, v := range values {
		edits = append(edits, workbook.Edit{Sheet: "HECVAT - Full", Ref: ref, Value: v})
	}
	out, err := book.Apply(edits)
	if err != nil {
		t.Fatal(err)
	}
	sheets := convert(t, map[string][]byte{"filled.xlsx": out})["filled.xlsx"]
	rows := sheets["HECVAT - Full"]
	for ref, want := range values {
		if got := at(rows, ref); got != want {
			t.Errorf("LibreOffice shows %q in %s, want %q", got, ref, want)
		}
	}
	for ref, want := range map[string]string{"B2": "2", "E7": "State your plans", "B6": "Sample question AAAA-02 of ours, is it so?"} {
		if got := at(rows, ref); got != want {
			t.Errorf("the formula %s shows %q, want %q", ref, got, want)
		}
	}
	if got := at(sheets["Analyst"], "A1"); got != "20" {
		t.Errorf("a formula of a hidden sheet that depends on a score shows %q, want 20", got)
	}
}
