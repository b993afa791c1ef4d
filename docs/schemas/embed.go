// Package schemas holds the published JSON Schemas (draft 2020-12) of what arxctl
// writes for programs: answers, results, what was verified, and the run file.
package schemas

import "embed"

// Files holds every schema, by its file name.
//
//go:embed *.json
var Files embed.FS
