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
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/renameio/v2"
	"github.com/gowebpki/jcs"

	"github.com/arxsec/arxctl/internal/evidence"
)

// Schema names the layout of a run file.
const Schema = "arxctl.run/v1"

// clockStep is how far a record may lie outside its run: a clock that is set
// while a run goes on is no forgery.
const clockStep = 5 * time.Minute

// maxRunFile bounds what Read takes in, in bytes.
const maxRunFile = 256 << 20

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
	Salt     string          `json:"salt"` // hex, 16 bytes
	Evidence json.RawMessage `json:"evidence"`
}

type file struct {
	Index   Index    `json:"index"`
	Records []record `json:"records"`
}

// Run is a run as read from or written to a file.
type Run struct {
	evidence.Run
	Digest string // hex SHA-256 of the canonical index
	Bytes  []byte // the file
}

// Broken is an error about a run file whose digests or outcomes do not hold.
type Broken struct{ Path, What string }

func (b *Broken) Error() string { return fmt.Sprintf("%s: %s", b.Path, b.What) }

// Encode lays a run out as a run file.
func Encode(r evidence.Run) (*Run, error) {
	f := file{Index: Index{Schema: Schema, Tool: r.Tool, Stack: r.Stack, Config: r.Config, Source: r.Source, Started: r.Started, Ended: r.Ended, Complete: r.Complete}}
	for _, e := range r.Records {
		canonical, err := canonicalJSON(e)
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", e.Check.ID, err)
		}
		salt := make([]byte, 16)
		rand.Read(salt)
		f.Records = append(f.Records, record{ID: e.Check.ID, Salt: hex.EncodeToString(salt), Evidence: canonical})
		f.Index.Records = append(f.Index.Records, Entry{e.Check.ID, digest(salt, canonical)})
	}
	index, err := canonicalJSON(f.Index)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	return &Run{Run: r, Digest: digest(index), Bytes: append(b, '\n')}, nil
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
	if err := renameio.WriteFile(target, b, mode); err != nil {
		return fmt.Errorf("%s: cannot write: %w", path, err)
	}
	return nil
}

// Read reads a run file and holds it against its own digests, and every stored
// outcome against evidence.Judge. A *Broken error says which record does not hold.
func Read(path string) (*Run, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s: no such run; make one with: arxctl check --run %s", path, path)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxRunFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(b) > maxRunFile {
		return nil, fmt.Errorf("%s: larger than %d MiB; expected a run file", path, maxRunFile>>20)
	}
	return Decode(path, b)
}

// Decode is Read for bytes that were already read; path is for messages.
func Decode(path string, b []byte) (*Run, error) {
	var f file
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, &Broken{path, "not a run file: " + strings.TrimPrefix(err.Error(), "json: ")}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, &Broken{path, "not a run file: there is more after the end of its JSON"}
	}
	if f.Index.Schema != Schema {
		return nil, &Broken{path, fmt.Sprintf("index.schema: expected %s, got %q", Schema, f.Index.Schema)}
	}
	index, err := canonicalJSON(f.Index)
	if err != nil {
		return nil, &Broken{path, err.Error()}
	}
	out := &Run{Digest: digest(index), Bytes: b, Run: evidence.Run{Tool: f.Index.Tool, Stack: f.Index.Stack, Config: f.Index.Config, Source: f.Index.Source,
		Started: f.Index.Started, Ended: f.Index.Ended, Complete: f.Index.Complete}}
	if out.Records, err = records(f); err != nil {
		return nil, &Broken{path, err.Error()}
	}
	return out, nil
}

// records holds every record against its line of the index, in the same order.
func records(f file) ([]evidence.Evidence, error) {
	if len(f.Records) != len(f.Index.Records) {
		return nil, fmt.Errorf("the index lists %d records, the file holds %d", len(f.Index.Records), len(f.Records))
	}
	var out []evidence.Evidence
	for i, r := range f.Records {
		line := f.Index.Records[i]
		if r.ID != line.ID {
			return nil, fmt.Errorf("record %d: the index lists %s, the file holds %s", i+1, line.ID, r.ID)
		}
		salt, err := hex.DecodeString(r.Salt)
		if err != nil || len(salt) != 16 {
			return nil, fmt.Errorf("record %s: salt: expected 32 hexadecimal digits", r.ID)
		}
		canonical, err := jcs.Transform(r.Evidence)
		if err != nil {
			return nil, fmt.Errorf("record %s: %w", r.ID, err)
		}
		if subtle.ConstantTimeCompare([]byte(digest(salt, canonical)), []byte(line.SHA256)) != 1 {
			return nil, fmt.Errorf("record %s was changed: its SHA-256 is not the one in the index", r.ID)
		}
		var e evidence.Evidence
		dec := json.NewDecoder(bytes.NewReader(r.Evidence))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&e); err != nil {
			return nil, fmt.Errorf("record %s: %w", r.ID, err)
		}
		if e.Check.ID != r.ID {
			return nil, fmt.Errorf("record %s holds the evidence of %s", r.ID, e.Check.ID)
		}
		if slices.ContainsFunc(out, func(x evidence.Evidence) bool { return x.Check.ID == r.ID }) {
			return nil, fmt.Errorf("record %s is there twice", r.ID)
		}
		if err := e.Rejudge(); err != nil {
			return nil, err
		}
		if e.Started.Before(f.Index.Started.Add(-clockStep)) || e.Ended.After(f.Index.Ended.Add(clockStep)) || e.Ended.Before(e.Started.Add(-clockStep)) {
			return nil, fmt.Errorf("record %s was collected from %s to %s, outside the run (%s to %s)", r.ID,
				e.Started.Format(time.RFC3339), e.Ended.Format(time.RFC3339), f.Index.Started.Format(time.RFC3339), f.Index.Ended.Format(time.RFC3339))
		}
		out = append(out, e)
	}
	return out, nil
}

func canonicalJSON(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return jcs.Transform(b)
}

func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
