package seal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Newest finds the run that ended last among the files run*.json of a directory,
// by what the runs themselves say; of two that ended together, the one of which
// less is withheld. A file that says of itself that it is something else, as the
// SARIF of a run does, is none. left says which of the files are no runs that hold, and why: a
// file that cannot be read, or whose digests or seal do not hold. Where one of
// those may be newer than the run that was found, there is an error: it may be the
// run that says No. With no run in the directory, run is nil.
func Newest(dir string) (path string, run *Run, left []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "run*.json"))
	if err != nil {
		return "", nil, nil, fmt.Errorf("%s: %w", dir, err)
	}
	slices.Sort(files)
	var broken []broken
	modified := time.Time{}
	for _, f := range files {
		if ok, _ := filepath.Match("*"+Suffix, filepath.Base(f)); ok {
			continue
		}
		info, err := os.Stat(f)
		if err == nil && !info.Mode().IsRegular() {
			left = append(left, f+": is no file")
			continue
		}
		r, err := readSealed(f)
		is := ""
		if err != nil {
			is = otherwise(f)
		}
		if is != "" {
			left = append(left, fmt.Sprintf("%s: is no run: it says that it is %s", f, is))
			continue
		}
		if err != nil {
			left = append(left, err.Error())
			broken = append(broken, brokenOf(f, r, err))
			continue
		}
		if run == nil || r.Ended.After(run.Ended) || r.Ended.Equal(run.Ended) && len(r.Withheld) < len(run.Withheld) {
			path, run, modified = f, r, info.ModTime()
		}
	}
	for _, b := range broken {
		switch {
		case run == nil:
			return "", nil, left, fmt.Errorf("%w; there is no other run here: mend it, or say which run to take with --run", b.unread)
		case b.mayBeNewer(run, modified):
			return "", nil, left, fmt.Errorf("%w; it may be newer than %s, and say otherwise: say which run to take with --run, or move it away", b.unread, path)
		}
	}
	return path, run, left, nil
}

// readSealed reads a run and the seal beside it, where there is one. A run whose
// seal does not hold is returned with the error.
func readSealed(path string) (*Run, error) {
	r, err := Read(path)
	if err != nil {
		return nil, err
	}
	b, err := ReadBundle(path + Suffix)
	if errors.Is(err, os.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		_, err = VerifyRun(path+Suffix, b, r, nil)
	}
	return r, err
}

// broken is a file that is no run that holds.
type broken struct {
	unread   error
	modified time.Time // zero: not known
	ended    time.Time // as it says; zero: it says nothing that could be read
}

func brokenOf(path string, r *Run, why error) broken {
	b := broken{unread: errors.New(why.Error())} // not Broken: nobody asked for this file
	if info, err := os.Lstat(path); err == nil {
		b.modified = info.ModTime()
	}
	if r != nil {
		b.ended = r.Ended
	}
	return b
}

// mayBeNewer reports whether it may have been made after a run: a copy keeps no
// order of files, so it counts as newer than a run that ended, or was written,
// before it was.
func (b broken) mayBeNewer(run *Run, modified time.Time) bool {
	return b.modified.IsZero() || !b.modified.Before(modified) || !b.modified.Before(run.Ended) || b.ended.After(run.Ended)
}
