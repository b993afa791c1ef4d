package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/arxsec/arxctl/internal/render"
	renderall "github.com/arxsec/arxctl/internal/render/all"
	"github.com/arxsec/arxctl/internal/render/pretty"
)

// runFormats names what --output takes where a run is written: the screen, and
// every format for machines.
func runFormats() []string { return append([]string{"pretty"}, renderall.RunNames()...) }

// runFormatHelp is the list of them for --help.
func runFormatHelp() string {
	lines := []string{fmt.Sprintf("  %-15s %s", "pretty", "for a person: failures first, each with object, want, got, fix and a command to paste")}
	for _, f := range renderall.RunFormats() {
		lines = append(lines, fmt.Sprintf("  %-15s %s", f.Name, f.Describe))
	}
	return strings.Join(lines, "\n")
}

// writeRun writes a run in every output asked for. One that cannot be written
// does not keep the others back: evidence is not dropped for one bad path.
func writeRun(s *streams, outputs []output, in render.RunInput) error {
	var failed []error
	for _, out := range outputs {
		failed = append(failed, out.write(s, func(w io.Writer) error {
			if f, ok := renderall.FindRun(out.format); ok {
				return f.Render(w, in)
			}
			toTerminal := out.path == "" && terminal(s.out)
			return pretty.Write(w, in.Run, pretty.Options{Color: toTerminal && colorFor(s.out), Width: widthOf(s.out), Brief: !toTerminal && os.Getenv("CI") != "", Digest: in.Digest, KeyID: in.KeyID, Config: in.Config})
		}))
	}
	return errors.Join(failed...)
}
