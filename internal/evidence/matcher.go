package evidence

import (
	"encoding/json"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
)

// Matcher says what an observation wanted. It is data, so that a stored
// observation can be judged again by a reader who has only the run.
//
// Ops: equals (string), one-of ([]string), at-most and at-least (integer),
// between ([low, high]), absent (Got must be empty), matches (RE2).
type Matcher struct {
	Op    string `json:"op"`
	Value any    `json:"value,omitempty"`
}

// Equals wants Got to be exactly s.
func Equals(s string) Matcher { return Matcher{"equals", s} }

// OneOf wants Got to be one of the given strings.
func OneOf(s ...string) Matcher { return Matcher{"one-of", s} }

// AtMost wants Got to be an integer no larger than n.
func AtMost(n int64) Matcher { return Matcher{"at-most", n} }

// AtLeast wants Got to be an integer no smaller than n.
func AtLeast(n int64) Matcher { return Matcher{"at-least", n} }

// Between wants Got to be an integer in [low, high].
func Between(low, high int64) Matcher { return Matcher{"between", []int64{low, high}} }

// Absent wants Got to be empty.
func Absent() Matcher { return Matcher{Op: "absent"} }

// Matches wants Got to match the regular expression (RE2 syntax).
func Matches(re string) Matcher { return Matcher{"matches", re} }

// Met reports whether got satisfies the matcher. A matcher that cannot be
// evaluated (unknown op, wrong value) is an error and never met.
func (m Matcher) Met(got string) (bool, error) {
	switch m.Op {
	case "equals":
		s, ok := m.Value.(string)
		if !ok {
			return false, m.bad("a string")
		}
		return got == s, nil
	case "one-of":
		list, err := m.stringsValue()
		if err != nil {
			return false, err
		}
		for _, s := range list {
			if got == s {
				return true, nil
			}
		}
		return false, nil
	case "at-most", "at-least":
		bound, err := integer(m.Value)
		if err != nil {
			return false, m.bad("an integer")
		}
		n, err := strconv.ParseInt(got, 10, 64)
		if err != nil {
			return false, nil // not a number: unmet, as any other surprise
		}
		if m.Op == "at-most" {
			return n <= bound, nil
		}
		return n >= bound, nil
	case "between":
		low, high, err := m.bounds()
		if err != nil {
			return false, err
		}
		n, err := strconv.ParseInt(got, 10, 64)
		return err == nil && low <= n && n <= high, nil
	case "absent":
		return got == "", nil
	case "matches":
		s, ok := m.Value.(string)
		if !ok {
			return false, m.bad("a regular expression")
		}
		re, err := compile(s)
		if err != nil {
			return false, fmt.Errorf("matcher %q: %w", s, err)
		}
		return re.MatchString(got), nil
	}
	return false, fmt.Errorf("matcher: unknown op %q, expected equals, one-of, at-most, at-least, between, absent or matches", m.Op)
}

// maxPattern and maxRepeat bound a regular expression, which comes with a
// stranger's run: a short one that counts, as (.{900}){9}, compiles into a long
// program, and a run has room for a million of them.
const (
	maxPattern = 256 // bytes
	maxRepeat  = 64
)

func compile(pattern string) (*regexp.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, fmt.Errorf("expected at most %d bytes, got %d", maxPattern, len(pattern))
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if n := repeats(tree); n > maxRepeat {
		return nil, fmt.Errorf("expected to repeat a thing at most %d times, got %d", maxRepeat, n)
	}
	return regexp.Compile(pattern)
}

// repeats is how often the counted repetitions of an expression, within each
// other, repeat its innermost part at most.
func repeats(re *syntax.Regexp) int {
	inner := 1
	for _, sub := range re.Sub {
		inner = max(inner, repeats(sub))
	}
	if re.Op == syntax.OpRepeat {
		inner *= max(re.Min, re.Max, 1)
	}
	return inner
}

// String renders the matcher for a person: "at most 60", "one of a, b".
func (m Matcher) String() string {
	switch m.Op {
	case "equals":
		return fmt.Sprint(m.Value)
	case "one-of":
		if list, err := m.stringsValue(); err == nil {
			return "one of " + strings.Join(list, ", ")
		}
	case "at-most":
		return fmt.Sprintf("at most %s", number(m.Value))
	case "at-least":
		return fmt.Sprintf("at least %s", number(m.Value))
	case "between":
		if low, high, err := m.bounds(); err == nil {
			return fmt.Sprintf("between %d and %d", low, high)
		}
	case "absent":
		return "nothing"
	case "matches":
		return fmt.Sprintf("text matching %v", m.Value)
	}
	return m.Op
}

func (m Matcher) bad(want string) error {
	return fmt.Errorf("matcher %s: expected %s, got %T", m.Op, want, m.Value)
}

func (m Matcher) stringsValue() ([]string, error) {
	switch v := m.Value.(type) {
	case []string:
		return v, nil
	case []any:
		out := make([]string, 0, len(v))
		for _, x := range v {
			s, ok := x.(string)
			if !ok {
				return nil, m.bad("a list of strings")
			}
			out = append(out, s)
		}
		return out, nil
	}
	return nil, m.bad("a list of strings")
}

func (m Matcher) bounds() (low, high int64, err error) {
	switch v := m.Value.(type) {
	case []int64:
		if len(v) == 2 {
			return v[0], v[1], nil
		}
	case []any:
		if len(v) == 2 {
			if low, err = integer(v[0]); err == nil {
				if high, err = integer(v[1]); err == nil {
					return low, high, nil
				}
			}
		}
	}
	return 0, 0, m.bad("two integers")
}

// integer accepts what a matcher holds before and after a trip through JSON.
func integer(v any) (int64, error) {
	switch n := v.(type) {
	case int64:
		return n, nil
	case int:
		return int64(n), nil
	case float64:
		if n == float64(int64(n)) {
			return int64(n), nil
		}
	case json.Number:
		return n.Int64()
	}
	return 0, fmt.Errorf("not an integer: %v", v)
}

func number(v any) string {
	if n, err := integer(v); err == nil {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprint(v)
}
