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
	ref   string   // as written in arxctl.yaml, safe to show when it is a reference
	value string   // with every reference replaced
	parts []string // what each reference in it stood for
}

// NewSecret wraps a value that did not come from a file or the environment.
func NewSecret(value string) Secret { return Secret{value: value} }

// Resolve reads a secret as arxctl.yaml would have it written: a value, or a
// reference, whose file is relative to dir. The error names no value.
func Resolve(text, dir string, env func(string) (string, bool)) (Secret, error) {
	s := Secret{ref: text}
	err := s.resolve(dir, env)
	return s, err
}

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

var (
	reference    = regexp.MustCompile(`\$\{(env|file):([^}]+)\}`)
	anyReference = regexp.MustCompile(`\$\{[^}]*\}`)
)

// resolve reads what the reference points to; relative files are relative to
// dir, the directory of arxctl.yaml. A reference that stands for nothing is an
// error: an empty DSN, say, would quietly mean whatever database the libpq
// variables name.
func (s *Secret) resolve(dir string, env func(string) (string, bool)) (err error) {
	s.value, s.parts, err = expand(s.ref, dir, env)
	return err
}

// expand replaces every reference in text, and also returns what each stood for.
func expand(text, dir string, env func(string) (string, bool)) (value string, parts []string, failed error) {
	if odd := anyReference.FindString(reference.ReplaceAllString(text, "")); odd != "" {
		return "", nil, fmt.Errorf("%s: expected ${env:NAME} or ${file:PATH}", odd)
	}
	value = reference.ReplaceAllStringFunc(text, func(m string) string {
		part := reference.FindStringSubmatch(m)
		v, err := lookUp(part[1], part[2], dir, env)
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", m, err)
		}
		parts = append(parts, v)
		return v
	})
	return value, parts, failed
}

func lookUp(kind, name, dir string, env func(string) (string, bool)) (string, error) {
	if kind == "env" {
		v, ok := env(name)
		if !ok {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
		if strings.TrimSpace(v) == "" {
			return "", fmt.Errorf("the environment variable %s is empty", name)
		}
		return v, nil
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("cannot read the file: %w", err)
	}
	v := strings.TrimRight(string(b), "\r\n")
	if strings.TrimSpace(v) == "" {
		return "", fmt.Errorf("the file is empty")
	}
	return v, nil
}
