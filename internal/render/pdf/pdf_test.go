package pdf

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire"
)

func rendered(t testing.TB, d *questionnaire.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, input(t, d)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestKeep writes the fixtures where a person wants to look at them.
func TestKeep(t *testing.T) {
	dir := os.Getenv("PDF_KEEP")
	if dir == "" {
		t.Skip("PDF_KEEP names no directory")
	}
	for _, d := range []*questionnaire.Document{soc2Document(), hipaaDocument(), sigDocument()} {
		if err := os.WriteFile(filepath.Join(dir, FileName(d)), rendered(t, d), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	in := input(b, soc2Document())
	pages := 0
	for b.Loop() {
		var out bytes.Buffer
		if err := Render(&out, in); err != nil {
			b.Fatal(err)
		}
		pages = bytes.Count(out.Bytes(), []byte("/Type /Page\n"))
	}
	b.ReportMetric(float64(pages), "pages")
}
