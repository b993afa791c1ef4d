package rendering

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
	renderall "github.com/arxsec/arxctl/internal/render/all"
	"github.com/arxsec/arxctl/internal/seal"
)

// Kinds of file that Verify knows.
const (
	KindRun  = "run"
	KindPDF  = "pdf"
	KindHTML = "html"
	KindJSON = "json"
	KindMD   = "md"
	KindCSV  = "csv"
)

// Options is what the verifier brought. Nothing of it comes from the files.
type Options struct {
	Keys   []seal.PublicKey
	Digest string            // run digest that the verifier was told by another way, hexadecimal, or empty
	Runs   []*seal.Run       // runs, for documents that carry only the digest of theirs
	Seals  map[string][]byte // by run digest: the seals of those runs
	paths  map[string]string // by run digest: where each was read, for messages
}

// Add puts a run among those that documents are held against, with the seal that
// lies beside its file. The first seal of a run is kept.
func (o *Options) Add(path string, run *seal.Run) error {
	o.Runs = append(o.Runs, run)
	if o.paths == nil {
		o.paths = map[string]string{}
	}
	if o.paths[run.Digest] == "" {
		o.paths[run.Digest] = path
	}
	sealed, err := beside(path)
	if err != nil || sealed == nil || o.Seals[run.Digest] != nil {
		return err
	}
	if o.Seals == nil {
		o.Seals = map[string][]byte{}
	}
	o.Seals[run.Digest], o.paths[run.Digest] = sealed, path
	return nil
}

// Report is what is known of a file after it was verified.
type Report struct {
	File       string            `json:"file"`
	Kind       string            `json:"kind"`
	RunDigest  string            `json:"run_digest"`
	Stack      string            `json:"stack"`
	StackKind  string            `json:"stack_kind"`
	Tool       string            `json:"tool"`     // that made the run
	Started    string            `json:"started"`  // by the clock of whoever made it
	Complete   bool              `json:"complete"` // false: interrupted before every check that was asked for had ended
	Records    int               `json:"records"`
	Withheld   []string          `json:"withheld"`
	KeyID      string            `json:"key_id"`      // the verifier's key that the run's seal verified with; empty: none did
	RenderedBy string            `json:"rendered_by"` // key that the rendering's seal verified with
	hint       string            // key that the run's seal names
	stated     map[string]string // what the run's seal says of each withheld record
	Again      bool              `json:"rendered_again"` // rendering again gave the same bytes
	Cells      *Cells            `json:"cells,omitempty"`
	Unseen     []string          `json:"not_looked_at"` // what nobody vouches for; empty: all that was asked holds
}

// Verify verifies one file. Errors are *seal.Broken where the file is not what
// it says it is; what could not be looked at is in Report.Unseen.
func Verify(path string, b []byte, o Options) (*Report, error) {
	switch {
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return verifyDocument(path, KindPDF, b, o)
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return verifyWorkbook(path, b, o)
	case bytes.HasPrefix(bytes.TrimSpace(b[:min(len(b), 512)]), []byte("<!")):
		return verifyDocument(path, KindHTML, b, o)
	case looksLikeRun(b):
		return verifyRun(path, b, o)
	case bytes.Contains(b[:min(len(b), 512)], []byte("arxctl.answers")):
		return verifyDocument(path, KindJSON, b, o)
	case strings.HasSuffix(path, ".md"):
		return verifyDocument(path, KindMD, b, o)
	case strings.HasSuffix(path, ".csv"):
		return verifyDocument(path, KindCSV, b, o)
	}
	return nil, &seal.Broken{Path: path, What: "is neither a run nor a document that arxctl rendered (pdf, html, json, md, csv)"}
}

// looksLikeRun reports whether a file is meant to be a run: the exact reader
// says afterwards what is wrong with it.
func looksLikeRun(b []byte) bool {
	head := b[:min(len(b), 512)]
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) && bytes.Contains(head, []byte(`"index"`)) && !seal.IsBundle(b)
}

// decoded is the run of these bytes, which the verifier's runs may hold already: a
// large one takes a while, and many times its size.
func (o Options) decoded(path string, b []byte) (*seal.Run, error) {
	for _, run := range o.Runs {
		if bytes.Equal(run.Bytes, b) {
			return run, nil
		}
	}
	return seal.Decode(path, b)
}

