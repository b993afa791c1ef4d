// Package templates carries what answers are laid out by: the questionnaires.
package templates

import "embed"

// Questionnaires holds questionnaires/*.yaml, one questionnaire a file, named by its id.
//
//go:embed questionnaires/*.yaml
var Questionnaires embed.FS

// SIG holds sig/letters.yaml: what the letters of SIG workbooks stand for.
//
//go:embed sig/letters.yaml
var SIG embed.FS
