package auditlog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
)

// anchor is a chain's head as an earlier run recorded it; it must still be there.
type anchor struct {
	order, hash string
	count       int64  // rows of the chain up to it
	raw         []byte // order, as rows carry it
	met         bool
	at          int64  // rows of the chain up to it now
	now         string // its hash now, where that is another
}

// wrong says what became of an old head that is still there; "" when nothing.
func (o *anchor) wrong() string {
	switch {
	case o.now != "":
		return fmt.Sprintf("row %s now has another hash", o.order)
	case o.at != o.count:
		return fmt.Sprintf("row %s was number %d and is now number %d", o.order, o.count, o.at)
	}
	return ""
}

// earlier is what the run given with --since recorded.
type earlier struct {
	heads  map[string]string // by fact key, without "head:"
	tables []string          // the tables that it followed; nil where it does not say
}

// factTable, before a table's name, says that a run followed its chains: where
// it followed several tables, each head's key starts with its table.
const factTable = "chained:"

// since returns the heads to compare with, nil without --since. A run that
// cannot be compared with is an error: nothing compared must not look like
// nothing lost.
func (s *session) since(ctx context.Context) (*earlier, error) {
	run := s.st.Since
	if run == nil {
		return nil, nil
	}
	here := s.st.Identity(ctx).Identity
	for _, k := range []struct{ key, what string }{{"db.system_identifier", "system identifier"}, {"db.database", "database"}} {
		was, is := run.Stack.Identity[k.key], here[k.key]
		if was != "" && is != "" && was != is {
			return nil, fmt.Errorf("the earlier run looked at another database (%s %s, here %s); give --since a run of this one", k.what, was, is)
		}
	}
	old := &earlier{heads: map[string]string{}}
	if e, ok := run.Find("auditlog.chain"); ok {
		for key, value := range e.Facts {
			if per, ok := strings.CutPrefix(key, "head:"); ok && parseHead(value) != nil {
				old.heads[per] = value
			}
			if name, ok := strings.CutPrefix(key, factTable); ok {
				old.tables = append(old.tables, name)
			}
		}
	}
	if len(old.heads) == 0 {
		return nil, errors.New("the run given with --since holds no chain heads (facts head:... of auditlog.chain); give a run in which auditlog.chain followed the chains")
	}
	return old, nil
}

// parseHead reads order:hash:count, where order may hold colons; nil when it is
// no head of a chain with rows.
func parseHead(value string) *anchor {
	i := strings.LastIndex(value, ":")
	if i < 0 {
		return nil
	}
	j := strings.LastIndex(value[:i], ":")
	n, err := strconv.ParseInt(value[i+1:], 10, 64)
	if err != nil || n <= 0 || j < 0 {
		return nil
	}
	return &anchor{order: value[:j], hash: value[j+1 : i], count: n}
}

// of takes the heads of one table out, by chain. prefix is what this run's keys
// start with, for a run that does not say which tables it followed.
func (old *earlier) of(t *table, prefix string) map[string]anchor {
	out := map[string]anchor{}
	if old == nil {
		return out
	}
	switch {
	case len(old.tables) == 1 && old.tables[0] == t.String():
		prefix = ""
	case len(old.tables) == 1:
		return out // all of it was another table's
	case len(old.tables) > 1:
		prefix = t.String() + ":"
	}
	for _, key := range slices.Collect(maps.Keys(old.heads)) {
		if per, ok := strings.CutPrefix(key, prefix); ok {
			out[per] = *parseHead(old.heads[key])
			delete(old.heads, key)
		}
	}
	return out
}

// reportAnchor compares a chain with its head in the earlier run.
func (s *session) reportAnchor(unit string, c *chain) {
	o := c.old
	if o == nil {
		return
	}
	got := o.wrong()
	if !o.met {
		got = fmt.Sprintf("row %s, the head of the earlier run after %d rows, is gone", o.order, o.count)
	}
	via := fmt.Sprintf("--since: head %s:%s:%d", o.order, o.hash, o.count)
	s.rec.Sight(unit, "heads of the earlier run to compare with", via, evidence.AtLeast(1), "1")
	if o.met && o.now == "" && got != "" && c.cut {
		s.rec.Advice(unit, "the earlier run's head stands after the same number of rows", via, evidence.Absent(), got)
		got = ""
	}
	s.rec.Claim(unit, "the head of the earlier run is still there, at the same place", via, evidence.Absent(), got)
}

// reportUnfollowed: what the earlier run followed, this one could not.
func (s *session) reportUnfollowed(t *table, prefix string, old map[string]anchor) {
	for _, per := range slices.Sorted(maps.Keys(old)) {
		s.rec.Blind(t.String(), "the head of the earlier run is still there, for chain "+per, fmt.Sprintf("--since: head:%s%s", prefix, per), "how its chain is computed and ordered is not known any more; to see this: give db.audit.chain")
	}
}

// reportLost names chains of the earlier run of which no row is left.
func (s *session) reportLost(t *table, prefix string, old map[string]anchor, partial bool) {
	for _, per := range slices.Sorted(maps.Keys(old)) {
		unit := fmt.Sprintf("%s chain of %s", t, per)
		s.rec.Population("hash chains", unit)
		via := fmt.Sprintf("--since: head:%s%s", prefix, per)
		if partial {
			s.rec.Blind(unit, "the head of the earlier run is still there", via, "its rows are not visible to the application's tenants; to see this: give db.reader")
			continue
		}
		s.rec.Claim(unit, "the head of the earlier run is still there", via, evidence.Absent(), "no row of this chain is left")
	}
}

// reportUnclaimed names heads of the earlier run for which there is no chained
// table any more.
func (s *session) reportUnclaimed(old *earlier) {
	if old == nil {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(old.heads)) {
		unit := "chain of the earlier run " + key
		s.rec.Population("hash chains", unit)
		s.rec.Claim(unit, "the head of the earlier run is still there", "--since: head:"+key+" "+old.heads[key], evidence.Absent(), "no table with such a chain is left, or it has another name")
	}
}
