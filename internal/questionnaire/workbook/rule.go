package workbook

import (
	"fmt"
	"strconv"
)

// compare holds a length against the rule's bounds; known is false where a bound
// is not a plain number.
func (v validation) compare(n int) (ok, known bool) {
	a, err := strconv.Atoi(v.formula)
	if err != nil {
		return false, false
	}
	switch v.op {
	case "equal":
		return n == a, true
	case "notEqual":
		return n != a, true
	case "greaterThan":
		return n > a, true
	case "greaterThanOrEqual":
		return n >= a, true
	case "lessThan":
		return n < a, true
	case "lessThanOrEqual":
		return n <= a, true
	}
	b, err := strconv.Atoi(v.second)
	if err != nil {
		return false, false
	}
	return (n >= a && n <= b) != (v.op == "notBetween"), true
}

func (v validation) bounds() string {
	words := map[string]string{"equal": "exactly", "notEqual": "other than", "greaterThan": "over", "greaterThanOrEqual": "at least", "lessThan": "under", "lessThanOrEqual": "at most"}
	if w, ok := words[v.op]; ok {
		return w + " " + v.formula
	}
	if v.op == "notBetween" {
		return fmt.Sprintf("not from %s to %s", v.formula, v.second)
	}
	return fmt.Sprintf("from %s to %s", v.formula, v.second)
}
