package questionnaire

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

// placeholder is [name]: lower-case words joined by hyphens, in brackets.
var placeholder = regexp.MustCompile(`\[([^\[\]]*)\]`)

// pathLike finds text that names a file, which no buyer should have to read: a
// name with a known ending, or a path from a root or with a file at its end.
var pathLike = regexp.MustCompile(`(?i)(^|[\s("'])(\.{0,2}/[\w.-]+|[\w.-]+/[\w./-]*\.[a-z]{1,5}\b|[\w-]+\.(go|py|js|ts|sql|ya?ml|json|md|sh|tf|toml|txt|pdf|html?)\b)`)

// resolver replaces placeholders by the customer's values and collects those
// that it could not.
type resolver struct {
	customer Customer
	open     bool     // a variable without a value is no finding
	missing  []string // then: their names, each once
	found    yamldoc.Findings
}

func (r *resolver) text(s, question string, at yamldoc.At, field string) string {
	return placeholder.ReplaceAllStringFunc(s, func(m string) string {
		name := m[1 : len(m)-1]
		value := strings.TrimSpace(r.customer.Variables[name])
		if value == "" && r.open {
			if !slices.Contains(r.missing, name) {
				r.missing = append(r.missing, name)
			}
			return m
		}
		if value == "" {
			where := "question " + question
			if question == "" {
				where = "the document"
			}
			r.found = append(r.found, yamldoc.Finding{File: at.File, Line: at.Of(field), Field: field,
				Message: fmt.Sprintf("%s needs the customer variable %s, which has no value; add it to the customer file: variables: {%s: ...}", where, name, name)})
			return m
		}
		return value
	})
}

// placeholders returns the names used in a text, in order, each once.
func placeholders(s string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}
