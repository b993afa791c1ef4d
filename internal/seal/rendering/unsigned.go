package rendering

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/arxsec/arxctl/internal/seal"
)

// Unsigned returns what stands beside a filled workbook when there is no key.
func Unsigned(out []byte, in Inputs, w Workbook) ([]byte, error) {
	b, err := seal.Canonical(filled{FilledSchema, sum(out), in, w})
	return append(b, '\n'), err
}

// Worked reports which of a draft and its list for people are there and are not
// as arxctl wrote them: people have worked in them, or they are somebody else's.
func Worked(draft, people string) ([]string, error) {
	wrote, listed, err := written(draft)
	if err != nil {
		return nil, err
	}
	var out []string
	for path, want := range map[string]string{draft: wrote, people: listed} {
		b, err := os.ReadFile(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return nil, err
		case sum(b) != want:
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out, nil
}

// written is the SHA-256 of a draft and of its list for people, as what lies
// beside the draft says; empty where nothing that can be read does.
func written(draft string) (wrote, listed string, err error) {
	own, err := beside(draft)
	if err != nil {
		return "", "", nil // no seal of ours
	}
	if own == nil {
		f, err := unsignedBeside(draft, Options{})
		var broken *seal.Broken
		if errors.As(err, &broken) {
			return "", "", nil
		}
		return f.SHA256, f.Workbook.People, err
	}
	_, p, err := openPredicate(draft+seal.Suffix, own, nil, func(s string) error { wrote = s; return nil })
	if err != nil || p.Workbook == nil {
		return "", "", nil
	}
	return wrote, p.Workbook.People, nil
}

// unsignedBeside reads what lies beside a workbook that nobody sealed; the zero
// value where nothing does.
func unsignedBeside(path string, o Options) (filled, error) {
	var f filled
	if len(o.Keys) > 0 {
		return f, &seal.Broken{Path: path, What: "the workbook is not signed, and a key was given: there is no seal " + path + seal.Suffix}
	}
	b, err := seal.ReadAtMost(path+CellsSuffix, maxAttachment)
	if errors.Is(err, os.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	text, _ := bytes.CutSuffix(b, []byte("\n"))
	if err := seal.DecodeCanonical(text, &f); err != nil {
		return f, &seal.Broken{Path: path + CellsSuffix, What: err.Error()}
	}
	if f.Schema != FilledSchema && f.Schema != filledSchemaFirst {
		return f, &seal.Broken{Path: path + CellsSuffix, What: fmt.Sprintf("schema: expected %s, got %q", FilledSchema, f.Schema)}
	}
	return f, nil
}
