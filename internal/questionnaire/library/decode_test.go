package library_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire/library"
)

const head = "source: x\ndate: 2025-11-03\n"

func TestLibraryIsDecodedStrictly(t *testing.T) {
	for body, want := range map[string]string{
		"source: x\n":        "l.yaml:1: date: missing",
		"~\n":                "l.yaml:1: expected the fields answers",
		"date: 2025-11-03\n": "l.yaml:1: source: missing",
		head + "answers: [{cell: D1, owner: CISO}]\n":                              "l.yaml:3: answers[0]: expected an answer or a comment",
		head + "answers: [{cell: here, answer: Yes}]\n":                            "l.yaml:3: answers[0].cell: expected a cell as D14",
		head + "proven: true\n":                                                    "l.yaml:3: proven: unknown field",
		head + "answers:\n - {cell: D1, answer: Yes}\n - {cell: D1, answer: No}\n": "given twice; first on line 4",
		head + "answers: [{cell: D1, answer: Yes, answer: No}]\n":                  "l.yaml:3: answers[0].answer: given twice",
		head + "questionnaire: a\nquestionnaire: b\n":                              "l.yaml:4: questionnaire: given twice; first on line 3",
		head + "answers: [&a {cell: D1, answer: Yes}, *a]\n":                       "anchors and aliases are not used",
	} {
		if _, err := library.Decode(yamldoc.File{Name: "l.yaml", Body: []byte(body)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", body, err, want)
		}
	}
	if _, err := library.Decode(yamldoc.File{Name: "l.yaml", Body: []byte(head + "answers: [{sheet: S, cell: D1, comment: As agreed}, {sheet: T, cell: D1, answer: Yes}]\n")}); err != nil {
		t.Errorf("a comment alone, and the same cell of two sheets: %v", err)
	}
}

// TestLibraryOfAStrangerIsBounded: a file that was made to cost much is refused in
// a few lines, before it costs it.
func TestLibraryOfAStrangerIsBounded(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, " - {cell: D%d, answer: Yes}\n", i+1)
		}
		return head + "answers:\n" + b.String()
	}
	for name, c := range map[string]struct{ body, want string }{
		"large":            {head + "answers:\n - {cell: D1, answer: \"" + strings.Repeat("a", 17<<20) + "\"}\n", "larger than 16 MiB"},
		"a value a comma":  {head + "answers: [" + strings.Repeat("a,", 1_000_001) + "]\n", "commas, lines and dashes"},
		"a value a line":   {head + strings.Repeat("a:\n", 1_000_001), "commas, lines and dashes"},
		"a value a dash":   {head + "answers:\n" + strings.Repeat("- ", 1_000_001), "commas, lines and dashes"},
		"deep":             {head + "answers: " + strings.Repeat("[", 1<<20), "not valid YAML"},
		"deep maps":        {head + "answers: " + strings.Repeat("{a: ", 1<<18), "not valid YAML"},
		"deep lists":       {head + "answers:\n" + strings.Repeat("- ", 1<<18), "not valid YAML"},
		"keys given twice": {head + strings.Repeat("source: x\n", 50_000), "there is more; mend the first 100 findings"},
		"empty answers":    {head + "answers:\n" + strings.Repeat("- {}\n", 15_000), "expected a cell as D14"},
		"unknown fields":   {head + "answers: [" + strings.Repeat("{x: y},", 50_000) + "]\n", "there is more; mend the first 100 findings"},
		"one too many":     {many(20_001), "l.yaml:3: answers: holds 20001; expected at most 20000 in one file"},
		"20,000 answers":   {many(20_000), ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := library.Decode(yamldoc.File{Name: "l.yaml", Body: []byte(c.body)})
			switch {
			case c.want == "" && (err != nil || len(f.Answers) != 20_000):
				t.Errorf("%d answers, %v", len(f.Answers), err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%.300v, want %s", err, c.want)
			case err != nil && len(err.Error()) > 20_000:
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

func TestALibraryIsReadByName(t *testing.T) {
	dir := t.TempDir()
	put := func(name, body string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := library.ReadAll(dir); err == nil || !strings.Contains(err.Error(), "there is no .yaml file") {
		t.Error(err)
	}
	if _, err := library.ReadAll(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "none: no such file or directory") {
		t.Error(err)
	}
	put("b.yaml", head)
	put("old.yaml/notes.txt", "") // a directory, whatever its name
	put("sub/a.yml", strings.Replace(head, "x", "y", 1))
	put("notes.txt", "\x00")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{dir, link} {
		files, err := library.ReadAll(at)
		if err != nil || len(files) != 2 || files[0].Source != "x" || files[1].Source != "y" {
			t.Fatalf("%+v, %v", files, err)
		}
	}
	if _, err := library.ReadAll(filepath.Join(dir, "b.yaml")); err == nil || !strings.Contains(err.Error(), "b.yaml: ") {
		t.Errorf("a file in the place of a directory: %v", err)
	}
	for body, want := range map[string]string{
		"source: [":                              "c.yaml:1: not valid YAML",
		head + "#" + strings.Repeat(" ", 16<<20): "c.yaml: larger than 16 MiB", // and is not cut, which would lose answers
	} {
		put("c.yaml", body)
		if _, err := library.ReadAll(dir); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "missing") {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := os.Remove(filepath.Join(dir, "c.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o600); err != nil {
		t.Skipf("no pipe can be made here: %v", err)
	}
	if _, err := library.ReadAll(dir); err == nil || !strings.Contains(err.Error(), "pipe.yaml: is no file") {
		t.Error(err)
	}
}

// TestAWholeLibraryIsBounded, in files and in answers.
func TestAWholeLibraryIsBounded(t *testing.T) {
	fill := func(files int, body string) error {
		t.Helper()
		dir := t.TempDir()
		for i := range files {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.yaml", i)), []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := library.ReadAll(dir)
		return err
	}
	if err := fill(501, head); err == nil || !strings.Contains(err.Error(), "holds more than 500 files") {
		t.Error(err)
	}
	if testing.Short() {
		t.Skip("NOT TESTED in short mode: 100,001 answers take seconds to read")
	}
	answers := strings.Builder{}
	for i := range 16_700 {
		fmt.Fprintf(&answers, "- {cell: D%d, answer: Yes}\n", i+1)
	}
	if err := fill(6, head+"answers:\n"+answers.String()); err == nil || !strings.Contains(err.Error(), "holds more than 100000 answers") {
		t.Error(err)
	}
}

// FuzzDecode: whatever is given, there is no panic, and what is read can be kept
// again.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", head, head + "answers: [{cell: D1, answer: Yes}]\n", head + "answers: [{cell: D1, answer: [x]}]\n", "a: &b [*b]", "<<: {source: x}", "? [a]\n: b", "--- \n--- \n", head + "answers:\n- cell: D1\n  answer: |\n   a\n   b\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		read, err := library.Decode(yamldoc.File{Name: "l.yaml", Body: b})
		if err != nil {
			return
		}
		again, err := read.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := library.Decode(yamldoc.File{Name: "l.yaml", Body: again})
		if err != nil || len(back.Answers) != len(read.Answers) {
			t.Fatalf("%q is kept as %q: %v", b, again, err)
		}
	})
}
