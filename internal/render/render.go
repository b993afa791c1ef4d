// Package render says what a format is. Each format is a package below this
// one; render/all lists them.
package render

import (
	"io"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

// Input is everything that a format may draw on. Rendering is a pure function
// of it: the same input gives the same bytes.
type Input struct {
	Doc        *questionnaire.Document
	Run        *evidence.Run // for the appendix of checks
	RunDigest  string        // SHA-256 of the run's index, hexadecimal
	RunFile    []byte        // the run file as read, for formats that attach it
	InputsJSON []byte        // what was rendered from what, for formats that attach it
}

// Format is one way to write a document.
type Format struct {
	Name      string   // as in --output NAME:PATH
	Extension string   // with its dot
	Describe  string   // one line for --help
	Layouts   []string // questionnaire.LayoutQuestionnaire, questionnaire.LayoutReport
	Render    func(io.Writer, Input) error
}