func verifyRun(path string, b []byte, o Options) (*Report, error) {
	run, err := o.decoded(path, b)
	if err != nil {
		return nil, err
	}
	sealed, err := beside(path)
	if err != nil {
		return nil, err
	}
	r := &Report{File: path, Kind: KindRun}
	return r, r.run(behind{path: path, run: run, sealed: sealed}, o)
}

func verifyDocument(path, kind string, b []byte, o Options) (*Report, error) {
	broken := func(format string, a ...any) error { return &seal.Broken{Path: path, What: fmt.Sprintf(format, a...)} }
	r := &Report{File: path, Kind: kind, Withheld: []string{}, Unseen: []string{}}
	c, err := carriedBy(kind, b)
	if err != nil {
		return nil, broken("%v", err)
	}
	own, err := beside(path)
	if err != nil {
		return nil, err
	}
	var inputs Inputs
	switch {
	case own != nil:
		opened, p, err := open(path+seal.Suffix, own, b, o.Keys)
		if err != nil {
			return nil, err
		}
		if p.Format != kind {
			return nil, broken("its seal is of a rendering as %s, and this is %s", p.Format, kind)
		}
		r.RenderedBy, inputs = opened.KeyID, p.Inputs
		if r.RenderedBy == "" {
			r.Unseen = append(r.Unseen, fmt.Sprintf("the signature of the document was not looked at; it says that it was made with key %s: give that key with --key", opened.Hint))
		}
	case len(o.Keys) > 0:
		return nil, broken("the document is not signed, and a key was given: there is no seal %s%s; its claims and attestations are vouched for by nobody", path, seal.Suffix)
	case c.inputs == nil:
		r.Unseen = append(r.Unseen, "nothing says what this was rendered from: it carries no inputs, and there is no seal "+path+seal.Suffix)
		return r, nil
	default:
		if inputs, err = DecodeInputs(c.inputs); err != nil {
			return nil, broken("%v", err)
		}
		r.Unseen = append(r.Unseen, "the document is unsigned: its claims and attestations are vouched for by nobody")
	}
	from, err := runBehind(path, inputs, c, o)
	if err != nil {
		return nil, err
	}
	run := from.run
	if run == nil {
		r.Unseen = append(r.Unseen, fmt.Sprintf("rendered from the run %s, which is not here: give it with --run", inputs.Run))
		return r, nil
	}
	unseen := r.Unseen
	if err := r.run(from, o); err != nil {
		return nil, err
	}
	r.Unseen = append(unseen, r.Unseen...)
	if err := r.sealedAs(inputs); err != nil {
		return nil, broken("%v", err)
	}
	if err := again(kind, b, inputs, run, from.sealed); err != nil {
		return nil, broken("%v", err)
	}
	r.Again = true
	return r, nil
}

func carriedBy(kind string, b []byte) (carried, error) {
	switch kind {
	case KindPDF:
		return fromPDF(b)
	case KindHTML:
		return fromHTML(b)
	}
	return carried{}, nil
}

// again renders again and compares every byte.
func again(kind string, b []byte, in Inputs, run *seal.Run, sealed []byte) error {
	doc, err := in.Document(run)
	if err != nil {
		return err
	}
	format, ok := renderall.Find(kind)
	if !ok {
		return fmt.Errorf("there is no format %s", kind)
	}
	ri, err := in.Render(doc, run, sealed)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := format.Render(&out, ri); err != nil {
		return err
	}
	if !bytes.Equal(out.Bytes(), b) {
		return fmt.Errorf("rendering again from its run and its inputs gives another document: %s. It was rendered by %s", parted(b, out.Bytes()), in.Tool)
	}
	return nil
}

func parted(got, want []byte) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	return fmt.Sprintf("%d bytes here, %d expected, the first that differs is %d", len(got), len(want), i)
}

// Render is what a format is given to write the document: for rendering and for
// verifying alike.
func (in Inputs) Render(doc *questionnaire.Document, run *seal.Run, sealed []byte) (render.Input, error) {
	encoded, err := in.Encode()
	if err != nil {
		return render.Input{}, err
	}
	shown, err := in.shown(run, doc.Held)
	if err != nil {
		return render.Input{}, err
	}
	cut, err := in.Cut(run)
	if err != nil {
		return render.Input{}, err
	}
	return render.Input{Doc: doc, Run: shown, RunDigest: run.Digest, RunFile: cut.Bytes, SealFile: sealed, InputsJSON: encoded}, nil
}

// beside reads the seal that lies beside a file, or nothing.
func beside(path string) ([]byte, error) {
	b, err := seal.ReadBundle(path + seal.Suffix)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return b, err
}
