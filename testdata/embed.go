// Package testdata carries the samples that the demonstration uses. No sample is a statement by anybody.
package testdata

import "embed"

// Attestations holds attestations/*.yaml, every entry of which says `sample: true`.
//
//go:embed attestations/*.yaml
var Attestations embed.FS

// Customers holds customers/*.yaml: made-up values for the [placeholders] of claims and questionnaires.
//
//go:embed customers/*.yaml
var Customers embed.FS
