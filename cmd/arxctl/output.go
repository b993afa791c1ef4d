package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"unicode"

	"golang.org/x/term"

	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/seal"
)

// output is one --output FORMAT[:PATH]; an empty path is stdout.
type output struct{ format, path string }

func (o output) String() string {
	if o.path == "" {
		return o.format
	}
	return o.format + ":" + o.path
}

// parseOutputs reads --output values. known names the formats; at most one of
// them may go to stdout.
func parseOutputs(values, known []string) ([]output, error) {
	var out []output
	stdout := ""
	for _, v := range values {
		format, path, _ := strings.Cut(v, ":")
		ok := false
		for _, k := range known {
			ok = ok || k == format
		}
		if !ok {
			return nil, fail(exitUsage, "--output %s: unknown format %q; expected one of %s, as %s:PATH", v, format, strings.Join(known, ", "), known[0])
		}
		if strings.HasSuffix(v, ":") {
			return nil, fail(exitUsage, "--output %s: expected a path after the colon", v)
		}
		if path == "" || path == "-" {
			if stdout != "" {
				return nil, fail(exitUsage, "--output %s: %s already goes to stdout; give one of them a path, as %s:PATH", v, stdout, format)
			}
			stdout, path = format, ""
		}
		out = append(out, output{format, path})
	}
	return out, nil
}

// write renders into memory, then writes the whole of it: a file is old or new.
func (o output) write(s *streams, render func(io.Writer) error) error {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return fail(exitInternal, "--output %s: %w", o, err)
	}
	if o.path == "" {
		s.out.Write(b.Bytes()) // a failure is kept by the stream, and ends the verb with 7
		return nil
	}
	if err := seal.WriteFile(o.path, b.Bytes(), 0o644); err != nil {
		return fail(exitInternal, "--output %s: %w", o, err)
	}
	return nil
}

// writeAll writes every output. The rest is still written when one path is bad:
// what was found is not dropped for it.
func writeAll(s *streams, outputs []output, render func(io.Writer, string) error) error {
	var failed []error
	for _, o := range outputs {
		failed = append(failed, o.write(s, func(w io.Writer) error { return render(w, o.format) }))
	}
	return errors.Join(failed...)
}

// targets refuses, before anything is looked at, paths that cannot be written,
// that are named twice, or that hold what the verb reads.
func targets(reads []string, writes ...string) error {
	seen := map[string]bool{}
	for _, w := range writes {
		if w == "" {
			continue
		}
		abs, err := filepath.Abs(w)
		if err != nil {
			return fail(exitUsage, "%s: %w", w, err)
		}
		if info, err := os.Stat(abs); err == nil && info.IsDir() {
			return fail(exitUsage, "%s: is a directory; expected a file", w)
		}
		if info, err := os.Stat(filepath.Dir(abs)); err != nil || !info.IsDir() {
			return fail(exitUsage, "%s: there is no directory %s to write it into; make it first", w, filepath.Dir(w))
		}
		if seen[abs] {
			return fail(exitUsage, "%s: named twice; each output needs a file of its own", w)
		}
		seen[abs] = true
		for _, r := range reads {
			if r != "" && same(r, abs) {
				return fail(exitUsage, "%s: would be overwritten while it is read; give the output another path", w)
			}
		}
	}
	return nil
}

func same(x, y string) bool {
	a, errA := os.Stat(x)
	b, errB := os.Stat(y)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

func paths(outputs []output) []string {
	var list []string
	for _, o := range outputs {
		list = append(list, o.path)
	}
	return list
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// fileOf returns the file behind a stream, if there is one.
func fileOf(w io.Writer) (*os.File, bool) {
	if s, ok := w.(*sticky); ok {
		w = s.w
	}
	f, ok := w.(*os.File)
	return f, ok
}

// colorFor honours NO_COLOR (no-color.org) and the absence of a terminal.
func colorFor(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && terminal(w) }

// widthOf returns the columns of a terminal, or 100.
func widthOf(w io.Writer) int {
	if f, ok := fileOf(w); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 20 {
			return min(n, 140)
		}
	}
	return 100
}

// note writes a line to stderr. Text from a stack or a file may be in it, so
// what could move a terminal's cursor is taken out, and nothing is a command to CI.
func note(s *streams, format string, a ...any) {
	for _, line := range strings.Split(fmt.Sprintf(format, a...), "\n") {
		fmt.Fprintln(s.err, render.Inert(strings.TrimRight(strings.Map(printable, line), " ")))
	}
}

func printable(r rune) rune {
	if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
		return ' '
	}
	return r
}

// sticky remembers the first failure of a stream: a report that was cut is not a
// report, whichever line was lost.
type sticky struct {
	w   io.Writer
	err error
}

func (s *sticky) Write(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.w.Write(b)
	s.err = err
	return n, err
}

// ignoreHangup keeps a detached process alive when its terminal goes away.
func ignoreHangup() { signal.Ignore(syscall.SIGHUP) }
