package library

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
)

// What one file of a library may hold, and a library: the largest questionnaires
// that go round have some 2,000 questions.
const (
	MaxAnswers = 20_000
	maxBytes   = 16 << 20
	maxMarks   = 1_000_000 // commas, line ends and dashes: each may begin a value, which takes many times its bytes once it is read
	maxFiles   = 500
	maxAll     = 5 * MaxAnswers
	mostSaid   = 100 // findings on one file
)

// Decode reads one file of a library strictly. Errors are yamldoc.Findings, with
// file, line and field.
func Decode(y yamldoc.File) (File, error) {
	var f File
	if why := tooLarge(y.Body); why != "" {
		return f, yamldoc.Findings{{File: y.Name, Message: why}}
	}
	found := yamldoc.Of(yamldoc.Decode(y.Name, y.Body, &f))
	if len(found) > 0 && f.At.Fields == nil { // no field could be read, so none is missing
		return f, found.Err()
	}
	bad := func(at yamldoc.At, key, field, format string, a ...any) {
		found = append(found, yamldoc.Finding{File: y.Name, Line: at.Of(key), Field: field, Message: fmt.Sprintf(format, a...)})
	}
	if f.Source == "" {
		bad(f.At, "source", "source", "missing; expected the name of the workbook")
	}
	if f.Date.IsZero() {
		bad(f.At, "date", "date", "missing; expected the day on which it was sent, as 2025-11-03")
	}
	if n := len(f.Answers); n > MaxAnswers {
		bad(f.At, "answers", "answers", "holds %d; expected at most %d in one file", n, MaxAnswers)
		return f, found.Err()
	}
	cells := map[string]int{}
	for i, d := range f.Answers {
		if len(found) > mostSaid {
			break
		}
		field := fmt.Sprintf("answers[%d]", i)
		if _, _, ok := workbook.ParseRef(d.Cell); !ok {
			bad(d.At, "cell", field+".cell", "expected a cell as D14, got %q", d.Cell)
		}
		if d.Answer == "" && d.Comment == "" {
			bad(d.At, "answer", field, "expected an answer or a comment")
		}
		if first, twice := cells[d.Sheet+"!"+d.Cell]; twice {
			bad(d.At, "cell", field+".cell", "given twice; first on line %d", first)
		}
		cells[d.Sheet+"!"+d.Cell] = d.At.Of("cell")
	}
	return f, found.Err()
}

func tooLarge(b []byte) string {
	if len(b) > maxBytes {
		return fmt.Sprintf("larger than %d MiB; expected the answers of one workbook", maxBytes>>20)
	}
	if n := bytes.Count(b, []byte(",")) + bytes.Count(b, []byte("\n")) + bytes.Count(b, []byte("- ")); n > maxMarks {
		return fmt.Sprintf("has %d commas, lines and dashes; expected the answers of one workbook, which never has more than %d", n, maxMarks)
	}
	return ""
}

// ReadAll reads every .yaml and .yml file below a directory, by name.
func ReadAll(dir string) ([]File, error) {
	var out []File
	files, answers := 0, 0
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && p == ".":
			return fmt.Errorf("%s: no such file or directory", dir)
		case err != nil:
			return fmt.Errorf("%s: %w", dir, err)
		case d.IsDir() || !strings.HasSuffix(p, ".yaml") && !strings.HasSuffix(p, ".yml"):
			return nil
		}
		if files++; files > maxFiles {
			return fmt.Errorf("%s: holds more than %d files; move the oldest to another library", dir, maxFiles)
		}
		path := filepath.Join(dir, filepath.FromSlash(p))
		b, err := readBounded(path)
		if err != nil {
			return err
		}
		f, err := Decode(yamldoc.File{Name: path, Body: b})
		if err != nil {
			return err
		}
		if answers += len(f.Answers); answers > maxAll {
			return fmt.Errorf("%s: holds more than %d answers; move the oldest files to another library", dir, maxAll)
		}
		out = append(out, f)
		return nil
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("%s: there is no .yaml file in this directory", dir)
	}
	return out, err
}

// readBounded reads one file, and one byte more than it may have at most. What is
// no file is not opened: a pipe would be waited for.
func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is no file; expected answers that were kept", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}
