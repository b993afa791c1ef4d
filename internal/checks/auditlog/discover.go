package auditlog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/checks/auditlog/plpgsql"
)

// What a name may hint at; a hint alone never makes a table an audit table
// where another one is guarded.
const (
	nameHint   = `audit|ledger|journal|histor|trail|activit|(event|access|change|security|action|operation|transaction|admin).*(log|stream|record)|(^|_)(logs?|events?|entries)$`
	strongName = `audit`
	// tables around an audit log that are not one
	aroundName = `(?i)(settings?|configs?|configurations?|polic(y|ies)|rules?|types?|subscriptions?|exports?|jobs?|schedules?|reports?|queries|filters?|sinks?|destinations?|cursors?|heads?|anchors?|users?|auditors?|outbox|state|status)$`
)

var (
	hinted    = regexp.MustCompile(`(?i)` + nameHint)
	strong    = regexp.MustCompile(`(?i)` + strongName)
	around    = regexp.MustCompile(aroundName)
	immutable = regexp.MustCompile(`(?i)immutab|append.?only|tamper|audit|worm|read.?only|no_?(update|delete|mutat|truncate|change|modif|edit)|(prevent|forbid|block|deny|reject|refuse|protect|guard).*|not (be )?(allowed|permitted|modif|chang|updat|delet)|cannot`)
	busy      = regexp.MustCompile(`(?i)\b(insert|update|delete\s+from|perform|execute|call|notify)\b\s|\bnew\s*\.\s*\w+\s*:?=[^=]`)
	clocklike = regexp.MustCompile(`(?i)(_at|_on|_time|time|date|ts|stamp|when|occurred|created|logged|recorded)$|^(at|ts|time|when)`)
	edited    = regexp.MustCompile(`(?i)^(updated|modified|changed|last_\w*(updated|modified|changed))(_?(at|on|time|date))?$`)
	whowhat   = regexp.MustCompile(`(?i)actor|user|who|principal|subject|action|event|operation|^op$|verb|activity|message|payload|details?|hash|amount|entry|verdict|what|body|data`)
)

// auditTables returns the roots of what this check family looks at: what
// arxctl.yaml names, else every table with a guard against changes, a hash
// chain, or the name and shape of an audit table. because says why for each.
func (cat *catalogue) auditTables(configured string) ([]*table, error) {
	var roots []*table
	for _, t := range cat.tables {
		if t.parent == nil {
			roots = append(roots, t)
		}
	}
	if configured != "" {
		for _, t := range cat.tables {
			if named(t, configured) {
				t.because = "named by db.audit.table"
				return []*table{t.root()}, nil
			}
		}
		return nil, fmt.Errorf("db.audit.table: there is no table %s that the application's role can find; expected schema.table as the catalogue spells it", configured)
	}
	var guarded, named, hintedAt []*table
	for _, t := range roots {
		evidence := cat.guardEvidence(t)
		isNamed := strong.MatchString(t.Name) || strong.MatchString(t.Schema) && hinted.MatchString(t.Name)
		shape := appendShape(t)
		switch {
		case evidence >= 4, evidence >= 2 && (isNamed || shape), chained(t) && (evidence > 0 || shape):
			t.because = "triggers, rules or a hash chain tell of an append-only table"
			guarded = append(guarded, t)
		case isNamed && shape && !around.MatchString(t.Name):
			t.because = "its name and columns are those of an audit table"
			named = append(named, t)
		case hinted.MatchString(t.Name) && shape && !around.MatchString(t.Name) && t.Insert:
			t.because = "its name and columns hint at an append-only record, and no other table is guarded"
			hintedAt = append(hintedAt, t)
		}
	}
	// A look-alike of another one that the application does not write to, and
	// that is not guarded whole, is a detached partition or an archive: coverage
	// reports it.
	all := slices.Concat(guarded, named)
	beside := func(t *table) bool {
		return !t.Insert && cat.guardEvidence(t) < 4 && slices.ContainsFunc(all, func(g *table) bool { return alike(g, t) && (g.Insert || len(g.children) > 0) })
	}
	if all = slices.DeleteFunc(slices.Clone(all), beside); len(all) > 0 {
		return append(all, cat.forgotten(roots, all)...), nil
	}
	return hintedAt, nil
}

