package layout

import (
	"regexp"
	"strings"
)

// leading is the number that a text begins with.
var leading = regexp.MustCompile(`^\s*(\d+(?:\.\d+)*)[.):]?\s+\S`)

// refersBack begins a question that the row above it is a part of: a heading is none.
var refersBack = regexp.MustCompile(`(?i)^\W*(?:[\d.]+\W+)?(?:if|and|or|which|what|when|where|who|how|why|describe|explain|please|(?:is|are|was|were|has|have|does|do|did|can|will)\s+(?:it|its|they|their|this|these|that|those))\b`)

// number is that of a row: its ID, or what its question begins with.
func (l line) number() string {
	n := l.ID
	if n == "" {
		if m := leading.FindStringSubmatch(l.Question); m != nil {
			n = m[1]
		}
	} else if !l.numbered() {
		return ""
	}
	return strings.TrimSuffix(strings.TrimRight(n, ".:)"), ".0")
}

// heads reports whether the first of some rows is no question but the heading of
// those that follow: it is short, asks nothing and has no place for an answer of its
// own shape, while two or more rows are numbered below it, and each of them asks
// something by itself. "Encryption", and below it "Which algorithm is used?", is a
// question: in doubt a row stays one.
func heads(lines []line) bool {
	l := lines[0]
	own := l.number()
	if own == "" || !short(l.Question) || asks(l.Question) || l.states || l.offers() || l.more || l.answered() || l.shared != "" || l.Doubt != "" || caiqID.MatchString(l.ID) || hecvatID.MatchString(l.ID) {
		return false
	}
	below := 0
	for _, x := range lines[1:] {
		n := x.number()
		if n == "" && strings.TrimSpace(x.Question) == "" {
			continue
		}
		if !strings.HasPrefix(n, own+".") && !strings.HasPrefix(n, own+"-") {
			break
		}
		if !asks(x.Question) || refersBack.MatchString(x.Question) {
			return false
		}
		below++
	}
	return below > 1
}
