package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/google/renameio/v2"
	"golang.org/x/term"
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
		if _, err := s.out.Write(b.Bytes()); err != nil {
			return fail(exitInternal, "--output %s: cannot write to stdout: %w", o, err)
		}
		return nil
	}
	return writeWhole(o.path, b.Bytes(), 0o644)
}

func writeWhole(path string, b []byte, mode os.FileMode) error {
	if err := renameio.WriteFile(path, b, mode); err != nil {
		return fail(exitInternal, "%s: cannot write the file: %w", path, err)
	}
	return nil
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// colorFor honours NO_COLOR (no-color.org) and the absence of a terminal.
func colorFor(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && terminal(w) }

// widthOf returns the columns of a terminal, or 100.
func widthOf(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 20 {
			return min(n, 140)
		}
	}
	return 100
}

func note(s *streams, format string, a ...any) {
	fmt.Fprintf(s.err, format+"\n", a...)
}

// ignoreHangup keeps a detached process alive when its terminal goes away.
func ignoreHangup() { signal.Ignore(syscall.SIGHUP) }
