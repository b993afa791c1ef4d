package auditlog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/checks/auditlog/plpgsql"
)

var (
	// kept aside: copies that nobody relies on to be the record
	asideName = regexp.MustCompile(`(?i)archiv|(^|_)(old|bak|backup|copy|tmp|temp|stag(e|ing)|import|snapshots?|templates?|detached|cache|summary|stats?|daily|monthly|lookup|codes?)(_|\d|$)`)
	// columns of rows that live on: a queue, a case, an object
	liveName = regexp.MustCompile(`(?i)^(status|state|enabled|active|version|retries|attempts|progress|priority)$|^(is|has|next|last|locked|claimed|deleted|archived|processed|finished|completed|resolved|acknowledged|closed|sent|published|expires?|expired|ended|revoked|due|assigned)(_.*)?$`)
	// words of a person about a table
	appendOnly = regexp.MustCompile(`(?i)append.?only|immutab|tamper|never (be )?(changed|updated|deleted|modified)|audit`)
)

// forgotten returns tables without any guard that were meant to be guarded as
// others are: beside guarded tables in a schema that is there for audit, in the
// columns of a guarded table, or with the remains of a guard that was taken
// away. An archive, a lookup table or a queue is none of these, and a name
// alone is no reason.
func (cat *catalogue) forgotten(roots, counted []*table) []*table {
	guarded := slices.DeleteFunc(slices.Clone(counted), func(t *table) bool { return cat.guardEvidence(t) < 4 })
	if len(guarded) == 0 {
		return nil
	}
	var out []*table
	for _, t := range roots {
		if slices.Contains(counted, t) || !t.Insert || !appendShape(t) || around.MatchString(t.Name) || asideName.MatchString(t.Name) {
			continue
		}
		if why := cat.meant(t, guarded, roots); why != "" {
			t.because = why
			out = append(out, t)
		}
	}
	return out
}

// meant says why the table should be guarded like those that are; "" where
// nothing tells.
func (cat *catalogue) meant(t *table, guarded, roots []*table) string {
	for _, g := range guarded {
		if alike(g, t) {
			return fmt.Sprintf("it has the columns of %s, which is guarded, and the application writes to it", g)
		}
		if hinted.MatchString(t.Name) && resemblance(g, t) >= 0.75 {
			return fmt.Sprintf("its name, and most of its columns, are those of an audit table like %s, which is guarded", g)
		}
		if fn := sharedStamp(g, t); fn != nil {
			return fmt.Sprintf("%s stamps its rows as it does those of %s, which is guarded", fn, g)
		}
	}
	if cat.state(t, "TRUNCATE", bitTruncate).refused {
		return "a trigger refuses TRUNCATE of it, as one does on an append-only table"
	}
	if hinted.MatchString(t.Name) && appendOnly.MatchString(t.Comment) {
		return "its comment says that it is append-only"
	}
	for _, f := range cat.orphans {
		if hinted.MatchString(t.Name) && aboutTable(f, t) {
			return fmt.Sprintf("%s was written to guard it, and no trigger calls it", f)
		}
	}
	lives := func(g *table) bool { // a column of rows that live on, which no guarded table has
		return slices.ContainsFunc(t.Columns, func(c column) bool {
			_, has := g.column(c.Name)
			return !has && liveName.MatchString(c.Name)
		})
	}
	beside := 0
	best := (*table)(nil)
	for _, g := range guarded {
		if g.Schema == t.Schema {
			beside++
			if best == nil || resemblance(g, t) > resemblance(best, t) {
				best = g
			}
		}
	}
	if best == nil || lives(best) {
		return ""
	}
	others := 0 // unguarded tables of the schema that the application writes
	for _, r := range roots {
		if r.Schema == t.Schema && r.Insert && !slices.Contains(guarded, r) {
			others++
		}
	}
	if strong.MatchString(t.Schema) || beside >= 2 && others <= beside/2 && resemblance(best, t) >= 0.75 {
		return fmt.Sprintf("it stands beside %d guarded audit tables in schema %s, in a shape like that of %s", beside, ident(t.Schema), best)
	}
	return ""
}

// resemblance is the part of the larger table's columns that both have, by name
// and type.
func resemblance(a, b *table) float64 {
	same := 0
	for _, c := range a.Columns {
		if o, ok := b.column(c.Name); ok && o.Type == c.Type {
			same++
		}
	}
	if same < 4 {
		return 0
	}
	return float64(same) / float64(max(len(a.Columns), len(b.Columns)))
}

// sharedStamp returns a function that fills in new rows of both tables and is
// there for such tables: its name tells of an audit log or of a chain.
func sharedStamp(a, b *table) *function {
	for _, g := range a.Triggers {
		if !g.on(bitInsert) || !g.before() || g.Type&(bitUpdate|bitDelete) != 0 || !strong.MatchString(g.Fn.Name) && !strings.Contains(strings.ToLower(g.Fn.Name), "chain") {
			continue
		}
		if slices.ContainsFunc(b.Triggers, func(o trigger) bool { return o.on(bitInsert) && o.before() && o.Fn.OID == g.Fn.OID }) {
			return g.Fn
		}
	}
	return nil
}

// aboutTable reports whether a trigger function that no trigger calls is a guard
// of this table: it does nothing but refuse, and names the table.
func aboutTable(f *function, t *table) bool {
	if f.body == nil || busy.MatchString(f.Source) {
		return false
	}
	if !strings.Contains(strings.ToLower(f.Name), strings.ToLower(t.Name)) && !plpgsql.Mentions(f.Source, t.Name) {
		return false
	}
	g := trigger{Type: bitRow | bitBefore, Fn: f}
	return f.body.Decide(g.context(t, "DELETE", nil)).Refuses
}
