package seal

import (
	"fmt"
	"path/filepath"
	"slices"
)

// Newest finds the run that ended last among the files run*.json of a directory,
// by what the runs themselves say. left says which of the files are no runs that
// hold, and why. With no run in the directory, run is nil.
func Newest(dir string) (path string, run *Run, left []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "run*.json"))
	if err != nil {
		return "", nil, nil, fmt.Errorf("%s: %w", dir, err)
	}
	slices.Sort(files)
	for _, f := range files {
		if ok, _ := filepath.Match("*"+Suffix, filepath.Base(f)); ok {
			continue
		}
		r, err := Read(f)
		if err != nil {
			left = append(left, err.Error())
			continue
		}
		if run == nil || r.Ended.After(run.Ended) {
			path, run = f, r
		}
	}
	return path, run, left, nil
}
