package workbook_test

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
)

// part is the inflated text of one part of a package.
func part(t testing.TB, b []byte, name string) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
