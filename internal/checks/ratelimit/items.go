package ratelimit

import (
	"encoding/json"
	"maps"
	"slices"
)

// items returns the rows of a list answer as JSON text: the answer itself when
// it is an array, else the longest array that an object of it holds, at most
// two levels down, as {"data": [...]} or {"result": {"items": [...]}}.
func items(body []byte) []string { return rows(body, 2) }

func rows(body []byte, depth int) []string {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil {
		out := make([]string, len(list))
		for i, r := range list {
			out[i] = string(r)
		}
		return out
	}
	var object map[string]json.RawMessage
	if depth == 0 || json.Unmarshal(body, &object) != nil {
		return nil
	}
	var longest []string
	for _, k := range slices.Sorted(maps.Keys(object)) {
		if r := rows(object[k], depth-1); len(r) > len(longest) {
			longest = r
		}
	}
	return longest
}
