package tenancy

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// judge reads the answers about one table, a result for each command.
func (w *writer) judge(t *table) []result {
	rel := w.rel(t)
	if rel == nil || !rel.Can.Usage {
		return []result{{command: "any write", control: "no privilege on the schema", layer: evidence.LayerPrivilege, via: "has_schema_privilege"}}
	}
	out := []result{w.insert(t, rel), w.reached(t, rel, "DELETE", "delete", "d", rel.Can.Delete), w.reached(t, rel, "UPDATE", "update", "w", rel.Can.Update)}
	if _, asked := w.got[key(t, "move")]; asked {
		out = append(out, w.moved(t, rel))
	}
	if r, ok := w.nobody(t); ok {
		out = append(out, r)
	}
	out = append(out, truncate(rel))
	for _, c := range w.s.below(t.rel) {
		if own := w.x.cat.Relation(c.OID); own != nil && own.Can.Usage && own.Can.Truncate {
			r := truncate(own)
			r.command += " of " + own.String()
			out = append(out, r)
		}
	}
	return out
}

func (w *writer) via(t *table, what string) string { return w.sql[key(t, what)] }

// insert judges an INSERT in the other tenant's name.
func (w *writer) insert(t *table, rel *catalog.Relation) result {
	r := result{command: "INSERT", via: w.via(t, "insert-foe")}
	own, foe := w.got[key(t, "insert-own")], w.got[key(t, "insert-foe")]
	switch {
	case !rel.Can.Insert:
		r.control, r.layer, r.via = "no privilege", evidence.LayerPrivilege, "has_any_column_privilege"
		return r
	case w.marks[t].none():
		if shut(rel, "a") {
			r.control, r.layer, r.via = "no policy admits a row", evidence.LayerRowSecurity, "pg_policy"
			return r
		}
		r.blind = "nothing tells whose a new row would be; to see this: add rows for both tenants"
		return r
	case appendOnly(rel):
		return w.admitted(r, rel, own, foe)
	}
	if _, again := w.got[key(t, "copy-foe")]; again {
		r.via = w.via(t, "copy-foe")
		policy := w.got[key(t, "policy-foe")]
		if before := foe; passed(before) && !rewrites(rel, true) {
			return w.planted(r, t, before)
		}
		own, foe = w.got[key(t, "copy-own")], w.got[key(t, "copy-foe")]
		if n, after := rowsAfter(foe); passed(foe) && !(foe.ok() && n > 0 && after <= w.own[t].own) && rel.Active && policy.ok() && policy.val == "false" {
			// The policies refuse such a row, and yet it got past them: it was another row by then.
			r.control, r.layer = "a trigger makes it an own row", evidence.LayerTrigger
			return r
		}
		if n, _ := rowsAfter(foe); foe.ok() && n == 0 {
			// There was no own row to copy: what is left is the policy itself.
			own, foe = answer{val: "true"}, policy
			r.via = w.via(t, "policy-foe")
			return w.admitted(r, rel, own, foe)
		}
		if layer, _ := foe.refusal(); layer == evidence.LayerTrigger && !passed(own) && policy.ok() && policy.val == "false" {
			r.control, r.layer = "refused by a trigger", evidence.LayerRowSecurity
			return r
		}
	}
	r.state = foe.state
	layer, blind := foe.refusal()
	r.layer = layer
	switch {
	case foe.ok():
		return w.planted(r, t, foe)
	case blind != "":
		r.blind = blind
	case foe.state == "428C9":
		r.control = "the column is generated"
	case layer == evidence.LayerConstraint:
		return w.planted(r, t, foe)
	case passed(own):
		r.control = "passes"
	case layer == evidence.LayerRowSecurity:
		r.control = "refused as well, by row security"
	case layer == evidence.LayerPrivilege:
		r.control = "refused as well, by privilege"
	default:
		r.blind = "an own row is refused as well: " + own.String() + "; to see this: give db.seed"
	}
	return r
}

