// Package templates carries what answers are laid out by: the questionnaires.
package templates

import "embed"

// Questionnaires holds questionnaires/*.yaml, one questionnaire a file, named by its id.
//
//go:embed questionnaires/*.yaml
var Questionnaires embed.FS
