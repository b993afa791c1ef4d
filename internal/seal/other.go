package seal

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// otherwise is what a file says of itself that it is, where that is plainly no run:
// whole JSON that names its own format. Empty of a run, of what may be a part of one
// or a damaged one, and of what says nothing of itself.
func otherwise(path string) string {
	b, err := ReadAtMost(path, maxRunFile)
	if err != nil {
		return ""
	}
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '[' {
		var list []map[string]json.RawMessage
		if json.Unmarshal(b, &list) == nil && len(list) > 0 && list[0]["class_uid"] != nil {
			return "a list of OCSF events"
		}
		return ""
	}
	var top map[string]json.RawMessage
	if json.Unmarshal(b, &top) != nil || top["index"] != nil || top["records"] != nil {
		return ""
	}
	for _, name := range []string{"$schema", "schema", "mediaType"} {
		var is string
		if json.Unmarshal(top[name], &is) == nil && is != "" && !strings.HasPrefix(is, "arxctl.run/") {
			if len(is) > 80 {
				is = is[:80]
			}
			return strconv.Quote(is)
		}
	}
	if top["assessment-results"] != nil {
		return "OSCAL assessment results"
	}
	return ""
}
