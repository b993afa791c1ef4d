package auditlog

import (
	"regexp"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/checks/auditlog/plpgsql"
)

// guardSwitches are words by which a function's body takes guards or rows away.
var guardSwitches = []string{"session_replication_role", "disable trigger", "drop trigger", "drop table", "detach partition", "truncate", "drop function", "no inherit", "drop column"}

// byCaller is one of them whose table is not written down but put together,
// with the schema where that is written down.
var byCaller = regexp.MustCompile(`(drop table|detach partition|truncate table|truncate|alter table)(?: if exists)?(?: only)? (?:"?([a-z_][a-z0-9_$]*)"?\.)?(?:%|' ?\|\|)`)

// switchesIn returns those of them that the body uses about the table.
func switchesIn(f *function, tree []*table) []string {
	var out []string
	low := strings.ToLower(strings.Join(strings.Fields(f.Source), " "))
	about := slices.ContainsFunc(tree, func(t *table) bool { return plpgsql.Mentions(f.Source, t.Name) })
	if !about {
		about = slices.ContainsFunc(byCaller.FindAllStringSubmatch(low, -1), func(m []string) bool {
			return m[2] == "" || slices.ContainsFunc(tree, func(t *table) bool { return strings.EqualFold(t.Schema, m[2]) })
		}) && slices.ContainsFunc(tree, func(t *table) bool { return t.Owner == f.Owner || t.SchemaOwner == f.Owner })
	}
	for _, w := range guardSwitches {
		if strings.Contains(low, w) && (about || w == "session_replication_role") {
			out = append(out, w)
		}
	}
	if about && strings.Contains(low, "alter table") && !strings.Contains(low, "create table") { // who creates partitions may give them away
		for _, w := range []string{"owner to", "rename to", "set schema"} {
			if strings.Contains(low, w) {
				out = append(out, "alter table "+w)
			}
		}
	}
	for _, c := range f.Config {
		if strings.HasPrefix(c, "session_replication_role=") {
			out = append(out, "SET "+c)
		}
	}
	return out
}
