package questionnaire

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
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
	lacks    []string // names of the variables that a text was held for, each once
	found    yamldoc.Findings
}

func (r *resolver) text(s, question string, at yamldoc.At, field string) string {
	return placeholder.ReplaceAllStringFunc(s, func(m string) string {
		name := m[1 : len(m)-1]
		value := strings.TrimSpace(r.customer.Variables[name])
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

// held is text, or, where a variable in it has no value, a sentence that begins
// with what it would have been and names what is missing.
func (r *resolver) held(s, what string) (string, []string) {
	var missing []string
	for _, name := range placeholders(s) {
		if strings.TrimSpace(r.customer.Variables[name]) == "" {
			missing = append(missing, name)
			if !slices.Contains(r.lacks, name) {
				r.lacks = append(r.lacks, name)
			}
		}
	}
	if len(missing) > 0 {
		return what + " needs " + variables(missing) + ".", missing
	}
	return r.text(s, "", yamldoc.At{}, ""), nil
}

// variables names customer variables without a value.
func variables(names []string) string {
	if len(names) == 1 {
		return "the customer variable " + names[0] + ", which has no value"
	}
	return "the customer variables " + strings.Join(names, " and ") + ", which have no value"
}

// wait holds an answer that would say something with a variable in it that has no
// value. A No that a check or our own plan gives stays, so that a Yes that somebody
// gave is still told from it; so does what is blank already.
func (ans *Answer) wait(lacks []string, x Question) {
	slices.Sort(lacks)
	lacks = slices.Compact(lacks)
	if len(lacks) == 0 {
		return
	}
	switch ans.Status {
	case control.Planned:
		ans.Lacks = lacks
		add(&ans.Details, "It needs "+variables(lacks)+", too")
	case control.Proven, control.Attested, control.NotApplicable:
		ans.Lacks, ans.Status, ans.Value = lacks, control.Unproven, ""
		ans.Sentence = fitting("Not answered: what we say to it needs "+variables(lacks)+".", "Not answered: what we say to it needs customer variables that have no value.")
		ans.Gap = &Gap{Owner: orElse(orElse(ans.Owner(), x.SuggestedOwner), "not assigned"), Need: "a value for " + strings.Join(lacks, " and ") + " among the customer's variables"}
	default:
		add(&ans.Details, "It needs "+variables(lacks)+", too")
	}
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
