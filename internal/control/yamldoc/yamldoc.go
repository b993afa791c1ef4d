// Package yamldoc decodes the YAML files that people write by hand (controls,
// attestations, questionnaires, customer) strictly: every error names file,
// line and field, and every decoded block remembers where it stood.
package yamldoc

import (
	"fmt"
	"time"
)

// At is where a block stood. A struct with a field At of this type gets it
// filled in when it is decoded.
type At struct {
	File   string
	Line   int
	Fields map[string]int // line of each field that was given
}

// Of returns the line of a field, or the line of the block when the field was
// not given.
func (a At) Of(field string) int {
	if n, ok := a.Fields[field]; ok {
		return n
	}
	return a.Line
}

// Date is a calendar day, written as 2006-01-02, at midnight UTC.
type Date struct{ time.Time }

func (d Date) String() string { return d.Format(time.DateOnly) }

// Days is a length of time in whole days, written as 30d.
type Days int

func (d Days) String() string { return fmt.Sprintf("%dd", int(d)) }

// Texts is one text or a list of them.
type Texts []string

// Pair is one line of a table: a name of the writer's own and one value or
// several. A field of type []Pair takes a table and keeps its order.
type Pair struct {
	Name   string
	Values Texts
	File   string
	Line   int
}
