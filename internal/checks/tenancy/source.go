package tenancy

import "regexp"

// raises finds a RAISE that ends in an exception in the source of a function.
var raises = regexp.MustCompile(`(?is)\braise\s+(exception|sqlstate|using\b|'|unique_violation|check_violation|insufficient_privilege|raise_exception|restrict_violation|integrity_constraint_violation|object_not_in_prerequisite_state|read_only_sql_transaction|feature_not_supported)`)

// quoted finds the literals of a source text.
var quoted = regexp.MustCompile(`'((?:[^']|'')*)'`)

// quotedAfter matches a quoted word after a prefix.
func quotedAfter(prefix string) *regexp.Regexp {
	return regexp.MustCompile(prefix + `'((?:[^']|'')+)'`)
}