func named(t *table, configured string) bool {
	bare := strings.ReplaceAll(configured, `"`, "")
	return t.String() == configured || t.Schema+"."+t.Name == bare || t.Name == bare
}

// guardEvidence weighs signs of a guard over the whole tree: 2 for each of
// UPDATE, DELETE and TRUNCATE that a trigger always refuses, or refuses unless
// the session says otherwise; 1 where only names tell of it.
func (cat *catalogue) guardEvidence(root *table) int {
	best := map[string]int{}
	for _, t := range root.tree() {
		for _, g := range t.Triggers {
			for _, op := range opBits {
				if g.on(op.bit) {
					best[op.name] = max(best[op.name], cat.weigh(t, g, op.name))
				}
			}
		}
		for _, r := range t.Rules {
			if r.Instead && strings.HasSuffix(strings.TrimRight(r.Def, "; \n"), "INSTEAD NOTHING") {
				best[map[string]string{"2": "UPDATE", "4": "DELETE"}[r.Event]] = 2
			}
		}
	}
	if best["UPDATE"]+best["DELETE"] == 0 {
		return min(best["TRUNCATE"], 1)
	}
	return best["UPDATE"] + best["DELETE"] + best["TRUNCATE"]
}

func (cat *catalogue) weigh(t *table, g trigger, op string) int {
	byName := 0
	if immutable.MatchString(g.Fn.Name) || immutable.MatchString(g.Name) {
		byName = 1
	}
	if g.Fn.body == nil {
		return byName
	}
	// A function for UPDATE or DELETE that neither refuses, nor writes, nor
	// changes the row has no purpose left but to have been a guard.
	if !g.on(bitInsert) && !busy.MatchString(g.Fn.Source) {
		byName = 1
	}
	v := g.Fn.body.Decide(g.context(t, op, cat.lookup))
	if !v.Refuses {
		return byName
	}
	for _, when := range append(v.Escapes, v.Swallows...) {
		if !plpgsql.SessionOnly(when) {
			return byName
		}
	}
	return 2
}

// appendShape reports whether rows look like events: a time, somebody or
// something that happened, and no mark of later edits.
func appendShape(t *table) bool {
	var clock, what bool
	for _, c := range t.Columns {
		if edited.MatchString(c.Name) {
			return false
		}
		clock = clock || c.Category == "D" || c.Category == "N" && clocklike.MatchString(c.Name)
		what = what || whowhat.MatchString(c.Name)
	}
	return clock && what
}

// chained reports whether the table has the columns of a hash chain.
func chained(t *table) bool {
	_, _, ok := chainColumns(t)
	return ok
}

var (
	prevName   = regexp.MustCompile(`(?i)(prev|previous|parent|prior|last).*(hash|digest|mac|checksum|sha)|(hash|digest).*prev`)
	secretName = regexp.MustCompile(`(?i)passw|secret|token|credential|api_?key`)
	hashName   = regexp.MustCompile(`(?i)hash|digest|checksum|sha_?(256|512|1)|(^|_)h?mac($|_)`)
)

// chainColumns finds the columns of a hash chain by comment or by name.
func chainColumns(t *table) (hash, prev string, ok bool) {
	for _, c := range t.Columns {
		if strings.HasPrefix(c.Comment, "arxctl:chain ") {
			return c.Name, "", true
		}
		if prev == "" && prevName.MatchString(c.Name) && !secretName.MatchString(c.Name) {
			prev = c.Name
		}
	}
	if prev == "" {
		return "", "", false
	}
	for _, want := range []string{`^(row|entry|record|event|this|self|own|current|curr|chain|log|link)_?(hash|digest|checksum|sha256|mac)$`, `^(hash|digest|checksum|sha256|hmac|mac)$`} {
		for _, c := range t.Columns {
			if c.Name != prev && regexp.MustCompile("(?i)"+want).MatchString(c.Name) {
				return c.Name, prev, true
			}
		}
	}
	return "", prev, true
}

// alike reports whether two tables have the same columns.
func alike(a, b *table) bool {
	return a != b && len(a.Columns) == len(b.Columns) && !slices.ContainsFunc(a.Columns, func(c column) bool {
		o, ok := b.column(c.Name)
		return !ok || o.Type != c.Type
	})
}
