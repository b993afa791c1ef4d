package yamldoc

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// File is a YAML file as read, with the name that errors use.
type File struct {
	Name string
	Body []byte
}

// Files returns every .yaml and .yml file of fsys, ordered by path; prefix goes
// before each name in errors, as "controls".
func Files(fsys fs.FS, prefix string) ([]File, error) {
	var out []File
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() || !strings.HasSuffix(p, ".yaml") && !strings.HasSuffix(p, ".yml") {
			return nil
		}
		b, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		out = append(out, File{Name: path.Join(prefix, p), Body: b})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", prefix, err)
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
