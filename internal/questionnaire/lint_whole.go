package questionnaire

import "github.com/arxsec/arxctl/internal/control"

// LintWhole reports what only the whole content shows: references of controls
// that lead to no question of their framework, and claims with a variable that
// nobody declares. It takes whole published lists, as those that are shipped: a
// person's own questionnaire need not have every question, nor show every claim.
func LintWhole(lib *control.Library, questionnaires []*Questionnaire) []Finding {
	l := &linter{lib: lib}
	known, declared := map[string]map[string]bool{}, map[string]bool{}
	for _, q := range questionnaires {
		for _, v := range q.Variables {
			declared[v.Name] = true
		}
		if q.ID != q.Framework {
			continue
		}
		known[q.Framework] = map[string]bool{}
		for _, s := range q.Sections {
			for _, x := range s.Questions {
				known[q.Framework][x.ID] = true
			}
		}
	}
	for _, c := range lib.Controls {
		for field, text := range map[string]string{"claim": c.Claim, "does_not_prove": c.DoesNotProve, "reason": c.Reason} {
			for _, name := range placeholders(text) {
				if !declared[name] {
					l.bad(c.At, field, "control %s: no questionnaire declares the variable [%s]", c.ID, name)
				}
			}
		}
		for _, r := range c.Refs {
			if ids, here := known[r.Framework]; here && !ids[r.ID] {
				l.bad(r.At, "id", "control %s refers to %s %s, which that questionnaire does not have", c.ID, r.Framework, r.ID)
			}
		}
	}
	return l.found.Sorted()
}
