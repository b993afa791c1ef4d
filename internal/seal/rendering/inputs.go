// Package rendering says what a document was rendered from, seals that, and
// renders it again, so that a stranger can tell that nothing was changed
// between the evidence and the page.
package rendering

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/arxsec/arxctl/controls"
	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/templates"
	"github.com/arxsec/arxctl/testdata"
)

// Schema names the layout of Inputs.
const Schema = "arxctl.inputs/v1"

// Roles of a file that a document is rendered from.
const (
	Control       = "control"
	Attestation   = "attestation"
	Questionnaire = "questionnaire"
	Customer      = "customer"
)

// File is one file that a document was rendered from. What arxctl ships is named
// by digest; what a person brought is there in full, for whoever renders again.
type File struct {
	Role    string `json:"role"`
	Name    string `json:"name"` // the last part of its path
	SHA256  string `json:"sha256"`
	Content string `json:"content,omitempty"` // empty: shipped with arxctl
	path    string // where it was read, for errors
}

// Inputs is all that a document is a function of, besides the run itself.
type Inputs struct {
	Schema   string `json:"schema"`
	Tool     string `json:"tool"` // name and version of arxctl that rendered
	Run      string `json:"run"`  // run digest
	RunKeyID string `json:"run_key_id,omitempty"`
	AsOf     string `json:"as_of"`
	// Audience is whom the document is for: public or nda; absent, nothing is held back.
	Audience questionnaire.Level `json:"audience,omitempty"`
	Withheld []Stated            `json:"withheld,omitempty"` // ordered by check
	// Open is true of a buyer's workbook, in which what has no value is not written.
	Open  bool   `json:"open,omitempty"`
	Files []File `json:"files"`
}

// NewInputs records what a document is to be rendered from. keyID is that of the
// run's seal by its own account, or empty.
func NewInputs(tool string, run *seal.Run, keyID string, asOf time.Time, files map[string][]yamldoc.File) Inputs {
	in := Inputs{Schema: Schema, Tool: tool, Run: run.Digest, RunKeyID: keyID, AsOf: asOf.UTC().Format(time.DateOnly), Files: []File{}}
	for _, role := range []string{Control, Attestation, Questionnaire, Customer} {
		for _, f := range files[role] {
			x := File{Role: role, Name: path.Base(f.Name), SHA256: sum(f.Body), path: f.Name}
			if _, ok := shipped(x); !ok {
				x.Content = string(f.Body)
			}
			in.Files = append(in.Files, x)
		}
	}
	return in
}

// Encode returns the one encoding of the inputs (RFC 8785), with a line end.
func (in Inputs) Encode() ([]byte, error) {
	b, err := seal.Canonical(in)
	return append(b, '\n'), err
}

// DecodeInputs reads what Encode wrote, and nothing else.
func DecodeInputs(b []byte) (Inputs, error) {
	var in Inputs
	text, _ := bytes.CutSuffix(b, []byte("\n"))
	if err := seal.DecodeCanonical(text, &in); err != nil {
		return in, fmt.Errorf("the inputs: %w", err)
	}
	if in.Schema != Schema {
		return in, fmt.Errorf("the inputs: schema: expected %s, got %q", Schema, in.Schema)
	}
	return in, nil
}

// maxInputs bounds the YAML that a document is rendered from, in bytes: decoded,
// it takes some hundred times as much.
const maxInputs = 8 << 20

