// Package controls carries the shipped claims: one YAML file a topic.
package controls

import "embed"

// FS holds every controls file, by its base name.
//
//go:embed *.yaml
var FS embed.FS
