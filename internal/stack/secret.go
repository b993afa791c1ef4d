package stack

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// Secret is a value that must never be printed: DSNs, tokens, keys. Every way
// of formatting it gives "[redacted]"; Reveal gives the value itself.
type Secret struct {
	ref   string // as written in arxctl.yaml, safe to show
	value string
}

// NewSecret wraps a value that did not come from a file or the environment.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the secret's value, empty when it was not set.
func (s Secret) Reveal() string { return s.value }

// IsSet reports whether the secret has a value.
func (s Secret) IsSet() bool { return s.value != "" }

// Ref returns the reference as written in arxctl.yaml, or "[redacted]" when the
// value stood there in clear.
func (s Secret) Ref() string {
	if strings.HasPrefix(s.ref, "${") {
		return s.ref
	}
	return "[redacted]"
}

func (s Secret) String() string               { return "[redacted]" }
func (s Secret) GoString() string             { return "[redacted]" }
func (s Secret) Format(f fmt.State, _ rune)   { fmt.Fprint(f, "[redacted]") }
func (s Secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }
func (s Secret) MarshalYAML() (any, error)    { return "[redacted]", nil }

// UnmarshalYAML keeps the reference; resolve gives it its value, so that the
// error for a missing file can name where it was asked for.
func (s *Secret) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: expected ${env:NAME}, ${file:PATH} or a value", n.Line)
	}
	s.ref = n.Value
	return nil
}

var reference = regexp.MustCompile(`\$\{(env|file):([^}]+)\}`)

// resolve reads what the reference points to; relative files are relative to
// dir, the directory of arxctl.yaml.
func (s *Secret) resolve(dir string, env func(string) (string, bool)) error {
	var failed error
	s.value = reference.ReplaceAllStringFunc(s.ref, func(m string) string {
		part := reference.FindStringSubmatch(m)
		if part[1] == "env" {
			v, ok := env(part[2])
			if !ok && failed == nil {
				failed = fmt.Errorf("%s: the environment variable %s is not set", m, part[2])
			}
			return v
		}
		path := part[2]
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		b, err := os.ReadFile(path)
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: cannot read the file: %w", m, err)
		}
		return strings.TrimRight(string(b), "\r\n")
	})
	return failed
}
