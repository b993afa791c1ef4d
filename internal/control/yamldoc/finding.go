package yamldoc

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Finding is one thing wrong with a file that a person wrote.
type Finding struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"` // 0 when the file as a whole is meant
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

// Error renders the finding as "file:line: field: message".
func (f Finding) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	b.WriteString(": ")
	if f.Field != "" {
		b.WriteString(f.Field + ": ")
	}
	b.WriteString(f.Message)
	return b.String()
}

// Findings is every finding of one pass, as an error.
type Findings []Finding

// Error puts one finding on each line.
func (f Findings) Error() string {
	lines := make([]string, len(f))
	for i, x := range f {
		lines[i] = x.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns nil when there is no finding, else the findings ordered by file,
// line, field and message, each once.
func (f Findings) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f.Sorted()
}

// Sorted returns the findings ordered by file, line, field and message, each once.
func (f Findings) Sorted() Findings {
	out := slices.Clone(f)
	slices.SortFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(out)
}

// Of returns the findings that an error carries; an error of another kind
// becomes one finding without a line.
func Of(err error) Findings {
	if err == nil {
		return nil
	}
	var list Findings
	if errors.As(err, &list) {
		return list
	}
	var one Finding
	if errors.As(err, &one) {
		return Findings{one}
	}
	return Findings{{Message: err.Error()}}
}