// planted judges a row that row security let through.
func (w *writer) planted(r result, t *table, a answer) result {
	r.control, r.state = "passes", a.state
	n, own := rowsAfter(a)
	switch {
	case a.ok() && n == 0:
		r.layer = evidence.LayerTrigger
		return r
	case a.ok() && own > w.own[t].own:
		r.layer, r.control = evidence.LayerTrigger, "a trigger makes it an own row"
		return r
	case a.ok():
		r.harm = "a row in the other tenant's name was added"
	default:
		r.harm = "row security admitted a row in the other tenant's name; only a constraint stopped this one: " + a.String()
	}
	return r
}

// admitted judges by the policy's own condition, where nothing may be inserted.
func (w *writer) admitted(r result, rel *catalog.Relation, own, foe answer) result {
	r.layer = evidence.LayerRowSecurity
	switch {
	case !rel.Active:
		r.harm = "row security does not bind the role"
	case !own.ok() || !foe.ok():
		r.blind = "the condition of the policies could not be evaluated: " + strings.TrimSpace(own.state+" "+foe.String())
	case foe.val == "true":
		r.harm = "the policies admit a row in the other tenant's name"
	case own.val == "true":
		r.control = "the policies admit it"
	default:
		r.control = "the policies refuse it as well"
	}
	return r
}

// reached judges how many rows a command without any condition would touch.
func (w *writer) reached(t *table, rel *catalog.Relation, command, what, letter string, may bool) result {
	r := result{command: command, via: w.via(t, what)}
	a, asked := w.got[key(t, what)]
	if !may || !asked {
		r.control, r.layer, r.via = "no privilege", evidence.LayerPrivilege, "has_table_privilege"
		return r
	}
	layer, blind := a.refusal()
	r.layer, r.state = layer, a.state
	switch {
	case blind != "":
		r.blind = blind
		return r
	case !a.ok():
		r.control = "refused by " + string(layer)
		return r
	}
	n, err := strconv.ParseInt(a.val, 10, 64)
	own := w.own[t].own
	if err != nil {
		r.blind = "expected a count, got " + a.val
		return r
	}
	if n <= own {
		return w.within(r, t, rel, letter, n)
	}
	if !w.x.readable(t.rel) && rel.Active {
		// Own rows cannot be counted; but what a session without a tenant reaches is not its own.
		switch free, asked := w.got[key(t, what+"-nobody")]; {
		case !asked:
			r.blind = "the role may not read the table, and the tenants log in apart, so that own rows cannot be told from others; to see this: give db.reader"
		case free.ok() && free.val != "0":
			r.harm = free.val + " rows are within reach of a session without any tenant"
		default:
			r.control, r.layer = fmt.Sprintf("%d rows within reach, none of them without a tenant", n), evidence.LayerRowSecurity
		}
		return r
	}
	foe := w.got[key(t, what+"-foe")]
	check, checked := w.got[key(t, "update-check")]
	switch {
	case !rel.Active:
		r.harm = fmt.Sprintf("%d rows are within reach, %d of them own", n, own)
	case !foe.ok():
		r.blind = fmt.Sprintf("%d rows are within reach and %d own ones are seen; whose the others are could not be told: %s", n, own, foe)
	case foe.val == "0" && w.strangers(t, rel, n) != "":
		r.harm = fmt.Sprintf("%d rows are within reach, %d of them own; %s", n, own, w.strangers(t, rel, n))
	case foe.val == "0":
		r.control, r.layer = fmt.Sprintf("%d own rows within reach, some of them hidden from reading", n), evidence.LayerRowSecurity
	case letter == "w" && checked && check.ok() && check.val == "0":
		r.control, r.layer = "within reach, but the new row would be refused", evidence.LayerRowSecurity
	default:
		r.harm = fmt.Sprintf("%d rows are within reach, %d of them own; the policies admit %s of the other tenant's", n, own, foe.val)
	}
	return r
}

