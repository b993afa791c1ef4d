// Package fonts holds the typefaces that PDF documents embed: Liberation Sans
// and Liberation Mono 2, SIL Open Font License 1.1 (see LICENSE). They cover
// Latin with Vietnamese, Greek and Cyrillic.
package fonts

import _ "embed" // the TrueType files

// Sans is Liberation Sans Regular.
//
//go:embed LiberationSans-Regular.ttf
var Sans []byte

// Bold is Liberation Sans Bold.
//
//go:embed LiberationSans-Bold.ttf
var Bold []byte

// Mono is Liberation Mono Regular.
//
//go:embed LiberationMono-Regular.ttf
var Mono []byte
