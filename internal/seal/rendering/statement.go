package rendering

import (
	"fmt"
	"path/filepath"

	"github.com/arxsec/arxctl/internal/seal"
)

// Predicate is the type of a rendering's predicate: the inputs, the format, and
// the names under which both were sealed. docs/predicate-rendering-v1.md
// describes it.
const Predicate = "https://github.com/arxsec/arxctl/blob/main/docs/predicate-rendering-v1.md"

// inputsName is the subject that stands for the inputs.
const inputsName = "arxctl-inputs.json"

type predicate struct {
	Format   string    `json:"format"`
	Inputs   Inputs    `json:"inputs"`
	Workbook *Workbook `json:"workbook,omitempty"` // of a buyer's workbook that was filled in
}

// Sign returns the seal of a rendered file: a statement over the file and over
// the inputs that it was rendered from.
func Sign(name, format string, rendered []byte, in Inputs, key *seal.PrivateKey) ([]byte, error) {
	return sign(name, predicate{Format: format, Inputs: in}, rendered, key)
}

func sign(name string, p predicate, rendered []byte, key *seal.PrivateKey) ([]byte, error) {
	encoded, err := p.Inputs.Encode()
	if err != nil {
		return nil, err
	}
	return seal.Sign(seal.Statement[predicate]{
		Type: seal.StatementType,
		Subject: []seal.Subject{
			{Name: filepath.Base(name), Digest: map[string]string{"sha256": sum(rendered)}},
			{Name: inputsName, Digest: map[string]string{"sha256": sum(encoded)}},
		},
		PredicateType: Predicate, Predicate: p,
	}, key)
}

// open reads the seal of a rendered file and holds it against the file and the
// verifier's keys. path is the seal's, for messages.
func open(path string, sealed, rendered []byte, keys []seal.PublicKey) (*seal.Opened, predicate, error) {
	return openPredicate(path, sealed, keys, func(sealed string) error {
		if sealed != sum(rendered) {
			return fmt.Errorf("seals a file with SHA-256 %.12s, and this file's is %.12s: it was changed after it was sealed", sealed, sum(rendered))
		}
		return nil
	})
}

// openPredicate is open for a file that may have changed since: file is told the
// SHA-256 that was sealed.
func openPredicate(path string, sealed []byte, keys []seal.PublicKey, file func(string) error) (*seal.Opened, predicate, error) {
	var st seal.Statement[predicate]
	o, err := seal.Open(path, sealed, keys, &st)
	if err != nil {
		return nil, predicate{}, err
	}
	broken := func(format string, a ...any) (*seal.Opened, predicate, error) {
		return nil, predicate{}, &seal.Broken{Path: path, What: fmt.Sprintf(format, a...)}
	}
	if st.Type != seal.StatementType {
		return broken("_type: expected %s, got %q", seal.StatementType, st.Type)
	}
	if st.PredicateType != Predicate {
		return broken("predicateType: expected %s, got %q: this seals something else than a rendering", Predicate, st.PredicateType)
	}
	if len(st.Subject) != 2 || st.Subject[1].Name != inputsName || len(st.Subject[0].Digest) != 1 || len(st.Subject[1].Digest) != 1 {
		return broken("subject: expected the file and %s, each with its SHA-256 alone", inputsName)
	}
	encoded, err := st.Predicate.Inputs.Encode()
	if err != nil {
		return broken("%v", err)
	}
	if err := file(st.Subject[0].Digest["sha256"]); err != nil {
		return broken("%v", err)
	}
	if st.Subject[1].Digest["sha256"] != sum(encoded) {
		return broken("the inputs are not those that it states the SHA-256 of")
	}
	return o, st.Predicate, nil
}