// within judges a command that reaches no more than the own rows.
func (w *writer) within(r result, t *table, rel *catalog.Relation, letter string, n int64) result {
	r.layer = evidence.LayerRowSecurity
	switch {
	case n > 0:
		r.control = fmt.Sprintf("%d own rows within reach", n)
	case shut(rel, letter):
		r.control = "no policy admits a row"
	case w.own[t].own > 0:
		r.control = "no row within reach, own ones neither"
	case w.v.reason[t] != "":
		r.blind = w.v.reason[t]
	case w.bare[t] != "":
		r.blind = w.bare[t]
	default:
		r.blind = "no row was there to be reached; to see this: add rows for both tenants"
	}
	return r
}

// moved judges an UPDATE that hands an own row to the other tenant.
func (w *writer) moved(t *table, rel *catalog.Relation) result {
	r := result{command: "UPDATE that hands an own row over", via: w.via(t, "move")}
	a := w.got[key(t, "move")]
	layer, blind := a.refusal()
	r.layer, r.state = layer, a.state
	n, own := rowsAfter(a)
	switch {
	case blind != "":
		r.blind = blind
	case layer == evidence.LayerConstraint && rel.Active:
		switch foe := w.got[key(t, "move-foe")]; {
		case !foe.ok():
			r.blind = "only a constraint refused it, and the policies could not be evaluated: " + foe.String()
		case foe.val == "true":
			r.harm = "row security admitted the new row; only a constraint stopped this one: " + a.String()
		default:
			r.control = "refused"
		}
	case layer == evidence.LayerConstraint:
		r.harm = "row security does not bind the role; only a constraint stopped this row: " + a.String()
	case !a.ok():
		r.control = "refused"
	case n == 0 && w.own[t].own == 0 && !shut(rel, "w"):
		r.blind = "no own row was there to hand over; to see this: add rows for both tenants"
	case n == 0:
		r.control = "no row is changed"
	case own < 0 && rewrites(rel, false):
		r.blind = "the role may not read the table, so what a trigger made of the row is not seen"
	case own >= 0 && own >= w.own[t].own:
		r.control, r.layer = "a trigger keeps the row", evidence.LayerTrigger
	default:
		r.harm = fmt.Sprintf("%d own row was handed over", n)
	}
	return r
}

// nobody judges a row without a tenant, where everyone sees such rows.
func (w *writer) nobody(t *table) (result, bool) {
	a, asked := w.got[key(t, "insert-none")]
	if !asked || !passed(a) || rewrites(w.rel(t), true) {
		return result{}, false
	}
	seen := w.got[key(t, "none-seen")]
	if !seen.ok() || seen.val != "true" {
		return result{}, false
	}
	return result{command: "INSERT of a row without a tenant, which everyone sees,", via: w.via(t, "insert-none"), control: "passes", state: a.state,
		harm: "row security admitted a row that every tenant reads"}, true
}

// truncate judges the one command that row security never holds back
// (PostgreSQL documentation, "Row Security Policies").
func truncate(rel *catalog.Relation) result {
	r := result{command: "TRUNCATE", via: "SELECT has_table_privilege(" + literal(rel.Quoted()) + ", 'TRUNCATE')", control: "", layer: evidence.LayerPrivilege}
	if !rel.Can.Truncate {
		return r
	}
	for _, g := range rel.Triggers {
		if g.Truncate && g.Enabled != "D" && g.Enabled != "R" && raises.MatchString(g.FuncSource) {
			r.layer = evidence.LayerTrigger
			return r
		}
	}
	r.harm = "the role may empty the table for every tenant"
	return r
}

// shut reports whether row security binds the role and no permissive policy
// admits any row to the command.
func shut(rel *catalog.Relation, letter string) bool {
	if !rel.Active {
		return false
	}
	for _, p := range rel.Policies {
		if p.Permissive && p.Applies && (p.Command == "*" || p.Command == letter) {
			return false
		}
	}
	return true
}

// rowsAfter reads the answer of afterSQL.
func rowsAfter(a answer) (rows, own int64) {
	f, s, _ := strings.Cut(a.val, ",")
	rows, _ = strconv.ParseInt(f, 10, 64)
	own, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		own = -1
	}
	return rows, own
}
