package propose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/roles"
)

// place returns where the relation holds its tenant, or nil.
func (g *guesses) place(r *catalog.Relation) *place {
	i := slices.IndexFunc(g.places, func(p place) bool { return p.rel.OID == r.OID })
	if i < 0 {
		return nil
	}
	return &g.places[i]
}

// mayNot says why the application cannot insert into the relation, or "".
func mayNot(r *catalog.Relation) string {
	if !r.Can.Usage || !r.Can.Insert {
		return "the application may not insert into it"
	}
	if !r.Active {
		return ""
	}
	for _, p := range r.Policies {
		if p.Permissive && p.Applies && (p.Command == "*" || p.Command == "a") {
			return ""
		}
	}
	return "no policy lets the application insert into it"
}

// appendOnly reports whether triggers stand against both changing and deleting rows.
func appendOnly(r *catalog.Relation) bool {
	update, remove := false, false
	for _, t := range r.Triggers {
		if t.Enabled != "D" && t.Enabled != "R" && strings.Contains(strings.ToLower(t.FuncSource), "raise") {
			update, remove = update || t.Update, remove || t.Delete
		}
	}
	return update && remove
}

// file is the text of seed.sql.
func (s *sower) file() []byte {
	var b strings.Builder
	b.WriteString(`-- Rows for two tenants, drafted by arxctl init from the catalogue: nothing was inserted by it. arxctl check runs this
-- file as the application, once as each tenant of arxctl.yaml, in a transaction that is always rolled back; {id} stands
-- for the tenant's id, and {name} for any other value that arxctl.yaml gives it. Change it as you like.
`)
	if len(s.owner) > 0 {
		b.WriteString("--\n-- These tables the application may not write. Their rows must be there before: psql, as a superuser or the owner, once:\n")
		for _, line := range s.ownerLines().SQL {
			b.WriteString("--   " + comment(line) + "\n")
		}
	}
	if len(s.cannot) > 0 {
		b.WriteString("--\n-- No row could be drafted for:\n")
		for _, line := range s.cannot {
			b.WriteString("--   " + comment(line) + "\n")
		}
	}
	for _, line := range s.app {
		b.WriteString(line + "\n")
	}
	if len(s.app) == 0 {
		b.WriteString("SELECT 1; -- nothing that the application itself may insert\n")
	}
	return []byte(b.String())
}

// ownerLines are the rows that somebody above the application must add, for good.
func (s *sower) ownerLines() roles.Lines {
	l := roles.Lines{For: fmt.Sprintf("two tenants in the empty database: the application may not write %d of the tables that it needs rows in", len(s.owner))}
	for _, t := range []tenant{s.g.session.a, s.g.session.b} {
		pairs := []string{"{id}", t.id}
		for k, v := range t.vars {
			pairs = append(pairs, "{"+k+"}", v)
		}
		for _, line := range s.owner {
			l.SQL = append(l.SQL, strings.NewReplacer(pairs...).Replace(line))
		}
	}
	return l
}

// comment keeps text of a stack on one line of a comment.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return ' '
		}
		return r
	}, s)
}