// Document builds the document. It is the only way in which one is built, for
// rendering and for verifying alike. Errors name the file.
func (in Inputs) Document(run *seal.Run) (*questionnaire.Document, error) {
	if in.Run != run.Digest {
		return nil, fmt.Errorf("rendered from the run %.12s, and this is the run %.12s", in.Run, run.Digest)
	}
	asOf, err := time.Parse(time.DateOnly, in.AsOf)
	if err != nil {
		return nil, fmt.Errorf("as_of: expected a date as 2026-11-21, got %q", in.AsOf)
	}
	from, err := in.decode()
	if err != nil {
		return nil, err
	}
	held, err := in.held(from)
	if err != nil {
		return nil, err
	}
	shown, err := in.shown(run, held)
	if err != nil {
		return nil, err
	}
	info := questionnaire.RunInfo{Run: shown, Digest: run.Digest, KeyID: in.RunKeyID, Audience: in.Audience, Held: held}
	return questionnaire.Build(from.questionnaire, control.Assess(from.library, shown, asOf), info, from.customer, asOf)
}

// decoded is what the files of the inputs hold.
type decoded struct {
	library       *control.Library
	questionnaire *questionnaire.Questionnaire
	customer      questionnaire.Customer
}

// decode reads every file. Errors name the file.
func (in Inputs) decode() (decoded, error) {
	var out decoded
	files := map[string][]yamldoc.File{}
	total := 0
	for _, f := range in.Files {
		body, err := in.body(f)
		if err != nil {
			return out, err
		}
		if total += len(body); total > maxInputs {
			return out, fmt.Errorf("the inputs: the files hold more than %d MiB; expected claims, attestations and a questionnaire", maxInputs>>20)
		}
		files[f.Role] = append(files[f.Role], yamldoc.File{Name: cmp.Or(f.path, f.Name), Body: body})
	}
	var err error
	if out.library, err = control.Decode(files[Control], files[Attestation]); err != nil {
		return out, err
	}
	if n := len(files[Questionnaire]); n != 1 {
		return out, fmt.Errorf("expected one questionnaire, found %d", n)
	}
	if out.questionnaire, err = questionnaire.Decode(files[Questionnaire][0]); err != nil {
		return out, err
	}
	for i, f := range files[Customer] {
		c, err := questionnaire.DecodeCustomer(f)
		switch {
		case err != nil:
			return out, err
		case i == 0:
			out.customer = c
		case !out.customer.Fill(c): // the sample variables of a demonstration
			return out, fmt.Errorf("expected one customer, found %d", len(files[Customer]))
		}
	}
	return out, err
}

// body returns a file's content: its own, or the shipped one of its digest.
func (in Inputs) body(f File) ([]byte, error) {
	if !slices.Contains([]string{Control, Attestation, Questionnaire, Customer}, f.Role) {
		return nil, fmt.Errorf("the inputs: %s: unknown role %q", f.Name, f.Role)
	}
	if !utf8.ValidString(f.Content) {
		return nil, fmt.Errorf("%s: is not UTF-8, so it cannot be carried by a document; save it as UTF-8", cmp.Or(f.path, f.Name))
	}
	if f.Content == "" && f.SHA256 != sum(nil) {
		b, ok := shipped(f)
		if !ok {
			return nil, fmt.Errorf("the inputs name %s (%s) as %s shipped it, and this arxctl ships another; verify with that version", f.Name, f.Role, in.Tool)
		}
		return b, nil
	}
	if got := sum([]byte(f.Content)); got != f.SHA256 {
		return nil, fmt.Errorf("the inputs: %s: its SHA-256 is not the one that is stated", f.Name)
	}
	return []byte(f.Content), nil
}

// shipped finds a file among those that arxctl carries, by role, name and digest.
func shipped(f File) ([]byte, bool) {
	var from fs.FS
	switch f.Role {
	case Control:
		from = controls.FS
	case Questionnaire:
		from = templates.Questionnaires
	case Attestation:
		from = testdata.Attestations
	case Customer:
		from = testdata.Customers
	default:
		return nil, false
	}
	found, ok := []byte(nil), false
	err := fs.WalkDir(from, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Base(p) != f.Name {
			return err
		}
		b, err := fs.ReadFile(from, p)
		if err == nil && sum(b) == f.SHA256 {
			found, ok = b, true
		}
		return err
	})
	return found, ok && err == nil
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}
