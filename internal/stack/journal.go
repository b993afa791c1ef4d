package stack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/arxsec/arxctl/internal/scratch"
)

// Journal is where a run writes down what it is about to create, before it does:
// a run that is killed cannot tidy up, so the next one must know what to look for.
//
// It lies in the user's state directory and not beside arxctl.yaml, which may be
// read-only, checked in, or gone by then. Each process writes a file of its own,
// named for its process id and start time, so that there is no lock that could go
// stale, and a living process's entries are never touched. A file holds one JSON
// object a line; a line names what was created by a mark that only this run gives
// out, where, and never a secret. How it is undone comes from arxctl.yaml.
type Journal struct {
	dir string
	err error // why there is no directory

	mu   sync.Mutex
	f    *os.File
	open map[int]entry // not struck
	last int
}

// entry is one line: something created, or Done, the number of one that is gone.
type entry struct {
	N    int       `json:"n,omitempty"`
	Done int       `json:"done,omitempty"`
	Kind string    `json:"kind,omitempty"`
	Mark string    `json:"mark,omitempty"`
	Host string    `json:"host,omitempty"` // whose process ids these are
	At   time.Time `json:"at,omitzero"`

	Stack     string `json:"stack,omitempty"`     // its name, for a person
	Key       string `json:"key,omitempty"`       // which stack it is
	Config    string `json:"config,omitempty"`    // the arxctl.yaml that tells how to reach it
	Reference bool   `json:"reference,omitempty"` // a throwaway stack: what is on it goes with it
	Org       string `json:"org,omitempty"`
}

// The kinds of what is created.
const (
	kindObjects   = "objects"   // through the API, in a probe organisation; they hold the mark
	kindProcesses = "processes" // of the application; the mark is in their environment
)

// mark is the form of Stack.Nonce: nothing else is ever looked for, so that a
// damaged journal cannot point at what others made.
var mark = regexp.MustCompile(`^[0-9a-f]{12}$`)

// maxJournal bounds what is read of one file, in bytes.
const maxJournal = 1 << 20

const journalKind = "journal"

// JournalDir returns the directory of journals: arxctl/journal in XDG_STATE_HOME,
// else in ~/.local/state (XDG Base Directory Specification 0.8).
func JournalDir(env func(string) (string, bool)) (string, error) {
	if dir, _ := env("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "arxctl", "journal"), nil
	}
	if home, _ := env("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "arxctl", "journal"), nil
	}
	return "", errors.New("no directory for the clean-up journal; to see this: set XDG_STATE_HOME to a directory that you may write")
}

// NewJournal returns the journal of this process. Nothing is written before the
// first entry, so that a run which creates nothing needs no directory.
func NewJournal(env func(string) (string, bool)) *Journal {
	dir, err := JournalDir(env)
	return &Journal{dir: dir, err: err, open: map[int]entry{}}
}

// add writes an entry and returns once it is on the disk. A nil journal keeps none.
func (j *Journal) add(e entry) error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, known := range j.open {
		if known.Kind == e.Kind && known.Mark == e.Mark && known.Key == e.Key && known.Org == e.Org {
			return nil
		}
	}
	if err := j.begin(); err != nil {
		return fmt.Errorf("the clean-up journal cannot be written, so nothing is created: %w", err)
	}
	e.N, e.Host, e.At = j.last+1, host(), time.Now().UTC().Truncate(time.Second)
	if err := appendLine(j.f, e); err != nil {
		return fmt.Errorf("the clean-up journal cannot be written, so nothing is created: %w", err)
	}
	if err := j.f.Sync(); err != nil {
		return fmt.Errorf("the clean-up journal cannot be written, so nothing is created: %w", err)
	}
	j.last++
	j.open[j.last] = e
	return nil
}

func (j *Journal) begin() error {
	if j.f != nil || j.err != nil {
		return j.err
	}
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return fmt.Errorf("%w; to see this: set XDG_STATE_HOME to a directory that you may write", err)
	}
	f, err := scratch.Create(j.dir, journalKind)
	if err != nil {
		return fmt.Errorf("%w; to see this: set XDG_STATE_HOME to a directory that you may write", err)
	}
	j.f = f
	if dir, err := os.Open(j.dir); err == nil { // the name must last as the line does
		dir.Sync()
		dir.Close()
	}
	return nil
}

func appendLine(f *os.File, e entry) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	return err
}

// Close ends what was started and has escaped, and strikes it. Objects that a run
// left stay listed, for the next run or arxctl cleanup.
func (j *Journal) Close() error { return j.end(kindProcesses) }

// Discard is Close for a stack that has been thrown away with all that was on it.
func (j *Journal) Discard() error { return j.end(kindProcesses, kindObjects) }

func (j *Journal) end(kinds ...string) error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.f == nil {
		return nil
	}
	var failed error
	for _, kind := range kinds {
		for n, e := range j.open {
			if e.Kind != kind {
				continue
			}
			if kind == kindProcesses {
				if _, err := endProcesses(e.Mark); err != nil {
					failed = errors.Join(failed, err)
					continue
				}
			}
			appendLine(j.f, entry{Done: n}) // lost: cleaning up finds nothing then
			delete(j.open, n)
		}
	}
	name := j.f.Name()
	failed = errors.Join(failed, j.f.Close())
	j.f = nil
	if len(j.open) == 0 {
		failed = errors.Join(failed, os.Remove(name))
	}
	return failed
}

// readJournal returns the entries that are not struck, in order. A last line that
// breaks off was never acted on: what it names was created only after it was whole.
// Lines that cannot be read, or that name what we never make, are told of in odd.
func readJournal(path string) (left []entry, odd []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxJournal+1))
	if err != nil {
		return nil, nil, err
	}
	if len(b) > maxJournal {
		return nil, []string{fmt.Sprintf("larger than %d bytes", maxJournal)}, nil
	}
	whole := b[:bytes.LastIndexByte(b, '\n')+1]
	for i, line := range strings.Split(strings.TrimSuffix(string(whole), "\n"), "\n") {
		if line == "" && len(whole) == 0 {
			continue
		}
		var e entry
		dec := json.NewDecoder(strings.NewReader(line))
		dec.DisallowUnknownFields()
		switch err := dec.Decode(&e); {
		case err != nil:
			odd = append(odd, fmt.Sprintf("line %d is no entry", i+1))
		case e.Done > 0:
			left = without(left, e.Done)
		case e.N <= 0 || !mark.MatchString(e.Mark) || e.Kind != kindObjects && e.Kind != kindProcesses:
			odd = append(odd, fmt.Sprintf("line %d names nothing that arxctl makes", i+1))
		default:
			left = append(left, e)
		}
	}
	return left, odd, nil
}

func without(list []entry, n int) []entry {
	var out []entry
	for _, e := range list {
		if e.N != n {
			out = append(out, e)
		}
	}
	return out
}
