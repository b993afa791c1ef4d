package pdf

import (
	"os"
	"path/filepath"
	"testing"
)

// TestKeep writes the fixtures to where a person wants to look at them.
func TestKeep(t *testing.T) {
	dir := os.Getenv("PDF_KEEP")
	if dir == "" {
		t.Skip("PDF_KEEP names no directory")
	}
	for _, d := range fixtures() {
		if err := os.WriteFile(filepath.Join(dir, FileName(d)), rendered(t, input(t, d)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
