// Package render says what a format is. Each format is a package below this
// one; render/all lists them.
package render

import (
	"io"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

// Input is everything that a format may draw on. Rendering is a pure function
// of it: the same input gives the same bytes.
type Input struct {
	Doc        *questionnaire.Document
	Run        *evidence.Run // for the appendix of checks
	RunDigest  string        // SHA-256 of the run's index, hexadecimal
	RunFile    []byte        // the run file as read, for formats that attach it
	SealFile   []byte        // the seal of the run, where it has one, for formats that attach it
	InputsJSON []byte        // what was rendered from what, for formats that carry it
}

// Format is one way to write a document.
type Format struct {
	Name      string   // as in --output NAME:PATH
	Extension string   // with its dot
	Describe  string   // one line for --help
	Layouts   []string // questionnaire.LayoutQuestionnaire, questionnaire.LayoutReport
	Render    func(io.Writer, Input) error
}

// RunInput is what the formats that write a run, and no answers, draw on.
type RunInput struct {
	Run     *evidence.Run
	Digest  string        // run digest, hexadecimal; empty when no run file was written
	KeyID   string        // SHA-256 of the public key that the run is signed with, hexadecimal; empty: unsigned
	Verdict *gate.Verdict // nil where no policy was held against the run
	Before  *evidence.Run // the baseline, or nil
	Config  string        // path of arxctl.yaml, for the commands that a person pastes
	RunPath string        // path of the run file, or empty
	// Withheld names the checks whose records were withheld from the run file.
	Withheld []string
}

// RunFormat is one way to write a run.
type RunFormat struct {
	Name     string // as in --output NAME:PATH
	Describe string // one line for --help
	Render   func(io.Writer, RunInput) error
}
