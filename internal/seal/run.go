// Package seal writes and reads what a run saw, so that a reader can tell that
// nothing in it was changed.
//
// A run file holds an index and the records. The index lists, for each record,
// the SHA-256 of its salt followed by its canonical JSON (RFC 8785), and the
// run's identity; the SHA-256 of the canonical index is the run digest. Since
// each record is salted, one can be withheld from a reader without breaking the
// digest or letting its content be guessed.
package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"
	"github.com/gowebpki/jcs"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/scratch"
)

// Schema names the layout of a run file.
const Schema = "arxctl.run/v1"

// ClockStep is how far a record may lie outside its run: a clock that is set
// while a run goes on is no forgery.
const ClockStep = 5 * time.Minute

// maxRunFile bounds what Read takes in, in bytes.
const maxRunFile = 128 << 20

// Index is the part of a run file that its digest covers.
type Index struct {
	Schema   string           `json:"schema"`
	Tool     string           `json:"tool"`
	Stack    evidence.Stack   `json:"stack"`
	Config   string           `json:"config_sha256,omitempty"`
	Source   *evidence.Source `json:"source,omitempty"`
	Started  time.Time        `json:"started"`
	Ended    time.Time        `json:"ended"`
	Complete bool             `json:"complete"`
	Records  []Entry          `json:"records"`
}

// Entry is one record's line in the index.
type Entry struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"` // hex of SHA-256 over the salt and the canonical record
}

type record struct {
	ID       string          `json:"id"`
	Salt     string          `json:"salt,omitempty"` // hex, 16 bytes
	Evidence json.RawMessage `json:"evidence,omitempty"`
	Withheld string          `json:"withheld,omitempty"` // why this record is not shown; then it has no salt and no evidence
}

type file struct {
	Index   Index    `json:"index"`
	Records []record `json:"records"`
}

// Run is a run as read from or written to a file.
type Run struct {
	evidence.Run
	Digest string // hex SHA-256 of the canonical index
	Index  []byte // the canonical index
	Bytes  []byte // the file
}

// Broken is an error about a run file whose digests or outcomes do not hold.
type Broken struct{ Path, What string }

func (b *Broken) Error() string { return fmt.Sprintf("%s: %s", b.Path, b.What) }

// Encode lays a run out as a run file.
func Encode(r evidence.Run) (*Run, error) {
	f := file{Index: Index{Schema: Schema, Tool: r.Tool, Stack: r.Stack, Config: r.Config, Source: r.Source, Started: r.Started, Ended: r.Ended, Complete: r.Complete}}
	size := 0
	for _, e := range r.Records {
		plain, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", e.Check.ID, err)
		}
		if size += len(plain); size > maxRunFile {
			return nil, fmt.Errorf("the run takes more than %d MiB by the record of %s, and no reader takes more; examine less at once, with --only or --doors", maxRunFile>>20, e.Check.ID)
		}
		canonical, err := jcs.Transform(plain)
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", e.Check.ID, err)
		}
		salt := make([]byte, 16)
		rand.Read(salt)
		f.Records = append(f.Records, record{ID: e.Check.ID, Salt: hex.EncodeToString(salt), Evidence: canonical})
		f.Index.Records = append(f.Index.Records, Entry{e.Check.ID, digest(salt, canonical)})
	}
	index, err := Canonical(f.Index)
	if err != nil {
		return nil, err
	}
	b, err := f.encode()
	return &Run{Run: r, Digest: digest(index), Index: index, Bytes: b}, err
}

// encode is the one layout of a run file's bytes.
func (f file) encode() ([]byte, error) {
	var out bytes.Buffer
	err := f.pieces(func(b []byte) error {
		_, err := out.Write(b)
		return err
	})
	return out.Bytes(), err
}

// pieces hands over the file's one encoding (RFC 8785) piece by piece. The records
// are in that encoding already: a large run is not to be laid out a second time
// only to be compared.
func (f file) pieces(add func([]byte) error) error {
	index, err := Canonical(f.Index)
	if err != nil {
		return err
	}
	list := [][]byte{[]byte(`{"index":`), index, []byte(`,"records":`)}
	before := "["
	for _, r := range f.Records {
		own := r.Evidence
		r.Evidence = nil
		rest, err := Canonical(r)
		if err != nil {
			return err
		}
		if len(own) > 0 { // "evidence" sorts before the other names, of which there is always one
			list = append(list, []byte(before+`{"evidence":`), own, []byte(","), rest[1:])
		} else {
			list = append(list, []byte(before), rest)
		}
		before = ","
	}
	end := "]"
	if len(f.Records) == 0 {
		end = "null" // as Encode leaves it
	}
	list = append(list, []byte(end))
	for _, b := range append(list, []byte("}\n")) {
		if err := add(b); err != nil {
			return err
		}
	}
	return nil
}

