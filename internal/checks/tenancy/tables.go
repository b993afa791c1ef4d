package tenancy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// byColumn returns the relation as a tenant table when a column of it carries
// the tenant, else nil.
func (s *scene) byColumn(r *catalog.Relation, seen []traces, weight map[string]int, tenants *catalog.Relation) *table {
	t := &table{rel: r}
	take := func(why string, cols ...*catalog.Column) *table {
		t.cols, t.why = cols, why
		for _, c := range r.Columns {
			if a, b := held(seen, c.Name); !slices.Contains(cols, c) && inPolicies(r, c.Name) && s.fits(c) && (a > 0 || b > 0) && inPolicies(r, cols[0].Name) {
				t.also = append(t.also, c)
			}
		}
		return t
	}
	if r == tenants {
		for _, k := range s.cat.Keys {
			if k.To == r.OID && len(k.Targets) == 1 && weight[k.Columns[0]] > 0 {
				return take("the table of tenants itself", r.Column(k.Targets[0]))
			}
		}
	}
	var best *catalog.Column
	for _, c := range r.Columns {
		if s.fits(c) && weight[c.Name] > 0 && (best == nil || weight[c.Name] > weight[best.Name]) {
			best = c
		}
	}
	if best != nil {
		return take(fmt.Sprintf("column %s, as in other tenant tables", ident(best.Name)), best)
	}
	var policy, values, direct []*catalog.Column
	for _, c := range r.Columns {
		if !s.fits(c) {
			continue
		}
		a, b := held(seen, c.Name)
		switch {
		case inPolicies(r, c.Name) && (textual(c, s.a.actor.ID) && (a > 0 || b > 0) || splits(seen, c.Name)):
			policy = append(policy, c)
		case textual(c, s.a.actor.ID) && a > 0 && b > 0:
			values = append(values, c)
		}
		if inPolicies(r, c.Name) {
			direct = append(direct, c)
		}
	}
	switch {
	case len(policy) > 0:
		return take("its policies compare "+names(policy), policy...)
	case len(values) > 0:
		return take("it holds the tenants' ids in "+names(values), values...)
	case len(direct) == 1 && empty(seen) && !readsOthers(r) && catalog.TenantName(direct[0].Name):
		return take("its policies compare "+names(direct), direct...)
	}
	return nil
}

func (s *scene) fits(c *catalog.Column) bool {
	return fits(c, s.a.actor.ID) && fits(c, s.b.actor.ID)
}

func empty(seen []traces) bool {
	return !slices.ContainsFunc(seen, func(t traces) bool { return t.rows > 0 })
}

func readsOthers(r *catalog.Relation) bool {
	return slices.ContainsFunc(r.Policies, func(p *catalog.Policy) bool { return len(p.Reads) > 0 })
}

func names(cols []*catalog.Column) string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = ident(c.Name)
	}
	return strings.Join(out, ", ")
}

// byParent adds what carries no tenant but belongs to one all the same: rows
// that a foreign key ties to a tenant table, however many steps away, and
// relations whose policies look at their columns.
func (s *scene) byParent(rest []*catalog.Relation) {
	is := map[uint32]bool{}
	for _, t := range s.tables {
		is[t.rel.OID] = true
	}
	for again := true; again; {
		again = false
		for _, r := range rest {
			if is[r.OID] {
				continue
			}
			if keys := s.parentKeys(r, is); len(keys) > 0 {
				is[r.OID], again = true, true
				to := s.cat.Relation(keys[0].To)
				t := &table{rel: r, parents: keys, parentNames: map[uint32]string{}, why: fmt.Sprintf("foreign key %s to %s", ident(keys[0].Name), to)}
				for _, k := range keys {
					t.parentNames[k.To] = s.cat.Relation(k.To).Quoted()
				}
				s.tables = append(s.tables, t)
			}
		}
	}
	for _, r := range rest {
		if is[r.OID] {
			continue
		}
		i := slices.IndexFunc(r.Policies, func(p *catalog.Policy) bool { return len(p.Columns) > 0 || len(p.Reads) > 0 })
		switch {
		case r.RLS && i >= 0:
			s.tables = append(s.tables, &table{rel: r, why: fmt.Sprintf("policy %s tells its rows apart", ident(r.Policies[i].Name))})
		case r.RLS && len(r.Policies) == 0:
			s.tables = append(s.tables, &table{rel: r, why: "row security without a policy closes it"})
		default:
			s.others = append(s.others, r.String())
		}
	}
}

// parentKeys returns the foreign keys of the relation that tie its rows to a
// tenant: those whose columns its policies refer to, else all that do not merely
// name who acted.
func (s *scene) parentKeys(r *catalog.Relation, is map[uint32]bool) []*catalog.ForeignKey {
	var policy, plain []*catalog.ForeignKey
	for _, k := range s.cat.Keys {
		if k.From != r.OID || !is[k.To] || k.To == r.OID {
			continue
		}
		if slices.ContainsFunc(k.Columns, func(c string) bool { return inPolicies(r, c) }) {
			policy = append(policy, k)
		}
		if !slices.ContainsFunc(k.Columns, actorName.MatchString) {
			plain = append(plain, k)
		}
	}
	if len(policy) > 0 {
		return policy
	}
	return plain
}
