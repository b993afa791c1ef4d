package pdf

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

// The tests read documents as others do, with poppler's tools.

func rendered(t testing.TB, in render.Input) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, in); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func written(t testing.TB, pdf []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// run returns what a tool prints. It fails when the tool complains about the
// document, and skips when there is no such tool.
func run(t testing.TB, tool string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Skipf("NOT TESTED: %s is not installed (Debian: apt-get install poppler-utils)", tool)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %v: %s", tool, err, stderr.String())
	}
	return string(out)
}

// pagesOf returns the text of each page with its layout, runs of spaces within
// a line kept to one.
func pagesOf(t testing.TB, pdf []byte) []string {
	t.Helper()
	pages := strings.Split(run(t, "pdftotext", "-layout", "-enc", "UTF-8", written(t, pdf), "-"), "\f")
	pages = pages[:len(pages)-1]
	for i, page := range pages {
		var b strings.Builder
		for line := range strings.Lines(page) {
			b.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
		}
		pages[i] = b.String()
	}
	return pages
}

// read returns the text of a document as one paragraph, in the order in which
// it was written, without the running heads and feet. Contents are left out.
func read(t testing.TB, pdf []byte) string {
	t.Helper()
	var b strings.Builder
	for i, page := range strings.Split(run(t, "pdftotext", "-raw", "-enc", "UTF-8", written(t, pdf), "-"), "\f") {
		page = strings.Join(strings.Fields(page), " ")
		if i > 0 && strings.HasPrefix(page, "Contents") {
			continue
		}
		if frame := strings.LastIndex(page, "run "+digest[:12]+" · as of"); frame >= 0 {
			page = strings.TrimSuffix(strings.TrimSpace(page[:frame]), "UNSIGNED")
			page = strings.TrimSuffix(strings.TrimSpace(page), questionnaire.DemonstrationText)
		}
		b.WriteString(strings.TrimSpace(page) + " ")
	}
	return b.String()
}
