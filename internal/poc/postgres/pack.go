package postgres

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// A prepared data directory is kept as one file: most of the time of a copy goes into opening files, and there are more
// than a thousand. The file is the length of the index in ten digits, the index as JSON, then the contents on end, each
// once: a database and the template it was made from hold mostly the same.

type packed struct {
	Path string `json:"p"`
	Dir  bool   `json:"d,omitempty"`
	At   int    `json:"a,omitempty"`
	Size int    `json:"s,omitempty"`
}

const lengthDigits = 10

// readPack reads a directory into the bytes of such a file.
func readPack(dir string) ([]byte, error) {
	var index []packed
	contents := make([]byte, 0, 32<<20)
	known := map[[sha256.Size]byte]int{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			index = append(index, packed{Path: rel, Dir: true})
			return nil
		}
		if !entry.Type().IsRegular() {
			return fmt.Errorf("%s is neither a file nor a directory", path)
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		at, ok := known[sum]
		if !ok {
			at = len(contents)
			known[sum] = at
			contents = append(contents, body...)
		}
		index = append(index, packed{Path: rel, At: at, Size: len(body)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	head, err := json.Marshal(index)
	if err != nil {
		return nil, err
	}
	return slices.Concat(fmt.Appendf(nil, "%0*d", lengthDigits, len(head)), head, contents), nil
}

// writePack writes the bytes whole or not at all.
func writePack(body []byte, file string) error {
	out, err := os.CreateTemp(filepath.Dir(file), ".new-")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // gone already when the rename has happened
	if _, err := out.Write(body); err != nil {
		return errors.Join(err, out.Close())
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(out.Name(), file)
}

var errDamaged = errors.New("the cached data directory is damaged")

// unpack writes the directory out again, owned by the account that the server runs as.
func unpack(file, dir string) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var length int
	if len(body) < lengthDigits {
		return errDamaged
	}
	if _, err := fmt.Sscanf(string(body[:lengthDigits]), "%d", &length); err != nil || length < 0 || length > len(body)-lengthDigits {
		return errDamaged
	}
	var index []packed
	if err := json.Unmarshal(body[lengthDigits:lengthDigits+length], &index); err != nil {
		return errDamaged
	}
	body = body[lengthDigits+length:]
	become, err := fileOwner()
	if err != nil {
		return err
	}
	var files []func() error
	for _, e := range index {
		if !filepath.IsLocal(e.Path) || e.At < 0 || e.Size < 0 || e.At > len(body)-e.Size {
			return errDamaged
		}
		target := filepath.Join(dir, e.Path)
		if e.Dir {
			if err := ownedDir(target); err != nil {
				return err
			}
			continue
		}
		content := body[e.At : e.At+e.Size]
		files = append(files, func() error { return os.WriteFile(target, content, 0o600) })
	}
	return inParallel(files, become)
}

// inParallel runs the writes on a few threads that each become the files' owner first. The threads stay locked, so they
// end with their goroutines and no other code ever runs on them.
func inParallel(writes []func() error, become func() error) error {
	var all errgroup.Group
	workers := min(4, runtime.NumCPU())
	for w := range workers {
		all.Go(func() error {
			runtime.LockOSThread()
			if err := become(); err != nil {
				return err
			}
			for i := w; i < len(writes); i += workers {
				if err := writes[i](); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return all.Wait()
}