// same holds bytes against the file's one encoding.
func (f file) same(b []byte) error {
	at := 0
	err := f.pieces(func(want []byte) error {
		got := b[at:min(at+len(want), len(b))]
		if !bytes.Equal(got, want) {
			return parted(got, want, at)
		}
		at += len(want)
		return nil
	})
	if err == nil && at < len(b) {
		err = parted(b[at:], nil, at)
	}
	return err
}

// Write stores a run as a whole file: old or new, never half.
func Write(path string, r evidence.Run) (*Run, error) {
	sealed, err := Encode(r)
	if err != nil {
		return nil, err
	}
	return sealed, WriteFile(path, sealed.Bytes, 0o600)
}

// WriteFile writes a file whole: a reader finds the old or the new one, never
// half. What is there and is no regular file (a pipe, a device) is written to and
// never replaced; a symbolic link keeps pointing where it points.
func WriteFile(path string, b []byte, mode os.FileMode) error {
	target := path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		target = real
	}
	if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return fmt.Errorf("%s: cannot write: %w", path, err)
		}
		_, err = f.Write(b)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("%s: cannot write: %w", path, err)
		}
		return nil
	}
	if err := replace(target, b, mode); err != nil {
		return fmt.Errorf("%s: cannot write: %w", path, err)
	}
	return nil
}

// replace writes beside the target, in a directory that tells whose it is, and
// renames. What a killed run left of that is removed on the way.
func replace(target string, b []byte, mode os.FileMode) error {
	beside := filepath.Dir(target)
	for _, left := range scratch.Leftovers(beside, Pending) {
		os.RemoveAll(left) // in nobody's way where it cannot be removed
	}
	dir, err := scratch.Make(beside, Pending)
	if err != nil {
		return err
	}
	err = renameio.WriteFile(target, b, mode, renameio.WithTempDir(dir))
	return errors.Join(err, os.RemoveAll(dir))
}

// WriteNew is WriteFile for a file that must not be there yet: one that came to be
// in the meantime is never replaced, and is an os.ErrExist.
func WriteNew(path string, b []byte, mode os.FileMode) error {
	dir, err := scratch.Make(filepath.Dir(path), Pending)
	if err != nil {
		return fmt.Errorf("%s: cannot write: %w", path, err)
	}
	defer os.RemoveAll(dir)
	whole := filepath.Join(dir, filepath.Base(path))
	if err := renameio.WriteFile(whole, b, mode, renameio.WithTempDir(dir)); err != nil {
		return fmt.Errorf("%s: cannot write: %w", path, err)
	}
	if err := os.Link(whole, path); err != nil {
		return fmt.Errorf("%s: cannot write: %w", path, err)
	}
	return nil
}

// Pending is the kind of scratch directory, beside a file, in which its new
// content waits for its place.
const Pending = "write"

// Read reads a run file and holds it against its own digests, and every stored
// outcome against evidence.Judge. A *Broken error says which record does not hold.
func Read(path string) (*Run, error) {
	b, err := ReadAtMost(path, maxRunFile)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("%s: no such run; make one with: arxctl check --run %s", path, path)
	case errors.Is(err, ErrTooLarge):
		return nil, fmt.Errorf("%s: larger than %d MiB; expected a run file", path, maxRunFile>>20)
	case err != nil:
		return nil, err
	}
	return Decode(path, b)
}

// Decode is Read for bytes that were already read; path is for messages.
func Decode(path string, b []byte) (*Run, error) {
	var f file
	text, ended := bytes.CutSuffix(b, []byte("\n"))
	if err := decodeStrict(text, &f); err != nil {
		return nil, &Broken{path, "not a run file: " + err.Error()}
	}
	if f.Index.Schema != Schema {
		return nil, &Broken{path, fmt.Sprintf("index.schema: expected %s, got %q", Schema, f.Index.Schema)}
	}
	index, err := Canonical(f.Index)
	if err != nil {
		return nil, &Broken{path, err.Error()}
	}
	out := &Run{Digest: digest(index), Index: index, Bytes: b, Run: evidence.Run{Tool: f.Index.Tool, Stack: f.Index.Stack, Config: f.Index.Config, Source: f.Index.Source,
		Started: f.Index.Started, Ended: f.Index.Ended, Complete: f.Index.Complete}}
	if out.Records, out.Withheld, err = records(f); err != nil {
		return nil, &Broken{path, err.Error()}
	}
	if err = errors.New("does not end in a line end: it was cut short or changed"); ended {
		err = f.same(b)
	}
	if err != nil {
		return nil, &Broken{path, err.Error()}
	}
	return out, nil
}

func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
