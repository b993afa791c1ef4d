package workbook_test

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
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

// withPart is a package with one part exchanged, or added.
func withPart(t testing.TB, b []byte, name, text string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var parts [][2]string
	found := false
	for _, f := range r.File {
		if f.Name == name {
			found = true
			parts = append(parts, [2]string{name, text})
			continue
		}
		parts = append(parts, [2]string{f.Name, part(t, b, f.Name)})
	}
	if !found {
		parts = append(parts, [2]string{name, text})
	}
	return workbooktest.Zip("", parts...)
}

func entries(t testing.TB, b []byte) []*zip.File {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r.File
}
